"""The texts of messages that a préfecture, or the country, writes: filled in as a message leaves."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from demandes.calculs.modeles_messages import SMS, Etape, etape_de, remplir
from demandes.models import Demande, Motif, Prefecture
from demandes.selectors_modeles import modele_choisi
from planipref.commun.templatetags.planipref import heure, jour_et_mois, jour_long

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


def texte_propre(
    demande: Demande, modele: str, canal: str, contexte: Mapping[str, Any], *, langue: str = ""
) -> TexteRempli | None:
    """Return what a webmestre wrote for a message that leaves, filled in; None when the software's text holds.

    A text that could not be filled in never stops a message: the software's leaves in its place.

    Args:
        demande: it speaks of.
        modele: of the outbox.
        canal: it leaves by.
        contexte: what its mail says (`demandes.services.courriels.contexte_de`).
        langue: of `Usager.Langue`; the usager's when omitted.
    """
    donnees, convocation = contexte["donnees"], contexte.get("convocation")
    quoi = etape_de(
        modele,
        objet=convocation.objet if convocation else "",
        sens=donnees.get("sens", ""),
        retiree_par=donnees.get("retiree_par", ""),
    )
    choisi = modele_choisi(demande, quoi, canal, langue or demande.usager.langue) if quoi else None
    if choisi is None:
        return None
    return rempli(choisi.objet, choisi.texte, valeurs(contexte, demande, canal))


def rempli(objet: str, texte: str, dites: Mapping[str, str]) -> TexteRempli | None:
    """Return a text with its names filled in; None when it cannot be, as one put back from an older version may."""
    try:
        return TexteRempli(" ".join(remplir(objet, dites).split()), remplir(texte, dites))
    except (KeyError, ValueError) as erreur:
        journal.error("texte de message : %s", type(erreur).__name__)
        return None


def valeurs(contexte: Mapping[str, Any], demande: Demande, canal: str) -> dict[str, str]:
    """Return what fills the names of a text in, in the current language and timezone; a text message says less."""
    jour = jour_et_mois if canal == SMS else jour_long
    dites = {
        "numero": demande.numero or "",
        "motif": gettext(demande.motif.libelle),
        "prefecture": demande.prefecture.nom,
        "service": demande.service.nom,
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
