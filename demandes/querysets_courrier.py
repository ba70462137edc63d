"""Reads of the batches of letters: an agent sees those of which they may see every letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

from demandes.droits import Droit
from demandes.querysets_deports import visees

if TYPE_CHECKING:
    from demandes.models import Agent, LotCourrier


def services_verifies(agent: Agent, *, prefecture: str = "prefecture", service: str = "service") -> Q:
    """Return the filter of what belongs to the services where an agent writes to usagers (`Droit.VERIFIER`)."""
    filtre = Q(pk__in=[])
    for (ou, lequel), droits in agent.droits_par_portee.items():
        if Droit.VERIFIER in droits:
            filtre |= Q(**{prefecture: ou} | ({service: lequel} if lequel else {}))
    return filtre


class LotCourrierQuerySet(models.QuerySet["LotCourrier"]):
    """Reads of batches."""

    def visibles_par(self, agent: Agent) -> LotCourrierQuerySet:
        """Batches of the services where the agent writes, but those with a letter to someone they must not handle."""
        siens = self.filter(services_verifies(agent))
        deports = agent.deports_tenus
        if not deports:
            return siens
        lettres: Any = self.model._meta.get_field("lettres").related_model  # noqa: SLF001 (as in `recherche`)
        ecartees = lettres.objects.filter(visees(deports, "demande__"), lot=OuterRef("pk"))
        return siens.exclude(Exists(ecartees))

    def avec_page(self) -> LotCourrierQuerySet:
        """Load what the pages show, the newest first."""
        return self.select_related("prefecture", "service", "cree_par", "termine_par").order_by("-pk")

    def prepares(self) -> LotCourrierQuerySet:
        """Batches neither posted nor given up."""
        return self.filter(etat="prepare")
