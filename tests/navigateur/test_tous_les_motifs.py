"""Every démarche of the catalogue, by a robot that only reads labels, examples and required marks."""

from __future__ import annotations

import pytest

from demandes.calculs.atelier import executer
from demandes.cycle import Etat
from demandes.models import Demande, Motif, Prefecture, Service
from demandes.services import preparation
from demandes.services.catalogue import charger_prefectures
from planipref.pages.catalogue import prefectures_ouvertes
from tests.navigateur.monde import Monde
from tests.navigateur.personne import Entrer, Personne

pytestmark = pytest.mark.django_db(transaction=True)


def deposer(amina: Personne, motif: Motif) -> str:
    """Go from the page of the démarche to its receipt; return its number."""
    amina.va(f"/demarches/{motif.code}/")
    amina.remplit(prefecture=prefectures_ouvertes(motif)[-1].departement)
    amina.fait("commencer")
    amina.avance(facultatifs=False)
    amina.remplit(sincerite=True)
    amina.fait("deposer")
    return amina.numero


def est_refusee_en_ligne(amina: Personne, motif: Motif) -> bool:
    """Tell whether the page of a démarche that is not deposited here says where to go, and offers nothing to begin."""
    amina.va(f"/demarches/{motif.code}/")
    assert not amina.page.locator('[data-action="commencer"]').count(), motif.code
    return motif.orientation.split()[0] in amina.page.locator("main").inner_text()


@pytest.mark.parametrize(
    "etrangers",
    [
        pytest.param(True, id="etrangers", marks=pytest.mark.xdist_group("navigateur-motifs-etrangers")),
        pytest.param(False, id="autres", marks=pytest.mark.xdist_group("navigateur-motifs-autres")),
    ],
)
def test_demarches_are_deposited_by_who_reads_the_labels(
    entrer: Entrer, monde: Monde, monkeypatch: pytest.MonkeyPatch, *, etrangers: bool
) -> None:
    charger_prefectures(["60"])  # in the Bas-Rhin, associations go to the court
    Service.objects.bulk_create(
        [Service(prefecture=p, genre=g, nom=g.label) for p in Prefecture.objects.all() for g in Service.Genre],
        ignore_conflicts=True,
    )
    motifs = [m for m in Motif.objects.order_by("code") if (m.genre_service == Service.Genre.ETRANGERS) is etrangers]
    amina = entrer(largeur=390, scripts=False)
    amina.contexte.route("**/static/**", lambda route: route.fulfill(body=""))  # a robot reads no style sheet
    monkeypatch.setattr(preparation, "confier", executer)  # a hundred processes less; test_parcours.py has its own
    en_ligne = [m for m in motifs if m.depot_en_ligne]
    numeros = {m.code: deposer(amina, m) for m in en_ligne}
    assert len(set(numeros.values())) == len(en_ligne)
    assert Demande.objects.filter(etat=Etat.DEPOSEE).count() == len(en_ligne)
    assert [m.code for m in motifs if not m.depot_en_ligne and not est_refusee_en_ligne(amina, m)] == []
    assert amina.plaintes == []
