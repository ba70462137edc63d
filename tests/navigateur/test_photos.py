"""What the phone shows of the photos before they leave, and what stays when the network goes."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import FilePayload

from demandes.models import Demande
from tests.navigateur.monde import Monde, photo
from tests.navigateur.personne import IDENTITE, Entrer, Personne

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("navigateur-saisies")]


@pytest.fixture
def amina(entrer: Entrer, monde: Monde) -> Personne:
    """On her phone, a draft begun."""
    amina = entrer(largeur=390, scripts=True)
    amina.va("/demarches/ETR-RES10-REN/")
    amina.remplit(prefecture="67")
    amina.fait("commencer")
    return amina


def floue() -> FilePayload:
    """A photo that nobody can read."""
    image = Image.new("RGB", (1000, 1400), "white")
    ImageDraw.Draw(image).text((100, 100), "Passeport", fill="black", font_size=120)
    sortie = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(12)).save(sortie, "JPEG")
    return {"name": "flou.jpg", "mimeType": "image/jpeg", "buffer": sortie.getvalue()}


def test_photos_are_judged_turned_and_ordered_before_they_leave(amina: Personne) -> None:
    amina.avance("main input[type=file]")
    bloc = amina.page.locator("[data-piece]").first
    entree = bloc.locator("input[type=file]")
    entree.set_input_files([floue()])
    bloc.get_by_text("Cette photo est floue").wait_for()
    assert not bloc.get_by_text("Cette photo est trop sombre").is_visible()
    entree.set_input_files([photo()])  # added to the first one, not put in its place
    pages = bloc.locator(".pp-page")
    assert pages.locator("canvas").nth(1).evaluate("e => [e.width, e.height]") == [160, 107]
    pages.nth(1).get_by_role("button", name="Tourner").click()
    pages.nth(1).locator('canvas[height="160"]').wait_for()
    pages.nth(1).get_by_role("button", name="Mettre avant").click()
    assert bloc.locator("[data-nom]").all_inner_texts()[1].startswith("flou.jpg")
    pages.nth(1).get_by_role("button", name="Retirer").click()
    assert pages.count() == 1
    amina.regarder()
    amina.fait("enregistrer")
    piece = Demande.objects.get().pieces.get()
    with piece.fichier.open("rb") as fichier, Image.open(fichier) as image:
        assert image.size == (600, 900)
    assert amina.plaintes == []


def test_what_is_typed_survives_a_lost_network_and_a_lost_session(amina: Personne) -> None:
    amina.remplit(**IDENTITE)
    amina.contexte.set_offline(True)
    amina.page.locator('[data-action="suivant"]').click()
    assert amina.page.get_by_text("n’a plus de connexion").is_visible()
    amina.contexte.set_offline(False)
    amina.page.reload()
    assert amina.page.locator('[name="nom"]').input_value() == IDENTITE["nom"]
    amina.fait("suivant")
    amina.remplit(courriel="amina@example.org", adresse="1 rue des Juifs")
    etape = amina.page.url
    jetons = amina.contexte.cookies()
    amina.contexte.clear_cookies()
    amina.va(etape)  # the page that asks for a code
    amina.contexte.add_cookies(
        [{"name": j["name"], "value": j["value"], "url": amina.base} for j in jetons]
    )  # as the code gives them back
    amina.va(etape)
    assert amina.page.locator('[name="adresse"]').input_value() == "1 rue des Juifs"
    amina.va("/")
    assert amina.page.evaluate("Object.keys(sessionStorage).filter((c) => c.startsWith('brouillon')).length") == 0
