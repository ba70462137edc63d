"""Reads of the slots where more is taken than the plan or the openings give, and of the ways out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from demandes.droits import Droit
from demandes.models import Agent, Convocation, Site
from planipref.commun.horloge import aujourdhui
from planning.calculs.affectation.explications import POSSIBLE, empechement
from planning.calculs.creneaux import lundi_de
from planning.models import Affectation, Creneau, PlanSemaine, RendezVous
from planning.querysets import CreneauQuerySet
from planning.selectors import CreneauPropose, besoins_de, debuts_libres_de
from planning.selectors_semaine import SemaineLue, lire_semaine


def conflits_du_site(site: Site, *, maintenant: datetime) -> CreneauQuerySet:
    """Return the slots of a site in conflict, the first ones first."""
    return Creneau.objects.en_conflit(maintenant).filter(file__site=site).avec_file()


def conflit_planifie(agent: Agent, pk: int, *, maintenant: datetime) -> Creneau | None:
    """Return a slot where the agent plans, in conflict or not any more."""
    sites = Site.objects.visibles_par(agent, Droit.PLANIFIER)
    creneaux = Creneau.objects.filter(pk=pk, file__site__in=sites, debut__gt=maintenant, prevues__isnull=False)
    return creneaux.avec_file().first()


@dataclass(frozen=True)
class Deplacement:
    """An appointment of a slot in conflict, and where it may go.

    Args:
        rendez_vous: with its convocation and demande.
        vers: the nearest slot free for it; None when there is none.
    """

    rendez_vous: RendezVous
    vers: Creneau | None

    @property
    def tardif(self) -> bool:
        """Whether that slot comes after the end of the legal time limit."""
        demande = self.rendez_vous.convocation.demande
        if self.vers is None or demande.echeance is None:
            return False
        return aujourdhui(demande.prefecture.fuseau, self.vers.debut) > demande.echeance


def deplacements(creneau: Creneau, *, maintenant: datetime) -> list[Deplacement]:
    """Return the appointments of a slot, the last taken first, each with the nearest slot free for it."""
    actifs = list(RendezVous.objects.actifs().qui_occupent(creneau.pk).order_by("-pris_le", "-pk"))
    lues = Convocation.objects.avec_page().filter(pk__in=[r.convocation_id for r in actifs])
    convocations = {c.pk: c for c in lues.order_by("pk")}
    besoins = besoins_de(list(convocations.values()))
    libres = debuts_libres_de([(c, besoins[pk]) for pk, c in convocations.items()], maintenant=maintenant)
    for rendez_vous in actifs:
        rendez_vous.convocation = convocations[rendez_vous.convocation_id]
    return [Deplacement(r, _plus_proche(libres[r.convocation_id], creneau)) for r in actifs]


def _plus_proche(libres: Sequence[CreneauPropose], creneau: Creneau) -> Creneau | None:
    """Return the slot that a visit may take nearest to another one, at the same site if any is as near."""
    return min(
        (p.creneau for p in libres if p.creneau.pk != creneau.pk),
        key=lambda c: (abs(c.debut - creneau.debut), c.file.site_id != creneau.file.site_id, c.pk),
        default=None,
    )


@dataclass(frozen=True)
class Renforts:
    """Who may hold one more counter of a queue during a half-day.

    Args:
        lue: the week in force.
        poste: number of the queue's post.
        demi_journee: when.
        agents: free, able, and breaking no rule there.
    """

    lue: SemaineLue
    poste: int
    demi_journee: int
    agents: list[Agent]


def renforts(creneau: Creneau) -> Renforts | None:
    """Return who may hold one more counter at a slot; None when no plan is in force that week."""
    jour = aujourdhui(creneau.file.site.prefecture.fuseau, creneau.debut)
    plan = (
        PlanSemaine.objects.filter(site=creneau.file.site_id, etat=PlanSemaine.Etat.PUBLIE, lundi=lundi_de(jour))
        .select_related("site__prefecture")
        .first()
    )
    if plan is None:
        return None
    lue = lire_semaine(plan)
    quand = next((h for h, m in enumerate(lue.moments) if m.debut <= creneau.debut < m.fin), None)
    poste = lue.poste(f"file-{creneau.file_id}")
    if quand is None or poste is None:
        return None
    pris = {a.agent_id for a in Affectation.objects.filter(pendant__overlap=lue.moments[quand].periode)}
    agents = [
        agent
        for pk, agent in lue.agents.items()
        if pk not in pris
        and (pk, quand) not in lue.nombres
        and empechement(lue.semaine, lue.nombres, lue.semaine.agent[pk], quand, poste) == POSSIBLE
    ]
    return Renforts(lue, poste, quand, agents)
