"""Reminders of appointments and of links that booked nothing; checked again when they leave."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import product

from demandes.calculs.rappels import ReglesMessages, est_l_heure
from demandes.models import Agent, Convocation, Notification, Prefecture
from demandes.querysets import ConvocationQuerySet
from demandes.selectors import membres
from demandes.selectors_messages import regles_des_prefectures
from demandes.services.convocation import prevenir
from demandes.services.notifications import ecrire_a_l_agent, reveiller
from demandes.services.rappels import RETARDS, alerter_des_delais, rappeler_les_pieces
from planipref.commun.canal_sms import est_relie
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte
from planning.models import RendezVous
from planning.querysets import bornes_du_jour
from planning.selectors_horaires import est_ferme_ce_jour_la
from planning.services.annonces import donnees_ics
from planning.services.confirmation import MARGE, RELANCE_JOURS
from planning.services.validite import convocations_actives, messages_tenus

journal = logging.getLogger(__name__)
# Writes the messages of a kind one by one, each in its transaction, and says of each whether it was one to write.
Tache = Callable[[Prefecture, ReglesMessages, datetime], Iterator[bool]]
TACHE = "planning.tasks.envoyer_rappels"
Canal = Notification.Canal


def rappeler_partout(*, maintenant: datetime, duree_max: timedelta | None = None) -> dict[str, dict[str, int]]:
    """Write the reminders of the day of every préfecture where it is the hour; idempotent.

    One kind that fails stops no other. Past the time allowed, the worker is woken for what is left.

    Args:
        maintenant: instant.
        duree_max: time after which no more message is begun; none when omitted.

    Returns:
        How many were written, by département, then by kind: ``rendez_vous``, ``confirmations``, ``liens``, ``alertes``,
        ``pieces``, ``delais``; nothing before the hour. A kind that failed is missing.
    """
    prefectures = list(Prefecture.objects.order_by("departement"))
    regles = regles_des_prefectures([p.pk for p in prefectures])
    fin = None if duree_max is None else time.monotonic() + duree_max.total_seconds()
    bilans: dict[str, dict[str, int]] = {p.departement: {} for p in prefectures}
    for prefecture in prefectures:
        if not est_l_heure(regles[prefecture.pk], prefecture.fuseau, maintenant):
            continue
        for nom, ecrire in TACHES.items():
            try:
                ecrits, reste = _compter(ecrire(prefecture, regles[prefecture.pk], maintenant), fin)
            except Exception as erreur:  # noqa: BLE001 - the hour after tries again
                journal.error("rappels %s %s : %s", prefecture.departement, nom, type(erreur).__name__)
                continue
            bilans[prefecture.departement][nom] = ecrits
            if reste:
                reveiller(TACHE)
                return bilans
    return bilans


def _compter(messages: Iterator[bool], fin: float | None) -> tuple[int, bool]:
    """Write messages until a time; return how many, and whether some may be left."""
    ecrits = 0
    for ecrit in messages:
        ecrits += ecrit
        if fin is not None and time.monotonic() > fin:
            return ecrits, True
    return ecrits, False


def _rappeler_les_rendez_vous(prefecture: Prefecture, regles: ReglesMessages, maintenant: datetime) -> Iterator[bool]:
    """Remind of the appointments of a day to come; one taken that day was confirmed that day."""
    jour = aujourdhui(prefecture.fuseau, maintenant)
    voulus = [(n, Canal.COURRIEL) for n in regles.rappels]
    if est_relie():
        voulus += [(n, Canal.SMS) for n in regles.rappels_sms]
    for (jours, canal), retard in product(voulus, RETARDS):
        debut, fin = bornes_du_jour(jour + timedelta(days=jours - retard), prefecture.fuseau)
        minuit = bornes_du_jour(jour - timedelta(days=retard), prefecture.fuseau)[0]
        a_venir = RendezVous.objects.actifs().filter(
            creneau__file__site__prefecture=prefecture,
            creneau__debut__gte=max(debut, maintenant),
            creneau__debut__lt=fin,
            pris_le__lt=minuit,
        )
        if canal == Canal.SMS:
            a_venir = a_venir.exclude(convocation__demande__usager__telephone="")
        lus = list(a_venir.select_related("creneau__file__site", "convocation").order_by("pk"))
        rang = f"{'s' if canal == Canal.SMS else 'j'}{jours}"
        faits = _deja_ecrits("rappel_rendez_vous", rang, [r.convocation for r in lus])
        yield from (_ecrire("rappel_rendez_vous", r, rang, canal, maintenant) for r in lus if r.pk not in faits)


def _deja_ecrits(modele: str, rang: str, convocations: Sequence[Convocation]) -> set[int]:
    """Return what already has a reminder of a rank, by identifier: the second and third parts of a key (one query)."""
    cles = Notification.objects.filter(modele=modele, demande__in=[c.demande_id for c in convocations])
    parties = (cle.split(":") for cle in cles.values_list("cle", flat=True))
    return {int(p[1]) for p in parties if p[2] == rang}


@acte
def _ecrire(modele: str, rendez_vous: RendezVous, rang: str, canal: str, maintenant: datetime) -> bool:
    reunies = membres(rendez_vous.convocation)
    contexte = {"rdv": donnees_ics(rendez_vous, convocations=reunies), "rendez_vous_id": rendez_vous.pk}
    suffixe = f"{rendez_vous.pk}:{rang}"
    ecrits = prevenir(reunies, modele, maintenant=maintenant, suffixe=suffixe, contexte=contexte, canal=canal)
    return ecrits > 0


def _relancer_les_liens(prefecture: Prefecture, regles: ReglesMessages, maintenant: datetime) -> Iterator[bool]:
    """Remind who was convoked that many days ago, and never booked."""
    for jours, retard in product(regles.relances, RETARDS):
        dormantes = list(_sans_usage(prefecture, jours + retard, maintenant))
        faites = _deja_ecrits("relance_lien", f"j{jours}", dormantes)
        yield from (_relancer_un(c, jours, maintenant) for c in dormantes if c.pk not in faites)


@acte
def _relancer_un(convocation: Convocation, jours: int, maintenant: datetime) -> bool:
    suffixe = f"{convocation.pk}:j{jours}"
    return prevenir(membres(convocation), "relance_lien", maintenant=maintenant, suffixe=suffixe) > 0


def _alerter_des_liens(prefecture: Prefecture, regles: ReglesMessages, maintenant: datetime) -> Iterator[bool]:
    """Tell each agent that links which they sent that many days ago booked nothing, in one message a day."""
    if not regles.alerte_jours:
        return
    jour = aujourdhui(prefecture.fuseau, maintenant)
    for retard in RETARDS:
        dormantes = _sans_usage(prefecture, regles.alerte_jours + retard, maintenant)
        agents = Agent.objects.filter(pk__in=dormantes.values("emise_par"), is_active=True).exclude(email="")
        du_jour = jour - timedelta(days=retard)
        yield from (_alerter_un(agent, f"{agent.pk}:{du_jour}", maintenant) for agent in agents.order_by("pk"))


@acte
def _alerter_un(agent: Agent, cle: str, maintenant: datetime) -> bool:
    return ecrire_a_l_agent(agent, "liens_dormants", cle=cle, maintenant=maintenant)


def _sans_usage(prefecture: Prefecture, jours: int, maintenant: datetime) -> ConvocationQuerySet:
    """Return the convocations made that many days ago, still good, that never had an appointment."""
    jour = aujourdhui(prefecture.fuseau, maintenant) - timedelta(days=jours)
    debut, fin = bornes_du_jour(jour, prefecture.fuseau)
    return Convocation.objects.filter(
        demande__prefecture=prefecture,
        etat=Convocation.Etat.ACTIVE,
        jointe_a=None,
        emise_le__gte=debut,
        emise_le__lt=fin,
        expire_le__gt=maintenant,
        rendez_vous=None,
    ).order_by("pk")


def _relancer_les_confirmations(prefecture: Prefecture, regles: ReglesMessages, maintenant: datetime) -> Iterator[bool]:
    """Ask once more who was asked some days ago whether they will come, and has not said so; not a few days before."""
    jour, rang = aujourdhui(prefecture.fuseau, maintenant), f"j{RELANCE_JOURS}"
    for retard in RETARDS:
        debut, fin = bornes_du_jour(jour - timedelta(days=RELANCE_JOURS + retard), prefecture.fuseau)
        demandes = RendezVous.objects.a_confirmer(maintenant).filter(
            creneau__file__site__prefecture=prefecture,
            creneau__debut__gt=maintenant + MARGE,
            pris_le__gte=debut,
            pris_le__lt=fin,
        )
        lus = list(demandes.select_related("creneau__file__site", "convocation").order_by("pk"))
        faits = _deja_ecrits("relance_confirmation", rang, [r.convocation for r in lus])
        yield from (_ecrire("relance_confirmation", r, rang, "", maintenant) for r in lus if r.pk not in faits)


TACHES: dict[str, Tache] = {
    "rendez_vous": _rappeler_les_rendez_vous,
    "confirmations": _relancer_les_confirmations,
    "liens": _relancer_les_liens,
    "alertes": _alerter_des_liens,
    "pieces": rappeler_les_pieces,
    "delais": alerter_des_delais,
}


def rendez_vous_tient(notification: Notification, maintenant: datetime) -> bool:
    """Say whether the appointment that a reminder speaks of is still to come, still that person's, at an open site."""
    convocation = convocations_actives([notification]).get(notification.pk)
    if convocation is None:
        return False
    a_venir = RendezVous.objects.actifs().filter(creneau__debut__gt=maintenant, convocation=convocation.porteuse)
    rendez_vous = (
        a_venir.filter(pk=notification.contexte["rendez_vous_id"])
        .select_related("creneau__file__site__prefecture")
        .first()
    )
    return rendez_vous is not None and not est_ferme_ce_jour_la(rendez_vous)


def rendez_vous_confirmes(notifications: Sequence[Notification], maintenant: datetime) -> set[int]:
    """Return the letters whose appointment is still to come, at that very time and place."""
    return messages_tenus(notifications, RendezVous.objects.actifs().filter(creneau__debut__gt=maintenant))


def liens_en_attente(notifications: Sequence[Notification], maintenant: datetime) -> set[int]:
    """Return the messages whose convocation is still good, and still without an appointment."""
    actives = {pk: c for pk, c in convocations_actives(notifications).items() if c.expire_le > maintenant}
    porteuses = {c.porteuse.pk for c in actives.values()}
    pris = set(
        RendezVous.objects.actifs()
        .filter(convocation__in=porteuses)
        .order_by("pk")
        .values_list("convocation", flat=True)
    )
    return {pk for pk, c in actives.items() if c.porteuse.pk not in pris}
