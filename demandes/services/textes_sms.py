"""What each text message says: one sentence and one link, in the usager's language."""

from __future__ import annotations

from django.utils.translation import gettext_noop

_PRENDRE = gettext_noop("Préfecture : prenez rendez-vous pour votre demande {numero} : {lien}")
_PIECES = gettext_noop(
    "Préfecture : il manque des pièces à votre demande {numero}. Date limite : {limite}. {lien_suivi}"
)
_CONFIRMER = gettext_noop("Préfecture : rendez-vous {jour} à {heure}. Confirmez que vous viendrez : {lien}")
TEXTES_SMS = {
    "convocation": _PRENDRE,
    "relance_lien": _PRENDRE,
    "rendez_vous": gettext_noop("Préfecture : rendez-vous confirmé, {jour} à {heure}. Changer ou annuler : {lien}"),
    "confirmation": _CONFIRMER,
    "relance_confirmation": _CONFIRMER,
    "rappel_rendez_vous": gettext_noop("Préfecture : rendez-vous {jour} à {heure}. Changer ou annuler : {lien}"),
    "place_proposee": gettext_noop("Préfecture : une place plus tôt pour vous, {jour} à {heure}. Répondre : {lien}"),
    "rendez_vous_annule": gettext_noop("Préfecture : votre rendez-vous du {jour} est annulé. {lien_suivi}"),
    "pieces_demandees": _PIECES,
    "rappel_pieces": _PIECES,
}
