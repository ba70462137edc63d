"""Pages about the former booking module: shown then imported, resolved, reported, and nothing of another préfecture."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from planipref.commun.horloge import maintenant
from planning.models import LigneReprise, MotifRepris, ReglagesReprise, RendezVous
from planning.services import ancien_module
from tests.demandes.factories import AgentFactory, PrefectureFactory
from tests.planning.aide_reprise import MARDI, Ancien, ancien

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]
ICS = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:ancien-1@module
DTSTART:20300305T080000Z
SUMMARY:Titre de séjour
ATTENDEE:mailto:amina@example.org
DESCRIPTION:Nom: Ben Ali\\nPrénoms: Amina\\nDate de naissance: 17/05/1980
END:VEVENT
BEGIN:VEVENT
UID:ancien-2@module
DTSTART;TZID=Europe/Paris:20300305T091500
SUMMARY:Titre de séjour
STATUS:CANCELLED
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def a(client: Client) -> Ancien:
    """The préfecture, its manager signed in."""
    fait = ancien()
    client.force_login(fait.denis)
    return fait


def envoi(contenu: str, nom: str = "rdv.csv") -> dict[str, SimpleUploadedFile]:
    """What the form sends."""
    return {"fichier": SimpleUploadedFile(nom, contenu.encode(), "text/csv")}


def travailler() -> None:
    ancien_module.reprendre_en_attente(maintenant=maintenant)


def test_file_is_shown_then_imported_then_resolved(client: Client, a: Ancien) -> None:
    a.creneau(places=1)
    autre = a.creneau(MARDI + timedelta(hours=1))
    contenu = a.fichier(
        a.ligne("R1"), a.ligne("R2", nom="Diallo"), a.ligne("R3", motif="Permis"), a.ligne("R4", heure="midi")
    )
    reponse = client.post("/planning/reprise/", envoi(contenu))
    page = reponse.content.decode()
    assert "Importer 2 lignes" in page
    assert "Créneau complet" in page
    assert "mardi 5 mars 2030 à 10" in page  # the nearest slot
    assert "Permis" in page
    assert 'data-ligne="5"' in page
    assert not LigneReprise.objects.exists()
    contenu = reponse.context["form"]["contenu"].value()
    avant = client.post("/planning/reprise/confirmer/", {"contenu": contenu, "rapport": "1"})
    assert "Créneau complet" in avant.content.decode()
    assert not LigneReprise.objects.exists()
    assert client.post("/planning/reprise/confirmer/?prefecture=67", {"contenu": contenu}).status_code == 303
    assert "0 sur 2" in client.get("/planning/reprise/").content.decode()
    travailler()
    assert client.get("/planning/reprise/etat/").headers["HX-Refresh"] == "true"
    assert "Créneau complet (1)" in client.get("/planning/reprise/lignes/").content.decode()
    ligne = LigneReprise.objects.get(etat="collision")
    adresse = f"/planning/reprise/lignes/{ligne.pk}/"
    assert "DIALLO" in client.get(adresse).content.decode()
    client.post(adresse, {"creneau": str(autre.pk)})
    assert RendezVous.objects.actifs().count() == 2
    assert client.get(adresse).status_code == 404  # nothing left to resolve
    rapport = client.get("/planning/reprise/rapport.csv").content.decode()
    assert rapport.count("Reprise") == 2
    assert "Ce motif n’a pas de sens ici" in rapport


def test_report_runs_no_formula(client: Client, a: Ancien) -> None:
    a.importer(a.ligne("=HYPERLINK(1)"))
    travailler()
    assert "'=HYPERLINK" in client.get("/planning/reprise/rapport.csv").content.decode()


def test_calendar_file_is_read_as_a_table(client: Client, a: Ancien) -> None:
    a.creneau()
    page = client.post("/planning/reprise/", envoi(ICS, "rdv.ics"))
    assert "Importer 1 ligne" in page.content.decode()
    client.post("/planning/reprise/confirmer/", {"contenu": page.context["form"]["contenu"].value()})
    travailler()
    ligne = LigneReprise.objects.get()
    assert ligne.reference == "ancien-1@module"
    assert ligne.demande is not None
    assert ligne.demande.usager.courriel == "amina@example.org"


@pytest.mark.parametrize("contenu", ["x;y\n1;2", "", "BEGIN:VCALENDAR\nn’importe", "BEGIN:VCALENDAR\nEND:VCALENDAR"])
def test_file_that_is_no_file_of_appointments_is_refused(client: Client, a: Ancien, contenu: str) -> None:
    reponse = client.post("/planning/reprise/", envoi(contenu))
    assert reponse.status_code == 422
    assert reponse.context["form"].errors["fichier"]
    assert client.post("/planning/reprise/confirmer/", {"contenu": contenu or "x"}).status_code == 303
    assert client.post("/planning/reprise/confirmer/", {}).status_code == 303


def test_words_are_changed_and_forgotten(client: Client, a: Ancien) -> None:
    deux = client.post("/planning/reprise/colonnes/", {"colonne_date": "Jour", "colonne_motif": "jour"})
    assert deux.status_code == 422
    client.post("/planning/reprise/colonnes/", {"colonne_date": "Quand", "colonne_motif": "Objet", "complet": "on"})
    reglages = ReglagesReprise.objects.get()
    assert (reglages.colonnes["date"], reglages.complet) == ("Quand", True)
    page = client.post("/planning/reprise/", envoi("Quand;Objet\n05/03/2030 09:00;Titre de sejour"))
    assert "Identité incomplète" in page.content.decode()
    valeurs = {"libelle": "TITRE DE SEJOUR", "motif": str(a.motif.pk), "file": str(a.file.pk)}
    client.post("/planning/reprise/motifs/ajouter/", valeurs)
    assert MotifRepris.objects.get().libelle == "TITRE DE SEJOUR"
    a.file.motifs.clear()
    assert client.post("/planning/reprise/motifs/ajouter/", valeurs).status_code == 422
    client.post(f"/planning/reprise/motifs/{MotifRepris.objects.get().pk}/supprimer/")
    assert not MotifRepris.objects.exists()


def test_gestures_of_a_line(client: Client, a: Ancien) -> None:
    a.creneau(places=1, prevues=1)
    a.importer(a.ligne("R1"), a.ligne("R2", nom="Diallo"), a.ligne("R3", nom="Okoye", heure="18:00"))
    travailler()
    complete, seule = LigneReprise.objects.filter(etat="collision").order_by("pk")
    client.post(f"/planning/reprise/lignes/{complete.pk}/", {"geste": "surplus"})
    assert RendezVous.objects.actifs().count() == 2
    adresse = f"/planning/reprise/lignes/{seule.pk}/"
    assert client.post(adresse, {"creneau": "x"}).status_code == 303
    assert client.post(adresse, {"geste": "ecarter", "raison": ""}).status_code == 422
    client.post("/planning/reprise/lignes/reessayer/")
    assert LigneReprise.objects.get(pk=seule.pk).etat == "attente"
    travailler()
    client.post(adresse, {"geste": "ecarter", "raison": "Ne vient plus"})
    assert LigneReprise.objects.get(pk=seule.pk).etat == "ecartee"
    a.importer(a.ligne("R1", heure="18:00"))
    deplacee = LigneReprise.objects.get(reference="R1")
    assert "18" in client.get(f"/planning/reprise/lignes/{deplacee.pk}/").content.decode()
    client.post(f"/planning/reprise/lignes/{deplacee.pk}/", {"geste": "garder"})
    assert LigneReprise.objects.get(reference="R1").etat == "reprise"


def test_lines_of_another_prefecture_are_unknown(client: Client, a: Ancien) -> None:
    a.importer(a.ligne("R1"))
    travailler()
    client.force_login(AgentFactory(chef_service=True, prefecture=PrefectureFactory(departement="68")))
    ligne = LigneReprise.objects.get()
    assert client.get(f"/planning/reprise/lignes/{ligne.pk}/").status_code == 404
    assert client.post(f"/planning/reprise/lignes/{ligne.pk}/", {"geste": "ecarter", "raison": "x"}).status_code == 404
    assert client.get("/planning/reprise/lignes/?prefecture=67").status_code == 404
    assert "R1" not in client.get("/planning/reprise/rapport.csv").content.decode()
