"""What an attacker tried who holds an account of their own: usager, aidant. Each of these opened something once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from demandes.models import CodeAcces, Demande, Evenement, Mandat, Notification, Usager
from demandes.services.convocation import revoquer_convocation
from demandes.services.courriels import composer, lien_suivi
from demandes.services.doublons import defaire_fusion, fusionner
from demandes.services.franceconnect import identifier_brouillon
from planipref.commun.franceconnect import IdentitePivot
from planipref.commun.horloge import maintenant
from planipref.commun.jetons import deriver
from tests.demandes.factories import INSTANT, AidantFactory, DemandeFactory, MandatFactory, MotifFactory, UsagerFactory
from tests.demandes.outils_depot import COORDONNEES, IDENTITE, commencer, deposer, motif_ouvert, ouvrir_session, photo
from tests.demandes.outils_famille import convoquer_ensemble, famille
from tests.pages.outils_accompagnement import connecter
from tests.parcours import acteur, amener_a, convocation_active, equipe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
PIVOT = IdentitePivot("sub-1", "Ben Ali", "Amina", "1980-05-17", "67482", "", "")


def chemin(adresse):
    return "/" + adresse.split("://", 1)[1].split("/", 1)[1]


# --- Records that look alike ------------------------------------------------------------------------


@pytest.fixture
def victime():
    demande = amener_a(DemandeFactory(usager=UsagerFactory(courriel="victime@example.org")), "convoquee")
    Demande.objects.filter(pk=demande.pk).update(adresse_prouvee=True)
    return demande


@pytest.fixture
def pirate(client):
    demande = deposer(client, motif_ouvert(pieces=0))
    Usager.objects.filter(pk=demande.usager_id).update(courriel="pirate@example.org")
    return Demande.objects.get(pk=demande.pk)


def fondre(victime, pirate, gagne):
    choix = {"courriel": gagne.usager_id}
    par = acteur(equipe(victime).chloe)
    return fusionner(victime.usager, pirate.usager, choix=choix, par=par, maintenant=INSTANT)


def test_merge_that_keeps_the_address_of_a_look_alike_closes_the_former_links_and_tells_the_victim(victime, pirate):
    ancien, lien_rdv = lien_suivi(victime), convocation_active(victime).cle
    code = CodeAcces.objects.create(demande=victime, empreinte="x", expire_le=maintenant() + timedelta(minutes=15))
    fondre(victime, pirate, pirate)
    victime = Demande.objects.get(pk=victime.pk)
    code.refresh_from_db()
    assert not victime.adresse_prouvee
    assert code.utilise_le
    assert convocation_active(victime).cle != lien_rdv
    assert Client().get(chemin(ancien)).status_code == 404
    averti = Notification.objects.get(modele="adresse_changee", demande=victime)
    assert averti.destinataire == "victime@example.org"
    assert lien_suivi(victime) not in str(composer(averti).texte)


def test_merge_that_keeps_the_address_of_the_victim_puts_the_look_alike_out(client, victime, pirate):
    assert client.get(f"/suivi/{pirate.numero}/").status_code == 200
    fondre(victime, pirate, victime)
    assert client.get(f"/suivi/{pirate.numero}/").status_code == 404
    assert Client().get(chemin(lien_suivi(pirate))).status_code == 404
    assert not Notification.objects.filter(demande=victime, modele="adresse_changee").exists()
    assert Notification.objects.get(demande=pirate, modele="adresse_changee").destinataire == "pirate@example.org"


def test_undoing_a_merge_changes_hands_again(client, victime, pirate):
    fusion = fondre(victime, pirate, pirate)
    entre_temps = lien_suivi(Demande.objects.get(pk=victime.pk))
    defaire_fusion(fusion, par=acteur(equipe(victime).chloe), maintenant=INSTANT)
    rendue = Demande.objects.get(pk=victime.pk)
    assert rendue.usager.courriel == "victime@example.org"
    assert Client().get(chemin(entre_temps)).status_code == 404
    assert Notification.objects.filter(demande=victime, modele="depot").latest("pk").destinataire == (
        "victime@example.org"
    )


def test_warning_before_a_merge_names_nobody_from_a_draft(client):
    motif = MotifFactory(pieces=0)
    identite = {"nom": "Diop", "prenoms": "Enfant", "date_naissance": "1990-01-05"}
    tete = DemandeFactory(motif=motif, usager=UsagerFactory(nom="Secret", prenoms="Brouillon"))
    enfant, autre = (
        amener_a(DemandeFactory(motif=motif, usager=UsagerFactory(**identite), **liens), "deposee")
        for liens in ({"principale": tete, "lien_familial": "enfant"}, {})
    )
    client.force_login(equipe(enfant).chloe)
    page = client.get(f"/agent/doublons/{enfant.usager_id}/{autre.usager_id}/").content.decode()
    assert "data-lue" in page
    assert "SECRET" not in page.upper()


# --- Families ---------------------------------------------------------------------------------------


def test_mail_that_waits_for_who_left_a_visit_does_not_carry_the_new_link():
    demandes = famille(3, "complete")
    Usager.objects.filter(pk=demandes[0].usager_id).update(courriel="partie@example.org")
    porteuse = convoquer_ensemble([Demande.objects.get(pk=d.pk) for d in demandes])
    attend = Notification.objects.get(demande=demandes[0], modele="convocation", destinataire="partie@example.org")
    revoquer_convocation(demandes[0], par=acteur(equipe(demandes[0]).chloe), maintenant=INSTANT)
    porteuse.refresh_from_db()
    attend.refresh_from_db()
    texte = str(composer(attend).texte)
    assert f"/rdv/{deriver('convocation', str(porteuse.cle))}/" not in texte
    assert "Enfant" not in texte


@pytest.mark.parametrize("portee", [["reserver"], ["deposer", "completer", "reserver", "suivre"]])
def test_aidant_of_one_person_of_a_visit_does_not_read_the_others(portee):
    demandes = famille(3, "complete")
    porteuse = convoquer_ensemble(demandes)
    aidant = AidantFactory()
    MandatFactory(demande=demandes[0], organisme=aidant.organisme, aidant=aidant, portee=portee)
    page = connecter(aidant).get(f"/rdv/mandat-{porteuse.cle}/")
    assert page.status_code == 200
    assert "Enfant" not in page.content.decode()
    assert str(demandes[0].numero) in page.content.decode()


@pytest.mark.parametrize("rang", [0, 1])
def test_organisation_is_written_to_for_the_person_it_helps_and_reads_no_other_name(rang):
    demandes = famille(3, "complete")
    Usager.objects.filter(pk__in=[d.usager_id for d in demandes]).update(courriel="")
    aidant = AidantFactory()
    MandatFactory(demande=demandes[rang], organisme=aidant.organisme, aidant=aidant)
    convoquer_ensemble([Demande.objects.get(pk=d.pk) for d in demandes])
    message = Notification.objects.get(modele="convocation", destinataire=aidant.organisme.courriel)
    autres = [d.usager.prenoms for d in demandes if d != demandes[rang]]
    assert message.demande == demandes[rang]
    assert not [nom for nom in autres if nom in str(composer(message).texte)]


def test_mandate_taken_back_by_a_relative_is_journaled_as_theirs(client):
    tete, membre = famille(2, "deposee")
    mandat = MandatFactory(demande=membre)
    ouvrir_session(client, tete)
    assert client.post(f"/suivi/{membre.numero}/mandats/{mandat.pk}/retirer/").status_code == 303
    assert Evenement.objects.get(nature="mandat:revoque").acteur_id == tete.usager_id


# --- One record, several demandes -------------------------------------------------------------------


def test_draft_of_an_identified_person_does_not_change_the_address_of_what_is_deposited(client):
    motif = motif_ouvert(pieces=0)
    premiere = identifier_brouillon(commencer(client, motif), PIVOT, maintenant=INSTANT)
    ouvrir_session(client, premiere)
    client.post(f"/depot/{premiere.cle}/coordonnees/", COORDONNEES | {"courriel": "juste@example.org"})
    premiere = amener_a(premiere, "deposee")
    autre = Client()
    seconde = identifier_brouillon(commencer(autre, motif), PIVOT, maintenant=INSTANT)
    ouvrir_session(autre, seconde)
    reponse = autre.post(f"/depot/{seconde.cle}/coordonnees/", COORDONNEES | {"courriel": "faute@example.org"})
    assert reponse.status_code == 422
    assert "Écrivez au service pour changer son adresse" in reponse.content.decode()
    assert Usager.objects.get(pk=premiere.usager_id).courriel == "juste@example.org"
    demenage = COORDONNEES | {"courriel": "juste@example.org", "adresse": "2 rue Neuve"}
    assert autre.post(f"/depot/{seconde.cle}/coordonnees/", demenage).status_code == 303


def test_aidant_of_a_draft_does_not_change_the_address_of_other_demandes(client):
    premiere = identifier_brouillon(commencer(client, motif_ouvert(pieces=0)), PIVOT, maintenant=INSTANT)
    ouvrir_session(client, premiere)
    saisie = COORDONNEES | {"courriel": "juste@example.org", "adresse": "7 rue Cachée"}
    client.post(f"/depot/{premiere.cle}/coordonnees/", saisie)
    amener_a(premiere, "deposee")
    brouillon = DemandeFactory(motif=motif_ouvert(pieces=0), usager=UsagerFactory(courriel="", adresse=""))
    aidant = AidantFactory()
    MandatFactory(demande=brouillon, organisme=aidant.organisme, aidant=aidant)
    seconde = identifier_brouillon(brouillon, PIVOT, maintenant=INSTANT)
    reponse = connecter(aidant).post(f"/depot/{seconde.cle}/coordonnees/", saisie | {"adresse": "666 rue du Pirate"})
    assert reponse.status_code == 422
    assert Usager.objects.get(pk=premiere.usager_id).adresse == "7 rue Cachée"


# --- Organisations ----------------------------------------------------------------------------------


def test_import_does_not_tell_whose_number_an_invitation_named():
    motif = motif_ouvert()
    demande = amener_a(DemandeFactory(motif=motif, usager=UsagerFactory(nom="Victime", prenoms="Vera")), "deposee")
    aidant = AidantFactory()
    aidant.organisme.prefectures.add(demande.prefecture)
    navigateur = connecter(aidant)
    invitation = {"numero": demande.numero, "date_naissance": "17/05/1980", "portee": ["suivre"], "fin": "01/09/2030"}
    assert navigateur.post("/accompagnement/inviter/", invitation).status_code == 303
    assert demande.mandats.exists()
    assert not Mandat.objects.visibles_par_l_organisme(aidant.organisme_id).exists()
    entete = "nom;prenoms;date_naissance;departement;demarche;portee;fin;signature;signe_le\n"
    ligne = f"Victime;Vera;17/05/1980;67;{motif.code};suivre;01/09/2030;papier;01/03/2030\n"
    fichier = SimpleUploadedFile("a.csv", (entete + ligne).encode())
    reponse = navigateur.post("/accompagnement/import/", {"fichier": fichier})
    assert not any(lue.deja for lue in reponse.context["lignes"])


def test_mandate_to_take_appointments_does_not_show_how_to_reach_the_person():
    usager = UsagerFactory(courriel="perso@example.org")
    demande = amener_a(DemandeFactory(motif=motif_ouvert(pieces=0), usager=usager), "deposee")
    aidant = AidantFactory()
    MandatFactory(demande=demande, organisme=aidant.organisme, aidant=aidant, portee=["reserver"])
    assert connecter(aidant).get(f"/accompagnement/nouvelle/?famille={demande.cle}").status_code == 403


# --- Somebody else's foreigner's number -------------------------------------------------------------

NUMERO, INCONNU = "9912345678", "9900000000"
QUI = {"nom": "Eberle", "prenoms": "Anne", "date_naissance": "03/02/1975", "numero_etranger": NUMERO}


def _deposer_comme(motif, **dits):
    """Walk the deposit as somebody; return all that the pages said, what was typed or drawn aside, and the queries."""
    navigateur = Client()
    demande = commencer(navigateur, motif)
    base, dites = f"/depot/{demande.cle}/", []
    with CaptureQueriesContext(connection) as requetes:
        for etape, donnees in (
            ("identite", IDENTITE | dits),
            ("coordonnees", COORDONNEES | {"courriel": f"{demande.cle}@example.org"}),
            ("recapitulatif", {"sincerite": "on"}),
        ):
            reponses = navigateur.post(f"{base}{etape}/", donnees), navigateur.get(f"{base}{etape}/")
            dites += [(r.status_code, r.headers.get("Location", ""), r.content.decode()) for r in reponses]
        demande.refresh_from_db()
        suivi = navigateur.get(f"/suivi/{demande.numero}/")
        dites.append((suivi.status_code, "", suivi.content.decode()))
    propre = re.compile(
        rf"{demande.cle}|{demande.numero}|{NUMERO}|{INCONNU}"
        r"""|\d{2}/\d{2}/19\d\d|\d+ \w+ 19\d\d|\w{64}|(?<=/actes/)[\w-]+|(?<=nonce=")[^"]+"""
    )
    return [(statut, propre.sub("…", vers), propre.sub("…", texte)) for statut, vers, texte in dites], len(requetes)


@pytest.mark.parametrize("qui", [{}, {"nom": "Zidane", "prenoms": "Ines"}], ids=["same_name", "other_name"])
def test_deposit_with_the_number_of_somebody_known_says_nothing_of_their_birth_date(qui):
    motif = motif_ouvert(pieces=0)
    connue = UsagerFactory(nom="Eberle", prenoms="Anne", date_naissance="1975-02-03", numero_etranger=NUMERO)
    victime = amener_a(DemandeFactory(usager=connue, motif=motif), "deposee")
    _deposer_comme(motif, **QUI | qui)  # what is kept in the process is filled
    juste, *autres = (
        _deposer_comme(motif, **QUI | qui | essai)
        for essai in ({}, {"date_naissance": "04/02/1975"}, {"numero_etranger": INCONNU})
    )
    assert [statut for statut, *_ in juste[0]] == [303, 200, 303, 200, 303, 303, 200]
    assert autres == [juste] * 2  # the same words, and as many queries
    assert not Evenement.objects.filter(demande=victime, nature__startswith="lecture").exists()


@pytest.mark.parametrize("contenu", ["nom;prenoms\n" + "x" * 140_000 + ";y\n", 'nom;prenoms\n"a\rb";c\rd'])
def test_import_of_what_is_no_table_is_refused(contenu):
    navigateur = connecter(AidantFactory())
    fichier = SimpleUploadedFile("a.csv", contenu.encode())
    assert navigateur.post("/accompagnement/import/", {"fichier": fichier}).status_code == 422
    assert navigateur.post("/accompagnement/import/confirmer/", {"contenu": contenu}).status_code == 422


def test_page_to_turn_that_no_document_has_is_the_first(client):
    demande = commencer(client, motif_ouvert())
    client.post(f"/depot/{demande.cle}/identite/", IDENTITE)
    client.post(f"/depot/{demande.cle}/coordonnees/", COORDONNEES)
    client.post(f"/depot/{demande.cle}/pieces/", {"piece_piece-0": photo(), "enregistrer": "1"})
    assert client.post(f"/depot/{demande.cle}/pieces/", {"tourner": "piece-0:" + "9" * 5000}).status_code == 303
