"""Who follows a demande: taking it, or giving it back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Demande
from demandes.querysets import DemandeQuerySet
from demandes.selectors_deports import deports_par_agent, exiger_sans_deport
from demandes.services.journal import journaliser, journaliser_lot
from demandes.services.transitions import verrouiller
from planipref.commun.erreurs import DroitRefuse
from planipref.commun.transactions import acte, etape


@acte
def attribuer(demande: Demande, *, agent_id: int | None, par: Acteur, maintenant: datetime) -> Demande:
    """Name the agent who follows a demande; the state doesn't change.

    Args:
        demande: the file; brought up to date.
        agent_id: the agent who takes it, None to give it back.
        par: agent who may check files in its préfecture.
        maintenant: instant.

    Raises:
        DroitRefuse: 403, also for who declared that they must not handle it.
    """
    verrouillee = verrouiller(demande)
    if not par.est_agent or not par.peut_sur(Droit.VERIFIER, verrouillee):
        raise DroitRefuse
    exiger_sans_deport(verrouillee, par)
    if verrouillee.agent_id == agent_id:
        return demande
    confier(verrouillee, agent_id, par=par, maintenant=maintenant)
    demande.agent_id, demande.modifiee_le = agent_id, maintenant
    return demande


@etape
def confier(demande: Demande, agent_id: int | None, *, par: Acteur, maintenant: datetime) -> None:
    """Write who follows a demande, already locked, and its event.

    Args:
        demande: locked.
        agent_id: who; None for nobody.
        par: who decides it.
        maintenant: instant.
    """
    demande.agent_id, demande.modifiee_le = agent_id, maintenant
    demande.save(update_fields=["agent", "modifiee_le"])
    journaliser(
        "attribution:prise" if agent_id else "attribution:rendue",
        par=par,
        maintenant=maintenant,
        demande=demande,
        charge={"agent_id": agent_id or 0},
    )


@etape
def confier_lot(
    demandes: DemandeQuerySet, agents: Mapping[int, int | None], *, nature: str, par: Acteur, maintenant: datetime
) -> list[int]:
    """Give many files out, or take them back, as one act; nothing is given to who must not handle it.

    The rows are locked in order, the oldest first: of a family, the principal demande before the others.

    Args:
        demandes: the condition on which they may be given: those that no longer keep it are left as they are.
        agents: who follows each, None for nobody.
        nature: of their events.
        par: who decides it.
        maintenant: instant.

    Returns:
        Identifiers of those really given.
    """
    verrouillees = demandes.filter(pk__in=agents).order_by("pk").select_for_update(of=("self",), no_key=True)
    prises = list(verrouillees)
    par_agent: dict[int | None, list[int]] = {}
    for demande in prises:
        par_agent.setdefault(agents[demande.pk], []).append(demande.pk)
    tenus = deports_par_agent([a for a in par_agent if a is not None], maintenant.date())
    donnees: set[int] = set()
    for agent, pks in par_agent.items():
        siennes = Demande.objects.filter(pk__in=pks).sans_deport(tenus.get(agent or 0, ()))
        permises = list(siennes.values_list("pk", flat=True))
        Demande.objects.filter(pk__in=permises).update(agent=agent, modifiee_le=maintenant)
        donnees |= set(permises)
    faites = [d for d in prises if d.pk in donnees]
    journaliser_lot(nature, faites, par=par, maintenant=maintenant, charge=lambda d: {"agent_id": agents[d.pk] or 0})
    return [d.pk for d in faites]
