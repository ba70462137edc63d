"""An opening at which ten thousand persons hold their links: `python -m bench.minuit [--personnes N] [--places N]`.

Each has opened the page of their link, which says when the places open and comes back by itself at their turn. They
then read, choose among what is still shown as free (the page asks every three seconds), book, and try again when
somebody was quicker. What is asked: exactly as many appointments as places, an answer within a second at the 95th
percentile on one node with 16 connections at most, nothing shown as free five seconds after it is gone, and for all the
others a page that says so and offers the waiting list.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import sys
import time
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Address
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aiohttp

from bench.rapport import dire, quantile
from bench.socle import serveur_durable, serveur_web

PERSONNES, PLACES, PAR_CRENEAU = 10_000, 600, 5
CHARGEES = 500
AVANT_PAR_SECONDE = 12.0  # how many open their page in a second, before the opening
LECTURE_DE, LECTURE_A = 2.0, 9.0  # seconds to read and choose
RYTHME = 3.0  # as static/libres.js
CONNEXIONS_MAX, P95_MAX, VUE_MAX = 16, 1.0, 5.0
MOTIF_CRENEAU = re.compile(r'data-creneau="(\d+)"')
MOTIF_LIBRES = re.compile(r'data-libres="([^"]+)"')
MOTIF_DELAI = re.compile(r'data-reste="(\d+)"')
MOTIF_QUESTION = re.compile(r'data-question="([^"]+)"')
ENCORE = 2.0  # as static/libres.js
MOTIF_JETON = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class Releve:
    """What the persons saw.

    Args:
        durees: seconds of each answer, by kind: ``page``, ``libres``, ``reserver``.
        retraits: slot and wall-clock time at which somebody's page stopped showing it as free.
        issues: how each one ended: ``pris``, ``perdu``, or what went wrong.
    """

    durees: dict[str, list[float]] = field(default_factory=lambda: {"page": [], "libres": [], "reserver": []})
    retraits: list[tuple[int, float]] = field(default_factory=list)
    issues: dict[str, int] = field(default_factory=dict)


class Personne:
    """Somebody and their browser."""

    def __init__(
        self, session: aiohttp.ClientSession, base: str, lien: tuple[str, str], *, arrivee: float, graine: int
    ) -> None:
        self.session, self.base, self.arrivee = session, base, arrivee
        self.lien, temoin = lien
        self.temoins = {"sessionid": temoin}
        self.hasard = random.Random(graine)
        # Each at home: our own proxy, which the server believes, says where from. The limits by connection hold.
        self.adresse = str(IPv4Address("10.0.0.0") + graine)

    async def vivre(self, releve: Releve) -> None:
        """Hold the link, choose at one's turn, book or lose."""
        try:
            issue = await self._vivre(releve)
        except (aiohttp.ClientError, TimeoutError) as erreur:
            issue = type(erreur).__name__
        releve.issues[issue] = releve.issues.get(issue, 0) + 1

    async def _vivre(self, releve: Releve) -> str:
        await asyncio.sleep(self.arrivee)
        page = await self._page(releve)
        while delai := MOTIF_DELAI.search(page):
            await asyncio.sleep(int(delai.group(1)) / 1000)
            if await self._rien_ne_reste(page, releve):
                break
            page = await self._page(releve)
        while libres := {int(pk) for pk in MOTIF_CRENEAU.findall(page)}:
            choisi = await self._choisir(page, libres, releve)
            if choisi is None:
                page = await self._page(releve)
                continue
            statut, page = await self._reserver(page, choisi, releve)
            if statut == 200:
                return "pris"
            if statut != 409:
                return str(statut)
        return "perdu" if 'data-action="attendre"' in page else "sans liste"

    async def _rien_ne_reste(self, page: str, releve: Releve) -> bool:
        """Ask, as the page does at its turn, whether any place is left; a second time when none seems to be."""
        for attente in (0.0, ENCORE):
            await asyncio.sleep(attente)
            for question in MOTIF_QUESTION.findall(page):
                _, corps = await self._demander("libres", "GET", question, releve)
                if json.loads(corps)["libres"]:
                    return False
        return bool(MOTIF_QUESTION.search(page))

    async def _choisir(self, page: str, libres: set[int], releve: Releve) -> int | None:
        """Read, then choose among what is shown as free; None when nothing is left of what the page showed."""
        question = MOTIF_LIBRES.findall(page)[0]
        fin, choisi = time.time() + self.hasard.uniform(LECTURE_DE, LECTURE_A), self.hasard.choice(sorted(libres))
        while (reste := fin - time.time()) > 0:
            await asyncio.sleep(min(RYTHME, reste))
            if reste < RYTHME:
                break
            _, corps = await self._demander("libres", "GET", question, releve)
            restent, instant = set(json.loads(corps)["libres"]), time.time()
            releve.retraits += [(pk, instant) for pk in libres - restent]
            libres &= restent
            if not libres:
                return None
            if choisi not in libres:
                choisi = self.hasard.choice(sorted(libres))
        return choisi

    async def _page(self, releve: Releve) -> str:
        return (await self._demander("page", "GET", self.lien, releve))[1]

    async def _reserver(self, page: str, creneau: int, releve: Releve) -> tuple[int, str]:
        jeton = MOTIF_JETON.search(page)
        champs = {"creneau": str(creneau), "csrfmiddlewaretoken": jeton.group(1) if jeton else ""}
        return await self._demander("reserver", "POST", f"{self.lien}reserver/", releve, champs)

    async def _demander(
        self, sorte: str, methode: str, chemin: str, releve: Releve, champs: dict[str, str] | None = None
    ) -> tuple[int, str]:
        depart = time.monotonic()
        temoins = "; ".join(f"{n}={v}" for n, v in self.temoins.items())
        entetes = {"Cookie": temoins, "Referer": self.base, "X-Forwarded-For": self.adresse}
        async with self.session.request(
            methode, f"{self.base}{chemin}", data=champs, headers=entetes, allow_redirects=False
        ) as reponse:
            corps = await reponse.text()
            self.temoins |= {n: t.value for n, t in reponse.cookies.items()}
        releve.durees[sorte].append(time.monotonic() - depart)
        if reponse.status == 303:
            return await self._demander("page", "GET", reponse.headers["Location"].partition("#")[0], releve)
        return reponse.status, corps


def foule(base: str, liens: list[tuple[str, str]], tuyau: Connection) -> None:
    """Play everybody, in a process of its own; send back what they saw."""

    async def jouer() -> Releve:
        releve = Releve()
        connecteur = aiohttp.TCPConnector(limit=0, keepalive_timeout=2)
        delai = aiohttp.ClientTimeout(total=60)
        async with aiohttp.ClientSession(
            connector=connecteur, timeout=delai, cookie_jar=aiohttp.DummyCookieJar()
        ) as session:
            personnes = [
                Personne(session, base, lien, arrivee=i / AVANT_PAR_SECONDE, graine=i) for i, lien in enumerate(liens)
            ]
            await asyncio.gather(*(p.vivre(releve) for p in personnes))
        return releve

    tuyau.send(asyncio.run(jouer()))


def mesurer(port: int, *, personnes: int, places: int, par_seconde: int) -> dict[str, Any]:
    """Open places to a crowd that holds its links; return what was measured.

    Args:
        port: of the web server.
        personnes: how many hold a link.
        places: how many places open.
        par_seconde: how many turns a second the server was told to give.
    """
    from django.db import connection, connections  # noqa: PLC0415 (Django is set by now)

    from bench.foule import convoquer, inscrits, ouvrir_des_places, prises_par_creneau  # noqa: PLC0415

    liens = convoquer(personnes)
    dire(f"{personnes} personnes convoquées")
    dans = timedelta(seconds=personnes / AVANT_PAR_SECONDE + 20)
    ouvre_le = ouvrir_des_places(places, par_creneau=PAR_CRENEAU, dans=dans)
    connections.close_all()
    notre, leur = get_context("spawn").Pipe()
    processus = get_context("spawn").Process(target=foule, args=(f"http://127.0.0.1:{port}", liens, leur))
    processus.start()
    connexions = 0
    while not notre.poll(1.0):
        with connection.cursor() as curseur:
            curseur.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
            connexions = max(connexions, curseur.fetchone()[0])
    releve: Releve = notre.recv()
    processus.join()
    disparus = prises_par_creneau(ouvre_le)
    vues = [vu - disparus[pk] for pk, vu in releve.retraits if pk in disparus]
    toutes = [d for durees in releve.durees.values() for d in durees]
    return {
        "personnes": personnes,
        "places": places,
        "tours_par_seconde": par_seconde,
        "inscrits": inscrits(ouvre_le),
        "issues": releve.issues,
        "connexions": connexions,
        "p95_s": round(quantile(toutes, 0.95), 3),
        "par_sorte": {
            sorte: {
                "demandes": len(d),
                "p50_s": round(quantile(d, 0.5), 3),
                "p95_s": round(quantile(d, 0.95), 3),
                "max_s": round(max(d), 3),
            }
            for sorte, d in releve.durees.items()
            if d
        },
        "vue_au_plus_s": round(max(vues), 2) if vues else None,
    }


def principal(arguments: list[str] | None = None) -> int:
    """Run the measure; exit code 1 when something asked does not hold."""
    analyse = argparse.ArgumentParser(prog="python -m bench.minuit")
    analyse.add_argument("--personnes", type=int, default=PERSONNES)
    analyse.add_argument("--places", type=int, default=PLACES)
    analyse.add_argument("--sortie", type=Path, default=Path(__file__).parent / "minuit.json")
    options = analyse.parse_args(arguments)
    with serveur_durable():
        from django.conf import settings  # noqa: PLC0415

        from bench.deroulement import charger  # noqa: PLC0415

        charger(CHARGEES)
        with serveur_web() as port:
            bilan = mesurer(
                port,
                personnes=options.personnes,
                places=options.places,
                par_seconde=settings.PLANIPREF_OUVERTURE_PAR_SECONDE,
            )
    fautes = {
        "rendez_vous": bilan["issues"].get("pris") != options.places,
        "perdus": bilan["issues"].get("perdu") != options.personnes - options.places,
        "inscrits": bilan["inscrits"] != options.places,
        "p95": max(bilan["p95_s"], *(s["p95_s"] for s in bilan["par_sorte"].values())) > P95_MAX,
        "connexions": bilan["connexions"] > CONNEXIONS_MAX,
        "vue": (bilan["vue_au_plus_s"] or 0) > VUE_MAX,
    }
    bilan["tenu"] = not any(fautes.values())
    options.sortie.write_text(json.dumps(bilan, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(bilan, indent=2))
    return 0 if bilan["tenu"] else 1


if __name__ == "__main__":
    sys.exit(principal())
