"""The page of a link, kept open: it shows what opens at the turn of its person, and what somebody else has taken."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from demandes.models import Convocation
from planipref.commun.horloge import maintenant
from planning.models import Creneau
from tests.boucle import hors_boucle
from tests.navigateur.monde import Monde
from tests.navigateur.personne import Entrer, Personne
from tests.navigateur.test_mauvaises_saisies import chemin, convoquer_amina, ouvrir

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("navigateur-ouverture")]
DELAI = 8_000  # ms: a poll every three seconds, an answer a second old, and a busy machine


@pytest.fixture
def convocation(monde: Monde) -> Convocation:
    """A link that its person may use."""
    return convoquer_amina(monde)


@pytest.fixture
def amina(entrer: Entrer) -> Personne:
    """Somebody on a phone."""
    return entrer(largeur=390, scripts=True)


def creneaux(qui: Personne) -> list[str]:
    """Return the slots that the page shows as free."""
    libres: list[str] = qui.page.locator("[data-creneau]:enabled").evaluate_all("ls => ls.map((l) => l.value)")
    return libres


def test_lien_kept_open_says_that_the_chosen_slot_is_taken(amina: Personne, convocation: Convocation) -> None:
    ouvrir(amina, convocation)
    choisi = amina.page.locator("[data-creneau]").first
    pk = choisi.get_attribute("value") or ""
    choisi.check(force=True)
    with hors_boucle():
        Creneau.objects.filter(pk=pk).update(etat="ferme")
    expect(choisi).to_be_disabled(timeout=DELAI)
    expect(choisi).not_to_be_checked()
    expect(amina.page.locator("[data-annonce]")).to_contain_text("vient d’être pris")
    assert pk not in creneaux(amina)
    with hors_boucle():
        Creneau.objects.filter(pk=pk).update(etat="ouvert")
    expect(choisi).to_be_enabled(timeout=DELAI)


@pytest.mark.parametrize(("ou", "garde"), [("[data-creneau]", "FIELDSET"), ("[data-action=reserver-direct]", "UL")])
def test_focus_on_a_slot_that_is_taken_stays_where_the_person_was(
    amina: Personne, convocation: Convocation, ou: str, garde: str
) -> None:
    """Not at the top of the page; nor on another slot, which the next key would take."""
    ouvrir(amina, convocation)
    sous_la_main = amina.page.locator(ou).first
    pk = sous_la_main.get_attribute("value") or ""
    sous_la_main.focus()
    with hors_boucle():
        Creneau.objects.filter(pk=pk).update(etat="ferme")
    expect(amina.page.locator(f"{ou}[value='{pk}']")).to_be_disabled(timeout=DELAI)
    expect(amina.page.locator("[data-annonce]")).to_contain_text("Ce créneau vient d’être pris")
    assert amina.page.evaluate("document.activeElement.tagName") == garde
    amina.page.keyboard.press("Tab")
    assert amina.page.evaluate("document.activeElement.closest('#offre form') !== null")


def test_last_slots_taken_are_said(amina: Personne, convocation: Convocation) -> None:
    ouvrir(amina, convocation)
    with hors_boucle():
        Creneau.objects.update(etat="ferme")
    expect(amina.page.locator("[data-annonce]")).to_contain_text("Aucun créneau libre", timeout=DELAI)


def test_opening_keeps_what_was_chosen_and_where_the_person_was(amina: Personne, convocation: Convocation) -> None:
    ouvrir(amina, convocation)
    pk = creneaux(amina)[0]
    with hors_boucle():
        Creneau.objects.exclude(pk=pk).update(ouvre_le=maintenant() + timedelta(seconds=6))
    amina.page.reload()
    amina.page.locator("[data-creneau]").check(force=True)
    amina.page.locator("#offre .fr-tag").first.focus()
    expect(amina.page.locator("[data-annonce]")).to_contain_text("votre tour", timeout=6_000 + DELAI)
    assert len(creneaux(amina)) > 1
    expect(amina.page.locator(f"[data-creneau='{pk}']")).to_be_checked()
    assert amina.page.evaluate("document.activeElement.closest('#offre') !== null")


def test_opening_whose_places_are_all_taken_says_so_and_offers_the_list(
    amina: Personne, convocation: Convocation
) -> None:
    with hors_boucle():
        Creneau.objects.update(ouvre_le=maintenant() + timedelta(seconds=6))
    ouvrir(amina, convocation)
    with hors_boucle():
        Creneau.objects.update(places=0)
    expect(amina.page.locator("[data-complet]")).to_be_visible(timeout=8_000 + DELAI)
    expect(amina.page.locator("[data-annonce]")).to_contain_text("Toutes les places")
    expect(amina.page.locator("[data-action=attendre]")).to_be_visible()


def test_lien_kept_open_shows_the_places_when_they_open(
    amina: Personne, entrer: Entrer, convocation: Convocation
) -> None:
    with hors_boucle():
        Creneau.objects.update(ouvre_le=maintenant() + timedelta(seconds=6))
    ouvrir(amina, convocation)
    assert not creneaux(amina)
    expect(amina.page.locator("[data-ouverture]")).to_be_visible()
    expect(amina.page.locator("[data-creneau]").first).to_be_attached(timeout=6_000 + DELAI)
    expect(amina.page.locator("[data-annonce]")).to_contain_text("votre tour")
    expect(amina.page.locator("[data-ouverture]")).to_have_count(0)
    sans_script = entrer(largeur=390, scripts=False)
    ouvrir(sans_script, convocation)
    assert creneaux(sans_script)
    assert chemin(convocation) in sans_script.page.url
