"""Where an address is, as far as its postal code tells."""

from __future__ import annotations

import re

OUTRE_MER = ("97", "98")
CORSE_DU_SUD_JUSQU_A = 20200  # 20200 is Bastia, in Haute-Corse


def departement(code_postal: str) -> str:
    """Return the code of the département of a postal code, such as ``67``, ``2A`` or ``974``; empty when it is not one.

    A handful of communes are served from the next département: what this says is a hint, never a refusal.

    Args:
        code_postal: five digits.
    """
    if not re.fullmatch(r"[0-9]{5}", code_postal) or code_postal.startswith(("00", "96", "99")):
        return ""
    if code_postal.startswith(OUTRE_MER):
        return code_postal[:3]
    if code_postal.startswith("20"):
        return "2A" if int(code_postal) < CORSE_DU_SUD_JUSQU_A else "2B"
    return code_postal[:2]
