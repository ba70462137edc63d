"""The agent behind a request."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

from demandes.acteur import Acteur
from demandes.models import Agent
from demandes.selectors import acteur_agent


def agent_de(request: HttpRequest) -> Agent:
    """Return the agent who asks."""
    return cast("Agent", request.user)


def acteur_de(request: HttpRequest) -> Acteur:
    """Return the agent who asks, as who acts."""
    return acteur_agent(agent_de(request))
