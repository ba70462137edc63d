"""What the night ends: visits left open at closing time, appointments that nobody came to."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command

from demandes.acteur import GenreActeur
from demandes.models import Agent, Demande, Evenement, Notification
from guichet.models import Passage
from guichet.services import accueil
from guichet.services import guichet as services
from guichet.services.absences import clore_les_passages, clore_oublie, constater_les_absences
from guichet.services.remise import remettre
from planning.models import RendezVous
from tests.demandes.factories import INSTANT, AgentFactory
from tests.guichet.aide import MINUTE, Salle, salle
from tests.parcours import acteur
from tests.planning.factories import GuichetFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
DEMAIN = INSTANT + timedelta(days=1)
MINUIT = INSTANT + timedelta(hours=15)


def appeler(lieu: Salle, agent: Agent) -> Passage:
    passage = services.appeler_suivant(lieu.guichet, [lieu.file], par=acteur(agent), maintenant=INSTANT)
    assert passage is not None
    return passage


def etat_de(demande: Demande | None) -> str:
    assert demande is not None
    return Demande.objects.get(pk=demande.pk).etat


def test_nuit_ends_each_open_visit_by_its_state_and_says_so(chloe: Agent) -> None:
    lieu = salle()
    recu = lieu.recevoir(lieu.demande(nom="Reçu"), chloe)
    appele = lieu.entrer(lieu.demande(nom="Appelé"), chloe)
    autre = GuichetFactory(site=lieu.site, numero=2, files=[lieu.file])
    par = acteur(AgentFactory(instructeur=True))
    assert services.appeler_suivant(autre, [lieu.file], par=par, maintenant=INSTANT) == appele
    arrive = lieu.entrer(lieu.demande(nom="Arrivé"), chloe)

    assert clore_les_passages(maintenant=DEMAIN) == 3
    assert clore_les_passages(maintenant=DEMAIN) == 0

    for passage, etat in ((recu, "termine"), (appele, "absent"), (arrive, "parti")):
        passage.refresh_from_db()
        assert (passage.etat, passage.termine_le) == (etat, DEMAIN)
        evenement = Evenement.objects.get(nature=f"passage:{etat}")
        assert (evenement.acteur_genre, evenement.charge) == (GenreActeur.SYSTEME, {"passage_id": passage.pk})


def test_nuit_leaves_the_visits_of_today_in_the_prefectures_time(chloe: Agent) -> None:
    lieu = salle()
    lieu.entrer(lieu.demande(), chloe)
    assert clore_les_passages(maintenant=MINUIT - MINUTE) == 0
    assert clore_les_passages(maintenant=MINUIT) == 1


def test_nuit_lets_who_was_forgotten_come_back(chloe: Agent) -> None:
    lieu = salle()
    demande = lieu.demande()
    lieu.entrer(demande, chloe)
    clore_les_passages(maintenant=DEMAIN)
    assert lieu.entrer(demande, chloe, a=DEMAIN).etat == "arrive"


@pytest.mark.parametrize("appele", [False, True])
def test_nuit_never_received_misses_the_appointment(chloe: Agent, appele: bool) -> None:
    lieu = salle()
    rendez_vous = lieu.rendez_vous(INSTANT + 5 * MINUTE)
    passage = accueil.enregistrer_arrivee(rendez_vous, par=acteur(chloe), maintenant=INSTANT)
    if appele:
        appeler(lieu, chloe)

    clore_les_passages(maintenant=DEMAIN)

    rendez_vous.refresh_from_db()
    assert (rendez_vous.etat, etat_de(passage.demande)) == ("absent", "convoquee")
    assert constater_les_absences(maintenant=DEMAIN) == 0


def test_nuit_received_keeps_the_appointment_honoured(chloe: Agent) -> None:
    lieu = salle()
    rendez_vous = lieu.rendez_vous(INSTANT + 5 * MINUTE)
    passage = accueil.enregistrer_arrivee(rendez_vous, par=acteur(chloe), maintenant=INSTANT)
    appeler(lieu, chloe)
    services.recevoir(passage, par=acteur(chloe), maintenant=INSTANT)

    clore_les_passages(maintenant=DEMAIN)

    rendez_vous.refresh_from_db()
    assert (rendez_vous.etat, etat_de(passage.demande)) == ("honore", "recue")


def test_nuit_after_remise_closes_the_demande(chloe: Agent) -> None:
    lieu = salle()
    demande = lieu.demande("a_remettre")
    lieu.recevoir(demande, chloe)
    remettre(
        demande,
        numero_titre="9912345678",
        identite_verifiee=True,
        signature_nom="BEN ALI Amina",
        par=acteur(chloe),
        maintenant=INSTANT,
    )

    clore_les_passages(maintenant=DEMAIN)

    assert etat_de(demande) == "cloturee"


def test_clore_oublie_ended_meanwhile_does_nothing(chloe: Agent) -> None:
    lieu = salle()
    vu_par_la_nuit = lieu.entrer(lieu.demande(), chloe)
    accueil.constater_depart(Passage.objects.get(pk=vu_par_la_nuit.pk), par=acteur(chloe), maintenant=INSTANT)
    assert clore_oublie(vu_par_la_nuit, maintenant=DEMAIN) is False
    assert Passage.objects.get(pk=vu_par_la_nuit.pk).termine_le == INSTANT


@pytest.mark.parametrize("etat", ["arrive", "parti"])
def test_absences_appointment_whose_visit_was_not_received_is_missed(chloe: Agent, etat: str) -> None:
    lieu = salle()
    rendez_vous = lieu.rendez_vous(INSTANT + 5 * MINUTE)
    accueil.enregistrer_arrivee(rendez_vous, par=acteur(chloe), maintenant=INSTANT)
    # As the rows written before `constater_depart` ended the appointment.
    Passage.objects.filter(rendez_vous=rendez_vous).update(etat=etat)

    assert constater_les_absences(maintenant=INSTANT) == 0
    assert constater_les_absences(maintenant=DEMAIN) == 1
    assert constater_les_absences(maintenant=DEMAIN) == 0

    rendez_vous.refresh_from_db()
    assert rendez_vous.etat == "absent"


def test_constater_absences_command_ends_visits_and_appointments(
    temps_fige: time_machine.Traveller, chloe: Agent
) -> None:
    lieu = salle()
    venu = lieu.rendez_vous(INSTANT + 5 * MINUTE)
    lieu.rendez_vous(INSTANT + 20 * MINUTE, "Jamais venu")
    accueil.enregistrer_arrivee(venu, par=acteur(chloe), maintenant=INSTANT)
    temps_fige.move_to(DEMAIN)

    call_command("constater_absences")
    call_command("constater_absences")

    assert [r.etat for r in RendezVous.objects.order_by("pk")] == ["absent", "absent"]
    assert Passage.objects.get().etat == "parti"
    assert Notification.objects.filter(modele="absence").count() == 2
