"""What can never happen to slots, appointments and posts, tried behind the services' back."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from psycopg.types.range import DateRange, TimestamptzRange

from demandes.cycle import Etat
from demandes.models import Convocation
from planipref.commun.erreurs import ErreurMetier
from planning.models import (
    Absence,
    Affectation,
    Creneau,
    FileGuichet,
    Habilitation,
    InscriptionAttente,
    PlageOuverture,
    Prolongement,
    RendezVous,
)
from planning.services import reservation
from tests.contraintes import refuse_par, sql
from tests.demandes.factories import INSTANT, AgentFactory, DemandeFactory, SiteFactory
from tests.parcours import acteur, amener_a, convocation_active, creneau_libre, equipe, occuper
from tests.planning.factories import (
    MIDI,
    PREMIER_CRENEAU,
    AbsenceFactory,
    AffectationFactory,
    CreneauFactory,
    FermetureFactory,
    FileGuichetFactory,
    GuichetFactory,
    HabilitationFactory,
    PlageOuvertureFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
PASSE = datetime(2020, 1, 6, 8, 0, tzinfo=UTC)


class TestCreneau:
    def test_more_appointments_than_places_is_refused(self):
        creneau = CreneauFactory(places=1)
        occuper(creneau)
        autre = convocation_active(amener_a(DemandeFactory(), Etat.CONVOQUEE))
        with refuse_par("creneau_non_surreserve"):
            RendezVous.objects.create(convocation=autre, creneau=creneau, pris_le=INSTANT)

    def test_places_below_taken_is_refused(self):
        creneau = CreneauFactory(places=3)
        occuper(creneau)
        occuper(creneau)
        with refuse_par("creneau_non_surreserve"):
            Creneau.objects.filter(pk=creneau.pk).update(places=1)
        Creneau.objects.filter(pk=creneau.pk).update(places=2)

    @pytest.mark.parametrize("prises", [-1, 1, 3])
    def test_a_counter_written_by_hand_is_refused(self, prises):
        creneau = CreneauFactory()
        with refuse_par("creneau_compte"):
            Creneau.objects.filter(pk=creneau.pk).update(prises=prises)
        with refuse_par("creneau_compte"):
            CreneauFactory(prises=prises)

    def test_two_at_the_same_time_in_a_queue_is_refused(self):
        creneau = CreneauFactory()
        with refuse_par("creneau_unique"):
            CreneauFactory(file=creneau.file, debut=creneau.debut)

    @pytest.mark.parametrize("minutes", [0, 4, 121])
    def test_absurd_length_is_refused(self, minutes):
        with refuse_par("creneau_minutes"):
            CreneauFactory(minutes=minutes)

    def test_moved_once_taken_is_refused(self):
        creneau = CreneauFactory()
        pris = occuper(creneau)
        for champs in ({"debut": PREMIER_CRENEAU + timedelta(days=1)}, {"file": FileGuichetFactory(code="autre")}):
            with refuse_par("creneau_pose"):
                Creneau.objects.filter(pk=creneau.pk).update(**champs)
        RendezVous.objects.filter(pk=pris.pk).update(etat="annule", termine_le=INSTANT)
        Creneau.objects.filter(pk=creneau.pk).update(debut=PREMIER_CRENEAU + timedelta(days=1))


class TestRendezVous:
    @pytest.fixture
    def convocation(self):
        return convocation_active(amener_a(DemandeFactory(), Etat.CONVOQUEE))

    def _prendre(self, convocation, creneau, **champs):
        return RendezVous.objects.create(convocation=convocation, creneau=creneau, pris_le=INSTANT, **champs)

    @pytest.mark.parametrize("trait", ["ferme", "retire", "passe"])
    def test_on_closed_withdrawn_or_past_slot_is_refused(self, convocation, trait):
        with refuse_par("creneau_ouvert"):
            self._prendre(convocation, CreneauFactory(**{trait: True}))

    def test_moved_in_place_is_refused(self, convocation):
        pris = self._prendre(convocation, CreneauFactory())
        autre = convocation_active(amener_a(DemandeFactory(), Etat.CONVOQUEE))
        for champs in ({"creneau": CreneauFactory()}, {"convocation": autre}):
            with refuse_par("rendez_vous_fixe"):
                RendezVous.objects.filter(pk=pris.pk).update(**champs)

    @pytest.mark.parametrize("etat", ["annule", "deplace", "honore", "absent"])
    def test_the_counter_follows_an_appointment_through_its_end(self, convocation, etat):
        creneau = CreneauFactory()
        pris = self._prendre(convocation, creneau)
        assert Creneau.objects.get(pk=creneau.pk).prises == 1
        RendezVous.objects.filter(pk=pris.pk).update(etat=etat, termine_le=INSTANT)
        tenue = int(etat in ("honore", "absent"))
        assert Creneau.objects.get(pk=creneau.pk).prises == tenue
        RendezVous.objects.filter(pk=pris.pk).delete()
        assert Creneau.objects.get(pk=creneau.pk).prises == 0

    def test_an_insert_that_the_unique_index_turns_down_counts_for_nothing(self, convocation):
        creneau = CreneauFactory()
        pris = self._prendre(convocation, creneau)
        double = RendezVous(convocation=convocation, creneau=creneau, pris_le=INSTANT)
        RendezVous.objects.bulk_create([double], ignore_conflicts=True)
        suite = CreneauFactory()
        for _ in range(2):
            Prolongement.objects.bulk_create([Prolongement(rendez_vous=pris, creneau=suite)], ignore_conflicts=True)
        assert [Creneau.objects.get(pk=c.pk).prises for c in (creneau, suite)] == [1, 1]
        with pytest.raises(ValidationError, match="déjà pris"):
            double.full_clean()

    def test_cancelled_gives_its_further_slots_back_and_takes_no_other(self, convocation):
        pris, suite = self._prendre(convocation, CreneauFactory()), CreneauFactory()
        Prolongement.objects.create(rendez_vous=pris, creneau=suite)
        RendezVous.objects.filter(pk=pris.pk).update(etat="annule", termine_le=INSTANT)
        assert Creneau.objects.get(pk=suite.pk).prises == 0
        with refuse_par("rendez_vous_fini"):
            Prolongement.objects.create(rendez_vous=pris, creneau=suite)

    def test_the_counter_follows_a_further_slot(self, convocation):
        pris, creneau = self._prendre(convocation, CreneauFactory()), CreneauFactory()
        suite = Prolongement.objects.create(rendez_vous=pris, creneau=creneau)
        assert Creneau.objects.get(pk=creneau.pk).prises == 1
        with refuse_par("prolongement_fixe"):
            Prolongement.objects.filter(pk=suite.pk).update(creneau=CreneauFactory())
        suite.delete()
        assert Creneau.objects.get(pk=creneau.pk).prises == 0

    @pytest.mark.parametrize("etat", ["annule", "absent"])
    def test_ended_one_given_life_again_is_refused(self, convocation, etat):
        pris = self._prendre(convocation, CreneauFactory())
        RendezVous.objects.filter(pk=pris.pk).update(etat=etat, termine_le=INSTANT)
        with refuse_par("rendez_vous_fini"):
            RendezVous.objects.filter(pk=pris.pk).update(etat="pris", termine_le=None)

    def test_on_a_slot_that_does_not_exist_is_refused(self, convocation):
        with refuse_par("creneau_ouvert"):
            sql(
                "INSERT INTO planning_rendezvous (convocation_id, creneau_id, places, etat, pris_le, sequence)"
                " VALUES (%s, 0, 1, 'pris', now(), 0)",
                convocation.pk,
            )

    @pytest.mark.parametrize(
        "champs",
        [{"etat": "revoquee"}, {"etat": "expiree"}, {"etat": "honoree"}, {"emise_le": PASSE, "expire_le": PASSE}],
        ids=["revoquee", "marquee-expiree", "utilisee", "expiree"],
    )
    def test_under_a_link_that_no_longer_holds_is_refused(self, convocation, champs):
        if "expire_le" in champs:
            champs = {**champs, "expire_le": PASSE + timedelta(days=1)}
        Convocation.objects.filter(pk=convocation.pk).update(**champs)
        with refuse_par("convocation_valable"):
            self._prendre(convocation, CreneauFactory())

    def test_second_active_for_one_convocation_is_refused(self, convocation):
        self._prendre(convocation, CreneauFactory())
        with refuse_par("rendez_vous_actif_unique"):
            self._prendre(convocation, CreneauFactory())

    def test_several_ended_ones_for_one_convocation_are_kept(self, convocation):
        for _ in range(3):
            self._prendre(convocation, CreneauFactory(), etat="annule", termine_le=INSTANT)
        self._prendre(convocation, CreneauFactory())
        assert RendezVous.objects.filter(convocation=convocation).count() == 4

    def test_ended_without_its_date_is_refused(self, convocation):
        pris = self._prendre(convocation, CreneauFactory())
        with refuse_par("rendez_vous_termine_date"):
            RendezVous.objects.filter(pk=pris.pk).update(etat="annule")
        with refuse_par("rendez_vous_termine_date"):
            RendezVous.objects.filter(pk=pris.pk).update(termine_le=INSTANT)

    @pytest.mark.parametrize("places", [0, 2])
    def test_of_no_place_or_several_is_refused(self, convocation, places):
        with refuse_par("rendez_vous_places"):
            self._prendre(convocation, CreneauFactory(), places=places)

    @pytest.mark.parametrize("trait", ["ferme", "retire", "passe"])
    def test_prolonged_on_closed_withdrawn_or_past_slot_is_refused(self, convocation, trait):
        pris = self._prendre(convocation, CreneauFactory())
        with refuse_par("creneau_ouvert"):
            Prolongement.objects.create(rendez_vous=pris, creneau=CreneauFactory(**{trait: True}))

    def test_two_open_requests_for_an_earlier_slot_is_refused(self, convocation):
        InscriptionAttente.objects.create(convocation=convocation, inscrite_le=INSTANT)
        with refuse_par("inscription_ouverte_unique"):
            InscriptionAttente.objects.create(convocation=convocation, inscrite_le=INSTANT)


class TestReserver:
    """The service says in French what the database refuses."""

    @pytest.fixture
    def convocation(self):
        return convocation_active(amener_a(DemandeFactory(), Etat.CONVOQUEE))

    def _refus(self, acte):
        with pytest.raises(ErreurMetier) as refus:
            acte()
        return refus.value.code, refus.value.statut

    def _reserver(self, convocation, creneau):
        return reservation.reserver(convocation, creneau, par=acteur(convocation.demande.usager), maintenant=INSTANT)

    @pytest.mark.parametrize("champs", [{"places": 0}, {"etat": "ferme"}, {"etat": "retire"}])
    def test_reserver_on_full_or_closed_slot_is_a_conflict_and_leaves_nothing(self, convocation, champs):
        creneau = creneau_libre(convocation.demande)
        Creneau.objects.filter(pk=creneau.pk).update(**champs)
        assert self._refus(lambda: self._reserver(convocation, creneau)) == ("creneau_complet", 409)
        assert not RendezVous.objects.exists()
        convocation.demande.refresh_from_db()
        assert convocation.demande.etat == Etat.CONVOQUEE

    def test_reserver_on_a_slot_already_begun_is_a_conflict(self, convocation):
        creneau = CreneauFactory(file=equipe(convocation.demande).file, debut=INSTANT)
        assert self._refus(lambda: self._reserver(convocation, creneau)) == ("creneau_complet", 409)

    def test_reserver_on_a_slot_past_for_the_database_is_refused(self, convocation):
        creneau = CreneauFactory(file=equipe(convocation.demande).file, passe=True)
        assert self._refus(lambda: self._reserver(convocation, creneau))[1] == 409

    def test_reserver_on_the_slot_of_another_site_is_not_found(self, convocation):
        ailleurs = CreneauFactory(file=FileGuichetFactory(site=SiteFactory(code="67-annexe")))
        assert self._refus(lambda: self._reserver(convocation, ailleurs)) == ("creneau_etranger", 404)

    def test_reserver_beyond_the_expiry_of_the_link_is_not_found(self, convocation):
        tard = CreneauFactory(file=equipe(convocation.demande).file, debut=convocation.expire_le + timedelta(hours=9))
        assert self._refus(lambda: self._reserver(convocation, tard)) == ("creneau_etranger", 404)

    def test_reserver_twice_is_a_conflict(self, convocation):
        self._reserver(convocation, creneau_libre(convocation.demande))
        autre = creneau_libre(convocation.demande)
        assert self._refus(lambda: self._reserver(convocation, autre)) == ("deja_pris", 409)

    def test_reserver_with_a_link_expired_meanwhile_is_gone(self, convocation):
        creneau = creneau_libre(convocation.demande)
        Convocation.objects.filter(pk=convocation.pk).update(
            emise_le=PASSE, expire_le=datetime(2020, 2, 1, tzinfo=UTC)
        )  # in hand, the convocation still looks valid
        assert self._refus(lambda: self._reserver(convocation, creneau)) == ("lien_expire", 410)

    def test_deplacer_to_a_full_slot_keeps_the_former_one(self, convocation):
        pris = self._reserver(convocation, creneau_libre(convocation.demande))
        plein = creneau_libre(convocation.demande)
        Creneau.objects.filter(pk=plein.pk).update(places=0)
        par = acteur(convocation.demande.usager)
        assert self._refus(lambda: reservation.deplacer(convocation, plein, par=par, maintenant=INSTANT)) == (
            "creneau_complet",
            409,
        )
        pris.refresh_from_db()
        assert pris.etat == RendezVous.Etat.PRIS
        assert Creneau.objects.get(pk=pris.creneau_id).prises == 1
        assert Creneau.objects.get(pk=plein.pk).prises == 0

    def test_deplacer_frees_the_former_place_at_once(self, convocation):
        pris = self._reserver(convocation, creneau_libre(convocation.demande))
        autre = creneau_libre(convocation.demande)
        par = acteur(convocation.demande.usager)
        nouveau = reservation.deplacer(convocation, autre, par=par, maintenant=INSTANT)
        assert (nouveau.creneau_id, nouveau.sequence) == (autre.pk, 1)
        assert Creneau.objects.get(pk=pris.creneau_id).prises == 0
        assert Creneau.objects.get(pk=autre.pk).prises == 1

    def test_annuler_frees_every_slot_of_a_long_visit(self):
        demande = amener_a(DemandeFactory(motif__guichet_minutes=40), Etat.CONVOQUEE)
        convocation = convocation_active(demande)
        creneaux = [creneau_libre(demande) for _ in range(3)]
        self._reserver(convocation, creneaux[0])
        assert [Creneau.objects.get(pk=c.pk).prises for c in creneaux] == [1, 1, 1]
        reservation.annuler(convocation, par=acteur(demande.usager), maintenant=INSTANT)
        assert [Creneau.objects.get(pk=c.pk).prises for c in creneaux] == [0, 0, 0]
        assert not Prolongement.objects.exists()

    def test_reserver_a_long_visit_where_the_last_slot_is_full_takes_none(self):
        demande = amener_a(DemandeFactory(motif__guichet_minutes=40), Etat.CONVOQUEE)
        creneaux = [creneau_libre(demande) for _ in range(3)]
        Creneau.objects.filter(pk=creneaux[2].pk).update(places=0)
        assert self._refus(lambda: self._reserver(convocation_active(demande), creneaux[0]))[0] == "creneau_complet"
        assert [Creneau.objects.get(pk=c.pk).prises for c in creneaux] == [0, 0, 0]

    def test_annuler_by_another_usager_is_refused(self, convocation, amina):
        self._reserver(convocation, creneau_libre(convocation.demande))
        refus = self._refus(lambda: reservation.annuler(convocation, par=acteur(amina), maintenant=INSTANT))
        assert refus == ("droit_refuse", 403)

    def test_annuler_twice_is_a_conflict(self, convocation):
        self._reserver(convocation, creneau_libre(convocation.demande))
        par = acteur(convocation.demande.usager)
        reservation.annuler(convocation, par=par, maintenant=INSTANT)
        assert self._refus(lambda: reservation.annuler(convocation, par=par, maintenant=INSTANT))[1] == 409
        assert Creneau.objects.get().prises == 0


class TestAffectation:
    @pytest.fixture
    def file(self):
        return FileGuichetFactory()

    def test_two_posts_at_once_is_refused(self, chloe):
        AffectationFactory(agent=chloe)
        chevauche = TimestamptzRange(MIDI - timedelta(minutes=1), MIDI + timedelta(hours=3))
        with refuse_par("affectation_agent_unique"):
            AffectationFactory(agent=chloe, pendant=chevauche)

    def test_two_half_days_that_touch_pass(self, chloe):
        AffectationFactory(agent=chloe)
        AffectationFactory(agent=chloe, pendant=TimestamptzRange(MIDI, MIDI + timedelta(hours=3)))

    def test_habilitation_withdrawn_under_a_post_is_refused(self, chloe):
        habilitation = HabilitationFactory(agent=chloe)
        AffectationFactory(agent=chloe, guichet_tenu=True, file=habilitation.file)
        with refuse_par("habilitation_tenue"):
            Habilitation.objects.filter(pk=habilitation.pk).delete()
        avant = DateRange(date(2020, 1, 1), PREMIER_CRENEAU.date())
        for champs in ({"pendant": avant}, {"agent": AgentFactory()}, {"file": FileGuichetFactory(code="autre")}):
            with refuse_par("habilitation_tenue"):
                Habilitation.objects.filter(pk=habilitation.pk).update(**champs)
        apres = DateRange(date(2020, 1, 1), PREMIER_CRENEAU.date() + timedelta(days=2))
        Habilitation.objects.filter(pk=habilitation.pk).update(pendant=apres)
        Affectation.objects.all().delete()
        Habilitation.objects.filter(pk=habilitation.pk).delete()

    def test_while_absent_is_refused(self, chloe):
        AbsenceFactory(agent=chloe)
        with refuse_par("affectation_agent_present"):
            AffectationFactory(agent=chloe)

    def test_moved_over_an_absence_is_refused(self, chloe):
        demain = TimestamptzRange(PREMIER_CRENEAU + timedelta(days=1), MIDI + timedelta(days=1))
        AbsenceFactory(agent=chloe, pendant=demain)
        poste = AffectationFactory(agent=chloe)
        with refuse_par("affectation_agent_present"):
            Affectation.objects.filter(pk=poste.pk).update(pendant=demain)

    def test_absence_over_a_post_is_refused(self, chloe):
        AffectationFactory(agent=chloe)
        with refuse_par("absence_agent_affecte"):
            AbsenceFactory(agent=chloe)

    def test_absence_stretched_over_a_post_is_refused(self, chloe):
        AffectationFactory(agent=chloe)
        veille = TimestamptzRange(PREMIER_CRENEAU - timedelta(days=1), PREMIER_CRENEAU)
        absence = AbsenceFactory(agent=chloe, pendant=veille)
        with refuse_par("absence_agent_affecte"):
            Absence.objects.filter(pk=absence.pk).update(pendant=TimestamptzRange(veille.lower, MIDI))

    def test_two_absences_at_once_is_refused(self, chloe):
        AbsenceFactory(agent=chloe)
        with refuse_par("absence_sans_chevauchement"):
            AbsenceFactory(agent=chloe)

    def test_same_absence_imported_twice_is_refused(self, chloe, denis):
        AbsenceFactory(agent=chloe, source="casper", reference="A-1")
        with refuse_par("absence_reference_unique"):
            AbsenceFactory(agent=denis, source="casper", reference="A-1")

    def test_at_a_counter_without_habilitation_is_refused(self, chloe, file):
        with refuse_par("affectation_agent_habilite"):
            AffectationFactory(agent=chloe, guichet_tenu=True, file=file)

    def test_at_a_counter_with_habilitation_passes(self, chloe, file):
        HabilitationFactory(agent=chloe, file=file)
        AffectationFactory(agent=chloe, guichet_tenu=True, file=file)

    @pytest.mark.parametrize(
        "pendant",
        [DateRange(date(2029, 1, 1), date(2030, 3, 5)), DateRange(date(2030, 3, 6), None)],
        ids=["finie", "a-venir"],
    )
    def test_at_a_counter_with_a_habilitation_of_other_dates_is_refused(self, chloe, file, pendant):
        HabilitationFactory(agent=chloe, file=file, pendant=pendant)
        with refuse_par("affectation_agent_habilite"):
            AffectationFactory(agent=chloe, guichet_tenu=True, file=file)

    def test_at_a_counter_with_the_habilitation_of_another_queue_is_refused(self, chloe, file):
        HabilitationFactory(agent=chloe, file=FileGuichetFactory(code="routes"))
        with refuse_par("affectation_agent_habilite"):
            AffectationFactory(agent=chloe, guichet_tenu=True, file=file)

    def test_turned_into_a_counter_without_habilitation_is_refused(self, chloe, file):
        poste = AffectationFactory(agent=chloe)
        with refuse_par("affectation_agent_habilite"):
            Affectation.objects.filter(pk=poste.pk).update(
                poste="guichet", file=file, guichet=GuichetFactory(site=file.site)
            )

    def test_two_agents_at_one_counter_is_refused(self, chloe, denis, file):
        guichet = GuichetFactory(site=file.site, files=[file])
        for agent in (chloe, denis):
            HabilitationFactory(agent=agent, file=file)
        AffectationFactory(agent=chloe, guichet_tenu=True, file=file, guichet=guichet)
        with refuse_par("affectation_guichet_unique"):
            AffectationFactory(agent=denis, guichet_tenu=True, file=file, guichet=guichet)

    def test_counter_post_without_its_counter_is_refused(self, chloe, file):
        HabilitationFactory(agent=chloe, file=file)
        with refuse_par("affectation_guichet_complet"):
            AffectationFactory(agent=chloe, poste="guichet", file=file)

    def test_same_habilitation_twice_is_refused(self, chloe, file):
        HabilitationFactory(agent=chloe, file=file)
        with refuse_par("habilitation_sans_chevauchement"):
            HabilitationFactory(agent=chloe, file=file, niveau=Habilitation.Niveau.REFERENT)


class TestOuvertures:
    def test_two_openings_of_a_queue_at_once_is_refused(self):
        plage = PlageOuvertureFactory()
        with refuse_par("plage_sans_chevauchement"):
            PlageOuvertureFactory(file=plage.file, debut=time(11, 45), fin=time(13))
        PlageOuvertureFactory(file=plage.file, debut=time(12), fin=time(13))

    def test_end_before_start_is_refused(self):
        with refuse_par("plage_fin_apres_debut"):
            PlageOuvertureFactory(debut=time(12), fin=time(12))

    @pytest.mark.parametrize("champs", [{"nb_guichets": 0}, {"nb_guichets": 1, "reserve_sans_rdv": 2}])
    def test_reserve_beyond_the_counters_is_refused(self, champs):
        plage = PlageOuvertureFactory()
        with refuse_par("plage_reserve_possible"):
            PlageOuverture.objects.filter(pk=plage.pk).update(**champs)

    def test_two_closures_at_once_is_refused(self):
        jours = DateRange(date(2030, 4, 1), date(2030, 4, 5))
        FermetureFactory(pendant=jours)
        with refuse_par("fermeture_sans_chevauchement"):
            FermetureFactory(pendant=jours)
        FermetureFactory(pendant=jours, site=SiteFactory())

    @pytest.mark.parametrize("pas", [0, 4, 121])
    def test_absurd_length_of_slot_is_refused(self, pas):
        with refuse_par("file_pas_positif"):
            FileGuichetFactory(pas_minutes=pas)

    def test_two_queues_with_one_letter_is_refused(self):
        file = FileGuichetFactory()
        with refuse_par("file_lettre_unique"):
            FileGuichetFactory(site=file.site, code="autre", lettre=file.lettre)
        assert FileGuichet.objects.count() == 1
