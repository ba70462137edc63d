"""Secret links: tokens derived from a server key, so that only their hash is ever stored.

The worker that sends the mail derives the token again; a stolen database holds no usable link.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import uuid

from django.conf import settings

OCTETS = 24  # 192 bits


def deriver(usage: str, identifiant: str) -> str:
    """Return the 192-bit token of a thing, the same each time for one server key.

    Args:
        usage: what the token opens, such as ``convocation`` or ``suivi``; tokens never cross usages.
        identifiant: the random public identifier (UUID) of the row.
    """
    cle = settings.PLANIPREF_CLE_LIENS.encode()
    condensat = hmac.new(cle, f"{usage}:{identifiant}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(condensat[:OCTETS]).decode()


def empreinte(jeton: str) -> str:
    """Return the SHA-256 of a token, in hexadecimal: all that the database keeps of it."""
    return hashlib.sha256(jeton.encode()).hexdigest()


def nouvelle_cle(usage: str) -> tuple[uuid.UUID, str]:
    """Return a random key and the hash of its token, for a row that a secret link opens: ``cle``, ``empreinte``.

    Args:
        usage: as `deriver`.
    """
    cle = uuid.uuid4()
    return cle, empreinte_de(usage, cle)


def empreinte_de(usage: str, cle: uuid.UUID | str) -> str:
    """Return the hash of the token that a key gives: what the row is looked up by when its link comes."""
    return empreinte(deriver(usage, str(cle)))


def jeton_au_hasard() -> str:
    """Return a random 192-bit token, for what keeps it itself, such as the browser of a device."""
    return secrets.token_urlsafe(OCTETS)


def code_de_verification() -> str:
    """Return the code printed on an act: 16 characters without look-alikes, about 77 bits."""
    alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    brut = "".join(secrets.choice(alphabet) for _ in range(16))
    return "-".join(brut[i : i + 4] for i in range(0, 16, 4))
