"""Every message composes, with one action, in plain text and HTML, and no token is ever stored."""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.transaction import atomic

from demandes.models import Convocation, Notification
from demandes.services import depot, suites
from demandes.services.analyse import rendre_verdict
from demandes.services.convocation import revoquer_convocation
from demandes.services.courriels import OBJETS, composer, lien_convocation, lien_suivi
from demandes.services.mandats import acteur_du_mandat, donner, revoquer, titulaire
from demandes.services.messages import ecrire
from demandes.services.notifications import notifier
from planipref.commun.antivirus import Verdict
from planipref.commun.horloge import maintenant
from planipref.commun.jetons import deriver
from planipref.commun.models import MessageBoite
from planipref.commun.transactions import acte as transaction
from planning.models import RendezVous
from planning.services import attente, reservation
from planning.services.examens import rendre_avis
from planning.services.rappels import rappeler_partout
from tests.demandes.factories import (
    INSTANT,
    AgentFactory,
    DemandeFactory,
    MandatFactory,
    MotifFactory,
    PrefectureFactory,
)
from tests.demandes.outils_famille import convoquer_ensemble, famille
from tests.parcours import PAS, acteur, amener_a, convocation_active, creneau_libre, equipe
from tests.planning.aide_medical import APTE, agenda, examen, medecin, motif_examen
from tests.planning.factories import CreneauFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

# The state that writes each message on its way; the others are provoked below.
VERS = {
    "depot": "deposee", "pieces_demandees": "a_completer", "complete": "complete", "convocation": "convoquee",
    "rendez_vous": "rdv_pris", "decision": "refusee", "remise": "remise",
}  # fmt: skip
PIECES = {
    "depot": ["accuse_reception"], "pieces_demandees": ["demande_pieces"], "decision": ["decision"],
    "avis_medical": ["avis_medical"], "remise": ["remise"], "rendez_vous": ["rendez-vous.ics"],
    "rendez_vous_annule": ["rendez-vous.ics"], "rappel_rendez_vous": ["rendez-vous.ics"],
    "confirmation": ["rendez-vous.ics"], "relance_confirmation": ["rendez-vous.ics"],
}  # fmt: skip


def _pieces_recues():
    demande = amener_a(DemandeFactory(), "a_completer")
    PAS["completer"](demande)
    return demande


def _revoquee():
    demande = amener_a(DemandeFactory(), "convoquee")
    revoquer_convocation(demande, par=acteur(equipe(demande).chloe), maintenant=INSTANT)
    return demande


def _annule():
    demande = amener_a(DemandeFactory(), "rdv_pris")
    reservation.annuler(convocation_active(demande), par=acteur(demande.usager), maintenant=INSTANT)
    return demande


def _absence():
    demande = amener_a(DemandeFactory(), "rdv_pris")
    PAS["constater_absence"](demande)
    return demande


def _sans_suite():
    demande = amener_a(DemandeFactory(), "deposee")
    suites.retirer(demande, par=acteur(demande.usager), maintenant=INSTANT)
    return demande


def _message():
    demande = amener_a(DemandeFactory(), "deposee")
    ecrire(demande, "Secret du dossier", par=acteur(equipe(demande).chloe), maintenant=INSTANT)
    return demande


@transaction
def _notifier_code(demande):
    notifier(demande, "code_acces", maintenant=INSTANT, cle="1", contexte={"code_acces_id": 1})


def _code():
    demande = amener_a(DemandeFactory(), "deposee")
    _notifier_code(demande)
    return demande


def _brouillon():
    demande = DemandeFactory()
    donnees = {"courriel": demande.usager.courriel}
    depot.enregistrer_identite(demande, donnees, par=acteur(demande.usager), maintenant=INSTANT)
    return demande


def _piece_refusee():
    demande = amener_a(DemandeFactory(), "deposee")
    piece = demande.pieces.get()
    demande.pieces.update(scan="en_attente")
    rendre_verdict(piece, Verdict.INFECTE, maintenant=INSTANT)
    return demande


def _mandat_propose():
    mandat = MandatFactory(a_signer=True)
    _envoyer_lien(mandat)
    return mandat.demande


@transaction
def _envoyer_lien(mandat):
    contexte = {"mandat_id": mandat.pk}
    notifier(mandat.demande, "mandat_propose", maintenant=INSTANT, cle="1", contexte=contexte)


def _mandat_termine():
    mandat = MandatFactory(demande=amener_a(DemandeFactory(), "deposee"))
    revoquer(mandat, par=acteur(mandat.usager), maintenant=INSTANT)
    return mandat.demande


def _mandat_donne():
    mandat = MandatFactory(a_signer=True)
    donner(mandat, par=titulaire(mandat), maintenant=INSTANT)
    return mandat.demande


def _convocation_lien():
    demandes = famille(2)
    convoquer_ensemble(demandes)
    revoquer_convocation(demandes[1], par=acteur(equipe(demandes[0]).chloe), maintenant=INSTANT)
    return demandes[0]


def _adresse_changee():
    demande = amener_a(DemandeFactory(), "deposee")
    _ecrire_a_l_ancienne_adresse(demande)
    return demande


@transaction
def _ecrire_a_l_ancienne_adresse(demande):
    notifier(demande, "adresse_changee", maintenant=INSTANT, cle="1", a=demande.usager.courriel)


def _acte_mandataire():
    mandat = MandatFactory(demande=amener_a(DemandeFactory(), "deposee"))
    ecrire(mandat.demande, "Bonjour", par=acteur_du_mandat(mandat, mandat.aidant_id), maintenant=INSTANT)
    return mandat.demande


def _avis_medical():
    docteur, motif = medecin(0), motif_examen("medecin")
    vu = examen(agenda([docteur], motif), motif)
    with time_machine.travel(vu.rendez_vous.creneau.debut, tick=False):
        rendre_avis(vu.rendez_vous, docteur, APTE, maintenant=maintenant())
    return vu.demande


def _place_proposee():
    motif = MotifFactory(pieces=0, etapes=[2, 3])
    demandes = [amener_a(DemandeFactory(motif=motif), "convoquee") for _ in range(2)]
    qui_part, qui_attend = (Convocation.objects.avec_page().get(demande=d) for d in demandes)
    creneau = CreneauFactory(file=equipe(demandes[0]).file, debut=INSTANT + timedelta(days=16), places=1)
    par = acteur(demandes[0].usager)
    reservation.reserver(qui_part, creneau, par=par, maintenant=INSTANT)
    attente.inscrire(qui_attend, par=acteur(demandes[1].usager), maintenant=INSTANT)
    reservation.annuler(qui_part, par=par, maintenant=INSTANT)
    attente.proposer_places(maintenant=INSTANT + timedelta(minutes=11))  # who gave it up may no longer take it back
    return demandes[1]


def _relance():
    demande = amener_a(DemandeFactory(), "convoquee")
    rappeler_partout(maintenant=INSTANT + timedelta(days=3, hours=2))
    return demande


def _rappel_pieces():
    demande = amener_a(DemandeFactory(), "a_completer")
    reste = demande.complements.get().limite - INSTANT.date()
    rappeler_partout(maintenant=INSTANT + reste - timedelta(days=2) + timedelta(hours=2))
    return demande


def _rappel_rendez_vous():
    demande = amener_a(DemandeFactory(), "rdv_pris")
    rendez_vous = RendezVous.objects.get(convocation__demande=demande)
    RendezVous.objects.filter(pk=rendez_vous.pk).update(pris_le=INSTANT - timedelta(days=9))
    rappeler_partout(maintenant=rendez_vous.creneau.debut.replace(hour=12) - timedelta(days=1))
    return demande


def _a_confirmer():
    demande = amener_a(DemandeFactory(), "convoquee")
    creneau = CreneauFactory(file=equipe(demande).file, debut=INSTANT + timedelta(days=9))
    reservation.reserver(convocation_active(demande), creneau, par=acteur(demande.usager), maintenant=INSTANT)
    RendezVous.objects.update(a_confirmer=True)
    return demande


def _confirmation():
    demande = _a_confirmer()
    par = acteur(equipe(demande).chloe)
    with atomic():
        reservation.changer_de_creneau(
            convocation_active(demande), creneau_libre(demande), par_le_service=True, par=par, maintenant=INSTANT
        )
    return demande


def _relance_confirmation():
    demande = _a_confirmer()
    rappeler_partout(maintenant=INSTANT + timedelta(days=3, hours=2))
    return demande


PROVOQUES = {
    "confirmation": _confirmation, "relance_confirmation": _relance_confirmation,
    "rappel_rendez_vous": _rappel_rendez_vous,
    "relance_lien": _relance, "rappel_pieces": _rappel_pieces,
    "place_proposee": _place_proposee,
    "avis_medical": _avis_medical,
    "mandat_propose": _mandat_propose, "mandat_termine": _mandat_termine, "acte_mandataire": _acte_mandataire,
    "pieces_recues": _pieces_recues, "convocation_revoquee": _revoquee, "rendez_vous_annule": _annule,
    "absence": _absence, "sans_suite": _sans_suite, "message": _message, "code_acces": _code,
    "piece_refusee": _piece_refusee, "brouillon": _brouillon, "mandat_donne": _mandat_donne,
    "convocation_lien": _convocation_lien, "adresse_changee": _adresse_changee,
}  # fmt: skip


# Nothing to open: a code to type, or an address that opens nothing any more.
SANS_LIEN = {"code_acces", "adresse_changee"}
# Subjects that say nothing of the demande: the address may be mistyped, or there is no number yet.
SANS_NUMERO = {"code_acces", "brouillon", "mandat_propose", "mandat_donne", "mandat_termine", "acte_mandataire"}


def notification(modele):
    demande = amener_a(DemandeFactory(), VERS[modele]) if modele in VERS else PROVOQUES[modele]()
    return Notification.objects.filter(demande=demande, modele=modele, canal="courriel").latest("pk")


@pytest.mark.parametrize("modele", sorted(OBJETS))
def test_courriel_of_each_kind_composes_in_text_and_html(modele, settings, tmp_path):
    settings.PLANIPREF_DATA = tmp_path
    ligne = notification(modele)
    courriel = composer(ligne)
    numero = ligne.demande.numero
    assert courriel.destinataire == ligne.demande.usager.courriel
    assert "{" not in courriel.objet
    for corps in (courriel.texte, courriel.html):
        assert "{{" not in corps
        assert "{%" not in corps
        assert "None" not in corps
        assert ligne.demande.prefecture.nom in corps
    assert modele in SANS_NUMERO or numero in courriel.objet
    assert len({u for u in liens(courriel.texte) if u != settings.PLANIPREF_URL}) == (modele not in SANS_LIEN)
    assert liens(courriel.texte) <= liens(courriel.html)
    assert [p.nom.removesuffix(f"-{numero}.pdf") for p in courriel.pieces] == PIECES.get(modele, [])
    assert all(p.donnees.startswith((b"%PDF-", b"BEGIN:VCALENDAR")) for p in courriel.pieces)
    jours = re.findall(r"\b\d{4}-\d\d-\d\d\b", courriel.texte)
    assert not jours, "a date is written as people say it"


def liens(texte):
    return set(re.findall(r"https?://[^\s<>\"]+", texte))


def test_courriel_of_a_convocation_says_neither_why_nor_the_birth_date():
    ligne = notification("convocation")
    courriel = composer(ligne)
    convocation = Convocation.objects.get(demande=ligne.demande)
    assert lien_convocation(convocation) in courriel.texte
    assert convocation.motivation not in courriel.texte + courriel.html
    assert "mercredi 3 avril 2030" in courriel.texte


def test_courriel_of_a_message_does_not_quote_it():
    courriel = composer(notification("message"))
    assert "Secret du dossier" not in courriel.texte + courriel.html


def test_courriel_gives_the_hour_in_the_time_of_the_prefecture():
    demande = amener_a(DemandeFactory(prefecture=PrefectureFactory(reunion=True)), "rdv_pris")
    courriel = composer(Notification.objects.get(demande=demande, modele="rendez_vous"))
    assert "à 9\u00a0h" in courriel.texte


def test_calendar_file_names_the_demarche_in_the_language_of_the_usager():
    libelle = "Titre de séjour étudiant\u00a0: empreintes et remise"
    demande = amener_a(DemandeFactory(motif__libelle=libelle, usager__langue="en"), "rdv_pris")
    (agenda,) = composer(Notification.objects.get(demande=demande, modele="rendez_vous")).pieces
    texte = agenda.donnees.decode().replace("\r\n ", "")
    assert "Student residence permit: fingerprints and collection" in texte
    assert "Titre de séjour" not in texte


def test_courriel_of_a_cancelled_appointment_after_a_revocation_gives_no_dead_link():
    demande = amener_a(DemandeFactory(), "rdv_pris")
    convocation = convocation_active(demande)
    revoquer_convocation(demande, par=acteur(equipe(demande).chloe), maintenant=INSTANT)
    courriel = composer(Notification.objects.get(demande=demande, modele="rendez_vous_annule"))
    assert lien_convocation(convocation) not in courriel.texte
    assert lien_suivi(demande) in courriel.texte


def test_courriel_escapes_what_people_wrote_in_html_only():
    demande = DemandeFactory(motif__libelle="Carte <b>d’essai</b> & fils")
    amener_a(demande, "deposee")
    courriel = composer(Notification.objects.get(demande=demande, modele="depot"))
    assert "<b>d’essai</b> & fils" in courriel.texte
    assert "&lt;b&gt;d’essai&lt;/b&gt; &amp; fils" in courriel.html


def test_tokens_are_stored_nowhere_in_the_database():
    demande = amener_a(DemandeFactory(), "rdv_pris")
    convocation = convocation_active(demande)
    jetons = [deriver("convocation", str(convocation.cle)), deriver("suivi", str(demande.cle))]
    for contexte in Notification.objects.values_list("contexte", flat=True):
        assert not any(j in json.dumps(contexte) for j in jetons)
    with connection.cursor() as curseur:
        for table in connection.introspection.table_names():
            curseur.execute("SELECT coalesce(string_agg(t::text, ' '), '') FROM " + table + " t")
            contenu = curseur.fetchone()[0]
            assert not any(j in contenu for j in jetons), table


def test_envoyer_messages_delivers_once_and_reports(tmp_path, settings, capsys):
    settings.PLANIPREF_DATA = tmp_path
    demande = amener_a(DemandeFactory(), "convoquee")
    call_command("envoyer_messages", "--json")
    bilan = json.loads(capsys.readouterr().out)
    recus = MessageBoite.objects.filter(destinataire=demande.usager.courriel)
    assert bilan["envoyees"] == recus.count() == 3
    assert bilan["echecs"] == bilan["reportees"] == 0
    call_command("envoyer_messages", "--json")
    assert json.loads(capsys.readouterr().out)["envoyees"] == 0
    assert recus.count() == 3


def test_passer_echeances_expires_the_links_past_their_date(capsys):
    demande = amener_a(DemandeFactory(), "convoquee")
    creneau_libre(demande)
    with time_machine.travel(convocation_active(demande).expire_le, tick=False):
        call_command("passer_echeances", "--json")
    assert json.loads(capsys.readouterr().out)["convocations_expirees"] == 1
    demande.refresh_from_db()
    assert demande.etat == "complete"


def test_settings_of_the_tests_send_no_real_mail():
    assert not settings.EMAIL_HOST


@pytest.mark.parametrize(
    ("par", "phrase"),
    [("usager", "a été retirée, par vous ou en votre nom"), ("agent", "Le service a retiré votre demande")],
)
def test_courriel_of_a_withdrawal_says_who_withdrew(par, phrase):
    demande = amener_a(DemandeFactory(), "deposee")
    qui = demande.usager if par == "usager" else AgentFactory(instructeur=True)
    suites.retirer(demande, par=acteur(qui), maintenant=INSTANT)
    courriel = composer(Notification.objects.get(demande=demande, modele="sans_suite"))
    for corps in (courriel.texte, courriel.html):
        assert phrase in corps
        assert "à temps" not in corps
