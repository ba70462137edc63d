"""Kept places: visits of several slots that cross quotas, and the writings of « a place is left » that agree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from demandes.cycle import Etat
from demandes.models import Convocation
from planipref.commun.erreurs import ErreurMetier
from planning.calculs.creneaux import lundi_de
from planning.calculs.regles import Quota
from planning.models import Creneau, FileGuichet, OffreAttente, Prolongement, RegleCreneaux, RendezVous
from planning.models.declencheurs import libre
from planning.selectors import creneaux_proposes
from planning.services import attente, reservation
from tests.demandes.factories import INSTANT, DemandeFactory, MotifFactory
from tests.parcours import acteur, amener_a, equipe
from tests.planning.factories import CreneauFactory, FileGuichetFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

MARDI = datetime(2030, 3, 12, 9, tzinfo=UTC)
LUNDI = lundi_de(date(2030, 3, 12))
OUVERTURE = datetime(2030, 3, 11, 12, tzinfo=UTC)


def convoquee(*, prioritaire: bool = False, **motif: Any) -> Convocation:
    """Convoke somebody, for a visit of two slots."""
    motif = MotifFactory(pieces=0, etapes=[2, 3], **{"guichet_minutes": 30} | motif)
    demande = amener_a(DemandeFactory(motif=motif), Etat.CONVOQUEE)
    Convocation.objects.filter(demande=demande).update(prioritaire=prioritaire)
    return Convocation.objects.avec_page().get(demande=demande)


def deux_creneaux(convocation: Convocation, *gardees: dict[str, int]) -> list[Creneau]:
    """Make two slots of one place that follow each other, each with the places that it keeps."""
    RegleCreneaux.objects.create(site=None, vulnerable_pourcent=30)
    file = equipe(convocation.demande).file
    return [
        CreneauFactory(
            file=file, debut=MARDI + timedelta(minutes=15 * rang), places=1, gardees_jusqu_a=OUVERTURE, **garde
        )
        for rang, garde in enumerate(gardees)
    ]


def prendre(convocation: Convocation, creneau: Creneau) -> RendezVous:
    return reservation.reserver(convocation, creneau, par=acteur(convocation.demande.usager), maintenant=INSTANT)


def comptes() -> list[tuple[int, int]]:
    return list(Creneau.objects.order_by("debut").values_list("prises", "gardees_vulnerable_prises"))


@pytest.mark.parametrize("rang", [0, 1])
def test_visit_takes_a_kept_place_at_one_slot_and_another_at_the_next(rang: int) -> None:
    convocation = convoquee(prioritaire=True)
    gardees: list[dict[str, int]] = [{}, {}]
    gardees[rang] = {"gardees_vulnerable": 1}
    premier, _ = deux_creneaux(convocation, *gardees)
    assert [p.creneau for p in creneaux_proposes(convocation, LUNDI, maintenant=INSTANT)] == [premier]
    pris = prendre(convocation, premier)
    quotas = [pris.quota, pris.prolongements.get().quota]
    assert quotas == ["vulnerable" if i == rang else "" for i in (0, 1)]
    assert comptes() == [(1, int(i == rang)) for i in (0, 1)]
    reservation.annuler(convocation, par=acteur(convocation.demande.usager), maintenant=INSTANT)
    assert comptes() == [(0, 0), (0, 0)]


def test_visit_of_others_takes_no_kept_place_at_its_second_slot() -> None:
    convocation = convoquee()
    premier, _ = deux_creneaux(convocation, {}, {"gardees_vulnerable": 1})
    assert creneaux_proposes(convocation, LUNDI, maintenant=INSTANT) == []
    with pytest.raises(ErreurMetier, match="vient d’être pris"):
        prendre(convocation, premier)
    assert comptes() == [(0, 0), (0, 0)]


def test_offer_across_quotas_is_taken() -> None:
    convocation, sortante = convoquee(prioritaire=True), convoquee(guichet_minutes=15)
    premier, second = deux_creneaux(convocation, {}, {"gardees_vulnerable": 1})
    premier.file.motifs.add(sortante.demande.motif)
    prendre(sortante, premier)
    attente.inscrire(convocation, par=acteur(convocation.demande.usager), maintenant=INSTANT)
    reservation.annuler(sortante, par=acteur(equipe(sortante.demande).chloe), maintenant=INSTANT)
    assert attente.proposer_places(maintenant=INSTANT)["proposees"] == 1
    offre = OffreAttente.objects.get()
    attente.accepter(convocation, offre.pk, par=acteur(convocation.demande.usager), maintenant=INSTANT)
    assert Prolongement.objects.get(creneau=second).quota == "vulnerable"
    assert comptes() == [(1, 0), (1, 1)]


def test_quota_of_a_place_taken_never_changes() -> None:
    convocation = convoquee(prioritaire=True)
    premier, _ = deux_creneaux(convocation, {"gardees_vulnerable": 1}, {})
    pris = prendre(convocation, premier)
    for lignes in (RendezVous.objects.filter(pk=pris.pk), pris.prolongements.all()):
        with pytest.raises(IntegrityError, match="ne change"), transaction.atomic():
            lignes.update(quota="titre")
    assert comptes() == [(1, 1), (1, 0)]


@pytest.mark.parametrize("quota", list(Quota))
def test_kept_places_counted_below_zero_are_refused_by_the_base(quota: Quota) -> None:
    file = FileGuichetFactory()
    with connection.cursor() as curseur:
        curseur.execute("SET LOCAL session_replication_role = replica")  # without the triggers that forbid to count
    with pytest.raises(IntegrityError, match="creneau_gardees_prises"), transaction.atomic():
        CreneauFactory(file=file, **{f"gardees_{quota}_prises": -1})


PLACES = st.integers(0, 3)
CRENEAUX = st.fixed_dictionaries(
    {
        "places": PLACES,
        "retenues": st.integers(0, 2),
        "retenues_jusqu_a": st.sampled_from([None, INSTANT, OUVERTURE]),
        "gardees_jusqu_a": st.sampled_from([None, INSTANT, OUVERTURE]),
        **{f"gardees_{q}": PLACES for q in Quota},
    }
)
PRISES = st.fixed_dictionaries({q: st.integers(0, 2) for q in ("", *Quota)})


class TestEcritures(TestCase):
    """The three writings of « a place is left », compared on random slots and quotas."""

    convocation: Convocation
    file: FileGuichet

    @classmethod
    def setUpTestData(cls) -> None:
        cls.convocation = convoquee(guichet_minutes=15)
        cls.file = equipe(cls.convocation.demande).file

    def essayer(self, creneau: Creneau, quotas: Sequence[str], maintenant: datetime) -> bool:
        """Say whether a booking by the statement, then the trigger, takes a place; nothing stays of it."""
        parametres: dict[str, Any] = {
            "maintenant": maintenant,
            "quotas": quotas,
            "creneau": creneau.pk,
            "convocation": self.convocation.pk,
            "sequence": 0,
            "choisi": True,
            "repris": False,
            "a_confirmer": False,
            "confirme_le": None,
            "organisme": None,
        }
        point = transaction.savepoint()
        with connection.cursor() as curseur:
            curseur.execute(reservation.SQL_PRENDRE, parametres)  # an error: the trigger refuses what this lets pass
            prise = curseur.fetchone() is not None
        transaction.savepoint_rollback(point)
        return prise

    @settings(max_examples=150, deadline=None)
    @given(champs=CRENEAUX, prises=PRISES, quotas=st.sets(st.sampled_from(list(Quota))))
    def test_orm_sql_and_trigger_say_the_same(
        self, champs: dict[str, Any], prises: dict[str, int], quotas: set[Quota]
    ) -> None:
        total = sum(prises.values())
        with connection.cursor() as curseur:
            curseur.execute("SET LOCAL session_replication_role = replica")  # counters as bookings would have left them
            creneau = CreneauFactory(
                file=self.file,
                debut=MARDI,
                prises=total,
                **champs | {"places": champs["places"] + total} | {f"gardees_{q}_prises": prises[q] for q in Quota},
            )
            curseur.execute("SET LOCAL session_replication_role = DEFAULT")
            ids = sorted(quotas)
            orm = Creneau.objects.libres(INSTANT, quotas=quotas).filter(pk=creneau.pk).exists()
            condition = libre("%(i)s", "%(q)s::text[]")
            curseur.execute(
                f"SELECT {condition} FROM planning_creneau WHERE id = %(c)s",
                {"i": INSTANT, "q": ids, "c": creneau.pk},
            )
            (sql,) = curseur.fetchone()
        assert (orm, self.essayer(creneau, ids, INSTANT)) == (sql, sql)
