"""The usual words of a convocation."""

from __future__ import annotations

from demandes.models import Demande


def motivation_remise(demande: Demande) -> str:
    """Return why the usager is asked to come for the title, with what to pay on that day."""
    texte = "Votre titre est prêt. Venez le retirer vous-même, avec votre passeport et votre ancien titre."
    taxe = demande.motif.taxe or {}
    if taxe.get("moment") == "remise" and taxe.get("montant_euros"):
        texte += f" Apportez aussi : {taxe['libelle'].lower()} de {taxe['montant_euros']} €."
    return texte
