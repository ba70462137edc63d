"""Import of mandates: shown first, confirmed, the same file twice changes nothing, no line is lost."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from demandes.models import Demande, Mandat
from planipref.pages.importation import COLONNES, LIGNES_MAX
from tests.demandes.factories import AidantFactory
from tests.demandes.outils_depot import motif_ouvert
from tests.pages.outils_accompagnement import connecter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

ENTETE = ";".join(COLONNES)


def ligne(motif, nom="Ben Ali", **valeurs):
    base = {
        "nom": nom, "prenoms": "Amina", "date_naissance": "17/05/1980", "courriel": "", "telephone": "",
        "departement": "67", "demarche": motif.code, "portee": "deposer suivre", "fin": "01/09/2030",
        "signature": "papier", "signe_le": "01/03/2030",
    } | valeurs  # fmt: skip
    return ";".join(base.values())


def envoyer(client, texte, codage="utf-8"):
    fichier = SimpleUploadedFile("mandats.csv", texte.encode(codage), "text/csv")
    return client.post("/accompagnement/import/", {"fichier": fichier})


def confirmer(client, texte, **valeurs):
    return client.post("/accompagnement/import/confirmer/", {"contenu": texte, "attestation": "on"} | valeurs)


@pytest.mark.parametrize("codage", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separateur", [";", ","])
def test_preview_writes_nothing_then_confirmation_does(codage, separateur):
    client, motif = connecter(AidantFactory()), motif_ouvert()
    texte = "\r\n".join([ENTETE, ligne(motif, "Gérard"), ligne(motif, "O’Neil")]).replace(";", separateur)
    reponse = envoyer(client, texte, codage)
    assert reponse.status_code == 200
    assert "2 mandats à enregistrer" in reponse.content.decode()
    assert "Gérard" in reponse.content.decode()
    assert not Mandat.objects.exists()
    assert "2 mandats enregistrés" in confirmer(client, texte).content.decode()
    assert set(Mandat.objects.values_list("usager__nom", "signature")) == {("Gérard", "papier"), ("O’Neil", "papier")}


def test_same_file_again_changes_nothing():
    client, motif = connecter(AidantFactory()), motif_ouvert()
    texte = "\n".join([ENTETE, ligne(motif, "Un"), ligne(motif, "Deux"), ligne(motif, "un")])
    assert "2 mandats enregistrés" in confirmer(client, texte).content.decode()
    assert "0 mandat enregistré" in confirmer(client, texte).content.decode()
    assert Demande.objects.count() == 2
    assert "0 mandat à enregistrer" in envoyer(client, texte).content.decode()


def test_bad_lines_are_shown_with_their_reason_and_stop_none():
    client, motif = connecter(AidantFactory()), motif_ouvert()
    texte = "\n".join(
        [
            ENTETE,
            ligne(motif, "Bonne"),
            ligne(motif, "Fin", fin="01/01/2032"),
            ligne(motif, "Motif", demarche="RIEN"),
            ligne(motif, "Ailleurs", departement="93"),
            ligne(motif, "Portee", portee="retirer"),
            ligne(motif, "Date", date_naissance="31/02/1980"),
        ]
    )
    page = envoyer(client, texte).content.decode()
    for attendu in ("demarche :", "departement :", "portee :", "date_naissance :", "RIEN"):
        assert attendu in page
    page = confirmer(client, texte).content.decode()
    assert "1 mandat enregistré" in page
    assert "Un mandat dure un an au plus" in page
    assert Mandat.objects.get().usager.nom == "Bonne"


def test_confirmation_without_attestation_is_refused_and_keeps_the_file():
    client, motif = connecter(AidantFactory()), motif_ouvert()
    texte = "\n".join([ENTETE, ligne(motif)])
    reponse = confirmer(client, texte, attestation="")
    assert reponse.status_code == 422
    assert motif.code in reponse.context["form"]["contenu"].value()
    assert not Mandat.objects.exists()


def test_quota_refuses_the_lines_too_many_and_says_so():
    aidant, motif = AidantFactory(), motif_ouvert()
    type(aidant.organisme).objects.update(quota_brouillons=1)
    texte = "\n".join([ENTETE, ligne(motif, "Un"), ligne(motif, "Deux")])
    page = confirmer(connecter(aidant), texte).content.decode()
    assert "1 mandat enregistré" in page
    assert "la limite par jour" in page
    assert Mandat.objects.count() == 1


@pytest.mark.parametrize(
    ("texte", "message"),
    [
        ("", "vide"),
        (ENTETE, "aucune personne"),
        ("nom;prenoms\nA;B", "Il manque des colonnes"),
        ("\n".join([ENTETE, *["x;y"] * (LIGNES_MAX + 1)]), "trop de lignes"),
        ("PK\x03\x04\0\0", "pas un CSV"),
        ("\x81\x8d", "pas un CSV"),
    ],
)
def test_file_that_cannot_be_read_is_refused_beside_the_field(texte, message):
    reponse = envoyer(connecter(AidantFactory()), texte, "latin-1")
    assert reponse.status_code == 422
    assert message in reponse.content.decode()


def test_model_has_the_columns():
    reponse = connecter(AidantFactory()).get("/accompagnement/import/modele.csv")
    assert reponse.content.decode("utf-8-sig").splitlines()[0] == ENTETE


def test_hostile_lines_are_shown_escaped():
    client, motif = connecter(AidantFactory()), motif_ouvert()
    page = envoyer(client, "\n".join([ENTETE, ligne(motif, "<script>alert(1)</script>")])).content.decode()
    assert "<script>alert" not in page
