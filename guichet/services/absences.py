"""What the night ends: the visits left open, and the appointments of past days that nobody came to."""

from __future__ import annotations

from datetime import datetime

from demandes.acteur import SYSTEME, Acteur
from demandes.models import Prefecture
from demandes.services.transitions import verrouiller
from guichet.models import Passage
from guichet.services.guichet import clore, verrouiller_passage
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte
from planning.models import RendezVous
from planning.querysets import bornes_du_jour
from planning.services.absence import marquer_absent

# How a visit ends that nobody ended.
FINS = {
    Passage.Etat.ARRIVE: Passage.Etat.PARTI,
    Passage.Etat.APPELE: Passage.Etat.ABSENT,
    Passage.Etat.RECU: Passage.Etat.TERMINE,
    Passage.Etat.SUSPENDU: Passage.Etat.TERMINE,
}


@acte
def clore_oublie(passage: Passage, *, par: Acteur = SYSTEME, maintenant: datetime) -> bool:
    """End a visit that was left open; without it, its demande could not come back to the desk.

    Returns:
        False when someone ended it meanwhile.
    """
    frais = verrouiller_passage(passage)
    if frais.etat not in FINS:
        return False
    clore(frais, FINS[Passage.Etat(frais.etat)], par=par, maintenant=maintenant)
    return True


def clore_les_passages(*, maintenant: datetime) -> int:
    """End every visit left open of the days before today in its préfecture; idempotent.

    Returns:
        How many were ended.
    """
    nombre = 0
    for prefecture in Prefecture.objects.order_by("pk"):
        oublies = Passage.objects.filter(
            site__prefecture=prefecture, jour__lt=aujourdhui(prefecture.fuseau, maintenant), etat__in=FINS
        )
        for passage in oublies.select_related("demande").order_by("pk"):
            nombre += clore_oublie(passage, maintenant=maintenant)
    return nombre


@acte
def constater(rendez_vous: RendezVous, *, par: Acteur = SYSTEME, maintenant: datetime) -> None:
    """Mark one past appointment as missed.

    Raises:
        ErreurMetier: ``rendez_vous_termine`` (409) when someone ended it meanwhile.
    """
    marquer_absent(rendez_vous, par=par, maintenant=maintenant)


@acte
def constater_sans_venue(rendez_vous: RendezVous, *, par: Acteur, maintenant: datetime) -> None:
    """Mark an appointment of today as missed, unless its person has come meanwhile: read once the demande is locked.

    Raises:
        ErreurMetier: ``deja_arrive``, ``rendez_vous_termine`` (409).
    """
    verrouiller(rendez_vous.convocation.demande)
    if Passage.objects.filter(rendez_vous=rendez_vous).exists():
        raise ErreurMetier("deja_arrive", "Cette personne est déjà enregistrée.", statut=409)
    marquer_absent(rendez_vous, par=par, maintenant=maintenant)


def constater_les_absences(*, maintenant: datetime) -> int:
    """Mark as missed every live appointment of the days before today, without a visit received; idempotent.

    Returns:
        How many were marked.
    """
    nombre = 0
    for prefecture in Prefecture.objects.order_by("pk"):
        minuit, _ = bornes_du_jour(aujourdhui(prefecture.fuseau, maintenant), prefecture.fuseau)
        oublies = (
            RendezVous.objects.actifs()
            .filter(creneau__debut__lt=minuit, creneau__file__site__prefecture=prefecture)
            .filter(creneau__file__agenda__isnull=True)  # a doctor says who came: no visit is written there
            .exclude(passage__etat__in=[Passage.Etat.RECU, Passage.Etat.TERMINE])
            .select_related("convocation__demande")
            .order_by("pk")
        )
        for rendez_vous in oublies:
            try:
                constater(rendez_vous, maintenant=maintenant)
            except ErreurMetier:
                continue
            nombre += 1
    return nombre
