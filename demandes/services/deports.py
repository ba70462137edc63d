"""Whom an agent must not handle: declared, taken back, and kept from them; the journal says it without a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from demandes.acteur import Acteur
from demandes.calculs.noms import cle_de_nom
from demandes.models import Agent, Demande, Deport
from demandes.querysets import OUVERTS
from demandes.selectors import acteur_agent
from demandes.selectors_deports import DEPORTE, dossier_a_portee, est_deporte, prefecture_du_journal
from demandes.services.attribution import confier
from demandes.services.journal import journaliser
from demandes.services.lecture import INTERVALLE
from demandes.services.transitions import verrouiller
from planipref.commun import debit
from planipref.commun.contraintes import contrainte
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.transactions import acte, etape


@dataclass(frozen=True)
class Vise:
    """Whom a déport aims at, in one of three ways.

    Args:
        numero_etranger: 9 or 10 digits.
        nom: family name, as typed; with `date_naissance`.
        date_naissance: ``AAAA-MM-JJ``, 00 for what is unknown.
        numero_demande: as `demandes.calculs.numeros.lire_numero` writes it.
    """

    numero_etranger: str = ""
    nom: str = ""
    date_naissance: str = ""
    numero_demande: str = ""


@acte
def declarer_deport(agent: Agent, vise: Vise, *, jusqu_au: date | None, par: Acteur, maintenant: datetime) -> int:
    """Declare whom one must not handle; the files that one follows and that it aims at are given back.

    Args:
        agent: who declares, for themself.
        vise: whom.
        jusqu_au: last day on which it holds; None without end.
        par: the same agent.
        maintenant: instant.

    Returns:
        How many files were given back.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``vise``, nobody or two people at once; ``deja_declare``; ``passe`` on ``jusqu_au``.
    """
    if not par.est_agent or par.pk != agent.pk:
        raise DroitRefuse
    if jusqu_au is not None and jusqu_au < maintenant.date():
        raise ErreurMetier("passe", "Cette date est passée.", champ="jusqu_au")
    deport = _ecrire(agent, vise, jusqu_au, maintenant)
    _noter("declare", agent, deport, par, maintenant)
    siens = list(Demande.objects.filter(agent=agent, etat__in=OUVERTS).visees([deport]).order_by("pk"))
    for demande in siens:
        confier(verrouiller(demande), None, par=par, maintenant=maintenant)
    return len(siens)


@acte
def retirer_deport(deport: Deport, *, par: Acteur, maintenant: datetime) -> None:
    """Take back what one declared: nothing is kept of it but its event.

    Raises:
        DroitRefuse: 403.
    """
    if not par.est_agent or par.pk != deport.agent_id:
        raise DroitRefuse
    _noter("retire", deport.agent, deport, par, maintenant)
    deport.delete()


def ouvrir_dossier(agent: Agent, numero: str, *, maintenant: datetime) -> Demande | None:
    """Return the file that carries this number, with what its page shows; None when this agent may not see it.

    Raises:
        DroitRefuse: 403, the agent declared that they must not handle it: the journal says that they were kept out.
    """
    demande = dossier_a_portee(agent, numero)
    par = acteur_agent(agent)
    if demande is None or not est_deporte(demande, par):
        return demande
    if debit.consommer("deport", f"{agent.pk}:{demande.pk}", capacite=1, periode=INTERVALLE):
        _ecarter(demande, par=par, maintenant=maintenant)
    raise DroitRefuse(DEPORTE)


def oublier_deports(*, maintenant: datetime) -> int:
    """Erase the déports that have ended.

    Returns:
        How many.
    """
    return Deport.objects.filter(jusqu_au__lt=maintenant.date()).delete()[0]


@acte
def _ecarter(demande: Demande, *, par: Acteur, maintenant: datetime) -> None:
    journaliser("deport:ecarte", par=par, maintenant=maintenant, demande=demande)


@etape
def _ecrire(agent: Agent, vise: Vise, jusqu_au: date | None, maintenant: datetime) -> Deport:
    try:
        with transaction.atomic():
            return Deport.objects.create(
                agent=agent,
                numero_etranger=vise.numero_etranger,
                cle_nom=cle_de_nom(vise.nom.replace("|", " "))[:100],
                date_naissance=vise.date_naissance,
                numero_demande=vise.numero_demande,
                jusqu_au=jusqu_au,
                declare_le=maintenant,
            )
    except IntegrityError as erreur:
        if contrainte(erreur) == "deport_unique":
            raise ErreurMetier("deja_declare", "Vous avez déjà déclaré ce déport.") from erreur
        if contrainte(erreur) != "deport_vise":
            raise
        message = "Donnez un numéro étranger, ou un nom de famille et une date de naissance, ou un numéro de demande."
        raise ErreurMetier("vise", message) from erreur


def _noter(quoi: str, agent: Agent, deport: Deport, par: Acteur, maintenant: datetime) -> None:
    journaliser(
        f"deport:{quoi}",
        par=par,
        maintenant=maintenant,
        prefecture_id=prefecture_du_journal(agent).pk,
        charge={"deport_id": deport.pk},
    )
