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
