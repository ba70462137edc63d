"""Factories of the day at the counter."""

from __future__ import annotations

from datetime import date

import factory

from guichet.models import Passage, PosteAffichage, Titre
from planipref.commun.jetons import empreinte
from tests.demandes.factories import INSTANT, AgentFactory, SiteFactory
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


class TitreFactory(factory.django.DjangoModelFactory[Titre]):
    """A card in stock whose demande is not known; prefer `guichet.services.titres` where matching matters."""

    class Meta:
        model = Titre

    site = factory.SubFactory(SiteFactory)
    prefecture = factory.SelfAttribute("site.prefecture")
    numero_titre = factory.Sequence(lambda n: f"AB{n:07}")
    numero_etranger = factory.Sequence(lambda n: f"99{n:08}")
    nom = "BEN ALI"
    prenoms = "Amina"
    recu_le = date(2030, 3, 1)
    enregistre_par = factory.SubFactory(AgentFactory)
    enregistre_le = INSTANT
