"""Personal data stay out of the logs, the addresses and the error pages, whatever goes wrong."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client

from demandes.cycle import Etat
from demandes.models import Demande
from demandes.services import envoi
from demandes.views import depot
from planipref.commun.jetons import deriver
from planipref.commun.journaux import FormatDiscret
from planning.views import lien
from tests.demandes.outils_depot import COORDONNEES, commencer, motif_ouvert, photo
from tests.parcours import amener_a, convocation_active, creneau_libre

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

# Words that stand nowhere else: what is found was copied.
IDENTITE = {
    "nom": "Zarkouni",
    "nom_usage": "Vandervoort",
    "prenoms": "Ysolde",
    "date_naissance": "17/05/1981",
    "commune_naissance": "Ouarzazate",
    "nationalite": "marocaine",
    "numero_etranger": "6703998877",
}
ADRESSE = {**COORDONNEES, "courriel": "ysolde.z@example.org", "telephone": "06 98 76 54 32", "adresse": "3 rue Kuhn"}
FICHIER = "passeport-de-zarkouni"
SECRETS = (
    *(valeur for nom, valeur in IDENTITE.items() if nom != "nationalite"),
    "1981-05-17",
    "ysolde.z",
    "06 98 76 54 32",
    "+33698765432",
    "3 rue Kuhn",
    FICHIER,
)


@pytest.fixture
def journal() -> Iterator[io.StringIO]:
    """What the handler of production writes, with its own format: caplog would show the records before it."""
    console = next(h for h in logging.getLogger("django").handlers if isinstance(h.formatter, FormatDiscret))
    assert isinstance(console, logging.StreamHandler)
    assert console in logging.getLogger().handlers
    ecrit = io.StringIO()
    avant = console.setStream(ecrit)
    yield ecrit
    console.setStream(avant)


class Visite:
    """A browser that keeps every address it saw, and every page of an error."""

    def __init__(self) -> None:
        self.client = Client(raise_request_exception=False)
        self.adresses: list[str] = []
        self.pages_d_erreur: list[str] = []

    def va(self, chemin: str, **champs: object) -> str:
        """Ask for a page, or send its form; return its text."""
        reponse = self.client.post(chemin, champs) if champs else self.client.get(chemin)
        texte = "" if reponse.streaming else reponse.content.decode()
        self.adresses += [chemin, reponse.get("Location", ""), *re.findall(r'(?:href|src|action)="([^"]*)"', texte)]
        if f"Erreur {reponse.status_code}" in texte:
            self.pages_d_erreur.append(texte)
        return texte


def trouves(textes: list[str] | str, *secrets: str) -> list[str]:
    tout = (textes if isinstance(textes, str) else "\n".join(textes)).casefold()
    return [s for s in (*SECRETS, *secrets) if s.casefold() in tout]


def fichier(contenu: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{FICHIER}.pdf", contenu, "application/pdf")


def deposer_de_travers(visite: Visite) -> Demande:
    """Deposit, after each mistake one can make; what is shown again to its author is no error page."""
    demande = commencer(visite.client, motif_ouvert())
    base = f"/depot/{demande.cle}/"
    visite.va(f"{base}identite/", **{**IDENTITE, "date_naissance": "31/02/1981", "numero_etranger": "6703998877X"})
    visite.va(f"{base}identite/", **IDENTITE)
    visite.va(f"{base}coordonnees/", **{**ADRESSE, "code_postal": "Zarkouni"})
    visite.va(f"{base}coordonnees/", **ADRESSE)
    visite.va(f"{base}pieces/", **{"piece_piece-0": fichier(b"MZ\x90\x00")})
    visite.va(f"{base}pieces/", **{"piece_piece-0": photo(f"{FICHIER}.png")})
    visite.va(f"{base}inconnue/")
    visite.va(f"{base}recapitulatif/")
    visite.va(f"{base}recapitulatif/", sincerite="on")
    visite.va(f"{base}confirmation/")
    demande.refresh_from_db()
    assert demande.etat == Etat.DEPOSEE
    assert demande.usager.numero_etranger == IDENTITE["numero_etranger"]
    return demande


def suivre(visite: Visite, demande: Demande) -> str:
    """Come back by the mailed link, then by a code; return the token of the link."""
    jeton = deriver("suivi", str(demande.cle))
    visite.va(f"/suivi/lien/{demande.cle}/{jeton[::-1]}/")
    visite.va(f"/suivi/lien/{demande.cle}/{jeton}/")
    visite.va(f"/suivi/{demande.numero}/")
    visite.va("/suivi/", numero=str(demande.numero), date_naissance=IDENTITE["date_naissance"])
    visite.va("/suivi/code/", code="000000")
    return jeton


def reserver_de_travers(visite: Visite, demande: Demande) -> str:
    """Book, after each mistake one can make; return the token of the link."""
    convocation = convocation_active(amener_a(demande, Etat.CONVOQUEE))
    creneau, autre = creneau_libre(convocation.demande), creneau_libre(convocation.demande)
    jeton = deriver("convocation", str(convocation.cle))
    base = f"/rdv/{jeton}/"
    visite.va(base)
    visite.va(base, date_naissance="18/05/1981")
    visite.va(f"{base}reserver/", creneau=creneau.pk)
    visite.va(base, date_naissance=IDENTITE["date_naissance"])
    visite.va(f"{base}reserver/", creneau="Zarkouni")
    visite.va(f"{base}reserver/", creneau=2**40)
    visite.va(f"{base}reserver/", creneau=creneau.pk)
    visite.va(f"{base}reserver/", creneau=autre.pk)
    visite.va(base)
    visite.va(f"{base}rendez-vous.ics")
    assert Demande.objects.get(pk=demande.pk).etat == Etat.RDV_PRIS
    return jeton


def test_way_of_an_usager_with_every_mistake_leaves_no_personal_data_in_logs_addresses_and_error_pages(journal):
    visite = Visite()
    demande = deposer_de_travers(visite)
    jetons = suivre(visite, demande), reserver_de_travers(visite, demande)
    envoi.vider()
    ecrit = journal.getvalue()
    assert "/depot/…/identite/" in ecrit, "le journal dit où, et c’est tout"
    assert "/rdv/…/" in ecrit
    assert trouves(ecrit, *jetons, str(demande.cle)) == []
    assert trouves(visite.adresses) == []
    assert visite.pages_d_erreur
    assert trouves(visite.pages_d_erreur, *jetons) == []


def echouer(*_args: object, **_options: object) -> None:
    """Fail as a bug of ours does, with what was typed in hand."""
    raise ValueError(f"invalid literal for int() with base 10: {IDENTITE['nom']!r}")


def refuser_la_ligne(*_args: object, **_options: object) -> None:
    """Fail as PostgreSQL does, that quotes the row."""
    raise IntegrityError(
        'duplicate key value violates unique constraint "usager_unique"\n'
        f"DETAIL:  Key (nom, courriel)=({IDENTITE['nom']}, {ADRESSE['courriel']}) already exists."
    )


@pytest.mark.parametrize("panne", [echouer, refuser_la_ligne])
def test_error_500_in_a_deposit_shows_and_logs_nothing_of_the_person(journal, monkeypatch, panne):
    visite = Visite()
    demande = commencer(visite.client, motif_ouvert())
    monkeypatch.setattr(depot, "enregistrer_identite", panne)
    page = visite.va(f"/depot/{demande.cle}/identite/", **IDENTITE)
    assert "Erreur 500" in page
    assert "L’erreur vient de nous" in page
    assert trouves(page, str(demande.cle)) == []
    ecrit = journal.getvalue()
    assert "Traceback" in ecrit, "l’équipe technique a de quoi comprendre"
    assert panne.__name__ in ecrit
    assert trouves(ecrit, str(demande.cle)) == []


def test_error_500_on_a_link_shows_and_logs_neither_its_token_nor_the_person(journal, monkeypatch):
    visite = Visite()
    demande = deposer_de_travers(visite)
    jeton = reserver_de_travers(visite, demande)
    monkeypatch.setattr(lien, "rendez_vous_actif", echouer)
    page = visite.va(f"/rdv/{jeton}/")
    assert "Erreur 500" in page
    assert trouves(page, jeton) == []
    assert "Traceback" in journal.getvalue()
    assert trouves(journal.getvalue(), jeton) == []
