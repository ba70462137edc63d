"""Documents of several pages: photos and PDF put together, pages turned. Files here are already rebuilt.

Pure code, run in the workshop: see `demandes.calculs.atelier`.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import pikepdf
from PIL import Image

from demandes.calculs.fichiers import PAGES_MAX, Fichier, trop_long, trop_lourd

A4_POINTS = 842  # longest side of a page made from a photo
QUALITE_TOURNEE = 92  # turned at most a few times: the loss stays invisible


def assembler(fichiers: Sequence[bytes], *, octets_max: int) -> Fichier:
    """Make one PDF of photos and PDF, in order; photos are put in as they are, without another loss.

    Args:
        fichiers: each one already rebuilt, JPEG or PDF.
        octets_max: greatest size of the whole, in bytes.

    Raises:
        ErreurMetier: ``fichier_trop_long``, ``fichier_trop_lourd``.
    """
    with pikepdf.new() as ensemble:
        for fichier in fichiers:
            if est_pdf(fichier):
                with pikepdf.open(io.BytesIO(fichier)) as pdf:
                    ensemble.pages.extend(pdf.pages)
            else:
                _ajouter_photo(ensemble, fichier)
            if len(ensemble.pages) > PAGES_MAX:
                raise trop_long()
        sortie = _ecrire(ensemble)
        if len(sortie) > octets_max:
            raise trop_lourd(octets_max)
        return Fichier(sortie, "pdf", len(ensemble.pages))


def tourner(fichier: bytes, *, page: int = 0) -> Fichier:
    """Turn a photo, or a page of a PDF, by a quarter clockwise.

    Args:
        fichier: already rebuilt.
        page: rank from 1; 0 for all.
    """
    if not est_pdf(fichier):
        sortie = io.BytesIO()
        with Image.open(io.BytesIO(fichier), formats=("JPEG",)) as image:
            image.transpose(Image.Transpose.ROTATE_270).save(sortie, "JPEG", quality=QUALITE_TOURNEE)
        return Fichier(sortie.getvalue(), "jpg")
    with pikepdf.open(io.BytesIO(fichier)) as pdf:
        for rang, feuille in enumerate(pdf.pages, 1):
            if page in (0, rang):
                feuille.rotate(90, relative=True)
        return Fichier(_ecrire(pdf), "pdf", len(pdf.pages))


def est_pdf(fichier: bytes) -> bool:
    """Say whether a rebuilt file is a PDF; else it is a JPEG."""
    return fichier.startswith(b"%PDF-")


def _ajouter_photo(ensemble: pikepdf.Pdf, fichier: bytes) -> None:
    with Image.open(io.BytesIO(fichier), formats=("JPEG",)) as image:
        largeur, hauteur = image.size
    echelle = A4_POINTS / max(largeur, hauteur)
    taille = (round(largeur * echelle, 2), round(hauteur * echelle, 2))
    photo = pikepdf.Stream(
        ensemble,
        fichier,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=largeur,
        Height=hauteur,
        ColorSpace=pikepdf.Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=pikepdf.Name.DCTDecode,
    )
    page = ensemble.add_blank_page(page_size=taille)
    nom = page.add_resource(photo, pikepdf.Name.XObject)
    page.contents_add(f"q {taille[0]} 0 0 {taille[1]} 0 0 cm {nom} Do Q".encode())


def _ecrire(pdf: pikepdf.Pdf) -> bytes:
    sortie = io.BytesIO()
    pdf.save(sortie, linearize=True, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return sortie.getvalue()
