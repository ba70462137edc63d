"""The order shown is the order called is the pure function's, and its rules are the site's."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from demandes.models import Agent
from guichet.calculs.ordre import MINUTE, Personne, Regles, Retard, ordonner
from guichet.models import Passage, RegleAppel
from guichet.selectors import lignes_attente, regles_de
from guichet.services import accueil
from guichet.services import guichet as services
from tests.demandes.factories import INSTANT, AgentFactory, SiteFactory
from tests.guichet.aide import Salle, au_guichet, salle
from tests.parcours import acteur

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


def remplir(lieu: Salle, par: Agent, graine: int, nombre: int = 10) -> list[Personne]:
    """Let people in over two hours, half of them with an appointment, early, on time or late."""
    alea = Random(graine)
    heures = [INSTANT + m * MINUTE for m in alea.sample(range(5, 120, 5), nombre // 2)]
    attendus = [(h + alea.randrange(-40, 40) * MINUTE, lieu.rendez_vous(h)) for h in heures]
    venues = sorted([*attendus, *((INSTANT + alea.randrange(120) * MINUTE, None) for _ in heures)], key=lambda v: v[0])
    personnes = []
    for arrivee, rendez_vous in venues:
        priorite = int(alea.random() < 0.25)
        if rendez_vous is None:
            passage = accueil.enregistrer_sans_rdv(lieu.file, par=acteur(par), maintenant=arrivee, priorite=priorite)
        else:
            passage = accueil.enregistrer_arrivee(rendez_vous, par=acteur(par), maintenant=arrivee, priorite=priorite)
        heure = None if rendez_vous is None else (rendez_vous.creneau.debut - INSTANT) / MINUTE
        personnes.append(Personne(passage.pk, (arrivee - INSTANT) / MINUTE, heure, priorite))
    return personnes


@pytest.mark.parametrize("graine", range(2))
def test_order_of_the_list_of_the_calls_and_of_the_rules_are_one(chloe: Agent, graine: int) -> None:
    lieu = salle()
    regles: dict[str, Any] = (
        {"avance_rdv": 20, "tolerance_retard": 5, "retard": "perd", "avance_priorite": 45} if graine % 2 else {}
    )
    RegleAppel.objects.create(site=lieu.site, **regles)
    attendu = [p.cle for p in ordonner(remplir(lieu, chloe, graine), regles_de(lieu.site))]
    fin = INSTANT + 180 * MINUTE

    assert [x.passage.pk for x in lignes_attente(lieu.site, maintenant=fin)] == attendu
    appeles = []
    while passage := services.appeler_suivant(lieu.guichet, [lieu.file], par=acteur(chloe), maintenant=fin):
        appeles.append(passage.pk)
        services.constater_absence(passage, par=acteur(chloe), maintenant=fin + services.ENTRE_DEUX_APPELS)
    assert appeles == attendu


def test_somebody_called_absent_or_gone_is_never_proposed(chloe: Agent) -> None:
    lieu = salle()
    parti, absent, appele, reste = (lieu.entrer(lieu.demande(nom=n), chloe) for n in ("Un", "Deux", "Trois", "Quatre"))
    accueil.constater_depart(parti, par=acteur(chloe), maintenant=INSTANT)
    services.appeler_suivant(lieu.guichet, [lieu.file], par=acteur(chloe), maintenant=INSTANT)
    services.constater_absence(absent, par=acteur(chloe), maintenant=INSTANT + MINUTE)
    services.appeler_suivant(lieu.guichet, [lieu.file], par=acteur(chloe), maintenant=INSTANT)

    assert [x.passage.pk for x in lignes_attente(lieu.site, maintenant=INSTANT)] == [reste.pk]
    assert Passage.objects.get(pk=appele.pk).etat == "appele"


def test_regles_are_the_sites_field_by_field_then_the_national_ones() -> None:
    site = SiteFactory()
    assert regles_de(site) == Regles()
    RegleAppel.objects.create(avance_rdv=15, retard="perd")
    assert regles_de(site) == Regles(avance_rdv=15, retard=Retard.PERD)
    RegleAppel.objects.create(site=site, avance_rdv=0, tolerance_retard=20)
    assert regles_de(site) == Regles(avance_rdv=0, tolerance_retard=20, retard=Retard.PERD)
    assert regles_de(SiteFactory(code="67-autre")) == Regles(avance_rdv=15, retard=Retard.PERD)


def test_rules_changed_during_the_day_move_nobody_who_waits(chloe: Agent) -> None:
    lieu = salle()
    lieu.entrer(lieu.demande(), chloe)
    lieu.entrer(lieu.demande(nom="Diallo"), chloe, a=INSTANT + MINUTE, priorite=1)
    avant = [x.passage.pk for x in lignes_attente(lieu.site, maintenant=INSTANT)]
    RegleAppel.objects.create(site=lieu.site, avance_priorite=0)
    assert [x.passage.pk for x in lignes_attente(lieu.site, maintenant=INSTANT)] == avant


@pytest.mark.parametrize("nom", ["avance_rdv", "tolerance_retard", "avance_priorite"])
def test_rule_without_bound_is_refused_by_the_database(nom: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RegleAppel.objects.create(**{nom: 241})


def test_second_national_rule_is_refused_by_the_database() -> None:
    RegleAppel.objects.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        RegleAppel.objects.create()


def test_rule_is_edited_in_the_admin_and_told_at_the_counter(client: Client, chloe: Agent) -> None:
    lieu = salle()
    client.force_login(AgentFactory(is_superuser=True, is_staff=True))
    champs = {
        "site": lieu.site.pk,
        "avance_rdv": "300",
        "tolerance_retard": "",
        "retard": "perd",
        "avance_priorite": "90",
    }
    page = client.post(reverse("admin:guichet_regleappel_add"), champs)
    assert "240 minutes) au plus" in page.content.decode()
    assert client.post(reverse("admin:guichet_regleappel_add"), champs | {"avance_rdv": "45"}).status_code == 302

    lieu.entrer(lieu.demande(), chloe)
    page = au_guichet(client, chloe, lieu).get("/guichet/")
    texte = " ".join(page.content.decode().split())
    assert "compte comme arrivé 45 min avant son heure, jusqu’à 10 min de retard" in texte
    assert "au-delà, comme venu sans rendez-vous" in texte
    assert "comme arrivée 1 h 30 plus tôt" in texte
