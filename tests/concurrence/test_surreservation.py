"""Over-booking applied while usagers book, cancel and others publish: nothing lost, nothing cut, no deadlock."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from demandes.acteur import acteur_usager
from demandes.models import Convocation
from planning.models import Creneau, FileGuichet, RendezVous
from planning.services import reservation, surreservation
from planning.services.publication import publier
from tests.demandes.factories import INSTANT, AgentFactory, DemandeFactory, MotifFactory
from tests.parcours import acteur, amener_a
from tests.planning.aide_presence import MARDI, apprendre, file_ouverte, histoire

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]


def liens(file: FileGuichet, nombre: int) -> list[Convocation]:
    motif = MotifFactory(pieces=0, etapes=[2, 3])
    file.motifs.add(motif)
    demandes = [amener_a(DemandeFactory(motif=motif), "convoquee") for _ in range(nombre)]
    lus = Convocation.objects.filter(demande__in=demandes).select_related(
        "demande__usager", "demande__motif", "demande__prefecture"
    )
    for lien in lus:
        lien.sites.add(file.site)
    return list(lus.order_by("pk"))


def reserver(convocation: Convocation, creneau: Creneau) -> str:
    par = acteur_usager(convocation.demande.usager_id)
    reservation.reserver(convocation, creneau, par=par, maintenant=INSTANT)
    return "pris"


def test_appliquer_amid_bookings_and_a_publication_never_goes_below_what_is_taken(courir: Any) -> None:
    file = file_ouverte()
    histoire(file, 60)
    apprendre(file)
    denis = acteur(AgentFactory(chef_service=True))
    creneaux = list(Creneau.objects.filter(file=file).du_jour(MARDI, "Europe/Paris").order_by("debut"))
    convocations = liens(file, 24)
    vue = surreservation.journee(file, MARDI, maintenant=INSTANT).empreinte
    issues = courir(
        [partial(reserver, c, creneaux[i % len(creneaux)]) for i, c in enumerate(convocations)]
        + [partial(surreservation.appliquer, file, MARDI, vue=vue, par=denis, maintenant=INSTANT)] * 2
        + [partial(surreservation.retirer, file, MARDI, par=denis, maintenant=INSTANT)]
        + [partial(publier, file.site.prefecture, maintenant=INSTANT, horizon_jours=3)]
    )
    pris = issues.count("pris")
    assert pris == RendezVous.objects.filter(etat="pris").count() >= len(creneaux)
    for creneau in Creneau.objects.filter(pk__in=[c.pk for c in creneaux]):
        assert creneau.prises == creneau.rendez_vous.filter(etat="pris").count() <= creneau.places
        assert creneau.places == max(creneau.prises, 3 + creneau.ecart)


def test_two_who_apply_at_once_write_once(courir: Any) -> None:
    """The second one finds a day that has changed: it is told, or sees its own proposal in place."""
    file = file_ouverte()
    histoire(file, 60)
    apprendre(file)
    denis = acteur(AgentFactory(chef_service=True))
    vue = surreservation.journee(file, MARDI, maintenant=INSTANT).empreinte
    issues = courir([partial(surreservation.appliquer, file, MARDI, vue=vue, par=denis, maintenant=INSTANT)] * 4)
    ecrits = [n for n in issues if isinstance(n, int) and n > 0]
    assert len(ecrits) == 1
    assert set(issues) == {ecrits[0], "proposition_perimee"}
    assert Creneau.objects.exclude(ecart=0).count() == ecrits[0]
