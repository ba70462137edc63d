"""The choice of a language on a phone, and a page written from the right."""

from __future__ import annotations

import pytest

from tests.navigateur.monde import Monde
from tests.navigateur.personne import Entrer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("navigateur-saisies")]


def test_language_is_chosen_on_any_page_and_comes_back_to_it(entrer: Entrer, monde: Monde) -> None:
    amina = entrer(largeur=390, scripts=True)
    amina.va("/demarches/ETR-RES10-REN/")
    amina.page.locator(".pp-langue summary").click()
    amina.regarder()
    with amina.page.expect_navigation():
        amina.page.locator('.pp-langue button[value="ar"]').click()
    amina.regarder()
    assert amina.page.url.endswith("/demarches/ETR-RES10-REN/")
    assert amina.page.evaluate("getComputedStyle(document.body).direction") == "rtl"
    amina.remplit(prefecture="67")
    amina.fait("commencer")
    amina.fait("suivant")  # the errors of an empty page
    assert amina.plaintes == [ligne for ligne in amina.plaintes if "422" in ligne]
