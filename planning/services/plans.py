"""What a manager does with the plans of a week: begin, retouch, undo, publish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from psycopg.types.range import TimestamptzRange

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Site
from demandes.services.journal import journaliser
from demandes.services.notifications import reveiller
from planipref.commun.contraintes import contrainte
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.transactions import acte, etape
from planning.calculs.affectation.explications import nouvelles_fautes
from planning.calculs.affectation.semaine import fautes
from planning.calculs.guichets import attribuer
from planning.models import Affectation, PlacePlan, PlanSemaine, RetouchePlan
from planning.selectors_semaine import SemaineLue, dire_faute, lire_semaine, quand
from planning.services.echanges_perimes import perimer_echanges
from planning.services.postes import PUBLIER, verrouiller_agents, verrouiller_plans

Etat, Calcul = PlanSemaine.Etat, PlanSemaine.Calcul
# An agent and a half-day of the plan.
Case = tuple[int, int]
# What a cell holds: genre of the post, queue, whether it was placed by hand.
Contenu = Sequence[Any]
JOURNAL = "planning:plan_"


@acte
def creer_plan(
    site: Site, lundi: date, *, nom: str, copie: PlanSemaine | None, par: Acteur, maintenant: datetime
) -> PlanSemaine:
    """Begin a draft of a site's week, empty or with the places of another plan of the site.

    Args:
        site: whose week.
        lundi: its Monday.
        nom: how it is told from the other drafts.
        copie: plan whose places are taken; None to begin with nothing.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
    """
    _exiger(par, site)
    plan = PlanSemaine.objects.create(site=site, lundi=lundi, nom=nom.strip() or "Sans nom", cree_le=maintenant)
    if copie is not None:
        if copie.site_id != site.pk:
            raise DroitRefuse
        reprendre(plan, copie)
    _noter("cree", plan, par, maintenant)
    return plan


@acte
def supprimer_plan(plan: PlanSemaine, *, par: Acteur, maintenant: datetime) -> None:
    """Throw a draft away.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``plan_fige``, ``calcul_en_cours``.
    """
    plan = _verrouiller(plan, par).plan
    _noter("supprime", plan, par, maintenant)
    plan.delete()


@acte
def placer(plan: PlanSemaine, case: Case, cle: str, *, par: Acteur, maintenant: datetime) -> None:
    """Give an agent a post at a half-day, or none.

    Args:
        plan: draft.
        case: agent and half-day.
        cle: post, as `Poste.cle`; empty to leave the half-day free.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``plan_fige``, ``calcul_en_cours``; ``poste_inconnu``; the code of the rule that it would break.
    """
    lue = _verrouiller(plan, par)
    numero = lue.poste(cle) if cle else None
    if case[0] not in lue.agents or not 0 <= case[1] < len(lue.moments) or (cle and numero is None):
        raise ErreurMetier("poste_inconnu", "Ce poste ou cet agent n’est plus de ce site.")
    changer(lue, {case: numero}, par, maintenant)


@acte
def echanger(plan: PlanSemaine, une: Case, autre: Case, *, par: Acteur, maintenant: datetime) -> None:
    """Swap what two cells hold; an empty one takes the place of the other.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: as `placer`.
    """
    lue = _verrouiller(plan, par)
    for agent, demi_journee in (une, autre):
        if agent not in lue.agents or not 0 <= demi_journee < len(lue.moments):
            raise ErreurMetier("poste_inconnu", "Cet agent n’est plus de ce site.")
    changer(lue, {une: lue.nombres.get(autre), autre: lue.nombres.get(une)}, par, maintenant)


@acte
def defaire(plan: PlanSemaine, *, par: Acteur, maintenant: datetime) -> RetouchePlan:
    """Undo the last change that still stands, by hand or by the machine.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``plan_fige``, ``calcul_en_cours``; ``rien_a_defaire``.
    """
    plan = _verrouiller(plan, par).plan
    derniere = plan.retouches.filter(defaite=False).order_by("-pk").first()
    if derniere is None:
        raise ErreurMetier("rien_a_defaire", "Il n’y a plus de retouche à annuler.", statut=409)
    for agent, demi_journee, avant, _ in derniere.changements:
        _ecrire(plan, (agent, demi_journee), avant)
    derniere.defaite = True
    derniere.save(update_fields=["defaite"])
    _noter("retouche_defaite", plan, par, maintenant)
    return derniere


@acte
def demander_calcul(plan: PlanSemaine, *, graine: int, par: Acteur, maintenant: datetime) -> None:
    """Ask the machine to fill a draft; what was placed by hand is kept.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``plan_fige``, ``calcul_en_cours``.
    """
    plan = _verrouiller(plan, par).plan
    plan.graine = graine
    plan.reparation = False
    _lancer(plan, maintenant)
    _noter("calcul_demande", plan, par, maintenant)


@acte
def reparer_plan(plan: PlanSemaine, *, graine: int, par: Acteur, maintenant: datetime) -> PlanSemaine:
    """Ask the machine to mend a plan in force, after an absence: a draft that changes little of the rest.

    Returns:
        The draft.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``rien_a_reparer``, the plan is not in force.
    """
    _exiger(par, plan.site)
    if not PlanSemaine.objects.filter(pk=plan.pk, etat=Etat.PUBLIE).exists():
        raise ErreurMetier("rien_a_reparer", "Seul un planning publié se répare.", statut=409)
    brouillon = PlanSemaine.objects.create(
        site=plan.site, lundi=plan.lundi, nom="Réparation", cree_le=maintenant, graine=graine, reparation=True
    )
    reprendre(brouillon, plan)
    _lancer(brouillon, maintenant)
    _noter("calcul_demande", brouillon, par, maintenant)
    return brouillon


@etape
def reprendre(brouillon: PlanSemaine, source: PlanSemaine) -> None:
    """Give a draft the places of another plan that can be held in its week: nobody away, no post that is not wanted."""
    lue = lire_semaine(brouillon)
    permis = set(lue.semaine.permis())
    PlacePlan.objects.bulk_create(
        PlacePlan(
            plan=brouillon,
            agent_id=place.agent_id,
            demi_journee=place.demi_journee,
            poste=place.poste,
            file_id=place.file_id,
            a_la_main=place.a_la_main,
        )
        for place in source.places.select_related("file")
        if (place.agent_id, place.demi_journee, lue.numero(place)) in permis
    )


def _lancer(plan: PlanSemaine, maintenant: datetime) -> None:
    plan.calcul, plan.calcul_le = Calcul.DEMANDE, maintenant
    plan.arreter, plan.secondes, plan.objectif, plan.borne = False, 0, None, None
    plan.save()
    reveiller("planning.tasks.calculer_plans")


@acte
def arreter_calcul(plan: PlanSemaine, *, par: Acteur, maintenant: datetime) -> None:
    """Ask the machine to stop there; the best plan found so far is kept.

    Raises:
        DroitRefuse: 403.
    """
    _exiger(par, plan.site)
    PlanSemaine.objects.filter(pk=plan.pk, calcul=Calcul.EN_COURS).update(arreter=True)
    # Nobody began: nothing to wait for.
    PlanSemaine.objects.filter(pk=plan.pk, calcul=Calcul.DEMANDE).update(calcul=Calcul.AUCUN)


@acte
def publier_plan(plan: PlanSemaine, *, par: Acteur, maintenant: datetime) -> int:
    """Put a draft in force from the next half-day on: posts are written, each counter with its number.

    The swaps of the plan that it replaces are closed; the slots of the site follow the counters.

    Args:
        plan: draft.
        par: agent.
        maintenant: instant; half-days already begun are left as they are.

    Returns:
        How many posts were written.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``plan_fige``, ``calcul_en_cours``; ``regle``, the plan breaks one (an absence came since);
            ``guichets``, more agents at counters than there are; ``poste_refuse``.
    """
    _exiger(par, plan.site)
    remplaces = verrouiller_plans(PlanSemaine.objects.filter(site=plan.site_id, lundi=plan.lundi))
    lue = _verrouiller(plan, par)
    plan = lue.plan
    if rompues := fautes(lue.semaine, lue.nombres):
        raise ErreurMetier("regle", f"Ce plan ne tient plus. {dire_faute(lue, rompues[0])}", statut=409)
    affectations: list[Affectation] = []
    for demi_journee, moment in enumerate(lue.moments):
        if moment.debut > maintenant:
            affectations += _affectations(lue, demi_journee, affectations)
    entiere = TimestamptzRange(maintenant, lue.moments[-1].fin)
    remplacees = Affectation.objects.filter(
        site=plan.site_id, pendant__overlap=entiere, pendant__startswith__gte=max(maintenant, lue.moments[0].debut)
    )
    tenus = set(remplacees.values_list("agent", flat=True)) | {a.agent_id for a in affectations}
    verrouiller_agents(tenus)
    remplacees.delete()
    try:
        with transaction.atomic():
            Affectation.objects.bulk_create(affectations)
    except IntegrityError as erreur:
        if not contrainte(erreur).startswith("affectation_"):
            raise
        message = "Un poste est refusé : un agent est affecté à un autre site, ou absent depuis. Rechargez la page."
        raise ErreurMetier("poste_refuse", message, statut=409) from erreur
    PlanSemaine.objects.filter(pk__in=[p.pk for p in remplaces]).update(etat=Etat.REMPLACE)
    perimer_echanges(remplaces, par=par, maintenant=maintenant)
    plan.etat = Etat.PUBLIE
    plan.save(update_fields=["etat"])
    _noter("publie", plan, par, maintenant, postes=len(affectations))
    reveiller(PUBLIER, [p.file.pk for p in lue.postes if p.file is not None])
    return len(affectations)


@etape
def _verrouiller(plan: PlanSemaine, par: Acteur) -> SemaineLue:
    """Lock a draft and read its week, for who plans there.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``plan_fige``, ``calcul_en_cours``.
    """
    _exiger(par, plan.site)
    plans = PlanSemaine.objects.select_related("site__prefecture")
    frais = plans.select_for_update(of=("self",), no_key=True).get(pk=plan.pk)
    if frais.etat != Etat.BROUILLON:
        raise ErreurMetier("plan_fige", "Ce plan n’est plus un brouillon : copiez-le pour le changer.", statut=409)
    if frais.calcule:
        raise ErreurMetier("calcul_en_cours", "La machine calcule ce plan : attendez, ou arrêtez-la.", statut=409)
    return lire_semaine(frais)


def _exiger(par: Acteur, site: Site) -> None:
    if not par.peut(Droit.PLANIFIER, prefecture_id=site.prefecture_id):
        raise DroitRefuse


@etape
def changer(lue: SemaineLue, voulus: Mapping[Case, int | None], par: Acteur, maintenant: datetime) -> None:
    """Change cells if no hard rule is broken by it, and remember what they were.

    Raises:
        ErreurMetier: the code of the rule that it would break, on ``poste``.
    """
    apres = lue.nombres | {case: numero for case, numero in voulus.items() if numero is not None}
    for case, numero in voulus.items():
        if numero is None:
            apres.pop(case, None)
    if rompues := nouvelles_fautes(lue.semaine, lue.nombres, apres):
        raise ErreurMetier(rompues[0].regle, dire_faute(lue, rompues[0]), champ="poste")
    avant = {case: _lire(lue.places[case]) for case in voulus if case in lue.places}
    poses = {case: lue.postes[numero] for case, numero in voulus.items() if numero is not None}
    ecrits = {case: [str(p.genre), p.file.pk if p.file else None, True] for case, p in poses.items()}
    for case, _, voulu in retoucher(lue.plan, avant, ecrits, par=par, maintenant=maintenant):
        _ecrire(lue.plan, case, voulu)


def contenus(plan: PlanSemaine) -> dict[Case, Contenu]:
    """Return what each cell of a plan holds (one query)."""
    return {(place.agent_id, place.demi_journee): _lire(place) for place in PlacePlan.objects.filter(plan=plan)}


@etape
def retoucher(
    plan: PlanSemaine,
    avant: Mapping[Case, Contenu],
    apres: Mapping[Case, Contenu],
    *,
    par: Acteur | None,
    maintenant: datetime,
) -> list[tuple[Case, Contenu | None, Contenu | None]]:
    """Remember what cells were and become, as one change that `defaire` undoes.

    Args:
        plan: which.
        avant: what the cells held.
        apres: what they hold then.
        par: agent; None for the machine.
        maintenant: instant.

    Returns:
        The cells that differ: which, before, after.
    """
    ecarts = [(case, avant.get(case), apres.get(case)) for case in sorted({*avant, *apres})]
    ecarts = [(case, un, autre) for case, un, autre in ecarts if un != autre]
    if ecarts:
        changements = [[*case, un, autre] for case, un, autre in ecarts]
        RetouchePlan.objects.create(plan=plan, par_id=par.pk if par else None, le=maintenant, changements=changements)
    return ecarts


def _lire(place: PlacePlan) -> Contenu:
    return [place.poste, place.file_id, place.a_la_main]


def _ecrire(plan: PlanSemaine, case: Case, contenu: Contenu | None) -> None:
    """Write what a cell holds; None empties it."""
    agent, demi_journee = case
    if contenu is None:
        plan.places.filter(agent=agent, demi_journee=demi_journee).delete()
        return
    poste, file_id, a_la_main = contenu
    PlacePlan.objects.update_or_create(
        plan=plan,
        agent_id=agent,
        demi_journee=demi_journee,
        defaults={"poste": poste, "file_id": file_id, "a_la_main": a_la_main},
    )


def _affectations(lue: SemaineLue, demi_journee: int, avant: Sequence[Affectation]) -> list[Affectation]:
    """The posts of a half-day, each counter with its number; who held one before keeps it when they can."""
    tenues = {agent: place for (agent, h), place in lue.places.items() if h == demi_journee}
    au_guichet = {agent: p.file_id for agent, p in tenues.items() if p.file_id is not None}
    habitudes = {a.agent_id: a.guichet_id for a in avant if a.guichet_id is not None}
    preferes = [habitudes.get(agent) for agent in au_guichet]
    numeros = dict(zip(au_guichet, attribuer(list(au_guichet.values()), lue.guichets, preferes), strict=True))
    if None in numeros.values():
        message = f"Il n’y a pas assez de guichets {quand(demi_journee)}."
        raise ErreurMetier("guichets", message, statut=409)
    return [
        Affectation(
            agent_id=agent,
            poste=place.poste,
            site_id=lue.plan.site_id,
            guichet_id=numeros.get(agent),
            file_id=place.file_id,
            pendant=lue.moments[demi_journee].periode,
            origine=Affectation.Origine.MANUELLE if place.a_la_main else Affectation.Origine.AUTOMATIQUE,
        )
        for agent, place in tenues.items()
    ]


def _noter(quoi: str, plan: PlanSemaine, par: Acteur, maintenant: datetime, **charge: int) -> None:
    prefecture_id = plan.site.prefecture_id
    journaliser(
        JOURNAL + quoi,
        par=par,
        maintenant=maintenant,
        prefecture_id=prefecture_id,
        charge={"plan_id": plan.pk, **charge},
    )
