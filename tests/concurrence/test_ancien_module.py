"""The import of the former booking module and the public press for the last place: one has it, the other is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from demandes.cycle import Etat
from demandes.models import Convocation, Demande
from planipref.commun.horloge import maintenant
from planning.models import Creneau, LigneReprise, RendezVous
from planning.services import ancien_module, reservation
from tests.demandes.factories import INSTANT, DemandeFactory
from tests.parcours import acteur, amener_a
from tests.planning.aide_reprise import MARDI, ancien

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]


def test_last_place_goes_to_the_import_or_to_the_public_never_to_both(courir: Any) -> None:
    a = ancien(etapes=[2, 3], pieces=0)
    demandes = [amener_a(DemandeFactory(motif=a.motif, prefecture=a.prefecture), Etat.CONVOQUEE) for _ in range(3)]
    liens = list(Convocation.objects.avec_page().filter(demande__in=demandes).order_by("pk"))
    creneau = a.creneau(places=1)
    a.importer(a.ligne("R1", nom="Okoye", prenoms="Ada"))

    def public(lien: Convocation) -> str:
        reservation.reserver(lien, creneau, par=acteur(lien.demande.usager), maintenant=INSTANT)
        return "pris"

    def importe() -> int:
        return ancien_module.reprendre_en_attente(maintenant=maintenant)

    issues = courir([importe, *(lambda x=x: public(x) for x in liens)])
    assert Creneau.objects.get(pk=creneau.pk).prises == RendezVous.objects.actifs().count() == 1
    ligne = LigneReprise.objects.get()
    if ligne.etat == "reprise":
        assert issues[1:] == ["creneau_complet"] * 3
    else:
        assert ligne.collision == LigneReprise.Collision.COMPLET
        assert sorted(issues[1:]) == ["creneau_complet", "creneau_complet", "pris"]
        assert Demande.objects.count() == 3  # the line that lost opened nothing


def test_change_of_the_file_is_not_lost_when_the_worker_takes_the_line_meanwhile(
    courir: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = ancien()
    a.creneau(places=3)
    a.importer(a.ligne("R1"), a.ligne("R2", nom="Okoye"))
    vraie = ancien_module.lire_reprise  # type: ignore[attr-defined]  # imported there

    def lire_puis_laisser_courir(*args: Any, **options: Any) -> Any:
        lecture = vraie(*args, **options)
        assert courir([lambda: ancien_module.reprendre_en_attente(maintenant=maintenant)]) == [2]
        return lecture

    monkeypatch.setattr(ancien_module, "lire_reprise", lire_puis_laisser_courir)
    a.importer(a.ligne("R1", heure="11:00"), a.ligne("R2", etat="Annulé"))
    deplacee, disparue = LigneReprise.objects.order_by("pk")
    assert (deplacee.etat, deplacee.collision) == ("collision", LigneReprise.Collision.DEPLACEE)
    assert deplacee.debut_nouveau == MARDI + timedelta(hours=2)
    assert (disparue.etat, disparue.collision) == ("collision", LigneReprise.Collision.DISPARUE)
    assert RendezVous.objects.actifs().count() == 2  # nothing moves without an agent


def test_change_of_the_file_leaves_what_an_agent_said_meanwhile(courir: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    a = ancien()
    a.importer(a.ligne("R1"), a.ligne("R2", nom="Okoye"))
    ancien_module.reprendre_en_attente(maintenant=maintenant)
    vraie = ancien_module.lire_reprise  # type: ignore[attr-defined]  # imported there

    def lire_puis_laisser_ecarter(*args: Any, **options: Any) -> Any:
        lecture = vraie(*args, **options)
        for ligne in LigneReprise.objects.order_by("pk"):
            courir([lambda x=ligne: ancien_module.ecarter(x, "Rappelée", par=acteur(a.denis), maintenant=INSTANT)])
        return lecture

    monkeypatch.setattr(ancien_module, "lire_reprise", lire_puis_laisser_ecarter)
    a.importer(a.ligne("R1", heure="11:00"), a.ligne("R2", etat="Annulé"))
    assert {x.etat for x in LigneReprise.objects.all()} == {"ecartee"}


def test_two_workers_take_each_line_once(courir: Any) -> None:
    a = ancien()
    a.creneau(places=6)
    a.importer(*(a.ligne(f"R{n}", nom=nom) for n, nom in enumerate(("Un", "Deux", "Trois", "Quatre", "Cinq", "Six"))))
    faites = courir([lambda: ancien_module.reprendre_en_attente(maintenant=maintenant)] * 3)
    assert sum(faites) == Demande.objects.count() == RendezVous.objects.count() == 6


def test_same_file_imported_twice_at_once_gives_one_line(courir: Any) -> None:
    a = ancien()
    a.creneau(places=3)
    courir([lambda: a.importer(a.ligne("R1"))] * 3)
    ancien_module.reprendre_en_attente(maintenant=maintenant)
    assert LigneReprise.objects.count() == RendezVous.objects.count() == 1
