"""Factories of the day at the counter."""

from __future__ import annotations

from datetime import date

import factory

from guichet.models import Passage, PosteAffichage
from planipref.commun.jetons import empreinte
from tests.demandes.factories import INSTANT, SiteFactory
from tests.planning.factories import FileGuichetFactory


class PassageFactory(factory.django.DjangoModelFactory[Passage]):
    """A walk-in who waits, without a demande; prefer `guichet.services.accueil` where tickets matter."""

    class Meta:
        model = Passage

    file = factory.SubFactory(FileGuichetFactory)
    site = factory.SelfAttribute("file.site")
    jour = date(2030, 3, 4)
    ticket = factory.LazyAttribute(lambda o: Passage.objects.filter(site=o.site, jour=o.jour).count() + 1)
    arrive_le = INSTANT
    rang = factory.SelfAttribute("arrive_le")


class PosteAffichageFactory(factory.django.DjangoModelFactory[PosteAffichage]):
    """A public display; `jeton` is what its address carries."""

    class Meta:
        model = PosteAffichage

    class Params:
        jeton = "jeton-d-affichage"

    site = factory.SubFactory(SiteFactory)
    genre = PosteAffichage.Genre.AFFICHAGE
    nom = "Écran de la salle d’attente"
    empreinte = factory.LazyAttribute(lambda o: empreinte(o.jeton))
