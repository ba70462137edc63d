"""Whether what a message says of a link or of an appointment is still true as it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from demandes.models import Convocation, Notification
from planning.querysets import RendezVousQuerySet


def convocations_actives(notifications: Sequence[Notification]) -> dict[int, Convocation]:
    """Return the convocation that each message speaks of, by message, while it is still good and its person's.

    The link of a family passes to those who stay: a message to who has left it is true no more (one query).
    """
    dites = {n.contexte["convocation_id"] for n in notifications}
    actives = Convocation.objects.select_related("jointe_a").filter(etat=Convocation.Etat.ACTIVE, pk__in=dites)
    par_pk = {c.pk: c for c in actives.order_by("pk")}
    dits = ((n, par_pk.get(n.contexte["convocation_id"])) for n in notifications)
    return {n.pk: c for n, c in dits if c is not None and c.demande_id == n.demande_id}


def messages_tenus(notifications: Sequence[Notification], rendez_vous: RendezVousQuerySet) -> set[int]:
    """Return the messages whose appointment is one of some, at that very time and place (two queries).

    Args:
        notifications: each says its appointment (`donnees_ics`).
        rendez_vous: those that hold.
    """
    porteuses = {pk: c.porteuse.pk for pk, c in convocations_actives(notifications).items()}
    siens = rendez_vous.filter(convocation__in=set(porteuses.values()))
    tenus = set(siens.order_by("pk").values_list("convocation", "creneau__debut", "sequence"))
    dits = {n.pk: n.contexte["rdv"] for n in notifications}
    return {
        pk
        for pk, porteuse in porteuses.items()
        if (porteuse, datetime.fromisoformat(dits[pk]["debut"]), dits[pk]["sequence"]) in tenus
    }
