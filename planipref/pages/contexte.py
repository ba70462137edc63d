"""What every template knows: demonstration or not, whose space it is, and the agent's menu."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import is_valid_path
from django.utils.functional import SimpleLazyObject

from demandes.droits import Droit
from demandes.models import Organisme
from demandes.views.acces import aidant_de
from planipref.commun.langues import INVITATIONS, NOMS, OFFERTES, code_django, langue_parlee, langue_proposee

ESPACES_AGENTS = ("/agent/", "/guichet/", "/planning/", "/statistiques/", "/parametrage/")

# Address, label, right: the order of the menu.
RUBRIQUES: tuple[tuple[str, str, Droit], ...] = (
    ("/agent/", "Travail", Droit.CONSULTER),
    ("/agent/doublons/", "Doublons", Droit.INSTRUIRE),
    ("/agent/courriers/", "Courriers", Droit.VERIFIER),
    ("/agent/signalements/", "Signalements", Droit.INSTRUIRE),
    ("/guichet/", "Guichet", Droit.RECEVOIR),
    ("/guichet/accueil/", "Accueil", Droit.ACCUEILLIR),
    ("/guichet/titres/", "Titres", Droit.REMETTRE),
    ("/planning/", "Planning", Droit.PLANIFIER),
    ("/agent/planning/", "Mon planning", Droit.CONSULTER),
    ("/statistiques/", "Statistiques", Droit.STATISTIQUES),
    ("/agent/organismes/", "Organismes", Droit.STATISTIQUES),
    ("/parametrage/", "Paramétrage", Droit.PARAMETRER),
)
ESPACE_AIDANTS = "/accompagnement/"
RUBRIQUES_AIDANTS: tuple[tuple[str, str], ...] = (
    (ESPACE_AIDANTS, "Personnes accompagnées"),
    ("/accompagnement/nouvelle/", "Nouvelle personne"),
    ("/accompagnement/inviter/", "Demande déposée"),
    ("/accompagnement/import/", "Import"),
)
# Pages of the usager that an aidant uses too, in the name of their organisation.
PAGES_MANDATEES = ("/suivi/", "/depot/", "/rdv/")


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
    """Give `DEMO`, `espace` (``agent``, ``aidant`` or ``usager``) and its `navigation`; reads nothing for usagers."""
    contexte: dict[str, Any] = {"DEMO": settings.PLANIPREF_DEMO, "espace": "usager", "navigation": []}
    if request.path.startswith(ESPACES_AGENTS) and request.user.is_authenticated:
        contexte |= {"espace": "agent", "navigation": SimpleLazyObject(lambda: navigation(request))}
    elif request.path.startswith(ESPACE_AIDANTS) and request.user.is_authenticated:
        contexte |= {"espace": "aidant", "navigation": _marquer(RUBRIQUES_AIDANTS, request.path)}
    elif request.path.startswith(PAGES_MANDATEES) and request.user.is_authenticated:
        contexte["mandataire"] = SimpleLazyObject(lambda: _mandataire(request))
    else:
        contexte |= _langues(request)
    return contexte


def _langues(request: HttpRequest) -> dict[str, Any]:
    """Give `langues`, `langue_nom`, the one spoken, and `langue_proposee`: code, code of Django and invitation."""
    proposee = langue_proposee(request)
    invitation = (proposee, code_django(proposee), INVITATIONS[proposee]) if proposee else None
    return {"langues": OFFERTES, "langue_nom": NOMS[langue_parlee(request)], "langue_proposee": invitation}


def _mandataire(request: HttpRequest) -> Organisme | None:
    """Return the organisation in whose name the aidant signed in acts."""
    aidant = aidant_de(request)
    return aidant.organisme if aidant is not None else None


def navigation(request: HttpRequest) -> list[Rubrique]:
    """Return the entries that the agent's rights open, the present one marked."""
    agent: Any = request.user
    ouvertes = [(u, nom) for u, nom, droit in RUBRIQUES if agent.a_un_droit(droit) and is_valid_path(u)]
    if agent.is_superuser:
        ouvertes.append(("/admin/", "Administration"))
    return _marquer(ouvertes, request.path)


def _marquer(ouvertes: Sequence[tuple[str, str]], chemin: str) -> list[Rubrique]:
    """Mark the longest address that begins the present one: /guichet/accueil/ rather than /guichet/."""
    courante = max((u for u, _ in ouvertes if chemin.startswith(u)), key=len, default="")
    return [Rubrique(nom, url, url == courante) for url, nom in ouvertes]
