"""Démarches of the catalogue deposited online, by a robot that only reads labels, examples and required marks."""

from __future__ import annotations

import pytest

from demandes.cycle import Etat
from demandes.models import Demande, Motif, Service
from planipref.pages.catalogue import prefectures_ouvertes
from tests.navigateur.monde import Monde
from tests.navigateur.personne import Entrer, Personne

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("navigateur-motifs")]


# One of each service, and every kind of question. The whole catalogue takes two minutes: drop the filter to run it.
MOTIFS = {"COM-INFO", "ETR-AES", "RTE-MED-INFR", "RTE-SIV"}


def deposer(amina: Personne, code: str) -> str:
    """Go from the page of the démarche to its receipt; return its number."""
    amina.va(f"/demarches/{code}/")
    amina.remplit(prefecture="67")
    amina.fait("commencer")
    amina.avance(facultatifs=False)
    amina.remplit(sincerite=True)
    amina.fait("deposer")
    return amina.numero


def test_demarches_are_deposited_by_who_reads_the_labels(entrer: Entrer, monde: Monde) -> None:
    Service.objects.bulk_create(
        [Service(prefecture=monde.prefecture, genre=genre, nom=genre.label) for genre in Service.Genre],
        ignore_conflicts=True,
    )
    motifs = Motif.objects.actifs().filter(depot_en_ligne=True).order_by("code")
    codes = [m.code for m in motifs if m.code in MOTIFS and monde.prefecture in prefectures_ouvertes(m)]
    amina = entrer(largeur=390, scripts=False)
    amina.page.set_default_timeout(60_000)  # ten photos at once are rebuilt one by one
    amina.contexte.route("**/static/**", lambda route: route.fulfill(body=""))  # a robot reads no style sheet
    numeros = {code: deposer(amina, code) for code in codes}
    assert len(set(numeros.values())) == len(codes) == len(MOTIFS)
    assert Demande.objects.filter(etat=Etat.DEPOSEE).count() == len(codes)
    assert amina.plaintes == []
