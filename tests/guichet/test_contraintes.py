"""What can never happen to visits and hand-overs, tried behind the services' back."""

import pytest

from demandes.cycle import Etat
from demandes.models import Demande
from guichet.models import Passage, Remise
from guichet.services import accueil, guichet, remise
from planipref.commun.erreurs import ErreurMetier
from tests.contraintes import refuse_par
from tests.demandes.factories import INSTANT, DemandeFactory, SiteFactory
from tests.guichet.factories import PassageFactory
from tests.parcours import acteur, amener_a, equipe
from tests.planning.factories import FileGuichetFactory, GuichetFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


def appeler(passage, par, **champs):
    valeurs = {"etat": "appele", "agent": par, "guichet": GuichetFactory(site=passage.site), "appele_le": INSTANT}
    Passage.objects.filter(pk=passage.pk).update(**{**valeurs, **champs})


HEURES = {"recu": {"recu_le": INSTANT}, "termine": {"recu_le": INSTANT, "termine_le": INSTANT}}


class TestPassage:
    def test_same_ticket_twice_in_a_day_is_refused(self):
        passage = PassageFactory()
        with refuse_par("passage_ticket_unique"):
            PassageFactory(ticket=passage.ticket)
        PassageFactory(ticket=passage.ticket, file=FileGuichetFactory(site=SiteFactory(code="67-annexe")))

    @pytest.mark.parametrize("etat", ["appele", "recu"])
    def test_two_persons_at_one_agent_is_refused(self, chloe, etat):
        un, autre = PassageFactory(), PassageFactory()
        appeler(un, chloe, etat=etat, **HEURES.get(etat, {}))
        with refuse_par("passage_un_par_agent"):
            appeler(autre, chloe)

    @pytest.mark.parametrize("etat", ["appele", "recu"])
    def test_two_persons_at_one_counter_is_refused(self, chloe, denis, etat):
        un, autre = PassageFactory(), PassageFactory()
        appeler(un, chloe, etat=etat, **HEURES.get(etat, {}))
        un.refresh_from_db()
        with refuse_par("passage_un_par_guichet"):
            appeler(autre, denis, guichet=un.guichet)

    @pytest.mark.parametrize("etat", ["arrive", "appele", "recu"])
    def test_one_demande_waiting_twice_is_refused(self, chloe, etat):
        demande = amener_a(DemandeFactory(), Etat.DEPOSEE)
        passage = PassageFactory(demande=demande)
        if etat != "arrive":
            appeler(passage, chloe, etat=etat, **HEURES.get(etat, {}))
        with refuse_par("passage_un_par_demande"):
            PassageFactory(demande=demande)

    @pytest.mark.parametrize("manque", [{"agent": None}, {"guichet": None}, {"appele_le": None}])
    @pytest.mark.parametrize("etat", ["appele", "recu", "termine"])
    def test_called_without_agent_counter_or_time_is_refused(self, chloe, etat, manque):
        passage = PassageFactory()
        with refuse_par("passage_appele_par"):
            appeler(passage, chloe, **{"etat": etat, **HEURES.get(etat, {}), **manque})

    @pytest.mark.parametrize("champs", [{"etat": "recu"}, {"etat": "termine", "recu_le": INSTANT}, {"etat": "termine"}])
    def test_received_or_ended_without_its_hours_is_refused(self, chloe, champs):
        passage = PassageFactory()
        with refuse_par("passage_heures"):
            appeler(passage, chloe, **champs)

    def test_one_appointment_with_two_visits_is_refused(self):
        demande = amener_a(DemandeFactory(), Etat.RDV_PRIS)
        rendez_vous = demande.convocations.get().rendez_vous.get()
        PassageFactory(rendez_vous=rendez_vous)
        with refuse_par("guichet_passage_rendez_vous_id_key"):
            PassageFactory(rendez_vous=rendez_vous)


class TestRemise:
    @pytest.fixture
    def demande(self):
        return amener_a(DemandeFactory(), Etat.A_REMETTRE)

    def _remettre(self, demande, agent, **champs):
        valeurs = {"numero_titre": "X1", "identite_verifiee": True, "signature_nom": "Amina", "remise_le": INSTANT}
        return Remise.objects.create(demande=demande, agent=agent, **{**valeurs, **champs})

    @pytest.mark.parametrize("champs", [{"identite_verifiee": False}, {"signature_nom": ""}, {"numero_titre": ""}])
    def test_unsigned_or_unchecked_is_refused(self, demande, chloe, champs):
        with refuse_par("remise_signee"):
            self._remettre(demande, chloe, **champs)

    def test_twice_is_refused(self, demande, chloe):
        self._remettre(demande, chloe)
        with refuse_par("guichet_remise_demande_id_key"):
            self._remettre(demande, chloe)

    @pytest.mark.parametrize(
        ("champs", "champ"),
        [
            ({"identite_verifiee": False}, "identite_verifiee"),
            ({"numero_titre": " "}, "numero_titre"),
            ({"signature_nom": ""}, "signature_nom"),
        ],
    )
    def test_remettre_without_what_is_needed_is_refused_on_the_field(self, demande, champs, champ):
        valeurs = {"numero_titre": "X1", "identite_verifiee": True, "signature_nom": "Amina"}
        with pytest.raises(ErreurMetier) as refus:
            remise.remettre(demande, **{**valeurs, **champs}, par=acteur(equipe(demande).chloe), maintenant=INSTANT)
        assert refus.value.champ == champ
        assert Demande.objects.get(pk=demande.pk).etat == Etat.A_REMETTRE


class TestServices:
    def test_appeler_suivant_while_holding_someone_is_a_conflict(self):
        demande = DemandeFactory()
        e = equipe(demande)
        par = acteur(e.chloe)
        for _ in range(2):
            accueil.enregistrer_sans_rdv(e.file, par=par, maintenant=INSTANT)
        assert guichet.appeler_suivant(e.guichet, [e.file], par=par, maintenant=INSTANT)
        with pytest.raises(ErreurMetier) as refus:
            guichet.appeler_suivant(e.guichet, [e.file], par=par, maintenant=INSTANT)
        assert refus.value.code == "passage_en_cours"
        assert Passage.objects.filter(etat="arrive").count() == 1

    def test_appeler_suivant_when_nobody_waits_returns_none(self):
        e = equipe(DemandeFactory())
        assert guichet.appeler_suivant(e.guichet, [e.file], par=acteur(e.chloe), maintenant=INSTANT) is None

    def test_enregistrer_arrivee_twice_gives_the_same_ticket(self):
        demande = amener_a(DemandeFactory(), Etat.RDV_PRIS)
        rendez_vous = demande.convocations.get().rendez_vous.get()
        par = acteur(equipe(demande).chloe)
        jour = rendez_vous.creneau.debut
        un = accueil.enregistrer_arrivee(rendez_vous, par=par, maintenant=jour)
        assert accueil.enregistrer_arrivee(rendez_vous, par=par, maintenant=jour) == un

    def test_enregistrer_arrivee_on_another_day_is_a_conflict(self):
        demande = amener_a(DemandeFactory(), Etat.RDV_PRIS)
        rendez_vous = demande.convocations.get().rendez_vous.get()
        with pytest.raises(ErreurMetier) as refus:
            accueil.enregistrer_arrivee(rendez_vous, par=acteur(equipe(demande).chloe), maintenant=INSTANT)
        assert refus.value.code == "autre_jour"

    def test_enregistrer_sans_rdv_demande_of_another_prefecture_is_not_found(self):
        ailleurs = amener_a(DemandeFactory(prefecture__departement="93"), Etat.DEPOSEE)
        e = equipe(DemandeFactory())
        with pytest.raises(ErreurMetier) as refus:
            accueil.enregistrer_sans_rdv(e.file, demande=ailleurs, par=acteur(e.chloe), maintenant=INSTANT)
        assert refus.value.statut == 404

    def test_tickets_follow_each_other_per_site_and_start_again_each_day(self):
        e = equipe(DemandeFactory())
        par = acteur(e.chloe)
        demain = INSTANT.replace(day=5)
        tickets = [
            accueil.enregistrer_sans_rdv(e.file, par=par, maintenant=i).ticket for i in (INSTANT, INSTANT, demain)
        ]
        assert tickets == [1, 2, 1]
