"""Limits against hoarding: what an organisation may hold at once. Refusals and 80 % are seen by the préfecture."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from demandes.models import AlerteOrganisme, Organisme
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte, etape

Genre = AlerteOrganisme.Genre
SEUIL = 0.8
MESSAGES: dict[str, str] = {
    Genre.MANDATS: gettext_noop(
        "Vous avez déjà %(plafond)s mandats en cours, la limite par aidant. Mettez fin à ceux qui ne servent plus."
    ),
    Genre.BROUILLONS: gettext_noop(
        "Votre organisme a déjà ouvert %(plafond)s demandes aujourd’hui, la limite par jour. Continuez demain."
    ),
    Genre.RENDEZ_VOUS: gettext_noop(
        "Votre organisme a déjà %(plafond)s rendez-vous ce jour-là sur ce site, la limite. Choisissez un "
        "autre jour ou un autre site."
    ),
}


class QuotaAtteint(ErreurMetier):
    """An organisation has reached a limit (409).

    Args:
        organisme_id: which one.
        genre: which limit.
        plafond: its value.
    """

    def __init__(self, organisme_id: int, genre: str, plafond: int) -> None:
        super().__init__("quota_atteint", MESSAGES[genre], parametres={"plafond": plafond}, statut=409)
        self.organisme_id, self.genre, self.plafond = organisme_id, genre, plafond


def plafond(organisme: Organisme, genre: str) -> int:
    """Return a limit of an organisation: its own, or the national one."""
    propre, national = {
        Genre.MANDATS: (organisme.quota_mandats, settings.PLANIPREF_QUOTA_MANDATS),
        Genre.BROUILLONS: (organisme.quota_brouillons, settings.PLANIPREF_QUOTA_BROUILLONS),
        Genre.RENDEZ_VOUS: (organisme.quota_rendez_vous, settings.PLANIPREF_QUOTA_RENDEZ_VOUS),
    }[Genre(genre)]
    return int(national if propre is None else propre)


@etape
def verrouiller_organisme(organisme_id: int) -> Organisme:
    """Lock an organisation: two of its aidants cannot count the same last place. Always after the demande.

    Raises:
        DroitRefuse: 403, it is suspended.
    """
    organisme = Organisme.objects.select_for_update(no_key=True).get(pk=organisme_id)
    if not organisme.actif:
        raise DroitRefuse(_("L’accès de votre organisme est suspendu."))
    return organisme


@etape
def exiger_quota(organisme: Organisme, genre: str, tenus: int, *, maintenant: datetime) -> None:
    """Refuse one more when the limit is reached; alert from 80 % on.

    Args:
        organisme: locked by `verrouiller_organisme`.
        genre: which limit.
        tenus: how many it holds now.
        maintenant: instant.

    Raises:
        QuotaAtteint: 409.
    """
    limite = plafond(organisme, genre)
    if tenus >= limite:
        raise QuotaAtteint(organisme.pk, genre, limite)
    if tenus + 1 >= SEUIL * limite:
        _alerter(organisme.pk, genre, AlerteOrganisme.Niveau.SEUIL, limite, maintenant)


@contextmanager
def refus_signales(*, maintenant: datetime) -> Iterator[None]:
    """Write down the refusals of an act: its own transaction is undone, this one stays."""
    try:
        yield
    except QuotaAtteint as refus:
        _consigner_refus(refus, maintenant=maintenant)
        raise


@acte
def _consigner_refus(refus: QuotaAtteint, *, maintenant: datetime) -> None:
    _alerter(refus.organisme_id, refus.genre, AlerteOrganisme.Niveau.REFUS, refus.plafond, maintenant)


@etape
def _alerter(organisme_id: int, genre: str, niveau: str, limite: int, maintenant: datetime) -> None:
    """Write an alert, one row a day for each kind, that counts how often."""
    jour = aujourdhui(settings.TIME_ZONE, maintenant)
    cle = {"organisme_id": organisme_id, "genre": genre, "niveau": niveau, "jour": jour}
    _, creee = AlerteOrganisme.objects.get_or_create(**cle, defaults={"plafond": limite, "derniere_le": maintenant})
    if not creee:
        AlerteOrganisme.objects.filter(**cle).update(
            nombre=F("nombre") + 1, plafond=limite, derniere_le=Greatest(F("derniere_le"), Value(maintenant))
        )
