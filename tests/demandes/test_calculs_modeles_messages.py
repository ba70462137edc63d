"""Texts written by a webmestre: what is refused, and that whatever is accepted can be filled in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demandes.calculs.modeles_messages import (
    COURRIEL,
    ETAPES,
    SMS,
    TEXTE_MAX,
    VARIABLES,
    analyser,
    analyser_objet,
    etape_de,
    nettoyer,
    paragraphes,
    remplir,
)
from demandes.services.courriels import OBJETS
from demandes.services.textes_sms import TEXTES_SMS

RDV = ETAPES["rendez_vous"]
JUSTE = "Venez le {jour} à {heure} : {lieu}."


@pytest.mark.parametrize(
    ("texte", "faute"),
    [
        ("", "Écrivez le texte"),
        (" \n ", "Écrivez le texte"),
        ("Venez.", "{jour}, {heure}, {lieu}"),
        ("Venez le {jour} : {lieu}.", "doit dire : {heure}."),
        (JUSTE + " {jours}", "Écriviez-vous {jour} ?"),
        (JUSTE + " {xyz}", "Possibles : {numero}, {motif}"),
        (JUSTE + " {jour", "accolade est seule"),
        (JUSTE + " jour}", "accolade est seule"),
        (JUSTE + " {{motif}}", "deux accolades seulement"),
        (JUSTE + " {}", "« {} » n’est pas"),
        (JUSTE + " {0}", "« {0} » n’est pas"),
        (JUSTE + " {motif.libelle}", "n’est pas une variable"),
        (JUSTE + " {motif[0]}", "n’est pas une variable"),
        (JUSTE + " {motif!r}", "n’est pas une variable"),
        (JUSTE + " {motif:>9999999}", "n’est pas une variable"),
        (JUSTE + " {motif:{numero}}", "n’est pas une variable"),
        (JUSTE + " {lien}", "n’est pas une variable"),
        (JUSTE + " Lisez https://exemple.com/a", "seules les adresses en .gouv.fr"),
        (JUSTE + " exemple.c\u034fom", "seules les adresses en .gouv.fr"),
        (JUSTE + " exem\ufe0fple.com", "seules les adresses en .gouv.fr"),
        (JUSTE + " exemple.com", "seules les adresses en .gouv.fr"),
        (JUSTE + " {motif}.com", "seules les adresses en .gouv.fr"),
        (JUSTE + " https://www.gouv.fr@exemple.com", "seules les adresses en .gouv.fr"),
        (JUSTE + " https://exemple.com#.gouv.fr", "seules les adresses en .gouv.fr"),
        (JUSTE + " https://exemple.com\\.gouv.fr", "seules les adresses en .gouv.fr"),
        (JUSTE + " https://faux-gouv.fr", "seules les adresses en .gouv.fr"),
        (JUSTE + " пример.рф", "seules les adresses en .gouv.fr"),
        (JUSTE + " https://service-public.fr:secret@exemple.com", "seules les adresses en .gouv.fr"),
        (JUSTE + " https://www.gouv.fr:443@exemple.com", "seules les adresses en .gouv.fr"),
        (JUSTE + " https://exemple.com,.gouv.fr", "seules les adresses en .gouv.fr"),
        (JUSTE + " ftp://www.gouv.fr/x", "seules les adresses en .gouv.fr"),
        (JUSTE + " 1.2.3.4/x", "seules les adresses en .gouv.fr"),
        (JUSTE + " exemple。com", "seules les adresses en .gouv.fr"),
        (JUSTE + " exemple．com", "seules les adresses en .gouv.fr"),
        (JUSTE + " exemple.c\u200dom", "seules les adresses en .gouv.fr"),
        (JUSTE + " javascript://www.gouv.fr", "seules les adresses en .gouv.fr"),
        (JUSTE + "\u202e", "caractère invisible (U+202E)"),
        (JUSTE + "\x00", "caractère invisible (U+0000)"),
        (JUSTE + "é" * TEXTE_MAX, "4000 au plus"),
    ],
)
def test_text_with_a_fault_is_refused_and_says_which(texte, faute):
    assert any(faute in f for f in analyser(texte, RDV, COURRIEL))


@pytest.mark.parametrize(
    "texte",
    [
        JUSTE,
        f"{JUSTE}\r\n\r\nDe 9.30 à 12 h. Écrivez à accueil@bas-rhin.gouv.fr.",
        f"{JUSTE} Lisez https://www.service-public.fr/particuliers/vosdroits (gratuit), ou etrangers.gouv.fr : merci.",
        f"{JUSTE} 请来。谢谢。",
        JUSTE + " www.service-public.fr/a?b",
    ],
)
def test_text_without_fault_is_accepted(texte):
    assert analyser(texte, RDV, COURRIEL) == []


def test_text_message_must_hold_its_link_and_a_mail_has_its_button():
    assert analyser("Le {jour} à {heure}.", RDV, SMS) == ["Ce message doit dire : {lien}."]
    assert analyser("Le {jour} à {heure} : {lien}", RDV, SMS) == []
    assert "lien" not in RDV.permises(COURRIEL)


@pytest.mark.parametrize("objet", ["Deux\nlignes", "Secret {lien}", "x" * 151, "Voir exemple.com"])
def test_subject_with_a_fault_is_refused(objet):
    assert analyser_objet(objet, RDV, COURRIEL)
    assert analyser_objet(objet, RDV, "courrier")


def test_values_are_not_parsed_again():
    assert remplir("{motif} {numero}", {"motif": "{numero}", "numero": "{x"}) == "{numero} {x"


def test_paragraphs_are_parted_by_blank_lines():
    assert paragraphes("a  \r\nb\r\n\r\n\r\n\r\nc\n") == ["a\nb", "c"]


morceaux = st.one_of(
    st.text(max_size=12), st.sampled_from([f"{{{v}}}" for v in VARIABLES]), st.sampled_from(["{", "}", "{a.b}", "{{"])
)


@given(st.lists(morceaux, max_size=12), st.sampled_from(sorted(ETAPES)), st.data())
def test_whatever_text_is_accepted_can_be_filled_in(parts, code, data):
    etape = ETAPES[code]
    canal = data.draw(st.sampled_from(etape.canaux()))
    texte = "".join([*parts, *(f" {{{v}}}" for v in etape.necessaires(canal))])
    if not analyser(texte, etape, canal):
        dit = remplir(nettoyer(texte), {v: f"<{v}>" for v in etape.permises(canal)})
        assert "{" not in dit
        assert all(f"<{v}>" in dit for v in etape.necessaires(canal))


def test_every_step_is_a_message_of_the_software_and_every_text_message_has_one():
    assert {e.modele for e in ETAPES.values()} <= set(OBJETS)
    assert {e.modele for e in ETAPES.values() if e.exigees_sms is not None} == set(TEXTES_SMS)


@pytest.mark.parametrize(
    ("modele", "cas", "code"),
    [
        ("convocation", {"objet": "remise"}, "convocation_remise"),
        ("convocation", {"objet": "reception"}, "convocation"),
        ("decision", {"sens": "accord"}, "decision_accord"),
        ("decision", {"sens": "refus"}, "decision_refus"),
        ("sans_suite", {"retiree_par": "usager"}, "sans_suite_usager"),
        ("sans_suite", {}, "sans_suite_delai"),
        ("absence", {}, "absence"),
    ],
)
def test_case_of_a_message_has_its_own_text(modele, cas, code):
    assert etape_de(modele, **cas) == ETAPES[code]


@pytest.mark.parametrize("modele", ["code_acces", "mandat_propose", "adresse_changee", "medecin_lien", "conge_refusee"])
def test_words_that_protect_and_words_to_others_are_the_software_s_only(modele):
    assert etape_de(modele) is None
