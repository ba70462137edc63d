"""The secret address of an agent's calendar."""

from __future__ import annotations

from demandes.models import Agent
from planipref.commun.jetons import deriver, empreinte, nouvelle_cle
from planipref.commun.transactions import acte
from planning.models import FluxPlanning

USAGE = "planning-agent"


@acte
def ouvrir_flux(agent: Agent) -> None:
    """Give an agent a new secret address for their calendar; the former one answers no more."""
    cle, condensat = nouvelle_cle(USAGE)
    FluxPlanning.objects.update_or_create(agent=agent, defaults={"cle": cle, "empreinte": condensat})


def jeton_du_flux(agent: Agent) -> str:
    """Return the token of an agent's calendar; empty when they have none."""
    flux = FluxPlanning.objects.filter(agent=agent).first()
    return deriver(USAGE, str(flux.cle)) if flux else ""


def agent_du_flux(jeton: str) -> Agent | None:
    """Return whose calendar a token opens; nobody who has left."""
    flux = (
        FluxPlanning.objects.filter(empreinte=empreinte(jeton), agent__is_active=True).select_related("agent").first()
    )
    return flux.agent if flux else None
