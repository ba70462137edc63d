"""Photos: judged, put together, turned and marked."""

from __future__ import annotations

import io

import pikepdf
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from demandes.calculs import assemblage
from demandes.calculs.assemblage import assembler, tourner
from demandes.calculs.fichiers import assainir
from demandes.calculs.filigrane import filigraner
from demandes.calculs.nettete import FLOUE, SOMBRE, juger
from planipref.commun.erreurs import ErreurMetier

GROS = 20_000_000
MENTION = "COPIE / PREFECTURE / 67-2030-000123 / agent chloe / 04/03/2030 09:00"


def page(encre: str = "#222222", taille: int = 24) -> Image.Image:
    """Draw a page of A4 at 200 dpi, written in about 10 points."""
    image = Image.new("RGB", (1654, 2339), "#f4f2ea")
    dessin = ImageDraw.Draw(image)
    for y in range(150, 2200, 40):
        dessin.text(
            (150, y), "Attestation de domicile, signee a Strasbourg par la mairie", fill=encre, font_size=taille
        )
    return image


def jpeg(image: Image.Image) -> bytes:
    sortie = io.BytesIO()
    image.save(sortie, "JPEG", quality=85)
    return sortie.getvalue()


def deux_pages() -> bytes:
    sortie = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(595, 842))
        document.add_blank_page(page_size=(595, 842))
        document.save(sortie)
    return sortie.getvalue()


@pytest.mark.parametrize("image", [page(), page("#888888"), page(taille=60), Image.new("RGB", (900, 600), "white")])
def test_page_that_can_be_read_is_not_complained_about(image):
    assert juger(image) == ""


@pytest.mark.parametrize("flou", [4, 6, 10, 14])
def test_letters_that_run_into_each_other_are_blurred(flou):
    assert juger(page().filter(ImageFilter.GaussianBlur(flou))) == FLOUE


def test_what_a_reader_would_not_see_is_not_a_blur():
    """A photo of 12 Mpx shows the grain of the lens, not the page."""
    grande = page().resize((3308, 4678), Image.Resampling.BICUBIC)
    assert juger(grande) == ""


def test_page_in_the_dark_is_too_dark():
    assert juger(page().point(lambda v: v // 4)) == SOMBRE


def test_rebuilt_photo_carries_its_warning():
    assert assainir(jpeg(page().filter(ImageFilter.GaussianBlur(6))), octets_max=GROS).avis == FLOUE
    assert assainir(jpeg(page()), octets_max=GROS).avis == ""


def test_photos_and_pdf_become_one_pdf_in_their_order():
    debout, couchee = jpeg(page()), jpeg(page().rotate(90, expand=True))
    ensemble = assembler([debout, deux_pages(), couchee], octets_max=GROS)
    assert (ensemble.extension, ensemble.pages) == ("pdf", 4)
    with pikepdf.open(io.BytesIO(ensemble.donnees)) as pdf:
        tailles = [tuple(round(float(c)) for c in p.mediabox[2:]) for p in pdf.pages]
        assert tailles == [(595, 842), (595, 842), (595, 842), (842, 595)]
        premiere = next(iter(pdf.pages[0].get_images().values()))
        assert premiere.read_raw_bytes() == debout  # not encoded a second time


def test_one_document_has_its_limits(monkeypatch):
    photo = jpeg(Image.new("RGB", (60, 60), "white"))
    with pytest.raises(ErreurMetier) as lourd:
        assembler([photo, photo], octets_max=500)
    assert lourd.value.code == "fichier_trop_lourd"
    monkeypatch.setattr(assemblage, "PAGES_MAX", 3)
    with pytest.raises(ErreurMetier) as long:
        assembler([deux_pages(), deux_pages()], octets_max=GROS)
    assert long.value.code == "fichier_trop_long"


def test_photo_turns_clockwise():
    image = Image.new("RGB", (400, 200), "white")
    ImageDraw.Draw(image).rectangle((0, 0, 60, 60), fill="red")  # top left
    tournee = Image.open(io.BytesIO(tourner(jpeg(image)).donnees))
    assert tournee.size == (200, 400)
    rouge = ImageChops.invert(tournee.split()[1]).point(lambda v: v if v > 100 else 0)
    gauche, _, _, bas = rouge.getbbox() or (0, 0, 0, 400)
    assert gauche > 130  # top right
    assert bas < 70


@pytest.mark.parametrize(("rang", "angles"), [(2, [0, 90]), (0, [90, 90]), (9, [0, 0])])
def test_pages_of_a_pdf_turn_one_by_one_or_together(rang, angles):
    tourne = tourner(deux_pages(), page=rang)
    with pikepdf.open(io.BytesIO(tourne.donnees)) as pdf:
        assert [int(p.get("/Rotate", 0)) for p in pdf.pages] == angles


@pytest.mark.parametrize("taille", [(1654, 2339), (300, 190), (2000, 700)])
def test_mark_crosses_every_quarter_of_a_photo_and_lets_it_be_read(taille):
    avant = Image.new("RGB", taille, "white")
    apres = Image.open(io.BytesIO(filigraner(jpeg(avant), texte=MENTION).donnees))
    assert apres.size == taille
    touche = ImageChops.difference(avant, apres.convert("RGB")).convert("L").point(lambda v: 255 if v > 40 else 0)
    milieu_x, milieu_y = taille[0] // 2, taille[1] // 2
    for x in (0, milieu_x):
        for y in (0, milieu_y):
            assert touche.crop((x, y, x + milieu_x, y + milieu_y)).getbbox()
    assert touche.histogram()[255] < 0.25 * taille[0] * taille[1]


def test_mark_is_written_on_every_page_of_a_pdf():
    marque = filigraner(deux_pages(), texte=MENTION)
    with pikepdf.open(io.BytesIO(marque.donnees)) as pdf:
        for feuille in pdf.pages:
            formes = [f.read_bytes() for f in feuille.Resources.XObject.values()]
            assert any(MENTION.encode() in f for f in formes)
