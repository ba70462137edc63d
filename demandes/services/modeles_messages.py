"""The texts of messages that a préfecture, or the country, writes: kept, removed, and filled in as a message leaves."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from demandes.acteur import Acteur
from demandes.calculs.modeles_messages import (
    SMS,
    Etape,
    analyser,
    analyser_objet,
    etape_de,
    nettoyer,
    remplir,
)
from demandes.models import Demande, ModeleMessage, Motif, Prefecture
from demandes.selectors_modeles import modele_choisi, modele_de, versions
from demandes.services.parametrage import exiger_portee, signer
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.templatetags.planipref import heure, jour_et_mois, jour_long
from planipref.commun.transactions import acte, etape

journal = logging.getLogger(__name__)


@dataclass(frozen=True)
class Adresse:
    """Which text: of a scope, a step, a channel, a language, for a motif or for all.

    Args:
        prefecture: None for the national text.
        etape: what the message tells.
        canal: of `Notification.Canal`.
        langue: of `Usager.Langue`.
        motif: None for all.
    """

    prefecture: Prefecture | None
    etape: Etape
    canal: str
    langue: str
    motif: Motif | None

    @property
    def cle(self) -> tuple[int | None, Etape, str, str, Motif | None]:
        """What the selectors take."""
        return self.prefecture.pk if self.prefecture else None, self.etape, self.canal, self.langue, self.motif


@dataclass(frozen=True)
class TexteRempli:
    """A text of a webmestre with its names filled in.

    Args:
        objet: empty for the software's own.
        texte: with blank lines between paragraphs.
    """

    objet: str
    texte: str


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


def texte_propre(demande: Demande, modele: str, canal: str, contexte: Mapping[str, Any]) -> TexteRempli | None:
    """Return what a webmestre wrote for a message that leaves, filled in; None when the software's text holds.

    A text that could not be filled in never stops a message: the software's leaves in its place.

    Args:
        demande: it speaks of.
        modele: of the outbox.
        canal: it leaves by.
        contexte: what its mail says (`demandes.services.courriels.contexte_de`).
    """
    donnees, convocation = contexte["donnees"], contexte.get("convocation")
    quoi = etape_de(
        modele,
        objet=convocation.objet if convocation else "",
        sens=donnees.get("sens", ""),
        retiree_par=donnees.get("retiree_par", ""),
    )
    choisi = modele_choisi(demande, quoi, canal) if quoi else None
    if choisi is None:
        return None
    dites = valeurs(contexte, demande, canal)
    try:
        return TexteRempli(" ".join(remplir(choisi.objet, dites).split()), remplir(choisi.texte, dites))
    except (KeyError, ValueError) as erreur:
        journal.error("modèle de message %s : %s", choisi.pk, type(erreur).__name__)
        return None


def valeurs(contexte: Mapping[str, Any], demande: Demande, canal: str) -> dict[str, str]:
    """Return what fills the names of a text in, in the current language and timezone; a text message says less."""
    jour = jour_et_mois if canal == SMS else jour_long
    dites = {
        "numero": demande.numero or "",
        "motif": gettext(demande.motif.libelle),
        "prefecture": demande.prefecture.nom,
        "service": demande.service.nom if demande.service else "",
        "lien_suivi": contexte["lien_suivi"],
    }
    if "lien" in contexte:
        dites["lien"] = contexte["lien"]
    if "debut" in contexte:
        lieu = (contexte["donnees"].get("rdv") or contexte["donnees"].get("offre") or {}).get("lieu", "")
        dites |= {"jour": jour(contexte["debut"]), "heure": heure(contexte["debut"]), "lieu": lieu}
    if "complement" in contexte:
        dites["limite"] = jour(contexte["complement"].limite)
    elif "convocation" in contexte:
        dites["limite"] = jour(contexte["convocation"].expire_le)
    if "piece" in contexte:
        dites["piece"] = gettext(contexte["piece"].piece_requise.libelle)
    return dites
