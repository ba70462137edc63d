"""FranceConnect and the merge of two records in a real browser, each page looked at by axe."""

from __future__ import annotations

from typing import Any

import pytest

from demandes.models import FusionUsager
from tests.demandes.factories import DemandeFactory, MotifFactory
from tests.franceconnect import fournisseur
from tests.navigateur.monde import Monde
from tests.navigateur.personne import Entrer
from tests.parcours import amener_a

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("navigateur-franceconnect")]


def test_amina_identifies_with_franceconnect_then_leaves_it(entrer: Entrer, monde: Monde, settings: Any) -> None:
    with fournisseur() as fc:
        settings.FRANCECONNECT = fc.reglage
        fc.connaitre("amina")
        amina = entrer(largeur=390, scripts=True)
        amina.va("/suivi/")
        bouton = amina.page.get_by_role("link", name="S’identifier avec FranceConnect")
        bouton.click()
        amina.page.locator('input[name="sub"]').fill("amina")
        with amina.page.expect_navigation():
            amina.page.locator('input[name="sub"]').press("Enter")
        assert amina.page.url.endswith("/suivi/mes-demandes/")
        amina.regarder()
        amina.page.locator('[data-action="quitter"]').click()
        amina.page.wait_for_url(f"{fc.adresse}/oauth2/end_session*")
        # What the provider's own pages miss (a style sheet, an icon) is not ours to mend.
        assert [p for p in amina.plaintes if "Failed to load resource" not in p] == []


def test_chloe_merges_two_records(entrer: Entrer, monde: Monde) -> None:
    motif = MotifFactory(pieces=0)
    for nom in ("Ben Ali", "BEN-ALI"):
        amener_a(DemandeFactory(usager__nom=nom, motif=motif, prefecture=monde.prefecture), "deposee")
    chloe = entrer("chloe", largeur=1280, scripts=True)
    chloe.va("/agent/doublons/")
    chloe.fait("comparer")
    for champ in chloe.page.locator("main form input[type=radio][id$=_0]").all():
        champ.check(force=True)
    chloe.fait("fusionner")
    assert FusionUsager.objects.count() == 1
    assert chloe.plaintes == []
