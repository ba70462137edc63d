"""The main pages, asked from a real web server by a few people at a time, on a loaded base."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import cycle, islice
from typing import Any
from urllib.parse import quote

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench.rapport import dire, quantile
from demandes.cycle import Etat
from demandes.models import Agent, Convocation, Demande, Motif, Prefecture, Site
from demandes.selectors import acteur_agent
from demandes.services.convocation import USAGE
from guichet.services.accueil import enregistrer_arrivee, ouvrir_sans_rdv
from planipref.commun.horloge import aujourdhui, maintenant
from planipref.commun.jetons import deriver
from planning.models import FileGuichet, Guichet, RendezVous

HOTE = "localhost"
PERSONNES = 4
FOIS, FOIS_RAPIDE = 40, 4
ATTENDENT = 12


@dataclass(frozen=True)
class Page:
    """A page to ask for.

    Args:
        nom: what it is.
        client: a session, signed in or not.
        adresses: addresses, asked in turn.
    """

    nom: str
    client: Client
    adresses: list[str]


def mesurer(port: int, *, prefecture: Prefecture, rapide: bool) -> dict[str, dict[str, Any]]:
    """Ask for each page; return its quantiles, its queries and the time these take alone."""
    resultats = {}
    for page in _pages(prefecture):
        requetes, sql_ms = _requetes(page)
        durees = _demander(port, page, FOIS_RAPIDE if rapide else FOIS)
        resultats[page.nom] = {
            "requetes": requetes,
            "sql_ms": round(sql_ms, 1),
            "p50_ms": round(quantile(durees, 0.5) * 1000, 1),
            "p95_ms": round(quantile(durees, 0.95) * 1000, 1),
            "demandes": len(durees),
        }
        dire(f"page {page.nom} : p95 {resultats[page.nom]['p95_ms']:.0f} ms, {requetes} requêtes SQL")
    return resultats


def _pages(prefecture: Prefecture) -> list[Page]:
    numeros = _numeros(prefecture)
    public, usager, guichet, accueil = (Client(SERVER_NAME=HOTE) for _ in range(4))
    agent = _agent("chef", prefecture)
    noms = list(dict.fromkeys(Demande.objects.filter(numero__in=numeros).values_list("usager__nom", flat=True)))
    motifs = list(Motif.objects.actifs().order_by("code").values_list("code", flat=True))
    tenir_un_guichet(guichet, accueil, prefecture)
    dossiers = [reverse("pages:dossier", args=[n]) for n in numeros]
    return [
        Page("accueil", public, ["/"]),
        Page("demarches", public, ["/demarches/", "/demarches/?q=titre"]),
        Page("démarche", public, [reverse("pages:demarche", args=[c]) for c in motifs]),
        Page("travail", agent, ["/agent/"]),
        Page("travail, page 10", agent, ["/agent/?page=10"]),
        Page("travail, un motif", agent, [f"/agent/?motif={c}&etat=tous" for c in motifs]),
        Page("travail, échéance proche", agent, ["/agent/?echeance=30"]),
        Page("recherche d’un nom", agent, [f"/agent/?q={quote(n)}" for n in noms]),
        Page("recherche d’un numéro", agent, [f"/agent/?q={n}" for n in numeros]),
        Page("dossier unique", agent, dossiers),
        Page("lien /rdv/", usager, _liens(usager, prefecture)),
        Page("suivi", usager, _suivis(usager, numeros)),
        Page("guichet", guichet, ["/guichet/"]),
        Page("guichet/accueil", accueil, ["/guichet/accueil/"]),
        Page("guichet/accueil, recherche", accueil, [f"/guichet/accueil/?q={quote(n)}" for n in noms]),
        Page("planning", agent, ["/planning/"]),
        Page("statistiques", agent, [reverse("statistiques:tableau")]),
    ]


def _numeros(prefecture: Prefecture) -> list[str]:
    """Return the numbers of demandes of every state."""
    numeros: list[str] = []
    for etat in Etat:
        if etat != Etat.BROUILLON:
            lignes = Demande.objects.filter(prefecture=prefecture, etat=etat).order_by("-pk")
            numeros += [n for n in lignes.values_list("numero", flat=True)[:3] if n]
    return numeros


def _agent(nom: str, prefecture: Prefecture) -> Client:
    client = Client(SERVER_NAME=HOTE)
    client.force_login(Agent.objects.get(username=f"{nom}{prefecture.departement}"))
    return client


def _retenir(client: Client, **valeurs: object) -> None:
    session = client.session
    for cle, valeur in valeurs.items():
        session[cle] = valeur
    session.save()


def _liens(client: Client, prefecture: Prefecture) -> list[str]:
    actives = list(
        Convocation.objects.actives()
        .filter(demande__prefecture=prefecture, demande__etat=Etat.CONVOQUEE, expire_le__gt=maintenant())
        .order_by("-pk")
        .values_list("cle", flat=True)[:20]
    )
    _retenir(client, convocations_verifiees=[str(cle) for cle in actives])
    return [reverse("planning:lien", args=[deriver(USAGE, str(cle))]) for cle in actives]


def _suivis(client: Client, numeros: list[str]) -> list[str]:
    choisis = numeros[:20]
    siennes = Demande.objects.filter(numero__in=choisis).order_by("pk")
    _retenir(client, demandes=[d.cle_session for d in siennes])
    return [reverse("pages:suivi_dossier", args=[n]) for n in choisis]


def ouvrir_un_guichet(prefecture: Prefecture) -> tuple[Client, Site]:
    """Return a browser that sits at a counter of the main site, and that site."""
    guichet = Client(SERVER_NAME=HOTE)
    return guichet, tenir_un_guichet(guichet, Client(SERVER_NAME=HOTE), prefecture)


def tenir_un_guichet(guichet: Client, accueil: Client, prefecture: Prefecture) -> Site:
    """Sit at a counter and at the desk of the main site, where people wait; return that site."""
    poste = Guichet.objects.filter(site__prefecture=prefecture, site__genre="prefecture").order_by("numero")[0]
    site = poste.site
    guichet.force_login(Agent.objects.get(username=f"guichet-{site.code}-{poste.numero:02d}"))
    _retenir(guichet, guichet_poste=poste.pk)
    agent = Agent.objects.get(username=f"accueil{prefecture.departement}")
    accueil.force_login(agent)
    _retenir(accueil, guichet_site=site.pk)
    par, instant = acteur_agent(agent), maintenant()
    attendus = RendezVous.objects.actifs().du_jour(site.pk, aujourdhui(prefecture.fuseau), prefecture.fuseau)
    for rendez_vous in attendus.select_related("creneau__file__site__prefecture")[:ATTENDENT]:
        enregistrer_arrivee(rendez_vous, par=par, maintenant=instant)
    file = FileGuichet.objects.select_related("site__prefecture").get(site=site, code="information")
    identite = {"nom": "Mesure", "prenoms": "Jeanne", "date_naissance": "1990-01-02"}
    for _ in range(ATTENDENT):
        ouvrir_sans_rdv(file, Motif.objects.get(code="COM-INFO"), identite=identite, par=par, maintenant=instant)
    return site


def _requetes(page: Page) -> tuple[int, float]:
    """Return the queries of the page and the time they take, on its first address, caches warm."""
    page.client.get(page.adresses[0])
    with CaptureQueriesContext(connection) as captees:
        page.client.get(page.adresses[0])
    return len(captees), sum(float(q["time"]) for q in captees.captured_queries) * 1000


def temoins_de(client: Client) -> str:
    """Return the cookies of a session, as a request carries them."""
    return "; ".join(f"{nom}={t.value}" for nom, t in client.cookies.items())


def _demander(port: int, page: Page, fois: int) -> list[float]:
    """Ask `fois` times, a few people together; every answer must be 200."""
    temoins = temoins_de(page.client)
    entetes = {"Cookie": temoins} if temoins else {}
    adresses = list(islice(cycle(page.adresses), fois + PERSONNES))
    parts = [adresses[rang::PERSONNES] for rang in range(PERSONNES)]
    with ThreadPoolExecutor(PERSONNES) as executeur:
        durees = executeur.map(lambda part: _une_personne(port, part, entetes), parts)
        return [d for liste in durees for d in liste]


def _une_personne(port: int, adresses: Iterable[str], entetes: dict[str, str]) -> list[float]:
    connexion = HTTPConnection("127.0.0.1", port, timeout=60)
    durees = []
    for rang, adresse in enumerate(adresses):
        depart = time.perf_counter()
        connexion.request("GET", adresse, headers=entetes)
        reponse = connexion.getresponse()
        reponse.read()
        if reponse.status != 200:
            raise RuntimeError(f"{adresse} : {reponse.status}")
        if rang:  # the first one opens the connection and warms the process
            durees.append(time.perf_counter() - depart)
    connexion.close()
    return durees
