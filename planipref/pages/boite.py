"""Reads of the demonstration mailbox."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any

from planipref.commun.models import MessageBoite

MESSAGES_MAX = 200
_LIEN = re.compile(r"https?://[^\s<>\"«»]+")
_FIN = ".,;:)"


@dataclass(frozen=True)
class Morceau:
    """A piece of the text of a message.

    Args:
        texte: what is shown.
        lien: whether it is an address to click.
    """

    texte: str
    lien: bool


def boite(destinataire: str = "", *, limite: int = MESSAGES_MAX) -> list[MessageBoite]:
    """Return the messages of the mailbox, newest first.

    Args:
        destinataire: only those whose address holds these letters; all when empty.
        limite: how many at most.
    """
    messages = MessageBoite.objects.order_by("-recu_le", "-pk").defer("html")
    if destinataire:
        messages = messages.filter(destinataire__icontains=destinataire.strip())
    return list(messages[:limite])


def message(pk: int) -> MessageBoite | None:
    """Return one message."""
    return MessageBoite.objects.filter(pk=pk).first()


def liens(texte: str) -> list[str]:
    """Return the addresses found in a text, in order, each once."""
    return list(dict.fromkeys(trouve.rstrip(_FIN) for trouve in _LIEN.findall(texte)))


def morceaux(texte: str) -> list[Morceau]:
    """Cut a text where its addresses are, so that a template can write them as links."""
    resultat, debut = [], 0
    for trouve in _LIEN.finditer(texte):
        adresse = trouve.group().rstrip(_FIN)
        resultat += [Morceau(texte[debut : trouve.start()], lien=False), Morceau(adresse, lien=True)]
        debut = trouve.start() + len(adresse)
    return [m for m in [*resultat, Morceau(texte[debut:], lien=False)] if m.texte]


def en_json(recu: MessageBoite) -> dict[str, Any]:
    """Return what the JSON of the mailbox says of a message."""
    return {
        "id": recu.pk,
        "canal": recu.canal,
        "destinataire": recu.destinataire,
        "objet": recu.objet,
        "texte": recu.texte,
        "liens": liens(recu.texte),
        "recu_le": recu.recu_le.isoformat(),
        "pieces": [p["nom"] for p in recu.pieces_jointes],
    }


def fichier(recu: MessageBoite, rang: int) -> tuple[str, str, bytes] | None:
    """Return name, type and bytes of the attached file of that rank (from 1); None when there is none."""
    if not 1 <= rang <= len(recu.pieces_jointes):
        return None
    piece = recu.pieces_jointes[rang - 1]
    return piece["nom"], piece["type"], base64.b64decode(piece["donnees"])
