"""The demonstration for real, as its own process: it starts, is used, stops, starts again, and refuses clearly."""

from __future__ import annotations

import contextlib
import http.cookiejar
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from planipref.commun.postgres import ServeurPostgres

RACINE = Path(__file__).resolve().parents[2]
PRET_SECONDES = 300  # the first start, on a machine busy with other tests; 15 s when it is idle
DE_NOUVEAU_SECONDES = 30
GARDES = {".donnees-planipref", "demo.verrou"}


@pytest.fixture
def dossier() -> Iterator[Path]:
    """A short data folder, not there yet."""
    racine = Path(tempfile.mkdtemp(prefix="pp-essai-"))
    racine.chmod(0o711)
    yield racine / "d"
    for pid in processus_de(racine):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(racine, ignore_errors=True)


@pytest.fixture
def port() -> int:
    """A port that nobody holds."""
    with socket.socket() as essai:
        essai.bind(("127.0.0.1", 0))
        return int(essai.getsockname()[1])


def environnement(**reglages: object) -> dict[str, str]:
    """The environment of a person who sets nothing else."""
    propre = {c: v for c, v in os.environ.items() if not c.startswith(("PLANIPREF_", "DJANGO_", "DATABASE_", "PIP_"))}
    # The smallest préfecture: what is tested is the program, not the volume.
    return propre | {"PLANIPREF_DEMO_PREFECTURES": "60"} | {c: str(v) for c, v in reglages.items()}


def essayer(*arguments: str, **reglages: object) -> subprocess.CompletedProcess[str]:
    """Run the program until it ends by itself."""
    return subprocess.run(
        [sys.executable, "outils/demo.py", *arguments],
        cwd=RACINE,
        env=environnement(**reglages),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def est_refuse(resultat: subprocess.CompletedProcess[str], phrase: str) -> bool:
    """Tell whether the program said one French sentence on its error output, and nothing else."""
    assert resultat.returncode == 2, resultat.stderr
    assert resultat.stderr.count("\n") == 1, resultat.stderr
    assert resultat.stderr.rstrip().endswith((".", ")."))
    return phrase in resultat.stderr


Reponse = tuple[int, str, str]  # status, final address, text


class Demonstration:
    """One run of the program."""

    def __init__(self, dossier: Path, port: int) -> None:
        self.dossier, self.port, self.base = dossier, port, f"http://localhost:{port}"
        self.sortie, self.erreurs = dossier.parent / "sortie", dossier.parent / "erreurs"
        with self.sortie.open("wb") as sortie, self.erreurs.open("wb") as erreurs:
            self.processus = subprocess.Popen(
                [sys.executable, "outils/demo.py"],
                cwd=RACINE,
                env=environnement(PLANIPREF_DATA=dossier, PORT=port),
                stdout=sortie,
                stderr=erreurs,
                process_group=0,
            )

    @property
    def texte(self) -> str:
        return self.sortie.read_text()

    def attendre_le_debut(self, secondes: float) -> float:
        """Wait until it says that it is ready; return how long that took."""
        depart = time.monotonic()
        while "PlaniPref est prêt" not in self.texte:
            assert self.processus.poll() is None, self.texte + self.erreurs.read_text()
            assert time.monotonic() - depart < secondes, self.texte + self.erreurs.read_text()
            time.sleep(0.05)
        return time.monotonic() - depart

    def interrompre(self) -> None:
        """Press Ctrl-C twice, as people do, and check that it ends as promised."""
        self.processus.send_signal(signal.SIGINT)
        time.sleep(0.3)
        self.processus.send_signal(signal.SIGINT)
        assert self.processus.wait(40) == 0, self.erreurs.read_text()
        assert self.texte.rstrip().endswith("PlaniPref est arrêté.")
        assert self.erreurs.read_text() == ""

    def finir(self) -> None:
        """Leave nothing behind, whatever happened."""
        if self.processus.poll() is None:
            self.processus.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.processus.wait(30)


@contextlib.contextmanager
def demonstration(dossier: Path, port: int) -> Iterator[Demonstration]:
    demo = Demonstration(dossier, port)
    try:
        yield demo
    finally:
        demo.finir()


def processus_de(dossier: Path) -> dict[int, str]:
    """Every living process that works in a data folder or was told of it: what /proc knows, whoever its parent is."""
    trouves = {}
    for proc in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            dedans = proc.joinpath("cwd").resolve().is_relative_to(dossier)
            if dedans or f"PLANIPREF_DATA={dossier}".encode() in proc.joinpath("environ").read_bytes():
                trouves[int(proc.name)] = proc.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode()
    return trouves


class Visiteur:
    """A browser without pages: cookies, forms, statuses."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._ouvreur = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def va(self, chemin: str, **champs: str) -> Reponse:
        """Return a page, after its form is sent when there are fields."""
        donnees = urllib.parse.urlencode(champs).encode() if champs else None
        return self._demande(urllib.request.Request(f"{self.base}{chemin}", donnees))

    def televerse(self, chemin: str, nom: str, contenu: bytes, *, jeton: str) -> Reponse:
        """Send a file as a browser does."""
        partie = '--limite\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n'
        corps = partie.format("csrfmiddlewaretoken", "").encode() + jeton.encode() + b"\r\n"
        corps += partie.format(nom, '; filename="film.jpg"').encode() + contenu + b"\r\n--limite--\r\n"
        entetes = {"Content-Type": "multipart/form-data; boundary=limite"}
        return self._demande(urllib.request.Request(f"{self.base}{chemin}", corps, entetes))

    def _demande(self, requete: urllib.request.Request) -> Reponse:
        try:
            with self._ouvreur.open(requete, timeout=30) as reponse:
                return reponse.status, reponse.url, reponse.read().decode()
        except urllib.error.HTTPError as erreur:
            with erreur:
                return erreur.code, erreur.url, erreur.read().decode()

    def jeton(self, chemin: str) -> str:
        """Open a page and return the token of its forms."""
        jeton = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.va(chemin)[2])
        assert jeton, chemin
        return jeton[1]

    def remplit(self, chemin: str, vers: str = "", **champs: str) -> Reponse:
        """Open a page, then send its form."""
        return self.va(vers or chemin, csrfmiddlewaretoken=self.jeton(chemin), **champs)


def comptes(texte: str) -> list[list[str]]:
    """The accounts that the program prints, in columns."""
    tableau = texte.partition("PlaniPref est prêt")[2].partition("Connexion des agents")[0]
    return [re.split(r"\s{2,}", ligne.strip()) for ligne in tableau.splitlines()[1:] if ligne.strip()]


def test_demo_is_used_then_stopped_then_found_again_as_it_was(dossier, port, capsys):
    voisin = dossier.parent / "voisin.txt"
    voisin.write_text("à garder")
    with demonstration(dossier, port) as demo:
        premier = demo.attendre_le_debut(PRET_SECONDES)
        visiteur = Visiteur(demo.base)
        assert json.loads(visiteur.va("/sante/")[2])["etat"] == "ok"
        _, *lignes = comptes(demo.texte)
        identifiant, mot_de_passe = next(ligne[:2] for ligne in lignes if "60" in ligne[-1])
        entrer(Visiteur(demo.base), identifiant, mot_de_passe)
        brouillon = commencer(visiteur)
        envoyer_un_film(visiteur, brouillon.replace("identite", "pieces"))
        vivants = processus_de(dossier)
        for programme in ("outils/demo.py", "gunicorn", "qcluster", "postgres"):
            assert any(programme in commande for commande in vivants.values()), vivants
        assert est_refuse(essayer(PLANIPREF_DATA=dossier, PORT=port), "Une démonstration tourne déjà")
        assert est_refuse(essayer("--effacer", PLANIPREF_DATA=dossier), "arrêtez-la d’abord")
        demo.interrompre()
    assert processus_de(dossier) == {}
    assert not ServeurPostgres(dossier / "postgres").socket.exists()

    with demonstration(dossier, port) as demo:
        second = demo.attendre_le_debut(DE_NOUVEAU_SECONDES)
        assert visiteur.va(brouillon)[0] == 200, "la session et le brouillon sont gardés"
        assert comptes(demo.texte)[1:] == lignes
        demo.interrompre()
    assert processus_de(dossier) == {}
    with capsys.disabled():
        sys.stdout.write(f"\n  démonstration prête en {premier:.1f} s, puis en {second:.1f} s\n")

    assert essayer("--effacer", PLANIPREF_DATA=dossier).returncode == 0
    assert {f.name for f in dossier.iterdir()} == GARDES
    assert voisin.read_text() == "à garder"


def entrer(agent: Visiteur, identifiant: str, mot_de_passe: str) -> None:
    statut, adresse, _ = agent.remplit("/connexion/", username=identifiant, password=mot_de_passe)
    assert statut == 200
    assert "/connexion/" not in adresse


def commencer(usager: Visiteur) -> str:
    """Begin a demande; return the address of its first page."""
    demarche = "/demarches/ETR-RES10-REN/"
    statut, adresse, _ = usager.remplit(demarche, f"{demarche}commencer/", prefecture="60")
    assert statut == 200
    assert "/identite/" in adresse
    return urllib.parse.urlsplit(adresse).path


def envoyer_un_film(usager: Visiteur, pieces: str) -> None:
    """30 MB: the server reads to the end and answers a page, even when it refuses before reading."""
    film, jeton = b"\xff\xd8\xff" + bytes(30_000_000), usager.jeton(pieces)
    statut, _, page = usager.televerse(pieces, "piece_titre_sejour", film, jeton=jeton)
    assert statut == 422
    assert "trop lourd : 10 Mo au plus" in page
    statut, _, page = Visiteur(usager.base).televerse(pieces, "piece_titre_sejour", film, jeton=jeton)
    assert statut == 403
    assert "Votre page a expiré" in page


# --- Refusals -------------------------------------------------------------------------------------


def test_demo_on_a_busy_port_is_refused_and_names_another(dossier):
    with socket.socket() as occupant:
        occupant.bind(("127.0.0.1", 0))
        occupant.listen()
        pris = occupant.getsockname()[1]
        resultat = essayer(PLANIPREF_DATA=dossier, PORT=pris)
    assert est_refuse(resultat, f"Le port {pris} est déjà occupé")
    assert "PORT=" in resultat.stderr
    assert not (dossier / "postgres").exists()


@pytest.mark.parametrize("valeur", ["http", "0", "65536", "-1", "80 80"])
def test_demo_with_a_wrong_port_is_refused(dossier, valeur):
    assert est_refuse(essayer(PLANIPREF_DATA=dossier, PORT=valeur), "n’est pas un numéro de port")


def test_demo_in_a_folder_that_cannot_be_written_is_refused(dossier, port):
    dossier.parent.joinpath("fichier").touch()
    for impossible in ("/proc/planipref", dossier.parent / "fichier", dossier.parent / "fichier" / "d"):
        resultat = essayer(PLANIPREF_DATA=impossible, PORT=port)
        assert est_refuse(resultat, f"Le dossier {impossible} ne peut pas être écrit"), resultat.stderr


@pytest.mark.parametrize(
    ("reglage", "valeur", "phrase"),
    [
        ("DATABASE_URL", "postgres://a:b@127.0.0.1:9/c", "La base de DATABASE_URL refuse la connexion"),
        ("DATABASE_URL", "planipref", "La variable DATABASE_URL n’est pas une adresse"),
        ("PLANIPREF_CONNEXIONS", "huit", "La variable PLANIPREF_CONNEXIONS n’est pas un entier valable."),
    ],
)
def test_demo_with_a_wrong_setting_is_refused(dossier, port, reglage, valeur, phrase):
    assert est_refuse(essayer(**{"PLANIPREF_DATA": dossier, "PORT": port, reglage: valeur}), phrase)
    assert processus_de(dossier) == {}


def test_effacer_empties_no_folder_that_is_not_ours(dossier):
    dossier.mkdir()
    (dossier / "memoire.odt").write_text("à garder")
    assert est_refuse(essayer("--effacer", PLANIPREF_DATA=dossier), "effacez-le vous-même")
    assert (dossier / "memoire.odt").read_text() == "à garder"


def test_effacer_follows_no_link_out_of_the_folder(dossier):
    ailleurs = dossier.parent / "ailleurs"
    for chemin in (dossier, ailleurs):
        chemin.mkdir()
    (ailleurs / "piece.pdf").touch()
    (dossier / ".donnees-planipref").touch()
    (dossier / "pieces").symlink_to(ailleurs)
    assert essayer("--effacer", PLANIPREF_DATA=dossier).returncode == 0
    assert (ailleurs / "piece.pdf").exists()
    assert {f.name for f in dossier.iterdir()} == GARDES


def test_effacer_what_is_not_there_is_no_error(dossier):
    resultat = essayer("--effacer", PLANIPREF_DATA=dossier)
    assert resultat.returncode == 0
    assert "Rien à effacer" in resultat.stdout


def test_make_demo_without_network_says_so_in_one_sentence_and_soon(tmp_path):
    for nom in ("outils", "requirements"):
        shutil.copytree(RACINE / nom, tmp_path / nom)
    shutil.copy(RACINE / "Makefile", tmp_path)
    depart = time.monotonic()
    resultat = subprocess.run(
        ["make", "demo"],
        cwd=tmp_path,
        env=environnement(PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_CONFIG_FILE=os.devnull, PIP_NO_CACHE_DIR=1),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert resultat.returncode == 2
    phrase, *suite = resultat.stderr.splitlines()
    assert phrase == (
        "Installation impossible : le dépôt de paquets Python est injoignable ; vérifiez le réseau ou le mandataire."
    )
    assert all(ligne.startswith("make") for ligne in suite), resultat.stderr
    assert time.monotonic() - depart < 60
    assert not (tmp_path / ".venv/.installe-prod").exists(), "la fois suivante recommence"
