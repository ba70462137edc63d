"""The import of the former booking module and the public press for the last place: one has it, the other is told."""

from __future__ import annotations

from typing import Any

import pytest

from demandes.cycle import Etat
from demandes.models import Convocation, Demande
from planipref.commun.horloge import maintenant
from planning.models import Creneau, LigneReprise, RendezVous
from planning.services import ancien_module, reservation
from tests.demandes.factories import INSTANT, DemandeFactory
from tests.parcours import acteur, amener_a
from tests.planning.aide_reprise import ancien

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
