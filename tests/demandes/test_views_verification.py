"""Agents' acts inside a file: pieces, messages, taking it."""

from __future__ import annotations

import io
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from demandes.acteur import acteur_usager
from demandes.models import Agent, Demande, Evenement, Piece
from demandes.services.messages import ecrire
from planipref.commun.horloge import maintenant
from tests.demandes.factories import DemandeFactory
from tests.demandes.outils_depot import pdf
from tests.parcours import amener_a

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


@pytest.fixture
def demande(db: None) -> Demande:
    return amener_a(DemandeFactory(), "deposee")


@pytest.fixture
def piece(demande: Demande) -> Piece:
    return demande.pieces.courantes().get()


def adresse(demande: Demande, suite: str) -> str:
    return f"/agent/demandes/{demande.numero}/{suite}/"


def photo() -> SimpleUploadedFile:
    flux = io.BytesIO()
    Image.new("RGB", (40, 40), "white").save(flux, "PNG")
    return SimpleUploadedFile("scan.png", flux.getvalue())


def test_conforme_marks_the_piece_and_goes_back_with_the_filters(client, chloe, demande, piece) -> None:
    client.force_login(chloe)
    reponse = client.post(adresse(demande, f"pieces/{piece.cle}/conforme") + "?etat=deposee")
    assert (reponse.status_code, reponse["Location"]) == (
        303,
        f"/agent/demandes/{demande.numero}/?etat=deposee#pieces",
    )
    piece.refresh_from_db()
    assert (piece.verdict, piece.verifiee_par) == (Piece.Verdict.CONFORME, chloe)


def test_non_conforme_needs_a_reason(client, chloe, demande, piece) -> None:
    client.force_login(chloe)
    url = adresse(demande, f"pieces/{piece.cle}/non-conforme")
    assert client.get(url).status_code == 200
    refus = client.post(url, {"raison": "  "})
    assert refus.status_code == 422
    assert "Dites pourquoi" in refus.content.decode()
    assert client.post(url, {"raison": "Photo floue."}).status_code == 303
    piece.refresh_from_db()
    assert piece.raison == "Photo floue."


def test_piece_of_a_decided_demande_is_409(client, chloe, demande, piece) -> None:
    amener_a(demande, "en_instruction")
    client.force_login(chloe)
    assert client.post(adresse(demande, f"pieces/{piece.cle}/conforme")).status_code == 409


def test_piece_of_another_demande_is_404(client, chloe, demande) -> None:
    autre = amener_a(DemandeFactory(), "deposee").pieces.courantes().get()
    client.force_login(chloe)
    for cle in (autre.cle, uuid.uuid4()):
        assert client.post(adresse(demande, f"pieces/{cle}/conforme")).status_code == 404


def test_foreign_agent_gets_404_and_the_desk_403(client, etienne, bruno, demande, piece) -> None:
    url = adresse(demande, f"pieces/{piece.cle}/conforme")
    client.force_login(etienne)
    assert client.post(url).status_code == 404
    client.force_login(bruno)
    assert client.post(url).status_code == 403
    piece.refresh_from_db()
    assert piece.verdict == Piece.Verdict.A_VERIFIER


def test_original_vu_replaces_the_file(client, chloe, demande, piece) -> None:
    client.force_login(chloe)
    assert client.post(adresse(demande, f"pieces/{piece.piece_requise.code}/original-vu")).status_code == 303
    assert demande.pieces.courantes().get().vue_au_guichet


def test_original_vu_by_the_desk_only_for_who_stands_before_it(client, bruno, demande, piece) -> None:
    url = adresse(demande, f"pieces/{piece.piece_requise.code}/original-vu")
    client.force_login(bruno)
    page = client.get(f"/agent/demandes/{demande.numero}/").content.decode()
    assert 'data-action="ajouter"' in page
    assert 'data-action="original-vu"' not in page
    assert client.post(url).status_code == 403
    assert not demande.pieces.courantes().get().vue_au_guichet
    Demande.objects.filter(pk=demande.pk).update(canal=Demande.Canal.GUICHET)
    assert 'data-action="original-vu"' in client.get(f"/agent/demandes/{demande.numero}/").content.decode()
    assert client.post(url).status_code == 303
    assert demande.pieces.courantes().get().vue_au_guichet


def test_ajouter_stores_the_scan(client, bruno, demande, piece) -> None:
    client.force_login(bruno)
    url = adresse(demande, f"pieces/{piece.piece_requise.code}/ajouter")
    assert client.post(url, {"fichiers": photo()}).status_code == 303
    assert demande.pieces.courantes().get().nom_origine == "scan.png"
    assert client.post(url, {}).status_code == 422
    faux = SimpleUploadedFile("scan.png", b"<script>")
    assert client.post(url, {"fichiers": faux}).status_code == 422


def test_ajouter_makes_one_document_of_several_photos(client, bruno, demande, piece) -> None:
    client.force_login(bruno)
    url = adresse(demande, f"pieces/{piece.piece_requise.code}/ajouter")
    assert "multiple" in client.get(url).content.decode().split('name="fichiers"')[1].split(">")[0]
    assert client.post(url, {"fichiers": [photo(), photo(), pdf()]}).status_code == 303
    ajoutee = demande.pieces.courantes().get()
    assert (ajoutee.extension, ajoutee.nb_pages, ajoutee.nom_origine) == ("pdf", 3, "scan.png")
    faux = SimpleUploadedFile("scan.png", b"<script>")
    refus = client.post(url, {"fichiers": [photo(), faux]})
    assert refus.status_code == 422
    assert "Fichier n° 2" in refus.content.decode()
    assert client.post(url, {"fichiers": [photo() for _ in range(21)]}).status_code == 422
    assert demande.pieces.courantes().get() == ajoutee


def test_message_is_written_and_an_empty_one_refused(client, chloe, demande) -> None:
    client.force_login(chloe)
    assert client.post(adresse(demande, "ecrire"), {"corps": " "}).status_code == 422
    assert client.post(adresse(demande, "ecrire"), {"corps": "Bonjour"}).status_code == 303
    assert demande.messages.get().agent == chloe


def test_message_of_the_usager_is_new_once(client, chloe, demande) -> None:
    ecrire(demande, "Bonjour ?", par=acteur_usager(demande.usager_id), maintenant=maintenant())
    client.force_login(chloe)
    page = f"/agent/demandes/{demande.numero}/"
    assert ">nouveau<" in client.get(page).content.decode()
    assert ">nouveau<" not in client.get(page).content.decode()


def test_attribution_takes_the_file_then_gives_it_back(client, chloe: Agent, demande) -> None:
    client.force_login(chloe)
    for attendu in (chloe.pk, None):
        assert client.post(adresse(demande, "attribution")).status_code == 303
        demande.refresh_from_db()
        assert demande.agent_id == attendu
    natures = Evenement.objects.filter(demande=demande, nature__startswith="attribution:")
    assert [e.nature for e in natures.order_by("pk")] == ["attribution:prise", "attribution:rendue"]


def test_attribution_by_the_desk_is_403(client: Client, bruno, demande) -> None:
    client.force_login(bruno)
    assert client.post(adresse(demande, "attribution")).status_code == 403
