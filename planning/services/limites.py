"""Until when a person changes their appointment themselves; after that they call, and an agent does."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.utils.translation import gettext as _

from demandes.acteur import Acteur
from planipref.commun.erreurs import ErreurMetier
from planning.models import RendezVous
from planning.selectors_regles import limites_de


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
