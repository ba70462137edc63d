"""Who acts: every service asks for an actor, and the journal names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from demandes.droits import DROITS_SYSTEME, DROITS_USAGER, Droit


class GenreActeur(StrEnum):
    """Kinds of actor, as the journal writes them."""

    AGENT = "agent"
    USAGER = "usager"
    ORGANISME = "organisme"
    SYSTEME = "systeme"


@dataclass(frozen=True)
class Acteur:
    """An actor and the rights it holds.

    Args:
        genre: kind of actor.
        pk: identifier of the agent, usager or organisme; 0 for the system.
        droits: rights by préfecture identifier (agents), or under the key 0 (everyone else).
    """

    genre: GenreActeur
    pk: int
    droits: Mapping[int, frozenset[Droit]] = field(default_factory=dict)

    def peut(self, droit: Droit, *, prefecture_id: int) -> bool:
        """Say whether the actor holds the right in this préfecture."""
        return droit in self.droits.get(prefecture_id, frozenset()) or droit in self.droits.get(0, frozenset())

    @property
    def est_agent(self) -> bool:
        """Say whether an agent acts, rather than an usager or the system."""
        return self.genre is GenreActeur.AGENT


SYSTEME = Acteur(GenreActeur.SYSTEME, 0, {0: DROITS_SYSTEME})


def acteur_usager(usager_id: int) -> Acteur:
    """Return the actor of an usager; the view has already proved that the demande is theirs."""
    return Acteur(GenreActeur.USAGER, usager_id, {0: DROITS_USAGER})
