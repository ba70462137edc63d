"""People without e-mail nor telephone, and the letters that wait for them."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from demandes.models import Demande, Notification
from demandes.services.notifications import notifier
from tests.demandes.factories import INSTANT, DemandeFactory
from tests.parcours import amener_a


def sans_adresse_electronique(etat: str = "deposee", **champs: Any) -> Demande:
    """Return a demande of someone who can only be written to by post, brought to a state."""
    demande = amener_a(DemandeFactory(**champs), "deposee")
    demande.usager.courriel = demande.usager.telephone = ""
    demande.usager.save(update_fields=["courriel", "telephone"])
    return amener_a(demande, etat)


def ecrire(demande: Demande, modele: str = "complete", cle: str = "1", **champs: Any) -> Notification | None:
    """Write a message in the outbox."""
    with transaction.atomic():
        return notifier(demande, modele, maintenant=INSTANT, cle=cle, **champs)


def lettres() -> list[Notification]:
    """Return the letters, oldest first."""
    return list(Notification.objects.filter(canal="courrier").exclude(etat="echec").order_by("pk"))
