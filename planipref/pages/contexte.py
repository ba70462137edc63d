"""What every template knows: demonstration or not, whose space it is, and the agent's menu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import is_valid_path
from django.utils.functional import SimpleLazyObject

from demandes.droits import Droit

ESPACES_AGENTS = ("/agent/", "/guichet/", "/planning/", "/statistiques/", "/parametrage/")

# Address, label, right: the order of the menu.
RUBRIQUES: tuple[tuple[str, str, Droit], ...] = (
    ("/agent/", "Travail", Droit.CONSULTER),
    ("/agent/doublons/", "Doublons", Droit.INSTRUIRE),
    ("/guichet/", "Guichet", Droit.RECEVOIR),
    ("/guichet/accueil/", "Accueil", Droit.ACCUEILLIR),
    ("/planning/", "Planning", Droit.PLANIFIER),
    ("/statistiques/", "Statistiques", Droit.STATISTIQUES),
)


@dataclass(frozen=True)
class Rubrique:
    """One entry of the agents' menu.

    Args:
        libelle: its name.
        url: its address.
        actif: whether the present page belongs to it.
    """

    libelle: str
    url: str
    actif: bool


def espace(request: HttpRequest) -> dict[str, Any]:
    """Give `DEMO`, `espace` (``agent`` or ``usager``) and the agent's `navigation`; reads nothing for usagers."""
    contexte: dict[str, Any] = {"DEMO": settings.PLANIPREF_DEMO, "espace": "usager", "navigation": []}
    if request.path.startswith(ESPACES_AGENTS) and request.user.is_authenticated:
        contexte |= {"espace": "agent", "navigation": SimpleLazyObject(lambda: navigation(request))}
    return contexte


def navigation(request: HttpRequest) -> list[Rubrique]:
    """Return the entries that the agent's rights open, the present one marked."""
    agent: Any = request.user
    ouvertes = [(u, nom) for u, nom, droit in RUBRIQUES if agent.a_un_droit(droit) and is_valid_path(u)]
    if agent.is_superuser:
        ouvertes.append(("/admin/", "Administration"))
    # The longest address that begins the present one: /guichet/accueil/ rather than /guichet/.
    courante = max((u for u, _ in ouvertes if request.path.startswith(u)), key=len, default="")
    return [Rubrique(nom, url, url == courante) for url, nom in ouvertes]
