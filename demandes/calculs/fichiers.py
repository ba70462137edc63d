"""Files given by the public: recognised by their content, bounded, rebuilt. Nothing is stored as it came.

Pure code: bytes in, bytes out. PDF are rewritten with their pages alone, images are decoded and encoded again without
metadata. The site never runs it in its own process: see `demandes.calculs.atelier`.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Any

import pikepdf
import pillow_heif
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from demandes.calculs.nettete import juger
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.textes import gettext_noop

PAGES_MAX = 60
PIXELS_MAX = 60_000_000
# A PNG of a few bytes may unfold to the whole of its pixels; a HEIC of 48 Mpx takes 1.2 GB to decode.
PIXELS_MAX_PAR_FORMAT = {"PNG": 25_000_000, "HEIF": 50_000_000}
COTE_MAX = 3000  # pixels of the longest side kept: a page of A4 at 250 dpi
QUALITE_JPEG = 85
FORMATS = ("JPEG", "PNG", "HEIF")  # Pillow would hand an EPS to Ghostscript
TYPES = {"pdf": "application/pdf", "jpg": "image/jpeg"}

# What a rebuilt PDF keeps; all the rest (outlines, forms, names, metadata, layers…) may act or hide.
RACINE_GARDEE = frozenset({"/Type", "/Pages", "/Lang", "/ViewerPreferences", "/MarkInfo"})
PAGE_OTEE = ("/AA", "/Metadata", "/AF", "/Annots", "/B")
TOUJOURS_OTEES = ("/JS", "/OpenAction", "/PieceInfo", "/Metadata")
# Short names that a font may also give to a glyph, or a page to a font: those are kept.
OTEES_SAUF_POLICE = ("/AA", "/EF", "/AF")

pillow_heif.register_heif_opener()


@dataclass(frozen=True)
class Fichier:
    """A rebuilt file.

    Args:
        donnees: bytes to store.
        extension: without the dot; the MIME type follows from it.
        pages: how many; 1 for a photo.
        avis: what is wrong with a photo, as `demandes.calculs.nettete.juger` says; empty when nothing is.
    """

    donnees: bytes
    extension: str
    pages: int = 1
    avis: str = ""

    @property
    def type_contenu(self) -> str:
        """MIME type, from the content."""
        return TYPES[self.extension]


def assainir(brut: bytes, *, octets_max: int, cote_max: int = COTE_MAX) -> Fichier:
    """Recognise, bound and rebuild an uploaded file.

    Args:
        brut: bytes received.
        octets_max: greatest size accepted, in bytes.
        cote_max: pixels of the longest side kept of a photo.

    Raises:
        ErreurMetier: with a clear French sentence: empty, too heavy, unknown type, locked, unreadable, too long.
    """
    if not brut:
        raise ErreurMetier("fichier_vide", gettext_noop("Ce fichier est vide. Choisissez-en un autre."))
    if len(brut) > octets_max:
        raise trop_lourd(octets_max)
    if brut[:1024].lstrip().startswith(b"%PDF-"):
        return _pdf(brut, octets_max)
    if _est_image(brut):
        return _image(brut, cote_max)
    raise ErreurMetier(
        "type_refuse",
        gettext_noop("Ce type de fichier n’est pas accepté. Envoyez un PDF ou une photo (JPEG, PNG ou HEIC)."),
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


def illisible() -> ErreurMetier:
    """Return the refusal of a file that cannot be read."""
    return ErreurMetier(
        "fichier_illisible", gettext_noop("Ce fichier est abîmé ou illisible. Refaites le scan ou la photo.")
    )


def trop_lourd(octets_max: int) -> ErreurMetier:
    """Return the refusal of a file that is too heavy."""
    return ErreurMetier(
        "fichier_trop_lourd",
        gettext_noop("Ce fichier est trop lourd : %(mo)s Mo au plus."),
        parametres={"mo": octets_max // 1_000_000},
    )


def trop_long() -> ErreurMetier:
    """Return the refusal of a document of too many pages."""
    return ErreurMetier(
        "fichier_trop_long",
        gettext_noop("Ce document compte trop de pages (%(pages)s au plus)."),
        parametres={"pages": PAGES_MAX},
    )


def _pdf(brut: bytes, octets_max: int) -> Fichier:
    try:
        with pikepdf.open(io.BytesIO(brut)) as pdf:
            pages = len(pdf.pages)
            if not 1 <= pages <= PAGES_MAX:
                raise trop_long()
            _desarmer(pdf)
            sortie = io.BytesIO()
            # Streams are copied as they are: to decode them is to unfold whatever they hide.
            pdf.save(sortie, linearize=True, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    except pikepdf.PasswordError:
        raise ErreurMetier(
            "fichier_protege", gettext_noop("Ce PDF est protégé par un mot de passe. Envoyez-le sans protection.")
        ) from None
    except (pikepdf.PdfError, ValueError, KeyError, TypeError, RuntimeError, MemoryError):
        raise illisible() from None
    if sortie.tell() > 2 * octets_max:  # objects packed in a stream are unfolded
        raise trop_lourd(octets_max)
    return Fichier(sortie.getvalue(), "pdf", pages)


def _desarmer(pdf: pikepdf.Pdf) -> None:
    """Keep the pages alone, then remove what could act or hide wherever it is: scripts, actions, attachments."""
    _oter(pdf.Root, *(cle for cle in list(pdf.Root.keys()) if cle not in RACINE_GARDEE))
    for page in pdf.pages:
        _oter(page, *PAGE_OTEE)
    _oter(pdf.trailer, "/Info")
    for objet in pdf.objects:
        _nettoyer(objet)


def _nettoyer(objet: Any) -> None:
    """Clean an object and those written inside it; those it refers to come in their turn."""
    restants = [objet]
    while restants:
        courant = restants.pop()
        if isinstance(courant, pikepdf.Dictionary | pikepdf.Stream):
            _oter(courant, *(cle for cle, valeur in list(courant.items()) if _agit(cle, valeur)))
            dedans = [valeur for _, valeur in courant.items()]
        elif isinstance(courant, pikepdf.Array):
            dedans = list(courant)
        else:
            continue
        restants += [valeur for valeur in dedans if isinstance(valeur, pikepdf.Object) and not valeur.is_indirect]


def _agit(cle: str, valeur: Any) -> bool:
    if cle in TOUJOURS_OTEES:
        return True
    if isinstance(valeur, pikepdf.Stream):
        return False
    if cle in OTEES_SAUF_POLICE:
        return not (isinstance(valeur, pikepdf.Dictionary) and valeur.get("/Type") == "/Font")
    return cle == "/A" and isinstance(valeur, pikepdf.Dictionary) and valeur.get("/S", "/GoTo") != "/GoTo"


def _oter(dictionnaire: Any, *cles: str) -> None:
    for cle in cles:
        if cle in dictionnaire:
            del dictionnaire[cle]


def _image(brut: bytes, cote_max: int) -> Fichier:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image: Image.Image = Image.open(io.BytesIO(brut), formats=FORMATS)
            largeur, hauteur = image.size
            if largeur * hauteur > PIXELS_MAX_PAR_FORMAT.get(image.format or "", PIXELS_MAX):
                raise ErreurMetier(
                    "image_trop_grande", gettext_noop("Cette photo est trop grande. Réduisez-la avant de l’envoyer.")
                )
            ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint, once imported, lets half a photo through
            droite = _reduite(image, cote_max)
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise illisible() from None
    except (OSError, ValueError, SyntaxError, EOFError, RuntimeError, MemoryError):
        raise illisible() from None
    droite.info = {}  # Pillow would write the comment of the photo again
    sortie = io.BytesIO()
    droite.save(sortie, "JPEG", quality=QUALITE_JPEG)
    return Fichier(sortie.getvalue(), "jpg", avis=juger(droite))


def _reduite(image: Image.Image, cote_max: int) -> Image.Image:
    """Decode an image, small as soon as possible, upright and in colours."""
    image.draft("RGB", (cote_max, cote_max))  # a JPEG is decoded at a half, a quarter… of its size
    image.load()
    if image.mode in {"1", "P"}:  # these are reduced by dropping pixels: a scanned text would not be readable
        image = image.convert("L" if image.mode == "1" else "RGB")
    image.thumbnail((cote_max, cote_max))
    return ImageOps.exif_transpose(image).convert("RGB")
