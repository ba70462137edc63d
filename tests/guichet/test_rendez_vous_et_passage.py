"""What arrivals, departures and visits do to appointments, and what a registered arrival forbids."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from demandes.models import Agent, Convocation, Demande, Evenement, Notification
from guichet.models import Passage
from guichet.services import accueil
from guichet.services import guichet as services
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.jetons import deriver
from planning.models import Creneau, RendezVous
from planning.services import reservation
from tests.demandes.factories import INSTANT
from tests.guichet.aide import MINUTE, Salle, salle
from tests.parcours import acteur
from tests.planning.factories import CreneauFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
JOUR = timedelta(days=1)


def messages(demande: Demande) -> list[str]:
    """Return the messages about appointments, once taken."""
    ecrits = Notification.objects.filter(demande=demande).order_by("pk").values_list("modele", flat=True)
    return [m for m in ecrits if m in {"absence", "rendez_vous_annule"}]


def recevoir_venu(lieu: Salle, passage: Passage, agent: Agent) -> None:
    services.appeler_suivant(lieu.guichet, [lieu.file], par=acteur(agent), maintenant=INSTANT)
    services.recevoir(passage, par=acteur(agent), maintenant=INSTANT)


class TestDepart:
    def test_with_appointment_is_missed_and_may_be_taken_again(self, chloe: Agent) -> None:
        rendez_vous = salle().rendez_vous(INSTANT + 5 * MINUTE)
        passage = accueil.enregistrer_arrivee(rendez_vous, par=acteur(chloe), maintenant=INSTANT)

        parti = accueil.constater_depart(passage, par=acteur(chloe), maintenant=INSTANT + 6 * MINUTE)

        rendez_vous.refresh_from_db()
        demande = Demande.objects.get(pk=rendez_vous.convocation.demande_id)
        assert (parti.etat, parti.termine_le) == ("parti", INSTANT + 6 * MINUTE)
        assert (rendez_vous.etat, demande.etat) == ("absent", "convoquee")
        assert messages(demande) == ["absence"]
        assert Evenement.objects.get(nature="passage:parti").charge == {"passage_id": passage.pk}
        autre = CreneauFactory(file=rendez_vous.creneau.file)
        convocation = demande.convocations.get()
        assert reservation.reserver(convocation, autre, par=acteur(demande.usager), maintenant=INSTANT + MINUTE)

    def test_before_the_hour_keeps_the_appointment_and_the_visit_may_be_put_back(self, chloe: Agent) -> None:
        rendez_vous = salle().rendez_vous(INSTANT + 5 * MINUTE)
        par, peu_apres = acteur(chloe), INSTANT + MINUTE
        passage = accueil.enregistrer_arrivee(rendez_vous, par=par, maintenant=INSTANT)
        accueil.constater_depart(passage, par=par, maintenant=peu_apres)
        rendez_vous.refresh_from_db()
        assert rendez_vous.etat == "pris"
        assert messages(rendez_vous.convocation.demande) == []

        rendu = accueil.retablir(passage, par=par, maintenant=peu_apres)
        assert (rendu.etat, rendu.rang, rendu.ticket) == ("arrive", passage.rang, passage.ticket)
        assert rendu.rendez_vous == rendez_vous
        with pytest.raises(ErreurMetier, match="ne peut plus être rétabli"):
            accueil.retablir(passage, par=par, maintenant=peu_apres)

    def test_put_back_is_refused_to_who_has_another_ticket(self, chloe: Agent) -> None:
        lieu = salle()
        demande = lieu.demande()
        premier = accueil.annuler_arrivee(lieu.entrer(demande, chloe), par=acteur(chloe), maintenant=INSTANT)
        lieu.entrer(demande, chloe)
        with pytest.raises(ErreurMetier, match="déjà enregistrée"):
            accueil.retablir(premier, par=acteur(chloe), maintenant=INSTANT)

    def test_with_appointment_cancelled_meanwhile_ends_the_visit(self, chloe: Agent) -> None:
        rendez_vous = salle().rendez_vous(INSTANT + 5 * MINUTE)
        passage = accueil.enregistrer_arrivee(rendez_vous, par=acteur(chloe), maintenant=INSTANT)
        RendezVous.objects.filter(pk=rendez_vous.pk).update(etat="annule", termine_le=INSTANT)
        assert accueil.constater_depart(passage, par=acteur(chloe), maintenant=INSTANT).etat == "parti"

    def test_of_a_walk_in_leaves_the_demande(self, chloe: Agent) -> None:
        lieu = salle()
        demande = lieu.rendez_vous(INSTANT + 2 * JOUR).convocation.demande
        accueil.constater_depart(lieu.entrer(demande, chloe), par=acteur(chloe), maintenant=INSTANT)
        assert Demande.objects.get(pk=demande.pk).etat == "rdv_pris"
        assert messages(demande) == []

    def test_of_somebody_called_is_refused(self, chloe: Agent) -> None:
        lieu = salle()
        passage = lieu.entrer(lieu.demande(), chloe)
        services.appeler_suivant(lieu.guichet, [lieu.file], par=acteur(chloe), maintenant=INSTANT)
        with pytest.raises(ErreurMetier) as refus:
            accueil.constater_depart(passage, par=acteur(chloe), maintenant=INSTANT)
        assert (refus.value.code, refus.value.statut) == ("passage_ferme", 409)

    def test_by_an_usager_is_refused(self, chloe: Agent) -> None:
        lieu = salle()
        demande = lieu.demande()
        passage = lieu.entrer(demande, chloe)
        with pytest.raises(DroitRefuse):
            accueil.constater_depart(passage, par=acteur(demande.usager), maintenant=INSTANT)


class TestReception:
    def test_walk_in_frees_an_appointment_of_another_day(self, chloe: Agent) -> None:
        lieu = salle()
        rendez_vous = lieu.rendez_vous(INSTANT + 2 * JOUR)
        demande = rendez_vous.convocation.demande

        lieu.recevoir(demande, chloe)

        rendez_vous.refresh_from_db()
        assert rendez_vous.etat == "annule"
        assert Creneau.objects.get(pk=rendez_vous.creneau_id).prises == 0
        assert messages(demande) == ["rendez_vous_annule"]
        assert Demande.objects.get(pk=demande.pk).etat == "recue"
        assert demande.convocations.get().etat == Convocation.Etat.HONOREE

    def test_walk_in_honours_an_appointment_of_the_same_day(self, chloe: Agent) -> None:
        lieu = salle()
        rendez_vous = lieu.rendez_vous(INSTANT + timedelta(hours=7))

        lieu.recevoir(rendez_vous.convocation.demande, chloe)

        rendez_vous.refresh_from_db()
        assert rendez_vous.etat == "honore"
        assert Creneau.objects.get(pk=rendez_vous.creneau_id).prises == 1
        assert messages(rendez_vous.convocation.demande) == []

    def test_own_appointment_is_honoured(self, chloe: Agent) -> None:
        lieu = salle()
        rendez_vous = lieu.rendez_vous(INSTANT + 5 * MINUTE)
        passage = accueil.enregistrer_arrivee(rendez_vous, par=acteur(chloe), maintenant=INSTANT)
        recevoir_venu(lieu, passage, chloe)
        rendez_vous.refresh_from_db()
        assert rendez_vous.etat == "honore"
        assert rendez_vous.convocation.etat == Convocation.Etat.HONOREE


class TestArrivee:
    def test_on_an_appointment_cancelled_meanwhile_is_refused(self, chloe: Agent) -> None:
        vu_a_l_ecran = salle().rendez_vous(INSTANT + 5 * MINUTE)
        convocation = Convocation.objects.get(pk=vu_a_l_ecran.convocation_id)
        reservation.annuler(convocation, par=acteur(chloe), maintenant=INSTANT)

        with pytest.raises(ErreurMetier) as refus:
            accueil.enregistrer_arrivee(vu_a_l_ecran, par=acteur(chloe), maintenant=INSTANT)

        assert (refus.value.code, refus.value.statut) == ("rendez_vous_termine", 409)
        assert not Passage.objects.exists()

    def test_locks_the_demande_before_it_decides(self, chloe: Agent) -> None:
        rendez_vous = salle().rendez_vous(INSTANT + 5 * MINUTE)
        par = acteur(chloe)
        with CaptureQueriesContext(connection) as requetes:
            accueil.enregistrer_arrivee(rendez_vous, par=par, maintenant=INSTANT)
        lues = [r["sql"] for r in requetes.captured_queries]
        verrou = next(i for i, sql in enumerate(lues) if "FOR NO KEY UPDATE" in sql and "demandes_demande" in sql)
        decision = next(i for i, sql in enumerate(lues) if 'FROM "planning_rendezvous"' in sql)
        assert verrou < decision

    def test_after_leaving_is_refused_instead_of_the_old_ticket(self, chloe: Agent) -> None:
        rendez_vous = salle().rendez_vous(INSTANT + 5 * MINUTE)
        passage = accueil.enregistrer_arrivee(rendez_vous, par=acteur(chloe), maintenant=INSTANT)
        accueil.constater_depart(passage, par=acteur(chloe), maintenant=INSTANT + 6 * MINUTE)
        with pytest.raises(ErreurMetier) as refus:
            accueil.enregistrer_arrivee(rendez_vous, par=acteur(chloe), maintenant=INSTANT + 6 * MINUTE)
        assert refus.value.code == "rendez_vous_termine"


class TestDejaArrive:
    def test_appointment_may_not_be_moved_nor_cancelled(self, chloe: Agent) -> None:
        rendez_vous = salle().rendez_vous(INSTANT + 5 * MINUTE)
        accueil.enregistrer_arrivee(rendez_vous, par=acteur(chloe), maintenant=INSTANT)
        convocation = rendez_vous.convocation
        autre = CreneauFactory(file=rendez_vous.creneau.file)
        par = acteur(convocation.demande.usager)

        actes: list[Callable[[], object]] = [
            lambda: reservation.deplacer(convocation, autre, par=par, maintenant=INSTANT),
            lambda: reservation.annuler(convocation, par=par, maintenant=INSTANT),
        ]
        for acte in actes:
            with pytest.raises(ErreurMetier) as refus:
                acte()
            assert (refus.value.message, refus.value.statut) == ("Vous êtes déjà enregistré à l’accueil.", 409)

        rendez_vous.refresh_from_db()
        assert rendez_vous.etat == "pris"

    def test_appointment_of_another_day_may_still_be_cancelled(self, chloe: Agent) -> None:
        lieu = salle()
        convocation = lieu.rendez_vous(INSTANT + 2 * JOUR).convocation
        lieu.entrer(convocation.demande, chloe)
        par = acteur(convocation.demande.usager)
        assert reservation.annuler(convocation, par=par, maintenant=INSTANT).etat == "annule"

    def test_link_says_why_it_is_refused(self, client: Client, chloe: Agent) -> None:
        rendez_vous = salle().rendez_vous(INSTANT + 5 * MINUTE)
        accueil.enregistrer_arrivee(rendez_vous, par=acteur(chloe), maintenant=INSTANT)
        secret = [deriver("convocation", str(rendez_vous.convocation.cle))]
        ouverture = client.post(reverse("planning:lien", args=secret), {"date_naissance": "17/05/1980"})
        assert ouverture.status_code == 303

        reponse = client.post(reverse("planning:annuler", args=secret))

        assert reponse.status_code == 409
        assert "Vous êtes déjà enregistré à l’accueil." in reponse.content.decode()
