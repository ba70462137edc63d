from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from psycopg.types.range import DateRange

from demandes.acteur import acteur_usager
from demandes.calculs.avis import Saisie
from demandes.cycle import Etat
from demandes.droits import Droit
from demandes.models import (
    Acte,
    Agrement,
    Attribution,
    AvisMedical,
    Convocation,
    Decision,
    Demande,
    Evenement,
    Notification,
    SignatureAvis,
)
from demandes.services import decision
from demandes.services.actes import contexte_pdf, produire
from demandes.services.avis import ecarter_avis, saisir_avis_papier
from demandes.services.convocation import convoquer
from demandes.services.suites import retirer
from guichet.selectors import sites_de
from guichet.services.absences import constater_les_absences
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import maintenant
from planning.models import Creneau, RendezVous
from planning.services import agendas, examens, reservation
from planning.services.publication import publier
from tests.demandes.factories import AgentFactory, DemandeFactory, PrefectureFactory, ServiceFactory
from tests.parcours import acteur, amener_a, equipe
from tests.planning.aide_medical import APTE, agenda, agreer, convoquer_a, examen, medecin, motif_examen
from tests.planning.factories import CreneauFactory, PlageOuvertureFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

LE_JOUR_MEME = datetime(2030, 3, 5, 10, 0, tzinfo=UTC)
JUSQU_EN_MARS = DateRange(date(2028, 1, 1), date(2030, 3, 5))


def code(appel, *arguments, **nommes):
    with pytest.raises(ErreurMetier) as levee:
        appel(*arguments, **nommes)
    return levee.value.code


@pytest.fixture
def commission():
    return agenda([medecin(0), medecin(1)], motif_examen())


@pytest.fixture
def convoque(commission, temps_fige):
    vu = examen(commission, commission.file.motifs.get())
    temps_fige.move_to(LE_JOUR_MEME)
    return vu


def rendre(vu, docteur=None, saisie=APTE):
    docteur = docteur or vu.agenda.medecins.first()
    return examens.rendre_avis(vu.rendez_vous, docteur, saisie, maintenant=maintenant())


def rendu_par_tous(vu, saisie=APTE):
    premier, second = vu.agenda.medecins.order_by("pk")
    avis = rendre(vu, premier, saisie)
    return examens.contresigner(avis, second, maintenant=maintenant())


def accorder(demande):
    return decision.accorder(demande, par=acteur(equipe(demande).denis), maintenant=maintenant())


# --- The opinion --------------------------------------------------------------------------------------


def test_a_commission_signs_twice_then_the_demande_goes_to_step_3(convoque):
    premier, second = convoque.agenda.medecins.order_by("pk")
    avis = rendre(convoque, premier)
    demande = Demande.objects.get(pk=convoque.demande.pk)
    assert (avis.rendu_le, demande.etat) == (None, Etat.RECUE)
    assert RendezVous.objects.get(pk=convoque.rendez_vous.pk).etat == "honore"
    assert Convocation.objects.get(pk=convoque.convocation.pk).etat == "honoree"
    examens.contresigner(avis, second, maintenant=maintenant())
    avis.refresh_from_db()
    demande.refresh_from_db()
    assert (avis.rendu_le, demande.etat) == (maintenant(), Etat.EN_INSTRUCTION)
    assert [s.medecin for s in avis.signatures.order_by("pk")] == [premier, second]
    mail = Notification.objects.get(modele="avis_medical")
    assert mail.contexte == {"acte_id": avis.acte_id}


def test_the_events_name_the_doctor_and_nothing_medical(convoque):
    rendu_par_tous(convoque)
    siens = Evenement.objects.filter(demande=convoque.demande, acteur_genre="medecin")
    assert set(siens.values_list("nature", flat=True)) == {
        "transition:recevoir",
        "transition:instruire",
        "avis:signe",
        "avis:rendu",
    }
    assert not any("apte" in str(e.charge) for e in siens)


def test_the_signed_act_says_who_what_until_when_and_under_which_agreement(convoque):
    avis = rendu_par_tous(convoque, Saisie("apte_restrictions", ["B"], 24, ["01", "61"]))
    contenu = contexte_pdf(avis.acte)
    assert contenu["avis"]["conclusion"] == "Apte avec restrictions"
    assert contenu["avis"]["jusqu_au"] == "2032-03-05"
    assert len(contenu["avis"]["restrictions"]) == 2
    assert [s["rpps"] for s in contenu["signataires"]] == [m.rpps for m in convoque.agenda.medecins.order_by("pk")]
    assert all(s["agrement"] for s in contenu["signataires"])
    assert produire(avis.acte, maintenant=maintenant()).pdf.open("rb").read(5) == b"%PDF-"


def test_who_disagrees_sends_the_examination_back(convoque):
    premier, second = convoque.agenda.medecins.order_by("pk")
    avis = rendre(convoque, premier)
    examens.desapprouver(avis, second, maintenant=maintenant())
    assert not AvisMedical.objects.exists()
    autre = rendre(convoque, second, Saisie("inapte", ["B"]))
    examens.contresigner(autre, premier, maintenant=maintenant())
    assert Demande.objects.get(pk=convoque.demande.pk).etat == Etat.EN_INSTRUCTION


def test_nobody_signs_twice_or_after_the_end(convoque):
    premier, second = convoque.agenda.medecins.order_by("pk")
    avis = rendre(convoque, premier)
    assert code(examens.contresigner, avis, premier, maintenant=maintenant()) == "deja_signe"
    assert code(rendre, convoque, second) in {"avis_en_attente", "examen_fini"}
    examens.contresigner(avis, second, maintenant=maintenant())
    assert code(examens.contresigner, avis, second, maintenant=maintenant()) == "avis_change"
    assert code(rendre, convoque, second) == "examen_fini"


def test_a_foreign_doctor_does_nothing(convoque):
    autre = medecin(2)
    for geste in (examens.constater_absence, examens.se_deporter):
        with pytest.raises(DroitRefuse):
            geste(convoque.rendez_vous, autre, maintenant=maintenant())
    with pytest.raises(DroitRefuse):
        rendre(convoque, autre)
    avis = rendre(convoque)
    with pytest.raises(DroitRefuse):
        examens.contresigner(avis, autre, maintenant=maintenant())
    with pytest.raises(DroitRefuse):
        examens.desapprouver(avis, autre, maintenant=maintenant())


def test_no_opinion_before_the_day_nor_out_of_the_table(commission, temps_fige):
    vu = examen(commission, commission.file.motifs.get())
    assert code(rendre, vu) == "trop_tot"
    temps_fige.move_to(LE_JOUR_MEME)
    with pytest.raises(ErreurMetier) as levee:
        rendre(vu, saisie=Saisie("apte_temporaire", ["B"]))
    assert (levee.value.code, levee.value.champ) == ("avis_invalide", "duree_mois")
    assert Demande.objects.get(pk=vu.demande.pk).etat == Etat.RDV_PRIS


def test_absent_at_the_doctor_s_may_book_again(convoque):
    docteur = convoque.agenda.medecins.first()
    examens.constater_absence(convoque.rendez_vous, docteur, maintenant=maintenant())
    assert Demande.objects.get(pk=convoque.demande.pk).etat == Etat.CONVOQUEE
    assert Notification.objects.filter(modele="absence").exists()
    assert code(examens.constater_absence, convoque.rendez_vous, docteur, maintenant=maintenant()) == "examen_fini"


def test_the_night_marks_nobody_absent_at_a_doctor_s(convoque, temps_fige):
    temps_fige.move_to(datetime(2030, 3, 7, 3, 0, tzinfo=UTC))
    assert constater_les_absences(maintenant=maintenant()) == 0
    rendu_par_tous(convoque)  # two days late is late, not too late


def test_a_doctor_steps_aside_for_their_own_patient(commission, temps_fige):
    autre = agenda([medecin(2), medecin(3)], commission.file.motifs.get(), code="67-medical-2")
    vu = examen(commission, commission.file.motifs.get(), autre.file.site)
    examens.se_deporter(vu.rendez_vous, commission.medecins.first(), maintenant=maintenant())
    assert Demande.objects.get(pk=vu.demande.pk).etat == Etat.CONVOQUEE
    assert list(vu.convocation.sites.all()) == [autre.file.site]
    seul = examen(commission, commission.file.motifs.get())
    examens.se_deporter(seul.rendez_vous, commission.medecins.first(), maintenant=maintenant())
    assert Demande.objects.get(pk=seul.demande.pk).etat == Etat.COMPLETE
    assert Convocation.objects.get(pk=seul.convocation.pk).etat == "revoquee"


# --- Step 3 -------------------------------------------------------------------------------------------


def test_no_grant_without_a_favourable_opinion_of_the_commission(convoque):
    demande = amener_a(DemandeFactory(motif=convoque.demande.motif), Etat.EN_INSTRUCTION)
    assert code(accorder, demande) == "sans_avis"
    rendu_par_tous(convoque, Saisie("inapte", ["B"]))
    assert code(accorder, Demande.objects.get(pk=convoque.demande.pk)) == "avis_defavorable"


def test_the_database_refuses_the_grant_too(convoque):
    demande = amener_a(DemandeFactory(motif=convoque.demande.motif), Etat.EN_INSTRUCTION)
    denis = equipe(demande).denis
    delegation = denis.delegations.get()
    with pytest.raises(IntegrityError, match="avis favorable"), transaction.atomic():
        Decision.objects.create(
            demande=demande, sens="accord", agent=denis, delegation=delegation, prise_le=maintenant()
        )


def test_a_favourable_opinion_founds_the_grant_for_two_years(convoque, temps_fige):
    rendu_par_tous(convoque, Saisie("apte_restrictions", ["B"], restrictions=["01"]))
    demande = Demande.objects.get(pk=convoque.demande.pk)
    temps_fige.move_to(datetime(2032, 3, 6, 9, 0, tzinfo=UTC))
    assert code(accorder, demande) == "avis_perime"
    temps_fige.move_to(datetime(2032, 3, 5, 9, 0, tzinfo=UTC))
    accorder(demande)
    contenu = Acte.objects.get(demande=demande, genre="decision").contenu
    assert contenu["avis"]["conclusion"] == "Apte avec restrictions"


# --- No agrément, nobody is sent there ------------------------------------------------------------------


def test_no_slot_without_agreement(commission):
    file = commission.file
    Agrement.objects.filter(medecin=commission.medecins.first()).update(pendant=JUSQU_EN_MARS)
    with pytest.raises(IntegrityError, match="agrément"), transaction.atomic():
        CreneauFactory(file=file)
    assert (
        CreneauFactory(file=file, debut=datetime(2030, 3, 4, 22, 30, tzinfo=UTC)).etat == "ouvert"
    )  # 4 March in Paris
    with pytest.raises(IntegrityError, match="agrément"), transaction.atomic():
        CreneauFactory(file=file, debut=datetime(2030, 3, 4, 23, 30, tzinfo=UTC))  # the 5th


def test_publication_opens_the_days_of_the_agreement_only(commission):
    PlageOuvertureFactory(file=commission.file, nb_guichets=1)  # Tuesdays
    Agrement.objects.filter(medecin=commission.medecins.first()).update(
        pendant=DateRange(date(2028, 1, 1), date(2030, 3, 12))
    )
    publier(PrefectureFactory(), maintenant=maintenant())
    assert {c.debut.date() for c in Creneau.objects.filter(file=commission.file)} == {date(2030, 3, 5)}


def test_nobody_is_convoked_to_a_doctor_without_agreement(commission):
    Agrement.objects.all().delete()
    demande = amener_a(DemandeFactory(motif=commission.file.motifs.get()), Etat.COMPLETE)
    assert code(convoquer_a, commission, demande) == "sans_agrement"
    assert Demande.objects.get(pk=demande.pk).etat == Etat.COMPLETE
    assert not Convocation.objects.exists()


def test_the_commission_alone_hears_its_motifs_and_one_person_at_a_time(commission):
    motif = commission.file.motifs.get()
    seul = agenda([medecin(2)], motif, code="67-medical-2")
    demande = amener_a(DemandeFactory(motif=motif), Etat.COMPLETE)
    assert code(convoquer_a, seul, demande) == "commission"
    a_deux = {"motivation": "Examen.", "sites": [commission.file.site], "personnes": 2}
    chloe = acteur(equipe(demande).chloe)
    assert code(convoquer, demande, **a_deux, par=chloe, maintenant=maintenant()) == "examen_seul"


def test_the_signature_needs_the_agreement_of_the_day(convoque):
    Creneau.objects.filter(file=convoque.agenda.file).update(etat="retire")
    docteur = convoque.agenda.medecins.first()
    Agrement.objects.filter(medecin=docteur).update(pendant=JUSQU_EN_MARS)
    assert code(rendre, convoque, docteur) == "sans_agrement"
    avis = rendre(convoque, convoque.agenda.medecins.last())
    agrement = docteur.agrements.get()
    with pytest.raises(IntegrityError, match="agréé"), transaction.atomic():
        SignatureAvis.objects.create(avis=avis, medecin=docteur, agrement=agrement, signe_le=maintenant())


def test_withdrawing_an_agreement_frees_who_had_booked(commission):
    vu = examen(commission, commission.file.motifs.get())
    libre = CreneauFactory(file=commission.file)
    agrement = commission.medecins.first().agrements.get()
    with pytest.raises(IntegrityError, match="créneaux"), transaction.atomic():
        Agrement.objects.filter(pk=agrement.pk).update(pendant=JUSQU_EN_MARS)
    chef = acteur(equipe(vu.demande).denis)
    assert agendas.retirer_agrement(agrement, le=date(2030, 3, 5), par=chef, maintenant=maintenant()) == 1
    assert RendezVous.objects.get(pk=vu.rendez_vous.pk).etat == "annule"
    assert Demande.objects.get(pk=vu.demande.pk).etat == Etat.CONVOQUEE
    assert Notification.objects.filter(modele="rendez_vous_annule").count() == 1
    par = acteur_usager(vu.demande.usager_id)
    assert code(reservation.reserver, vu.convocation, libre, par=par, maintenant=maintenant()) == "creneau_complet"
    assert agendas.annuler_sans_agrement(PrefectureFactory(), maintenant=maintenant()) == 0


def test_an_agreement_lasts_five_years_at_most_and_does_not_overlap():
    docteur = medecin(0, pendant=None)
    agreer(docteur, DateRange(date(2027, 3, 1), date(2032, 3, 1)))
    with pytest.raises(IntegrityError, match="agrement_sans_chevauchement"), transaction.atomic():
        agreer(docteur, DateRange(date(2030, 1, 1), date(2033, 1, 1)))
    with pytest.raises(IntegrityError, match="agrement_cinq_ans_au_plus"), transaction.atomic():
        agreer(docteur, DateRange(date(2033, 1, 1), date(2038, 1, 2)))


# --- On paper -------------------------------------------------------------------------------------------


def papier(demande, docteurs, saisie=APTE, le=date(2030, 3, 1)):
    par = acteur(equipe(demande).chloe)
    return saisir_avis_papier(demande, saisie, docteurs, examine_le=le, par=par, maintenant=maintenant())


def test_an_opinion_on_paper_enters_the_file_with_its_doctor():
    docteur = medecin(0)
    demande = amener_a(DemandeFactory(motif=motif_examen("medecin")), Etat.COMPLETE)
    avis = papier(demande, [docteur], Saisie("apte", ["C"], 60))
    assert (avis.origine, avis.acte, avis.rendu_le) == ("papier", None, maintenant())
    assert Demande.objects.get(pk=demande.pk).etat == Etat.EN_INSTRUCTION
    accorder(Demande.objects.get(pk=demande.pk))


@pytest.mark.parametrize(
    ("pendant", "le", "champ"),
    [
        (JUSQU_EN_MARS, date(2030, 3, 5), "examine_le"),
        (DateRange(date(2028, 1, 1), date(2030, 1, 1)), date(2030, 3, 1), "medecins"),
    ],
)
def test_paper_of_the_future_or_of_a_doctor_without_agreement_is_refused(pendant, le, champ):
    docteur = medecin(0, pendant=pendant)
    demande = amener_a(DemandeFactory(motif=motif_examen("medecin")), Etat.COMPLETE)
    with pytest.raises(ErreurMetier) as levee:
        papier(demande, [docteur], le=le)
    assert levee.value.champ == champ


def test_paper_needs_the_two_doctors_of_a_commission_and_no_live_appointment(convoque):
    assert code(papier, convoque.demande, list(convoque.agenda.medecins.all())) == "rendez_vous_en_cours"
    demande = amener_a(DemandeFactory(motif=convoque.demande.motif), Etat.COMPLETE)
    assert code(papier, demande, [convoque.agenda.medecins.first()]) == "medecins"
    papier(demande, list(convoque.agenda.medecins.all()))
    assert Demande.objects.get(pk=demande.pk).etat == Etat.EN_INSTRUCTION


def test_a_motif_without_examination_takes_no_opinion():
    demande = amener_a(DemandeFactory(), Etat.COMPLETE)
    assert code(papier, demande, [medecin(0)]) == "avis_inattendu"


# --- Guards of the database -----------------------------------------------------------------------------


def test_an_opinion_is_frozen_and_never_rendered_unsigned(convoque):
    avis = rendre(convoque)
    for champs in ({"sens": "inapte"}, {"rendu_le": maintenant()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            AvisMedical.objects.filter(pk=avis.pk).update(**champs)
    examens.contresigner(avis, convoque.agenda.medecins.last(), maintenant=maintenant())
    with pytest.raises(IntegrityError, match="change plus"), transaction.atomic():
        AvisMedical.objects.filter(pk=avis.pk).update(sens="inapte")
    with pytest.raises(IntegrityError), transaction.atomic():
        AvisMedical.objects.filter(pk=avis.pk).delete()


def test_no_medical_column_exists():
    """Health stays with the doctor (R226-2): these columns and no other, none of which takes free text."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'demandes_avismedical'")
        colonnes = {ligne[0] for ligne in curseur.fetchall()}
    assert colonnes == {
        "id", "demande_id", "convocation_id", "origine", "sens", "categories", "restrictions", "duree_mois",
        "examine_le", "signatures_voulues", "cree_le", "rendu_le", "saisi_par_id", "acte_id",
    }  # fmt: skip
    demande = amener_a(DemandeFactory(motif=motif_examen()), Etat.COMPLETE)
    with pytest.raises(IntegrityError, match="avis_codes_connus"), transaction.atomic():
        AvisMedical.objects.create(
            demande=demande, origine="portail", sens="apte_restrictions", categories=["B"], restrictions=["hi"],
            examine_le=date(2030, 3, 1), cree_le=maintenant(),
        )  # fmt: skip


def test_a_counter_knows_nothing_of_places_of_examination(commission):
    chloe = equipe(DemandeFactory()).chloe
    assert commission.file.site not in sites_de(chloe, Droit.RECEVOIR)


# --- What a reader proved ---------------------------------------------------------------------------------


def test_a_commission_that_did_not_examine_does_not_sign(commission, temps_fige):
    ailleurs = agenda([medecin(2), medecin(3)], commission.file.motifs.get(), code="67-medical-2")
    vu = examen(commission, commission.file.motifs.get(), ailleurs.file.site)
    creneau = CreneauFactory(file=ailleurs.file, places=1)
    par = acteur_usager(vu.demande.usager_id)
    pris = reservation.deplacer(vu.convocation, creneau, par=par, maintenant=maintenant())
    temps_fige.move_to(LE_JOUR_MEME)
    avis = examens.rendre_avis(pris, ailleurs.medecins.order_by("pk")[0], APTE, maintenant=maintenant())
    with pytest.raises(DroitRefuse):
        examens.contresigner(avis, commission.medecins.first(), maintenant=maintenant())


def test_an_agent_sets_aside_an_opinion_that_nobody_will_sign(convoque):
    rendre(convoque)
    demande = Demande.objects.get(pk=convoque.demande.pk)
    assert code(decision.instruire, demande, par=acteur(equipe(demande).chloe), maintenant=maintenant()) == (
        "avis_en_attente"
    )
    ecarter_avis(demande, par=acteur(equipe(demande).chloe), maintenant=maintenant())
    assert not AvisMedical.objects.exists()
    rendu_par_tous(convoque)


def test_a_withdrawn_demande_takes_no_opinion(convoque):
    avis = rendre(convoque)
    retirer(convoque.demande, par=acteur_usager(convoque.demande.usager_id), maintenant=maintenant())
    assert not AvisMedical.objects.exists()
    assert code(examens.contresigner, avis, convoque.agenda.medecins.last(), maintenant=maintenant()) == "avis_change"


def test_a_chief_of_another_service_frees_everybody_too(commission):
    vu = examen(commission, commission.file.motifs.get())
    agrement = commission.medecins.first().agrements.get()
    autre = AgentFactory(username="autre-chef", chef_service=True)
    Attribution.objects.filter(agent=autre).update(service=ServiceFactory(genre="reglementation"))
    agendas.retirer_agrement(agrement, le=date(2030, 3, 5), par=acteur(autre), maintenant=maintenant())
    assert Demande.objects.get(pk=vu.demande.pk).etat == Etat.CONVOQUEE


def test_a_wrong_agreement_is_removed_and_the_right_one_entered(commission):
    docteur = commission.medecins.first()
    chef = acteur(equipe(DemandeFactory()).denis)
    agendas.retirer_agrement(docteur.agrements.get(), le=date(2027, 1, 1), par=chef, maintenant=maintenant())
    assert not docteur.agrements.exists()
    agreer(docteur)


def test_suspended_nobody_is_sent_there_and_free_slots_go(commission):
    CreneauFactory(file=commission.file)
    chef = acteur(equipe(DemandeFactory()).denis)
    agendas.basculer(commission.medecins.first(), actif=False, par=chef, maintenant=maintenant())
    assert not Creneau.objects.filter(file=commission.file, etat="ouvert").exists()
    with pytest.raises(IntegrityError, match="agrément"), transaction.atomic():
        CreneauFactory(file=commission.file, debut=datetime(2030, 3, 6, 9, 0, tzinfo=UTC))
    demande = amener_a(DemandeFactory(motif=commission.file.motifs.get()), Etat.COMPLETE)
    assert code(convoquer_a, commission, demande) == "sans_agrement"


def test_a_closed_place_takes_nobody(commission):
    chef = acteur(equipe(DemandeFactory()).denis)
    agendas.fermer_agenda(commission, par=chef, maintenant=maintenant())
    demande = amener_a(DemandeFactory(motif=commission.file.motifs.get()), Etat.COMPLETE)
    assert code(convoquer_a, commission, demande) == "lieu_ferme"


def test_sent_to_the_commission_only_the_commission_concludes(commission):
    motif = motif_examen("medecin")
    commission.file.motifs.add(motif)
    demande = amener_a(DemandeFactory(motif=motif), Etat.COMPLETE)
    papier(demande, [medecin(2)], Saisie("renvoi", ["B"]))
    demande = Demande.objects.get(pk=demande.pk)
    assert code(papier, demande, [medecin(3)]) == "medecins"
    convoquer_a(commission, demande)
    assert Demande.objects.get(pk=demande.pk).etat == Etat.CONVOQUEE


def test_paper_does_not_cover_an_opinion_signed_on_line(convoque):
    rendu_par_tous(convoque, Saisie("inapte", ["B"]))
    demande = Demande.objects.get(pk=convoque.demande.pk)
    assert code(papier, demande, list(convoque.agenda.medecins.all()), le=date(2030, 3, 5)) == "examine_le"


def test_stepping_aside_is_remembered(commission):
    vu = examen(commission, commission.file.motifs.get())
    examens.se_deporter(vu.rendez_vous, commission.medecins.first(), maintenant=maintenant())
    assert code(convoquer_a, commission, Demande.objects.get(pk=vu.demande.pk)) == "deporte"


def test_a_signature_does_not_change_and_one_alone_is_no_commission(convoque):
    avis = rendu_par_tous(convoque)
    for geste in (
        lambda: SignatureAvis.objects.filter(avis=avis).update(medecin=medecin(2)),
        lambda: SignatureAvis.objects.filter(avis=avis).delete(),
    ):
        with pytest.raises(IntegrityError, match="signature"), transaction.atomic():
            geste()
