"""Running pgbench, that PostgreSQL ships, on a script of ours."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

from bench.socle import Socle
from planipref.commun.postgres import NOM, ErreurPostgres, binaire

_DEBIT = re.compile(r"tps = ([\d.]+)")
_FAITES = re.compile(r"number of transactions actually processed: (\d+)")
DELAI_SECONDES = 120


@dataclass(frozen=True)
class Essai:
    """A script with what it needs.

    Args:
        nom: short name.
        script: text for pgbench.
        par_client: transactions of each client: their number is fixed, so that data never run out.
        clients: how many at once.
        variables: values of the script's variables.
    """

    nom: str
    script: str
    par_client: int
    clients: int
    variables: dict[str, int | str]


def lancer(socle: Socle, essai: Essai) -> float:
    """Run a script with prepared statements; return its transactions per second, connections apart.

    Raises:
        ErreurPostgres: pgbench failed, or a client was aborted.
    """
    fichier = socle.dossier / f"{essai.nom}.sql"
    fichier.write_text(essai.script, encoding="utf-8")
    commande = [str(binaire("pgbench")), "--no-vacuum", "--protocol=prepared", f"--client={essai.clients}", "--jobs=2"]
    commande += [f"--transactions={essai.par_client}", f"--file={fichier}", f"--host={socle.serveur.socket}"]
    commande += [f"--username={NOM}", *(f"--define={n}={v}" for n, v in essai.variables.items()), NOM]
    fini = subprocess.run(commande, capture_output=True, text=True, timeout=DELAI_SECONDES, check=False)  # noqa: S603
    debit, faites = _DEBIT.search(fini.stdout), _FAITES.search(fini.stdout)
    if fini.returncode or not debit or not faites or int(faites[1]) != essai.clients * essai.par_client:
        raise ErreurPostgres(f"pgbench a échoué ({essai.nom}) :\n{fini.stderr[-800:]}")
    return float(debit[1])
