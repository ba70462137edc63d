"""Reading the report of the appointments taken over is a consultation of each file that it names.

So is to give a file: its lines are compared with the files of the préfecture, and what is said of them tells of those.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from demandes.acteur import Acteur
from demandes.models import Demande, Evenement, Prefecture
from demandes.services.journal import journaliser, journaliser_lot
from planipref.commun import debit
from planipref.commun.transactions import acte, etape

LOT = 500  # events of one transaction: the head of the chain of a préfecture is never held for a whole report
COMPAREE = "lecture:reprise_comparee"
# A file shown, corrected, then given is one reading.
INTERVALLE = timedelta(minutes=10)
# Files that an agent gives in an hour: more would be to try birth dates, one file after the other.
LECTURES, PERIODE = 30, timedelta(hours=1)


def exiger_de_lire(par: Acteur) -> None:
    """Count the files of the former module that an agent has read.

    Raises:
        ErreurMetier: ``trop_d_essais`` (429).
    """
    debit.exiger("reprise-lecture", str(par.pk), capacite=LECTURES, periode=PERIODE)


def consigner_rapport(demandes: Sequence[int], *, par: Acteur, maintenant: datetime) -> None:
    """Write, in the journal of each file, that an agent read the name and the telephone of its person in a report.

    Args:
        demandes: identifiers of the files named.
        par: agent.
        maintenant: instant.
    """
    for premier in range(0, len(demandes), LOT):
        _consigner(demandes[premier : premier + LOT], par, maintenant)


@acte
def _consigner(demandes: Sequence[int], par: Acteur, maintenant: datetime) -> None:
    lues = list(Demande.objects.filter(pk__in=demandes).order_by("pk"))
    journaliser_lot("lecture:reprise", lues, par=par, maintenant=maintenant, charge=lambda _: {})


def consigner_verification(
    prefecture: Prefecture, lignes: int, demandes: Sequence[int], *, par: Acteur, maintenant: datetime
) -> None:
    """Write that an agent looked at what a file would do, and in the journal of each demande that it names, once.

    Args:
        prefecture: where.
        lignes: of the file.
        demandes: identifiers of those found, though nothing be said of them.
        par: agent.
        maintenant: instant.
    """
    _noter(prefecture, lignes, len(demandes), par, maintenant)
    for premier in range(0, len(demandes), LOT):
        _comparer(demandes[premier : premier + LOT], par, maintenant)


@acte
def _noter(prefecture: Prefecture, lignes: int, demandes: int, par: Acteur, maintenant: datetime) -> None:
    charge = {"lignes": lignes, "demandes": demandes}
    journaliser("planning:reprise_verifiee", par=par, maintenant=maintenant, prefecture_id=prefecture.pk, charge=charge)


@acte
def _comparer(demandes: Sequence[int], par: Acteur, maintenant: datetime) -> None:
    consigner_comparees(demandes, par=par, maintenant=maintenant)


@etape
def consigner_comparees(demandes: Sequence[int], *, par: Acteur, maintenant: datetime) -> None:
    """Write, in the journal of each demande, that a file that names its person was compared with it; as above."""
    dites = Evenement.objects.filter(
        nature=COMPAREE, acteur_genre=par.genre.value, acteur_id=par.pk, le__gt=maintenant - INTERVALLE
    )
    deja = dites.filter(demande__in=demandes).order_by("pk").values("demande")
    lues = list(Demande.objects.filter(pk__in=demandes).exclude(pk__in=deja).order_by("pk"))
    journaliser_lot(COMPAREE, lues, par=par, maintenant=maintenant, charge=lambda _: {})
