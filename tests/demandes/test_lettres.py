"""Letters: to whom, when, what they say, and where the address stands on the sheet."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from django.template.loader import render_to_string
from weasyprint import HTML

from demandes.models import Demande, ModeleMessage, Notification
from demandes.selectors import personne_a_venir
from demandes.services import lettres as module
from demandes.services.courriels import lien_convocation, lien_suivi
from demandes.services.envoi import vider
from demandes.services.lettres import assembler, composer_lettre
from demandes.services.notifications import LETTRES
from planipref.commun.horloge import maintenant
from planipref.commun.models import MessageBoite
from planipref.commun.pdf import SCHEME, AccesStatique
from planipref.commun.qr import qr_data_uri
from tests.demandes.aide_lettres import ecrire, lettres, sans_adresse_electronique
from tests.demandes.factories import DemandeFactory, MandatFactory, UsagerFactory
from tests.parcours import amener_a, convocation_active

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
MM = 96 / 25.4
# What the windows of DL and C5 envelopes all show, wherever the sheet slips, and what one of them may show.
VU, EXPOSE = (100, 57, 190, 79), (90, 34, 210, 102)


@pytest.fixture(autouse=True)
def _dossier(settings: Any, tmp_path: Any) -> None:
    settings.PLANIPREF_DATA = tmp_path


def boites(boite: Any) -> Iterator[Any]:
    """Yield a box and those inside it, also those set apart from the flow."""
    boite = getattr(boite, "_box", boite)
    yield boite
    for dedans in getattr(boite, "children", ()):
        yield from boites(dedans)


def ecrits(demande: Demande) -> list[tuple[float, float, float, float, str]]:
    """Return each line of text of the first page of a letter, with its edges in millimetres."""
    lettre = Notification.objects.filter(demande=demande, canal="courrier").latest("pk")
    contexte = module._contexte(lettre, Demande.objects.avec_dossier().get(pk=demande.pk), maintenant())
    html = render_to_string("pdf/courrier.html", contexte | {"joints": []})
    document = HTML(string=html, base_url=SCHEME, url_fetcher=AccesStatique(allowed_protocols=["data"])).render()
    page = document.pages[0]._page_box
    return [
        (
            round(b.position_x / MM, 2),
            round(b.position_y / MM, 2),
            round((b.position_x + b.width) / MM, 2),
            round((b.position_y + b.height) / MM, 2),
            b.text,
        )
        for b in boites(page)
        if type(b).__name__ == "TextBox" and b.text.strip()
    ]


def test_who_has_an_email_or_a_phone_for_that_step_receives_no_letter():
    demande = amener_a(DemandeFactory(), "complete")
    demande.usager.courriel = ""
    demande.usager.save(update_fields=["courriel"])
    ecrire(demande, "convocation", contexte={"convocation_id": 0})
    assert lettres() == []
    assert Notification.objects.latest("pk").canal == "sms"


def test_a_step_without_text_message_is_told_by_letter_to_who_has_only_a_phone():
    demande = amener_a(DemandeFactory(), "deposee")
    demande.usager.courriel = ""
    demande.usager.save(update_fields=["courriel"])
    ecrire(demande, "complete")
    assert [n.modele for n in lettres()] == ["complete"]


def test_who_has_neither_receives_letters_at_each_step_and_no_reminder():
    demande = sans_adresse_electronique("rdv_pris")
    assert [n.modele for n in lettres()] == ["complete", "convocation", "rendez_vous"]
    for modele in (
        "rappel_rendez_vous",
        "relance_confirmation",
        "rappel_pieces",
        "relance_lien",
        "place_proposee",
        "code_acces",
    ):
        assert modele not in LETTRES
        assert ecrire(demande, modele) is None
    assert {n.destinataire for n in lettres()} == {"poste"}


@pytest.mark.parametrize(
    ("champs", "attendu"),
    [
        ({}, 1),
        ({"code_postal": ""}, 0),
        ({"commune": ""}, 0),
        ({"adresse": ""}, 0),
        ({"adresse": "3 rue du Lac, 67000 Strasbourg", "code_postal": "", "commune": ""}, 1),
        ({"adresse": "3 rue du Lac", "code_postal": "", "commune": ""}, 0),
    ],
)
def test_a_letter_wants_a_whole_address(champs, attendu):
    demande = sans_adresse_electronique()
    for champ, valeur in champs.items():
        setattr(demande.usager, champ, valeur)
    demande.usager.save()
    ecrire(demande)
    assert len(lettres()) == attendu


def test_who_has_no_address_at_all_is_a_task_once_and_for_what_is_worth_a_letter_only():
    demande = sans_adresse_electronique()
    demande.usager.commune = ""
    demande.usager.save(update_fields=["commune"])
    for modele in ("complete", "complete", "rappel_pieces"):
        assert ecrire(demande, modele) is None
    assert ecrire(demande, "decision", canal="sms") is None
    perdue = Notification.objects.get(derniere_erreur="SansAdresse")
    assert (perdue.modele, perdue.etat, perdue.destinataire) == ("complete", "echec", "")


def test_what_the_organisation_receives_is_no_task():
    demande = sans_adresse_electronique()
    demande.usager.adresse = ""
    demande.usager.save(update_fields=["adresse"])
    MandatFactory(demande=demande)
    assert ecrire(demande) is not None
    assert not Notification.objects.filter(etat="echec").exists()


def test_the_mandated_organisation_receives_its_copy_beside_the_letter():
    demande = sans_adresse_electronique()
    MandatFactory(demande=demande)
    ecrire(demande)
    assert sorted(Notification.objects.filter(modele="complete").values_list("canal", flat=True)) == [
        "courriel",
        "courrier",
    ]


def test_written_twice_under_one_key_a_letter_is_one():
    demande = sans_adresse_electronique()
    ecrire(demande)
    ecrire(demande)
    assert len(lettres()) == 1


def test_the_worker_never_takes_a_letter_and_sends_what_comes_after_it():
    demande = sans_adresse_electronique()
    ecrire(demande)
    demande.usager.courriel = "nouvelle@example.org"
    demande.usager.save(update_fields=["courriel"])
    ecrire(demande, cle="2")
    assert vider()["envoyees"] >= 1
    assert [n.etat for n in lettres()] == ["a_envoyer"]
    assert MessageBoite.objects.filter(destinataire="nouvelle@example.org").exists()


def test_letter_is_pdf_ua_and_says_the_words_of_the_mail_with_the_link_apart():
    demande = sans_adresse_electronique("convoquee")
    lettre = lettres()[-1]
    lu = Demande.objects.avec_dossier().get(pk=demande.pk)
    corps = module.corps_de_lettre(lettre, lu, "fr")
    lien = lien_convocation(convocation_active(demande))
    assert (corps.lien, corps.action) == (lien, "Choisir mon rendez-vous")
    assert corps.objet == f"Prenez rendez-vous — demande {demande.numero}"
    assert corps.paragraphes[0] == "Bonjour,"
    assert not [p for p in corps.paragraphes if "http" in p or "n’y répondez pas" in p]
    (pdf,) = composer_lettre(lettre, maintenant=maintenant()).documents
    with pikepdf.open(BytesIO(pdf)) as document:
        assert "/StructTreeRoot" in document.Root
        assert str(document.docinfo["/Title"]) == corps.objet


def test_letter_says_the_text_that_the_prefecture_wrote_for_letters():
    demande = sans_adresse_electronique("convoquee")
    commun = {"etape": "convocation", "langue": "fr", "prefecture": demande.prefecture}
    ModeleMessage.objects.create(
        canal="courrier",
        objet="Venez nous voir",
        texte="Demande {numero} : venez.\n\nAvant le {limite} :\n{lien}",
        **commun,
    )
    ModeleMessage.objects.create(canal="courriel", objet="Pas ici", texte="Par courriel.", **commun)
    lu = Demande.objects.avec_dossier().get(pk=demande.pk)
    corps = module.corps_de_lettre(lettres()[-1], lu, "fr")
    assert corps.objet == "Venez nous voir"
    assert f"Demande {demande.numero} : venez." in corps.paragraphes
    assert [p for p in corps.paragraphes if p.startswith("Avant le ") and "avril" in p]
    assert corps.lien == lien_convocation(convocation_active(demande))


def test_the_qr_code_is_that_of_the_link_written_below():
    demande = sans_adresse_electronique("convoquee")
    lu = Demande.objects.avec_dossier().get(pk=demande.pk)
    contexte = module._contexte(lettres()[-1], lu, maintenant())
    lien = lien_convocation(convocation_active(demande))
    assert contexte["lien"] == {"qr": qr_data_uri(lien), "adresse": lien}
    assert lien in "".join(t for *_, t in ecrits(demande)).replace(" ", "")


def test_every_letter_composes_with_one_link_and_no_leftover():
    demande = sans_adresse_electronique("rdv_pris")
    lu = Demande.objects.avec_dossier().get(pk=demande.pk)
    for lettre in lettres():
        corps = module.corps_de_lettre(lettre, lu, "fr")
        assert corps.lien in (lien_suivi(lu), lien_convocation(convocation_active(demande)))
        assert corps.action
        assert not [p for p in corps.paragraphes if "fichier joint" in p]


@pytest.mark.parametrize(
    "champs",
    [
        {},
        {"adresse": "Résidence des Lilas, bâtiment B, escalier 3, 12 rue du Général-de-Gaulle"},
        {
            "nom": "Abdallah-Turkmani " * 5,
            "prenoms": "Mohamed " * 15,
            "adresse": "12 RUE DU MARECHAL DE LATTRE DE TASSIGNY " * 6,
            "commune": "SAINTE MARIE AUX MINES CEDEX 08 ET AUTRES LIEUX",
        },
        {"langue": "ar"},
    ],
)
def test_the_address_alone_stands_in_the_window(champs):
    demande = sans_adresse_electronique("convoquee", usager=UsagerFactory(**champs), representant="Jean Ben Ali")
    dans: list[tuple[float, float, float, float, str]] = []
    for gauche, haut, droite, bas, texte in ecrits(demande):
        expose = droite > EXPOSE[0] and gauche < EXPOSE[2] and bas > EXPOSE[1] and haut < EXPOSE[3]
        if expose:
            dans.append((gauche, haut, droite, bas, texte))
    assert [t for *_, t in dans][-1].startswith(f"67000 {champs.get('commune', 'Strasbourg')[:3]}"), dans
    for gauche, haut, droite, bas, texte in dans:
        assert gauche >= VU[0], texte
        assert haut >= VU[1], texte
        assert droite <= VU[2], texte
        assert bas <= VU[3], texte


def test_a_person_of_another_language_reads_french_below_too():
    demande = sans_adresse_electronique("convoquee", usager=UsagerFactory(langue="ar"))
    lu = Demande.objects.avec_dossier().get(pk=demande.pk)
    contexte = module._contexte(lettres()[-1], lu, maintenant())
    assert [(t["langue"], t["sens"]) for t in contexte["textes"]] == [("ar", "rtl"), ("fr", "ltr")]
    assert contexte["textes"][1]["objet"].startswith("Prenez rendez-vous")


def test_who_is_convoked_by_letter_reads_why_and_what_to_bring_without_internet():
    demande = sans_adresse_electronique("convoquee", usager=UsagerFactory(langue="en"))
    convocation = convocation_active(demande)
    lu = Demande.objects.avec_dossier().get(pk=demande.pk)
    anglais, francais = module._contexte(lettres()[-1], lu, maintenant())["textes"]
    assert "Pourquoi vous devez venir" in francais["venue"]
    assert "Pourquoi" not in anglais["venue"]
    for piece in personne_a_venir(lu).apporter:
        assert piece.libelle in francais["venue"]
    for texte in (francais, anglais):
        assert convocation.motivation in texte["venue"]
        assert "<input" not in texte["venue"]
        assert texte["venue"].count("<li>")
        assert '<div lang="fr" dir="ltr">' in texte["venue"]
    assert "French:" in anglais["venue"]
    assert "en français" not in francais["venue"]
    complete = module._contexte(lettres()[0], lu, maintenant())["textes"]
    assert [t["venue"] for t in complete] == ["", ""]


def test_the_act_goes_in_the_same_envelope_and_nobody_shares_a_sheet():
    demande = sans_adresse_electronique("a_completer")
    documents = composer_lettre(lettres()[-1], maintenant=maintenant()).documents
    assert len(documents) == 2
    with pikepdf.open(BytesIO(assembler(documents * 2))) as pile:
        assert len(pile.pages) % 4 == 0
    assert demande.actes.get(genre="demande_pieces").produit_le
