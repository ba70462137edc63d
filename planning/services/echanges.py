"""A half-day swapped with a colleague: proposed, accepted, checked by the rules of the grid, validated, traced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.services.journal import journaliser
from demandes.services.notifications import ecrire_a_l_agent
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.transactions import acte, etape
from planning.calculs.affectation.explications import nouvelles_fautes
from planning.models import Affectation, EchangePlaces, PlanSemaine
from planning.selectors_fiches import regles_de
from planning.selectors_semaine import SemaineLue, dire_faute, lire_semaine
from planning.services.ouvertures import exiger_planifier_site
from planning.services.plans import Case, changer
from planning.services.postes import verrouiller_agents

Etat = EchangePlaces.Etat


@dataclass(frozen=True)
class Echange:
    """A swap as it is proposed.

    Args:
        agent: who gives a half-day.
        demi_journee: which, 0 (Monday morning) to 11.
        collegue: who takes it.
        rendue: half-day of theirs taken in return; None for nothing.
    """

    agent: int
    demi_journee: int
    collegue: int
    rendue: int | None

    def places(self, lue: SemaineLue) -> dict[Case, int | None]:
        """Return what the cells become.

        Raises:
            ErreurMetier: ``place_changee`` (409), a half-day is not held any more, or not by them.
        """
        donnee = lue.nombres.get((self.agent, self.demi_journee))
        prise = lue.nombres.get((self.collegue, self.rendue)) if self.rendue is not None else None
        occupees = {(self.collegue, self.demi_journee), (self.agent, self.rendue)} & set(lue.nombres)
        if self.rendue == self.demi_journee:
            occupees = set()  # they swap what they hold at the same time
        if donnee is None or (self.rendue is not None and prise is None) or occupees:
            message = "Le planning a changé : une de ces demi-journées n’est plus libre, ou plus tenue."
            raise ErreurMetier("place_changee", message, statut=409)
        apres: dict[Case, int | None] = {(self.agent, self.demi_journee): None}
        if self.rendue is not None:
            apres[self.collegue, self.rendue] = None
            apres[self.agent, self.rendue] = prise
        apres[self.collegue, self.demi_journee] = donnee
        return apres


@acte
def proposer_echange(
    plan: PlanSemaine, echange: Echange, *, mot: str, par: Acteur, maintenant: datetime
) -> EchangePlaces:
    """Propose to a colleague a half-day of one's own.

    Args:
        plan: in force.
        echange: what is given, to whom, for what.
        mot: a word for the colleague.
        par: the agent who gives.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``plan_remplace``, ``place_changee``, ``commencee`` (409); the code of the rule that it would
            break; ``deja_propose``.
    """
    if par.pk != echange.agent or not par.peut(Droit.CONSULTER, prefecture_id=plan.site.prefecture_id):
        raise DroitRefuse
    lue = _lire(plan)
    _exiger_permis(lue, echange, maintenant)
    try:
        with transaction.atomic():
            propose = EchangePlaces.objects.create(
                plan=plan,
                agent_id=echange.agent,
                demi_journee=echange.demi_journee,
                collegue_id=echange.collegue,
                rendue=echange.rendue,
                mot=mot.strip(),
                cree_le=maintenant,
            )
    except IntegrityError as erreur:
        message = "Un échange est déjà proposé pour une de ces demi-journées."
        raise ErreurMetier("deja_propose", message, champ="contre") from erreur
    _noter("propose", propose, par, maintenant)
    ecrire_a_l_agent(lue.agents[echange.collegue], "echange_propose", cle=str(propose.pk), maintenant=maintenant)
    return propose


@acte
def accepter_echange(propose: EchangePlaces, *, par: Acteur, maintenant: datetime) -> bool:
    """Accept what a colleague proposes; the manager validates it, unless the site needs none.

    Returns:
        Whether it is done.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: as `proposer_echange`; ``echange_clos`` (409).
    """
    if par.pk != propose.collegue_id or not par.est_agent:
        raise DroitRefuse
    lue = _lire(propose.plan)
    frais = _verrouiller(propose, Etat.PROPOSE)
    _exiger_permis(lue, _de(frais), maintenant)
    if regles_de(frais.plan.site).echanges_automatiques:
        _faire(frais, lue, "", par, maintenant)
        return True
    frais.etat = Etat.ACCEPTE
    frais.save(update_fields=["etat"])
    _noter("accepte", frais, par, maintenant)
    return False


@acte
def decliner_echange(propose: EchangePlaces, *, par: Acteur, maintenant: datetime) -> None:
    """Decline what a colleague proposes, or take back what one proposed.

    Raises:
        DroitRefuse: 403. ErreurMetier: ``echange_clos`` (409).
    """
    if not par.est_agent or par.pk not in (propose.agent_id, propose.collegue_id):
        raise DroitRefuse
    frais = _verrouiller(propose, Etat.PROPOSE, Etat.ACCEPTE)
    frais.etat = Etat.RETIRE if par.pk == frais.agent_id else Etat.DECLINE
    frais.save(update_fields=["etat"])
    _noter(frais.etat, frais, par, maintenant)
    if frais.etat == Etat.DECLINE:
        ecrire_a_l_agent(frais.agent, "echange_decline", cle=str(frais.pk), maintenant=maintenant)


@acte
def valider_echange(propose: EchangePlaces, *, reponse: str, par: Acteur, maintenant: datetime) -> None:
    """Do a swap that both agents want.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: as `proposer_echange`; ``echange_clos`` (409).
    """
    _exiger_planifier(propose, par)
    lue = _lire(propose.plan)
    frais = _verrouiller(propose, Etat.ACCEPTE)
    _exiger_permis(lue, _de(frais), maintenant)
    _faire(frais, lue, reponse, par, maintenant)


@acte
def refuser_echange(propose: EchangePlaces, *, reponse: str, par: Acteur, maintenant: datetime) -> None:
    """Refuse a swap, with a word.

    Raises:
        DroitRefuse: 403. ErreurMetier: ``echange_clos`` (409); ``reponse`` on its field.
    """
    _exiger_planifier(propose, par)
    if not reponse.strip():
        raise ErreurMetier("reponse", "Dites pourquoi vous refusez.", champ="reponse")
    _clore(_verrouiller(propose, Etat.ACCEPTE), Etat.REFUSE, reponse, par, maintenant)


def _de(propose: EchangePlaces) -> Echange:
    return Echange(propose.agent_id, propose.demi_journee, propose.collegue_id, propose.rendue)


@etape
def _lire(plan: PlanSemaine) -> SemaineLue:
    """Lock the plan in force, before its swaps and their agents, and read its week.

    Raises:
        ErreurMetier: ``plan_remplace`` (409).
    """
    plans = PlanSemaine.objects.select_related("site__prefecture")
    frais = plans.select_for_update(of=("self",), no_key=True).get(pk=plan.pk)
    if frais.etat != PlanSemaine.Etat.PUBLIE:
        raise ErreurMetier("plan_remplace", "Un autre planning est publié depuis : proposez de nouveau.", statut=409)
    return lire_semaine(frais)


def _exiger_permis(lue: SemaineLue, echange: Echange, maintenant: datetime) -> None:
    """Refuse a swap of half-days that have begun, or that breaks a rule of the grid.

    Raises:
        ErreurMetier: see `proposer_echange`.
    """
    for h in (echange.demi_journee, echange.rendue):
        if h is not None and lue.moments[h].debut <= maintenant:
            raise ErreurMetier("commencee", "Une de ces demi-journées a commencé.", statut=409)
    if echange.collegue not in lue.agents:
        raise ErreurMetier("place_changee", "Ce collègue n’est plus de ce site.", statut=409)
    voulus = echange.places(lue)
    apres = {case: numero for case, numero in lue.nombres.items() if case not in voulus}
    apres |= {case: numero for case, numero in voulus.items() if numero is not None}
    if rompues := nouvelles_fautes(lue.semaine, lue.nombres, apres):
        raise ErreurMetier(rompues[0].regle, dire_faute(lue, rompues[0]), champ="contre")


def _faire(frais: EchangePlaces, lue: SemaineLue, reponse: str, par: Acteur, maintenant: datetime) -> None:
    """Write the places and the posts of a swap."""
    echange = _de(frais)
    verrouiller_agents([echange.agent, echange.collegue])
    changer(lue, echange.places(lue), par, maintenant)
    _echanger_les_postes(lue, echange)
    _clore(frais, Etat.VALIDE, reponse, par, maintenant)


def _echanger_les_postes(lue: SemaineLue, echange: Echange) -> None:
    """Give each post of the swap to the other agent, at the same counter.

    Raises:
        ErreurMetier: ``place_changee`` (409), a post is not held any more; the other is elsewhere.
    """
    vers: Mapping[Case, int] = {(echange.agent, echange.demi_journee): echange.collegue}
    if echange.rendue is not None:
        vers = {**vers, (echange.collegue, echange.rendue): echange.agent}
    postes = []
    for (agent, h), autre in vers.items():
        tenus = Affectation.objects.filter(agent=agent, site=lue.plan.site_id, pendant__overlap=lue.moments[h].periode)
        poste = next((p for p in tenus.order_by("pk") if lue.demi_journee_de(p.pendant) == h), None)
        if poste is None:
            raise ErreurMetier("place_changee", "Une de ces demi-journées n’est plus tenue.", statut=409)
        postes.append((poste.pk, poste, autre))
    Affectation.objects.filter(pk__in=[pk for pk, _, _ in postes]).delete()
    try:
        with transaction.atomic():
            for _, poste, autre in postes:
                poste.pk, poste.agent_id, poste.origine = None, autre, Affectation.Origine.MANUELLE
                poste.save(force_insert=True)
    except IntegrityError as erreur:
        message = "Un poste est refusé : un des deux agents est absent, ou affecté à un autre site."
        raise ErreurMetier("poste_refuse", message, statut=409) from erreur


def _clore(frais: EchangePlaces, etat: EchangePlaces.Etat, reponse: str, par: Acteur, maintenant: datetime) -> None:
    frais.etat, frais.reponse, frais.repondu_par_id, frais.repondu_le = etat, reponse.strip(), par.pk, maintenant
    frais.save(update_fields=["etat", "reponse", "repondu_par", "repondu_le"])
    _noter(etat.value, frais, par, maintenant)
    for agent in (frais.agent, frais.collegue):
        ecrire_a_l_agent(agent, f"echange_{etat.value}", cle=f"{frais.pk}-{agent.pk}", maintenant=maintenant)


@etape
def _verrouiller(propose: EchangePlaces, *etats: EchangePlaces.Etat) -> EchangePlaces:
    echanges = EchangePlaces.objects.select_related("plan__site__prefecture", "agent", "collegue")
    frais = echanges.select_for_update(of=("self",)).get(pk=propose.pk)
    if frais.etat not in etats:
        raise ErreurMetier("echange_clos", "Cet échange n’attend plus votre réponse.", statut=409)
    return frais


def _exiger_planifier(propose: EchangePlaces, par: Acteur) -> None:
    """Refuse to who does not plan that site, and to the two who swap: nobody answers their own request."""
    exiger_planifier_site(par, propose.plan.site)
    if par.pk in (propose.agent_id, propose.collegue_id):
        raise DroitRefuse


def _noter(quoi: str, propose: EchangePlaces, par: Acteur, maintenant: datetime) -> None:
    journaliser(
        f"planning:echange_{quoi}",
        par=par,
        maintenant=maintenant,
        prefecture_id=propose.plan.site.prefecture_id,
        charge={"echange_id": propose.pk, "plan_id": propose.plan_id},
    )
