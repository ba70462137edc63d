"""Suspending an organisation: all its access stops at once."""

from __future__ import annotations

from datetime import datetime

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Organisme
from demandes.services.journal import journaliser
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.transactions import acte, etape


@acte
def suspendre(organisme: Organisme, *, par: Acteur, maintenant: datetime) -> Organisme:
    """Close every access of an organisation; its mandates stay, and open again with it.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``deja_fait`` (409).
    """
    return _basculer(organisme, par, maintenant, actif=False)


@acte
def retablir(organisme: Organisme, *, par: Acteur, maintenant: datetime) -> Organisme:
    """Open an organisation's access again.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``deja_fait`` (409).
    """
    return _basculer(organisme, par, maintenant, actif=True)


@etape
def _basculer(organisme: Organisme, par: Acteur, maintenant: datetime, *, actif: bool) -> Organisme:
    """Change it where an agent of one of its préfectures may; written in the journal of each of them."""
    frais = Organisme.objects.select_for_update(no_key=True).get(pk=organisme.pk)
    prefectures = list(frais.prefectures.order_by("pk").values_list("pk", flat=True))
    if not any(par.peut(Droit.PARAMETRER, prefecture_id=p) for p in prefectures):
        raise DroitRefuse
    if frais.actif == actif:
        raise ErreurMetier("deja_fait", "C’est déjà fait.", statut=409)
    frais.actif = actif
    frais.save(update_fields=["actif"])
    nature = "organisme:retabli" if actif else "organisme:suspendu"
    for prefecture_id in prefectures:
        charge = {"organisme_id": frais.pk}
        journaliser(nature, par=par, maintenant=maintenant, prefecture_id=prefecture_id, charge=charge)
    return frais
