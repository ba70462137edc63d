"""Tells a photo that nobody will be able to read: blurred, or too dark. A warning, never a refusal.

Pure code. `static/televersement.js` judges by the same figures before the photo leaves the phone.
"""

from __future__ import annotations

from itertools import accumulate

from PIL import Image, ImageChops

FLOUE, SOMBRE = "floue", "sombre"
COTE = 1000  # pixels of the longest side looked at: what matters is what a reader of the whole page would see
CLARTE_MIN = 80  # of 255: the paper of a document should be bright
CONTRASTE_MIN = 20  # of 255: below, nothing is written there that could be blurred
# The steepest step between two neighbours, as a share of the brightness of the paper. A text in 10 points on a page of
# A4 goes from 0.85 when sharp to 0.08 when its letters have just run into each other (Gaussian blur of 0.5 mm).
NETTETE_MIN = 0.085


def juger(image: Image.Image) -> str:
    """Return ``floue``, ``sombre``, or nothing for a photo that can be read.

    Args:
        image: decoded, of any mode and size.
    """
    grise = image.convert("L")
    grise.thumbnail((COTE, COTE), Image.Resampling.BOX)
    lumieres = grise.histogram()
    papier = quantile(lumieres, 0.95)
    if papier < CLARTE_MIN:
        return SOMBRE
    contraste = quantile(lumieres, 0.999) - quantile(lumieres, 0.001)
    if contraste < CONTRASTE_MIN or min(grise.size) < 2:
        return ""
    pas = quantile([a + b for a, b in zip(_pas(grise, 1, 0), _pas(grise, 0, 1), strict=True)], 0.999)
    return FLOUE if pas < NETTETE_MIN * papier else ""


def quantile(histogramme: list[int], part: float) -> int:
    """Return the level below or at which a share of the pixels stands.

    Args:
        histogramme: pixels by level, from 0.
        part: share, from 0 to 1.
    """
    seuil = part * sum(histogramme)
    return next((niveau for niveau, cumul in enumerate(accumulate(histogramme)) if cumul >= seuil), 0)


def _pas(grise: Image.Image, dx: int, dy: int) -> list[int]:
    """Count the steps between each pixel and its neighbour, by height."""
    largeur, hauteur = grise.size
    voisine = grise.crop((dx, dy, largeur, hauteur))
    return ImageChops.difference(grise.crop((0, 0, largeur - dx, hauteur - dy)), voisine).histogram()
