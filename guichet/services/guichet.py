"""The counter: call the next person, receive them, finish. A person is called by one agent only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from demandes.acteur import SYSTEME, Acteur
from demandes.cycle import PAR_NOM, Etat
from demandes.droits import Droit
from demandes.models import Convocation, Demande, Site
from demandes.selectors_deports import DEPORTE, deports_de
from demandes.services.convocation import detacher, terminer_convocations
from demandes.services.journal import journaliser
from demandes.services.transitions import appliquer, verrouiller
from guichet.models import Passage
from guichet.selectors import passage_au, passage_recu, pause_de, regles_de
from guichet.services.phases import passer
from guichet.services.venues import (
    clore_venues,
    constater_presences,
    exiger_de_son_service,
    exiger_issues,
    finir_etape,
)
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte, etape
from planning.models import FileGuichet, Guichet, RendezVous
from planning.services.absence import marquer_absent
from planning.services.reservation import ecourter, liberer_et_annoncer
from planning.services.reservation import terminer as terminer_rendez_vous

ENTRE_DEUX_APPELS = timedelta(seconds=5)  # nobody crosses a room in less


@acte
def appeler_suivant(
    guichet: Guichet, files: Sequence[FileGuichet], *, par: Acteur, maintenant: datetime
) -> Passage | None:
    """Call the next person of these queues to a counter.

    Agents who press together get different persons (SKIP LOCKED); one agent has one person at a time, and never one
    whom they declared that they must not handle.

    Returns:
        The visit called; None when nobody waits.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``passage_en_cours``, ``guichet_tenu``, ``en_pause`` (409).
    """
    exiger(par, Droit.RECEVOIR, guichet.site)
    exiger_sans_pause(par)
    site = guichet.site
    passage = (
        Passage.objects.appelables(guichet, regles_de(site), maintenant=maintenant)
        .sans_deport(deports_de(par))
        .filter(file__in=files, jour=aujourdhui(site.prefecture.fuseau, maintenant))
        .select_for_update(skip_locked=True, of=("self",))
        .first()
    )
    if passage is None:
        return None
    occuper(
        passage,
        Passage.Etat.APPELE,
        guichet,
        par=par,
        maintenant=maintenant,
        appele_le=maintenant,
        nb_appels=passage.nb_appels + 1,
    )
    journaliser_passage("passage:appele", passage, par, maintenant)
    return passage


@etape
def occuper(
    passage: Passage, etat: Passage.Etat, guichet: Guichet, *, par: Acteur, maintenant: datetime, **champs: Any
) -> None:
    """Put a visit at an agent's counter; constraints keep both to one visit at a time.

    Raises:
        DroitRefuse: 403, the agent declared that they must not handle somebody of this visit.
        ErreurMetier: ``passage_en_cours``, ``guichet_tenu`` (409).
    """
    exiger_personne_permise(passage, par)
    try:
        with transaction.atomic():
            passer(passage, etat, maintenant=maintenant, guichet=guichet, agent_id=par.pk, **champs)
    except IntegrityError as erreur:
        exiger_libre(guichet, par=par, maintenant=maintenant)
        raise ErreurMetier("passage_en_cours", "Terminez d’abord le passage en cours.", statut=409) from erreur


def exiger_personne_permise(passage: Passage, par: Acteur) -> None:
    """Refuse a visit of somebody whom the agent declared that they must not handle.

    Raises:
        DroitRefuse: 403.
    """
    deports = deports_de(par)
    if deports and not Passage.objects.filter(pk=passage.pk).sans_deport(deports).exists():
        raise DroitRefuse(DEPORTE)


def exiger_sans_pause(par: Acteur) -> None:
    """Refuse to an agent on a pause.

    Raises:
        ErreurMetier: ``en_pause`` (409).
    """
    if par.pk is not None and pause_de(par.pk) is not None:
        raise ErreurMetier("en_pause", "Vous êtes en pause : reprenez d’abord.", statut=409)


def exiger_libre(guichet: Guichet, *, par: Acteur, maintenant: datetime) -> None:
    """Refuse a counter where a colleague has a visit under way today.

    Raises:
        ErreurMetier: ``guichet_tenu`` on ``guichet`` (409).
    """
    passage = passage_au(guichet, maintenant=maintenant)
    if passage is not None and passage.agent_id != par.pk:
        raise ErreurMetier("guichet_tenu", f"Ce guichet est tenu par {passage.agent}.", champ="guichet", statut=409)


@acte
def rappeler(passage: Passage, *, par: Acteur, maintenant: datetime) -> Passage:
    """Call the same person once more; pressed again at once, it leaves them the time to come.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``passage_ferme``, ``appel_recent`` (409).
    """
    passage = tenu(passage, par, Passage.Etat.APPELE)
    exiger_le_temps_de_venir(passage, maintenant=maintenant)
    passage.nb_appels += 1
    passage.rappele_le = maintenant
    passage.save(update_fields=["nb_appels", "rappele_le"])
    journaliser_passage("passage:rappele", passage, par, maintenant)
    return passage


@acte
def constater_absence(passage: Passage, *, par: Acteur, maintenant: datetime) -> Passage:
    """Record that the person called did not come; an appointment is then missed and may be taken again.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``passage_ferme``, ``appel_recent``, ``trop_peu_d_appels`` (409).
    """
    passage = tenu(passage, par, Passage.Etat.APPELE)
    exiger_appels(passage)
    exiger_le_temps_de_venir(passage, maintenant=maintenant)
    clore(passage, Passage.Etat.ABSENT, par=par, maintenant=maintenant)
    return passage


def exiger_le_temps_de_venir(passage: Passage, *, maintenant: datetime) -> None:
    """Refuse to call once more, or to note an absence, right after a call.

    Raises:
        ErreurMetier: ``appel_recent`` (409).
    """
    appels = [appel for appel in (passage.appele_le, passage.rappele_le) if appel is not None]
    if maintenant - max(appels) < ENTRE_DEUX_APPELS:
        phrase = "Ce ticket vient d’être appelé : laissez à la personne le temps de venir."
        raise ErreurMetier("appel_recent", phrase, statut=409)


def exiger_appels(passage: Passage) -> None:
    """Refuse to note an absence before the calls that the site's rule asks for.

    Raises:
        ErreurMetier: ``trop_peu_d_appels`` (409).
    """
    voulus = regles_de(passage.site).appels_avant_absence
    if passage.nb_appels < voulus:
        raise ErreurMetier("trop_peu_d_appels", f"Appelez {voulus} fois avant de noter une absence.", statut=409)


@etape
def clore(passage: Passage, etat: Passage.Etat, *, par: Acteur, maintenant: datetime) -> None:
    """End a visit, locked by `verrouiller_passage`, with what follows from its end.

    Args:
        passage: the visit; brought up to date.
        etat: ``termine`` closes a demande whose title has been handed over; ``absent`` and ``parti`` make its
            appointment missed, unless its hour is still to come: the person may come back for it.
        par: who acts.
        maintenant: instant.
    """
    passer(passage, etat, maintenant=maintenant, termine_le=maintenant)
    journaliser_passage(f"passage:{etat.value}", passage, par, maintenant)
    for demande in clore_venues(passage):
        # Also when who has their title left before a last counter; who notes it may be of another service.
        if demande.etat == Etat.REMISE:
            appliquer(demande, "cloturer", par=par if _peut_cloturer(par, demande) else SYSTEME, maintenant=maintenant)
    rendez_vous = passage.rendez_vous
    if etat == Passage.Etat.TERMINE or rendez_vous is None or rendez_vous.etat != RendezVous.Etat.PRIS:
        return
    if rendez_vous.creneau.debut > maintenant:
        laisser_le_rendez_vous(passage)
    else:
        marquer_absent(rendez_vous, par=par, maintenant=maintenant)


@etape
def laisser_le_rendez_vous(passage: Passage) -> None:
    """Let go of the appointment of a visit that ends before it: it waits for its person again."""
    passage.venues.all().delete()
    passage.rendez_vous = None
    passage.save(update_fields=["rendez_vous"])


@acte
def recevoir(passage: Passage, *, absentes: Collection[int] = (), par: Acteur, maintenant: datetime) -> Passage:
    """Start the visit: the appointment is honoured, the demande is received when its state allows it.

    Args:
        passage: the visit called.
        absentes: of a family, identifiers of the demandes whose person did not come.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``passage_ferme``, ``personne_presente`` (409).
    """
    passage = tenu(passage, par, Passage.Etat.APPELE)
    exiger_personne_permise(passage, par)
    passer(passage, Passage.Etat.RECU, maintenant=maintenant, recu_le=passage.recu_le or maintenant)
    journaliser_passage("passage:recu", passage, par, maintenant)
    for demande in constater_presences(passage, absentes, par=par, maintenant=maintenant):
        recevoir_la_demande(demande, par=par, maintenant=maintenant)
    return passage


@etape
def recevoir_la_demande(demande: Demande, *, par: Acteur, maintenant: datetime, **_: Any) -> None:
    """Move the demande of a visit under way to ``recue``, when the table lets it; its appointment is honoured.

    Also registered after ``constater_completude``: a walk-in checked at the counter is received at once.
    """
    passage = passage_recu(demande)
    if passage is not None:
        honorer(passage, demande, par=par, maintenant=maintenant)


@etape
def honorer(passage: Passage, demande: Demande, *, par: Acteur, maintenant: datetime) -> None:
    """Receive a demande in a visit: its appointment is honoured, what it held elsewhere is free again."""
    verrouillee = verrouiller(demande)
    remise = verrouillee.etat == Etat.A_REMETTRE
    objet = Convocation.Objet.REMISE if remise else Convocation.Objet.RECEPTION
    revient = verrouillee.convocations.actives().filter(objet=objet, emise_le__gt=passage.recu_le or maintenant)
    if revient.exists():  # told to come back, in this visit: sent on to another counter, they keep that appointment
        return
    if not remise:
        if _est_attendu_chez_un_medecin(verrouillee):
            return
        if not PAR_NOM["recevoir"].permise(verrouillee.motif.regles, verrouillee.etat):
            return
        appliquer(verrouillee, "recevoir", par=par, maintenant=maintenant)
    if not passage.venues.filter(demande=verrouillee).exists():  # they came without their family, who keeps its visit
        reste = detacher(verrouillee, par=par, maintenant=maintenant)
        if reste:
            ecourter(reste["porteuse_id"], maintenant=maintenant)
    terminer_convocations(verrouillee, Convocation.Etat.HONOREE, maintenant=maintenant, objet=objet)
    _honorer_les_rendez_vous(passage, verrouillee, objet, maintenant=maintenant)


def _est_attendu_chez_un_medecin(demande: Demande) -> bool:
    """Tell whether what they come to ask today is no reception, and must take nothing from them: a doctor waits."""
    convocations = demande.convocations.actives().filter(objet=Convocation.Objet.RECEPTION)
    return convocations.filter(sites__genre=Site.Genre.MEDICAL).exists()


@etape
def _honorer_les_rendez_vous(passage: Passage, demande: Demande, objet: str, *, maintenant: datetime) -> None:
    actifs = RendezVous.objects.actifs().filter(convocation__demande=demande, convocation__objet=objet)
    for rendez_vous in actifs.select_related("convocation", "creneau__file__site").order_by("pk"):
        if _est_venu_pour(passage, rendez_vous):
            terminer_rendez_vous(rendez_vous, RendezVous.Etat.HONORE, maintenant=maintenant)
        else:
            rendez_vous.convocation.demande = demande
            liberer_et_annoncer([rendez_vous.convocation], rendez_vous, maintenant=maintenant)


def _est_venu_pour(passage: Passage, rendez_vous: RendezVous) -> bool:
    """Say whether a visit honours an appointment: its own, or another of the same civil day."""
    jour = aujourdhui(passage.site.prefecture.fuseau, rendez_vous.creneau.debut)
    return passage.rendez_vous_id == rendez_vous.pk or passage.jour == jour


@acte
def terminer(passage: Passage, *, par: Acteur, maintenant: datetime) -> Passage:
    """Finish a visit; a demande whose title has been handed over is closed with it.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``passage_ferme`` (409), ``sans_issue`` (409) for a person of a family,
            ``autre_service`` (409).
    """
    passage = tenu(passage, par, Passage.Etat.RECU)
    exiger_issues(passage)
    exiger_de_son_service(passage, par)
    clore(passage, Passage.Etat.TERMINE, par=par, maintenant=maintenant)
    return passage


@acte
def finir(passage: Passage, demande: Demande, *, par: Acteur, maintenant: datetime) -> Passage:
    """Say that nothing more is done today for one person of a family at the counter.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``passage_ferme`` (409).
    """
    passage = tenu(passage, par, Passage.Etat.RECU)
    finir_etape(passage, demande, par=par, maintenant=maintenant)
    return passage


def exiger(par: Acteur, droit: Droit, site: Site) -> None:
    """Refuse to who does not hold a right at a site."""
    if not par.peut(droit, prefecture_id=site.prefecture_id):
        raise DroitRefuse


@etape
def verrouiller_passage(passage: Passage) -> Passage:
    """Lock the demande then the visit, and return the visit fresh, with its appointment."""
    if passage.demande is not None:
        verrouiller(passage.demande)
    return (
        Passage.objects.select_for_update(of=("self",), no_key=True)
        .select_related(
            "site__prefecture",
            "file",
            "guichet",
            "demande",
            "rendez_vous__creneau",
            "rendez_vous__convocation__demande",
        )
        .get(pk=passage.pk)
    )


@etape
def tenu(passage: Passage, par: Acteur, *etats: str) -> Passage:
    """Lock a visit; refuse unless this agent holds it in one of these states."""
    frais = verrouiller_passage(passage)
    exiger(par, Droit.RECEVOIR, frais.site)
    if frais.etat not in etats or frais.agent_id != par.pk:
        raise ErreurMetier("passage_ferme", "Ce passage n’est plus en cours à votre guichet.", statut=409)
    return frais


def journaliser_passage(nature: str, passage: Passage, par: Acteur, maintenant: datetime, **charge: int) -> None:
    """Write what happens to a visit, in the journal of each person who is on it, with other identifiers if need be."""
    autres = [v.demande for v in passage.venues.select_related("demande")] if passage.personnes > 1 else []
    for demande in [passage.demande, *(d for d in autres if d.pk != passage.demande_id)]:
        journaliser(
            nature,
            par=par,
            maintenant=maintenant,
            demande=demande,
            prefecture_id=passage.site.prefecture_id,
            charge={"passage_id": passage.pk, **charge},
        )


def _peut_cloturer(par: Acteur, demande: Demande) -> bool:
    return any(par.peut_sur(droit, demande) for droit in PAR_NOM["cloturer"].droits)


def exiger_non_arrive(rendez_vous: RendezVous) -> None:
    """Refuse to change the appointment of someone who is already here for it.

    Raises:
        ErreurMetier: ``deja_arrive`` (409).
    """
    if Passage.objects.filter(rendez_vous=rendez_vous, etat__in=Passage.SUR_PLACE).exists():
        raise ErreurMetier("deja_arrive", "Vous êtes déjà enregistré à l’accueil.", statut=409)


@etape
def quitter_la_file(demande: Demande, *, maintenant: datetime, par: Acteur, **_: Any) -> None:
    """React to a withdrawal: who waited alone for this demande is called no more."""
    seuls = Passage.objects.filter(demande=demande, etat=Passage.Etat.ARRIVE, personnes=1)
    for passage in seuls.select_for_update(of=("self",), no_key=True).select_related("site").order_by("pk"):
        passer(passage, Passage.Etat.PARTI, maintenant=maintenant, termine_le=maintenant, rendez_vous=None)
        journaliser_passage("passage:parti", passage, par, maintenant)


def exiger_absent(demande: Demande, **_: Any) -> None:
    """React to a revocation: nobody who is already here is told that they need not come.

    Raises:
        ErreurMetier: ``deja_arrive`` (409).
    """
    if Passage.objects.filter(rendez_vous__convocation__demande=demande, etat__in=Passage.SUR_PLACE).exists():
        raise ErreurMetier("deja_arrive", "Cette personne est déjà sur place : recevez-la.", statut=409)
