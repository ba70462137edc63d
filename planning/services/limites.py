"""From when, and until when, a person books or changes an appointment themselves; an agent always may."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.utils.translation import gettext as _

from demandes.acteur import Acteur
from demandes.models import Convocation
from planipref.commun.erreurs import ErreurMetier
from planning.models import Creneau, RendezVous
from planning.selectors_regles import limites_de
from planning.selectors_tour import est_son_tour


def exiger_a_temps(
    rendez_vous: RendezVous, geste: Literal["deplacer", "annuler"], *, par: Acteur, maintenant: datetime
) -> None:
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


def exiger_son_tour(convocation: Convocation, creneau: Creneau, *, par: Acteur, maintenant: datetime) -> None:
    """Refuse a slot that has just opened to who is to choose later: see `planning.calculs.tour`.

    Raises:
        ErreurMetier: ``pas_son_tour`` (409).
    """
    if not par.est_agent and not est_son_tour(convocation, creneau, maintenant=maintenant):
        raise ErreurMetier("pas_son_tour", _("Votre tour de choisir n’est pas encore venu."), statut=409)
