"""For the person in hand: a scan added to a piece, the next appointment given, without leaving the counter."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from time_machine import Traveller

from demandes.models import Agent, Demande, Evenement, Notification, Piece
from guichet.models import Passage
from guichet.services import guichet as services
from guichet.services import mouvements
from planipref.commun.horloge import maintenant
from planning.models import RendezVous
from tests.demandes.corpus_hostile import image
from tests.demandes.factories import INSTANT, PieceRequiseFactory
from tests.guichet.aide import MINUTE, Salle, au_guichet, salle
from tests.parcours import acteur
from tests.planning.factories import CreneauFactory, FileGuichetFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


@pytest.fixture
def lieu() -> Salle:
    return salle(plein_droit=False)


def poster(client: Client, passage: Passage, page: str, **donnees: Any) -> Any:
    return client.post(f"/guichet/passages/{passage.pk}/{page}/", donnees)


def fichier() -> SimpleUploadedFile:
    return SimpleUploadedFile("scan.jpg", image("JPEG"), "image/jpeg")


@pytest.mark.parametrize(("vue", "verdict"), [("", "a_verifier"), ("on", "conforme")])
def test_scan_goes_to_the_file_and_is_right_when_the_original_was_seen(
    client: Client, chloe: Agent, lieu: Salle, vue: str, verdict: str
) -> None:
    demande = lieu.demande("deposee")
    requise = PieceRequiseFactory(motif=lieu.motif, code="passeport", libelle="Passeport")
    passage = lieu.recevoir(demande, chloe)
    assert 'data-action="scan"' in au_guichet(client, chloe, lieu).get("/guichet/").content.decode()

    reponse = poster(client, passage, "scan", piece=requise.pk, fichiers=fichier(), vue=vue)

    assert reponse.status_code == 303
    piece = Piece.objects.get(demande=demande, piece_requise=requise, remplacee_le=None)
    assert piece.verdict == verdict
    assert piece.taille
    assert Evenement.objects.filter(demande=demande, nature="piece:jointe", acteur_id=chloe.pk).exists()


def test_original_seen_stays_so_when_scanned_and_may_be_unsaid(client: Client, chloe: Agent, lieu: Salle) -> None:
    demande = lieu.demande("deposee")
    requise = PieceRequiseFactory(motif=lieu.motif, code="passeport", libelle="Passeport")
    passage = lieu.recevoir(demande, chloe)
    au_guichet(client, chloe, lieu)
    assert poster(client, passage, "pieces", conforme=requise.pk).status_code == 303
    assert 'data-action="annuler-vue"' in client.get("/guichet/").content.decode()

    assert poster(client, passage, "pieces", annuler_vue=requise.pk).status_code == 303
    assert not Piece.objects.courantes().filter(piece_requise=requise).exists()
    assert Evenement.objects.filter(demande=demande, nature="piece:vue_oubliee", acteur_id=chloe.pk).exists()
    assert poster(client, passage, "pieces", annuler_vue=requise.pk).status_code == 404

    poster(client, passage, "pieces", conforme=requise.pk)
    poster(client, passage, "scan", piece=requise.pk, fichiers=fichier())
    assert Piece.objects.courantes().get(piece_requise=requise).verdict == "conforme"


def test_scan_that_is_no_image_or_missing_is_refused_beside_the_field(
    client: Client, chloe: Agent, lieu: Salle
) -> None:
    passage = lieu.recevoir(lieu.demande("deposee"), chloe)
    requise = PieceRequiseFactory(motif=lieu.motif, code="passeport", libelle="Passeport")
    au_guichet(client, chloe, lieu)
    faux = SimpleUploadedFile("scan.jpg", b"MZ rien", "image/jpeg")
    assert poster(client, passage, "scan", piece=requise.pk, fichiers=faux).status_code == 422
    assert poster(client, passage, "scan", piece=requise.pk).status_code == 422
    assert not Piece.objects.filter(piece_requise=requise, nom_origine="scan.jpg").exists()


def test_scan_for_a_demande_whose_pieces_are_closed_is_refused(client: Client, chloe: Agent, lieu: Salle) -> None:
    requise = PieceRequiseFactory(motif=lieu.motif, code="passeport", libelle="Passeport")
    passage = lieu.recevoir(lieu.demande("a_remettre"), chloe)
    page = au_guichet(client, chloe, lieu).get("/guichet/").content.decode()
    assert 'data-action="scan"' not in page
    assert poster(client, passage, "scan", piece=requise.pk, fichiers=fichier()).status_code == 409


def test_next_appointment_is_given_for_a_title_not_handed_over(client: Client, chloe: Agent, lieu: Salle) -> None:
    lieu.file.remises = True
    lieu.file.save(update_fields=["remises"])
    demande = lieu.demande("a_remettre")
    passage = lieu.recevoir(demande, chloe)
    creneau = CreneauFactory(file=lieu.file, debut=INSTANT + 1500 * MINUTE)
    au_guichet(client, chloe, lieu)
    page = client.get("/guichet/").content.decode()
    assert 'data-action="donner-rendez-vous"' in page

    reponse = poster(client, passage, "rendez-vous", creneau=creneau.pk, motivation="Revenez avec le passeport.")

    assert reponse.status_code == 303
    pris = RendezVous.objects.get(creneau=creneau)
    assert (pris.etat, pris.convocation.demande, pris.convocation.objet) == ("pris", demande, "remise")
    assert pris.convocation.motivation == "Revenez avec le passeport."
    assert {"convocation", "rendez_vous"} <= set(
        Notification.objects.filter(demande=demande).values_list("modele", flat=True)
    )
    page = client.get("/guichet/").content.decode()
    assert "data-revient" in page
    assert "Déplacer ce rendez-vous" in page
    imprime = client.get(f"/guichet/passages/{passage.pk}/rendez-vous/{demande.numero}/").content.decode()
    assert "5 mars 2030" in imprime
    assert "Revenez avec le passeport." in imprime
    assert client.get(f"/guichet/passages/{passage.pk}/rendez-vous/67-2030-999999/").status_code == 404

    plus_tard = CreneauFactory(file=lieu.file, debut=INSTANT + 1560 * MINUTE)
    assert poster(client, passage, "rendez-vous", creneau=plus_tard.pk).status_code == 303
    pris.refresh_from_db()
    assert (pris.etat, RendezVous.objects.actifs().get().creneau) == ("deplace", plus_tard)
    assert demande.convocations.count() == 1


def test_who_was_received_comes_back_another_day_and_keeps_it_when_sent_on(
    client: Client, chloe: Agent, lieu: Salle, temps_fige: Traveller
) -> None:
    demande = lieu.demande("complete")
    passage = lieu.recevoir(demande, chloe)
    creneau = CreneauFactory(file=lieu.file, debut=INSTANT + 1500 * MINUTE)
    au_guichet(client, chloe, lieu)
    temps_fige.move_to(INSTANT + 5 * MINUTE)
    assert poster(client, passage, "rendez-vous", creneau=creneau.pk, motivation="Revenez.").status_code == 303
    assert Demande.objects.get(pk=demande.pk).etat == "rdv_pris"

    par = acteur(chloe)
    autre = FileGuichetFactory(site=lieu.site, code="autre", motifs=[lieu.motif])
    lieu.guichet.files.add(autre)
    mouvements.transferer(passage, autre, note="", par=par, maintenant=maintenant())
    suivi = services.appeler_suivant(lieu.guichet, [autre], par=par, maintenant=maintenant())
    assert suivi == passage
    services.recevoir(suivi, par=par, maintenant=maintenant())
    services.terminer(suivi, par=par, maintenant=maintenant())

    assert Demande.objects.get(pk=demande.pk).etat == "rdv_pris"
    assert RendezVous.objects.get(creneau=creneau).etat == "pris"


def test_slot_taken_meanwhile_is_said_and_another_one_may_be_given(client: Client, chloe: Agent, lieu: Salle) -> None:
    lieu.file.remises = True
    lieu.file.save(update_fields=["remises"])
    passage = lieu.recevoir(lieu.demande("a_remettre"), chloe)
    pris = CreneauFactory(file=lieu.file, debut=INSTANT + 1500 * MINUTE, etat="ferme")
    libre = CreneauFactory(file=lieu.file, debut=INSTANT + 1520 * MINUTE)
    au_guichet(client, chloe, lieu)
    reponse = poster(client, passage, "rendez-vous", creneau=pris.pk, motivation="Revenez avec le passeport.")
    assert reponse.status_code == 422
    assert "vient d’être pris" in reponse.content.decode()
    assert 'value="Revenez avec le passeport."' in reponse.content.decode()
    assert poster(client, passage, "rendez-vous", creneau=libre.pk, motivation="Revenez.").status_code == 303


def test_demande_that_cannot_be_convoked_gets_no_next_appointment(client: Client, chloe: Agent, lieu: Salle) -> None:
    passage = lieu.recevoir(lieu.demande("en_instruction"), chloe)
    creneau = CreneauFactory(file=lieu.file, debut=INSTANT + 1500 * MINUTE)
    page = au_guichet(client, chloe, lieu).get("/guichet/").content.decode()
    assert 'data-action="donner-rendez-vous"' not in page
    assert poster(client, passage, "rendez-vous", creneau=creneau.pk, motivation="Revenez.").status_code == 409
    assert not RendezVous.objects.exists()
