"""Titles as they are typed, or written in the file of the press: read, checked, with the reason of what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any

from demandes.acteur import Acteur
from demandes.models import Site
from guichet.models import Titre
from guichet.selectors_rapprochement import Rapprochement, rapprocher
from planipref.commun.champs import lire_date
from planipref.commun.tableur import Format, LigneLue, lire_tableau

LIGNES_MAX = 10_000
OCTETS_MAX = 900_000  # the confirmation sends the text back: below DATA_UPLOAD_MAX_MEMORY_SIZE
COLONNES: dict[str, str] = {
    "numero_titre": "imprimé sur la carte",
    "numero_etranger": "9 ou 10 chiffres",
    "nom": "facultatif, tel qu’imprimé",
    "prenoms": "facultatif, tels qu’imprimés",
    "date_reception": "JJ/MM/AAAA ; vide : aujourd’hui",
}
EXEMPLE = ("AB1234567", "9912345678", "BEN ALI", "Amina", "04/03/2026")
FORMAT = Format(
    COLONNES, frozenset({"nom", "prenoms", "date_reception"}), OCTETS_MAX, LIGNES_MAX, "titres", "aucun titre"
)
RECEPTION_JOURS_MAX = 3653  # a card is valid ten years at most
TEXTE_MAX = 200


@dataclass(frozen=True)
class TitreRecu:
    """A card as it is written.

    Args:
        numero_titre: as `lire_numero_titre` returns it.
        numero_etranger: as `lire_numero_etranger` returns it.
        nom: printed name, if known.
        prenoms: printed first names, if known.
        recu_le: day it arrived.
    """

    numero_titre: str
    numero_etranger: str
    nom: str
    prenoms: str
    recu_le: date


@dataclass
class LigneTitre:
    """One line of the file.

    Args:
        rang: its number in the file, the headings being line 1.
        texte: the line as written.
        recu: what was read of it.
        raison: why it is refused; empty when it is good.
        deja: whether the title is registered already.
        rapprochement: the demande that the title is for, or why none is known.
        titre: what it made, once confirmed.
    """

    rang: int
    texte: str
    recu: TitreRecu | None = None
    raison: str = ""
    deja: bool = False
    rapprochement: Rapprochement = field(default_factory=Rapprochement)
    titre: Titre | None = None

    @property
    def est_bonne(self) -> bool:
        """Say whether it is still to be registered."""
        return self.recu is not None and not self.raison and not self.deja and self.titre is None


def normaliser_numero(texte: str) -> str:
    """Return the number of a title without what people put between its parts."""
    return re.sub(r"[\s.‐‑–-]+", "", texte).upper()


def lire_numero_titre(texte: str) -> str:
    """Read the number of a title.

    Raises:
        ValueError: with the sentence shown.
    """
    numero = normaliser_numero(texte)
    if not re.fullmatch(r"[A-Z0-9]{1,20}", numero):
        raise ValueError("le numéro du titre compte de 1 à 20 lettres sans accent et chiffres.")
    return numero


def lire_numero_etranger(texte: str) -> str:
    """Read a foreigner's number.

    Raises:
        ValueError: with the sentence shown.
    """
    numero = normaliser_numero(texte)
    if not re.fullmatch(r"[0-9]{9,10}", numero):
        raise ValueError("le numéro étranger compte 10 chiffres (9 sur d’anciens titres).")
    return numero


def lire_reception(texte: str, jour: date) -> date:
    """Read the day when a title arrived; today when nothing is written.

    Raises:
        ValueError: with the sentence shown.
    """
    if not texte.strip():
        return jour
    lue = lire_date(texte)
    if lue is None:
        raise ValueError("la date s’écrit JJ/MM/AAAA.")
    try:
        recu_le = date(lue.annee, lue.mois, lue.jour)
    except ValueError:
        raise ValueError("cette date n’existe pas.") from None
    if recu_le > jour:
        raise ValueError("cette date n’est pas encore passée.")
    if recu_le < jour - timedelta(days=RECEPTION_JOURS_MAX):
        raise ValueError("cette date a plus de dix ans.")
    return recu_le


def lire_nom(texte: str, longueur: int) -> str:
    """Read a printed name.

    Raises:
        ValueError: with the sentence shown.
    """
    nom = " ".join("".join(c if c.isprintable() else " " for c in texte).split())
    if len(nom) > longueur:
        raise ValueError(f"{longueur} caractères au plus.")
    return nom


def lire_titres(contenu: str, site: Site, *, par: Acteur, jour: date) -> list[LigneTitre]:
    """Read and check every line, and say what each would become; writes nothing.

    Args:
        contenu: text of the file.
        site: where the titles arrived.
        par: agent.
        jour: today, in the préfecture's time.

    Raises:
        ErreurMetier: see `planipref.commun.tableur.lire_tableau`.
    """
    lignes = [_lire_ligne(lue, jour) for lue in lire_tableau(contenu, FORMAT)]
    _reconnaitre(lignes, site.prefecture_id)
    bonnes = [ligne.recu.numero_etranger for ligne in lignes if ligne.est_bonne and ligne.recu]
    trouves = rapprocher(site.prefecture_id, bonnes, par)
    servies: set[int] = set()
    for ligne in lignes:
        if ligne.est_bonne and ligne.recu:
            ligne.rapprochement = _une_fois(trouves[ligne.recu.numero_etranger].pour(ligne.recu.nom), servies)
    return lignes


def _une_fois(trouve: Rapprochement, servies: set[int]) -> Rapprochement:
    """Return what a line gets when an earlier one of the file is for the same demande."""
    if trouve.demande is None:
        return trouve
    if trouve.demande.pk in servies:
        return Rapprochement(raison="Un autre titre de ce fichier est pour la même demande.")
    servies.add(trouve.demande.pk)
    return trouve


def _lire_ligne(lue: LigneLue, jour: date) -> LigneTitre:
    texte = lue.texte if len(lue.texte) <= TEXTE_MAX else f"{lue.texte[:TEXTE_MAX]}…"
    lus, raisons = lire_cellules(lue.cellules, jour)
    if raisons:
        return LigneTitre(lue.rang, texte, raison=" ".join(f"{c} : {r}" for c, r in raisons.items()))
    return LigneTitre(lue.rang, texte, lus)


def lire_cellules(cellules: Mapping[str, str], jour: date) -> tuple[TitreRecu | None, dict[str, str]]:
    """Read a title, typed or imported: the title, or why each of its columns is refused.

    Args:
        cellules: what is written, by name of `COLONNES`.
        jour: today, in the préfecture's time.
    """
    lecteurs: dict[str, Callable[[str], Any]] = {
        "numero_titre": lire_numero_titre,
        "numero_etranger": lire_numero_etranger,
        "nom": partial(lire_nom, longueur=100),
        "prenoms": partial(lire_nom, longueur=150),
        "date_reception": partial(lire_reception, jour=jour),
    }
    lus: dict[str, Any] = {}
    raisons: dict[str, str] = {}
    for colonne, lire in lecteurs.items():
        try:
            lus[colonne] = lire(cellules.get(colonne, ""))
        except ValueError as erreur:
            raisons[colonne] = str(erreur)
    if raisons:
        return None, raisons
    return TitreRecu(recu_le=lus.pop("date_reception"), **lus), {}


def _reconnaitre(lignes: list[LigneTitre], prefecture_id: int) -> None:
    """Tell the titles registered already, or written twice; a number with two holders is refused."""
    connus = dict(
        Titre.objects.filter(prefecture=prefecture_id, numero_titre__in=[x.recu.numero_titre for x in lignes if x.recu])
        .order_by("pk")
        .values_list("numero_titre", "numero_etranger")
    )
    for ligne in lignes:
        if ligne.recu is None:
            continue
        connu = connus.setdefault(ligne.recu.numero_titre, "")
        if not connu:
            connus[ligne.recu.numero_titre] = ligne.recu.numero_etranger
        elif connu == ligne.recu.numero_etranger:
            ligne.deja = True
        else:
            ligne.raison = "numero_titre : ce titre est déjà enregistré, ou écrit plus haut, pour une autre personne."
