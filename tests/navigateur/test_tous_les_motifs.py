"""Every démarche of the catalogue that is deposited online, by a robot that only reads labels and required marks."""

from __future__ import annotations

import pytest

from demandes.cycle import Etat
from demandes.models import Demande, Motif, Service
from planipref.pages.catalogue import prefectures_ouvertes
from tests.navigateur.monde import Monde
from tests.navigateur.personne import IDENTITE, Entrer, Personne

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("navigateur-motifs")]


def deposer(amina: Personne, code: str) -> str:
    """Go from the page of the démarche to its receipt; return its number."""
    amina.va(f"/demarches/{code}/")
    amina.remplit(prefecture="67")
    amina.fait("commencer")
    for _ in range(6):
        amina.remplit(**IDENTITE)
        amina.repond_a_tout()
        amina.joint_tout(facultatifs=False)
        if amina.page.locator('[data-action="deposer"]').count():
            break
        amina.fait("suivant")
    amina.remplit(sincerite=True)
    amina.fait("deposer")
    return amina.numero


def test_every_demarche_is_deposited(entrer: Entrer, monde: Monde) -> None:
    Service.objects.bulk_create(
        [Service(prefecture=monde.prefecture, genre=genre, nom=genre.label) for genre in Service.Genre],
        ignore_conflicts=True,
    )
    motifs = Motif.objects.actifs().filter(depot_en_ligne=True).order_by("code")
    codes = [m.code for m in motifs if monde.prefecture in prefectures_ouvertes(m)]
    amina = entrer(largeur=390, scripts=False)
    amina.page.set_default_timeout(60_000)  # ten photos at once are rebuilt one by one
    numeros = {code: deposer(amina, code) for code in codes}
    assert len(set(numeros.values())) == len(codes) > 15
    assert Demande.objects.filter(etat=Etat.DEPOSEE).count() == len(codes)
    assert amina.plaintes == []
