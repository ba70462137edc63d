"""Taking back, within minutes, the appointment that a person has just cancelled or moved by mistake."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from demandes.acteur import Acteur
from demandes.models import Convocation
from demandes.services.convocation import verrouiller_membres
from demandes.services.journal import journaliser
from demandes.services.quotas import refus_signales, verrouiller_organisme
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.transactions import acte, etape
from planning.models import Creneau, RendezVous, RetenuePlace
from planning.selectors import besoin_de, rendez_vous_actif
from planning.services.reservation import changer_de_creneau, occupes_par, prendre_un_creneau
from planning.services.retenues import creneaux_tenus, honorer, verrouiller_creneaux


def reprendre(convocation: Convocation, *, par: Acteur, maintenant: datetime) -> RendezVous:
    """Take back the appointment just given up, at its place held for that; the one taken instead is given back.

    Args:
        convocation: whose appointment.
        par: the usager, or who acts for them.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``reprise_finie`` (409); as `reservation.reserver` and `reservation.deplacer`.
    """
    with refus_signales(maintenant=maintenant):
        return _reprendre(convocation, par=par, maintenant=maintenant)


@acte
def _reprendre(convocation: Convocation, *, par: Acteur, maintenant: datetime) -> RendezVous:
    groupe = verrouiller_membres(convocation, par, maintenant=maintenant)
    convocation = groupe[0].convocation
    rendu = _rendu(convocation, maintenant)
    actuel = rendez_vous_actif(convocation)
    if par.est_organisme:
        verrouiller_organisme(par.pk)  # before the slots, as bookings do
    verrouiller_creneaux({*creneaux_tenus(rendu), *(occupes_par(actuel) if actuel else [])}, seul=True)
    _rendu(convocation, maintenant)  # the waiting list may have had it meanwhile
    honorer(rendu, quotas=besoin_de(convocation).quotas(maintenant), maintenant=maintenant)
    for membre in groupe:
        charge = {"rendez_vous_id": rendu.pk}
        journaliser("rendez_vous:repris", par=membre.par, maintenant=maintenant, demande=membre.demande, charge=charge)
    creneau = Creneau.objects.avec_file().get(pk=rendu.creneau_id)
    prendre = changer_de_creneau if actuel else prendre_un_creneau
    return prendre(convocation, creneau, rendu=rendu, par=par, maintenant=maintenant)


@etape
def _rendu(convocation: Convocation, maintenant: datetime) -> RendezVous:
    lignes = RetenuePlace.objects.a_reprendre(convocation.pk, maintenant).select_related("rendu")
    ligne = lignes.order_by("pk").first()
    if ligne is None or ligne.rendu is None:
        message = _("Il est trop tard pour reprendre ce rendez-vous. Choisissez un créneau libre.")
        raise ErreurMetier("reprise_finie", message, statut=409)
    return ligne.rendu
