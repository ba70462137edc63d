from __future__ import annotations

import uuid

import pytest
import time_machine

from demandes.models import Evenement, Piece
from tests.demandes.factories import INSTANT, AgentFactory, DemandeFactory, PrefectureFactory
from tests.demandes.outils_depot import motif_ouvert, ouvrir_session
from tests.parcours import amener_a

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _lundi():
    with time_machine.travel(INSTANT, tick=False):
        yield


@pytest.fixture
def demande():
    return amener_a(DemandeFactory(motif=motif_ouvert()), "deposee")


def lectures(demande):
    return list(
        Evenement.objects.filter(demande=demande, nature__startswith="lecture:").values_list("nature", flat=True)
    )


def test_usager_downloads_a_piece_and_the_receipt(client, demande):
    ouvrir_session(client, demande)
    piece = client.get(f"/pieces/{demande.pieces.get().cle}/")
    assert piece.status_code == 200
    assert piece["Content-Disposition"] == 'attachment; filename="piece-0.pdf"'
    assert "sandbox" in piece["Content-Security-Policy"]
    assert piece["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in piece["Cache-Control"]
    acte = client.get(f"/actes/{demande.actes.get().code}.pdf")
    assert b"".join(acte.streaming_content).startswith(b"%PDF-")
    demande.actes.get().refresh_from_db()
    assert len(demande.actes.get().sha256) == 64
    assert lectures(demande) == []


def test_preview_is_inline(client, demande):
    ouvrir_session(client, demande)
    reponse = client.get(f"/pieces/{demande.pieces.get().cle}/?apercu=1")
    assert reponse["Content-Disposition"].startswith("inline")
    assert "default-src 'none'" in reponse["Content-Security-Policy"]
    assert reponse["X-Frame-Options"] == "SAMEORIGIN"


def test_anybody_else_gets_404(client, demande):
    adresses = [f"/pieces/{demande.pieces.get().cle}/", f"/actes/{demande.actes.get().code}.pdf"]
    for adresse in [*adresses, f"/pieces/{uuid.uuid4()}/", "/actes/ABCD-EFGH-2345-6789.pdf"]:
        assert client.get(adresse).status_code == 404
    ouvrir_session(client, DemandeFactory(motif=demande.motif))
    for adresse in adresses:
        assert client.get(adresse).status_code == 404


def test_agent_of_the_prefecture_reads_and_it_is_in_the_journal(client, demande):
    client.force_login(AgentFactory(instructeur=True))
    assert client.get(f"/pieces/{demande.pieces.get().cle}/").status_code == 200
    assert client.get(f"/actes/{demande.actes.get().code}.pdf").status_code == 200
    assert sorted(lectures(demande)) == ["lecture:acte", "lecture:piece"]


def test_agent_of_another_prefecture_gets_404(client, demande):
    client.force_login(AgentFactory(instructeur=True, prefecture=PrefectureFactory(departement="60")))
    assert client.get(f"/pieces/{demande.pieces.get().cle}/").status_code == 404
    assert client.get(f"/actes/{demande.actes.get().code}.pdf").status_code == 404
    assert lectures(demande) == []


@pytest.mark.parametrize("scan", [Piece.Scan.EN_ATTENTE, Piece.Scan.INFECTEE, Piece.Scan.ILLISIBLE])
def test_piece_not_known_to_be_harmless_is_served_to_nobody(client, demande, scan):
    demande.pieces.update(scan=scan)
    ouvrir_session(client, demande)
    client.force_login(AgentFactory(instructeur=True))
    assert client.get(f"/pieces/{demande.pieces.get().cle}/").status_code == 404


def test_act_is_verified_by_its_code_without_personal_data(client, demande):
    code = demande.actes.get().code
    assert client.get("/verifier/", {"code": code.replace("-", " ").lower()}).url == f"/verifier/{code}/"
    reponse = client.get(f"/verifier/{code}/")
    page = reponse.content.decode()
    assert reponse.status_code == 200
    assert "Ce document est authentique" in page
    assert "Accusé de réception" in page
    assert demande.prefecture.nom in page
    for secret in (demande.numero, "Ben Ali", "BEN ALI", "Amina", demande.motif.libelle):
        assert secret not in page


def test_unknown_code_is_404_and_a_malformed_one_is_422(client):
    assert client.get("/verifier/ABCD-EFGH-2345-6789/").status_code == 404
    assert client.get("/verifier/x/").status_code == 404
    assert client.get("/verifier/", {"code": "x"}).status_code == 422


def test_too_many_verifications_are_429(client):
    statuts = [client.get("/verifier/ABCD-EFGH-2345-6789/").status_code for _ in range(31)]
    assert statuts == [404] * 30 + [429]
