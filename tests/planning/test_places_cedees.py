"""Places given back from one connection and taken from others: who is shown, who never is, what agents read of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from demandes.acteur import acteur_usager
from demandes.calculs.signalements import ReglesSignalements
from demandes.models import AdresseConnue, Convocation, RegleSignalements, Signalement
from demandes.selectors_signalements import seuils_des_prefectures
from demandes.services.signalements import DUREE_CONNEXION, cle_de, oublier_signalements
from planning.models import Creneau, TraceConnexion
from planning.services.signalements import signaler_les_places_cedees, signaler_partout, tracer
from tests.demandes.factories import INSTANT, AgentFactory, DemandeFactory, MotifFactory, PrefectureFactory
from tests.parcours import amener_a, convocation_active
from tests.planning.factories import CreneauFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
VENDEUR = "192.0.2.7"
SEUILS = ReglesSignalements(cedants=2, rendues=3)
APRES = INSTANT + timedelta(hours=2)


@pytest.fixture
def personnes() -> list[Convocation]:
    """Six convocations of six persons."""
    motif = MotifFactory(pieces=0)
    return [convocation_active(amener_a(DemandeFactory(motif=motif), "convoquee")) for _ in range(6)]


def noter(convocation: Convocation, minute: int, origine: str, **creneaux: Creneau) -> None:
    par = acteur_usager(convocation.demande.usager_id, origine=origine)
    tracer(convocation, **creneaux, par=par, maintenant=INSTANT + timedelta(minutes=minute))


def ceder(qui: Convocation, a: Convocation, *, depuis: str = VENDEUR, chez: str = "", apres: int = 15) -> None:
    """Give back a place, that another person takes from their own connection."""
    creneau = CreneauFactory()
    noter(qui, 0, depuis, rendue=creneau)
    noter(a, apres, chez or f"198.51.100.{a.pk % 250}", prise=creneau)


def chercher(seuils: ReglesSignalements = SEUILS, *, maintenant: datetime = APRES) -> dict[str, int]:
    signaler_les_places_cedees(PrefectureFactory(), seuils, maintenant=maintenant)
    return dict(Signalement.objects.order_by("pk").values_list("genre", "nombre"))


def test_places_of_several_persons_given_back_from_one_connection_and_taken_elsewhere(
    personnes: list[Convocation],
) -> None:
    vendus, acheteurs = personnes[:3], personnes[3:]
    for qui, a in zip(vendus, acheteurs, strict=True):
        ceder(qui, a)
    assert chercher() == {"ailleurs": 3}
    signalement = Signalement.objects.get()
    assert signalement.cle == cle_de("connexion", VENDEUR)
    assert (signalement.premier_le, signalement.dernier_le) == (INSTANT, INSTANT + timedelta(minutes=15))
    # Who took them did what everybody does: they are not named.
    assert set(signalement.demandes.all()) == {c.demande for c in vendus}
    assert chercher() == {"ailleurs": 3}


def test_one_place_given_back_by_each_from_home_makes_no_signal(personnes: list[Convocation]) -> None:
    for rang in range(3):
        ceder(personnes[rang], personnes[rang + 3], depuis=f"203.0.113.{rang}")
    assert chercher(ReglesSignalements(cedants=2, rendues=2)) == {}


def test_known_shared_connection_makes_no_signal(personnes: list[Convocation]) -> None:
    for rang in range(3):
        ceder(personnes[rang], personnes[rang + 3])
    AdresseConnue.objects.create(
        prefecture=personnes[0].demande.prefecture,
        cle=cle_de("connexion", VENDEUR),
        raison="Foyer",
        jusqu_au=INSTANT.date(),
        agent=AgentFactory(instructeur=True),
        le=INSTANT,
    )
    assert chercher() == {}


def test_person_who_gives_back_place_after_place_is_shown_from_any_connection(personnes: list[Convocation]) -> None:
    seul, *autres = personnes
    for rang, a in enumerate(autres[:3]):
        ceder(seul, a, depuis=f"203.0.113.{rang}")
    assert chercher() == {"repetee": 3}
    signalement = Signalement.objects.get()
    assert set(signalement.demandes.all()) == {seul.demande}
    assert str(seul.demande.usager_id) not in signalement.cle.split(":")


def test_places_of_a_week_are_looked_at_and_no_older_ones(personnes: list[Convocation]) -> None:
    for rang in range(3):
        ceder(personnes[rang], personnes[rang + 3])
    assert chercher(maintenant=INSTANT + timedelta(days=7)) == {}
    assert chercher(maintenant=INSTANT + timedelta(days=6)) == {"ailleurs": 3}


def test_another_prefecture_does_not_read_these_traces(personnes: list[Convocation]) -> None:
    for rang in range(3):
        ceder(personnes[rang], personnes[rang + 3])
    assert set(TraceConnexion.objects.values_list("prefecture", flat=True)) == {personnes[0].demande.prefecture_id}
    ailleurs = PrefectureFactory(departement="93")
    assert signaler_les_places_cedees(ailleurs, SEUILS, maintenant=APRES) == 0
    assert not Signalement.objects.exists()


def test_thresholds_are_those_of_the_prefecture_and_the_task_looks_everywhere(personnes: list[Convocation]) -> None:
    for rang in range(3):
        ceder(personnes[rang], personnes[rang + 3])
    prefecture = PrefectureFactory()
    RegleSignalements.objects.create(prefecture=prefecture, cedants=4, cession_jours=2)
    seuils = seuils_des_prefectures([prefecture.pk])[prefecture.pk]
    assert (seuils.cedants, seuils.rendues, seuils.cession_jours) == (4, ReglesSignalements().rendues, 2)
    assert signaler_partout(maintenant=APRES)["67"] == {"contacts": 1, "connexions": 0, "places": 0}
    RegleSignalements.objects.update(cedants=3)
    assert signaler_partout(maintenant=APRES)["67"]["places"] == 1


@pytest.mark.parametrize("genre", ["ailleurs", "repetee"])
def test_hash_is_erased_thirty_days_after_the_last_fact(personnes: list[Convocation], genre: str) -> None:
    for rang in range(3):
        ceder(personnes[rang if genre == "ailleurs" else 0], personnes[rang + 3])
    assert chercher() == {genre: 3}
    dernier = Signalement.objects.get().dernier_le
    assert oublier_signalements(maintenant=dernier + DUREE_CONNEXION) == 0
    assert oublier_signalements(maintenant=dernier + DUREE_CONNEXION + timedelta(minutes=1)) == 1
    assert Signalement.objects.get().cle.startswith("efface:")


@pytest.mark.parametrize(
    ("genre", "dit", "connue"),
    [
        ("ailleurs", "3 personnes dont la place est reprise ailleurs", True),
        ("repetee", "3 places rendues puis reprises", False),
    ],
)
def test_agent_reads_what_it_is_and_why_chance_does_not_explain_it(
    client: Client, personnes: list[Convocation], genre: str, dit: str, connue: bool
) -> None:
    for rang in range(3):
        ceder(personnes[rang if genre == "ailleurs" else 0], personnes[rang + 3])
    chercher()
    client.force_login(AgentFactory(instructeur=True))
    assert dit in client.get("/agent/signalements/").content.decode()
    page = " ".join(client.get(f"/agent/signalements/{Signalement.objects.get().pk}/").content.decode().split())
    assert dit in page
    assert "moins d’une fois sur mille" in page
    assert ("declarer-connue" in page) is connue
