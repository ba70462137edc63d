"""Reads of the rules of slots: a site's own value, else the country's, else the one of the code."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from demandes.calculs.faits import expiration
from demandes.models import Convocation, Demande, Mandat, Site
from demandes.selectors_valeurs import valeurs_posees, valeurs_propres
from planipref.commun.horloge import aujourdhui
from planning.calculs.regles import Limites, Quota, ReglesCreneaux, limites
from planning.mesures import Duree, durees_mesurees
from planning.models import FileGuichet, RegleCreneaux, RendezVous

CHAMPS = [c.name for c in fields(ReglesCreneaux)]


def regles_des_sites(sites: Collection[int]) -> dict[int, ReglesCreneaux]:
    """Return the rules of some sites, field by field (one query)."""
    posees = valeurs_posees(RegleCreneaux.objects.all(), sites, CHAMPS)
    return {site: ReglesCreneaux(**posees[site]) for site in sites}


def regles_nationales() -> ReglesCreneaux:
    """Return the rules of a site that has none of its own (one query)."""
    return ReglesCreneaux(**valeurs_posees(RegleCreneaux.objects.all(), [], CHAMPS)[None])


def regles_du_site(site_id: int) -> ReglesCreneaux:
    """Return the rules of a site (one query)."""
    return regles_des_sites([site_id])[site_id]


def limites_de(rendez_vous: RendezVous) -> Limites:
    """Return until when an appointment may be changed by its person (one query).

    Args:
        rendez_vous: with its slot and queue.
    """
    return limites(rendez_vous.creneau.debut, regles_du_site(rendez_vous.creneau.file.site_id))


def fin_du_titre(demande: Demande) -> date | None:
    """Return when the title of a demande ends, as its motif asks; None when it asks for none."""
    return expiration(demande.motif.fenetre_depot, demande.reponses)


Visite = tuple[Sequence[Convocation], Collection[int]]


def quotas_de(visites: Sequence[Visite]) -> list[dict[Quota, date]]:
    """Return the day from which each visit may take the places kept for each quota; those never theirs are left out.

    A title that ends soon, an agent's word, or an organisation that helps; for a family, that of any of them. Nothing
    is looked for where no site keeps places (one query, two where one does).

    Args:
        visites: the convocations of each, with their demandes and motifs, and the sites where it may take place.
    """
    regles = regles_des_sites({site for _, sites in visites for site in sites})
    gardent = {site: r for site, r in regles.items() if any(r.pourcent(quota) for quota in Quota)}
    concernees = [c for reunies, sites in visites for c in reunies if gardent.keys() & set(sites)]
    aidees: set[int] = set()
    if concernees:
        mandats = Mandat.objects.en_cours(aujourdhui(concernees[0].demande.prefecture.fuseau))
        aidees = set(mandats.filter(demande__in=[c.demande_id for c in concernees]).values_list("demande", flat=True))
    return [_quotas(reunies, [gardent[s] for s in sites if s in gardent], aidees) for reunies, sites in visites]


def _quotas(
    reunies: Sequence[Convocation], regles: Sequence[ReglesCreneaux], aidees: Collection[int]
) -> dict[Quota, date]:
    quotas = {}
    if any(c.prioritaire for c in reunies):
        quotas[Quota.VULNERABLE] = date.min
    if any(c.demande.canal == Demande.Canal.ACCOMPAGNEMENT or c.demande_id in aidees for c in reunies):
        quotas[Quota.ACCOMPAGNE] = date.min
    fins = [fin for c in reunies if (fin := fin_du_titre(c.demande)) is not None]
    if fins and regles:
        quotas[Quota.TITRE] = min(fins) - timedelta(days=max(r.urgence_jours for r in regles))
    return {quota: des for quota, des in quotas.items() if any(r.pourcent(quota) for r in regles)}


def valeurs_du_site(site_id: int) -> dict[str, Any]:
    """Return what a site itself has set (one query)."""
    return valeurs_propres(RegleCreneaux.objects.all(), site_id, CHAMPS)


@dataclass(frozen=True)
class DureeFile:
    """A queue, with how long its visits last.

    Args:
        file: queue.
        duree: what was measured; None when nothing was.
    """

    file: FileGuichet
    duree: Duree | None

    @property
    def applicable(self) -> bool:
        """Whether going by the visits measured would change its places."""
        return self.duree is not None and self.duree.suffisante and self.duree.rythme != self.file.rythme


def durees_du_site(site: Site, *, maintenant: datetime) -> list[DureeFile]:
    """Return the queues of a site with the length of their visits."""
    mesurees = durees_mesurees(site, aujourdhui(site.prefecture.fuseau, maintenant))
    files = FileGuichet.objects.actives().filter(site=site).order_by("lettre", "pk")
    return [DureeFile(f, mesurees.get(f.pk)) for f in files]
