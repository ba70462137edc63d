"""Step 4: the title is handed over to its holder, identity checked, signed for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from demandes.acteur import Acteur
from demandes.cycle import PAR_NOM
from demandes.models import Demande
from demandes.services.actes import preparer_remise
from demandes.services.notifications import notifier
from demandes.services.transitions import appliquer, exiger_possible, verrouiller
from guichet.models import Remise
from guichet.selectors import passage_recu
from guichet.services.titres import sortir_titre, titre_a_remettre
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
    """Hand a title over; the one in stock for the demande, when one was registered, and no other.

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
            ``autre_titre``, ``titre_renvoye``, ``autre_site`` on ``numero_titre``; ``transition_interdite`` (409).
    """
    if not identite_verifiee:
        raise ErreurMetier("identite_non_verifiee", "Vérifiez l’identité avant de remettre.", champ="identite_verifiee")
    if not numero_titre.strip():
        raise ErreurMetier("numero_titre_absent", "Saisissez le numéro du titre.", champ="numero_titre")
    if not signature_nom.strip():
        raise ErreurMetier("signature_absente", "Faites signer la personne.", champ="signature_nom")
    verrouillee = verrouiller(demande)
    exiger_possible(verrouillee, PAR_NOM["remettre"], par)
    titre = titre_a_remettre(verrouillee, numero_titre, par=par, maintenant=maintenant)
    passage = passage_recu(verrouillee)
    if titre is not None and passage is not None and titre.site_id != passage.site_id:
        raise ErreurMetier("autre_site", f"Ce titre est gardé ailleurs : {titre.site}.", champ="numero_titre")
    suite: dict[str, Any] = {"titre_id": titre.pk} if titre else {}
    verrouillee = appliquer(demande, "remettre", par=par, maintenant=maintenant, **suite)
    if titre is not None:
        sortir_titre(titre, maintenant=maintenant)
    remise = Remise.objects.create(
        demande=verrouillee,
        passage=passage,
        agent_id=par.pk,
        numero_titre=titre.numero_titre if titre else numero_titre.strip().upper()[:20],
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
