"""To whom a freed place is offered: who can be told, by mail or by text message, and not at night."""

from __future__ import annotations

from datetime import timedelta

import pytest

from demandes.cycle import Etat
from demandes.models import Convocation, Notification, Usager
from demandes.services.courriels import composer_sms
from planning.models import OffreAttente
from planning.services import attente, reservation
from tests.demandes.factories import INSTANT, DemandeFactory, MotifFactory
from tests.parcours import acteur, amener_a, equipe
from tests.planning.factories import CreneauFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
NUIT = timedelta(hours=12)  # 21:00 in Paris


@pytest.fixture
def attend(db: None) -> Convocation:
    """Who waits, while somebody else gave a place back at nine."""
    motif = MotifFactory(pieces=0, etapes=[2, 3])
    part, reste = (
        Convocation.objects.avec_page().get(demande=amener_a(DemandeFactory(motif=motif), Etat.CONVOQUEE))
        for _ in range(2)
    )
    place = CreneauFactory(file=equipe(part.demande).file, debut=INSTANT + timedelta(days=8, hours=1), places=1)
    attente.inscrire(reste, par=acteur(reste.demande.usager), maintenant=INSTANT)
    par = acteur(part.demande.usager)
    reservation.reserver(part, place, par=par, maintenant=INSTANT)
    reservation.annuler(part, par=acteur(equipe(part.demande).chloe), maintenant=INSTANT)
    return reste


def joindre(convocation: Convocation, **champs: str) -> None:
    """Say how the person can be reached."""
    Usager.objects.filter(pk=convocation.demande.usager_id).update(**champs)


def test_who_cannot_be_told_is_offered_nothing(attend: Convocation) -> None:
    joindre(attend, courriel="", telephone="")
    assert attente.proposer_places(maintenant=INSTANT)["proposees"] == 0
    assert not OffreAttente.objects.exists()
    joindre(attend, courriel="amina@example.org")
    assert attente.proposer_places(maintenant=INSTANT)["proposees"] == 1


def test_who_has_a_telephone_only_is_told_by_text_message(attend: Convocation) -> None:
    joindre(attend, courriel="", telephone="+33639980001")
    assert attente.proposer_places(maintenant=INSTANT)["proposees"] == 1
    message = Notification.objects.get(modele="place_proposee")
    assert message.canal == "sms"
    assert "une place plus tot pour vous, 12 mars" in composer_sms(message).texte


def test_nobody_is_woken_at_night_for_a_place(attend: Convocation) -> None:
    assert attente.proposer_places(maintenant=INSTANT + NUIT)["proposees"] == 0
    assert not Notification.objects.filter(modele="place_proposee").exists()
