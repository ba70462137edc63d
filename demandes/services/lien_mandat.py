"""The link by which a person gives a mandate or takes it back: secret address, then birth date."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from demandes.acteur import SYSTEME
from demandes.models import Mandat
from demandes.services.journal import journaliser
from demandes.services.mandats import est_signable
from demandes.services.naissance import exiger_naissance
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.jetons import empreinte
from planipref.commun.transactions import acte


def mandat_du_lien(jeton: str, *, maintenant: datetime) -> Mandat:
    """Return the mandate that a link opens: one that waits for its signature, or that runs.

    Raises:
        ErreurMetier: ``lien_inconnu`` (404); ``lien_expire`` (410) once it is over, refused or left unsigned.
    """
    mandat = Mandat.objects.par_empreinte(empreinte(jeton)).first()
    if mandat is None:
        raise ErreurMetier("lien_inconnu", _("Ce lien n’existe pas. Recopiez-le en entier."), statut=404)
    jour = aujourdhui(mandat.demande.prefecture.fuseau, maintenant)
    if mandat.situation(jour) != Mandat.Situation.EN_COURS and not est_signable(mandat, jour, maintenant):
        raise ErreurMetier(
            "lien_expire", _("Ce mandat est terminé : l’organisme ne peut plus agir pour vous."), statut=410
        )
    return mandat


def verifier_naissance_mandat(mandat: Mandat, date_naissance: str, *, origine: str, maintenant: datetime) -> None:
    """Second check of the link: the birth date, with limited tries, each failure journaled.

    Raises:
        ErreurMetier: ``trop_d_essais``, ``lien_bloque`` (429); ``naissance_fausse`` on ``date_naissance``.
    """
    exiger_naissance(
        [mandat.usager],
        date_naissance,
        seau="mandat-naissance",
        cle=str(mandat.pk),
        origine=origine,
        bloque=_("Ce lien est bloqué : trop de dates fausses ont été essayées."),
        fausse=_("Cette date ne correspond pas à la personne concernée."),
        consigner=lambda: _consigner_echec(mandat, maintenant=maintenant),
    )


@acte
def _consigner_echec(mandat: Mandat, *, maintenant: datetime) -> None:
    charge = {"mandat_id": mandat.pk}
    journaliser("mandat:naissance_fausse", par=SYSTEME, maintenant=maintenant, demande=mandat.demande, charge=charge)
