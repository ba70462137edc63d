"""The mark laid across an identity piece each time it is shown: whose copy this is, and when it was taken.

A copy that leaks tells where it came from, and is worth nothing elsewhere. Pure code, run in the workshop.
"""

from __future__ import annotations

import io
import math

import pikepdf
from PIL import Image, ImageDraw, ImageFont

from demandes.calculs.assemblage import est_pdf
from demandes.calculs.fichiers import QUALITE_JPEG, Fichier

ANGLE = 30  # degrees
LIGNES = 7  # repeated along the longest side: no corner can be cut out without one
ENCRE = (150, 20, 20)
OPACITE = 0.34


def filigraner(fichier: bytes, *, texte: str) -> Fichier:
    """Return a copy of a rebuilt file, marked on every page.

    Args:
        fichier: already rebuilt, JPEG or PDF.
        texte: what the mark says.
    """
    return _pdf(fichier, texte) if est_pdf(fichier) else _photo(fichier, texte)


def _photo(fichier: bytes, texte: str) -> Fichier:
    with Image.open(io.BytesIO(fichier), formats=("JPEG",)) as ouverte:
        image = ouverte.convert("RGB")
    diagonale = math.ceil(math.hypot(*image.size))
    voile = Image.new("L", (diagonale, diagonale))
    crayon = ImageDraw.Draw(voile)
    police = ImageFont.load_default(size=max(9, max(image.size) // 45))
    pas = diagonale / LIGNES
    largeur = max(1, int(crayon.textlength(f"{texte}     ", font=police)))
    for rang in range(LIGNES):
        for debut in range(-(rang % 2) * largeur // 2, diagonale, largeur):
            crayon.text((debut, int((rang + 0.5) * pas)), texte, fill=int(255 * OPACITE), font=police)
    voile = voile.rotate(ANGLE)
    gauche, haut = (diagonale - image.width) // 2, (diagonale - image.height) // 2
    voile = voile.crop((gauche, haut, gauche + image.width, haut + image.height))
    image.paste(Image.new("RGB", image.size, ENCRE), mask=voile)
    sortie = io.BytesIO()
    image.save(sortie, "JPEG", quality=QUALITE_JPEG)
    return Fichier(sortie.getvalue(), "jpg")


def _pdf(fichier: bytes, texte: str) -> Fichier:
    with pikepdf.open(io.BytesIO(fichier)) as pdf, pikepdf.new() as marques:
        for page in pdf.pages:
            gauche, bas, droite, haut = (float(c) for c in page.trimbox)
            page.add_overlay(_feuille(marques, droite - gauche, haut - bas, texte), None)
        sortie = io.BytesIO()
        pdf.save(sortie, stream_decode_level=pikepdf.StreamDecodeLevel.none)
        return Fichier(sortie.getvalue(), "pdf", len(pdf.pages))


def _feuille(marques: pikepdf.Pdf, largeur: float, hauteur: float, texte: str) -> pikepdf.Page:
    """Draw the mark on a transparent sheet of the size of a page, in points."""
    page = marques.add_blank_page(page_size=(largeur, hauteur))
    page.Resources = pikepdf.Dictionary(
        Font=pikepdf.Dictionary(
            F1=pikepdf.Dictionary(
                Type=pikepdf.Name.Font,
                Subtype=pikepdf.Name.Type1,
                BaseFont=pikepdf.Name.Helvetica,
                Encoding=pikepdf.Name.WinAnsiEncoding,
            )
        ),
        ExtGState=pikepdf.Dictionary(G1=pikepdf.Dictionary(ca=OPACITE)),
    )
    cosinus, sinus = math.cos(math.radians(ANGLE)), math.sin(math.radians(ANGLE))
    grand = max(largeur, hauteur)
    corps = max(7.0, grand / 62)
    ecrit = pikepdf.String(texte.encode("cp1252", "replace").decode("latin-1")).unparse()
    ordres = [f"q /G1 gs {' '.join(f'{c / 255:.2f}' for c in ENCRE)} rg BT /F1 {corps:.1f} Tf".encode()]
    recul = len(texte) * corps * 0.55
    for rang in range(-1, LIGNES + 3):
        depart = -grand / 3 - (rang % 2) * recul / 2
        bas = (rang + 0.5) * grand / LIGNES - grand / 3
        for fois in range(3):
            x = depart + fois * recul * cosinus
            y = bas + fois * recul * sinus
            matrice = f"{cosinus:.4f} {sinus:.4f} {-sinus:.4f} {cosinus:.4f} {x:.1f} {y:.1f} Tm ".encode()
            ordres.append(matrice + ecrit + b" Tj")
    ordres.append(b"ET Q")
    page.Contents = marques.make_stream(b"\n".join(ordres))
    return page
