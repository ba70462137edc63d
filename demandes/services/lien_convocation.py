"""The nominative link of a convocation: secret address, then birth date."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.utils.translation import gettext as _

from demandes.acteur import SYSTEME
from demandes.models import Convocation
from demandes.selectors import membres
from demandes.services.journal import journaliser
from demandes.services.naissance import exiger_naissance
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.jetons import empreinte
from planipref.commun.transactions import acte

PREFIXE_AIDANT = "mandat-"


def jeton_de_l_aidant(convocation: Convocation) -> str:
    """Return what an aidant's address names a convocation by: it opens nothing without the mandate, and reveals none
    of the link's secret, which would outlive the mandate.
    """
    return f"{PREFIXE_AIDANT}{convocation.cle}"


def convocation_de_l_aidant(jeton: str, *, maintenant: datetime) -> Convocation:
    """Return the convocation of an aidant's address; the caller checks the mandate.

    Raises:
        ErreurMetier: ``lien_inconnu`` (404), ``lien_expire`` (410).
    """
    try:
        cle = uuid.UUID(jeton.removeprefix(PREFIXE_AIDANT))
    except ValueError:
        raise _lien_inconnu() from None
    return _ouvrir(Convocation.objects.par_cle(cle).first(), maintenant)


def convocation_du_lien(jeton: str, *, maintenant: datetime) -> Convocation:
    """Return the convocation that a link opens.

    Raises:
        ErreurMetier: ``lien_inconnu`` (404), ``lien_expire`` (410).
    """
    return _ouvrir(Convocation.objects.par_empreinte(empreinte(jeton)).first(), maintenant)


def _lien_inconnu() -> ErreurMetier:
    return ErreurMetier(
        "lien_inconnu", _("Ce lien n’existe pas. Vérifiez que vous l’avez copié en entier."), statut=404
    )


def _ouvrir(convocation: Convocation | None, maintenant: datetime) -> Convocation:
    if convocation is None:
        raise _lien_inconnu()
    if convocation.etat != Convocation.Etat.ACTIVE or convocation.expire_le <= maintenant:
        raise ErreurMetier(
            "lien_expire",
            _("Si vous devez encore venir, la préfecture vous en enverra un autre."),
            statut=410,
        )
    if convocation.jointe_a_id:
        return _ouvrir(Convocation.objects.avec_page().get(pk=convocation.jointe_a_id), maintenant)
    return convocation


def verifier_naissance(convocation: Convocation, date_naissance: str, *, origine: str, maintenant: datetime) -> None:
    """Second check of a link: the birth date of a person convoked, with limited tries, each failure journaled.

    Raises:
        ErreurMetier: ``trop_d_essais`` (429), ``lien_bloque`` (429) after too many failures in all,
            ``naissance_fausse`` on ``date_naissance``.
    """
    exiger_naissance(
        [c.demande.usager for c in membres(convocation)],
        date_naissance,
        seau="naissance",
        cle=str(convocation.pk),
        origine=origine,
        bloque=_(
            "Ce lien est bloqué : trop de dates fausses ont été essayées. Appelez la préfecture ou venez au guichet."
        ),
        fausse=_("Cette date ne correspond pas à la personne convoquée."),
        consigner=lambda: _consigner_echec(convocation, maintenant=maintenant),
    )


@acte
def _consigner_echec(convocation: Convocation, *, maintenant: datetime) -> None:
    charge = {"convocation_id": convocation.pk}
    journaliser(
        "acces:naissance_fausse", par=SYSTEME, maintenant=maintenant, demande=convocation.demande, charge=charge
    )
