"""Runs the whole demonstration: database, web server and task worker, until Ctrl-C.

`python outils/demo.py` starts it; `python outils/demo.py --effacer` empties its data folder.
PLANIPREF_DEMO_PREFECTURES chooses the départements shown, such as `67` for a préfecture that looks at its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

RACINE = Path(__file__).resolve().parent.parent
MARQUE = ".donnees-planipref"  # says that a folder is ours, and may be emptied
PREFECTURES, GRAINE = os.environ.get("PLANIPREF_DEMO_PREFECTURES") or "56,60,67,93,94", "42"
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
libc = ctypes.CDLL(None)


class Refus(Exception):
    """The demonstration cannot start or go on; the message says why, in one French sentence."""


@dataclass
class Programme:
    """One child process, its name for people and its log."""

    nom: str
    processus: subprocess.Popen[bytes]
    journal: Path


def lire_port() -> int:
    """Read and check PORT."""
    texte = os.environ.get("PORT") or "8000"
    if not texte.isdecimal() or not 1 <= int(texte) <= 65535:
        raise Refus(f"PORT={texte} n’est pas un numéro de port : choisissez un nombre entre 1 et 65535.")
    return int(texte)


def verifier_port(adresse: str, port: int) -> None:
    """Refuse a port that another program holds."""
    with socket.socket() as essai:
        essai.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            essai.bind((adresse, port))
        except PermissionError:
            raise Refus(f"Le port {port} est réservé à root : choisissez-en un autre (PORT=8000).") from None
        except OSError:
            autre = f"PORT={port + 1 if port < 65535 else 8000}"
            raise Refus(f"Le port {port} est déjà occupé : choisissez-en un autre (par exemple {autre}).") from None


def preparer_dossier(dossier: Path) -> None:
    """Create the data folder, mark it if it is new, refuse it if it cannot be written."""
    try:
        dossier.mkdir(mode=0o711, parents=True, exist_ok=True)
        if not any(dossier.iterdir()) or (dossier / "cle_secrete").exists():
            (dossier / MARQUE).touch()
        essai = dossier / ".essai-d-ecriture"
        essai.touch()
        essai.unlink()
    except OSError:
        raise Refus(
            f"Le dossier {dossier} ne peut pas être écrit : choisissez-en un autre (PLANIPREF_DATA=…)."
        ) from None


@contextlib.contextmanager
def verrou(dossier: Path) -> Iterator[None]:
    """Hold the data folder: a second demonstration on the same one is refused."""
    with (dossier / "demo.verrou").open("a") as fichier:
        try:
            fcntl.flock(fichier, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refus(f"Une démonstration tourne déjà avec le dossier {dossier} : arrêtez-la d’abord.") from None
        yield


def effacer(dossier: Path) -> None:
    """Empty a data folder of ours, and no other."""
    if not dossier.exists():
        print(f"Rien à effacer : {dossier} n’existe pas.")
        return
    if not (dossier / MARQUE).exists():
        raise Refus(f"Le dossier {dossier} n’a pas été créé par la démonstration : effacez-le vous-même.")
    from planipref.commun.postgres import ServeurPostgres  # noqa: PLC0415 (imports psycopg)

    with verrou(dossier):
        ServeurPostgres(dossier / "postgres").arreter()
        for element in dossier.iterdir():
            if element.name in {MARQUE, "demo.verrou"}:
                continue
            shutil.rmtree(element) if element.is_dir() and not element.is_symlink() else element.unlink()
    print(f"Données effacées : {dossier}.")


# --- Preparation --------------------------------------------------------------------------------


def preparer_donnees(dossier: Path) -> list[dict[str, str]]:
    """Migrate, load the demonstration data once, and return the accounts to show."""
    import django  # noqa: PLC0415 (after the environment is set)

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415

    etat = etat_des_statiques()
    with contextlib.ExitStack() as pile:
        pile.callback(connections.close_all)
        verifier_base()
        statiques = None
        if lire(dossier / "statiques.etat") != etat:
            dire("Publication des fichiers statiques…")
            (dossier / "statiques.etat").unlink(missing_ok=True)
            statiques = pile.enter_context(commande("collectstatic", "--noinput", "--clear", "--verbosity=0"))
        dire("Migration de la base…")
        call_command("migrate", verbosity=0, interactive=False)
        preparer_la_sante()
        # Rather than « is the base empty »: a loading cut off goes on.
        if lire(dossier / "demo.peuplee") != PREFECTURES:
            dire("Chargement des données de démonstration, une seule fois…")
            attendre(pile.enter_context(commande("peupler", "--prefectures", PREFECTURES, "--graine", GRAINE)))
            (dossier / "demo.peuplee").write_text(PREFECTURES, encoding="utf-8")
        call_command("planifier_taches", stdout=io.StringIO())
        sortie = io.StringIO()
        call_command("comptes_demo", "--json", stdout=sortie)
        if statiques is not None:
            attendre(statiques)
            (dossier / "statiques.etat").write_text(etat, encoding="utf-8")
    return list(json.loads(sortie.getvalue()))


def lire_reglages() -> None:
    """Read the settings; one that is missing or wrong is said in one sentence."""
    from django.conf import settings  # noqa: PLC0415 (after the environment is set)
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415

    try:
        settings.DATABASES  # noqa: B018 (the first look reads them all)
    except ImproperlyConfigured as erreur:
        raise Refus(str(erreur)) from None


def verifier_base() -> None:
    """Refuse a database that does not let us in."""
    from django.db import OperationalError, connection  # noqa: PLC0415 (after the environment is set)

    try:
        connection.ensure_connection()
    except OperationalError:
        raise Refus(
            "La base de DATABASE_URL refuse la connexion : vérifiez l’adresse, le compte et que PostgreSQL répond."
        ) from None


def preparer_la_sante() -> None:
    """Queue a short task before all others: /sante/ knows that the worker lives once he has ended one.

    His schedules begin half a minute after him, and the acts of the demonstration data hold him as long again.
    """
    from django_q.tasks import async_task  # noqa: PLC0415 (after django.setup)

    async_task("demandes.tasks.passer_les_echeances")


@contextlib.contextmanager
def commande(nom: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a management command beside us, in its own group; end it with all its children on the way out."""
    processus = subprocess.Popen(  # noqa: S603 (our own program)
        [sys.executable, "manage.py", nom, *arguments],
        cwd=RACINE,
        preexec_fn=lier_au_superviseur,  # noqa: PLW1509 (no thread here)
    )
    try:
        yield processus
    finally:
        if processus.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(processus.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                processus.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(processus.pid, signal.SIGKILL)
        processus.wait()


def attendre(processus: subprocess.Popen[bytes]) -> None:
    """Wait for a command, and refuse to go on if it failed."""
    while (code := processus.poll()) is None:
        if make_interrompu():
            raise KeyboardInterrupt
        time.sleep(0.1)
    if code:
        nom = list(processus.args)[2] if isinstance(processus.args, list) else ""
        raise Refus(f"La commande « {nom} » a échoué (voir ci-dessus) : la démonstration s’arrête.")


def lire(fichier: Path) -> str:
    """Content of a text file, empty when there is none."""
    return fichier.read_text(encoding="utf-8") if fichier.exists() else ""


def etat_des_statiques() -> str:
    """Sum up the sources of the static files: names, sizes, dates."""
    sources = [fichier for fichier in (RACINE / "static").rglob("*") if fichier.is_file()]
    sources += [RACINE / "requirements" / "prod.txt", RACINE / "planipref" / "commun" / "statiques.py"]
    return "\n".join(sorted(f"{f.relative_to(RACINE)} {f.stat().st_size} {f.stat().st_mtime_ns}" for f in sources))


# --- Supervision --------------------------------------------------------------------------------


def lier_au_superviseur() -> None:
    """Leave the group of the terminal, whose Ctrl-C is for the supervisor; end if that one is killed."""
    os.setsid()
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def lancer(nom: str, commande: list[str], dossier: Path, **environnement: str) -> Programme:
    """Start one child, its output in a log of the data folder."""
    journal = dossier / "journaux" / f"{nom.replace(' ', '-')}.log"
    journal.parent.mkdir(exist_ok=True)
    with journal.open("wb") as sortie:
        processus = subprocess.Popen(  # noqa: S603 (our own programs)
            commande,
            cwd=RACINE,
            env=os.environ | environnement,
            stdin=subprocess.DEVNULL,
            stdout=sortie,
            stderr=subprocess.STDOUT,
            preexec_fn=lier_au_superviseur,  # noqa: PLW1509 (no thread here)
        )
    return Programme(nom, processus, journal)


def lancer_tout(adresse: str, port: int, dossier: Path) -> list[Programme]:
    """Start the web server and the task worker."""
    web = [sys.executable, "-m", "gunicorn", "planipref.wsgi", f"--bind={adresse}:{port}", "--workers=2"]
    web += ["--worker-class=gthread", "--threads=4", "--graceful-timeout=5", "--log-level=warning"]
    web += ["--no-control-socket"]
    return [
        lancer("serveur web", web, dossier, PLANIPREF_PROCESSUS="web"),
        lancer("travailleur de tâches", [sys.executable, "manage.py", "qcluster"], dossier),
    ]


def verifier(programmes: list[Programme]) -> None:
    """Refuse to go on when a child has ended; stop when asked through `make`."""
    if make_interrompu():
        raise KeyboardInterrupt
    for programme in programmes:
        code = programme.processus.poll()
        if code is not None:
            fin = "\n".join(programme.journal.read_text(errors="replace").splitlines()[-15:])
            raise Refus(f"{fin}\nLe {programme.nom} s’est arrêté (code {code}) : la démonstration s’arrête.")


def attendre_sante(port: int, adresse: str, programmes: list[Programme]) -> None:
    """Wait until the health page answers, for a minute at most; for the task worker, ten seconds of it."""
    hote = "127.0.0.1" if adresse == "0.0.0.0" else adresse  # noqa: S104
    reponse = "rien"
    for essai in range(300):
        verifier(programmes)
        try:
            with urllib.request.urlopen(f"http://{hote}:{port}/sante/", timeout=5) as page:
                if json.load(page)["etat"] == "ok" or essai >= 50:
                    return
        except urllib.error.HTTPError as erreur:
            reponse = f"le code {erreur.code}"
        except OSError:
            pass
        time.sleep(0.2)
    raise Refus(f"Le serveur web n’est pas prêt après une minute : /sante/ répond {reponse}.")


def surveiller(programmes: list[Programme], base: Callable[[], bool]) -> None:
    """Watch the children until one dies or somebody interrupts."""
    while True:
        verifier(programmes)
        if not base():
            raise Refus("PostgreSQL s’est arrêté : la démonstration s’arrête.")
        time.sleep(0.3)


def make_interrompu() -> bool:
    """Tell whether `make` alone received SIGINT.

    It then waits for us in its signal handler without passing anything on; during the handler
    the signal is in its blocked mask, which /proc shows.
    """
    try:
        etat = Path(f"/proc/{os.getppid()}/status").read_text()
    except OSError:
        return False
    champs = dict(ligne.split(":", 1) for ligne in etat.splitlines() if ":" in ligne)
    bloques = int(champs.get("SigBlk", "0").strip() or "0", 16)
    return champs.get("Name", "").strip() in {"make", "gmake"} and bool(bloques >> (signal.SIGINT - 1) & 1)


def arreter(programmes: list[Programme]) -> None:
    """End the children, the last started first: politely, then by force, with all their descendants."""
    for programme in reversed(programmes):
        if programme.processus.poll() is None:
            programme.processus.terminate()
    limite = time.monotonic() + 10
    for programme in programmes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            programme.processus.wait(max(0.1, limite - time.monotonic()))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(programme.processus.pid, signal.SIGKILL)
        programme.processus.wait()


def enterrer() -> None:
    """Collect the orphans that came to us, as the database server: nothing is left, not even a zombie."""
    limite = time.monotonic() + 5
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() < limite:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.02)


# --- Main ---------------------------------------------------------------------------------------


def dire(texte: str) -> None:
    """Tell the person in front of the terminal."""
    print(texte, flush=True)


def afficher(url: str, comptes: list[dict[str, str]]) -> None:
    """Show the address and the accounts."""
    dire(f"\nPlaniPref est prêt : {url}\n")
    if comptes:
        colonnes = ("identifiant", "mot_de_passe", "role", "prefecture")
        titres = dict(zip(colonnes, ("Identifiant", "Mot de passe", "Rôle", "Préfecture"), strict=True))
        lignes = [{cle: str(compte.get(cle) or "") for cle in colonnes} for compte in [titres, *comptes]]
        largeurs = {cle: max(len(ligne[cle]) for ligne in lignes) for cle in colonnes}
        for ligne in lignes:
            dire("  " + "  ".join(ligne[cle].ljust(largeurs[cle]) for cle in colonnes).rstrip())
    dire(f"\nConnexion des agents : {url}/connexion/ ; messages envoyés : {url}/demo/boite/")
    dire("Ctrl-C arrête tout ; les données sont gardées (« make demo-reset » les efface).")


def demontrer(dossier: Path) -> None:
    """Start everything, wait, stop everything."""
    adresse, port = os.environ.get("PLANIPREF_ECOUTE") or "127.0.0.1", lire_port()
    url = f"http://localhost:{port}"
    preparer_dossier(dossier)
    programmes: list[Programme] = []
    with contextlib.ExitStack() as pile:
        pile.enter_context(verrou(dossier))
        verifier_port(adresse, port)
        os.environ.setdefault("PLANIPREF_URL", url)
        os.environ.setdefault("PLANIPREF_DEMO", "true")
        os.environ.setdefault("PLANIPREF_NIVEAU_JOURNAL", "WARNING")
        if adresse != "127.0.0.1":
            os.environ.setdefault("PLANIPREF_HOTES", "*")
        lire_reglages()
        from planipref.commun.postgres import ServeurPostgres  # noqa: PLC0415 (imports psycopg)

        libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
        pile.callback(enterrer)
        base: Callable[[], bool] = lambda: True  # noqa: E731
        if not os.environ.get("DATABASE_URL"):
            dire("Démarrage de PostgreSQL…")
            serveur = ServeurPostgres(dossier / "postgres")
            pile.callback(serveur.arreter)
            serveur.ouvrir()
            base = lambda: serveur.pid() is not None  # noqa: E731
        pile.callback(arreter, programmes)
        pile.callback(dire, "Arrêt…")
        pile.callback(ignorer_les_signaux)
        comptes = preparer_donnees(dossier)
        programmes += lancer_tout(adresse, port, dossier)
        attendre_sante(port, adresse, programmes)
        afficher(os.environ["PLANIPREF_URL"], comptes)
        surveiller(programmes, base)


def interrompre(_signal: int, _cadre: FrameType | None) -> None:
    """Turn SIGTERM and SIGHUP into what Ctrl-C does."""
    raise KeyboardInterrupt


def ignorer_les_signaux() -> None:
    """Let the stop run to its end, however often one presses Ctrl-C."""
    for signe in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signe, signal.SIG_IGN)


def principal() -> int:
    """Return the exit code: 0 after an ordinary stop, 2 after a refusal."""
    sys.path.insert(0, str(RACINE))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planipref.settings")
    dossier = Path(os.environ.get("PLANIPREF_DATA") or RACINE / ".donnees").absolute()
    os.environ["PLANIPREF_DATA"] = str(dossier)
    for signe in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signe, interrompre)
    from planipref.commun.postgres import ErreurPostgres  # noqa: PLC0415

    try:
        if "--effacer" in sys.argv:
            effacer(dossier)
        else:
            demontrer(dossier)
    except (Refus, ErreurPostgres) as refus:
        print(refus, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        dire("PlaniPref est arrêté.")
    return 0


if __name__ == "__main__":
    sys.exit(principal())
