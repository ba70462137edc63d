"""The wait announced at the desk, on the ticket and on the usager's page: what it reads, and where it is shown."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from psycopg.types.range import TimestamptzRange

from demandes.models import Agent
from guichet.calculs.durees import Loi
from guichet.models import CompteurTicket, Passage
from guichet.selectors_attente import Attentes, attentes_de, habitudes_de
from guichet.services import accueil, pauses
from guichet.services import guichet as services
from guichet.services.mouvements import reprendre, suspendre
from tests.demandes.factories import INSTANT, TOUJOURS, AgentFactory
from tests.demandes.outils_depot import ouvrir_session
from tests.guichet.aide import MINUTE, Salle, salle
from tests.guichet.factories import PassageFactory
from tests.parcours import acteur
from tests.planning.factories import AffectationFactory, GuichetFactory, HabilitationFactory, PlageOuvertureFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
LUNDI = date(2030, 3, 4)


def passe(lieu: Salle, minutes: list[int], *, jour: date = LUNDI - timedelta(days=3), **champs: Any) -> None:
    """Archive visits of a past day, of these lengths."""
    CompteurTicket.objects.get_or_create(site=lieu.site, jour=jour, defaults={"dernier": 900})
    agent = AgentFactory(instructeur=True)
    debut = datetime.combine(jour, time(9), INSTANT.tzinfo)
    for duree in minutes:
        PassageFactory(
            file=lieu.file,
            jour=jour,
            etat="termine",
            arrive_le=debut,
            appele_le=debut,
            recu_le=debut,
            termine_le=debut + duree * MINUTE,
            agent=agent,
            guichet=lieu.guichet,
            **champs,
        )


def au(instant: datetime, lieu: Salle) -> Attentes:
    return attentes_de(lieu.site, maintenant=instant)


def test_habitudes_measure_the_days_before_and_leave_out_what_was_forgotten_open() -> None:
    lieu = salle(guichet_minutes=20)
    passe(lieu, [10] * 40 + [600])
    passe(lieu, [60], jour=LUNDI)
    habitudes = habitudes_de(lieu.site, LUNDI)
    assert habitudes.mesures[(lieu.file.pk, None, False)].nombre == 40
    # 15 minutes for a slot weigh 20 visits against the 40 of 10 minutes that were measured.
    assert habitudes.loi(lieu.file.pk, None, remise=False).moyenne == pytest.approx((40 * 10 + 20 * 15) / 60)
    assert habitudes.loi(lieu.file.pk, lieu.motif.pk, remise=False) == Loi(20)
    assert habitudes.loi(lieu.file.pk, lieu.motif.pk, remise=True) == Loi(5)
    assert habitudes.sans_rdv == {(lieu.file.pk, 0): pytest.approx(41 / 360)}
    assert habitudes.presence == 0.85


def test_wait_grows_with_the_people_ahead_and_the_visit_under_way(chloe: Agent) -> None:
    lieu = salle(guichet_minutes=20)
    lieu.recevoir(lieu.demande(), chloe)
    premier = lieu.entrer(lieu.demande(nom="Un"), chloe)
    second = lieu.entrer(lieu.demande(nom="Deux"), chloe)
    attentes = au(INSTANT + 5 * MINUTE, lieu)

    un, deux = attentes.ticket(premier), attentes.ticket(second)
    assert (un.avant, deux.avant) == (0, 1)
    assert un.annonce is not None
    assert deux.annonce is not None
    assert 8 < un.annonce.p50 < 18
    assert 12 < deux.annonce.p50 - un.annonce.p50 < 26
    assert attentes.en_arrivant(lieu.file.pk).p50 > deux.annonce.p50  # type: ignore[union-attr]


def test_priority_appointment_and_walk_in_are_told_their_place(chloe: Agent) -> None:
    lieu = salle(guichet_minutes=15)
    rendez_vous = lieu.rendez_vous(INSTANT + 20 * MINUTE)
    lieu.recevoir(lieu.demande(), chloe)
    sans = lieu.entrer(lieu.demande(nom="Un"), chloe)
    avant = au(INSTANT, lieu).ticket(sans)
    attendu = accueil.enregistrer_arrivee(rendez_vous, par=acteur(chloe), maintenant=INSTANT)
    prioritaire = lieu.entrer(lieu.demande(nom="Deux"), chloe, a=INSTANT, priorite=1)

    attentes = au(INSTANT, lieu)
    assert [attentes.ticket(p).avant for p in (prioritaire, attendu, sans)] == [0, 1, 2]
    apres = attentes.ticket(sans).annonce
    assert apres is not None
    assert avant.annonce is not None
    assert apres.p50 > avant.annonce.p50 + 10


def test_counters_are_those_of_the_planning_then_those_in_use_then_those_promised(chloe: Agent) -> None:
    lieu = salle(guichet_minutes=20)
    passage = lieu.entrer(lieu.demande(), chloe)
    assert au(INSTANT, lieu).ticket(passage).annonce is None

    PlageOuvertureFactory(file=lieu.file, jour=1, debut=time(9, 30), fin=time(12), pendant=TOUJOURS)
    promise = au(INSTANT, lieu).ticket(passage).annonce  # nine in Paris: in half an hour
    assert promise is not None
    assert (promise.environ, promise.au_plus) == (30, 30)

    services.appeler_suivant(lieu.guichet, [lieu.file], par=acteur(chloe), maintenant=INSTANT)
    (en_service,) = au(INSTANT + 5 * MINUTE, lieu).salle.postes
    assert (en_service.en_cours, en_service.ecoule) == (Loi(20), 5.0)

    second = GuichetFactory(site=lieu.site, numero=2, files=[lieu.file])
    agent = HabilitationFactory(file=lieu.file).agent
    pendant = TimestamptzRange(INSTANT + 10 * MINUTE, INSTANT + 180 * MINUTE)
    AffectationFactory(guichet_tenu=True, file=lieu.file, guichet=second, site=lieu.site, agent=agent, pendant=pendant)
    postes = au(INSTANT + 5 * MINUTE, lieu).salle.postes
    assert [(p.ouvre, p.ferme) for p in postes] == [(0.0, math.inf), (5.0, 175.0)]


def test_number_of_queries_does_not_grow_with_the_room(chloe: Agent, django_assert_num_queries: Any) -> None:
    lieu = salle()
    lieu.recevoir(lieu.demande(), chloe)
    au(INSTANT, lieu)
    for nombre in (1, 6):
        for _ in range(nombre):
            lieu.entrer(lieu.demande(), chloe)
        with django_assert_num_queries(5):
            au(INSTANT, lieu)


def test_desk_tells_the_wait_of_who_would_come_now(client: Client, bruno: Agent, chloe: Agent) -> None:
    lieu = salle(guichet_minutes=20)
    lieu.recevoir(lieu.demande(), chloe)
    lieu.entrer(lieu.demande(nom="Un"), chloe)
    client.force_login(bruno)
    reponse = client.get("/guichet/accueil/")
    page = " ".join(reponse.content.decode().split())
    (foule,) = reponse.context["foule"].par_file
    assert foule.annonce.environ in (40, 45)
    assert f">environ {foule.annonce.environ} min, au plus " in page
    assert f'data-attente="{foule.annonce.environ}"' in page


def test_ticket_printed_carries_the_wait(client: Client, bruno: Agent, chloe: Agent) -> None:
    lieu = salle(guichet_minutes=20)
    lieu.recevoir(lieu.demande(), chloe)
    passage = lieu.entrer(lieu.demande(nom="Un"), chloe)
    client.force_login(bruno)
    page = " ".join(client.get(f"/guichet/passages/{passage.pk}/ticket/").content.decode().split())
    assert "Attente, d’après la salle à 9 h : <span data-attente=" in page


def test_usager_follows_their_ticket_and_their_wait(client: Client, chloe: Agent) -> None:
    lieu = salle(guichet_minutes=20)
    lieu.recevoir(lieu.demande(), chloe)
    lieu.entrer(lieu.demande(nom="Un"), chloe)
    demande = lieu.demande(nom="Deux")
    passage = lieu.entrer(demande, chloe)
    ouvrir_session(client, demande)

    page = " ".join(client.get(f"/suivi/{demande.numero}/").content.decode().split())
    assert f'data-ticket="{passage.numero_ticket}"' in page
    assert "1 personne passe avant vous." in page
    ticket = au(INSTANT, lieu).ticket(passage)
    assert ticket.annonce is not None
    assert f"Attente : environ {ticket.annonce.environ} minutes, au plus {ticket.annonce.au_plus}." in page
    assert f'data-attente="{ticket.annonce.environ}"' in page

    Passage.objects.filter(pk=passage.pk).update(
        etat="appele", agent=AgentFactory(instructeur=True), appele_le=INSTANT, guichet=GuichetFactory(site=lieu.site)
    )
    page = client.get(f"/suivi/{demande.numero}/").content.decode()
    assert "allez au guichet 2" in page
    Passage.objects.filter(pk=passage.pk).update(etat="parti")
    assert "data-ticket" not in client.get(f"/suivi/{demande.numero}/").content.decode()


def test_wait_that_nobody_can_tell_is_not_invented(client: Client, chloe: Agent) -> None:
    lieu = salle()
    demande = lieu.demande()
    lieu.entrer(demande, chloe)
    ouvrir_session(client, demande)
    page = client.get(f"/suivi/{demande.numero}/").content.decode()
    assert "aucun guichet n’est ouvert pour vous" in page
    assert "data-attente" not in page


def test_time_put_aside_is_not_time_at_the_counter(chloe: Agent) -> None:
    lieu, par = salle(guichet_minutes=20), acteur(chloe)
    passage = lieu.recevoir(lieu.demande(), chloe)
    suspendre(passage, par=par, maintenant=INSTANT + 5 * MINUTE)
    passage.refresh_from_db()
    reprendre(passage, lieu.guichet, par=par, maintenant=INSTANT + 25 * MINUTE)
    (repris,) = au(INSTANT + 28 * MINUTE, lieu).salle.postes
    assert repris.ecoule == pytest.approx(8)


def test_counter_on_a_pause_makes_the_wait_longer(chloe: Agent) -> None:
    lieu = salle(guichet_minutes=20)
    fini = lieu.recevoir(lieu.demande(), chloe)
    services.terminer(fini, par=acteur(chloe), maintenant=INSTANT)
    attend = lieu.entrer(lieu.demande(nom="Un"), chloe)
    avant = au(INSTANT + MINUTE, lieu).ticket(attend).annonce

    pauses.commencer_pause(lieu.guichet, "repos", par=acteur(chloe), maintenant=INSTANT + MINUTE)

    pendant = au(INSTANT + MINUTE, lieu).ticket(attend).annonce
    assert avant is not None
    assert pendant is not None
    assert pendant.p50 - avant.p50 == pytest.approx(15)
