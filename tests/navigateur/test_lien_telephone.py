"""The page of a link on a phone: what is touched stands apart from the rest, and nothing empty comes first."""

from __future__ import annotations

import pytest

from demandes.models import Convocation
from tests.navigateur.monde import Monde
from tests.navigateur.personne import Entrer, Personne
from tests.navigateur.test_mauvaises_saisies import convoquer_amina, ouvrir

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("navigateur-ouverture")]

# From the bottom of one to the top of the next, or from side to side when they stand on one line.
ECARTS = """(ou) => {
  const vus = [...document.querySelectorAll(ou)].filter((e) => e.checkVisibility());
  const cadres = vus.map((e) => e.getBoundingClientRect());
  const ecart = (a, b) => Math.max(b.top - a.bottom, a.top - b.bottom, b.left - a.right, a.left - b.right);
  return {
    cote: Math.min(...cadres.flatMap((c) => [c.height, c.width])),
    ecart: Math.min(...cadres.flatMap((a, i) => cadres.slice(i + 1).map((b) => ecart(a, b)))),
  };
}"""


@pytest.fixture
def convocation(monde: Monde) -> Convocation:
    """A link that its person may use."""
    return convoquer_amina(monde)


@pytest.fixture
def amina(entrer: Entrer) -> Personne:
    """Somebody on a phone."""
    return entrer(largeur=390, scripts=True)


def test_links_of_the_page_and_of_its_menu_are_large_enough_and_do_not_touch(
    amina: Personne, convocation: Convocation
) -> None:
    ouvrir(amina, convocation)
    for ou in ("#offre nav a", "#offre .pp-choix-direct button"):
        mesure = amina.page.evaluate(ECARTS, ou)
        assert mesure["cote"] >= 24, ou
        assert mesure["ecart"] >= 8, ou
    amina.page.locator("#bouton-menu").click()
    amina.page.wait_for_selector("#menu a:visible")
    mesure = amina.page.evaluate(ECARTS, "#menu a")
    assert mesure["cote"] >= 24
    assert mesure["ecart"] >= 4


def test_button_that_books_stands_apart_from_what_follows(amina: Personne, convocation: Convocation) -> None:
    ouvrir(amina, convocation)
    bas = amina.page.locator("[data-action=reserver]").bounding_box()
    haut = amina.page.locator("section[aria-labelledby=besoins]").bounding_box()
    assert bas
    assert haut
    assert haut["y"] - (bas["y"] + bas["height"]) >= 16
