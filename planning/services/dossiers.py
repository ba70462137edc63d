"""Files given out to agents: proposed by the machine, applied in one act, undone in one act, or done each night."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from demandes.acteur import SYSTEME, Acteur
from demandes.droits import Droit
from demandes.models import Demande, Service
from demandes.services.attribution import confier_lot
from demandes.services.journal import journaliser
from demandes.services.notifications import reveiller
from planipref.commun.contraintes import contrainte
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import maintenant as horloge
from planipref.commun.transactions import acte, etape
from planning.calculs.affectation.dossiers import Attribution, attribuer_dossiers, expliquer, raison
from planning.calculs.affectation.moteur import Infaisable
from planning.models import PropositionDossiers, RegleDossiers
from planning.selectors_dossiers import A_DECIDER, A_VERIFIER, LotLu, lire_lot, regles_des_services
from planning.services.calcul import chercher_demandes, suivre, tirer_graine

Calcul, Etat = PropositionDossiers.Calcul, PropositionDossiers.Etat


@acte
def proposer_dossiers(
    service: Service, *, graine: int, automatique: bool = False, par: Acteur, maintenant: datetime
) -> PropositionDossiers:
    """Ask the machine who should follow the files of a service that nobody follows.

    Args:
        service: whose files.
        graine: seed of the draw among equals.
        automatique: whether it is the night's.
        par: who gives files out there, or the system.
        maintenant: instant.

    Raises:
        DroitRefuse: 403. ErreurMetier: ``calcul_en_cours`` (409).
    """
    _exiger(par, service)
    try:
        with transaction.atomic():
            proposition = PropositionDossiers.objects.create(
                service=service, graine=graine, automatique=automatique, demandee_le=maintenant, calcul_le=maintenant
            )
    except IntegrityError as erreur:
        if contrainte(erreur) != "proposition_dossiers_une_a_la_fois":
            raise
        raise ErreurMetier("calcul_en_cours", "La machine cherche déjà pour ce service.", statut=409) from erreur
    reveiller("planning.tasks.calculer_dossiers")
    _noter("demande", proposition, par, maintenant)
    return proposition


@acte
def arreter_proposition(proposition: PropositionDossiers, *, par: Acteur, maintenant: datetime) -> None:
    """Ask the machine to stop there: the best found so far is kept; before it began, there is none.

    Raises:
        DroitRefuse: 403.
    """
    _exiger(par, proposition.service)
    lignes = PropositionDossiers.objects.filter(pk=proposition.pk)
    lignes.filter(calcul=Calcul.EN_COURS).update(arreter=True)
    lignes.filter(calcul=Calcul.DEMANDE).update(calcul=Calcul.ECHEC, calcul_le=maintenant)


@dataclass(frozen=True)
class BilanDossiers:
    """What became of the files of a proposal.

    Args:
        faits: given out, or taken back.
        passes: left as they are: taken, ended or changed meanwhile.
    """

    faits: int
    passes: int


@acte
def appliquer_proposition(proposition: PropositionDossiers, *, par: Acteur, maintenant: datetime) -> BilanDossiers:
    """Give the files out as proposed; those that somebody took, or that were ended, meanwhile are left.

    Raises:
        DroitRefuse: 403. ErreurMetier: ``plus_applicable`` (409).
    """
    fraiche = _verrouiller(proposition, par)
    if not fraiche.applicable:
        raise ErreurMetier("plus_applicable", "Cette proposition est déjà appliquée, ou pas encore prête.", statut=409)
    voulus: dict[int, int | None] = {ligne[0]: ligne[1] for ligne in fraiche.lignes if ligne[1] is not None}
    libres = Demande.objects.filter(service=fraiche.service_id, agent__isnull=True, etat__in=[*A_VERIFIER, *A_DECIDER])
    fraiche.donnees = confier_lot(libres, voulus, nature="attribution:automatique", par=par, maintenant=maintenant)
    fraiche.etat, fraiche.appliquee_le = Etat.APPLIQUEE, maintenant
    fraiche.appliquee_par_id = par.pk if par.est_agent else None
    fraiche.save(update_fields=["donnees", "etat", "appliquee_le", "appliquee_par"])
    bilan = BilanDossiers(len(fraiche.donnees), len(voulus) - len(fraiche.donnees))
    _noter("applique", fraiche, par, maintenant, dossiers=bilan.faits, passes=bilan.passes)
    return bilan


@acte
def defaire_proposition(proposition: PropositionDossiers, *, par: Acteur, maintenant: datetime) -> BilanDossiers:
    """Take back the files given out that are still where they were put, untouched since.

    Raises:
        DroitRefuse: 403. ErreurMetier: ``rien_a_defaire`` (409).
    """
    fraiche = _verrouiller(proposition, par)
    if fraiche.etat != Etat.APPLIQUEE or fraiche.appliquee_le is None:
        raise ErreurMetier("rien_a_defaire", "Cette proposition n’est pas appliquée.", statut=409)
    donnes = {ligne[0]: ligne[1] for ligne in fraiche.lignes if ligne[0] in set(fraiche.donnees)}
    intacts = Demande.objects.filter(pk__in=donnes, agent__isnull=False, modifiee_le=fraiche.appliquee_le)
    rendus: dict[int, int | None] = {
        pk: None for pk, agent in intacts.values_list("pk", "agent") if agent == donnes[pk]
    }
    nature = "attribution:automatique_defaite"
    faits = confier_lot(intacts, rendus, nature=nature, par=par, maintenant=maintenant)
    fraiche.etat = Etat.DEFAITE
    fraiche.save(update_fields=["etat"])
    bilan = BilanDossiers(len(faits), len(donnes) - len(faits))
    _noter("defait", fraiche, par, maintenant, dossiers=bilan.faits, passes=bilan.passes)
    return bilan


@acte
def regler_dossiers(
    service: Service, *, automatique: bool | None, horizon_jours: int | None, par: Acteur, maintenant: datetime
) -> None:
    """Set how the files of a service are given out; None goes back to the country's value.

    Raises:
        DroitRefuse: 403.
    """
    _exiger(par, service)
    valeurs = {"automatique": automatique, "horizon_jours": horizon_jours}
    RegleDossiers.objects.update_or_create(service=service, defaults=valeurs)
    charge = {"service_id": service.pk, "automatique": automatique, "horizon_jours": horizon_jours}
    journaliser(
        "planning:dossiers_regle", par=par, maintenant=maintenant, prefecture_id=service.prefecture_id, charge=charge
    )


# The worker


def calculer_propositions() -> int:
    """Search for the proposals that wait, one after the other; apply those of the night.

    Returns:
        How many were searched.
    """
    return chercher_demandes(PropositionDossiers, "demandee_le", _calculer)


def affecter_chaque_nuit(*, maintenant: datetime) -> dict[str, int]:
    """Give out the files of the services that want it each night; again on the same night, what is left.

    Returns:
        Files given out, by service, ``67-etrangers`` for instance.
    """
    services = list(Service.objects.select_related("prefecture").order_by("prefecture__departement", "genre"))
    regles = regles_des_services([s.pk for s in services])
    faits = {}
    for service in services:
        if regles[service.pk].automatique:
            faits[f"{service.prefecture.departement}-{service.genre}"] = _de_la_nuit(service, maintenant)
    return faits


def _de_la_nuit(service: Service, maintenant: datetime) -> int:
    """Search and apply for one service; nothing when a manager's own search is on, or nothing waits."""
    try:
        graine = tirer_graine()
        proposition = proposer_dossiers(service, graine=graine, automatique=True, par=SYSTEME, maintenant=maintenant)
    except ErreurMetier:
        return 0
    calculer_propositions()
    proposition.refresh_from_db()
    return len(proposition.donnees)


def _calculer(proposition: PropositionDossiers) -> None:
    en_cours = PropositionDossiers.objects.filter(pk=proposition.pk, calcul=Calcul.EN_COURS)
    try:
        service = Service.objects.select_related("prefecture").get(pk=proposition.service_id)
        lu = lire_lot(service, maintenant=horloge())
        secondes = settings.PLANIPREF_AFFECTATION_SECONDES
        trouve = attribuer_dossiers(lu.lot, secondes=secondes, graine=proposition.graine, suivre=suivre(proposition))
    except Infaisable:
        en_cours.update(calcul=Calcul.ECHEC)
        return
    except Exception:
        en_cours.update(calcul=Calcul.ECHEC)
        raise
    en_cours.update(calcul=Calcul.FINI, secondes=trouve.secondes, **_ecrits(lu, trouve))
    if proposition.automatique:
        appliquer_proposition(proposition, par=SYSTEME, maintenant=horloge())


def _ecrits(lu: LotLu, trouve: Attribution) -> dict[str, list[list[int | str | None]]]:
    """Return what a proposal keeps: numbers and codes."""
    apres = lu.lot.charges(trouve.agents)
    lignes: list[list[int | str | None]] = []
    for dossier in lu.lot.dossiers:
        agent = trouve.agents.get(dossier.id)
        if agent is None:
            lignes.append([dossier.id, None, raison(lu.lot, dossier), 0, 0])
        else:
            pourquoi = expliquer(lu.lot, trouve.agents, dossier, charges=apres)
            lignes.append([dossier.id, agent, pourquoi.raison, pourquoi.autres, pourquoi.ecartes])
    charges: list[list[int | str | None]] = [[a.id, a.charge, apres[a.id], a.capacite] for a in lu.lot.agents]
    return {"lignes": lignes, "charges": charges}


@etape
def _verrouiller(proposition: PropositionDossiers, par: Acteur) -> PropositionDossiers:
    _exiger(par, proposition.service)
    propositions = PropositionDossiers.objects.select_related("service")
    return propositions.select_for_update(of=("self",), no_key=True).get(pk=proposition.pk)


def _exiger(par: Acteur, service: Service) -> None:
    """Refuse who gives out no files of a service; the night does for those that want it."""
    permis = par.peut(Droit.PLANIFIER, prefecture_id=service.prefecture_id, service_id=service.pk)
    if par is not SYSTEME and not (par.est_agent and permis):
        raise DroitRefuse


def _noter(quoi: str, proposition: PropositionDossiers, par: Acteur, maintenant: datetime, **charge: int) -> None:
    journaliser(
        f"planning:dossiers_{quoi}",
        par=par,
        maintenant=maintenant,
        prefecture_id=proposition.service.prefecture_id,
        charge={"proposition_id": proposition.pk, **charge},
    )
