"""Real small files for the pieces, drawn once: a page photographed, and a PDF."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, ImageDraw

from demandes.calculs.fichiers import Fichier
from demandes.services.preparation import lire_fichier

TITRES = ("SPECIMEN", "FACTURE", "ATTESTATION")


@cache
def fichiers_d_essai() -> tuple[tuple[str, Fichier], ...]:
    """Return files as `demandes.services.preparation.lire_fichier` rebuilds them, with the name a phone gives."""
    feuilles = [_feuille(titre) for titre in TITRES]
    essais = []
    for rang, feuille in enumerate(feuilles):
        sortie = io.BytesIO()
        feuille.save(sortie, "JPEG", quality=60)
        essais.append((f"IMG_20{rang}1.JPG", lire_fichier(sortie.getvalue())))
    sortie = io.BytesIO()
    feuilles[0].save(sortie, "PDF", save_all=True, append_images=feuilles[1:2])
    essais.append(("Numérisation été (1).pdf", lire_fichier(sortie.getvalue())))
    return tuple(essais)


def _feuille(titre: str) -> Image.Image:
    image = Image.new("RGB", (420, 594), "#fdfcf5")
    dessin = ImageDraw.Draw(image)
    dessin.rectangle((20, 20, 400, 574), outline="#8a8a8a", width=2)
    dessin.text((40, 40), f"{titre} - PlaniPref", fill="#161616", font_size=26)
    for ligne in range(14):
        dessin.line((40, 110 + ligne * 30, 380 - (ligne % 4) * 45, 110 + ligne * 30), fill="#c8c8c8", width=6)
    return image
