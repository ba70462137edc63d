"""By what means a person is told, said as it is; and what their address lacks for a letter."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from demandes.calculs.adresse_postale import manques_a_l_adresse
from demandes.services.notifications import canal_prevu, dire_canaux
from tests.demandes.factories import DemandeFactory, UsagerFactory
from tests.parcours import amener_a, equipe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
SANS_ADRESSE = {"adresse": "", "code_postal": "", "commune": ""}
CAS = [
    ({}, True, "courriel"),
    ({"courriel": ""}, True, "SMS aux étapes qui en ont un, sinon lettre"),
    ({"courriel": "", **SANS_ADRESSE}, True, "SMS aux étapes qui en ont un, sinon rien : prévenez-le vous-même"),
    ({"courriel": ""}, False, "lettre"),  # no provider of text messages
    ({"courriel": "", "telephone": ""}, True, "lettre"),
    ({"courriel": "", "telephone": "", "code_postal": ""}, True, "rien : ni courriel, ni SMS, ni adresse complète."),
]


@pytest.mark.parametrize(
    ("champs", "manques"),
    [
        (("3 rue du Lac", "67000", "Strasbourg"), []),
        (("3 rue du Lac, 67000 Strasbourg", "", ""), []),
        (("", "", ""), []),
        (("3 rue du Lac", "", "Strasbourg"), ["code postal"]),
        (("3 rue du Lac", "", ""), ["code postal", "commune"]),
        ((" ", "67000", "Strasbourg"), ["numéro et rue"]),
        (("67000 Strasbourg", "", ""), ["numéro et rue"]),
    ],
)
def test_manques_a_l_adresse_names_what_a_letter_would_lack(champs: tuple[str, str, str], manques: list[str]) -> None:
    assert manques_a_l_adresse(*champs) == manques


@pytest.mark.parametrize(("champs", "relie", "dit"), CAS)
def test_dire_canaux_is_what_messages_do(champs: dict[str, str], relie: bool, dit: str, settings: Any) -> None:
    settings.PLANIPREF_SMS_URL, settings.PLANIPREF_DEMO = "https://sms.example.org" if relie else "", False
    demande = DemandeFactory(usager=UsagerFactory(**champs))
    assert dire_canaux(demande).startswith(dit)
    canaux = {canal_prevu(demande, modele) for modele in ("convocation", "decision")}
    mots = {"courriel": "courriel", "sms": "SMS", "courrier": "lettre", "": "rien"}
    assert all(mots[canal] in dire_canaux(demande) for canal in canaux)


def test_dossier_says_the_true_channel_and_what_the_address_lacks(client: Client) -> None:
    demande = amener_a(DemandeFactory(), "complete")
    client.force_login(equipe(demande).chloe)
    adresse = f"/agent/demandes/{demande.numero}/"
    page = " ".join(client.get(adresse).content.decode().split())
    assert "<dd data-prevenu-par> courriel </dd>" in page
    assert "data-adresse-incomplete" not in page
    assert "Il en est prévenu comme le dit sa fiche" in page
    type(demande.usager).objects.filter(pk=demande.usager_id).update(courriel="", telephone="", code_postal="")
    page = " ".join(client.get(adresse).content.decode().split())
    assert "rien : ni courriel, ni SMS, ni adresse complète" in page
    assert "il manque : code postal." in page
    type(demande.usager).objects.filter(pk=demande.usager_id).update(courriel="amina@example.org")
    assert "data-adresse-incomplete" not in client.get(adresse).content.decode()  # no letter is needed
