"""What can never happen to a decision, tried behind the services' back: PostgreSQL refuses by itself."""

import pytest

from demandes.cycle import Etat
from demandes.models import Decision, Delegation, Demande, Evenement
from tests.contraintes import refuse_par
from tests.demandes.factories import INSTANT, AgentFactory, DelegationFactory, DemandeFactory, MotifFactory
from tests.parcours import amener_a, verifier_contraintes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


class TestDeuxPairesDYeux:
    @pytest.fixture
    def demande(self):
        return amener_a(DemandeFactory(motif__quatre_yeux=True), Etat.EN_INSTRUCTION)

    def _decider(self, demande, agent, **champs):
        delegation = Delegation.objects.filter(agent=agent).first() or DelegationFactory(agent=agent)
        return Decision.objects.create(
            demande=demande, sens="accord", agent=agent, delegation=delegation, prise_le=INSTANT, **champs
        )

    def test_decision_by_who_checked_is_refused(self, demande):
        with refuse_par("decision_quatre_yeux"):
            self._decider(demande, demande.completude_par)

    def test_decision_handed_to_who_checked_is_refused(self, demande):
        prise = self._decider(demande, AgentFactory(signataire=True))
        with refuse_par("decision_quatre_yeux"):
            Decision.objects.filter(pk=prise.pk).update(agent=demande.completude_par)

    def test_author_of_completeness_rewritten_is_refused(self, demande):
        for autre in (AgentFactory().pk, None):
            with refuse_par("demande_completude_figee"):
                Demande.objects.filter(pk=demande.pk).update(completude_par=autre)

    def test_decision_moved_to_a_demande_that_its_author_checked_is_refused(self, demande):
        autre = amener_a(DemandeFactory(motif=demande.motif), Etat.EN_INSTRUCTION)
        juge = AgentFactory(signataire=True)
        prise = self._decider(autre, juge)
        verifiee = amener_a(DemandeFactory(motif__quatre_yeux=True, motif__etapes=[2, 3]), Etat.RECUE)
        Demande.objects.filter(pk=verifiee.pk).update(completude_par=juge)
        with refuse_par("decision_quatre_yeux"):
            Decision.objects.filter(pk=prise.pk).update(demande=verifiee)

    def test_author_of_completeness_named_after_their_decision_is_refused(self):
        demande = amener_a(DemandeFactory(motif__quatre_yeux=True, motif__etapes=[2, 3]), Etat.RECUE)
        assert demande.completude_par is None
        prise = self._decider(demande, AgentFactory(signataire=True))
        with refuse_par("decision_quatre_yeux"):
            Demande.objects.filter(pk=demande.pk).update(completude_par=prise.agent)
        Demande.objects.filter(pk=demande.pk).update(completude_par=AgentFactory())

    def test_motif_with_two_pairs_of_eyes_given_after_a_decision_by_one_is_refused(self):
        demande = amener_a(DemandeFactory(motif__quatre_yeux=False), Etat.EN_INSTRUCTION)
        self._decider(demande, demande.completude_par)
        with refuse_par("decision_quatre_yeux"):
            Demande.objects.filter(pk=demande.pk).update(motif=MotifFactory(quatre_yeux=True))

    def test_decision_changed_or_removed_once_given_is_refused(self):
        demande = amener_a(DemandeFactory(), Etat.ACCORDEE)
        with refuse_par("decision_rendue"):
            Decision.objects.filter(demande=demande).update(sens="refus", motifs_droit="x", motifs_fait="x")
        with refuse_par("decision_rendue"):
            Decision.objects.filter(demande=demande).delete()

    def test_state_decided_without_its_decision_is_refused(self, demande):
        with refuse_par("demande_decision_presente"):
            Demande.objects.filter(pk=demande.pk).update(etat=Etat.ACCORDEE)
            Evenement.objects.create(
                prefecture=demande.prefecture,
                demande=demande,
                nature="transition:accorder",
                de=Etat.EN_INSTRUCTION,
                vers=Etat.ACCORDEE,
                acteur_genre="agent",
                acteur_id=1,
                le=INSTANT,
            )
            verifier_contraintes()

    def test_decision_by_another_passes(self, demande):
        self._decider(demande, AgentFactory(signataire=True))

    def test_decision_by_who_checked_passes_where_one_pair_is_enough(self):
        demande = amener_a(DemandeFactory(motif__quatre_yeux=False), Etat.EN_INSTRUCTION)
        self._decider(demande, demande.completude_par)

    def test_second_decision_is_refused(self, demande):
        self._decider(demande, AgentFactory(signataire=True))
        with refuse_par("demandes_decision_demande_id_key"):
            self._decider(demande, AgentFactory(signataire=True))

    def test_refusal_without_motives_is_refused(self, demande):
        with refuse_par("decision_refus_motive"):
            Decision.objects.create(
                demande=demande,
                sens="refus",
                motifs_droit="L432-1",
                agent=(agent := AgentFactory(signataire=True)),
                delegation=agent.delegations.get(),
                prise_le=INSTANT,
            )
