"""Who acts: every service asks for an actor, and the journal names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from demandes.droits import DROITS_SYSTEME, DROITS_USAGER, Droit


class GenreActeur(StrEnum):
    """Kinds of actor, as the journal writes them."""

    AGENT = "agent"
    USAGER = "usager"
    ORGANISME = "organisme"
    SYSTEME = "systeme"


class Dossier(Protocol):
    """What a right on a file depends on."""

    prefecture_id: int
    service_id: int


@dataclass(frozen=True)
class Acteur:
    """An actor and the rights it holds.

    Args:
        genre: kind of actor.
        pk: identifier of the agent, usager or organisme; 0 for the system.
        droits: rights by scope, a préfecture and a service of it (0 for all its services); under (0, 0) for who is
            no agent.
    """

    genre: GenreActeur
    pk: int
    droits: Mapping[tuple[int, int], frozenset[Droit]] = field(default_factory=dict)

    def peut(self, droit: Droit, *, prefecture_id: int, service_id: int = 0) -> bool:
        """Say whether the actor holds the right in this préfecture.

        Args:
            droit: what is asked for.
            prefecture_id: where.
            service_id: service of the file it is about; 0 when it is about no file: any service will do.
        """
        return any(
            droit in droits
            for (prefecture, service), droits in self.droits.items()
            if prefecture in (0, prefecture_id) and (not service or not service_id or service == service_id)
        )

    def peut_sur(self, droit: Droit, demande: Dossier) -> bool:
        """Say whether the actor holds the right on a file: in its préfecture and its service."""
        return self.peut(droit, prefecture_id=demande.prefecture_id, service_id=demande.service_id)

    @property
    def est_agent(self) -> bool:
        """Say whether an agent acts, rather than an usager or the system."""
        return self.genre is GenreActeur.AGENT


SYSTEME = Acteur(GenreActeur.SYSTEME, 0, {(0, 0): DROITS_SYSTEME})


def acteur_usager(usager_id: int) -> Acteur:
    """Return the actor of an usager; the view has already proved that the demande is theirs."""
    return Acteur(GenreActeur.USAGER, usager_id, {(0, 0): DROITS_USAGER})
