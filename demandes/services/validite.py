"""Whether a message is still true when it leaves: a cancelled appointment is never reminded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from demandes.models import Convocation, DemandeComplement, Notification, Piece
from planipref.commun.horloge import aujourdhui

# Of some messages of one model, those that are still true: a page of letters asks for sixty at once.
Garde = Callable[[Sequence[Notification], datetime], Collection[int]]
_gardes: dict[str, Garde] = {}
_gardes_des_lettres: dict[str, Garde] = {}


def une_a_une(garde: Callable[[Notification, datetime], bool]) -> Garde:
    """Make of what judges one message what judges several: for those that leave one by one, never in a batch."""

    def toutes(notifications: Sequence[Notification], maintenant: datetime) -> set[int]:
        return {n.pk for n in notifications if garde(n, maintenant)}

    return toutes


def verifier_avant_envoi(modele: str, garde: Garde) -> None:
    """Register what says whether the messages of a model are still true.

    Args:
        modele: name of the message.
        garde: called with messages of that model and the instant, just before they leave; those that it does not
            return are cancelled.
    """
    _gardes[modele] = garde


def verifier_avant_impression(modele: str, garde: Garde) -> None:
    """Register what says whether the letters of a model, which wait for days, are still true.

    Args:
        modele: name of the message.
        garde: as in `verifier_avant_envoi`.
    """
    _gardes_des_lettres[modele] = garde


def est_encore_vraie(notification: Notification, maintenant: datetime) -> bool:
    """Say whether a message is worth sending now; one of a model that nothing checks always is."""
    return notification.pk in encore_vraies([notification], maintenant)


def encore_vraies(notifications: Sequence[Notification], maintenant: datetime) -> set[int]:
    """Return the messages that are worth sending now, in a few queries for each model among them."""
    vraies = {n.pk for n in notifications}
    par_modele: dict[tuple[str, str], list[Notification]] = {}
    for notification in notifications:
        par_modele.setdefault((notification.modele, notification.canal), []).append(notification)
    for (modele, canal), siennes in par_modele.items():
        gardes = [_gardes.get(modele)]
        if canal == Notification.Canal.COURRIER:
            gardes.append(_gardes_des_lettres.get(modele))
        for garde in filter(None, gardes):
            vraies -= {n.pk for n in siennes} - set(garde(siennes, maintenant))
    return vraies


def _pieces_attendues(notifications: Sequence[Notification], maintenant: datetime) -> set[int]:
    """Those whose missing pieces are still waited for."""
    attendus = DemandeComplement.objects.filter(clos_le__isnull=True, produit_le__isnull=True)
    lus = attendus.select_related("demande__prefecture").filter(pk__in=_cles(notifications, "complement_id"))
    valables = {x.pk for x in lus if x.limite >= aujourdhui(x.demande.prefecture.fuseau, maintenant)}
    return {n.pk for n in notifications if n.contexte["complement_id"] in valables}


def _convocations_ouvertes(notifications: Sequence[Notification], maintenant: datetime) -> set[int]:
    """Those whose convocation still lets its person come."""
    ouvertes = Convocation.objects.actives().filter(
        expire_le__gt=maintenant, pk__in=_cles(notifications, "convocation_id")
    )
    valables = set(ouvertes.order_by("pk").values_list("pk", flat=True))
    return {n.pk for n in notifications if n.contexte["convocation_id"] in valables}


def _pieces_refusees(notifications: Sequence[Notification], maintenant: datetime) -> set[int]:
    """Those whose piece nothing replaced meanwhile."""
    courantes = Piece.objects.courantes().filter(pk__in=_cles(notifications, "piece_id"))
    valables = set(courantes.order_by("pk").values_list("pk", flat=True))
    return {n.pk for n in notifications if n.contexte["piece_id"] in valables}


def _cles(notifications: Sequence[Notification], nom: str) -> list[int]:
    return [n.contexte[nom] for n in notifications]


verifier_avant_envoi("rappel_pieces", _pieces_attendues)
verifier_avant_impression("pieces_demandees", _pieces_attendues)
verifier_avant_impression("piece_refusee", _pieces_refusees)
verifier_avant_impression("convocation_lien", _convocations_ouvertes)
