"""Appointments of the former module on full slots: a place in surplus only where an agent says so, and no more."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from random import Random
from zoneinfo import ZoneInfo

import pytest

from planipref.commun.erreurs import ErreurMetier
from planning.models import Creneau, LigneReprise, RendezVous
from planning.selectors_reprise import issues_de
from planning.services import ancien_module, reservation
from tests.demandes.factories import INSTANT
from tests.parcours import acteur
from tests.planning.aide_reprise import MARDI, Ancien, ancien

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]
Collision = LigneReprise.Collision


@pytest.fixture
def a(transactional_db: None) -> Ancien:
    """The préfecture that leaves its module."""
    return ancien()


def etats(lignes: list[LigneReprise]) -> list[tuple[str, str]]:
    return [(x.etat, x.collision) for x in lignes]


def test_full_slot_takes_one_more_only_when_an_agent_says_so(a: Ancien) -> None:
    creneau = a.creneau(places=1, prevues=1)
    _, ligne = a.reprendre(a.ligne("R1"), a.ligne("R2", nom="Diallo"))
    ancien_module.resoudre(ligne, en_surplus=True, par=acteur(a.denis), maintenant=INSTANT)
    creneau.refresh_from_db()
    assert (creneau.prises, creneau.places, creneau.surplus, creneau.en_trop) == (2, 2, 1, 0)
    prise = RendezVous.objects.actifs().latest("pk")
    usager = prise.convocation.demande.usager
    reservation.annuler(prise.convocation, par=acteur(usager), maintenant=INSTANT)
    libres = Creneau.objects.libres(INSTANT + timedelta(hours=2)).filter(pk=creneau.pk)
    assert not libres.exists()  # the place given back is not offered again
    with pytest.raises(ErreurMetier, match="traitée"):
        ancien_module.resoudre(ligne, en_surplus=True, par=acteur(a.denis), maintenant=INSTANT)


def longue(a: Ancien, creneaux: int) -> timedelta:
    """Let the motif take some slots in a row; return the length of one."""
    a.motif.guichet_minutes = creneaux * a.file.pas_minutes
    a.motif.save(update_fields=["guichet_minutes"])
    return timedelta(minutes=a.file.pas_minutes)


@pytest.mark.parametrize("places", [p for p in product((0, 1, 2), repeat=3) if 0 in p])
def test_long_visit_adds_a_place_to_each_of_its_full_slots_and_to_no_other(a: Ancien, places: tuple[int, ...]) -> None:
    pas = longue(a, 3)
    suite = [a.creneau(MARDI + pas * rang, places=n, prevues=n) for rang, n in enumerate(places)]
    autre = a.creneau(MARDI + pas * 3, places=0, prevues=0)
    (ligne,) = a.reprendre(a.ligne("R1"))
    assert ligne.collision == Collision.COMPLET
    ancien_module.resoudre(ligne, en_surplus=True, par=acteur(a.denis), maintenant=INSTANT)
    lus = [(c.places, c.surplus, c.prises, c.en_trop) for c in Creneau.objects.filter(pk__in=[c.pk for c in suite])]
    assert lus == [(max(n, 1), int(n == 0), 1, 0) for n in places]
    autre.refresh_from_db()
    assert (autre.places, autre.surplus) == (0, 0)


@pytest.mark.parametrize(
    ("suivant", "collision"),
    [
        (None, Collision.SANS_CRENEAU),
        ({"etat": "ferme"}, Collision.SANS_CRENEAU),
        ({"ouvre_le": MARDI - timedelta(hours=1)}, Collision.PAS_OUVERT),
    ],
)
def test_surplus_is_not_proposed_where_the_rest_of_a_long_visit_has_no_slot(
    a: Ancien, suivant: dict[str, object] | None, collision: str
) -> None:
    pas = longue(a, 2)
    premier = a.creneau(places=0, prevues=0)
    if suivant is not None:
        a.creneau(MARDI + pas, places=1, **suivant)
    (ligne,) = a.reprendre(a.ligne("R1"))
    assert ligne.collision == collision
    assert issues_de(ligne, agent=a.denis, maintenant=INSTANT).en_surplus is None
    with pytest.raises(ErreurMetier):
        ancien_module.resoudre(ligne, en_surplus=True, par=acteur(a.denis), maintenant=INSTANT)
    premier.refresh_from_db()
    assert (premier.places, premier.surplus) == (0, 0)


def test_place_given_back_meanwhile_is_taken_not_added(a: Ancien) -> None:
    creneau = a.creneau(places=0, prevues=0)
    (ligne,) = a.reprendre(a.ligne("R1"))
    Creneau.objects.filter(pk=creneau.pk).update(places=1, prevues=1)
    ancien_module.resoudre(ligne, en_surplus=True, par=acteur(a.denis), maintenant=INSTANT)
    creneau.refresh_from_db()
    assert (creneau.places, creneau.surplus, creneau.prises) == (1, 0, 1)


@pytest.mark.parametrize("graine", range(12))
def test_long_lines_take_places_as_one_by_one_they_would(a: Ancien, graine: int) -> None:
    """Brute force: a line fits when each slot in a row that it takes still has a place, those before it served."""
    hasard = Random(graine)
    longueur = hasard.choice((2, 3))
    pas = longue(a, longueur)
    restent = [hasard.choice((0, 1, 2)) for _ in range(6)]
    for rang, n in enumerate(restent):
        a.creneau(MARDI + pas * rang, places=n, prevues=n)
    departs = [hasard.randrange(6) for _ in range(5)]
    attendu = []
    for depart in departs:
        siens = range(depart, depart + longueur)
        tient = siens.stop <= len(restent) and all(restent[i] for i in siens)
        for i in siens if tient else ():
            restent[i] -= 1
        attendu.append(tient)
    paris = [(MARDI + pas * d).astimezone(ZoneInfo("Europe/Paris")) for d in departs]
    noms = ("Diallo", "Haddad", "Nguyen", "Petrov", "Silva")
    lignes = a.reprendre(*(a.ligne(f"R{i}", nom=noms[i], heure=f"{h:%H:%M}") for i, h in enumerate(paris)))
    assert [x.etat == "reprise" for x in lignes] == attendu
    assert [c.places - c.prises for c in Creneau.objects.order_by("debut")] == restent
