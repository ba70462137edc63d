"""The statement that no slot was offered: what an usager shows who could not book."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Acte, Convocation
from demandes.services.actes import preparer_sans_creneau
from demandes.services.journal import journaliser
from demandes.services.mandataires import exiger_mandat
from demandes.services.transitions import verrouiller
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte
from planning.selectors import files_de, rien_de_libre


@acte
def attester_sans_creneau(convocation: Convocation, *, par: Acteur, maintenant: datetime) -> Acte:
    """Establish that nothing is free for a convocation now; asked again on the same day, give the same act.

    Args:
        convocation: active, with its demande.
        par: who holds the link.
        maintenant: instant.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``creneau_propose`` (409) when something is free.
    """
    demande = verrouiller(convocation.demande)  # of a family, the one whose convocation bears the link
    exiger_mandat(demande, par, maintenant=maintenant)
    if not par.peut_sur(Droit.RESERVER, demande):
        raise DroitRefuse
    if not rien_de_libre(convocation, maintenant=maintenant):
        raise ErreurMetier(
            "creneau_propose", _("Un créneau vient de se libérer : vous pouvez le réserver."), statut=409
        )
    fuseau = demande.prefecture.fuseau
    jour = aujourdhui(fuseau, maintenant)
    dernier = demande.actes.filter(genre=Acte.Genre.SANS_CRENEAU).order_by("-pk").first()
    if dernier is not None and aujourdhui(fuseau, dernier.cree_le) == jour:
        return dernier
    document = preparer_sans_creneau(
        demande,
        lieux=sorted({f.site.nom for f in files_de(convocation)}),
        depuis=aujourdhui(fuseau, convocation.emise_le),
        jusqu_au=aujourdhui(fuseau, convocation.expire_le),
        maintenant=maintenant,
    )
    journaliser("creneau:attestation", par=par, maintenant=maintenant, demande=demande, charge={"acte_id": document.pk})
    return document
