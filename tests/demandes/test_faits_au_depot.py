"""What was known of the person at the deposit decides to the end, whatever becomes of their record."""

from __future__ import annotations

import pytest

from demandes.models import Demande, Usager
from demandes.selectors import pieces_attendues
from demandes.selectors_reglages import valeurs_de
from demandes.services import depot
from demandes.services.doublons import fusionner
from demandes.services.langue import retenir_langue
from planipref.commun.horloge import maintenant
from tests.demandes.factories import DemandeFactory, MotifFactory, UsagerFactory
from tests.parcours import acteur, amener_a, equipe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
CONNUE = {"nationalite": "tunisienne", "code_postal": "67500", "commune": "Haguenau", "langue": "fr"}


@pytest.fixture
def motif():
    motif = MotifFactory(pieces=1)
    motif.pieces_requises.update(condition={"op": "egal", "question": "commune", "valeur": "Haguenau"})
    return motif


def brouillon(motif, **usager):
    return DemandeFactory(motif=motif, usager=UsagerFactory(**CONNUE | usager))


def relue(demande):
    return Demande.objects.select_related("usager", "motif", "prefecture").get(pk=demande.pk)


def test_pieces_do_not_change_when_another_draft_of_the_person_says_otherwise(motif):
    demande = amener_a(brouillon(motif), "deposee")
    autre = DemandeFactory(motif=motif, usager=demande.usager)
    nouvelles = {"commune": "Colmar", "code_postal": "68000", "nationalite": "française"}
    depot.enregistrer_identite(autre, nouvelles, par=acteur(demande.usager), maintenant=maintenant())
    assert relue(demande).usager.commune == "Colmar"
    demande.pieces.all().delete()  # so that only the condition calls for it
    assert [p.requise.motif for p in pieces_attendues(relue(demande))] == [motif]
    faits = valeurs_de(relue(demande))
    assert (faits["commune"], faits["departement"], faits["nationalite"]) == ("Haguenau", "67", "tunisienne")
    assert pieces_attendues(relue(autre)) == []  # the draft follows what is typed
    assert valeurs_de(relue(autre))["departement"] == "68"


def test_language_chosen_afterwards_is_not_a_fact_of_the_deposit(motif):
    demande = amener_a(brouillon(motif), "deposee")
    assert retenir_langue([demande.cle_session], "ar") == 1
    assert relue(demande).usager.langue == "ar"
    assert valeurs_de(relue(demande))["langue"] == "fr"


def test_language_is_kept_for_the_relatives_whose_mails_come_to_the_same_address():
    parent = amener_a(DemandeFactory(usager__courriel="amina@example.org"), "deposee")
    enfant, conjoint = (
        amener_a(DemandeFactory(principale=parent, lien_familial=lien, usager__courriel=courriel), "deposee")
        for lien, courriel in (("enfant", "amina@example.org"), ("conjoint", "karim@example.org"))
    )
    assert retenir_langue([parent.cle_session], "ar") == 2
    assert [relue(d).usager.langue for d in (parent, enfant, conjoint)] == ["ar", "ar", "fr"]


def test_what_the_counter_did_not_ask_is_known_once_the_record_says_it(motif):
    demande = amener_a(brouillon(motif, commune="", nationalite=""), "deposee")
    Demande.objects.filter(pk=demande.pk).update(canal="guichet")
    Usager.objects.filter(pk=demande.usager_id).update(commune="Colmar", code_postal="68000", nationalite="algérienne")
    faits = valeurs_de(relue(demande))
    assert (faits["commune"], faits["nationalite"], faits["departement"]) == ("Colmar", "algérienne", "67")


def test_merge_of_records_changes_no_fact_of_a_demande_deposited(motif):
    premiere, seconde = (amener_a(brouillon(motif, commune=c), "deposee") for c in ("Haguenau", "Colmar"))
    choix = {"commune": seconde.usager_id}
    par = acteur(equipe(premiere).chloe)
    fusionner(premiere.usager, seconde.usager, choix=choix, par=par, maintenant=maintenant())
    assert relue(premiere).usager == relue(seconde).usager
    assert [valeurs_de(relue(d))["commune"] for d in (premiere, seconde)] == ["Haguenau", "Colmar"]


def test_completing_the_pieces_changes_no_fact(motif):
    demande = amener_a(brouillon(motif), "a_completer")
    demande.usager.commune = "Colmar"
    demande.usager.save(update_fields=["commune"])
    assert valeurs_de(relue(amener_a(relue(demande), "complete")))["commune"] == "Haguenau"


def test_deposit_from_before_the_facts_were_kept_reads_the_record(motif):
    demande = amener_a(brouillon(motif), "deposee")
    Demande.objects.filter(pk=demande.pk).update(personne_au_depot=None)
    assert valeurs_de(relue(demande))["commune"] == "Haguenau"
