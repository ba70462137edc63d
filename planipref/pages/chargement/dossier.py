"""A demande while its story is told: what changes from step to step, written out once it is over."""

from __future__ import annotations

from dataclasses import dataclass, field

from demandes.calculs.delais import Suspension
from demandes.models import PieceRequise, Site
from planipref.pages.chargement.agenda import Case
from planipref.pages.chargement.decor import MotifDuDecor


@dataclass(slots=True)
class Fichier:
    """A piece given.

    Args:
        id: identifier.
        requise: what it answers.
        deposee_le: when.
        vue: seen at the counter rather than sent.
        verdict: what an agent found.
        raison: why it is not right.
        verifiee_le: when it was checked.
        remplacee_le: when another took its place.
    """

    id: int
    requise: PieceRequise
    deposee_le: int
    vue: bool = False
    verdict: str = "a_verifier"
    raison: str = ""
    verifiee_le: int | None = None
    remplacee_le: int | None = None


@dataclass(slots=True)
class Complement:
    """A request for missing pieces."""

    id: int
    manquants: list[dict[str, str]]
    suspensif: bool
    notifie_le: int
    limite: int
    produit_le: int | None = None
    clos_le: int | None = None


@dataclass(slots=True)
class Lien:
    """A convocation."""

    id: int
    cle: str
    objet: str
    motivation: str
    site: Site
    personnes: int
    emise_le: int
    expire_le: int
    situation: str = "active"
    terminee_le: int | None = None
    rendez_vous: int = 0


@dataclass(slots=True)
class Attendu:
    """An appointment taken, whose outcome is not told yet."""

    id: int
    lien: Lien
    cases: list[Case]
    pris_le: int
    sequence: int


@dataclass(slots=True)
class TitreArrive:
    """A card at a site.

    Args:
        id: identifier.
        numero: printed on it.
        recu_le: when it arrived.
        remis_le: when it was handed over.
    """

    id: int
    numero: str
    recu_le: int
    remis_le: int | None = None


@dataclass(slots=True)
class Dossier:
    """A demande under way.

    Args:
        id: identifier.
        usager_id: whose.
        cle: public key.
        motif: what is asked for.
        identite: who asks, as the deposit writes it.
        site: where the person goes.
        creee_le: first instant.
        dernier: last instant told.
        avant: end of the step before the present one.
        papiers: whether who came to the counter had everything.
    """

    id: int
    usager_id: int
    cle: str
    motif: MotifDuDecor
    identite: dict[str, str]
    site: Site
    creee_le: int
    dernier: int
    avant: int = 0
    papiers: bool = True
    situation: str = "brouillon"
    canal: str = "en_ligne"
    numero: str = ""
    reponses: str = "{}"
    agent_id: int = 0
    deposee_le: int | None = None
    complete_le: int | None = None
    exigees: list[PieceRequise] = field(default_factory=list)
    pieces: list[Fichier] = field(default_factory=list)
    complements: list[Complement] = field(default_factory=list)
    suspensions: list[Suspension] = field(default_factory=list)
    produite: int | None = None
    liens: list[Lien] = field(default_factory=list)
    attendu: Attendu | None = None
    titre: TitreArrive | None = None
    destinataire_json: str = ""

    @property
    def usager(self) -> tuple[str, int]:
        """The person, as an actor of the journal."""
        return ("usager", self.usager_id)

    @property
    def courantes(self) -> list[Fichier]:
        """Pieces not replaced."""
        return [p for p in self.pieces if p.remplacee_le is None]

    @property
    def lien(self) -> Lien | None:
        """The live convocation."""
        return self.liens[-1] if self.liens and self.liens[-1].situation == "active" else None
