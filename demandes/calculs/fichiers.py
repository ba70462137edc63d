"""Files given by the public: recognised by their content, bounded, rebuilt. Nothing is stored as it came.

Pure code: bytes in, bytes out. PDF are rewritten without scripts nor attachments, images are decoded and
encoded again without metadata.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Any

import pikepdf
import pillow_heif
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from planipref.commun.erreurs import ErreurMetier

PAGES_MAX = 60
PIXELS_MAX = 60_000_000
COTE_MAX = 3000  # pixels of the longest side kept: a page of A4 at 250 dpi
QUALITE_JPEG = 85

pillow_heif.register_heif_opener()


@dataclass(frozen=True)
class Fichier:
    """A rebuilt file.

    Args:
        donnees: bytes to store.
        type_contenu: MIME type, from the content.
        extension: without the dot.
    """

    donnees: bytes
    type_contenu: str
    extension: str


def assainir(brut: bytes, *, octets_max: int) -> Fichier:
    """Recognise, bound and rebuild an uploaded file.

    Args:
        brut: bytes received.
        octets_max: greatest size accepted, in bytes.

    Raises:
        ErreurMetier: with a clear French sentence: empty, too heavy, unknown type, locked, unreadable, too long.
    """
    if not brut:
        raise ErreurMetier("fichier_vide", "Ce fichier est vide. Choisissez-en un autre.")
    if len(brut) > octets_max:
        raise ErreurMetier("fichier_trop_lourd", f"Ce fichier est trop lourd : {octets_max // 1_000_000} Mo au plus.")
    if brut[:1024].lstrip().startswith(b"%PDF-"):
        return _pdf(brut)
    if _est_image(brut):
        return _image(brut)
    raise ErreurMetier(
        "type_refuse", "Ce type de fichier n’est pas accepté. Envoyez un PDF ou une photo (JPEG, PNG ou HEIC)."
    )


def _est_image(brut: bytes) -> bool:
    return brut.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or brut[4:12] in (
        b"ftypheic",
        b"ftypheix",
        b"ftypmif1",
        b"ftyphevc",
        b"ftypmsf1",
        b"ftypheim",
    )


def _illisible() -> ErreurMetier:
    return ErreurMetier("fichier_illisible", "Ce fichier est abîmé ou illisible. Refaites le scan ou la photo.")


def _pdf(brut: bytes) -> Fichier:
    try:
        with pikepdf.open(io.BytesIO(brut)) as pdf:
            if not 1 <= len(pdf.pages) <= PAGES_MAX:
                raise ErreurMetier("fichier_trop_long", f"Ce document compte trop de pages ({PAGES_MAX} au plus).")
            _desarmer(pdf)
            sortie = io.BytesIO()
            pdf.save(sortie, linearize=True)
    except pikepdf.PasswordError:
        raise ErreurMetier(
            "fichier_protege", "Ce PDF est protégé par un mot de passe. Envoyez-le sans protection."
        ) from None
    except (pikepdf.PdfError, ValueError, KeyError, TypeError, RuntimeError):
        raise _illisible() from None
    return Fichier(sortie.getvalue(), "application/pdf", "pdf")


def _desarmer(pdf: pikepdf.Pdf) -> None:
    """Remove what could act or hide: scripts, actions, attachments, forms that submit, metadata."""
    racine = pdf.Root
    _oter(racine, "/OpenAction", "/AA", "/AcroForm", "/Metadata", "/Collection", "/AF")
    if "/Names" in racine:
        _oter(racine.Names, "/JavaScript", "/EmbeddedFiles")
    for page in pdf.pages:
        _oter(page, "/AA", "/Metadata", "/AF", "/Annots")
    _oter(pdf.trailer, "/Info")


def _oter(dictionnaire: Any, *cles: str) -> None:
    for cle in cles:
        if cle in dictionnaire:
            del dictionnaire[cle]


def _image(brut: bytes) -> Fichier:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image: Image.Image = Image.open(io.BytesIO(brut))
            largeur, hauteur = image.size
            if largeur * hauteur > PIXELS_MAX:
                raise ErreurMetier("image_trop_grande", "Cette photo est trop grande. Réduisez-la avant de l’envoyer.")
            ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint, once imported, lets half a photo through
            image.load()
            droite = ImageOps.exif_transpose(image).convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _illisible() from None
    except (OSError, ValueError, SyntaxError, EOFError, RuntimeError):
        raise _illisible() from None
    droite.thumbnail((COTE_MAX, COTE_MAX))
    sortie = io.BytesIO()
    droite.save(sortie, "JPEG", quality=QUALITE_JPEG)
    return Fichier(sortie.getvalue(), "image/jpeg", "jpg")
