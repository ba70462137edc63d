from __future__ import annotations

import uuid

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from demandes.models import Demande, Question
from tests.demandes.factories import INSTANT, DemandeFactory, PieceRequiseFactory, QuestionFactory
from tests.demandes.outils_depot import (
    COORDONNEES,
    IDENTITE,
    commencer,
    deposer,
    motif_ouvert,
    ouvrir_session,
    pdf,
    photo,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _lundi():
    with time_machine.travel(INSTANT, tick=False):
        yield


def test_deposit_walks_to_a_numbered_demande_with_its_receipt(client):
    demande = deposer(client, motif_ouvert())
    assert demande.etat == "deposee"
    page = client.get(f"/depot/{demande.cle}/confirmation/").content.decode()
    assert f'data-numero="{demande.numero}"' in page
    assert 'data-etat="deposee"' in page
    assert f"/actes/{demande.actes.get().code}.pdf" in page
    assert "lundi 4 mars 2030" in page


def test_first_page_keeps_what_was_typed_and_answers_422_on_bad_input(client):
    demande = commencer(client, motif_ouvert())
    reponse = client.post(f"/depot/{demande.cle}/identite/", {**IDENTITE, "date_naissance": "31/02/1980"})
    page = reponse.content.decode()
    assert reponse.status_code == 422
    assert 'value="Ben Ali"' in page
    assert 'value="31/02/1980"' in page
    assert "fr-error-text" in page


def test_page_is_saved_and_shown_again_when_one_comes_back(client):
    demande = commencer(client, motif_ouvert())
    client.post(f"/depot/{demande.cle}/identite/", {**IDENTITE, "date_naissance": "00/00/1980"})
    demande.usager.refresh_from_db()
    assert demande.usager.date_naissance == "1980-00-00"
    page = client.get(f"/depot/{demande.cle}/identite/").content.decode()
    assert 'value="00/00/1980"' in page
    assert client.get(f"/depot/{demande.cle}/").url.endswith("/coordonnees/")


def test_coordinates_without_any_way_to_answer_are_refused(client):
    demande = commencer(client, motif_ouvert())
    reponse = client.post(f"/depot/{demande.cle}/coordonnees/", {**COORDONNEES, "courriel": "", "telephone": ""})
    assert reponse.status_code == 422
    assert "Donnez une adresse de courriel" in reponse.content.decode()


def test_steps_without_questions_nor_pieces_are_skipped(client):
    demande = commencer(client, motif_ouvert(pieces=0))
    assert client.get(f"/depot/{demande.cle}/questions/").status_code == 404
    assert client.get(f"/depot/{demande.cle}/pieces/").status_code == 404
    assert client.post(f"/depot/{demande.cle}/coordonnees/", COORDONNEES).url.endswith("/recapitulatif/")


@pytest.fixture
def motif_a_questions():
    motif = motif_ouvert(pieces=0)
    QuestionFactory(motif=motif, code="visa", genre=Question.Genre.OUI_NON, ordre=0)
    QuestionFactory(
        motif=motif,
        code="numero_visa",
        ordre=1,
        condition={"op": "egal", "question": "visa", "valeur": "oui"},
        motif_regex=r"^[A-Z0-9]{9}$",
        message_regex="Neuf signes.",
    )
    QuestionFactory(motif=motif, code="arrivee", genre=Question.Genre.DATE, ordre=2)
    QuestionFactory(motif=motif, code="enfants", genre=Question.Genre.NOMBRE, obligatoire=False, ordre=3)
    return motif


def repondre(client, demande, **reponses):
    """Send one answer to the page of its question; return what follows."""
    (code,) = reponses
    return client.post(f"/depot/{demande.cle}/questions/{code}/", reponses)


def test_each_question_has_its_page_and_a_conditional_one_only_when_its_condition_holds(client, motif_a_questions):
    demande = commencer(client, motif_a_questions)
    base = f"/depot/{demande.cle}/"
    assert client.get(f"{base}questions/").url == f"{base}questions/visa/"
    page = client.get(f"{base}questions/visa/").content.decode()
    assert "Question 1 sur 3" in page
    assert 'name="arrivee"' not in page
    assert repondre(client, demande, visa="non").url == f"{base}questions/arrivee/"
    assert client.get(f"{base}questions/numero_visa/").url == f"{base}questions/"
    assert repondre(client, demande, visa="oui").url == f"{base}questions/numero_visa/"
    assert repondre(client, demande, numero_visa="").status_code == 422
    assert repondre(client, demande, numero_visa="ABC123DEF").url == f"{base}questions/arrivee/"
    assert repondre(client, demande, arrivee="01/02/2029").url == f"{base}questions/enfants/"
    assert repondre(client, demande, enfants="").url == f"{base}recapitulatif/"
    demande.refresh_from_db()
    assert demande.reponses == {"visa": "oui", "numero_visa": "ABC123DEF", "arrivee": "2029-02-01", "enfants": ""}


def test_an_answer_no_longer_asked_for_is_forgotten(client, motif_a_questions):
    demande = commencer(client, motif_a_questions)
    repondre(client, demande, visa="oui")
    repondre(client, demande, numero_visa="ABC123DEF")
    repondre(client, demande, visa="non")
    demande.refresh_from_db()
    assert demande.reponses == {"visa": "non"}


def test_a_correction_leads_back_to_the_summary_unless_it_calls_for_another_question(client, motif_a_questions):
    demande = commencer(client, motif_a_questions)
    base = f"/depot/{demande.cle}/"
    for reponse in ({"visa": "non"}, {"arrivee": "01/02/2029"}, {"enfants": "2"}):
        repondre(client, demande, **reponse)
    assert f"{base}questions/visa/?corrige=1" in client.get(f"{base}recapitulatif/").content.decode()
    suite = client.post(f"{base}questions/visa/?corrige=1", {"visa": "oui"})
    assert suite.url == f"{base}questions/numero_visa/?corrige=1"
    assert client.post(suite.url, {"numero_visa": "ABC123DEF"}).url == f"{base}recapitulatif/"
    assert client.post(f"{base}identite/?corrige=1", IDENTITE).url == f"{base}recapitulatif/"


def test_a_question_of_another_motif_is_not_asked(client, motif_a_questions):
    demande = commencer(client, motif_a_questions)
    suite = client.post(f"/depot/{demande.cle}/questions/inconnue/", {"inconnue": "1"})
    assert suite.url == f"/depot/{demande.cle}/questions/"
    demande.refresh_from_db()
    assert demande.reponses == {}


def test_answer_must_match_its_whole_rule_but_case_and_spaces_are_forgiven(client, motif_a_questions):
    demande = commencer(client, motif_a_questions)
    repondre(client, demande, visa="oui")
    mauvaise = repondre(client, demande, numero_visa="ABC")
    assert mauvaise.status_code == 422
    assert "Neuf signes." in mauvaise.content.decode()
    assert 'value="ABC"' in mauvaise.content.decode()
    assert repondre(client, demande, numero_visa="abc 123 def").status_code == 303
    assert repondre(client, demande, enfants="2,5").status_code == 303
    demande.refresh_from_db()
    assert demande.reponses["numero_visa"] == "ABC123DEF"
    assert demande.reponses["enfants"] == "2.5"


def test_good_file_is_kept_when_the_other_is_refused(client):
    demande = commencer(client, motif_ouvert(pieces=2))
    faux = SimpleUploadedFile("facture.pdf", b"MZ\x90\x00un programme", "application/pdf")
    reponse = client.post(f"/depot/{demande.cle}/pieces/", {"piece_piece-0": photo(), "piece_piece-1": faux})
    page = reponse.content.decode()
    assert reponse.status_code == 422
    assert demande.pieces.courantes().get().piece_requise.code == "piece-0"
    assert "Document reçu" in page
    assert "Ce type de fichier n’est pas accepté." in page
    assert 'id="id_piece_piece-1_erreur"' in page
    assert 'id="id_piece_piece-0_erreur"' not in page


@pytest.mark.parametrize(
    ("fichier", "message"),
    [
        (lambda: SimpleUploadedFile("vide.pdf", b"", "application/pdf"), "Ce fichier est vide."),
        (lambda: pdf("secret"), "protégé par un mot de passe"),
        (lambda: SimpleUploadedFile("film.jpg", b"\xff\xd8\xff" + bytes(30_000_000), "image/jpeg"), "trop lourd"),
        (lambda: SimpleUploadedFile("abime.jpg", b"\xff\xd8\xff" + bytes(100), "image/jpeg"), "illisible"),
    ],
    ids=["vide", "chiffre", "lourd", "abime"],
)
def test_bad_file_gets_a_clear_message(client, fichier, message):
    demande = commencer(client, motif_ouvert())
    reponse = client.post(f"/depot/{demande.cle}/pieces/", {"piece_piece-0": fichier()})
    assert reponse.status_code == 422
    assert message in reponse.content.decode()
    assert not demande.pieces.exists()


def test_missing_piece_is_asked_for_and_one_given_is_not_asked_again(client):
    demande = commencer(client, motif_ouvert())
    adresse = f"/depot/{demande.cle}/pieces/"
    assert client.post(adresse, {}).status_code == 422
    garde = client.post(adresse, {"piece_piece-0": pdf(), "enregistrer": "1"})
    assert garde.status_code == 303
    assert garde.url == adresse
    assert client.post(adresse, {}).url.endswith("/recapitulatif/")
    client.post(adresse, {"piece_piece-0": photo()})
    assert demande.pieces.courantes().get().extension == "jpg"
    assert demande.pieces.count() == 2


def test_piece_for_the_counter_is_listed_and_never_uploaded(client):
    motif = motif_ouvert()
    PieceRequiseFactory(motif=motif, code="original", au_guichet=True, libelle="Le passeport original", formats=[])
    demande = commencer(client, motif)
    page = client.get(f"/depot/{demande.cle}/pieces/").content.decode()
    assert "Le passeport original" in page
    assert "piece_original" not in page


def test_summary_refuses_what_is_missing_and_an_unticked_box(client):
    demande = commencer(client, motif_ouvert())
    adresse = f"/depot/{demande.cle}/recapitulatif/"
    assert client.post(adresse, {}).status_code == 422
    reponse = client.post(adresse, {"sincerite": "on"})
    assert reponse.status_code == 422
    assert "Indiquez le nom" in reponse.content.decode()
    client.post(f"/depot/{demande.cle}/identite/", IDENTITE)
    client.post(f"/depot/{demande.cle}/coordonnees/", COORDONNEES)
    assert "Il manque une pièce obligatoire." in client.post(adresse, {"sincerite": "on"}).content.decode()


def test_second_deposit_leads_to_the_confirmation_and_makes_no_second_demande(client):
    demande = deposer(client, motif_ouvert())
    for etape in ("identite", "coordonnees", "pieces", "recapitulatif"):
        for reponse in (
            client.get(f"/depot/{demande.cle}/{etape}/"),
            client.post(f"/depot/{demande.cle}/{etape}/", {"sincerite": "on"}),
        ):
            assert reponse.status_code == 303
            assert reponse.url == f"/depot/{demande.cle}/confirmation/"
    assert Demande.objects.count() == 1
    assert demande.actes.count() == 1


def test_draft_of_somebody_else_and_unknown_draft_are_404(client):
    motif = motif_ouvert()
    etrangere = DemandeFactory(motif=motif)
    ouvrir_session(client, DemandeFactory(motif=motif))
    for cle in (etrangere.cle, uuid.uuid4()):
        assert client.get(f"/depot/{cle}/identite/").status_code == 404
        assert client.post(f"/depot/{cle}/identite/", IDENTITE).status_code == 404
        assert client.get(f"/depot/{cle}/confirmation/").status_code == 404
    etrangere.usager.refresh_from_db()
    assert etrangere.usager.nationalite == "tunisienne"


def test_draft_without_session_is_resumed_with_a_mailed_code(client):
    demande = DemandeFactory(motif=motif_ouvert(pieces=0), usager__courriel="amina@example.org")
    page = client.get(f"/depot/{demande.cle}/")
    assert page.status_code == 200
    assert "Ben Ali" not in page.content.decode()
    reponse = client.post(f"/depot/{demande.cle}/", {"date_naissance": "17/05/1980"})
    assert reponse.url == "/suivi/code/"
    assert demande.codes_acces.count() == 1
