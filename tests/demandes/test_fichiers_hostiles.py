"""Files made to harm: they cost little, they are refused with a sentence, and what is kept of a PDF does nothing."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import time
import zlib
from unittest import mock

import pikepdf
import pytest
import time_machine
from django.core.files.storage import storages
from pikepdf import Array, Dictionary, Name
from PIL import Image

from demandes.acteur import acteur_usager
from demandes.calculs import atelier, fichiers
from demandes.calculs.fichiers import assainir
from demandes.models import Piece
from demandes.services import pieces
from demandes.services.pieces import joindre
from demandes.services.preparation import lire_fichier
from demandes.views import televersement
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import maintenant
from tests.demandes.factories import INSTANT
from tests.demandes.outils_depot import commencer, motif_ouvert, pdf, photo

OCTETS_MAX = 10_000_000


def zeros(mega: int, motif: bytes = b" ") -> bytes:
    """Compress megabytes of the same byte, without holding them."""
    presse = zlib.compressobj(9)
    return b"".join([*(presse.compress(motif * 1_000_000) for _ in range(mega)), presse.flush()])


def document(*objets: bytes) -> bytes:
    """Write a PDF of one page, and further objects from 4 on; qpdf finds them without a table."""
    debut = (
        b"%PDF-1.7\n1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj\n"
        b"2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj\n"
        b"3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Contents 4 0 R"
        b" /Resources <</Font <</A 7 0 R>>>>>> endobj\n"
    )
    suite = b"".join(b"%d 0 obj %s endobj\n" % (rang, objet) for rang, objet in enumerate(objets, 4))
    return debut + suite + b"trailer <</Root 1 0 R>>\n%%EOF"


def flux(donnees: bytes, cles: bytes) -> bytes:
    return b"<<%s /Length %d>> stream\n%s\nendstream" % (cles, len(donnees), donnees)


def png_vide(cote: int, profondeur: int, couleur: int, octets_par_ligne: int) -> bytes:
    """Write a black PNG, row by row compressed: some kilobytes, whatever its size."""

    def bloc(genre: bytes, donnees: bytes) -> bytes:
        return struct.pack(">I", len(donnees)) + genre + donnees + struct.pack(">I", zlib.crc32(genre + donnees))

    presse = zlib.compressobj(9)
    lignes = b"".join([*(presse.compress(bytes(octets_par_ligne + 1)) for _ in range(cote)), presse.flush()])
    entete = struct.pack(">IIBBBBB", cote, cote, profondeur, couleur, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + bloc(b"IHDR", entete) + bloc(b"IDAT", lignes) + bloc(b"IEND", b"")


def test_stream_of_many_filters_is_copied_not_unfolded():
    bombe = zlib.compress(zeros(400), 9)
    brut = document(flux(bombe, b"/Filter [/FlateDecode /FlateDecode]"))
    debut = time.process_time()
    assert assainir(brut, octets_max=OCTETS_MAX).extension == "pdf"
    assert time.process_time() - debut < 1


def pages_dans_un_flux(mega: int) -> bytes:
    """Write a good PDF whose list of pages is in a stream of objects, followed by megabytes of spaces."""
    presse = zlib.compressobj(1)
    objets = presse.compress(b"5 0 <</Type /Pages /Kids [3 0 R] /Count 1>>")
    objets += b"".join([*(presse.compress(b" " * 1_000_000) for _ in range(mega)), presse.flush()])
    corps = b"%PDF-1.7\n"
    places = {}
    for rang, objet in (
        (1, b"<</Type /Catalog /Pages 5 0 R>>"),
        (3, b"<</Type /Page /Parent 5 0 R /MediaBox [0 0 100 100]>>"),
        (4, flux(objets, b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode")),
    ):
        places[rang] = (1, len(corps), 0)
        corps += b"%d 0 obj %s endobj\n" % (rang, objet)
    places |= {5: (2, 4, 0), 6: (1, len(corps), 0)}
    table = b"".join(struct.pack(">BIH", *places.get(rang, (0, 0, 0))) for rang in range(7))
    fin = flux(table, b"/Type /XRef /Size 7 /W [1 4 2] /Root 1 0 R")
    return corps + b"6 0 obj %s endobj\nstartxref\n%d\n%%%%EOF" % (fin, len(corps))


def test_stream_of_objects_that_fills_the_memory_is_refused_and_the_site_lives():
    assert lire_fichier(pages_dans_un_flux(1)).extension == "pdf"
    with pytest.raises(ErreurMetier, match="abîmé ou illisible"):
        lire_fichier(pages_dans_un_flux(900))


@pytest.mark.parametrize(("profondeur", "couleur", "ligne"), [(1, 0, 968), (8, 6, 30960)])
def test_png_that_unfolds_is_refused_before_it_is_decoded(profondeur, couleur, ligne):
    bombe = png_vide(7740, profondeur, couleur, ligne)
    assert len(bombe) < 300_000
    with mock.patch.object(Image.Image, "load", side_effect=AssertionError), pytest.raises(ErreurMetier) as refus:
        assainir(bombe, octets_max=OCTETS_MAX)
    assert refus.value.code == "image_trop_grande"


def test_eps_disguised_as_a_photo_never_reaches_ghostscript():
    eps = b"%!PSftypheic-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n"
    with mock.patch("PIL.EpsImagePlugin.Ghostscript", side_effect=AssertionError), pytest.raises(ErreurMetier) as refus:
        assainir(eps, octets_max=OCTETS_MAX)
    assert refus.value.code == "fichier_illisible"


@pytest.mark.parametrize("mode", ["1", "P", "L", "RGB", "RGBA", "CMYK"])
def test_photos_of_all_modes_are_reduced_and_set_upright(mode):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    sortie = io.BytesIO()
    genre = "JPEG" if mode == "CMYK" else "PNG"
    Image.new(mode, (4000, 1000)).save(sortie, genre, exif=exif)
    with Image.open(io.BytesIO(assainir(sortie.getvalue(), octets_max=OCTETS_MAX).donnees)) as image:
        assert (image.mode, image.size) == ("RGB", (750, 3000))
        assert not image.getexif()


def test_pdf_keeps_its_pages_and_nothing_that_acts():
    with pikepdf.new() as source:
        source.add_blank_page()
        script = source.make_indirect(Dictionary(S=Name.JavaScript, JS="app.alert(1)"))
        lance = Dictionary(S=Name.Launch, F="calc.exe")
        cache = source.make_indirect(Dictionary(EF=Dictionary(F=source.make_stream(b"MZ un programme"))))
        with source.open_outline() as plan:
            plan.root.append(pikepdf.OutlineItem("un", action=script))
            plan.root.append(pikepdf.OutlineItem("deux", action=source.make_indirect(lance)))
        source.Root.PieceInfo = Dictionary(X=Dictionary(Private=cache))
        source.Root.OpenAction = script
        source.Root.Lang = "fr"
        page = source.pages[0]
        page.PieceInfo = Dictionary(X=Dictionary(Private=cache))
        page.AA = Dictionary(O=script)
        forme = source.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 1, 1]))
        forme.PieceInfo = Dictionary(X=cache)
        forme.Detour = Array([Dictionary(A=lance), Dictionary(A=Dictionary(S=Name.GoTo, D="la"))])
        police = Dictionary(Type=Name.Font, Subtype=Name.Type3, CharProcs=Dictionary(A=source.make_stream(b"0 0 d0")))
        page.Resources = Dictionary(XObject=Dictionary(Forme=forme), Font=Dictionary(A=police, AA=police))
        sortie = io.BytesIO()
        source.save(sortie, compress_streams=False)
    propre = assainir(sortie.getvalue(), octets_max=OCTETS_MAX).donnees
    for mot in (b"JavaScript", b"app.alert", b"Launch", b"calc.exe", b"PieceInfo", b"MZ un", b"/EF", b"Outlines"):
        assert mot in sortie.getvalue()
        assert mot not in propre
    with pikepdf.open(io.BytesIO(propre)) as pdf_propre:
        assert set(pdf_propre.Root.keys()) == {"/Type", "/Pages", "/Lang"}
        ressources = pdf_propre.pages[0].Resources
        assert set(ressources.Font.keys()) == {"/A", "/AA"}
        assert "/A" in ressources.Font.A.CharProcs
        assert [set(d.keys()) for d in ressources.XObject.Forme.Detour] == [set(), {"/A"}]


def test_workshop_gives_the_same_file_and_the_same_refusals():
    brut = photo().read()
    assert lire_fichier(brut) == assainir(brut, octets_max=OCTETS_MAX)
    for mauvais in (b"", b"MZ un programme", pdf("secret").read()):
        with pytest.raises(ErreurMetier) as direct:
            assainir(mauvais, octets_max=OCTETS_MAX)
        with pytest.raises(ErreurMetier) as rendu:
            lire_fichier(mauvais)
        assert (rendu.value.code, rendu.value.message) == (direct.value.code, direct.value.message)


def test_workshop_knows_neither_django_nor_decoders_before_its_limits():
    essai = (
        "import sys, demandes.calculs.atelier as a; tot = set(sys.modules); a.borner();"
        "import demandes.calculs.fichiers; assert not tot & {'pikepdf', 'PIL'}; assert 'django' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", essai], cwd=atelier.RACINE, env=atelier.ENVIRONNEMENT, check=True)


def test_workshop_that_takes_too_long_is_an_unreadable_file_and_gives_its_place_back(monkeypatch):
    monkeypatch.setattr(atelier, "SECONDES_MAX", 0.01)
    for _ in range(3):
        with pytest.raises(ErreurMetier) as refus:
            lire_fichier(photo().read())
        assert refus.value.code == "fichier_illisible"


def test_workshop_takes_two_files_at_once_then_asks_to_wait(monkeypatch):
    monkeypatch.setattr(atelier, "ATTENTE_MAX", 0.01)
    with atelier._places, atelier._places, pytest.raises(ErreurMetier) as refus:
        lire_fichier(photo().read())
    assert refus.value.code == "atelier_occupe"


def test_pdf_that_unfolds_beyond_its_weight_is_too_heavy(monkeypatch):
    brut = pdf().read()
    monkeypatch.setattr(fichiers, "trop_lourd", lambda _: ErreurMetier("fichier_trop_lourd", "…"))
    with pytest.raises(ErreurMetier) as refus:
        fichiers._pdf(brut, 100)
    assert refus.value.code == "fichier_trop_lourd"


@pytest.fixture
def brouillon(client):
    with time_machine.travel(INSTANT, tick=False):
        yield commencer(client, motif_ouvert())


def ranges(demande):
    """Names of the files of a demande in the store."""
    dossier = f"{demande.cle.hex[:2]}/{demande.cle}"
    reserve = storages["pieces"]
    return reserve.listdir(dossier)[1] if reserve.exists(dossier) else []


def donner(demande):
    requise = demande.motif.pieces_requises.get()
    fichier = fichiers.Fichier(b"%PDF-1.7", "pdf")
    par = acteur_usager(demande.usager_id)
    return joindre(demande, requise, fichier, nom="scan.pdf", par=par, maintenant=maintenant())


@pytest.mark.django_db
def test_draft_replaced_twice_keeps_one_file(client, brouillon, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        premiere, _, derniere = donner(brouillon), donner(brouillon), donner(brouillon)
    assert ranges(brouillon) == [f"{derniere.cle}.pdf"]
    premiere.refresh_from_db()
    assert premiere.remplacee_le
    assert not premiere.fichier
    assert client.get(f"/pieces/{premiere.cle}/").status_code == 404
    assert client.get(f"/pieces/{derniere.cle}/").status_code == 200


@pytest.mark.django_db
def test_draft_replaced_before_its_analysis_no_longer_waits_for_it(brouillon):
    premiere = donner(brouillon)
    brouillon.pieces.update(scan=Piece.Scan.EN_ATTENTE)
    donner(brouillon)
    premiere.refresh_from_db()
    assert premiere.scan == Piece.Scan.ILLISIBLE
    assert not Piece.objects.a_scanner().exists()


@pytest.mark.django_db
def test_rollback_leaves_no_file_and_keeps_the_former_one(brouillon, monkeypatch, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        ancienne = donner(brouillon)
    monkeypatch.setattr(pieces, "journaliser", mock.Mock(side_effect=RuntimeError("panne")))
    with django_capture_on_commit_callbacks(execute=True) as rappels, pytest.raises(RuntimeError, match="panne"):
        donner(brouillon)
    assert rappels == []
    assert ranges(brouillon) == [f"{ancienne.cle}.pdf"]
    assert brouillon.pieces.courantes().get() == ancienne


@pytest.mark.django_db
def test_too_many_files_for_one_demande_are_429(client, brouillon, monkeypatch):
    monkeypatch.setattr(televersement, "FICHIERS_PAR_HEURE", 2)
    adresse = f"/depot/{brouillon.cle}/pieces/"
    reponses = [client.post(adresse, {"piece_piece-0": pdf(), "enregistrer": ""}) for _ in range(3)]
    assert [r.status_code for r in reponses] == [303, 303, 429]
    assert "Trop d’essais" in reponses[-1].content.decode()
