"""A text of a préfecture, or of the country, in place of the software's: nearest first, never instead of the frame."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from demandes.calculs.modeles_messages import ETAPES, SMS, analyser
from demandes.models import ModeleMessage, Notification
from demandes.services.apercus import apercevoir
from demandes.services.courriels import composer, composer_sms, lien_convocation
from demandes.services.modeles_messages import Adresse
from demandes.services.notifications import notifier
from demandes.services.textes_sms import TEXTES_SMS
from planipref.commun.langues import LANGUES, code_django
from planipref.commun.transactions import acte as transaction
from tests.demandes.factories import INSTANT, DemandeFactory, MotifFactory, PrefectureFactory
from tests.parcours import amener_a, convocation_active

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


def rendez_vous(**kwargs):
    demande = amener_a(DemandeFactory(**kwargs), "rdv_pris")
    return demande, Notification.objects.get(demande=demande, modele="rendez_vous")


def ecrire(texte, **champs):
    cle = {"prefecture": None, "motif": None, "etape": "rendez_vous", "canal": "courriel", "langue": "fr"} | champs
    return ModeleMessage.objects.create(texte=texte, **cle)


def test_nearest_text_wins_and_the_software_s_is_the_last():
    demande, ligne = rendez_vous()
    ecrire("Ailleurs", prefecture=PrefectureFactory(departement="68"))
    ecrire("Autre démarche", motif=MotifFactory(code="AUTRE"))
    ecrire("Autre langue", langue="en")
    ecrire("Autre canal", canal="courrier")
    ecrire("Autre étape", etape="rappel_rendez_vous")
    assert "Votre rendez-vous est confirmé" in composer(ligne).texte
    for texte, champs in [
        ("Du pays", {}),
        ("Du pays, pour la démarche", {"motif": demande.motif}),
        ("De la préfecture", {"prefecture": demande.prefecture}),
        ("De la préfecture, pour la démarche", {"prefecture": demande.prefecture, "motif": demande.motif}),
    ]:
        ecrire(texte, **champs)
        courriel = composer(ligne)
        assert f"{texte}\n" in courriel.texte
        assert f"<p>{texte}</p>" in courriel.html
        assert "Votre rendez-vous est confirmé" not in courriel.texte + courriel.html


def test_text_in_another_language_leaves_the_software_s_in_the_usager_s():
    _, ligne = rendez_vous(usager__langue="en")
    ecrire("En français seulement")
    courriel = composer(ligne)
    assert "En français seulement" not in courriel.texte
    assert "Your appointment" in courriel.texte
    ecrire("Come on {jour} at {heure}, {lieu}.", langue="en")
    assert "Come on" in composer(ligne).texte


def test_button_warnings_signature_and_files_stay_around_the_text():
    demande, ligne = rendez_vous()
    avant = composer(ligne)
    ecrire("Bonjour,\n\nLe {jour} à {heure}, {lieu}.\nDemande {numero}.", objet="{motif} : {jour}")
    courriel = composer(ligne)
    lieu = ligne.contexte["rdv"]["lieu"]
    assert courriel.objet.startswith(f"{demande.motif.libelle} : ")
    assert f", {lieu}.\nDemande {demande.numero}." in courriel.texte
    assert f".<br>Demande {demande.numero}.</p>" in courriel.html
    for corps in (courriel.texte, courriel.html):
        assert lien_convocation(convocation_active(demande)) in corps
        assert "ne demande jamais d’argent" in corps
        assert "Si vous ne pouvez pas venir" in corps
        assert demande.service.nom in corps
        assert demande.usager.nom not in corps
    assert [p.nom for p in courriel.pieces] == [p.nom for p in avant.pieces] == ["rendez-vous.ics"]


def test_what_people_wrote_is_escaped_in_html_only():
    _, ligne = rendez_vous(motif__libelle="Carte <b>x</b>")
    ecrire("<script>alert(1)</script> {motif}")
    courriel = composer(ligne)
    assert "<script>alert(1)</script> Carte <b>x</b>" in courriel.texte
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Carte &lt;b&gt;x&lt;/b&gt;" in courriel.html
    assert "<script" not in courriel.html


def test_personal_link_keeps_its_warning_whatever_the_text_says():
    demande = amener_a(DemandeFactory(), "convoquee")
    ecrire("Venez avant le {limite}.", etape="convocation")
    courriel = composer(Notification.objects.get(demande=demande, modele="convocation"))
    assert "Venez avant le mercredi 3 avril 2030." in courriel.texte
    assert "ne le donnez à personne" in courriel.texte
    assert "ne le donnez à personne" in courriel.html


def test_text_message_is_written_in_light_letters_with_its_link():
    demande, _ = rendez_vous(usager__telephone="+33639980001")
    _notifier_sms(demande)
    ligne = Notification.objects.get(demande=demande, canal="sms")
    ecrire("Préfecture : « {jour} » à {heure}… {lien}", canal="sms")
    texte = composer_sms(ligne).texte
    assert texte.startswith('Préfecture : "')
    assert texte.endswith(f"... {lien_convocation(convocation_active(demande))}")


@transaction
def _notifier_sms(demande):
    source = Notification.objects.get(demande=demande, modele="rendez_vous")
    notifier(demande, "rendez_vous", maintenant=INSTANT, cle="sms", contexte=source.contexte, canal="sms")


@pytest.mark.parametrize("texte", ["{inconnue}", "{jour", "{jour.__class__}"])
def test_text_that_cannot_be_filled_in_never_stops_a_message(texte, caplog):
    demande, ligne = rendez_vous()
    ecrire(texte)
    assert "Votre rendez-vous est confirmé" in composer(ligne).texte
    assert "texte de message" in caplog.text
    assert demande.numero not in caplog.text


def test_text_costs_one_query_more_than_a_message_that_nobody_may_write():
    _, ligne = rendez_vous()
    ecrire("Le {jour}")
    with CaptureQueriesContext(connection) as requetes:
        composer(ligne)
    assert sum("demandes_modelemessage" in r["sql"] for r in requetes) == 1


def test_same_text_is_not_written_twice_even_for_the_whole_country():
    ecrire("Un")
    with pytest.raises(ValidationError, match="a déjà son texte"):
        ModeleMessage(etape="rendez_vous", canal="courriel", langue="fr", texte="Deux").full_clean()
    with pytest.raises(IntegrityError, match="modele_message_unique"):
        ecrire("Deux")


def test_text_message_has_no_subject():
    with pytest.raises(IntegrityError, match="modele_message_sms_sans_objet"):
        ecrire("Le {jour}", canal="sms", objet="Objet")


@pytest.mark.parametrize("langue", sorted(LANGUES))
def test_text_messages_of_the_software_would_be_accepted(langue):
    with translation.override(code_django(langue)):
        for etape in ETAPES.values():
            if etape.exigees_sms is not None:
                assert analyser(translation.gettext(TEXTES_SMS[etape.modele]), etape, SMS) == []


@pytest.mark.parametrize("code", sorted(ETAPES))
def test_every_step_has_a_block_for_its_text_and_every_name_is_filled_in(code):
    """Each name that a step permits has a value, in the invented message as in a mail."""
    etape = ETAPES[code]
    for canal in etape.canaux():
        noms = " ".join(f"[{{{v}}}]" for v in etape.permises(canal))
        apercu = apercevoir(Adresse(None, etape, canal, "fr", None), "", f"Un texte. {noms}", reel=None)
        assert "Un texte. [" in apercu.texte
        assert "[]" not in apercu.texte
        assert canal != "courriel" or "<p>Un texte. [" in apercu.html
        assert len(re.findall(r"<p[ >]", apercu.html)) == apercu.html.count("</p>")
        logiciel = apercevoir(Adresse(None, etape, canal, "fr", None), "", "", reel=None)
        assert canal == "courrier" or (logiciel.texte and "None" not in logiciel.texte)
