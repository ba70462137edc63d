"""Factories of the planning; slots are in March 2030, after the frozen instant and after the real clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import factory
from django.db.models import Max
from psycopg.types.range import TimestamptzRange

from demandes.models import Motif
from planning.models import (
    Absence,
    Affectation,
    Creneau,
    Fermeture,
    FileGuichet,
    Guichet,
    Habilitation,
    PlageOuverture,
)
from tests.demandes.factories import TOUJOURS, AgentFactory, SiteFactory

PREMIER_CRENEAU = datetime(2030, 3, 5, 8, 0, tzinfo=UTC)
MIDI = PREMIER_CRENEAU + timedelta(hours=3)
MATINEE = TimestamptzRange(PREMIER_CRENEAU, MIDI)


class FileGuichetFactory(factory.django.DjangoModelFactory[FileGuichet]):
    """A queue of a site that also hands titles over; `motifs=[…]` names what it serves."""

    class Meta:
        model = FileGuichet
        django_get_or_create = ("site", "code")
        skip_postgeneration_save = True

    site = factory.SubFactory(SiteFactory)
    code = "etrangers"
    nom = factory.LazyAttribute(lambda o: f"File {o.code}")
    lettre = factory.LazyAttribute(lambda o: chr(ord("A") + FileGuichet.objects.filter(site=o.site).count()))
    remises = True
    pas_minutes = 15

    @factory.post_generation
    def motifs(self: FileGuichet, create: bool, extracted: Iterable[Motif] | None, **_: Any) -> None:
        """Serve these motifs."""
        if extracted:
            self.motifs.add(*extracted)


class GuichetFactory(factory.django.DjangoModelFactory[Guichet]):
    """A counter of a site; `files=[…]` names its queues."""

    class Meta:
        model = Guichet
        django_get_or_create = ("site", "numero")
        skip_postgeneration_save = True

    site = factory.SubFactory(SiteFactory)
    numero = factory.LazyAttribute(lambda o: Guichet.objects.filter(site=o.site).count() + 1)

    @factory.post_generation
    def files(self: Guichet, create: bool, extracted: Iterable[FileGuichet] | None, **_: Any) -> None:
        """Serve these queues."""
        if extracted:
            self.files.add(*extracted)


class PlageOuvertureFactory(factory.django.DjangoModelFactory[PlageOuverture]):
    """Tuesday morning, two counters."""

    class Meta:
        model = PlageOuverture

    file = factory.SubFactory(FileGuichetFactory)
    jour = PlageOuverture.Jour.MARDI
    debut = time(9)
    fin = time(12)
    nb_guichets = 2
    pendant = TOUJOURS


class CreneauFactory(factory.django.DjangoModelFactory[Creneau]):
    """The next slot of the queue, from Tuesday 5 March 2030 at 9:00 in Paris."""

    class Meta:
        model = Creneau

    class Params:
        complet = factory.Trait(places=0)  # no place left, and no appointment to make for it
        ferme = factory.Trait(etat=Creneau.Etat.FERME)
        retire = factory.Trait(etat=Creneau.Etat.RETIRE)
        passe = factory.Trait(debut=datetime(2020, 1, 6, 8, 0, tzinfo=UTC))

    file = factory.SubFactory(FileGuichetFactory)
    minutes = factory.SelfAttribute("file.pas_minutes")
    places = 2

    @factory.lazy_attribute
    def debut(self) -> datetime:
        dernier = Creneau.objects.filter(file=self.file, debut__gte=PREMIER_CRENEAU).aggregate(m=Max("debut"))["m"]
        return dernier + timedelta(minutes=self.minutes) if dernier else PREMIER_CRENEAU


class HabilitationFactory(factory.django.DjangoModelFactory[Habilitation]):
    """A habilitation without end."""

    class Meta:
        model = Habilitation

    agent = factory.SubFactory(AgentFactory)
    file = factory.SubFactory(FileGuichetFactory)
    pendant = TOUJOURS


class AbsenceFactory(factory.django.DjangoModelFactory[Absence]):
    """Leave on Tuesday morning."""

    class Meta:
        model = Absence

    agent = factory.SubFactory(AgentFactory)
    genre = Absence.Genre.CONGE
    pendant = MATINEE


class AffectationFactory(factory.django.DjangoModelFactory[Affectation]):
    """The desk on Tuesday morning; the trait `guichet_tenu` gives a counter, with the habilitation."""

    class Meta:
        model = Affectation

    class Params:
        guichet_tenu = factory.Trait(
            poste=Affectation.Poste.GUICHET,
            file=factory.SubFactory(FileGuichetFactory),
            site=factory.SelfAttribute("file.site"),
            guichet=factory.LazyAttribute(lambda o: GuichetFactory(site=o.file.site, files=[o.file])),
        )

    agent = factory.SubFactory(AgentFactory)
    poste = Affectation.Poste.ACCUEIL
    site = factory.SubFactory(SiteFactory)
    pendant = MATINEE


class FermetureFactory(factory.django.DjangoModelFactory[Fermeture]):
    """A closure of the whole préfecture; `pendant` must be given."""

    class Meta:
        model = Fermeture

    prefecture = factory.SubFactory("tests.demandes.factories.PrefectureFactory")
    libelle = "Travaux"
