"""An appointment taken elsewhere before the changeover: the authorisation to come that it stands on here."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop

from demandes.acteur import Acteur
from demandes.cycle import Etat
from demandes.models import Convocation, Demande, Site
from demandes.services.convocation import Autorisation, convoquer_une, expiration_de
from demandes.services.transitions import verrouiller
from planipref.commun.transactions import etape

# Kept in French with the convocation, said in the language of who reads it.
MOTIVATION = gettext_noop(
    "Vous avez déjà pris ce rendez-vous auprès de la préfecture. Il est repris ici, à la même date."
)
MOTIVATION_DEPLACE = gettext_noop(
    "Vous avez déjà pris un rendez-vous auprès de la préfecture. Il est repris ici, à une autre date."
)


@etape
def convoquer_pour_reprise(
    demande: Demande, site: Site, *, jusqu_au: datetime, deplace: bool = False, par: Acteur, maintenant: datetime
) -> Convocation:
    """Convoke somebody who holds an appointment already: good until its day at least, and announced with it.

    A demande whose completeness is not established is not said complete: it is « reprise », and its pieces are checked
    at the counter.

    Args:
        demande: the file, deposited or complete, or whose title waits to be handed over.
        site: where they come.
        jusqu_au: instant of the appointment.
        deplace: whether it is not that which they took elsewhere.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``transition_interdite``, ``deja_convoquee`` (409).
    """
    verrouillee = verrouiller(demande)
    zone = ZoneInfo(verrouillee.prefecture.fuseau)
    dernier = datetime.combine(jusqu_au.astimezone(zone).date(), time(23, 59, 59), tzinfo=zone)
    remise = verrouillee.etat == Etat.A_REMETTRE
    autorisation = Autorisation(
        objet=Convocation.Objet.REMISE if remise else Convocation.Objet.RECEPTION,
        motivation=MOTIVATION_DEPLACE if deplace else MOTIVATION,
        sites=[site],
        expire_le=max(expiration_de(verrouillee, maintenant), dernier),
        prioritaire=False,
        par=par,
        maintenant=maintenant,
        transition="reprendre" if verrouillee.etat == Etat.DEPOSEE else "convoquer",
    )
    return convoquer_une(verrouillee, autorisation)
