"""Documents photographed page by page, turned, and marked when they are shown."""

from __future__ import annotations

import io

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFilter

from demandes.models import Piece
from demandes.views import televersement
from tests.demandes.factories import DemandeFactory, PieceRequiseFactory
from tests.demandes.outils_depot import commencer, deposer, motif_ouvert, ouvrir_session, pdf, photo
from tests.parcours import amener_a

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


@pytest.fixture
def brouillon(client):
    return commencer(client, motif_ouvert())


def envoyer(client, demande, fichiers, **autres):
    return client.post(f"/depot/{demande.cle}/pieces/", {"piece_piece-0": fichiers, **autres})


def rester(client, demande, fichiers):
    assert envoyer(client, demande, fichiers, enregistrer="1").status_code == 303
    return demande.pieces.courantes().get()


def contenu(reponse):
    return b"".join(reponse.streaming_content)


def floue():
    image = Image.new("RGB", (1000, 1400), "white")
    ImageDraw.Draw(image).text((100, 100), "Passeport", fill="black", font_size=120)
    sortie = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(12)).save(sortie, "JPEG")
    return photo().__class__("IMG.jpg", sortie.getvalue(), "image/jpeg")


def test_several_photos_make_one_document(client, brouillon):
    piece = rester(client, brouillon, [photo("a.png"), pdf(), photo("c.png")])
    assert (piece.extension, piece.nb_pages, piece.nom_origine) == ("pdf", 3, "a.png")
    assert "3 pages" in client.get(f"/depot/{brouillon.cle}/pieces/").content.decode()
    with pikepdf.open(io.BytesIO(contenu(client.get(f"/pieces/{piece.cle}/")))) as document:
        assert len(document.pages) == 3


def mauvais(nom: str):
    return SimpleUploadedFile(nom, b"MZ un programme", "image/png")


def test_the_bad_one_of_several_is_named_and_the_others_are_kept(client, brouillon):
    reponse = envoyer(client, brouillon, [photo("recto.png"), mauvais("faux.png"), photo("verso.png")])
    assert reponse.status_code == 422
    page = reponse.content.decode()
    assert "faux.png\u00a0: Ce type de fichier n’est pas accepté." in page
    assert "Les autres fichiers de ce document sont gardés." in page
    assert (brouillon.pieces.get().nb_pages, brouillon.pieces.get().nom_origine) == (2, "recto.png")
    assert envoyer(client, brouillon, []).status_code == 303


def test_one_good_photo_beside_a_bad_file_is_kept_alone(client, brouillon):
    assert envoyer(client, brouillon, [mauvais("<b>.png"), photo("recto.png")]).status_code == 422
    assert brouillon.pieces.get().nom_origine == "recto.png"


def test_name_of_a_bad_file_is_shown_as_text(client, brouillon):
    page = envoyer(client, brouillon, [mauvais("<b>.png"), photo()]).content.decode()
    assert "&lt;b&gt;.png" in page
    assert "<b>.png" not in page


def test_good_and_bad_files_of_one_name_are_told_apart(client, brouillon):
    reponse = envoyer(client, brouillon, [mauvais("image.png"), photo("image.png"), mauvais("image.png")])
    assert reponse.status_code == 422
    assert reponse.content.decode().count("image.png\u00a0: Ce type de fichier") == 4  # twice, in two places
    assert brouillon.pieces.get().nom_origine == "image.png"


def test_piece_asked_for_again_is_kept_whole_or_not_at_all(client):
    demande = amener_a(DemandeFactory(motif=motif_ouvert()), "a_completer")
    ouvrir_session(client, demande)
    avant = demande.pieces.count()
    champ = f"piece_{demande.motif.pieces_requises.all()[0].code}"
    reponse = client.post(f"/suivi/{demande.numero}/pieces/", {champ: [photo("a.png"), mauvais("b.png")]})
    assert reponse.status_code == 422
    assert "b.png\u00a0: Ce type de fichier" in reponse.content.decode()
    assert demande.pieces.count() == avant
    demande.refresh_from_db()
    assert demande.etat == "a_completer"


def test_files_all_bad_store_nothing(client, brouillon):
    reponse = envoyer(client, brouillon, [mauvais("a.png"), mauvais("b.png")])
    assert reponse.status_code == 422
    assert not brouillon.pieces.exists()


def test_files_sent_while_staying_are_confirmed(client, brouillon):
    reponse = client.post(
        f"/depot/{brouillon.cle}/pieces/", {"piece_piece-0": photo(), "enregistrer": "1"}, follow=True
    )
    assert "Vos fichiers sont enregistrés." in reponse.content.decode()


def test_too_many_photos_are_refused_before_any_is_read(client, brouillon, monkeypatch):
    monkeypatch.delattr(televersement, "lire_fichier")
    reponse = envoyer(client, brouillon, [photo() for _ in range(21)])
    assert reponse.status_code == 422
    assert "Choisissez 20 fichiers au plus" in reponse.content.decode()


def test_blurred_photo_is_kept_and_told(client, brouillon):
    assert rester(client, brouillon, floue()).avis == Piece.Avis.FLOUE
    assert "Cette photo semble floue" in client.get(f"/depot/{brouillon.cle}/pieces/").content.decode()


def test_page_received_is_turned_and_stays_on_the_page(client, brouillon):
    rester(client, brouillon, [photo(), pdf()])
    reponse = client.post(f"/depot/{brouillon.cle}/pieces/", {"tourner": "piece-0:2"})
    assert reponse.status_code == 303
    assert reponse["Location"].endswith("/pieces/")
    piece = brouillon.pieces.courantes().get()
    with pikepdf.open(io.BytesIO(contenu(client.get(f"/pieces/{piece.cle}/")))) as document:
        assert [int(p.get("/Rotate", 0)) for p in document.pages] == [0, 90]


@pytest.mark.parametrize("ordre", ["inconnue", "piece-0:zut", "piece-0:99999999999"])
def test_nothing_to_turn_breaks_nothing(client, brouillon, ordre):
    assert client.post(f"/depot/{brouillon.cle}/pieces/", {"tourner": ordre}).status_code == 303


def montree(client, demande, piece):
    """Return the bytes shown, and those stored."""
    with piece.fichier.open("rb") as fichier:
        ranges = fichier.read()
    return contenu(client.get(f"/pieces/{piece.cle}/?apercu=1")), ranges


def test_identity_piece_is_never_shown_without_its_mark(client, chloe):
    motif = motif_ouvert(pieces=0)
    PieceRequiseFactory(motif=motif, code="passeport", identite=True)
    PieceRequiseFactory(motif=motif, code="domicile", identite=False)
    demande = deposer(client, motif)
    passeport, domicile = demande.pieces.order_by("piece_requise__ordre", "pk")
    vu_par_usager, range_ = montree(client, demande, passeport)
    assert vu_par_usager != range_
    assert vu_par_usager.startswith(b"\xff\xd8")
    ouvert, tel_quel = montree(client, demande, domicile)
    assert ouvert == tel_quel
    ouvrir_session(client, DemandeFactory())
    client.force_login(chloe)
    vu_par_agent, range_ = montree(client, demande, passeport)
    assert vu_par_agent not in (range_, vu_par_usager)
