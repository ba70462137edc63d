"""What the pages of letters and of messages not delivered list, within what an agent may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from demandes.models import Agent, Demande, LotCourrier, Notification, Service
from demandes.models.journal import A_TRAITER, SANS_ADRESSE
from demandes.querysets_courrier import services_verifies
from demandes.querysets_deports import visees

RIEN_NE_PART = (
    "Aucun message n’a pu partir : cette personne n’a ni courriel, ni téléphone, ni adresse complète. "
    "Prévenez-la autrement."
)


def a_la_portee_de(agent: Agent) -> QuerySet[Notification]:
    """Return the messages about the files where an agent writes to usagers, but those they must not handle."""
    chemins = {"prefecture": "demande__prefecture", "service": "demande__service"}
    siens = Notification.objects.filter(services_verifies(agent, **chemins))
    deports = agent.deports_tenus
    return siens.exclude(visees(deports, "demande__")) if deports else siens


@dataclass(frozen=True)
class Attente:
    """Letters of a service that wait.

    Args:
        service: whose.
        nombre: how many.
    """

    service: Service
    nombre: int


def lettres_par_service(agent: Agent) -> list[Attente]:
    """Return how many letters wait, by service (two queries)."""
    attendent = a_la_portee_de(agent).filter(canal="courrier", etat="a_envoyer").order_by()
    comptes = dict(attendent.values_list("demande__service").annotate(n=Count("pk")))
    services = Service.objects.filter(pk__in=comptes).select_related("prefecture").order_by("prefecture", "pk")
    return [Attente(s, comptes[s.pk]) for s in services]


def service_des_lettres(agent: Agent, pk: int) -> Service | None:
    """Return a service of which the agent writes the letters."""
    siens = Service.objects.filter(services_verifies(agent, service="pk")).select_related("prefecture")
    return siens.filter(pk=pk).first()


def lots_de(agent: Agent) -> QuerySet[LotCourrier]:
    """Return the batches that the agent may see, closed or not, the newest first."""
    return LotCourrier.objects.visibles_par(agent).avec_page()


def lot_de(agent: Agent, pk: int) -> LotCourrier | None:
    """Return a batch that the agent may see."""
    return LotCourrier.objects.visibles_par(agent).avec_page().filter(pk=pk).first()


def lettres_du_lot(lot: LotCourrier) -> QuerySet[Notification]:
    """Return the letters of a batch, in the order in which they are printed."""
    return Notification.objects.filter(lot=lot).select_related("demande__usager").order_by("pk")


def non_remises(agent: Agent) -> QuerySet[Notification]:
    """Return the messages that did not arrive, of which nobody has yet dealt, oldest first."""
    attendent = a_la_portee_de(agent).filter(A_TRAITER, demande__purgee_le=None).exclude(demande__etat="brouillon")
    return attendent.select_related("demande__usager", "demande__motif", "demande__service").order_by("pk")


def non_remise_de(agent: Agent, pk: int) -> Notification | None:
    """Return a message that did not arrive, if the agent may deal with it."""
    return non_remises(agent).filter(pk=pk).first()


def lettre_postee(agent: Agent, pk: int) -> Notification | None:
    """Return a letter that was posted and has not come back."""
    postees = a_la_portee_de(agent).filter(Q(canal="courrier", etat="envoyee", refusee_le=None), pk=pk)
    return postees.select_related("demande").first()


def alerte_sans_adresse(demande: Demande, depuis: datetime) -> str:
    """Return what to tell the agent whose act wrote a message that had nowhere to go; empty when it has left.

    Args:
        demande: file that it speaks of.
        depuis: instant of the act.
    """
    restees = demande.notifications.filter(derniere_erreur=SANS_ADRESSE, prochain_essai_le__gte=depuis)
    return RIEN_NE_PART if restees.exists() else ""
