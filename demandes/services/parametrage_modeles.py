"""Writing the text of a message, and removing it. A trigger keeps each version."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from demandes.acteur import Acteur
from demandes.calculs.modeles_messages import SMS, analyser, analyser_objet, nettoyer
from demandes.models import ModeleMessage
from demandes.selectors_modeles import modele_de, versions
from demandes.services.apercus import exiger_sms_court
from demandes.services.modeles_messages import Adresse
from demandes.services.parametrage import exiger_portee, signer
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.transactions import acte, etape


def derniere_version(ou: Adresse) -> int:
    """Return the identifier of the last change of a text, 0 when nobody has ever written it."""
    return next((m.pk for m in versions(*ou.cle)), 0)


@acte
def enregistrer_modele(ou: Adresse, *, objet: str, texte: str, vue: int, par: Acteur) -> ModeleMessage:
    """Write the text of a message.

    Args:
        ou: which one.
        objet: of a mail or a letter; empty for the software's.
        texte: with its names in braces.
        vue: the last change that the agent saw (`derniere_version`).
        par: agent.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``texte`` or ``objet``, on their field; ``modifie_depuis`` (409).
    """
    _ouvrir(ou, par)
    texte, objet = nettoyer(texte), "" if ou.canal == SMS else objet.strip()
    for champ, fautes in (
        ("objet", analyser_objet(objet, ou.etape, ou.canal)),
        ("texte", analyser(texte, ou.etape, ou.canal)),
    ):
        if fautes:
            raise ErreurMetier(champ, " ".join(fautes), champ=champ)
    exiger_sms_court(ou, texte)
    modele = _verrouiller(ou) or ModeleMessage(
        prefecture=ou.prefecture, etape=ou.etape.code, canal=ou.canal, langue=ou.langue, motif=ou.motif
    )
    _exiger_vue(ou, vue)
    modele.objet, modele.texte = objet, texte
    try:
        with transaction.atomic():
            modele.save()
    except IntegrityError:  # another has just written the first one
        raise _modifie_depuis() from None
    return modele


@acte
def retirer_modele(ou: Adresse, *, vue: int, par: Acteur) -> None:
    """Remove the text of a message: the one above holds again.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``modifie_depuis`` (409).
    """
    _ouvrir(ou, par)
    modele = _verrouiller(ou)
    _exiger_vue(ou, vue)
    if modele is not None:
        modele.delete()


@etape
def _ouvrir(ou: Adresse, par: Acteur) -> None:
    exiger_portee(ou.prefecture.pk if ou.prefecture else None, par)
    signer(par.pk)


@etape
def _verrouiller(ou: Adresse) -> ModeleMessage | None:
    trouve = modele_de(*ou.cle)
    verrou = ModeleMessage.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
    return verrou.filter(pk=trouve.pk).first() if trouve else None


def _exiger_vue(ou: Adresse, vue: int) -> None:
    if derniere_version(ou) != vue:
        raise _modifie_depuis()


def _modifie_depuis() -> ErreurMetier:
    return ErreurMetier(
        "modifie_depuis",
        "Quelqu’un vient de changer ce texte. Le vôtre est gardé ici : comparez-les, puis enregistrez de nouveau.",
        statut=409,
        champ="texte",
    )
