"""Convoking: what is refused is refused by a rule that says why, before anything is written."""

import pytest

from demandes.cycle import Etat
from demandes.models import Convocation, Evenement, Notification
from demandes.services import convocation
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from tests.demandes.factories import INSTANT, DemandeFactory
from tests.parcours import acteur, amener_a, equipe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


def convoquer(demande, qui):
    sites = [equipe(demande).site]
    return convocation.convoquer(demande, motivation="Empreintes", sites=sites, par=acteur(qui), maintenant=INSTANT)


@pytest.mark.parametrize("etat", [Etat.CONVOQUEE, Etat.RDV_PRIS])
def test_convoquer_who_is_already_convoked_is_a_conflict(etat):
    """Double click, or two agents on one file: a 409 that names the state, not the error of a unique index."""
    demande = amener_a(DemandeFactory(motif__pieces=0), etat)
    avant = (Convocation.objects.count(), Evenement.objects.count(), Notification.objects.count())
    with pytest.raises(ErreurMetier) as refus:
        convoquer(demande, equipe(demande).chloe)
    assert (refus.value.code, refus.value.statut) == ("transition_interdite", 409)
    assert (Convocation.objects.count(), Evenement.objects.count(), Notification.objects.count()) == avant


def test_convoquer_who_is_already_convoked_by_another_prefecture_is_forbidden(etienne):
    demande = amener_a(DemandeFactory(motif__pieces=0), Etat.CONVOQUEE)
    with pytest.raises(DroitRefuse):
        convoquer(demande, etienne)


def test_convoquer_twice_for_the_hand_over_is_a_conflict_until_the_link_expires():
    demande = amener_a(DemandeFactory(motif__pieces=0), Etat.A_REMETTRE)
    chloe = equipe(demande).chloe
    premiere = convoquer(demande, chloe)
    with pytest.raises(ErreurMetier) as refus:
        convoquer(demande, chloe)
    assert (refus.value.code, refus.value.statut) == ("deja_convoquee", 409)
    seconde = convocation.convoquer(
        demande,
        motivation="Empreintes",
        sites=[equipe(demande).site],
        par=acteur(chloe),
        maintenant=premiere.expire_le,
    )
    premiere.refresh_from_db()
    assert (premiere.etat, seconde.objet) == ("expiree", "remise")


@pytest.mark.parametrize("fin", ["revoquer", "expirer"])
def test_who_has_been_received_stays_so_when_a_second_appointment_falls_through(fin):
    """The way on stays open: nobody comes again because a convocation was given by mistake."""
    demande = amener_a(DemandeFactory(motif__pieces=0), Etat.RECUE)
    chloe = equipe(demande).chloe
    donnee = convoquer(demande, chloe)
    if fin == "revoquer":
        convocation.revoquer_convocation(demande, par=acteur(chloe), maintenant=INSTANT)
    else:
        assert convocation.expirer(donnee, maintenant=donnee.expire_le)
    demande.refresh_from_db()
    assert demande.etat == Etat.RECUE


def test_who_has_never_come_is_complete_again_when_the_convocation_is_revoked():
    demande = amener_a(DemandeFactory(motif__pieces=0), Etat.CONVOQUEE)
    convocation.revoquer_convocation(demande, par=acteur(equipe(demande).chloe), maintenant=INSTANT)
    assert demande.etat == Etat.COMPLETE
