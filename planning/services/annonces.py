"""What is said of an appointment to those who come: the invitation of their calendar, and the message that bears it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from demandes.models import Convocation
from demandes.services.convocation import prevenir
from planipref.commun.transactions import etape
from planning.models import RendezVous


def donnees_ics(
    rendez_vous: RendezVous,
    methode: str = "PUBLISH",
    *,
    sequence: int | None = None,
    convocations: Sequence[Convocation] = (),
) -> dict[str, Any]:
    """Return what the invitation of an appointment says; one UID per convocation, so that calendars update it.

    Args:
        rendez_vous: the appointment.
        methode: ``PUBLISH`` or ``CANCEL``.
        sequence: version of the invitation; that of the appointment when omitted.
        convocations: those who come together, with their demandes.
    """
    creneau, site = rendez_vous.creneau, rendez_vous.creneau.file.site
    duree = timedelta(minutes=creneau.minutes * (1 + rendez_vous.prolongements.count()))
    return {
        "uid": rendez_vous.convocation.uid,
        "sequence": rendez_vous.sequence if sequence is None else sequence,
        "methode": methode,
        "debut": creneau.debut.isoformat(),
        "fin": (creneau.debut + duree).isoformat(),
        "lieu": site.lieu,
        "url": settings.PLANIPREF_URL,
    } | ({"numeros": [c.demande.numero for c in convocations]} if len(convocations) > 1 else {})


@etape
def annoncer(
    convocations: Sequence[Convocation],
    rendez_vous: RendezVous,
    *,
    maintenant: datetime,
    suffixe: str,
    dits: dict[str, Any],
) -> None:
    """Tell the persons of a visit of their appointment.

    Args:
        convocations: theirs, with their demandes; the one that bears the link first.
        rendez_vous: as it is now.
        maintenant: instant.
        suffixe: what makes the message unique.
        dits: what it says besides.
    """
    contexte = {"rdv": donnees_ics(rendez_vous, convocations=convocations)} | dits
    modele = "confirmation" if rendez_vous.attend_confirmation else "rendez_vous"
    prevenir(convocations, modele, maintenant=maintenant, suffixe=suffixe, contexte=contexte)
