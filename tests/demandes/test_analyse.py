"""The antivirus, for real: what waits is shown to nobody, what is infected is erased and the usager told."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demandes.acteur import acteur_usager
from demandes.calculs.fichiers import Fichier
from demandes.models import Demande, Piece
from demandes.services import depot, pieces
from demandes.services.analyse import analyser_les_pieces
from planipref.commun import antivirus
from planipref.commun.erreurs import ErreurMetier
from planipref.pages.sante import etat_du_service
from tests.antivirus import EICAR, clamd_en_marche
from tests.demandes.factories import INSTANT, DemandeFactory
from tests.parcours import PDF, amener_a

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

VIRUS = Fichier(EICAR, "pdf")


@pytest.fixture(scope="module")
def prise() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="clamd-") as dossier, clamd_en_marche(Path(dossier)) as prise:
        yield prise


@pytest.fixture
def clamd(prise: str, settings: Any) -> None:
    settings.PLANIPREF_CLAMD = prise


@pytest.fixture
def absent(settings: Any, tmp_path: Path) -> None:
    settings.PLANIPREF_CLAMD = str(tmp_path / "personne.sock")


def brouillon() -> Demande:
    return amener_a(DemandeFactory(), "brouillon")


def joindre(demande: Demande, fichier: Fichier = PDF) -> Piece:
    requise = demande.motif.pieces_requises.get()
    par = acteur_usager(demande.usager_id)
    return pieces.joindre(demande, requise, fichier, nom="scan.pdf", par=par, maintenant=INSTANT)


def deposer(demande: Demande) -> Demande:
    return depot.deposer(demande, par=acteur_usager(demande.usager_id), maintenant=INSTANT)


@pytest.mark.usefixtures("clamd")
def test_joindre_waits_for_the_antivirus_then_is_served() -> None:
    piece = joindre(brouillon())
    assert (piece.scan, piece.est_servie) == ("en_attente", False)
    assert analyser_les_pieces()["saine"] == 1
    piece.refresh_from_db()
    assert (piece.scan, piece.est_servie) == ("saine", True)
    assert analyser_les_pieces() == {"en_attente": 0, "saine": 0, "infectee": 0, "illisible": 0}


@pytest.mark.usefixtures("clamd")
def test_infected_file_of_a_draft_is_erased_and_must_be_given_again(django_capture_on_commit_callbacks: Any) -> None:
    demande = brouillon()
    piece = joindre(demande, VIRUS)
    reserve, nom = piece.fichier.storage, str(piece.fichier.name)
    with django_capture_on_commit_callbacks(execute=True):
        assert analyser_les_pieces()["infectee"] == 1
    piece.refresh_from_db()
    assert (piece.scan, piece.verdict, bool(piece.fichier)) == ("infectee", "non_conforme", False)
    assert not reserve.exists(nom)
    with pytest.raises(ErreurMetier) as refus:
        deposer(demande)
    assert refus.value.code == "pieces_manquantes"
    joindre(demande)
    assert deposer(demande).numero


@pytest.mark.usefixtures("clamd")
def test_infected_file_of_a_deposited_demande_tells_the_usager_once() -> None:
    demande = brouillon()
    joindre(demande, VIRUS)
    deposer(demande)
    analyser_les_pieces()
    analyser_les_pieces()
    lignes = demande.notifications.filter(modele="piece_refusee")
    assert lignes.count() == 1
    assert demande.evenements.filter(nature="piece:infectee").count() == 1


@pytest.mark.usefixtures("clamd")
def test_file_gone_from_the_store_is_unreadable() -> None:
    piece = joindre(brouillon())
    piece.fichier.storage.delete(str(piece.fichier.name))
    assert analyser_les_pieces()["illisible"] == 1
    piece.refresh_from_db()
    assert "n’a pas pu être lu" in piece.raison


@pytest.mark.usefixtures("absent")
def test_antivirus_away_keeps_the_file_waiting_and_serves_nobody() -> None:
    demande = brouillon()
    piece = joindre(demande)
    assert analyser_les_pieces() == {"en_attente": 1, "saine": 0, "infectee": 0, "illisible": 0}
    piece.refresh_from_db()
    assert not piece.est_servie
    assert deposer(demande).numero  # the usager does not pay for our breakdown


def test_without_antivirus_the_rebuilt_file_is_served_at_once(settings: Any) -> None:
    settings.PLANIPREF_CLAMD = ""
    assert joindre(brouillon()).est_servie
    assert analyser_les_pieces()["saine"] == 0


@pytest.mark.usefixtures("clamd")
def test_sante_says_that_the_antivirus_answers() -> None:
    assert antivirus.repond()
    assert etat_du_service(maintenant=INSTANT)["antivirus"] == "ok"


@pytest.mark.usefixtures("absent")
def test_sante_is_degraded_without_the_antivirus_that_is_configured() -> None:
    etat = etat_du_service(maintenant=INSTANT)
    assert (etat["antivirus"], etat["etat"]) == ("degrade", "degrade")
