"""Reminders of appointments and of links that booked nothing; checked again when they leave."""

from __future__ import annotations

from datetime import datetime, timedelta

from demandes.calculs.rappels import ReglesMessages, est_l_heure
from demandes.models import Agent, Convocation, Notification, Prefecture
from demandes.selectors import membres
from demandes.selectors_messages import regles_des_prefectures
from demandes.services.convocation import prevenir
from demandes.services.notifications import ecrire_a_l_agent
from demandes.services.rappels import alerter_des_delais, rappeler_les_pieces
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte
from planning.models import RendezVous
from planning.querysets import bornes_du_jour
from planning.services.reservation import donnees_ics


def rappeler(prefecture: Prefecture, *, maintenant: datetime, regles: ReglesMessages) -> dict[str, int]:
    """Write the reminders of the day of a préfecture, from its hour on; idempotent.

    Args:
        prefecture: whose usagers and agents.
        maintenant: instant.
        regles: its rules.

    Returns:
        How many were written, by kind: ``rendez_vous``, ``liens``, ``alertes``, ``pieces``, ``delais``; nothing before
        the hour.
    """
    if not est_l_heure(regles, prefecture.fuseau, maintenant):
        return {}
    return {
        "rendez_vous": _rappeler_les_rendez_vous(prefecture, regles, maintenant),
        "liens": _relancer_les_liens(prefecture, regles, maintenant),
        "alertes": _alerter_des_liens(prefecture, regles, maintenant),
        "pieces": rappeler_les_pieces(prefecture, regles, maintenant=maintenant),
        "delais": alerter_des_delais(prefecture, regles, maintenant=maintenant),
    }


def rappeler_partout(*, maintenant: datetime) -> dict[str, dict[str, int]]:
    """Write the reminders of the day of every préfecture where it is the hour.

    Returns:
        See `rappeler`, by département.
    """
    prefectures = list(Prefecture.objects.order_by("departement"))
    regles = regles_des_prefectures([p.pk for p in prefectures])
    return {p.departement: rappeler(p, maintenant=maintenant, regles=regles[p.pk]) for p in prefectures}


def _rappeler_les_rendez_vous(prefecture: Prefecture, regles: ReglesMessages, maintenant: datetime) -> int:
    """Remind of the appointments of a day to come; one taken today was confirmed today."""
    jour = aujourdhui(prefecture.fuseau, maintenant)
    minuit = bornes_du_jour(jour, prefecture.fuseau)[0]
    ecrits = 0
    for jours in regles.rappels:
        debut, fin = bornes_du_jour(jour + timedelta(days=jours), prefecture.fuseau)
        a_venir = RendezVous.objects.actifs().filter(
            creneau__file__site__prefecture=prefecture, creneau__debut__gte=debut, creneau__debut__lt=fin
        )
        lus = a_venir.filter(pris_le__lt=minuit).select_related("creneau__file__site", "convocation").order_by("pk")
        ecrits += sum(_rappeler_un(r, jours, maintenant) for r in lus)
    return ecrits


@acte
def _rappeler_un(rendez_vous: RendezVous, jours: int, maintenant: datetime) -> bool:
    suffixe = f"{rendez_vous.pk}:j{jours}"
    if Notification.objects.filter(cle=f"rappel_rendez_vous:{suffixe}").exists():
        return False
    reunies = membres(rendez_vous.convocation)
    contexte = {"rdv": donnees_ics(rendez_vous, convocations=reunies), "rendez_vous_id": rendez_vous.pk}
    prevenir(reunies, "rappel_rendez_vous", maintenant=maintenant, suffixe=suffixe, contexte=contexte)
    return True


def _relancer_les_liens(prefecture: Prefecture, regles: ReglesMessages, maintenant: datetime) -> int:
    """Remind who was convoked that many days ago, and never booked."""
    return sum(
        _relancer_un(convocation, jours, maintenant)
        for jours in regles.relances
        for convocation in Convocation.objects.filter(pk__in=_sans_usage(prefecture, jours, maintenant)).order_by("pk")
    )


@acte
def _relancer_un(convocation: Convocation, jours: int, maintenant: datetime) -> bool:
    suffixe = f"{convocation.pk}:j{jours}"
    if Notification.objects.filter(cle=f"relance_lien:{suffixe}").exists():
        return False
    prevenir(membres(convocation), "relance_lien", maintenant=maintenant, suffixe=suffixe)
    return True


def _alerter_des_liens(prefecture: Prefecture, regles: ReglesMessages, maintenant: datetime) -> int:
    """Tell each agent, once a day, that links of theirs still booked nothing."""
    if not regles.alerte_jours:
        return 0
    dormantes = Convocation.objects.filter(pk__in=_sans_usage(prefecture, regles.alerte_jours, maintenant))
    jour = aujourdhui(prefecture.fuseau, maintenant)
    agents = Agent.objects.filter(pk__in=dormantes.values("emise_par"), is_active=True).exclude(email="")
    return sum(_alerter_un(agent, f"{agent.pk}:{jour}", maintenant) for agent in agents.order_by("pk"))


@acte
def _alerter_un(agent: Agent, cle: str, maintenant: datetime) -> bool:
    return ecrire_a_l_agent(agent, "liens_dormants", cle=cle, maintenant=maintenant)


def _sans_usage(prefecture: Prefecture, jours: int, maintenant: datetime) -> list[int]:
    """Return the convocations made that many days ago, still good, that never had an appointment (one query)."""
    jour = aujourdhui(prefecture.fuseau, maintenant) - timedelta(days=jours)
    debut, fin = bornes_du_jour(jour, prefecture.fuseau)
    return list(
        Convocation.objects.filter(
            demande__prefecture=prefecture,
            etat=Convocation.Etat.ACTIVE,
            jointe_a=None,
            emise_le__gte=debut,
            emise_le__lt=fin,
            expire_le__gt=maintenant,
            rendez_vous=None,
        ).values_list("pk", flat=True)
    )


def rendez_vous_tient(notification: Notification, maintenant: datetime) -> bool:
    """Say whether the appointment that a reminder speaks of is still to come."""
    a_venir = RendezVous.objects.actifs().filter(creneau__debut__gt=maintenant)
    return a_venir.filter(pk=notification.contexte["rendez_vous_id"]).exists()


def lien_attend(notification: Notification, maintenant: datetime) -> bool:
    """Say whether the convocation that a reminder speaks of is still good, and still without an appointment."""
    convocation = Convocation.objects.select_related("jointe_a").get(pk=notification.contexte["convocation_id"])
    if convocation.etat != Convocation.Etat.ACTIVE or convocation.expire_le <= maintenant:
        return False
    return not RendezVous.objects.actifs().filter(convocation=convocation.porteuse).exists()
