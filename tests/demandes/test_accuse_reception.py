"""The accusé de réception carries every mention of CRPA R112-5 and R112-11-1, for each motif of the catalogue."""

import html
import io
import json
import re
from datetime import timedelta
from typing import Any

import pikepdf
import pytest
from django.template.loader import render_to_string

from demandes.acteur import acteur_usager
from demandes.models import Acte, Demande, Motif
from demandes.selectors import calculer_echeance
from demandes.services import actes, catalogue, depot
from demandes.services.catalogue import DONNEES
from planipref.commun.transactions import acte as transaction
from tests.demandes.factories import INSTANT, AgentFactory, DemandeFactory, MotifFactory, PrefectureFactory
from tests.parcours import acteur, amener_a, equipe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

CODES = sorted(f.stem for f in (DONNEES / "motifs").glob("*.json"))
IDENTITE = {
    "nom": "Ben-Ali de la Ville", "prenoms": "Amina 王小明 نجاة", "date_naissance": "1980-05-17",
    "adresse": "12 rue des Lilas", "code_postal": "67000", "commune": "Strasbourg",
}  # fmt: skip
SERVICE = {
    "etrangers": "etrangers@67.prefecture.example",
    "reglementation": "reglementation@67.prefecture.example",
    "reglementation_routiere": "reglementation-routiere@67.prefecture.example",
    "communication": "communication@67.prefecture.example",
}
TRIBUNAL = "Tribunal administratif de Strasbourg"
# Deposited on Monday 4 March 2030, in Strasbourg. What isn't listed: four months, silence is worth rejection.
QUATRE_MOIS = ("4 juillet 2030", "4 mois", "rejet")
ATTENDU = {code: QUATRE_MOIS for code in CODES if code.startswith("ETR-")} | {
    # Deposited at the ANEF: the clock started there, on a date that PlaniPref does not know.
    "ETR-ETU": ("", "90 jours", "rejet"),
    "ETR-TALENT": ("", "90 jours", "rejet"),
    "ETR-REFUG": ("", "4 mois", "rejet"),
    "ETR-GUDA": ("7 mars 2030", "3 jours ouvrés", ""),
    "ETR-NAT": ("", "18 mois", ""),
    "ETR-REGFAM": ("", "6 mois", "rejet"),
    "ETR-REMISE": ("", "", ""),
    "ETR-SUBST": ("", "", ""),
    "RGL-ASSO": ("9 mars 2030", "5 jours", ""),
    "RTE-ECHG": ("4 mai 2030", "2 mois", ""),
    "RTE-VTC": ("4 juin 2030", "3 mois", ""),
}
SANS_RECOURS = {"COM-INFO", "ETR-REMISE", "RTE-PERTE"}
AUCUNE_REGLE = "Aucune règle particulière sur le silence de l’administration n’est enregistrée pour cette démarche"


def lire(acte):
    brut = render_to_string(actes.GABARITS[acte.genre], actes.contexte_pdf(acte))
    texte = html.unescape(re.sub(r"<[^>]+>", " ", brut)).replace("\u00a0", " ")
    return re.sub(r"\s+([,.)])", r"\1", " ".join(texte.split()))


@transaction
def charger(code):
    catalogue._motif(json.loads((DONNEES / "motifs" / f"{code}.json").read_text(encoding="utf-8")))
    donnees = json.loads((DONNEES / "prefectures.json").read_text(encoding="utf-8"))
    prefecture = next(p for p in donnees if p["departement"] == "67") | {"motifs_desactives": []}
    return Motif.objects.get(code=code), catalogue._prefecture(prefecture)


def accuse_au_guichet(code):
    motif, prefecture = charger(code)
    agent = AgentFactory(instructeur=True, prefecture=prefecture)
    site = prefecture.sites.get(code="67-strasbourg")
    demande = depot.ouvrir_au_guichet(motif, site, identite=IDENTITE, par=acteur(agent), maintenant=INSTANT)
    return demande, demande.actes.get(genre=Acte.Genre.ACCUSE_RECEPTION)


def test_catalogue_has_thirty_three_motifs():
    assert len(CODES) == 33


@pytest.mark.parametrize("code", CODES)
def test_accuse_of_each_motif_carries_every_legal_mention(code):
    demande, accuse = accuse_au_guichet(code)
    texte = lire(accuse)
    service = demande.service
    # R112-5, 1° and 2°: reception, service, addresses, telephone
    for mention in (
        demande.numero,
        demande.motif.libelle.replace("\u00a0", " "),
        "reçu votre demande le 4 mars 2030",
        service.nom,
        "5 place de la République, 67073 Strasbourg",
        f"Courriel : {SERVICE[service.genre]}",
        "Téléphone : 03 53 01 67 00",
        "BEN-ALI DE LA VILLE Amina 王小明 نجاة",
    ):
        assert mention in texte
    assert texte.count("Strasbourg, le 4 mars 2030") == 1
    # R112-5, 3°: the rule on missing pieces, and the pieces that miss at the counter
    assert "article L114-5)" in texte
    manquantes = accuse.contenu["pieces_manquantes"]
    assert all(" ".join(piece.replace("\u00a0", " ").split()) in texte for piece in manquantes)
    assert ("Pièces qui manquent à ce jour" in texte) == bool(manquantes)
    # Date and nature of the implicit decision
    date, delai, silence = ATTENDU.get(code, ("", "", ""))
    echeance = demande.echeance.isoformat() if demande.echeance else None
    assert accuse.contenu["delai"]["echeance"] == echeance
    assert bool(echeance) == bool(date)
    assert delai in texte
    if date:
        assert date in texte
        assert "sous réserve que la demande soit complète" in texte
        assert "R112-11-1" in texte
    if silence == "rejet":
        assert "décision implicite de rejet" in texte
        assert AUCUNE_REGLE not in texte
        assert "L232-4" in texte
    else:
        assert AUCUNE_REGLE in texte
        assert "n’annonce ni décision implicite d’acceptation, ni décision implicite de rejet" in texte
        assert "sera considérée comme" not in texte
    if delai and not date:
        assert "Ce point de départ n’est pas connu à ce jour" in texte
        assert "sous réserve" not in texte
    # Ways and time to contest
    assert TRIBUNAL in texte
    if code in SANS_RECOURS:
        assert "Aucun délai de recours propre à cette démarche n’est enregistré" in texte
        assert "recours gracieux" not in texte
    else:
        depuis = "la date de la décision implicite de rejet" if silence == "rejet" else "sa notification"
        for mention in (
            f"2 mois à compter de {depuis}",
            "recours gracieux, adressé au préfet du Bas-Rhin",
            "recours hiérarchique, adressé au ministre de l’Intérieur",
            f"recours contentieux, devant le {TRIBUNAL}",
            "Télérecours citoyens",
        ):
            assert mention in texte
    assert accuse.code in texte


def test_accuse_of_an_acceptance_names_the_attestation_and_no_recourse():
    demande = amener_a(DemandeFactory(motif=MotifFactory(acceptation=True)), "deposee")
    texte = lire(demande.actes.get(genre="accuse_reception"))
    assert "sera considérée comme acceptée le 4 mai 2030" in texte
    assert "décision implicite d’acceptation" in texte
    assert "L232-3" in texte
    assert "ne court qu’à compter de la réception de ces pièces" in texte
    assert "recours" not in texte.lower()


def test_accuse_online_lists_what_was_received_and_misses_nothing():
    demande = amener_a(DemandeFactory(), "deposee")
    texte = lire(demande.actes.get(genre="accuse_reception"))
    assert "Pièces reçues" in texte
    assert "Pièce piece-0" in texte
    assert "Pièces qui manquent" not in texte


def test_accuse_is_dated_in_the_time_of_the_prefecture():
    demande = DemandeFactory(prefecture=PrefectureFactory(reunion=True))
    par = acteur_usager(demande.usager_id)
    demande.motif.pieces_requises.all().delete()
    depot.deposer(demande, par=par, maintenant=INSTANT.replace(hour=21))  # already the 5th there
    assert "reçu votre demande le 5 mars 2030" in lire(demande.actes.get())


def test_accuse_made_as_pdf_is_sealed_and_made_once(settings, tmp_path):
    settings.PLANIPREF_DATA = tmp_path
    _, accuse = accuse_au_guichet("ETR-CSP")
    produit = actes.produire(accuse, maintenant=INSTANT)
    with produit.pdf.open("rb") as fichier, pikepdf.open(io.BytesIO(fichier.read())) as pdf:
        assert "/AcroForm" in pdf.Root
        assert accuse.contenu["numero"] in str(pdf.docinfo["/Title"])
        assert 1 <= len(pdf.pages) <= 3
    assert len(produit.sha256) == 64
    nom = produit.pdf.name
    assert actes.produire(Acte.objects.get(pk=accuse.pk), maintenant=INSTANT).pdf.name == nom


def test_demande_de_pieces_lists_reason_deadline_and_effect_on_the_clock():
    demande = amener_a(DemandeFactory(), "a_completer")
    texte = lire(demande.actes.get(genre="demande_pieces"))
    for mention in ("Pièce piece-0", "Photo floue.", "24 mars 2030", "suspendu", "L114-5", "24 juillet 2030"):
        assert mention in texte
    assert str(equipe(demande).chloe) in texte


def test_demande_de_pieces_not_indispensable_says_that_nothing_stops():
    demande: Any = DemandeFactory(motif__pieces=0)
    demande.motif.pieces_requises.create(code="cv", libelle="Photo", formats=["pdf"], indispensable=False)
    demande = amener_a(demande, "a_completer")
    assert "ne suspend pas" in lire(demande.actes.get(genre="demande_pieces"))


def test_decision_of_refusal_is_motivated_signed_and_says_how_to_contest():
    demande = amener_a(DemandeFactory(), "refusee")
    texte = lire(demande.actes.get(genre="decision"))
    for mention in (
        "refusée", "Article L432-1 du CESEDA.", "Les conditions ne sont pas remplies.", "RAA 2030-001",
        "Secrétaire administrative", str(equipe(demande).denis), TRIBUNAL,
    ):  # fmt: skip
        assert mention in texte


def test_decision_of_refusal_without_recourse_data_makes_up_no_delay():
    demande = amener_a(DemandeFactory(motif__recours={}), "refusee")
    texte = lire(demande.actes.get(genre="decision"))
    assert "Aucun délai de recours" in texte
    assert "2 mois" not in texte


def test_decision_granted_says_what_comes_next():
    demande = amener_a(DemandeFactory(motif__taxe={"libelle": "Timbre fiscal", "montant_euros": 225}), "accordee")
    texte = lire(demande.actes.get(genre="decision"))
    assert "accordée" in texte
    assert "rendez-vous où il vous sera remis" in texte
    assert "timbre fiscal de 225 €" in texte
    assert "recours" not in texte.lower()


def test_remise_certifies_title_and_signature():
    demande = amener_a(DemandeFactory(), "remise")
    texte = lire(demande.actes.get(genre="remise"))
    remise = demande.remise_titre
    assert remise.numero_titre in texte
    assert remise.signature_nom in texte


def test_act_says_later_what_it_said_at_its_date():
    demande = amener_a(DemandeFactory(), "deposee")
    avant = lire(demande.actes.get())
    Motif.objects.filter(pk=demande.motif_id).update(libelle="Autre", delai_valeur=1)
    demande.service.nom = "Autre service"
    demande.service.save()
    assert lire(Acte.objects.get(demande=demande)) == avant


def test_complement_moves_the_deadline_written_in_the_letter():
    demande = amener_a(DemandeFactory(), "a_completer")
    ecrite = demande.actes.get(genre="demande_pieces").contenu["echeance"]
    assert str(Demande.objects.get(pk=demande.pk).echeance) == ecrite
    assert calculer_echeance(demande) == demande.echeance
    assert demande.echeance is not None
    assert demande.echeance - INSTANT.date() > timedelta(days=120)
