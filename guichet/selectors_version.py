"""What a polled part of a page would show, told in one cheap query: most polls find that nothing has changed."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import F, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat

from demandes.models import Site
from guichet.models import Passage
from guichet.selectors import version_de
from planipref.commun.horloge import aujourdhui
from planning.models import RendezVous

# What an order of call, a list of the day or a visit under way depends on.
_PASSAGE = ("pk", "etat", "rang", "file", "guichet", "guichet_voulu", "nb_appels", "personnes")


def version_de_la_salle(site: Site, *, maintenant: datetime) -> str:
    """Return the version of the visits of today at a site, the same for every counter (one query).

    It changes with each visit, and each minute: waits are shown in minutes.
    """
    jour = aujourdhui(site.prefecture.fuseau, maintenant)
    lu = Passage.objects.du_jour(site.pk, jour).aggregate(lu=_liste(_PASSAGE))["lu"]
    return version_de(site.pk, _minute(maintenant), lu)


def version_de_l_accueil(site: Site, *, maintenant: datetime) -> str:
    """Return the version of the visits and appointments of today at a site (two queries)."""
    fuseau = site.prefecture.fuseau
    rendez_vous = RendezVous.objects.du_jour(site.pk, aujourdhui(fuseau, maintenant), fuseau).order_by()
    lus = rendez_vous.aggregate(lu=_liste(("pk", "etat", "creneau")))["lu"]
    return version_de(version_de_la_salle(site, maintenant=maintenant), lus)


def _liste(champs: tuple[str, ...]) -> StringAgg:
    """Join the columns of every row, in the order of the keys."""
    textes = [Coalesce(Cast(F(champ), TextField()), Value(""), output_field=TextField()) for champ in champs]
    morceaux = [morceau for texte in textes for morceau in (texte, Value(":", output_field=TextField()))]
    return StringAgg(Concat(*morceaux, output_field=TextField()), delimiter=",", order_by="pk")


def _minute(maintenant: datetime) -> int:
    return int(maintenant.timestamp() // 60)
