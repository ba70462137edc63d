"""QR codes as SVG: black on white whatever the theme, so that phones read them."""

from __future__ import annotations

import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString


def qr_data_uri(donnees: str) -> str:
    """Return the QR code of a text as a ``data:image/svg+xml`` address, for ``<img src>``.

    Args:
        donnees: text or address to encode; error correction level M.
    """
    return segno.make_qr(donnees, error="m").svg_data_uri(scale=4, border=4, dark="#000", light="#fff", omitsize=True)


def qr_svg(donnees: str, *, titre: str = "Code QR") -> SafeString:
    """Return the QR code of a text as inline SVG, with no style or script (safe under a strict CSP).

    Args:
        donnees: text or address to encode; error correction level M.
        titre: accessible name of the image, escaped here.
    """
    dessin = segno.make_qr(donnees, error="m").svg_inline(
        scale=4, border=4, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None
    )
    # segno writes numbers and our constants, never the data: the markup is safe; the title is escaped here.
    corps = SafeString(dessin.removeprefix("<svg"))
    return format_html('<svg class="pp-qr" role="img" aria-label="{}"{}', titre, corps)
