"""The kiosk: installed by an agent, it registers who has an appointment and gives tickets to the others."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from demandes.droits import Droit
from demandes.models import Agent, Evenement, Motif
from guichet.models import Passage, PosteAffichage, RegleAppel
from guichet.services.borne import ESSAIS, acteur_borne
from guichet.services.guichet import appeler_suivant
from tests.demandes.factories import INSTANT
from tests.guichet.aide import MINUTE, Salle, au_guichet, salle
from tests.parcours import acteur

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


@pytest.fixture
def lieu() -> Salle:
    return salle(mode_accueil="les_deux", libelle="Renseignement")


@pytest.fixture
def borne(client: Client, bruno: Agent, lieu: Salle) -> Client:
    """A browser made a kiosk by the agent of the desk."""
    client.force_login(bruno)
    reponse = client.post(f"/borne/{lieu.site.code}/installer/", {"nom": "Hall"})
    assert (reponse.status_code, reponse["Location"]) == (303, f"/borne/{lieu.site.code}/")
    return client


def arriver(borne: Client, lieu: Salle, numero: str | None, naissance: str = "17/05/1980"):
    return borne.post(f"/borne/{lieu.site.code}/rendez-vous/", {"numero": numero or "", "date_naissance": naissance})


def test_installing_signs_the_agent_out_and_keeps_only_a_hash(borne: Client, lieu: Salle) -> None:
    assert borne.get("/guichet/accueil/").status_code == 302
    temoin = borne.cookies["pp_borne"]
    assert (temoin["httponly"], temoin["samesite"], temoin["path"]) == (True, "Strict", "/borne/")
    poste = PosteAffichage.objects.get()
    assert (poste.genre, poste.site) == ("borne", lieu.site)
    assert temoin.value not in poste.empreinte
    assert borne.get(f"/borne/{lieu.site.code}/").status_code == 200


def test_browser_that_is_no_kiosk_or_that_of_another_site_is_refused(borne: Client, lieu: Salle) -> None:
    adresses = ["", "rendez-vous/", "sans-rdv/", "tickets/1/"]
    for adresse in adresses:
        assert Client().get(f"/borne/{lieu.site.code}/{adresse}").status_code == 403
        assert borne.get(f"/borne/67-autre/{adresse}").status_code == 403


def test_kiosk_taken_out_of_use_is_refused_at_once(borne: Client, bruno: Agent, lieu: Salle) -> None:
    agent = Client()
    agent.force_login(bruno)
    pk = PosteAffichage.objects.get().pk
    assert agent.post(f"/borne/{lieu.site.code}/{pk}/retirer/").status_code == 303
    assert borne.get(f"/borne/{lieu.site.code}/").status_code == 403
    assert agent.post(f"/borne/{lieu.site.code}/{pk}/retirer/").status_code == 404


def test_agent_of_elsewhere_installs_nothing_here(client: Client, etienne: Agent, lieu: Salle) -> None:
    client.force_login(etienne)
    assert client.get(f"/borne/{lieu.site.code}/installer/").status_code == 404
    assert client.post(f"/borne/{lieu.site.code}/installer/", {"nom": "Hall"}).status_code == 404


def test_person_with_an_appointment_gets_a_ticket_once_without_a_name(borne: Client, lieu: Salle) -> None:
    rendez_vous = lieu.rendez_vous(INSTANT + 20 * MINUTE)
    demande = rendez_vous.convocation.demande
    assert demande.numero is not None
    naissance = "/".join(reversed(demande.usager.date_naissance.split("-")))

    premiere = arriver(borne, lieu, demande.numero.lower(), naissance)
    seconde = arriver(borne, lieu, demande.numero, naissance)

    passage = Passage.objects.get()
    assert premiere["Location"] == seconde["Location"] == f"/borne/{lieu.site.code}/tickets/{passage.pk}/"
    page = borne.get(premiere["Location"]).content.decode()
    assert f'data-ticket="{passage.numero_ticket}"' in page
    for secret in (demande.usager.nom, demande.numero, demande.motif.libelle):
        assert secret not in page
    assert Evenement.objects.filter(demande=demande, nature="passage:arrive", acteur_genre="systeme").count() == 1


@pytest.mark.parametrize("faute", ["numéro", "naissance", "autre jour"])
def test_whatever_does_not_match_is_answered_alike(borne: Client, lieu: Salle, faute: str) -> None:
    demain = timedelta(days=1) if faute == "autre jour" else timedelta()
    demande = lieu.rendez_vous(INSTANT + 20 * MINUTE + demain).convocation.demande
    numero = "67-2030-999999" if faute == "numéro" else demande.numero
    naissance = "02/02/1902" if faute == "naissance" else "/".join(reversed(demande.usager.date_naissance.split("-")))
    reponse = arriver(borne, lieu, numero, naissance)
    assert reponse.status_code == 422
    assert "Nous ne trouvons pas de rendez-vous aujourd’hui ici." in reponse.content.decode()
    assert not Passage.objects.exists()


def test_who_comes_too_early_is_told_when_to_come_back(borne: Client, lieu: Salle) -> None:
    RegleAppel.objects.create(site=lieu.site, avance_max=30)
    demande = lieu.rendez_vous(INSTANT + 45 * MINUTE).convocation.demande
    naissance = "/".join(reversed(demande.usager.date_naissance.split("-")))
    avis = arriver(borne, lieu, str(demande.numero).replace("-", ""), naissance)
    assert avis.status_code == 200  # nothing is wrong: they are told an hour
    assert "à partir de 9\u00a0h\u00a015" in avis.content.decode()
    assert 'name="numero"' not in avis.content.decode()
    with time_machine.travel(INSTANT + 15 * MINUTE, tick=False):
        assert arriver(borne, lieu, demande.numero, naissance).status_code == 303


def test_walk_in_takes_a_ticket_in_the_queue_of_their_motif(borne: Client, lieu: Salle, chloe: Agent) -> None:
    reponse = borne.post(f"/borne/{lieu.site.code}/sans-rdv/", {"motif": lieu.motif.code})
    passage = Passage.objects.get()
    assert reponse["Location"].endswith(f"/tickets/{passage.pk}/")
    assert (passage.file, passage.priorite, passage.demande, passage.motif) == (lieu.file, 0, None, lieu.motif)
    appele = appeler_suivant(lieu.guichet, [lieu.file], par=acteur(chloe), maintenant=INSTANT)
    assert appele is not None
    assert appele.pk == passage.pk


def test_priority_said_at_the_kiosk_moves_the_person_up_and_is_read_as_such(
    borne: Client, lieu: Salle, bruno: Agent, chloe: Agent
) -> None:
    rendez_vous = lieu.rendez_vous(INSTANT + 20 * MINUTE)
    demande = rendez_vous.convocation.demande
    premier = lieu.entrer(lieu.demande(), bruno, a=INSTANT - 5 * MINUTE)
    borne.post(f"/borne/{lieu.site.code}/sans-rdv/", {"motif": lieu.motif.code, "priorite": "on"})
    naissance = "/".join(reversed(demande.usager.date_naissance.split("-")))
    corps = {"numero": demande.numero, "date_naissance": naissance, "priorite": "on"}
    borne.post(f"/borne/{lieu.site.code}/rendez-vous/", corps)
    sans, avec = Passage.objects.exclude(pk=premier.pk).order_by("pk")
    assert {(p.priorite, p.priorite_declaree) for p in (sans, avec)} == {(1, True)}
    assert [p.pk for p in Passage.objects.en_attente()] == [avec.pk, sans.pk, premier.pk]
    page = au_guichet(Client(), chloe, lieu).get("/guichet/").content.decode()
    assert page.count("déclaré à la borne") == 2
    assert lieu.motif.libelle_court in page

    bureau = Client()
    bureau.force_login(bruno)
    assert 'data-action="retirer-priorite"' in bureau.get("/guichet/accueil/").content.decode()
    assert bureau.post(f"/guichet/passages/{sans.pk}/retirer-priorite/").status_code == 303
    sans.refresh_from_db()
    assert (sans.priorite, sans.priorite_declaree, sans.rang) == (0, False, INSTANT)
    assert Evenement.objects.filter(nature="passage:priorite_retiree", acteur_id=bruno.pk).count() == 1
    assert bureau.post(f"/guichet/passages/{sans.pk}/retirer-priorite/").status_code == 409

    assert bureau.post(f"/guichet/passages/{sans.pk}/donner-priorite/").status_code == 303
    sans.refresh_from_db()
    assert (sans.priorite, sans.priorite_declaree) == (1, False)
    assert [p.pk for p in Passage.objects.en_attente()] == [avec.pk, sans.pk, premier.pk]
    assert Evenement.objects.filter(nature="passage:priorite_donnee", acteur_id=bruno.pk).count() == 1


def test_motif_by_appointment_only_is_neither_shown_nor_taken(borne: Client, lieu: Salle) -> None:
    Motif.objects.filter(pk=lieu.motif.pk).update(mode_accueil="rdv")
    assert "sans-rdv" not in borne.get(f"/borne/{lieu.site.code}/").content.decode()
    assert borne.post(f"/borne/{lieu.site.code}/sans-rdv/", {"motif": lieu.motif.code}).status_code == 422
    assert not Passage.objects.exists()


def test_kiosk_that_tries_many_numbers_waits(borne: Client, lieu: Salle) -> None:
    for _ in range(ESSAIS):
        assert arriver(borne, lieu, "67-2030-000001").status_code == 422
    reponse = arriver(borne, lieu, "67-2030-000001")
    assert reponse.status_code == 422
    assert "Nous ne trouvons pas" not in reponse.content.decode()


def test_ticket_at_the_kiosk_is_forgotten_after_two_minutes(borne: Client, lieu: Salle) -> None:
    adresse = borne.post(f"/borne/{lieu.site.code}/sans-rdv/", {"motif": lieu.motif.code})["Location"]
    assert borne.get(adresse).status_code == 200
    with time_machine.travel(INSTANT + 3 * MINUTE, tick=False):
        assert borne.get(adresse)["Location"] == f"/borne/{lieu.site.code}/"


def test_who_lost_their_ticket_is_shown_it_again_later(borne: Client, lieu: Salle) -> None:
    demande = lieu.rendez_vous(INSTANT + 40 * MINUTE).convocation.demande
    naissance = "/".join(reversed(demande.usager.date_naissance.split("-")))
    premiere = arriver(borne, lieu, demande.numero, naissance)["Location"]
    with time_machine.travel(INSTANT + 10 * MINUTE, tick=False):
        assert borne.get(premiere).status_code == 303
        assert borne.get(arriver(borne, lieu, demande.numero, naissance)["Location"]).status_code == 200


def test_ticket_on_the_phone_follows_the_visit_for_its_day(borne: Client, lieu: Salle, chloe: Agent) -> None:
    adresse = borne.post(f"/borne/{lieu.site.code}/sans-rdv/", {"motif": lieu.motif.code})["Location"]
    suivi = borne.get(adresse).context["adresse"].partition("://")[2].partition("/")[2]
    telephone = Client()
    page = telephone.get(f"/{suivi}")
    assert "Vous êtes la prochaine personne appelée." in page.content.decode()
    assert telephone.get(f"/{suivi}?version={page.context['version']}").status_code == 204
    appeler_suivant(lieu.guichet, [lieu.file], par=acteur(chloe), maintenant=INSTANT)
    assert f"guichet {lieu.guichet.numero}" in telephone.get(f"/{suivi}").content.decode()
    assert telephone.get(f"/{suivi}".replace(":", "x", 1)).status_code == 404
    with time_machine.travel(INSTANT + timedelta(days=1), tick=False):
        assert telephone.get(f"/{suivi}").status_code == 410


def test_each_new_person_begins_in_french(borne: Client, lieu: Salle) -> None:
    borne.cookies["langue"] = "ar"
    assert 'dir="rtl"' in borne.get(f"/borne/{lieu.site.code}/").content.decode()
    reponse = borne.get(f"/borne/{lieu.site.code}/?fin=1", follow=True)
    assert 'dir="ltr"' in reponse.content.decode()


def test_actor_of_a_kiosk_may_only_register_arrivals_of_its_prefecture(lieu: Salle) -> None:
    par, ici = acteur_borne(lieu.site), lieu.site.prefecture_id
    assert [d for d in Droit if par.peut(d, prefecture_id=ici)] == [Droit.ACCUEILLIR]
    assert not par.peut(Droit.ACCUEILLIR, prefecture_id=ici + 1)
