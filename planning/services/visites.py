"""The slots that a visit takes from its first one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from demandes.models import Convocation
from planipref.commun.erreurs import ErreurMetier
from planning.models import Creneau
from planning.selectors import besoin_de


@dataclass(frozen=True)
class Visite:
    """The slots that a visit wants.

    Args:
        creneaux: the first one, then those it takes after.
        quotas: those whose kept places are theirs too.
    """

    creneaux: list[int]
    quotas: list[str]


def complet() -> ErreurMetier:
    """Return the refusal of a slot that somebody else has just taken."""
    return ErreurMetier(
        "creneau_complet", _("Ce créneau vient d’être pris ou n’est plus proposé. Choisissez-en un autre."), statut=409
    )


def visite_de(convocation: Convocation, creneau: Creneau, maintenant: datetime) -> Visite:
    """Return the slots that the visit takes from its first one.

    Raises:
        ErreurMetier: ``creneau_etranger`` (404), ``creneau_complet`` (409) when the day has no such slots.
    """
    besoin = besoin_de(convocation)
    file = next((f for f in besoin.files if f.pk == creneau.file_id), None)
    if file is None or creneau.debut > convocation.expire_le:
        raise ErreurMetier("creneau_etranger", _("Ce créneau n’est pas proposé pour votre demande."), statut=404)
    nombre = besoin.longueur(file)
    quotas = sorted(quota.value for quota in besoin.quotas(maintenant))
    if nombre == 1:
        return Visite([creneau.pk], quotas)
    instants = [creneau.debut + timedelta(minutes=creneau.minutes * i) for i in range(1, nombre)]
    suite = list(
        Creneau.objects.filter(file=creneau.file_id, debut__in=instants).order_by("pk").values_list("pk", flat=True)
    )
    if len(suite) != nombre - 1:
        raise complet()
    return Visite([creneau.pk, *suite], quotas)
