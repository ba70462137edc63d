"""Places that come from the plan of the week, waves, places kept for priority demandes, pace of the visits."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from psycopg.types.range import TimestamptzRange

from demandes.cycle import Etat
from demandes.models import Agent, Convocation, Demande, Evenement
from planipref.commun.erreurs import ErreurMetier
from planning.calculs.creneaux import lundi_de
from planning.calculs.propositions import ouvertures
from planning.calculs.regles import Quota
from planning.mesures import Duree, mesures_de
from planning.models import Creneau, FileGuichet, PlanSemaine, RegleCreneaux
from planning.selectors import besoin_de, creneaux_proposes
from planning.services import reservation, surreservation
from planning.services.publication import publier
from tests.demandes.factories import INSTANT, DemandeFactory, MotifFactory, SiteFactory
from tests.parcours import acteur, amener_a, convocation_active, equipe
from tests.planning.aide_presence import apprendre
from tests.planning.factories import AffectationFactory, CreneauFactory, HabilitationFactory, PlageOuvertureFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

LUNDI = date(2030, 3, 11)
MARDI = date(2030, 3, 12)


def places_du(file: FileGuichet, jour: date) -> list[int]:
    creneaux = Creneau.objects.filter(file=file, etat="ouvert").du_jour(jour, "Europe/Paris")
    return [c.places for c in creneaux.order_by("debut")]


def tenir(file: FileGuichet, debut: datetime, fin: datetime) -> None:
    """Give one more agent a counter of a queue."""
    agent = HabilitationFactory(file=file).agent
    AffectationFactory(agent=agent, guichet_tenu=True, file=file, pendant=TimestamptzRange(debut, fin))


def convoquee(**champs: Any) -> Convocation:
    motif = champs.pop("motif", None) or MotifFactory(pieces=0)
    convocation = convocation_active(amener_a(DemandeFactory(motif=motif), Etat.CONVOQUEE))
    if champs:
        Convocation.objects.filter(pk=convocation.pk).update(**champs)
    return Convocation.objects.avec_page().get(pk=convocation.pk)


def prendre(convocation: Convocation, creneau: Creneau, instant: datetime = INSTANT) -> Any:
    par = acteur(equipe(convocation.demande).chloe)
    return reservation.reserver(convocation, creneau, par=par, maintenant=instant)


def test_publier_counts_the_counters_that_agents_hold_where_a_plan_is_in_force() -> None:
    file = PlageOuvertureFactory(nb_guichets=3, debut=time(9), fin=time(10)).file
    PlanSemaine.objects.create(site=file.site, lundi=LUNDI, nom="P", etat="publie", cree_le=INSTANT)
    neuf = datetime(2030, 3, 12, 8, tzinfo=UTC)
    tenir(file, neuf, neuf + timedelta(hours=3))
    tenir(file, neuf + timedelta(minutes=30), neuf + timedelta(hours=3))
    publier(file.site.prefecture, maintenant=INSTANT)
    assert places_du(file, MARDI) == [1, 1, 2, 2]
    assert places_du(file, MARDI + timedelta(days=7)) == [3, 3, 3, 3]
    assert publier(file.site.prefecture, maintenant=INSTANT).modifies == 0


def test_publier_a_day_where_nobody_holds_a_counter_offers_nothing() -> None:
    file = PlageOuvertureFactory(fin=time(10)).file
    PlanSemaine.objects.create(site=file.site, lundi=LUNDI, nom="P", etat="publie", cree_le=INSTANT)
    publier(file.site.prefecture, maintenant=INSTANT)
    assert set(places_du(file, MARDI)) == {0}


def test_publier_follows_the_rules_of_the_site_then_those_of_the_country() -> None:
    file = PlageOuvertureFactory(nb_guichets=4, fin=time(10)).file
    RegleCreneaux.objects.create(site=None, reserve_pourcent=50, horizon_jours=14)
    RegleCreneaux.objects.create(site=file.site, reserve_pourcent=25)
    publier(file.site.prefecture, maintenant=INSTANT)
    assert places_du(file, MARDI) == [3, 3, 3, 3]
    assert places_du(file, MARDI + timedelta(days=7)) == []


def test_slot_is_bookable_from_its_wave_on() -> None:
    convocation = convocation_active(amener_a(DemandeFactory(motif=MotifFactory(pieces=0)), Etat.CONVOQUEE))
    convocation = Convocation.objects.avec_page().get(pk=convocation.pk)
    file = equipe(convocation.demande).file
    PlageOuvertureFactory(file=file, fin=time(10))
    RegleCreneaux.objects.create(site=file.site, horizon_jours=7, heure_ouverture=time(14))
    publier(file.site.prefecture, maintenant=INSTANT, horizon_jours=10)
    lendemain = INSTANT + timedelta(days=1)
    assert creneaux_proposes(convocation, LUNDI, maintenant=lendemain) == []
    creneau = Creneau.objects.filter(file=file, debut__gt=datetime(2030, 3, 12, tzinfo=UTC)).earliest("debut")
    with pytest.raises(ErreurMetier, match="n’est plus proposé"):
        prendre(convocation, creneau, lendemain)
    apres = lendemain + timedelta(hours=6)
    assert creneaux_proposes(convocation, LUNDI, maintenant=apres)[0].creneau == creneau
    assert prendre(convocation, creneau, apres).creneau == creneau


def test_kept_places_are_for_priority_demandes_then_for_all() -> None:
    simple, autre, pressee = convoquee(), convoquee(), convoquee(prioritaire=True)
    RegleCreneaux.objects.create(site=None, vulnerable_pourcent=50)
    midi = datetime(2030, 3, 4, 12, tzinfo=UTC)
    creneau = CreneauFactory(file=equipe(simple.demande).file, gardees_vulnerable=1, gardees_jusqu_a=midi)
    creneau.file.motifs.add(autre.demande.motif, pressee.demande.motif)
    prendre(simple, creneau)
    with pytest.raises(ErreurMetier, match="vient d’être pris"):
        prendre(autre, creneau)
    prendre(pressee, creneau)
    creneau.refresh_from_db()
    assert (creneau.prises, creneau.gardees_vulnerable_prises) == (2, 1)
    reservation.annuler(pressee, par=acteur(equipe(pressee.demande).chloe), maintenant=INSTANT)
    creneau.refresh_from_db()
    assert (creneau.prises, creneau.gardees_vulnerable_prises) == (1, 0)
    Creneau.objects.filter(pk=creneau.pk).update(retenues=0)
    prendre(autre, creneau, INSTANT + timedelta(hours=5))


def test_title_that_ends_soon_gives_priority() -> None:
    fenetre = {"question": "expiration_titre", "avant_expiration_jours_max": 120, "avant_expiration_jours_min": 0}
    motif = MotifFactory(pieces=0)
    convocation = convoquee(motif=motif)
    RegleCreneaux.objects.create(site=None, titre_pourcent=10, urgence_jours=15)
    motif.fenetre_depot = fenetre
    convocation.demande.motif = motif
    for fin, attendu in (("2030-03-15", True), ("2030-06-30", False)):
        convocation.demande.reponses = {"expiration_titre": fin}
        assert besoin_de(convocation).quotas(INSTANT) == ({Quota.TITRE} if attendu else set())


def test_title_gives_priority_from_the_first_hour_of_the_day_of_the_prefecture() -> None:
    """The fifteenth day before: it begins at three in UTC in Cayenne, and the evening before in Mamoudzou."""
    fenetre = {"question": "expiration_titre", "avant_expiration_jours_max": 120, "avant_expiration_jours_min": 0}
    convocation = convoquee(motif=MotifFactory(pieces=0))
    convocation.demande.motif.fenetre_depot = fenetre
    convocation.demande.reponses = {"expiration_titre": "2030-03-20"}
    RegleCreneaux.objects.create(site=None, titre_pourcent=10, urgence_jours=15)
    for fuseau, debut in (
        ("America/Cayenne", datetime(2030, 3, 5, 3, tzinfo=UTC)),
        ("Indian/Mayotte", datetime(2030, 3, 4, 21, tzinfo=UTC)),
    ):
        convocation.demande.prefecture.fuseau = fuseau
        besoin = besoin_de(convocation)
        assert besoin.quotas(debut) == {Quota.TITRE}
        assert besoin.quotas(debut - timedelta(seconds=1)) == set()


def test_each_quota_keeps_its_own_places() -> None:
    """The vulnerable take theirs and what is free for all, never those of the accompanied."""
    accompagnee, une, deux, trois = convoquee(), *(convoquee(prioritaire=True) for _ in range(3))
    Demande.objects.filter(pk=accompagnee.demande_id).update(canal=Demande.Canal.ACCOMPAGNEMENT)
    accompagnee = Convocation.objects.avec_page().get(pk=accompagnee.pk)
    RegleCreneaux.objects.create(site=None, vulnerable_pourcent=10, accompagne_pourcent=10)
    midi = datetime(2030, 3, 4, 12, tzinfo=UTC)
    gardees = {"gardees_vulnerable": 1, "gardees_accompagne": 1, "gardees_jusqu_a": midi}
    creneau = CreneauFactory(file=equipe(une.demande).file, places=3, **gardees)
    creneau.file.motifs.add(*(c.demande.motif for c in (accompagnee, une, deux, trois)))
    assert besoin_de(accompagnee).quotas(INSTANT) == {Quota.ACCOMPAGNE}
    assert prendre(une, creneau).quota == "vulnerable"
    assert prendre(deux, creneau).quota == ""
    assert creneaux_proposes(trois, lundi_de(MARDI) - timedelta(days=7), maintenant=INSTANT) == []
    with pytest.raises(ErreurMetier, match="vient d’être pris"):
        prendre(trois, creneau)
    assert prendre(accompagnee, creneau).quota == "accompagne"
    creneau.refresh_from_db()
    prises = (creneau.gardees_titre_prises, creneau.gardees_vulnerable_prises, creneau.gardees_accompagne_prises)
    assert prises == (0, 1, 1)


def test_publication_keeps_the_share_of_each_quota_with_a_local_value() -> None:
    file = PlageOuvertureFactory(jour=2, nb_guichets=5, debut=time(9), fin=time(10)).file
    RegleCreneaux.objects.create(site=None, titre_pourcent=20, accompagne_pourcent=20)
    RegleCreneaux.objects.create(site=file.site, accompagne_pourcent=40)
    publier(file.site.prefecture, maintenant=INSTANT)
    lus = Creneau.objects.filter(file=file).du_jour(MARDI, "Europe/Paris").order_by("debut")
    assert {(c.gardees_titre, c.gardees_vulnerable, c.gardees_accompagne) for c in lus} == {(1, 0, 2)}
    assert publier(file.site.prefecture, maintenant=INSTANT).modifies == 0


@pytest.fixture
def mesures(monkeypatch: pytest.MonkeyPatch) -> dict[int, Duree]:
    """What the counter measured."""
    durees: dict[int, Duree] = {}
    monkeypatch.setattr("planning.mesures._mesureurs", [(mesures_de, lambda _site, _jour: durees)])
    return durees


def test_regles_page_shows_both_lengths_and_applies_one_when_chosen(
    client: Client, denis: Agent, mesures: dict[int, Duree]
) -> None:
    file = PlageOuvertureFactory(nb_guichets=6, fin=time(10)).file
    mesures[file.pk] = Duree(200, 15.0, 18.0)
    client.force_login(denis)
    page = client.get("/planning/regles/").content.decode()
    assert "15 min" in page
    assert "18 min (200 visites)" in page
    publier(file.site.prefecture, maintenant=INSTANT)
    assert Counter(places_du(file, MARDI)) == {6: 4}  # never silently
    assert client.post(f"/planning/files/{file.pk}/rythme/", {"duree": "mesuree"}).status_code == 303
    publier(file.site.prefecture, maintenant=INSTANT)
    assert Counter(places_du(file, MARDI)) == {5: 4}
    assert Evenement.objects.get(nature="planning:rythme_choisi").charge == {"file_id": file.pk, "rythme": 120}


def test_rythme_with_too_few_visits_is_refused(client: Client, denis: Agent, mesures: dict[int, Duree]) -> None:
    file = PlageOuvertureFactory().file
    mesures[file.pk] = Duree(5, 15.0, 18.0)
    client.force_login(denis)
    page = client.post(f"/planning/files/{file.pk}/rythme/", {"duree": "mesuree"}, follow=True).content.decode()
    assert "Trop peu de visites" in page
    assert FileGuichet.objects.get(pk=file.pk).rythme == 100


def test_regles_are_saved_journaled_and_given_back_to_the_country(client: Client, denis: Agent) -> None:
    site = SiteFactory()
    client.force_login(denis)
    reponse = client.post("/planning/regles/", {"horizon_jours": "21", "heure_ouverture": "10:00"})
    assert reponse.status_code == 303
    regle = RegleCreneaux.objects.get(site=site)
    assert (regle.horizon_jours, regle.heure_ouverture, regle.reserve_pourcent) == (21, time(10), None)
    assert Evenement.objects.get(nature="planning:regles_changees").charge["champs"] == "horizon_jours,heure_ouverture"
    client.post("/planning/regles/", {"horizon_jours": ""})
    assert RegleCreneaux.objects.get(site=site).horizon_jours is None


def test_regles_out_of_bounds_are_said_beside_the_field(client: Client, denis: Agent) -> None:
    SiteFactory()
    client.force_login(denis)
    reponse = client.post("/planning/regles/", {"horizon_jours": "3"})
    assert reponse.status_code == 422
    assert "supérieure ou égale à 7" in reponse.content.decode()
    assert not RegleCreneaux.objects.exists()


def test_over_booking_counts_the_counters_held_whatever_the_pace_of_the_visits() -> None:
    file = PlageOuvertureFactory(jour=2, nb_guichets=2, debut=time(9), fin=time(10, 30)).file
    FileGuichet.objects.filter(pk=file.pk).update(rythme=120)
    publier(file.site.prefecture, maintenant=INSTANT)
    assert places_du(file, MARDI) == [1, 2, 2, 1, 2, 2][: len(places_du(file, MARDI))]
    apprendre(file)
    lue = surreservation.journee(file, MARDI, maintenant=INSTANT)
    assert {c.guichets_tenus for c in lue.cases} == {2}
    assert len(ouvertures(lue.cases)) == 1


def test_shares_that_leave_nothing_to_the_public_are_refused(client: Client, denis: Agent) -> None:
    PlageOuvertureFactory()
    RegleCreneaux.objects.create(site=None, vulnerable_pourcent=50)
    client.force_login(denis)
    reponse = client.post("/planning/regles/", {"titre_pourcent": "30", "accompagne_pourcent": "20"})
    assert reponse.status_code == 422
    assert "font 100 % des places" in reponse.content.decode()
    assert client.post("/planning/regles/", {"titre_pourcent": "30", "accompagne_pourcent": "19"}).status_code == 303
