"""What an agent may count: préfectures where they hold the right, narrowed by their attributions; and the filters."""

from __future__ import annotations

from dataclasses import dataclass

from demandes.droits import DROITS_PAR_ROLE, Droit, Role
from demandes.models import Agent, Motif, Prefecture, Service, Site


@dataclass(frozen=True)
class Portee:
    """A préfecture and what of it the agent may count.

    Args:
        prefecture: the préfecture.
        services: services that the agent may count.
        restreinte: whether other services of the préfecture are closed to the agent.
        sites: sites that the agent may count, for appointments and visits.
    """

    prefecture: Prefecture
    services: list[Service]
    restreinte: bool
    sites: list[Site]


def portees(agent: Agent) -> dict[str, Portee]:
    """Return what the agent may count, by département, in order (four queries)."""
    tenues = [a for a in agent.attributions.en_vigueur() if Droit.STATISTIQUES in DROITS_PAR_ROLE[Role(a.role)]]
    prefectures = list(Prefecture.objects.visibles_par(agent, Droit.STATISTIQUES).order_by("departement"))
    # Several narrowed attributions add up: service X at one site and service Y at another open both at both.
    limites = {
        p.pk: None if None in ouverts else ouverts
        for p in prefectures
        for ouverts in [{a.service_id for a in tenues if a.prefecture_id == p.pk}]
    }
    services = list(Service.objects.filter(prefecture__in=prefectures).order_by("genre", "pk"))
    sites = list(Site.objects.visibles_par(agent, Droit.STATISTIQUES).order_by("genre", "nom", "pk"))
    trouvees = {}
    for prefecture in prefectures:
        limite = limites[prefecture.pk]
        trouvees[prefecture.departement] = Portee(
            prefecture,
            [s for s in services if s.prefecture_id == prefecture.pk and (limite is None or s.pk in limite)],
            limite is not None,
            [s for s in sites if s.prefecture_id == prefecture.pk],
        )
    return trouvees


def motifs() -> list[Motif]:
    """Return the catalogue, motifs no longer in use included: their past is counted too (one query)."""
    return list(Motif.objects.order_by("genre_service", "libelle_court", "pk"))
