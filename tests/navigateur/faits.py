"""What a test saw of accessibility, left in a file of its own where `AUDIT` says, for `outils/accessibilite.py`."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from outils.accessibilite import Faits
from planipref.commun.horloge import aujourdhui


def laisser(nom: str, **faits: Any) -> None:
    """Write these facts; nothing when nobody asked."""
    if dossier := os.environ.get("AUDIT"):
        ecrits = Faits(le=[aujourdhui("Europe/Paris").isoformat()], **faits)
        Path(dossier, f"{nom}.json").write_text(json.dumps(asdict(ecrits)), encoding="utf-8")
