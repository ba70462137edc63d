"""A person confirms while an agent frees their place: one of the two is done, the other is told."""

from __future__ import annotations

from typing import Any

import pytest

from demandes.models import Convocation, Evenement
from planning.models import RendezVous
from planning.services import confirmation
from tests.demandes.factories import INSTANT, AgentFactory
from tests.parcours import acteur
from tests.planning.aide_reprise import ancien

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]


def test_confirmed_or_freed_never_both(courir: Any) -> None:
    a = ancien()
    a.creneau()
    a.reprendre(a.ligne("R1"))
    montre = RendezVous.objects.select_related("convocation", "creneau__file__site__prefecture").get()
    lien = Convocation.objects.avec_page().get()
    collegue = AgentFactory(chef_service=True, prefecture=a.prefecture)

    def personne() -> str:
        confirmation.confirmer(lien, par=acteur(lien.demande.usager), maintenant=INSTANT)
        return "confirme"

    def libere(par: Any) -> str:
        vu = RendezVous.objects.select_related("convocation", "creneau__file__site__prefecture").get(pk=montre.pk)
        confirmation.liberer_la_place(vu, par=acteur(par), maintenant=INSTANT)
        return "libere"

    issues = courir([personne, lambda: libere(a.denis), lambda: libere(collegue)])
    confirmes = Evenement.objects.filter(nature="rendez_vous:confirme").count()
    if RendezVous.objects.actifs().exists():
        assert issues == ["confirme", "deja_fait", "deja_fait"]
        assert confirmes == 1
    else:
        assert issues[0] == "rien_a_confirmer"
        assert sorted(issues[1:]) == ["deja_fait", "libere"]
        assert confirmes == 0
