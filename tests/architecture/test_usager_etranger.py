"""An usager with a demande of their own tries every address of somebody else's file, to read and to write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from demandes.models import Demande, Evenement, Usager
from demandes.services.convocation import USAGE
from planipref.commun.jetons import deriver
from planning.models import RendezVous
from tests.architecture.monde import Monde
from tests.architecture.test_acces import adresses, arguments, monde
from tests.demandes.factories import DemandeFactory
from tests.demandes.outils_depot import ouvrir_session
from tests.parcours import amener_a

__all__ = ["monde"]  # the fixture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

VICTIME = {
    "nom": "Zylberkranz",
    "prenoms": "Wilhelmine",
    "courriel": "wilhelmine@exemple.test",
    "telephone": "+33639981717",
    "adresse": "17 impasse du Secret",
    "numero_etranger": "6799887766",
}
# The demonstration's mailbox is everybody's; it does not exist elsewhere.
PUBLIQUES = {"pages:demo_boite", "pages:demo_boite_json", "pages:demo_message", "pages:demo_piece"}


@pytest.fixture
def victime(monde: Monde) -> Demande:
    """Whose file is tried."""
    Usager.objects.filter(pk=monde.demande.usager_id).update(**VICTIME)
    return monde.demande


@pytest.fixture
def intruse(client: Client, victime: Demande) -> Demande:
    """A demande of one's own in the same préfecture, with the session that opens it."""
    demande = amener_a(DemandeFactory(motif=victime.motif, prefecture=victime.prefecture), "rdv_pris")
    ouvrir_session(client, demande)
    return demande


def essais(monde: Monde, intruse: Demande) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every address with what is the victim's, but for secrets: those are the intruder's own."""
    jetons = {
        "rdv": deriver(USAGE, str(intruse.convocations.get().cle)),
        "suivi": deriver("suivi", str(intruse.cle)),
        "mandat": deriver("mandat", str(intruse.cle)),
    }
    for nom in sorted(set(adresses()) - PUBLIQUES):
        mots = arguments(nom, monde)
        if "jeton" in mots:
            for jeton in jetons.values():
                yield nom, mots | {"jeton": jeton}
        else:
            yield nom, mots


def tout_ce_qui_est(demande: Demande) -> tuple[object, ...]:
    """What must not move."""
    demande.refresh_from_db()
    return (
        demande.etat,
        demande.reponses,
        demande.modifiee_le,
        list(demande.pieces.order_by("pk").values_list("pk", "verdict", "remplacee_le")),
        demande.messages.count(),
        list(RendezVous.objects.filter(convocation__demande=demande).values_list("pk", "etat")),
        list(demande.mandats.values_list("pk", "signe_le", "revoque_le")),
        Evenement.objects.filter(demande=demande).count(),
        Usager.objects.filter(pk=demande.usager_id).values_list(*VICTIME).get(),
    )


def fuit(reponse: Any, victime: Demande, *, a_soi: bool = False) -> bool:
    """Tell whether an answer says who the victim is, shows the file, or is a document not one's own."""
    corps = b"".join(reponse) if reponse.streaming else reponse.content
    marques = [*VICTIME.values(), f'data-numero="{victime.numero}"']
    document = reponse.status_code == 200 and not reponse["Content-Type"].startswith(("text/html", "application/json"))
    return (document and not a_soi) or any(marque.encode() in corps for marque in marques)


@pytest.mark.parametrize("methode", ["get", "post"])
def test_nobody_reaches_the_file_of_another_by_any_address(
    client: Client, monde: Monde, victime: Demande, intruse: Demande, methode: str
) -> None:
    avant = tout_ce_qui_est(victime)
    fuites, tries = [], 0
    for nom, mots in essais(monde, intruse):
        reponse = getattr(client, methode)(reverse(nom, kwargs=mots), {"date_naissance": "17/05/1980"})
        tries += 1
        if fuit(reponse, victime, a_soi="jeton" in mots):
            fuites.append(f"{methode} {nom} : {reponse.status_code}")
        if reponse.status_code >= 500:
            fuites.append(f"{methode} {nom} : panne {reponse.status_code}")
    assert fuites == []
    assert tries > 100
    assert tout_ce_qui_est(victime) == avant


def test_the_walk_would_see_a_leak(client: Client, monde: Monde, victime: Demande) -> None:
    """With the victim's own session, the same walk finds what it looks for."""
    ouvrir_session(client, victime)
    vues = {
        nom
        for nom in ("pages:suivi_dossier", "demandes:piece", "demandes:acte", "pages:suivi_ecrire")
        if fuit(client.get(reverse(nom, kwargs=arguments(nom, monde))), victime)
    }
    assert {"pages:suivi_dossier", "demandes:piece", "demandes:acte"} <= vues
