"""Step 4: the title is handed over to its holder, identity checked, signed for."""

from __future__ import annotations

from datetime import datetime

from demandes.acteur import Acteur
from demandes.models import Demande
from demandes.services.actes import preparer_remise
from demandes.services.notifications import notifier
from demandes.services.transitions import appliquer
from guichet.models import Remise
from guichet.selectors import passage_recu
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.transactions import acte

SIGNATURE_OCTETS_MAX = 100_000


@acte
def remettre(
    demande: Demande,
    *,
    numero_titre: str,
    identite_verifiee: bool,
    signature_nom: str,
    signature_image: str = "",
    par: Acteur,
    maintenant: datetime,
) -> Remise:
    """Hand a title over.

    Args:
        demande: file whose title waits.
        numero_titre: number printed on the title.
        identite_verifiee: the agent compared the person with the title.
        signature_nom: name written by who signs.
        signature_image: drawn signature as a data URI, if any.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``identite_non_verifiee``, ``numero_titre_absent``, ``signature_absente`` on their fields;
            ``transition_interdite`` (409).
    """
    if not identite_verifiee:
        raise ErreurMetier("identite_non_verifiee", "Vérifiez l’identité avant de remettre.", champ="identite_verifiee")
    if not numero_titre.strip():
        raise ErreurMetier("numero_titre_absent", "Saisissez le numéro du titre.", champ="numero_titre")
    if not signature_nom.strip():
        raise ErreurMetier("signature_absente", "Faites signer la personne.", champ="signature_nom")
    verrouillee = appliquer(demande, "remettre", par=par, maintenant=maintenant)
    passage = passage_recu(verrouillee)
    remise = Remise.objects.create(
        demande=verrouillee,
        passage=passage,
        agent_id=par.pk,
        numero_titre=numero_titre.strip().upper()[:20],
        identite_verifiee=True,
        signature_nom=signature_nom.strip()[:200],
        signature_image=signature_image[:SIGNATURE_OCTETS_MAX],
        remise_le=maintenant,
    )
    attestation = preparer_remise(
        verrouillee,
        numero_titre=remise.numero_titre,
        signature_nom=remise.signature_nom,
        agent=remise.agent,
        maintenant=maintenant,
    )
    contexte = {"acte_id": attestation.pk}
    notifier(verrouillee, "remise", maintenant=maintenant, cle=str(verrouillee.cle), contexte=contexte)
    return remise
