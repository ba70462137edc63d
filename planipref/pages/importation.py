"""Mandates from a spreadsheet: read, shown, then registered line by line; the same file twice changes nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from demandes.acteur import acteur_organisme
from demandes.forms.mandat import FormulairePersonne
from demandes.models import Aidant, Mandat, Motif, Prefecture
from demandes.services.mandats import Proche, Termes, deja_enregistree, ouvrir_pour
from planipref.commun import tableur
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.tableur import Format, cle_de_colonne, lire_tableau
from planipref.pages.accompagnement import motifs_en_ligne, prefectures_de

LIGNES_MAX = 100
OCTETS_MAX = 200_000
COLONNES: dict[str, str] = {
    "nom": "nom de famille",
    "prenoms": "prénoms",
    "date_naissance": "JJ/MM/AAAA",
    "courriel": "celui de la personne ; vide si elle n’en a pas",
    "telephone": "facultatif",
    "departement": "de la préfecture, par exemple 67",
    "demarche": "code de la démarche, par exemple ETR-RES10-REN",
    "portee": "deposer, completer, reserver, suivre : séparés par des espaces",
    "fin": "dernier jour du mandat, JJ/MM/AAAA",
    "signature": "papier ou electronique",
    "signe_le": "jour de la signature sur papier, JJ/MM/AAAA",
}
EXEMPLE = (
    "Ben Ali", "Amina", "17/05/1980", "amina@example.org", "0612345678", "67", "ETR-RES10-REN",
    "deposer completer reserver suivre", "31/12/2026", "papier", "02/11/2026",
)  # fmt: skip
FACULTATIVES = frozenset({"courriel", "telephone", "signe_le"})
FORMAT = Format(COLONNES, FACULTATIVES, OCTETS_MAX, LIGNES_MAX, "personnes", "aucune personne")
DEJA = "Déjà enregistrée : rien ne change."


@dataclass
class LigneImport:
    """One line of the file.

    Args:
        rang: its number in the file, the headings being line 1.
        texte: the line as written.
        form: what was read of it.
        raison: why it is refused; empty when it is good.
        deja: whether it is registered already.
        mandat: what it made, once confirmed.
    """

    rang: int
    texte: str
    form: FormulairePersonne
    raison: str = ""
    deja: bool = False
    mandat: Mandat | None = field(default=None)

    @property
    def est_bonne(self) -> bool:
        """Say whether it is to be registered."""
        return not self.raison and not self.deja


def decoder(brut: bytes) -> str:
    """Read the bytes of a file written by a spreadsheet.

    Raises:
        ErreurMetier: ``fichier_lourd``, ``fichier_illisible`` on ``fichier``.
    """
    return tableur.decoder(brut, OCTETS_MAX)


def lire(contenu: str, aidant: Aidant, *, maintenant: datetime) -> list[LigneImport]:
    """Read and check every line; those registered already and the doubles are said so.

    Raises:
        ErreurMetier: ``colonnes_absentes``, ``fichier_vide``, ``trop_de_lignes`` on ``fichier``.
    """
    tableau = lire_tableau(contenu, FORMAT)
    choix = {"prefectures": prefectures_de(aidant), "motifs": motifs_en_ligne()}
    jour = aujourdhui("Europe/Paris", maintenant)
    lignes, vues = [], set()
    for lue in tableau:
        form = FormulairePersonne(_donnees(lue.cellules), jour=jour, **choix)
        ligne = LigneImport(lue.rang, lue.texte, form, raison=_raisons(form))
        if not ligne.raison:
            donnees = form.cleaned_data
            cle = (*(donnees[c].casefold() for c in ("nom", "prenoms", "date_naissance")), donnees["motif"])
            ligne.deja = cle in vues or _deja(aidant, donnees, maintenant)
            vues.add(cle)
        lignes.append(ligne)
    return lignes


def enregistrer(lignes: list[LigneImport], aidant: Aidant, *, maintenant: datetime) -> list[LigneImport]:
    """Register each good line in a transaction of its own: one that is refused stops none."""
    par = acteur_organisme(aidant.organisme_id, aidant.pk)
    for ligne in lignes:
        if not ligne.est_bonne:
            continue
        try:
            ligne.mandat = enregistrer_une(ligne.form.cleaned_data, par, maintenant=maintenant)
        except ErreurMetier as erreur:
            ligne.deja = erreur.code == "deja_enregistree"
            ligne.raison = "" if ligne.deja else erreur.message
    return lignes


def enregistrer_une(donnees: dict[str, Any], par: Any, *, maintenant: datetime, proche: Proche | None = None) -> Mandat:
    """Register the person of a form, with the mandate; of a family, from the demande of another of its persons.

    Raises:
        ErreurMetier: see `demandes.services.mandats.ouvrir_pour`.
    """
    termes = Termes(donnees["portee"], donnees["fin"], donnees["signature"], donnees["signe_le"], proche)
    identite = {c: donnees[c] for c in ("nom", "prenoms", "date_naissance", "courriel", "telephone")}
    motif = Motif.objects.actifs().get(code=donnees["motif"])
    prefecture = Prefecture.objects.get(departement=donnees["prefecture"])
    return ouvrir_pour(motif, prefecture, identite=identite, termes=termes, par=par, maintenant=maintenant)


def _deja(aidant: Aidant, donnees: dict[str, Any], maintenant: datetime) -> bool:
    motif = Motif.objects.get(code=donnees["motif"])
    prefecture = Prefecture.objects.get(departement=donnees["prefecture"])
    jour = aujourdhui(prefecture.fuseau, maintenant)
    return deja_enregistree(aidant.organisme_id, donnees, motif, prefecture, jour=jour)


def _donnees(cellules: dict[str, str]) -> dict[str, Any]:
    """Return a line as the form receives it; the attestation is given once, for the whole file."""
    reste = {c: cellules.get(c, "") for c in COLONNES}
    signature = cle_de_colonne(reste["signature"]) or Mandat.Signature.PAPIER.value
    return reste | {
        "prefecture": reste["departement"],
        "motif": reste["demarche"].upper(),
        "portee": [cle_de_colonne(p) for p in re.split(r"[\s+|/]+", reste["portee"]) if p],
        "signature": signature,
        "original_garde": "on",
    }


def _raisons(form: FormulairePersonne) -> str:
    """Return why a line is refused, each reason with the name of its column."""
    noms = {"prefecture": "departement", "motif": "demarche", "__all__": "ligne"}
    return " ".join(f"{noms.get(champ, champ)} : {' '.join(map(str, e))}" for champ, e in form.errors.items())
