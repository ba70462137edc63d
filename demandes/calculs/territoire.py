"""Where an address is, as far as its postal code tells."""

from __future__ import annotations

import re

OUTRE_MER = ("97", "98")
# Régions of 2016, by their départements (INSEE, code officiel géographique).
REGIONS = {
    "auvergne-rhone-alpes": "01 03 07 15 26 38 42 43 63 69 73 74",
    "bourgogne-franche-comte": "21 25 39 58 70 71 89 90",
    "bretagne": "22 29 35 56",
    "centre-val-de-loire": "18 28 36 37 41 45",
    "corse": "2A 2B",
    "grand-est": "08 10 51 52 54 55 57 67 68 88",
    "hauts-de-france": "02 59 60 62 80",
    "ile-de-france": "75 77 78 91 92 93 94 95",
    "normandie": "14 27 50 61 76",
    "nouvelle-aquitaine": "16 17 19 23 24 33 40 47 64 79 86 87",
    "occitanie": "09 11 12 30 31 32 34 46 48 65 66 81 82",
    "pays-de-la-loire": "44 49 53 72 85",
    "provence-alpes-cote-d-azur": "04 05 06 13 83 84",
    "guadeloupe": "971",
    "martinique": "972",
    "guyane": "973",
    "la-reunion": "974",
    "mayotte": "976",
}
REGION_DE = {d: region for region, departements in REGIONS.items() for d in departements.split()}
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
