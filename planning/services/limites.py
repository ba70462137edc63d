"""From when, and until when, a person books or changes an appointment themselves; an agent always may."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from django.utils.translation import gettext as _

from demandes.acteur import Acteur
from demandes.models import Convocation
from planipref.commun.erreurs import ErreurMetier
from planning.models import Creneau, RendezVous
from planning.selectors_regles import limites_de
from planning.selectors_tour import est_son_tour

Geste = Literal["deplacer", "annuler"]
REPRISE = timedelta(minutes=10)  # during which a person may take back the appointment they have just given up
ABANDONS_MAX = 3  # appointments that a link may give up within an hour, and still take the last one back


def exiger_a_temps(rendez_vous: RendezVous, geste: Geste, *, par: Acteur, maintenant: datetime) -> None:
    """Refuse a change of an appointment that comes too late for its place to be given to another.

    An agent still may. Accepting a place that the service itself offers is not such a change.

    Args:
        rendez_vous: live, with its slot, queue and site.
        geste: what is asked for.
        par: who asks for it.
        maintenant: instant.

    Raises:
        ErreurMetier: ``trop_tard`` (409).
    """
    if par.est_agent or maintenant < getattr(limites_de(rendez_vous), geste):
        return
    message = _("Il est trop tard pour changer ce rendez-vous ici. Si vous ne pouvez pas venir, appelez la préfecture.")
    raise ErreurMetier("trop_tard", message, statut=409)


def fin_de_reprise(
    rendez_vous: RendezVous, geste: Geste, *, vers: Creneau | None = None, par: Acteur, maintenant: datetime
) -> datetime | None:
    """Return until when who gives an appointment up may take it back, some minutes at most; None when they may not.

    Not an agent; once for a link; and not who gives up one after the other, which would keep places from all. What
    could not be given up any more is not taken back either: its place would be lost to all if its person did not come.

    Args:
        rendez_vous: what is given up, with its slot, queue and site.
        geste: how.
        vers: the slot taken instead, if any; once it has begun, nothing is taken back.
        par: who gives it up.
        maintenant: instant.
    """
    if par.est_agent:
        return None
    siens = RendezVous.objects.filter(convocation=rendez_vous.convocation_id)
    recents = siens.filter(etat__in=("annule", "deplace"), termine_le__gt=maintenant - timedelta(hours=1))
    if recents.count() >= ABANDONS_MAX or RendezVous.objects.repris(rendez_vous.convocation_id).exists():
        return None
    fins = [maintenant + REPRISE, getattr(limites_de(rendez_vous), geste)]
    fin: datetime = min([*fins, vers.debut] if vers else fins)
    return fin if fin > maintenant else None


def exiger_son_tour(convocation: Convocation, creneau: Creneau, *, par: Acteur, maintenant: datetime) -> None:
    """Refuse a slot that has just opened to who is to choose later: see `planning.calculs.tour`.

    Raises:
        ErreurMetier: ``pas_son_tour`` (409).
    """
    if not par.est_agent and not est_son_tour(convocation, creneau, maintenant=maintenant):
        raise ErreurMetier("pas_son_tour", _("Votre tour de choisir n’est pas encore venu."), statut=409)


def exiger_son_tour_partout(rendez_vous: RendezVous, *, par: Acteur, maintenant: datetime) -> None:
    """Refuse an appointment just written one of whose later slots has just opened, to others first.

    Args:
        rendez_vous: with its convocation; the act that wrote it is undone.
        par: who took it.
        maintenant: instant.

    Raises:
        ErreurMetier: ``pas_son_tour`` (409).
    """
    for creneau in Creneau.objects.filter(prolongements__rendez_vous=rendez_vous):
        exiger_son_tour(rendez_vous.convocation, creneau, par=par, maintenant=maintenant)
