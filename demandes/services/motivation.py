"""The usual words of a convocation."""

from __future__ import annotations

from demandes.cycle import Etat
from demandes.models import Demande, Service


def motivation_remise(demande: Demande) -> str:
    """Return why the usager is asked to come for the title, with what to pay on that day."""
    texte = "Votre titre est prêt. Venez le retirer vous-même, avec votre passeport et votre ancien titre."
    taxe = demande.motif.taxe or {}
    if taxe.get("moment") == "remise" and taxe.get("montant_euros"):
        texte += f" Apportez aussi : {taxe['libelle'].lower()} de {taxe['montant_euros']} €."
    return texte


def motivation_usuelle(demande: Demande) -> str:
    """Return why the usager is asked to come, as it is usually written for this motif and state."""
    if demande.etat == Etat.A_REMETTRE:
        return motivation_remise(demande)
    if demande.motif.examen:
        return (
            "Un médecin agréé par la préfecture doit vous examiner pour dire si vous pouvez conduire. Apportez-lui "
            "votre pièce d’identité, cette convocation et vos documents de santé. N’envoyez rien de médical à la "
            "préfecture."
        )
    if demande.service.genre == Service.Genre.ETRANGERS:
        return (
            "Nous devons relever vos empreintes, prendre votre photo et vérifier les originaux de vos pièces. "
            "Apportez votre passeport, votre titre actuel et cette convocation."
        )
    return "Nous devons vérifier les originaux de vos pièces pour continuer l’examen de votre demande. Apportez-les."
