"""Drafts left for three months: nothing of the person stays, and nothing else is touched."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.core.management import call_command

from demandes.models import CodeAcces, Evenement, Usager
from demandes.services.envoi import vider
from demandes.services.purge import DUREE_BROUILLON, EFFACES, purger_brouillons
from tests.demandes.factories import INSTANT, DemandeFactory, UsagerFactory
from tests.demandes.outils_depot import COORDONNEES, IDENTITE, commencer, motif_ouvert, ouvrir_session, photo
from tests.parcours import amener_a

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
PLUS_TARD = INSTANT + DUREE_BROUILLON


@pytest.fixture
def brouillon(client):
    """A draft with an identity, an address that was written to, and a file."""
    demande = commencer(client, motif_ouvert())
    base = f"/depot/{demande.cle}/"
    client.post(f"{base}identite/", IDENTITE)
    client.post(f"{base}coordonnees/", COORDONNEES)
    client.post(f"{base}pieces/", {"piece_piece-0": photo(), "enregistrer": "1"})
    CodeAcces.objects.create(demande=demande, empreinte="x", expire_le=INSTANT)
    demande.refresh_from_db()
    return demande


def test_left_draft_is_emptied_once(client, brouillon, django_capture_on_commit_callbacks):
    nom = brouillon.pieces.get().fichier.name
    vider()
    assert all(brouillon.notifications.values_list("texte", flat=True))
    with django_capture_on_commit_callbacks(execute=True):
        assert purger_brouillons(maintenant=PLUS_TARD) == 1
    brouillon.refresh_from_db()
    assert brouillon.reponses == {}
    assert all(getattr(Usager.objects.get(pk=brouillon.usager_id), champ) == "" for champ in EFFACES)
    assert not storages["pieces"].exists(nom)
    assert str(brouillon.pieces.get().fichier) == ""
    assert not brouillon.codes_acces.exists()
    assert set(brouillon.notifications.values_list("destinataire", "objet", "texte")) == {("", "", "")}
    assert Evenement.objects.filter(demande=brouillon, nature="brouillon:purge").count() == 1
    assert purger_brouillons(maintenant=PLUS_TARD) == 0
    ouvrir_session(client, brouillon)
    assert client.get(f"/depot/{brouillon.cle}/identite/").status_code == 404


def test_draft_touched_since_stays(brouillon):
    assert purger_brouillons(maintenant=PLUS_TARD - timedelta(seconds=1)) == 0
    brouillon.usager.refresh_from_db()
    assert brouillon.usager.nom == IDENTITE["nom"]


def test_deposited_demande_is_never_touched():
    demande = amener_a(DemandeFactory(motif=motif_ouvert(), usager=UsagerFactory(nom="Ben Ali")), "deposee")
    assert purger_brouillons(maintenant=INSTANT + timedelta(days=4000)) == 0
    demande.usager.refresh_from_db()
    assert demande.usager.nom == "Ben Ali"


def test_person_who_has_a_demande_keeps_their_identity(brouillon):
    amener_a(DemandeFactory(motif=brouillon.motif, usager=brouillon.usager), "deposee")
    assert purger_brouillons(maintenant=PLUS_TARD) == 1
    brouillon.usager.refresh_from_db()
    assert brouillon.usager.nom == IDENTITE["nom"]


def test_command_runs_by_hand(capsys):
    call_command("purger", "--json")
    faits = {"brouillons_purges": 0, "deports_finis": 0, "besoins_oublies": 0, "signalements_oublies": 0}
    assert json.loads(capsys.readouterr().out) == faits
