"""Whom an agent must not handle: the guard that every act asks, and what the agent's own page lists."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from demandes.acteur import Acteur
from demandes.models import Agent, Demande, Deport, Prefecture
from planipref.commun.erreurs import DroitRefuse
from planipref.commun.horloge import maintenant

DEPORTE = (
    "Vous avez déclaré ne pas devoir traiter cette personne ou cette demande : ce dossier vous est fermé. "
    "Un autre agent le suit."
)


def deports_de(par: Acteur) -> list[Deport]:
    """Return whom an actor must not handle today: nobody when they are no agent (one query)."""
    return list(Deport.objects.filter(agent=par.pk).en_vigueur(maintenant().date())) if par.est_agent else []


def est_deporte(demande: Demande, par: Acteur) -> bool:
    """Say whether an agent declared that they must not handle a demande (one query, two for who declared something)."""
    deports = deports_de(par)
    return bool(deports) and Demande.objects.filter(pk=demande.pk).visees(deports).exists()


def exiger_sans_deport(demande: Demande, par: Acteur) -> None:
    """Refuse an agent who declared that they must not handle a demande.

    Raises:
        DroitRefuse: 403.
    """
    if est_deporte(demande, par):
        raise DroitRefuse(DEPORTE)


def dossier_a_portee(agent: Agent, numero: str) -> Demande | None:
    """Return the file that carries this number, with what its page shows, if this agent may see it but for a déport.

    Views call `demandes.services.deports.ouvrir_dossier`, which refuses it then.
    """
    return Demande.objects.a_portee_de(agent).par_numero(numero).avec_dossier().first()


def mes_deports(agent: Agent) -> list[Deport]:
    """Return what an agent declared, ended or not, the newest first (one query)."""
    return list(Deport.objects.filter(agent=agent).order_by("-pk"))


def deport_de(agent: Agent, pk: int) -> Deport | None:
    """Return a déport that the agent declared."""
    return Deport.objects.filter(agent=agent, pk=pk).first()


def prefecture_du_journal(agent: Agent) -> Prefecture:
    """Return the préfecture in whose journal an agent's own acts are written."""
    return Prefecture.objects.visibles_par(agent).earliest("departement")


def deports_par_agent(agents: Collection[int], jour: date) -> dict[int, list[Deport]]:
    """Return the déports of some agents that hold on a day, by agent (one query)."""
    par_agent: dict[int, list[Deport]] = {}
    for deport in Deport.objects.filter(agent__in=agents).en_vigueur(jour):
        par_agent.setdefault(deport.agent_id, []).append(deport)
    return par_agent
