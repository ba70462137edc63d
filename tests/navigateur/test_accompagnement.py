"""An aidant and the person in two browsers: the mandate given by the link, the deposit, the mandate taken back."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from psycopg.types.range import DateRange

from demandes.models import Agent, Aidant, Organisme, Prefecture
from planipref.commun.horloge import maintenant
from tests.navigateur.monde import SECRET, Monde
from tests.navigateur.personne import IDENTITE, Entrer, Personne, lien, lire_boite

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("navigateur-accompagnement")]


def _aidant(prefecture: Prefecture) -> None:
    organisme = Organisme.objects.create(nom="Entraide du Rhin", genre="association", courriel="entraide@example.org")
    organisme.prefectures.add(prefecture)
    compte = Agent.objects.create_user("fatou", password=SECRET, first_name="Fatou", last_name="Diarra")
    Aidant.objects.create(agent=compte, organisme=organisme, pendant=DateRange(date(2020, 1, 1), None))


def _capture(qui: Personne, nom: str, largeur: int) -> None:
    """Keep an image of the page where `CAPTURES` says, to look at it."""
    if dossier := os.environ.get("CAPTURES"):
        qui.page.screenshot(path=Path(dossier) / f"{nom}-{largeur}.png", full_page=True)


@pytest.mark.parametrize(("largeur", "scripts"), [(390, True), (1280, False)])
def test_a_person_gives_a_mandate_that_opens_then_takes_it_back(
    entrer: Entrer, monde: Monde, *, largeur: int, scripts: bool
) -> None:
    _aidant(monde.prefecture)
    fatou, amina = (entrer(qui, largeur=largeur, scripts=scripts) for qui in ("fatou", ""))
    fatou.fait("nouvelle")
    _capture(fatou, "nouvelle", largeur)
    fin = f"{maintenant().date() + timedelta(days=90):%d/%m/%Y}"
    fatou.remplit(**IDENTITE, prefecture="67", motif="ETR-RES10-REN", fin=fin, signature="electronique")
    fatou.fait("enregistrer")
    mandat = fatou.page.url
    recu = lire_boite(amina, lambda m: "agir pour vous" in m["objet"])
    amina.va(lien(recu, "/mandat/", amina.base))
    amina.remplit(date_naissance="17/05/1980")
    amina.fait("verifier")
    _capture(amina, "signature", largeur)
    amina.fait("donner")
    _capture(amina, "signe", largeur)
    fatou.va(mandat)
    _capture(fatou, "mandat", largeur)
    fatou.fait("ouvrir")
    fatou.remplit(**IDENTITE)
    fatou.fait("suivant")
    fatou.va("/accompagnement/")
    _capture(fatou, "liste", largeur)
    fatou.va("/accompagnement/import/")
    fatou.va("/accompagnement/inviter/")
    amina.fait("revoquer")
    reponse = fatou.va(mandat)
    assert reponse is not None
    assert 'data-action="ouvrir"' not in fatou.page.content()
    assert not fatou.plaintes
    assert not amina.plaintes
