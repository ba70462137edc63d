"""Who acts: every service asks for an actor, and the journal names it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from demandes.droits import DROITS_DE_PRESENCE, DROITS_MEDECIN, DROITS_PAR_PORTEE, DROITS_SYSTEME, DROITS_USAGER, Droit


class GenreActeur(StrEnum):
    """Kinds of actor, as the journal writes them."""

    AGENT = "agent"
    USAGER = "usager"
    ORGANISME = "organisme"
    MEDECIN = "medecin"
    SYSTEME = "systeme"


class Dossier(Protocol):
    """What a right on a file depends on."""

    prefecture_id: int
    service_id: int


class DossierDUnePersonne(Dossier, Protocol):
    """What tells whose file it is."""

    pk: int
    usager_id: int


@dataclass(frozen=True)
class Acteur:
    """An actor and the rights it holds.

    Args:
        genre: kind of actor.
        pk: identifier of the agent, usager or organisme; 0 for the system.
        droits: rights by scope, a préfecture and a service of it (0 for all its services); under (0, 0) for who is
            no agent.
        aidant_id: the named person who acts for the organisme.
        mandat_id: the mandate under which the organisme acts; 0 before there is one.
        demande_id: the only file that this mandate opens, that an usager opens for a person of their family, or that a
            doctor examines.
        origine: network address of an usager who acts from a page; only its keyed hash is ever kept, and it says
            nothing of who acts.
    """

    genre: GenreActeur
    pk: int
    droits: Mapping[tuple[int, int], frozenset[Droit]] = field(default_factory=dict)
    aidant_id: int = 0
    mandat_id: int = 0
    demande_id: int = 0
    origine: str = field(default="", repr=False, compare=False)

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
        """Say whether the actor holds the right on a file: in its préfecture and service, any of them to receive."""
        service_id = 0 if droit in DROITS_DE_PRESENCE else demande.service_id
        return self.peut(droit, prefecture_id=demande.prefecture_id, service_id=service_id)

    def est_concerne(self, demande: DossierDUnePersonne) -> bool:
        """Say whether an usager or an organisme acts on their own file; it is no question for the others."""
        if self.genre is GenreActeur.USAGER and not self.est_proche:
            return self.pk == demande.usager_id
        return self.demande_id == demande.pk or not (self.est_organisme or self.est_proche or self.est_medecin)

    @property
    def est_agent(self) -> bool:
        """Say whether an agent acts, rather than an usager or the system."""
        return self.genre is GenreActeur.AGENT

    @property
    def est_organisme(self) -> bool:
        """Say whether an organisme acts, under a mandate."""
        return self.genre is GenreActeur.ORGANISME

    @property
    def est_medecin(self) -> bool:
        """Say whether an agréé doctor acts, on the file of a person convoked to them."""
        return self.genre is GenreActeur.MEDECIN

    @property
    def est_proche(self) -> bool:
        """Say whether an usager acts on the file of a person of their family."""
        return self.genre is GenreActeur.USAGER and self.demande_id > 0

    @property
    def trace(self) -> dict[str, int]:
        """What the journal notes besides the actor: the named aidant and the mandate, or an act for the family."""
        if self.est_proche:
            return {"famille": True}
        return {"aidant_id": self.aidant_id, "mandat_id": self.mandat_id} if self.est_organisme else {}


SYSTEME = Acteur(GenreActeur.SYSTEME, 0, {(0, 0): DROITS_SYSTEME})


def acteur_usager(usager_id: int, *, origine: str = "") -> Acteur:
    """Return the actor of an usager; the view has already proved that the demande is theirs."""
    return Acteur(GenreActeur.USAGER, usager_id, {(0, 0): DROITS_USAGER}, origine=origine)


def acteur_proche(usager_id: int, demande_id: int, *, origine: str = "") -> Acteur:
    """Return the actor of an usager on the file of a person of their family, and on no other.

    `demandes.services.mandataires.exiger_mandat` checks at each act that the file is still in the family.
    """
    return Acteur(GenreActeur.USAGER, usager_id, {(0, 0): DROITS_USAGER}, demande_id=demande_id, origine=origine)


def acteur_medecin(medecin_id: int, prefecture_id: int, *, demande_id: int = 0) -> Acteur:
    """Return the actor of an agréé doctor in a préfecture, on the file of the person examined and on no other.

    The caller has proved that the person is convoked to an agenda of theirs.
    """
    droits = {(prefecture_id, 0): DROITS_MEDECIN}
    return Acteur(GenreActeur.MEDECIN, medecin_id, droits, demande_id=demande_id)


def acteur_organisme(
    organisme_id: int, aidant_id: int, *, mandat_id: int = 0, demande_id: int = 0, portee: Iterable[str] = ()
) -> Acteur:
    """Return the actor of an aidant: the rights of the mandate's scope, on its demande and no other.

    Args:
        organisme_id: in whose name.
        aidant_id: who, by name.
        mandat_id: the mandate that runs; none yet when a person is registered.
        demande_id: the file that it opens.
        portee: its scope.
    """
    droits = frozenset(DROITS_PAR_PORTEE[p] for p in portee)
    return Acteur(GenreActeur.ORGANISME, organisme_id, {(0, 0): droits}, aidant_id, mandat_id, demande_id)
