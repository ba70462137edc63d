"""Which mailbox an address is for: one mailbox has many spellings, and they are compared as one."""

from __future__ import annotations

# One mail service with two names, where the dots of what is before the at sign count for nothing.
_SANS_POINTS, _AUTRE_NOM = "gmail.com", "googlemail.com"


def boite_de(courriel: str) -> str:
    """Return what the spellings of one mailbox share; an empty string for an empty address.

    What follows a ``+`` is a label that its owner adds at will; the dots count for nothing at Gmail alone. Only to
    compare: mails are sent to the address as it was given.

    Args:
        courriel: as it was given.
    """
    local, arobase, domaine = courriel.strip().casefold().rpartition("@")
    if not arobase:
        return domaine
    nom = local.strip('"').partition("+")[0]
    if domaine in (_SANS_POINTS, _AUTRE_NOM):
        nom, domaine = nom.replace(".", ""), _SANS_POINTS
    # An address that begins with its label has no name to compare: it is itself.
    return f"{nom or local}@{domaine}"
