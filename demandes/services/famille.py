"""Several persons of a family: each has a demande of their own, all reached by who deposits the principal one."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Demande, Motif
from demandes.services.depot import Rattachement, ouvrir_brouillon
from demandes.services.journal import journaliser
from demandes.services.mandataires import exiger_mandat
from demandes.services.transitions import verrouiller
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.transactions import acte, etape

# What a family often shares; each person's may be changed in their own demande.
PARTAGES = ("courriel", "telephone", "adresse", "code_postal", "commune", "langue")


@acte
def commencer_pour_un_proche(
    principale: Demande, motif: Motif, *, lien: str, par: Acteur, maintenant: datetime
) -> Demande:
    """Open a draft for a person of the family: their own identity, answers, pieces, clock and receipt.

    Args:
        principale: the demande that the person who deposits holds.
        motif: what is asked for, the same or another.
        lien: value of `Demande.LienFamilial`.
        par: the usager of `principale`.
        maintenant: instant.

    Raises:
        DroitRefuse: 403; ErreurMetier: see `rattachement`, and ``motif_ferme`` on ``motif``.
    """
    famille = rattachement(principale, lien, par=par, maintenant=maintenant)
    tete = famille.principale
    contact = {champ: getattr(tete.usager, champ) for champ in PARTAGES}
    demande = ouvrir_brouillon(
        motif, tete.prefecture, Demande.Canal.EN_LIGNE, maintenant=maintenant, identite=contact, famille=famille
    )
    consigner_rattachement(demande, par=par, maintenant=maintenant)
    return demande


@etape
def rattachement(principale: Demande, lien: str, *, par: Acteur, maintenant: datetime) -> Rattachement:
    """Check, under lock, that a person may join the family of a demande, by who holds it.

    Raises:
        DroitRefuse: 403, the demande is not theirs, or is not the principal one of its family.
        ErreurMetier: ``famille_complete`` (409), they are ten already.
    """
    tete = verrouiller(principale)
    exiger_mandat(tete, par, maintenant=maintenant)
    if not par.est_concerne(tete) or par.est_agent or tete.principale_id or not par.peut_sur(Droit.DEPOSER, tete):
        raise DroitRefuse
    if Demande.objects.de_la_famille(tete).count() >= Demande.FAMILLE_MAX:
        raise ErreurMetier(
            "famille_complete",
            _("Une famille dépose %(nombre)s demandes au plus.") % {"nombre": Demande.FAMILLE_MAX},
            statut=409,
        )
    return Rattachement(tete, lien)


@etape
def consigner_rattachement(demande: Demande, *, par: Acteur, maintenant: datetime) -> None:
    """Write in the journal that a demande was begun from another one of its family."""
    charge = {"principale_id": demande.principale_id}
    journaliser("famille:rattachee", par=par, maintenant=maintenant, demande=demande, charge=charge)
