"""The manager's page of files: what waits, who has how much, what the machine proposes and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from demandes.models import Agent, Demande, Service
from planning.calculs.affectation.dossiers import EXPLICATIONS, RAISONS
from planning.models import PropositionDossiers, RegleDossiers
from planning.selectors_dossiers import (
    A_DECIDER,
    LotLu,
    ReglesDossiers,
    derniere_proposition,
    lire_lot,
    regle_du_service,
    regles_des_services,
)

LISTE_MAX = 200


@dataclass(frozen=True)
class LigneMotif:
    """Files of a motif that nobody follows.

    Args:
        motif: its label.
        a_verifier: how many wait to be checked.
        a_decider: how many wait for a decision.
        echeance: nearest deadline.
    """

    motif: str
    a_verifier: int
    a_decider: int
    echeance: date | None


@dataclass(frozen=True)
class LigneAgent:
    """An agent's load.

    Args:
        agent: who.
        avant: minutes of the files followed.
        apres: with those proposed.
        capacite: minutes until the horizon.
        recus: files proposed.
        deports: how many they declared.
    """

    agent: Agent
    avant: int
    apres: int
    capacite: int
    recus: int
    deports: int

    @property
    def part_avant(self) -> int:
        """Share of the time taken before, in per cent, 100 at most on the picture."""
        return _part(self.avant, self.capacite)

    @property
    def part_apres(self) -> int:
        """The same with the files proposed."""
        return _part(self.apres, self.capacite)

    @property
    def en_plus(self) -> int:
        """What the proposal adds, in per cent."""
        return self.part_apres - self.part_avant


def _part(charge: int, capacite: int) -> int:
    return min(100, 100 * charge // capacite) if capacite else 100 * bool(charge)


@dataclass(frozen=True)
class PageDossiers:
    """The page of a service.

    Args:
        service: whose.
        motifs: what waits.
        nombre: files that wait.
        agents: who may take them.
        proposition: the newest.
        confies: files that it gives out.
        restes: (why, how many, code) of those that it leaves.
        regles: as they apply.
        propre: what the service has of its own.
    """

    service: Service
    motifs: list[LigneMotif]
    nombre: int
    agents: list[LigneAgent]
    proposition: PropositionDossiers | None
    confies: int
    restes: list[tuple[str, int, str]]
    regles: ReglesDossiers
    propre: RegleDossiers | None


def page_dossiers(service: Service, *, maintenant: datetime) -> PageDossiers:
    """Return the page of a service, in a number of queries that the files do not change.

    Args:
        service: with its préfecture loaded.
        maintenant: instant.
    """
    lu = lire_lot(service, maintenant=maintenant)
    proposition = derniere_proposition(service)
    montree = proposition if proposition is not None and proposition.applicable else None
    lignes = montree.lignes if montree else []
    restes = Counter(ligne[2] for ligne in lignes if ligne[1] is None)
    return PageDossiers(
        service,
        _motifs(lu),
        len(lu.demandes),
        _agents(lu, montree),
        proposition,
        sum(ligne[1] is not None for ligne in lignes),
        [(RAISONS[code], n, code) for code, n in restes.most_common()],
        regles_des_services([service.pk])[service.pk],
        regle_du_service(service),
    )


def _motifs(lu: LotLu) -> list[LigneMotif]:
    par_motif: dict[str, list[Demande]] = {}
    for demande in lu.demandes.values():
        par_motif.setdefault(demande.motif.libelle, []).append(demande)
    lignes = []
    for motif, demandes in sorted(par_motif.items(), key=lambda m: (-len(m[1]), m[0])):
        a_decider = sum(d.etat in A_DECIDER for d in demandes)
        echeances = [d.echeance for d in demandes if d.echeance]
        lignes.append(LigneMotif(motif, len(demandes) - a_decider, a_decider, min(echeances, default=None)))
    return lignes


def _agents(lu: LotLu, montree: PropositionDossiers | None) -> list[LigneAgent]:
    recus = Counter(ligne[1] for ligne in montree.lignes) if montree else Counter()
    apres = {agent: charge for agent, _, charge, _ in montree.charges} if montree else {}
    return [
        LigneAgent(
            lu.agents[a.id],
            a.charge,
            apres.get(a.id, a.charge),
            a.capacite,
            recus[a.id],
            lu.deports.get(a.id, 0),
        )
        for a in lu.lot.agents
    ]


@dataclass(frozen=True)
class LigneProposee:
    """A file of a proposal, and why.

    Args:
        demande: which.
        agent: who would follow it.
        phrase: why this agent, or why nobody.
        autres: other agents who could have taken it.
        ecartes: agents who are kept from it: how many, never who nor why.
        donnee: whether it was really given.
    """

    demande: Demande
    agent: Agent | None
    phrase: str
    autres: int
    ecartes: int
    donnee: bool


def lignes_proposees(proposition: PropositionDossiers, choix: str) -> list[LigneProposee]:
    """Return the files of a proposal, the first `LISTE_MAX` of them (two queries).

    Args:
        proposition: which.
        choix: an agent's number, a reason why nobody has them, or all when it is empty.
    """
    voulues = [x for x in proposition.lignes if not choix or choix in (str(x[1]), x[2] if x[1] is None else "")]
    voulues = voulues[:LISTE_MAX]
    demandes = Demande.objects.select_related("motif").in_bulk([x[0] for x in voulues])
    agents = Agent.objects.in_bulk([x[1] for x in voulues if x[1] is not None])
    donnees = set(proposition.donnees)
    phrases = EXPLICATIONS | {f"sans:{code}": phrase for code, phrase in RAISONS.items()}
    return [
        LigneProposee(
            demandes[pk],
            agents.get(agent or 0),
            phrases[code if agent is not None else f"sans:{code}"],
            autres,
            ecartes,
            pk in donnees,
        )
        for pk, agent, code, autres, ecartes in voulues
    ]
