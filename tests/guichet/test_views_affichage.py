"""The public display: what it shows, what it never shows, and what it costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from demandes.models import Agent, Prefecture
from guichet.models import Passage
from guichet.selectors_affichage import GARDE
from guichet.services import guichet as services
from guichet.services import mouvements
from tests.demandes.factories import INSTANT, AgentFactory
from tests.guichet.aide import MINUTE, Salle, salle
from tests.guichet.factories import PassageFactory
from tests.parcours import acteur
from tests.planning.factories import FileGuichetFactory, GuichetFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

PAGE = "/affichage/67-parcours/"
APPELS = f"{PAGE}appels/"


def appeler(lieu: Salle, agent: Agent, *, numero: int = 1, a: Any = INSTANT) -> Passage:
    """Call the next person to the counter of that number."""
    guichet = lieu.guichet if numero == 1 else GuichetFactory(site=lieu.site, numero=numero, files=[lieu.file])
    passage = services.appeler_suivant(guichet, [lieu.file], par=acteur(agent), maintenant=a)
    assert passage is not None
    return passage


def montres(client: Client, page: str = APPELS) -> list[tuple[str, int]]:
    """Tickets shown with their counter, in the order of the screen."""
    return [(a.ticket, a.guichet) for a in client.get(page).context["tableau"].appels]


@pytest.mark.parametrize("page", ["/affichage/inconnu/", "/affichage/inconnu/appels/"])
def test_unknown_site_is_404(client: Client, page: str) -> None:
    assert client.get(page).status_code == 404


def test_page_opens_without_a_session_and_leaves_no_cookie(client: Client) -> None:
    salle()
    reponse = client.get(PAGE)
    page = reponse.content.decode()
    assert reponse.status_code == 200
    assert not reponse.cookies
    assert "no-store" in reponse["Cache-Control"]
    assert "Aucun appel en cours" in page
    assert '<meta http-equiv="refresh" content="10">' in page
    assert f'data-appels="{APPELS}"' in page
    assert not any(balise in page for balise in ("<nav", "<header", "<footer"))


def test_last_call_comes_first_and_a_call_once_more_before_it(client: Client, chloe: Agent, denis: Agent) -> None:
    lieu = salle()
    for rang in range(3):
        lieu.entrer(lieu.demande(), chloe, a=INSTANT + rang * MINUTE)
    premier = appeler(lieu, chloe, a=INSTANT + 4 * MINUTE)
    second = appeler(lieu, denis, numero=2, a=INSTANT + 5 * MINUTE)
    assert montres(client) == [(second.numero_ticket, 2), (premier.numero_ticket, 1)]
    avant = {a.ticket: a.cle for a in client.get(APPELS).context["tableau"].appels}

    services.rappeler(premier, par=acteur(chloe), maintenant=INSTANT + 6 * MINUTE)

    reponse = client.get(APPELS)
    assert [a.ticket for a in reponse.context["tableau"].appels] == [premier.numero_ticket, second.numero_ticket]
    apres = {a.ticket: a.cle for a in reponse.context["tableau"].appels}
    assert apres[second.numero_ticket] == avant[second.numero_ticket]
    assert apres[premier.numero_ticket] != avant[premier.numero_ticket]
    assert 'data-en-attente="1"' in reponse.content.decode()


def test_person_received_stays_three_minutes(client: Client, chloe: Agent, temps_fige: Any) -> None:
    lieu = salle()
    lieu.entrer(lieu.demande(), chloe)
    passage = appeler(lieu, chloe)
    services.recevoir(passage, par=acteur(chloe), maintenant=INSTANT)
    temps_fige.move_to(INSTANT + GARDE - timedelta(seconds=1))
    assert montres(client) == [(passage.numero_ticket, 1)]
    temps_fige.move_to(INSTANT + GARDE)
    assert montres(client) == []


def test_person_put_back_waits_and_is_a_new_call_the_next_time(client: Client, chloe: Agent) -> None:
    lieu = salle()
    for rang in range(8):
        lieu.entrer(lieu.demande(), chloe, a=INSTANT + rang * MINUTE)
    passages = []
    for rang in range(7):
        passage = appeler(lieu, chloe, a=INSTANT + (10 + rang) * MINUTE)
        services.rappeler(passage, par=acteur(chloe), maintenant=INSTANT + (20 + rang) * MINUTE)
        passages.append(mouvements.remettre_en_attente(passage, par=acteur(chloe), maintenant=INSTANT + 30 * MINUTE))
    dernier = appeler(lieu, chloe, a=INSTANT + 40 * MINUTE)
    reponse = client.get(APPELS)
    assert [a.ticket for a in reponse.context["tableau"].appels] == [dernier.numero_ticket]
    assert reponse.context["tableau"].en_attente == 7
    mouvements.remettre_en_attente(dernier, par=acteur(chloe), maintenant=INSTANT + 50 * MINUTE)
    de_nouveau = appeler(lieu, chloe, a=INSTANT + 60 * MINUTE)
    (appel,) = client.get(APPELS).context["tableau"].appels
    assert appel.ticket == de_nouveau.numero_ticket == passages[0].numero_ticket
    assert appel.cle.endswith(f"{(INSTANT + 60 * MINUTE).timestamp():.6f}")


def test_person_who_does_not_come_leaves_at_once(client: Client, chloe: Agent) -> None:
    lieu = salle()
    lieu.entrer(lieu.demande(), chloe)
    passage = appeler(lieu, chloe)
    assert len(montres(client)) == 1
    services.constater_absence(passage, par=acteur(chloe), maintenant=INSTANT + MINUTE)
    assert montres(client) == []


@pytest.mark.parametrize("page", [PAGE, APPELS])
def test_nothing_says_who_is_called_nor_why(client: Client, chloe: Agent, page: str) -> None:
    lieu = salle(libelle="Renouvellement confidentiel", libelle_court="Renouvellement confidentiel")
    demande = lieu.demande(nom="Zylberkranz", prenoms="Wilhelmine")
    lieu.entrer(demande, chloe)
    passage = appeler(lieu, chloe)
    texte = client.get(page).content.decode()
    assert passage.numero_ticket in texte
    secrets = ["Zylberkranz", "Wilhelmine", demande.numero, demande.motif.code, "confidentiel", lieu.file.nom]
    secrets += [chloe.last_name, chloe.username, str(demande.cle)]
    assert [s for s in secrets if s and s in texte] == []


def test_calls_and_waits_of_another_site_are_not_shown(client: Client, chloe: Agent) -> None:
    lieu = salle()
    lieu.entrer(lieu.demande(), chloe)
    appeler(lieu, chloe)
    lieu.entrer(lieu.demande(nom="Autre"), chloe)
    ailleurs = FileGuichetFactory(site__code="67-ailleurs").site
    reponse = client.get(f"/affichage/{ailleurs.code}/appels/")
    assert reponse.context["tableau"].appels == ()
    assert reponse.context["tableau"].en_attente == 0


def test_calls_of_yesterday_are_not_shown(client: Client, chloe: Agent, temps_fige: Any) -> None:
    lieu = salle()
    lieu.entrer(lieu.demande(), chloe)
    appeler(lieu, chloe)
    temps_fige.move_to(INSTANT + timedelta(days=1))
    assert montres(client) == []


@pytest.mark.parametrize(("fuseau", "heures", "vus"), [("Europe/Paris", 8, 1), ("Indian/Reunion", 13, 0)])
def test_the_day_is_that_of_the_prefecture(
    client: Client, chloe: Agent, temps_fige: Any, fuseau: str, heures: int, vus: int
) -> None:
    """At 22:00 in Paris, it is tomorrow in La Réunion, though the same day in UTC."""
    lieu = salle()
    Prefecture.objects.filter(pk=lieu.site.prefecture_id).update(fuseau=fuseau)
    lieu.site.prefecture.fuseau = fuseau
    lieu.entrer(lieu.demande(), chloe)
    appeler(lieu, chloe)
    temps_fige.move_to(INSTANT + timedelta(hours=heures))
    assert len(montres(client)) == vus
    if fuseau == "Indian/Reunion":
        assert "<span data-heure>01:00</span>" in client.get(PAGE).content.decode()


def test_same_calls_are_304_until_something_changes(client: Client, chloe: Agent) -> None:
    lieu = salle()
    lieu.entrer(lieu.demande(), chloe)
    reponse = client.get(APPELS)
    etag = reponse["ETag"]
    assert etag.startswith('"')
    assert reponse["Cache-Control"] == "no-cache"

    memes = client.get(APPELS, headers={"If-None-Match": etag})
    assert (memes.status_code, memes.content, memes["ETag"]) == (304, b"", etag)
    assert memes["Cache-Control"] == "no-cache"

    passage = appeler(lieu, chloe)
    change = client.get(APPELS, headers={"If-None-Match": etag})
    assert change.status_code == 200
    services.rappeler(passage, par=acteur(chloe), maintenant=INSTANT + MINUTE)
    assert client.get(APPELS, headers={"If-None-Match": change["ETag"]}).status_code == 200


def test_new_version_of_the_screen_changes_the_etag(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    salle()
    etag = client.get(APPELS)["ETag"]
    monkeypatch.setattr("guichet.views.affichage.version_ecran", lambda: "nouvelle")
    reponse = client.get(APPELS, headers={"If-None-Match": etag})
    assert reponse.status_code == 200
    assert 'data-version="nouvelle"' in reponse.content.decode()


def test_polling_costs_two_queries_however_many_wait(
    client: Client, chloe: Agent, django_assert_num_queries: Any
) -> None:
    lieu = salle()
    with django_assert_num_queries(2):
        client.get(APPELS)
    for _ in range(10):
        lieu.entrer(lieu.demande(), chloe)
    appeler(lieu, chloe)
    with django_assert_num_queries(2):
        reponse = client.get(APPELS)
    with django_assert_num_queries(2):
        client.get(APPELS, headers={"If-None-Match": reponse["ETag"]})


def test_six_calls_at_most(client: Client) -> None:
    lieu = salle()
    for rang in range(8):
        PassageFactory(
            file=lieu.file,
            etat="recu",
            agent=AgentFactory(instructeur=True),
            guichet=GuichetFactory(site=lieu.site, numero=rang + 2),
            appele_le=INSTANT - timedelta(seconds=rang),
            recu_le=INSTANT,
        )
    assert [guichet for _, guichet in montres(client)] == [2, 3, 4, 5, 6, 7]


def test_desk_opens_the_display_in_a_new_tab(client: Client, bruno: Agent) -> None:
    salle()
    client.force_login(bruno)
    page = client.get("/guichet/accueil/").content.decode()
    lien = page[page.index(f'href="{PAGE}"') :].partition("</a>")[0]
    assert 'target="_blank"' in lien
    assert "nouvelle fenêtre" in lien
