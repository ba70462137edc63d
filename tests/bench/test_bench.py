"""`python -m bench`: every measure runs, the file says what was measured; no figure is judged here."""

import json
import subprocess
import sys

import pytest

from bench.messages import verifier
from bench.rapport import SEUIL_HOT, SEUIL_RESERVATION, Rapport, quantile
from tests.architecture.sources import RACINE

PAGES = {"accueil", "demarches", "démarche", "travail", "dossier unique", "lien /rdv/", "suivi", "guichet", "planning"}
CALME = {"interblocages": 0, "creneaux_faux": 0, "semaine_p50_ms": 1.0}


def test_bench_runs_every_measure_and_writes_them(tmp_path):
    fichier = tmp_path / "results.json"
    commande = [sys.executable, "-m", "bench", "--rapide", "--demandes=300", f"--sortie={fichier}"]
    fini = subprocess.run(commande, cwd=RACINE, capture_output=True, text=True, timeout=300, check=False)
    assert fini.returncode == 0, fini.stderr[-2000:]
    resultats = json.loads(fichier.read_text(encoding="utf-8"))
    assert resultats["machine"]["fsync"] == "on"
    assert resultats["machine"]["coeurs"] >= 1
    assert resultats["chargement"]["demandes"] == 300
    assert (resultats["sql"]["clients"], resultats["sql"]["affluence"]["clients"]) == (8, 32)
    assert resultats["sql"]["rapport"] > 0
    assert 0 < resultats["sql"]["part_hot"] <= 1
    assert resultats["service"]["reservations"] > 0
    assert resultats["attente"]["p50_ms"] > 0
    assert (resultats["tempete"]["interblocages"], resultats["tempete"]["creneaux_faux"]) == (0, 0)
    assert resultats["tempete"]["creneaux"] > 2_000
    assert resultats["tempete"]["personnes"] > 0
    assert resultats["planning"]["borne"] <= resultats["planning"]["objectif"]
    assert set(resultats["direct"]["sources"]) == {"guichets", "écrans", "téléphones"}
    assert (resultats["depot"]["octets"], resultats["depot"]["envois"]) == (pytest.approx(10_000_000, rel=0.01), 2)
    assert set(resultats["pages"]) >= PAGES
    assert all(p["requetes"] < 40 and p["p95_ms"] > 0 for p in resultats["pages"].values())
    assert "rapport" in fini.stdout
    assert "page travail" in fini.stderr


@pytest.mark.parametrize(
    ("rapport", "hot", "tenu"), [(0.40, 0.90, True), (0.399, 0.99, False), (0.8, 0.89, False)], ids=str
)
def test_bench_threshold_on_bookings_and_hot_updates(rapport, hot, tenu):
    assert (SEUIL_RESERVATION, SEUIL_HOT) == (0.40, 0.90)
    assert Rapport(sql={"rapport": rapport, "part_hot": hot}, tempete=CALME).tenu is tenu


@pytest.mark.parametrize("mesure", [{"interblocages": 1}, {"creneaux_faux": 1}, {"semaine_p50_ms": 2.1}], ids=str)
def test_bench_threshold_on_the_storm_and_the_week(mesure):
    assert not Rapport(sql={"rapport": 0.5, "part_hot": 1.0}, tempete=CALME | mesure).tenu


def test_quantile_takes_the_value_of_the_rank():
    valeurs = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert (quantile(valeurs, 0.5), quantile(valeurs, 0.95)) == (3.0, 5.0)


ECRITS = [(1, "a"), (2, "b"), (1, "c"), (2, "d")]


def test_messages_received_once_in_order_are_accepted():
    assert verifier(ECRITS, ["b", "a", "c", "d"], 0) == {"messages": 4, "copies": 0}
    assert verifier(ECRITS, ["a", "b", "a", "c", "d"], 1) == {"messages": 4, "copies": 1}


@pytest.mark.parametrize(
    ("recus", "pourquoi"),
    [
        (["a", "b", "c"], "lost 1"),
        (["a", "b", "c", "d", "e"], "unknown 1"),
        (["a", "a", "b", "c", "d"], "1 copies for 0 deaths"),
        (["c", "a", "b", "d"], "out of order"),
    ],
)
def test_messages_lost_unknown_copied_or_out_of_order_are_refused(recus, pourquoi):
    with pytest.raises(RuntimeError, match=pourquoi):
        verifier(ECRITS, recus, 0)
