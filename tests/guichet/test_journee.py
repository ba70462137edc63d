"""A whole day at the counters, through the views: robots at the kiosk, at the desk and at eight counters.

`VISITES_DU_JOUR=400` plays the day of a large site, in a minute and a half; the suite plays a smaller one, alike.
"""

from __future__ import annotations

import heapq
import os
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from random import Random
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from demandes.models import Agent, Evenement
from guichet.models import Passage, Phase
from guichet.services import borne
from planning.models import Guichet, RendezVous
from planning.services import reservation
from tests.demandes.factories import INSTANT, AgentFactory
from tests.guichet.aide import MINUTE, Salle, salle
from tests.parcours import acteur, convocation_active
from tests.planning.factories import CreneauFactory, GuichetFactory

pytestmark = pytest.mark.django_db(transaction=True)  # the journal is sealed at each commit

GUICHETS, PAR_CRENEAU = 8, 8
VISITES = int(os.environ.get("VISITES_DU_JOUR", "120"))
RENDEZ_VOUS = VISITES // 5 // PAR_CRENEAU * PAR_CRENEAU
OUVERTURE = timedelta(hours=7)
# Share of people who come to their appointment, and of calls before which the agent looks at the queue.
PRESENCE, REGARDS = 0.9, 0.1


@dataclass
class Robots:
    """The day: an event loop whose clock is that of the site.

    Args:
        lieu: the room.
        alea: what people do.
        horloge: moves the clock of the process.
    """

    lieu: Salle
    alea: Random
    horloge: time_machine.Traveller
    borne: Client = field(default_factory=Client)
    accueil: Client = field(default_factory=Client)
    guichets: list[Client] = field(default_factory=list)
    evenements: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    rang: Any = field(default_factory=count)
    appeles: list[str] = field(default_factory=list)
    arrives: int = 0

    def a(self, instant: datetime, geste: Callable[[], None]) -> None:
        heapq.heappush(self.evenements, (instant, next(self.rang), geste))

    def jouer(self) -> None:
        while self.evenements:
            instant, _, geste = heapq.heappop(self.evenements)
            self.horloge.move_to(instant)
            self.instant = instant
            geste()

    def poster(self, client: Client, adresse: str, **champs: Any) -> str:
        reponse = client.post(adresse, champs)
        assert reponse.status_code == 303, (adresse, reponse.status_code, reponse.content.decode()[-3000:])
        return str(reponse["Location"])

    def arriver(self, rendez_vous: RendezVous) -> None:
        """At the kiosk, or at the desk for one in three."""
        self.arrives += 1
        usager = rendez_vous.convocation.demande.usager
        if self.alea.random() < 1 / 3:
            self.poster(self.accueil, f"/guichet/accueil/rendez-vous/{rendez_vous.pk}/arrivee/")
            return
        naissance = "/".join(reversed(usager.date_naissance.split("-")))
        numero = rendez_vous.convocation.demande.numero
        base = f"/borne/{self.lieu.site.code}/rendez-vous/"
        self.poster(self.borne, base, numero=numero, date_naissance=naissance)

    def venir(self, rang: int) -> None:
        """Come without appointment: a ticket of the kiosk, or a demande opened at the desk for one in four."""
        self.arrives += 1
        code = self.lieu.motif.code
        if rang % 4:
            self.poster(self.borne, f"/borne/{self.lieu.site.code}/sans-rdv/", motif=code)
            return
        identite = {"nom": f"Nom{rang}", "prenoms": "Jo", "date_naissance": "01/02/1990", "priorite": "on"}
        identite["nom"] = "Nom" + "".join(chr(97 + int(c)) for c in str(rang))
        if rang % 8:
            del identite["priorite"]
        self.poster(self.accueil, "/guichet/accueil/sans-rdv/", motif=code, **identite)

    def rappeler(self, numero: int, base: str) -> None:
        """Call once more, and note an absence a minute later."""
        self.poster(self.guichets[numero], f"{base}/rappeler/")

        def absent() -> None:
            self.poster(self.guichets[numero], f"{base}/absent/")
            self.a(self.instant + MINUTE, lambda: self.servir(numero))

        self.a(self.instant + MINUTE, absent)

    def servir(self, numero: int) -> None:
        """Call who is shown first; serve, put aside, send on or note an absence; come back when it is over."""
        client = self.guichets[numero]
        regarde = self.alea.random() < REGARDS
        avant = _premier(client.get("/guichet/file/").content.decode()) if regarde else None
        self.poster(client, "/guichet/appeler/")
        passage = Passage.objects.select_related("file").filter(guichet__numero=numero + 1, etat="appele").first()
        if passage is None:
            assert avant is None
            if self.instant < INSTANT + OUVERTURE + timedelta(hours=1):
                self.a(self.instant + 20 * MINUTE, lambda: self.servir(numero))
            return
        assert not regarde or passage.numero_ticket == avant  # the order shown is the order called
        self.appeles.append(passage.numero_ticket)
        base, sort = f"/guichet/passages/{passage.pk}", self.alea.random()
        if sort < 0.04:
            self.a(self.instant + MINUTE, lambda: self.rappeler(numero, base))
            return
        self.poster(client, f"{base}/recevoir/")
        duree = timedelta(minutes=self.alea.lognormvariate(1.8, 0.4))
        if sort < 0.08 and passage.note == "":
            self.a(self.instant + duree / 2, lambda: self.envoyer(numero, base))
        elif sort < 0.12:
            self.a(self.instant + duree / 2, lambda: self.mettre_de_cote(numero, base, duree / 2))
        else:
            self.a(self.instant + duree, lambda: self.finir(numero, base))

    def envoyer(self, numero: int, base: str) -> None:
        self.appeles.pop(self.appeles.index(self._ticket(base)))  # called again at its next counter
        vers = f"file-{self.lieu.file.pk}"
        self.poster(self.guichets[numero], f"{base}/transferer/", vers=vers, note="Suite")
        self.servir(numero)

    def mettre_de_cote(self, numero: int, base: str, reste: timedelta) -> None:
        self.poster(self.guichets[numero], f"{base}/suspendre/")
        self.poster(self.guichets[numero], f"{base}/reprendre/")
        self.a(self.instant + reste, lambda: self.finir(numero, base))

    def finir(self, numero: int, base: str) -> None:
        self.poster(self.guichets[numero], f"{base}/terminer/")
        self.servir(numero)

    def _ticket(self, base: str) -> str:
        return Passage.objects.select_related("file").get(pk=int(base.split("/")[3])).numero_ticket


def _premier(page: str) -> str | None:
    """Return the first ticket of the queue shown."""
    trouve = re.search(r'data-ticket="(\w+)"', page)
    return trouve.group(1) if trouve else None


def preparer(horloge: time_machine.Traveller) -> Robots:
    lieu = salle(mode_accueil="les_deux", plein_droit=False)
    robots = Robots(lieu, Random(42), horloge)
    accueil: Agent = AgentFactory(accueil=True)
    robots.borne.force_login(accueil)
    robots.poster(robots.borne, f"/borne/{lieu.site.code}/installer/", nom="Hall")
    agents = [accueil] + [AgentFactory(instructeur=True) for _ in range(GUICHETS)]
    postes: list[Guichet] = [
        GuichetFactory(site=lieu.site, numero=numero, files=[lieu.file]) for numero in range(2, GUICHETS + 1)
    ]
    robots.guichets = [Client() for _ in range(GUICHETS)]

    def ouvrir_les_sessions() -> None:
        for agent, client in zip(agents, [robots.accueil, *robots.guichets], strict=True):
            client.force_login(agent)
        for poste, client in zip([lieu.guichet, *postes], robots.guichets, strict=True):
            robots.poster(client, "/guichet/poste/", guichet=poste.pk)

    ouvrir_les_sessions()
    robots.a(INSTANT + OUVERTURE / 2, ouvrir_les_sessions)
    return robots


def test_day_loses_nobody_and_calls_nobody_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    for plafond in ("ESSAIS", "TICKETS"):  # their buckets fill by the clock of the base, that does not move
        monkeypatch.setattr(borne, plafond, 10 * VISITES)
    with time_machine.travel(INSTANT, tick=False) as horloge:
        robots = preparer(horloge)
        lieu, alea = robots.lieu, robots.alea
        attendus, absents = VISITES, 0
        for rang in range(RENDEZ_VOUS // PAR_CRENEAU):
            debut = INSTANT + timedelta(minutes=30 + 40 * rang)
            creneau = CreneauFactory(file=lieu.file, debut=debut, places=PAR_CRENEAU)
            for _ in range(PAR_CRENEAU):
                demande = lieu.demande("convoquee")
                convocation = convocation_active(demande)
                pris = reservation.reserver(convocation, creneau, par=acteur(demande.usager), maintenant=INSTANT)
                if alea.random() < PRESENCE:
                    venue = debut + timedelta(minutes=alea.gauss(-3, 5))
                    robots.a(max(venue, INSTANT), partial(robots.arriver, pris))
                else:
                    absents += 1
        for rang in range(attendus - RENDEZ_VOUS + absents):
            robots.a(INSTANT + alea.random() * OUVERTURE, partial(robots.venir, rang))
        for numero in range(GUICHETS):
            robots.a(INSTANT + timedelta(minutes=5), partial(robots.servir, numero))

        robots.jouer()

        passages = Passage.objects.all()
        assert (robots.arrives, passages.count()) == (VISITES, VISITES)
        assert sorted(passages.values_list("ticket", flat=True)) == list(range(1, VISITES + 1))
        fins = Counter(passages.values_list("etat", flat=True))
        assert set(fins) == {"termine", "absent"}, fins
        assert [t for t, n in Counter(robots.appeles).items() if n > 1] == []
        assert len(robots.appeles) == VISITES
        assert not Phase.objects.filter(fin=None).exists()
        assert Evenement.objects.filter(nature="passage:arrive").count() == VISITES
        call_command("verifier_journal")
        call_command("constater_absences")
        oublies = RendezVous.objects.actifs().filter(creneau__debut__lt=INSTANT + timedelta(hours=12))
        assert oublies.count() == absents  # their day is not over: the night will note them
