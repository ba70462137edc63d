"""Every démarche of the catalogue, by a robot that only reads labels, examples and required marks."""

from __future__ import annotations

import pytest

from demandes.calculs.atelier import executer
from demandes.cycle import Etat
from demandes.models import Demande, Motif, Prefecture, Service
from demandes.services import preparation
from demandes.services.catalogue import charger_catalogue, charger_prefectures
from planipref.pages.catalogue import prefectures_ouvertes
from tests.lecteur import Lecteur
from tests.navigateur.personne import IDENTITE

pytestmark = pytest.mark.django_db


def deposer(amina: Lecteur, motif: Motif) -> str:
    """Go from the page of the démarche to its receipt; return its number."""
    amina.va(f"/demarches/{motif.code}/")
    amina.remplit(prefecture=prefectures_ouvertes(motif)[-1].departement)
    amina.fait("commencer")
    amina.avance("deposer", identite=IDENTITE)
    amina.remplit(sincerite="on")
    amina.fait("deposer")
    return amina.numero


def est_refusee_en_ligne(amina: Lecteur, motif: Motif) -> bool:
    """Tell whether the page of a démarche that is not deposited here says where to go, and offers nothing to begin."""
    amina.va(f"/demarches/{motif.code}/")
    return not amina.a("commencer") and motif.orientation.split()[0] in amina.texte


def test_demarches_are_deposited_by_who_reads_the_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    charger_catalogue()
    charger_prefectures(["67", "60"])  # in the Bas-Rhin, associations go to the court
    Service.objects.bulk_create(
        [Service(prefecture=p, genre=g, nom=g.label) for p in Prefecture.objects.all() for g in Service.Genre],
        ignore_conflicts=True,
    )
    monkeypatch.setattr(preparation, "confier", executer)  # a hundred processes less; test_parcours.py has its own
    motifs, amina = list(Motif.objects.order_by("code")), Lecteur()
    en_ligne = [m for m in motifs if m.depot_en_ligne]
    numeros = {m.code: deposer(amina, m) for m in en_ligne}
    assert len(set(numeros.values())) == len(en_ligne) == Demande.objects.filter(etat=Etat.DEPOSEE).count()
    assert [m.code for m in motifs if not m.depot_en_ligne and not est_refusee_en_ligne(amina, m)] == []
