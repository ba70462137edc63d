"""A hundred hostile files through the page of the documents: none is kept as it came, each has its sentence."""

from __future__ import annotations

import re
from html import unescape

import pytest
import time_machine
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile

from demandes.calculs.atelier import executer
from demandes.models import Piece
from demandes.services import preparation
from demandes.views import televersement
from tests.demandes.corpus_hostile import MALICE, corpus
from tests.demandes.factories import INSTANT
from tests.demandes.outils_depot import commencer, motif_ouvert, pdf

pytestmark = pytest.mark.django_db
NOMS = (
    "scan.pdf",
    "../../etc/passwd",
    "carte\u202efdp.exe",
    "a\r\nSet-Cookie: x=1.jpg",
    "<script>alert(1)</script>.pdf",
    "é" * 300 + ".png",
)


@pytest.fixture
def brouillon(client, monkeypatch):
    """A draft; the files are read in this process, since what is tried here is what is kept of them."""
    monkeypatch.setattr(preparation, "confier", executer)
    monkeypatch.setattr(televersement, "FICHIERS_PAR_HEURE", 1000)
    with time_machine.travel(INSTANT, tick=False):
        yield commencer(client, motif_ouvert())


def envoyer(client, demande, nom, contenu):
    fichier = SimpleUploadedFile(nom, contenu, "application/pdf")
    return client.post(f"/depot/{demande.cle}/pieces/", {"piece_piece-0": fichier, "enregistrer": "1"})


def phrase(reponse):
    """The sentence beside the field."""
    trouvee = re.search(r'id="id_piece_piece-0_erreur">(.*?)</p>', reponse.content.decode(), re.DOTALL)
    return unescape(trouvee[1]).strip() if trouvee else ""


def test_a_hundred_hostile_files_are_refused_with_a_sentence_or_rebuilt(client, brouillon):
    fichiers = corpus()
    assert len(fichiers) >= 100
    refuses, refaits = {}, 0
    for rang, (quoi, brut) in enumerate(fichiers):
        deja = set(Piece.objects.values_list("pk", flat=True))
        reponse = envoyer(client, brouillon, NOMS[rang % len(NOMS)], brut)
        nouvelle = Piece.objects.exclude(pk__in=deja).first()
        if reponse.status_code == 422:
            refuses[quoi] = phrase(reponse)
            assert nouvelle is None, quoi
            continue
        assert reponse.status_code == 303, quoi
        assert nouvelle is not None, quoi
        garde = nouvelle.fichier.read()
        assert garde != brut, quoi
        assert MALICE not in garde, quoi
        assert garde.startswith((b"%PDF-", b"\xff\xd8\xff")), quoi
        refaits += 1
    assert all(re.fullmatch(r"[A-ZÀ-Ý].{10,}\.", p) for p in refuses.values()), refuses
    assert "Traceback" not in "".join(refuses.values())
    assert (len(refuses), refaits) == (len(fichiers) - refaits, len(fichiers) - len(refuses))
    assert refaits < len(fichiers) / 4  # most are no document at all


@pytest.mark.parametrize("nom", NOMS)
def test_a_name_decides_nothing_and_is_shown_without_harm(client, brouillon, nom):
    assert envoyer(client, brouillon, nom, pdf().read()).status_code == 303
    piece = brouillon.pieces.courantes().get()
    assert re.fullmatch(r"[0-9a-f]{2}/[0-9a-f-]{36}/[0-9a-f-]{36}\.pdf", piece.fichier.name)
    assert storages["pieces"].exists(piece.fichier.name)
    reponse = client.get(f"/pieces/{piece.cle}/")
    assert reponse["Content-Type"] == "application/pdf"
    assert reponse["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in reponse["Content-Security-Policy"]
    assert "\r" not in reponse["Content-Disposition"]
    assert "\u202e" not in reponse["Content-Disposition"]
    page = client.get(f"/depot/{brouillon.cle}/pieces/").content.decode()
    assert "<script>alert" not in page
    assert "\u202e" not in page
