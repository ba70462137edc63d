"""Files made ready in the workshop, before any transaction: rebuilt, put together, turned, marked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from demandes.calculs.atelier import AtelierMort, AtelierOccupe, confier
from demandes.calculs.fichiers import TYPES, Fichier, illisible
from demandes.models import Demande, Piece, PieceJointe
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.langues import dire

FICHIERS_MAX = 20  # photos of one document
COTE_PAGE = 2200  # pixels kept of each photo of several: a page of A4 at 190 dpi
POIDS_ENSEMBLE = 2  # a document of several files may weigh as much as two


def lire_fichier(*bruts: bytes) -> Fichier:
    """Rebuild an uploaded file; several make one PDF, in their order.

    Raises:
        ErreurMetier: see `demandes.calculs.fichiers.assainir` and `demandes.calculs.assemblage.assembler`;
            ``fichier_illisible`` too when the file killed the process that read it; ``atelier_occupe`` when too many
            come at once; of several, the sentence says which one is refused.
    """
    if len(bruts) == 1:
        return lire_page(*bruts, seule=True)
    exiger_peu_de_fichiers(len(bruts))
    return assembler_pages([_page(rang, brut) for rang, brut in enumerate(bruts, 1)])


def lire_page(brut: bytes, *, seule: bool = False) -> Fichier:
    """Rebuild one file of a document.

    Args:
        brut: the file.
        seule: whether the document has no other, so that a photo keeps its size.

    Raises:
        ErreurMetier: see `lire_fichier`.
    """
    octets_max = settings.PLANIPREF_PIECE_OCTETS_MAX
    if seule:
        return _faire("assainir", brut, octets_max=octets_max)
    return _faire("assainir", brut, octets_max=octets_max, cote_max=COTE_PAGE)


def assembler_pages(propres: Sequence[Fichier]) -> Fichier:
    """Make one document of files rebuilt by `lire_page`, in their order; one alone is itself.

    Raises:
        ErreurMetier: see `demandes.calculs.assemblage.assembler`.
    """
    if len(propres) == 1:
        return propres[0]
    octets_max = POIDS_ENSEMBLE * settings.PLANIPREF_PIECE_OCTETS_MAX
    ensemble = _faire("assembler", *(p.donnees for p in propres), octets_max=octets_max)
    avis = next((p.avis for p in propres if p.avis), "")
    return Fichier(ensemble.donnees, ensemble.extension, ensemble.pages, avis)


def exiger_peu_de_fichiers(nombre: int) -> None:
    """Refuse more files than a document takes; to ask before reading any.

    Raises:
        ErreurMetier: ``trop_de_fichiers``.
    """
    if nombre > FICHIERS_MAX:
        raise ErreurMetier(
            "trop_de_fichiers", _("Choisissez %(n)s fichiers au plus pour un même document.") % {"n": FICHIERS_MAX}
        )


def tourner_fichier(piece: Piece, *, page: int) -> Fichier:
    """Return the file of a piece with a page turned by a quarter clockwise.

    Args:
        piece: harmless, with its file.
        page: rank from 1; 0 for all.

    Raises:
        ErreurMetier: ``fichier_illisible``, ``atelier_occupe``.
    """
    return _faire("tourner", _octets(piece), page=page)


def filigraner_fichier(piece: Piece | PieceJointe, *, lecteur: str, maintenant: datetime) -> Fichier:
    """Return a marked copy of a file, which says whose demande it is from, who took it and when.

    Args:
        piece: harmless, with its file and its demande.
        lecteur: who reads, as the journal knows them.
        maintenant: instant.

    Raises:
        ErreurMetier: ``fichier_illisible``, ``atelier_occupe``.
    """
    return _faire("filigraner", _octets(piece), texte=_mention(piece.demande, lecteur, maintenant))


def _mention(demande: Demande, lecteur: str, maintenant: datetime) -> str:
    instant = maintenant.astimezone(ZoneInfo(demande.prefecture.fuseau))
    quoi = demande.numero or f"brouillon {demande.prefecture.departement}"
    # The font of the mark has no accents: capitals do without.
    return f"COPIE / PREFECTURE / {quoi} / {lecteur} / {instant:%d/%m/%Y %H:%M}"


def _page(rang: int, brut: bytes) -> Fichier:
    try:
        return lire_page(brut)
    except ErreurMetier as erreur:
        raise ErreurMetier(
            erreur.code,
            _("Fichier n° %(rang)s : %(message)s") % {"rang": rang, "message": dire(erreur)},
            statut=erreur.statut,
        ) from None


def _octets(piece: Piece | PieceJointe) -> bytes:
    with piece.fichier.open("rb") as fichier:
        return bytes(fichier.read())


def _faire(ordre: str, *fichiers: bytes, **parametres: int | str) -> Fichier:
    try:
        entete, donnees = confier(ordre, fichiers, **parametres)
    except AtelierOccupe:
        raise ErreurMetier(
            "atelier_occupe", _("Trop de fichiers arrivent en même temps. Envoyez celui-ci de nouveau dans une minute.")
        ) from None
    except AtelierMort:
        raise illisible() from None
    if "code" in entete:
        refus = ErreurMetier(
            str(entete["code"]), str(entete.get("message", "")), parametres=entete.get("parametres") or {}
        )
        raise ErreurMetier(refus.code, dire(refus))
    extension = str(entete.get("extension", ""))
    if extension not in TYPES:
        raise illisible()
    return Fichier(donnees, extension, int(entete["pages"]), str(entete["avis"]))
