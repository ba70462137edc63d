"""The order of call, absences, and what a visit does to the demande."""

from __future__ import annotations

from datetime import timedelta

import pytest

from demandes.models import Agent, Convocation, Demande
from demandes.services import completude, decision
from guichet.models import Passage
from guichet.services import accueil
from guichet.services import guichet as services
from guichet.services.orientation import declarer_conformes, declarer_non_conforme, orienter
from guichet.services.remise import remettre
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from tests.demandes.factories import INSTANT, AgentFactory
from tests.guichet.aide import MINUTE, salle
from tests.parcours import acteur
from tests.planning.factories import GuichetFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


def test_appeler_follows_priority_then_appointment_then_arrival(chloe: Agent) -> None:
    lieu = salle()
    rendez_vous = lieu.rendez_vous(INSTANT + 20 * MINUTE)
    premier = lieu.entrer(lieu.demande(nom="Premier"), chloe)
    attendu = accueil.enregistrer_arrivee(rendez_vous, par=acteur(chloe), maintenant=INSTANT + 5 * MINUTE)
    prioritaire = lieu.entrer(lieu.demande(nom="Prioritaire"), chloe, a=INSTANT + 10 * MINUTE, priorite=1)
    dernier = lieu.entrer(lieu.demande(nom="Dernier"), chloe, a=INSTANT + 11 * MINUTE)

    appeles = []
    for numero in range(2, 6):
        poste = GuichetFactory(site=lieu.site, numero=numero, files=[lieu.file])
        passage = services.appeler_suivant(
            poste, [lieu.file], par=acteur(AgentFactory(instructeur=True)), maintenant=INSTANT + 12 * MINUTE
        )
        assert passage is not None
        appeles.append(passage.pk)

    assert appeles == [prioritaire.pk, attendu.pk, premier.pk, dernier.pk]


def test_appeler_late_appointment_ranks_at_arrival(chloe: Agent) -> None:
    lieu = salle()
    rendez_vous = lieu.rendez_vous(INSTANT + 5 * MINUTE)
    lieu.entrer(lieu.demande(nom="Patient"), chloe, a=INSTANT)
    accueil.enregistrer_arrivee(rendez_vous, par=acteur(chloe), maintenant=INSTANT + 40 * MINUTE)

    ordre = Passage.objects.en_attente()

    assert [p.rendez_vous_id is None for p in ordre] == [True, False]


def test_appeler_with_person_at_counter_is_refused(chloe: Agent) -> None:
    lieu = salle()
    lieu.entrer(lieu.demande(), chloe)
    lieu.entrer(lieu.demande(nom="Diallo"), chloe)
    services.appeler_suivant(lieu.guichet, [lieu.file], par=acteur(chloe), maintenant=INSTANT)

    with pytest.raises(ErreurMetier) as refus:
        services.appeler_suivant(lieu.guichet, [lieu.file], par=acteur(chloe), maintenant=INSTANT)

    assert refus.value.code == "passage_en_cours"
    assert Passage.objects.filter(etat="arrive").count() == 1


def test_appeler_at_a_colleagues_counter_is_refused(chloe: Agent) -> None:
    lieu = salle()
    lieu.recevoir(lieu.demande(), chloe)
    lieu.entrer(lieu.demande(nom="Diallo"), chloe)
    autre = acteur(AgentFactory(instructeur=True))

    with pytest.raises(ErreurMetier) as refus:
        services.appeler_suivant(lieu.guichet, [lieu.file], par=autre, maintenant=INSTANT)

    assert (refus.value.code, refus.value.statut) == ("guichet_tenu", 409)
    assert refus.value.message == f"Ce guichet est tenu par {chloe}."
    assert Passage.objects.filter(etat="arrive").count() == 1


def test_appeler_at_a_counter_left_with_yesterdays_visit_is_allowed(chloe: Agent) -> None:
    lieu = salle()
    lieu.recevoir(lieu.demande(), chloe)
    demain = INSTANT + timedelta(days=1)
    lieu.entrer(lieu.demande(nom="Diallo"), chloe, a=demain)
    autre = acteur(AgentFactory(instructeur=True))

    assert services.appeler_suivant(lieu.guichet, [lieu.file], par=autre, maintenant=demain)


def test_appeler_with_nobody_returns_none(chloe: Agent) -> None:
    lieu = salle()
    assert services.appeler_suivant(lieu.guichet, [lieu.file], par=acteur(chloe), maintenant=INSTANT) is None


def test_appeler_without_right_is_refused(bruno: Agent) -> None:
    lieu = salle()
    with pytest.raises(DroitRefuse):
        services.appeler_suivant(lieu.guichet, [lieu.file], par=acteur(bruno), maintenant=INSTANT)


def test_absent_with_appointment_is_missed_and_may_be_taken_again(chloe: Agent) -> None:
    lieu = salle()
    rendez_vous = lieu.rendez_vous(INSTANT + 5 * MINUTE)
    passage = accueil.enregistrer_arrivee(rendez_vous, par=acteur(chloe), maintenant=INSTANT)
    services.appeler_suivant(lieu.guichet, [lieu.file], par=acteur(chloe), maintenant=INSTANT)

    services.constater_absence(passage, par=acteur(chloe), maintenant=INSTANT + 6 * MINUTE)

    rendez_vous.refresh_from_db()
    assert passage.demande is not None
    demande = Demande.objects.get(pk=passage.demande.pk)
    assert rendez_vous.etat == "absent"
    assert demande.etat == "convoquee"
    assert demande.convocations.get().etat == Convocation.Etat.ACTIVE
    assert services.appeler_suivant(lieu.guichet, [lieu.file], par=acteur(chloe), maintenant=INSTANT) is None


def test_absent_of_somebody_elses_visit_is_refused(chloe: Agent) -> None:
    lieu = salle()
    passage = lieu.entrer(lieu.demande(), chloe)
    services.appeler_suivant(lieu.guichet, [lieu.file], par=acteur(chloe), maintenant=INSTANT)

    with pytest.raises(ErreurMetier) as refus:
        services.constater_absence(passage, par=acteur(AgentFactory(instructeur=True)), maintenant=INSTANT)

    assert refus.value.code == "passage_ferme"


def test_constater_completude_during_visit_receives_at_once(chloe: Agent) -> None:
    lieu = salle()
    demande = lieu.demande("deposee")
    lieu.recevoir(demande, chloe)
    declarer_conformes(demande, None, par=acteur(chloe), maintenant=INSTANT)

    completude.constater_completude(demande, par=acteur(chloe), maintenant=INSTANT)

    assert Demande.objects.get(pk=demande.pk).etat == "recue"


def test_constater_completude_without_visit_stays_complete(chloe: Agent) -> None:
    demande = salle().demande("deposee")
    declarer_conformes(demande, None, par=acteur(chloe), maintenant=INSTANT)

    completude.constater_completude(demande, par=acteur(chloe), maintenant=INSTANT)

    assert Demande.objects.get(pk=demande.pk).etat == "complete"


def test_declarer_conformes_sees_original_where_no_file_was_given(chloe: Agent) -> None:
    lieu = salle(pieces=2)
    passage = accueil.ouvrir_sans_rdv(
        lieu.file,
        lieu.motif,
        identite={"nom": "Nguyễn", "prenoms": "Thị Hoa", "date_naissance": "1990-00-00"},
        par=acteur(chloe),
        maintenant=INSTANT,
    )
    assert passage.demande is not None

    pieces = declarer_conformes(passage.demande, None, par=acteur(chloe), maintenant=INSTANT)

    assert [p.vue_au_guichet for p in pieces] == [True, True]
    assert declarer_conformes(passage.demande, None, par=acteur(chloe), maintenant=INSTANT) == []


def test_declarer_conformes_of_foreign_piece_is_unknown(chloe: Agent) -> None:
    demande = salle().demande("deposee")
    etrangere = salle().motif.pieces_requises.get().pk
    with pytest.raises(ErreurMetier) as refus:
        declarer_conformes(demande, [etrangere], par=acteur(chloe), maintenant=INSTANT)
    assert refus.value.statut == 404


def test_declarer_non_conforme_then_original_replaces_the_file(chloe: Agent) -> None:
    lieu = salle()
    demande = lieu.demande("deposee")
    requise = lieu.motif.pieces_requises.get().pk
    declarer_non_conforme(demande, requise, raison="Illisible.", par=acteur(chloe), maintenant=INSTANT)

    declarer_conformes(demande, [requise], par=acteur(chloe), maintenant=INSTANT)

    assert demande.pieces.courantes().get().vue_au_guichet


def test_terminer_after_remise_closes_the_demande(chloe: Agent) -> None:
    lieu = salle()
    demande = lieu.demande("a_remettre")
    passage = lieu.recevoir(demande, chloe)
    remettre(
        demande,
        numero_titre="9912345678",
        identite_verifiee=True,
        signature_nom="BEN ALI Amina",
        par=acteur(chloe),
        maintenant=INSTANT,
    )

    services.terminer(passage, par=acteur(chloe), maintenant=INSTANT + 9 * MINUTE)

    passage.refresh_from_db()
    assert passage.etat == "termine"
    assert Demande.objects.get(pk=demande.pk).etat == "cloturee"


def test_terminer_before_decision_leaves_the_demande(chloe: Agent) -> None:
    lieu = salle()
    demande = lieu.demande("complete")
    passage = lieu.recevoir(demande, chloe)
    decision.instruire(demande, par=acteur(chloe), maintenant=INSTANT)
    services.terminer(passage, par=acteur(chloe), maintenant=INSTANT)
    assert Demande.objects.get(pk=demande.pk).etat == "en_instruction"


def test_orienter_with_appointment_today_arrives_for_it(chloe: Agent) -> None:
    lieu = salle()
    rendez_vous = lieu.rendez_vous(INSTANT + 30 * MINUTE)
    demande = rendez_vous.convocation.demande

    passage = orienter(demande, lieu.site, par=acteur(chloe), maintenant=INSTANT)

    assert passage.rendez_vous_id == rendez_vous.pk


def test_orienter_with_appointment_another_day_is_a_walk_in(chloe: Agent) -> None:
    lieu = salle()
    demande = lieu.rendez_vous(INSTANT + timedelta(days=2)).convocation.demande

    passage = orienter(demande, lieu.site, par=acteur(chloe), maintenant=INSTANT)

    assert passage.rendez_vous_id is None


def test_orienter_without_queue_for_the_motif_is_refused_on_the_number(chloe: Agent) -> None:
    lieu = salle()
    demande = lieu.demande("deposee")
    lieu.file.motifs.clear()
    with pytest.raises(ErreurMetier) as refus:
        orienter(demande, lieu.site, par=acteur(chloe), maintenant=INSTANT)
    assert (refus.value.code, refus.value.champ) == ("sans_file", "numero")
