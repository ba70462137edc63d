from datetime import UTC, datetime

import pytest
from django.urls import reverse

from demandes.cycle import Etat
from demandes.models import AvisMedical, CodeMedecin, Demande, Evenement, Medecin, Notification
from demandes.services.courriels import composer
from planning.models import Creneau, Fermeture, PlageOuverture
from planning.services import examens
from tests.demandes.factories import AgentFactory, DemandeFactory, PrefectureFactory
from tests.parcours import amener_a
from tests.planning.aide_medical import APTE, agenda, agreer, examen, lien, medecin, motif_examen, ouvrir
from tests.planning.factories import CreneauFactory, PlageOuvertureFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

LE_JOUR_MEME = datetime(2030, 3, 5, 10, 0, tzinfo=UTC)
AVIS = {"sens": "apte_restrictions", "categories": ["B"], "restrictions": ["01"], "duree_mois": "24"}


@pytest.fixture
def convoque(temps_fige):
    motif = motif_examen()
    vu = examen(agenda([medecin(0), medecin(1)], motif), motif)
    vu.demande.reponses = {"neph": "120367890123", "metier": "secret-metier"}
    vu.demande.save(update_fields=["reponses"])
    temps_fige.move_to(LE_JOUR_MEME)
    return vu


def adresse(jeton, nom, *arguments):
    return reverse(f"planning:{nom}", args=[jeton, *arguments])


def texte(reponse):
    return reponse.content.decode()


# --- The door -----------------------------------------------------------------------------------------


def test_the_link_alone_shows_nothing_and_a_get_mails_nothing(client, convoque):
    jeton = lien(medecin(0, pendant=None))
    page = client.get(adresse(jeton, "medecin"))
    assert page.status_code == 200
    for secret in (convoque.demande.usager.nom_complet, convoque.demande.numero, "Martin0"):
        assert secret not in texte(page)
    assert not CodeMedecin.objects.exists()
    assert (page["Cache-Control"], page["Referrer-Policy"]) == ("no-store", "no-referrer")
    for nom in ("medecin_examen", "medecin_absent", "medecin_deport"):
        reponse = client.post(adresse(jeton, nom, convoque.rendez_vous.pk))
        assert (reponse.status_code, reponse["Location"]) == (303, adresse(jeton, "medecin"))


def test_a_wrong_code_is_counted_and_a_right_one_serves_once(client, convoque):
    jeton = ouvrir(client, medecin(0, pendant=None))
    assert "Examens du jour" in texte(client.get(adresse(jeton, "medecin")))
    client.post(adresse(jeton, "medecin_quitter"))
    code = Notification.objects.filter(modele="medecin_code").latest("pk")
    numero = composer(code).texte.split("agréé : ")[1][:6]
    assert client.post(adresse(jeton, "medecin"), {"code": numero}).status_code == 422
    statuts = [client.post(adresse(jeton, "medecin"), {"code": "000000"}).status_code for _ in range(8)]
    assert statuts[-1] == 429


def test_the_page_closes_after_half_a_day_and_with_another_link(client, convoque, temps_fige):
    jeton = ouvrir(client, medecin(0, pendant=None))
    temps_fige.move_to(datetime(2030, 3, 5, 17, 0, tzinfo=UTC))
    assert "Examens du jour" not in texte(client.get(adresse(jeton, "medecin")))
    temps_fige.move_to(LE_JOUR_MEME)
    lien(medecin(0, pendant=None))
    assert client.get(adresse(jeton, "medecin")).status_code == 404


def test_suspended_or_without_agreement_the_link_opens_nothing(client, convoque):
    docteur = medecin(0, pendant=None)
    jeton = ouvrir(client, docteur)
    Medecin.objects.filter(pk=docteur.pk).update(actif=False)
    assert client.get(adresse(jeton, "medecin")).status_code == 410
    Medecin.objects.filter(pk=docteur.pk).update(actif=True)
    Creneau.objects.update(etat="retire")
    docteur.agrements.all().delete()
    assert client.get(adresse(jeton, "medecin")).status_code == 410


# --- What a doctor sees and does ------------------------------------------------------------------------


def test_a_doctor_sees_identity_licence_and_reason_and_no_other_answer(client, convoque):
    jeton = ouvrir(client, medecin(0, pendant=None))
    page = texte(client.get(adresse(jeton, "medecin_examen", convoque.rendez_vous.pk)))
    assert convoque.demande.usager.nom_complet in page
    assert "120367890123" in page
    assert "secret-metier" not in page
    assert convoque.demande.usager.courriel not in page
    assert Evenement.objects.filter(nature="lecture:medecin", acteur_genre="medecin").count() == 1


def test_an_opinion_is_read_over_then_signed_by_both(client, convoque):
    jeton = ouvrir(client, medecin(0, pendant=None))
    page = adresse(jeton, "medecin_examen", convoque.rendez_vous.pk)
    relire = client.post(page, AVIS)
    assert "Relisez votre avis" in texte(relire)
    assert "Correction ou protection de la vision" in texte(relire)
    assert not AvisMedical.objects.exists()
    assert client.post(page, AVIS | {"signer": "1"}).status_code == 303
    avis = AvisMedical.objects.get()
    assert avis.rendu_le is None
    autre = ouvrir(client, medecin(1, pendant=None))
    assert "À signer avec votre confrère" in texte(client.get(adresse(autre, "medecin")))
    assert client.post(adresse(autre, "medecin_contresigner", avis.pk)).status_code == 303
    assert Demande.objects.get(pk=convoque.demande.pk).etat == Etat.EN_INSTRUCTION
    pdf = client.get(adresse(autre, "medecin_avis", avis.pk))
    assert b"".join(pdf.streaming_content)[:5] == b"%PDF-"


def test_a_wrong_opinion_says_why_beside_the_field_and_loses_nothing(client, convoque):
    jeton = ouvrir(client, medecin(0, pendant=None))
    page = adresse(jeton, "medecin_examen", convoque.rendez_vous.pk)
    reponse = client.post(page, AVIS | {"sens": "apte", "signer": "1"})
    assert reponse.status_code == 422
    assert "ne porte pas de restriction" in texte(reponse)
    assert 'value="01"' in texte(reponse)
    assert client.post(page, {}).status_code == 422
    assert not AvisMedical.objects.exists()


def test_a_foreign_doctor_finds_nobody(client, convoque):
    avis = examens.rendre_avis(convoque.rendez_vous, medecin(0, pendant=None), APTE, maintenant=LE_JOUR_MEME)
    agenda([medecin(2)], motif_examen("medecin"), code="67-medical-2")
    jeton = ouvrir(client, medecin(2, pendant=None))
    rdv = convoque.rendez_vous.pk
    assert convoque.demande.usager.nom_complet not in texte(client.get(adresse(jeton, "medecin")))
    assert client.get(adresse(jeton, "medecin_examen", rdv)).status_code == 404
    for nom, pk in (("medecin_absent", rdv), ("medecin_deport", rdv), ("medecin_contresigner", avis.pk)):
        assert client.post(adresse(jeton, nom, pk)).status_code == 404
    assert client.get(adresse(jeton, "medecin_avis", avis.pk)).status_code == 404


def test_the_link_of_one_with_the_session_of_another_opens_nothing(client, convoque):
    ouvrir(client, medecin(2))
    jeton = lien(medecin(0, pendant=None))
    assert "Recevoir un code" in texte(client.get(adresse(jeton, "medecin")))


def test_absent_and_own_patient_are_one_press(client, convoque):
    jeton = ouvrir(client, medecin(0, pendant=None))
    assert client.post(adresse(jeton, "medecin_absent", convoque.rendez_vous.pk)).status_code == 303
    assert Demande.objects.get(pk=convoque.demande.pk).etat == Etat.CONVOQUEE


def test_the_page_of_a_doctor_reads_little(client, django_assert_max_num_queries):
    motif = motif_examen()
    lieu = agenda([medecin(0), medecin(1)], motif)
    for _ in range(4):
        examen(lieu, motif)
    jeton = ouvrir(client, medecin(0, pendant=None))
    with django_assert_max_num_queries(18):
        client.get(adresse(jeton, "medecin"))


# --- Slots of their own ---------------------------------------------------------------------------------


@pytest.fixture
def cabinet(client):
    docteur = medecin(0)
    lieu = agenda([docteur], motif_examen("medecin"))
    return lieu, ouvrir(client, docteur)


PLAGE = {"jour": "2", "recurrence": "toutes", "debut": "09:00", "fin": "10:00", "du": "04/03/2030"}


def test_a_doctor_opens_slots_that_are_offered_at_once(client, cabinet):
    lieu, jeton = cabinet
    plage = PLAGE | {"file": lieu.file_id}
    assert client.post(adresse(jeton, "medecin_plage"), plage).status_code == 303
    assert Creneau.objects.filter(file=lieu.file, etat="ouvert", places=1).count() == 4 * 5
    client.post(adresse(jeton, "medecin_plage_supprimer", PlageOuverture.objects.get().pk))
    assert not Creneau.objects.filter(file=lieu.file, etat="ouvert").exists()


def test_a_day_off_withdraws_free_slots_and_comes_back(client, cabinet):
    lieu, jeton = cabinet
    PlageOuvertureFactory(file=lieu.file, nb_guichets=1)
    CreneauFactory(file=lieu.file)
    absence = {"file": lieu.file_id, "du": "05/03/2030", "au": "05/03/2030"}
    assert client.post(adresse(jeton, "medecin_fermeture"), absence).status_code == 303
    assert {c.debut.day for c in Creneau.objects.filter(file=lieu.file, etat="ouvert")} == {12, 19, 26, 2}
    client.post(adresse(jeton, "medecin_fermeture_supprimer", Fermeture.objects.get().pk))
    assert 5 in {c.debut.day for c in Creneau.objects.filter(file=lieu.file, etat="ouvert")}


def test_a_doctor_touches_no_other_opening(client, cabinet):
    _, jeton = cabinet
    autre = agenda([medecin(1)], motif_examen("medecin"), code="67-medical-2")
    plage = PlageOuvertureFactory(file=autre.file)
    assert client.post(adresse(jeton, "medecin_plage_supprimer", plage.pk)).status_code == 404
    valeurs = PLAGE | {"file": autre.file_id}
    assert client.post(adresse(jeton, "medecin_plage"), valeurs).status_code == 422
    assert PlageOuverture.objects.count() == 1


# --- The préfecture's list ------------------------------------------------------------------------------


MEDECIN = {
    "prenom": "Anne", "nom": "Martin", "rpps": "100 0123 4565", "courriel": "a@cabinet.example",
    "reference": "2030-12", "du": "04/03/2030", "au": "03/03/2035",
}  # fmt: skip


@pytest.fixture
def chef(client):
    client.force_login(AgentFactory(username="denis", chef_service=True))
    return client


def test_a_manager_enters_a_doctor_opens_a_place_and_mails_the_link(chef):
    motif = motif_examen("medecin")
    assert chef.post(reverse("planning:medecin_ajouter"), MEDECIN).status_code == 303
    docteur = Medecin.objects.get()
    lieu = {
        "genre": "cabinet", "nom": "Cabinet Martin", "adresse": "1 rue du Test", "code_postal": "67000",
        "commune": "Strasbourg", "medecins": [docteur.pk], "motifs": [motif.pk], "pas_minutes": "20",
    }  # fmt: skip
    assert chef.post(reverse("planning:agenda_ajouter"), lieu).status_code == 303
    page = texte(chef.get(reverse("planning:medecins")))
    assert "Dr Anne Martin" in page
    assert "Cabinet Martin" in page
    assert chef.post(reverse("planning:medecin_lien", args=[docteur.pk])).status_code == 303
    mail = composer(Notification.objects.get(modele="medecin_lien"))
    assert "/medecin/" in mail.texte
    assert mail.destinataire == "a@cabinet.example"


@pytest.mark.parametrize(
    ("champ", "valeur"),
    [("rpps", "10001234563"), ("au", "04/03/2035"), ("au", "01/03/2030"), ("courriel", "rien")],
)
def test_a_wrong_entry_is_said_beside_the_field(chef, champ, valeur):
    reponse = chef.post(reverse("planning:medecin_ajouter"), MEDECIN | {champ: valeur})
    assert reponse.status_code == 422
    assert reponse.context["form"].errors.keys() == {champ}
    assert not Medecin.objects.exists()


def test_a_rpps_names_one_doctor(chef):
    chef.post(reverse("planning:medecin_ajouter"), MEDECIN)
    reponse = chef.post(reverse("planning:medecin_ajouter"), MEDECIN | {"nom": "Durand"})
    assert reponse.context["form"].errors.keys() == {"rpps"}


@pytest.mark.parametrize("genre", ["cabinet", "commission"])
def test_a_place_takes_the_right_number_of_doctors_and_its_own_motifs(chef, genre):
    docteurs = [medecin(0), medecin(1)]
    motifs = {"cabinet": motif_examen("commission"), "commission": motif_examen("")}
    lieu = {
        "genre": genre, "nom": "Lieu", "adresse": "1 rue", "code_postal": "67000", "commune": "Strasbourg",
        "medecins": [d.pk for d in docteurs], "motifs": [motifs[genre].pk], "pas_minutes": "20",
    }  # fmt: skip
    reponse = chef.post(reverse("planning:agenda_ajouter"), lieu)
    assert reponse.context["form"].errors.keys() == {"medecins" if genre == "cabinet" else "motifs"}


def test_withdrawing_and_suspending_from_the_list(convoque, chef):
    docteur = medecin(0, pendant=None)
    agrement = docteur.agrements.get()
    adresse_du_retrait = reverse("planning:agrement_retirer", args=[agrement.pk])
    assert chef.post(adresse_du_retrait, {"le": "01/01/2032"}).status_code == 422
    assert chef.post(adresse_du_retrait, {"le": "06/03/2030"}).status_code == 303
    agrement.refresh_from_db()
    assert agrement.retire_le is not None
    assert chef.post(reverse("planning:medecin_suspendre", args=[docteur.pk])).status_code == 303
    assert "Suspendu" in texte(chef.get(reverse("planning:medecins")))
    chef.post(reverse("planning:medecin_retablir", args=[docteur.pk]))
    assert Medecin.objects.get(pk=docteur.pk).actif


def test_paper_is_copied_from_the_dossier(chef):
    docteur = medecin(0)
    demande = amener_a(DemandeFactory(motif=motif_examen("medecin")), Etat.COMPLETE)
    page = reverse("planning:avis_papier", args=[demande.numero])
    assert str(docteur) in texte(chef.get(page))
    valeurs = {"medecins": [docteur.pk], "examine_le": "01/03/2030", "sens": "apte", "categories": ["B"]}
    assert chef.post(page, valeurs | {"examine_le": "01/03/2031"}).status_code == 422
    assert chef.post(page, valeurs).status_code == 303
    dossier = texte(chef.get(reverse("pages:dossier", args=[demande.numero])))
    assert "Avis médical" in dossier
    assert "reçu sur papier" in dossier


def test_agreements_of_another_prefecture_are_unknown(chef):
    etranger = medecin(3, pendant=None, prefecture=PrefectureFactory(departement="93"))
    agrement = agreer(etranger)
    assert chef.get(reverse("planning:agrement_retirer", args=[agrement.pk])).status_code == 404
    assert chef.post(reverse("planning:medecin_suspendre", args=[etranger.pk])).status_code == 404
    assert chef.get(reverse("planning:medecins") + "?prefecture=93").status_code == 404
