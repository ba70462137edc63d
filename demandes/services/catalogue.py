"""Loading the national catalogue and the préfectures from the data files; idempotent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from django.db import models

from demandes.models import Motif, ParametrageMotif, PieceRequise, Prefecture, Question, Service, Site
from planipref.commun.transactions import acte, etape

DONNEES = Path(__file__).resolve().parent.parent / "donnees"

Detail = TypeVar("Detail", PieceRequise, Question)


@acte
def charger_catalogue() -> int:
    """Create or bring up to date every motif, its pieces and its questions.

    Returns:
        Number of motifs in the files.
    """
    fichiers = sorted((DONNEES / "motifs").glob("*.json"))
    for fichier in fichiers:
        _motif(json.loads(fichier.read_text(encoding="utf-8")))
    return len(fichiers)


@acte
def charger_prefectures(departements: list[str]) -> list[Prefecture]:
    """Create or bring up to date préfectures, their sites and services, and the motifs they switch off.

    Raises:
        KeyError: a département that the file does not hold.
    """
    connues = {p["departement"]: p for p in json.loads((DONNEES / "prefectures.json").read_text(encoding="utf-8"))}
    return [_prefecture(connues[d]) for d in departements]


@etape
def _motif(d: dict[str, Any]) -> None:
    delai = d["delai"] or {}
    motif, _ = Motif.objects.update_or_create(
        code=d["code"],
        defaults={
            "libelle": d["libelle"],
            "libelle_court": d["libelle_court"],
            "description": d["description"],
            "genre_service": d["service"],
            "etapes": d["etapes"],
            "plein_droit": d["plein_droit"],
            "quatre_yeux": d["quatre_yeux"],
            "guichet_minutes": d["guichet_minutes"],
            "mode_accueil": d["mode_accueil"],
            "delai_valeur": delai.get("valeur"),
            "delai_unite": delai.get("unite", ""),
            "delai_fondement": delai.get("fondement") or "",
            "delai_base": delai.get("base", ""),
            "silence": d["silence"] or "",
            "silence_fondement": d["fondement_silence"] or "",
            "recours": d["recours"] or {},
            "titre_remis": d["titre_remis"],
            "taxe": d["taxe"],
            "depot_en_ligne": d["depot_en_ligne"],
            "orientation": d["orientation"] or "",
            "examen": d["examen"] or "",
            "fiche": d["fiche"] or "",
            "fiches_liees": d["fiches_liees"],
            "fenetre_depot": d["fenetre_depot"],
            "validite_convocation_jours": d["validite_convocation_jours"],
            "delai_completude_jours": d["delai_completude_jours"],
            "doutes": d["doutes"],
        },
    )
    _enregistrer(PieceRequise.objects, [PieceRequise(**p) for p in _details(motif, d["pieces"])], d["pieces"])
    _enregistrer(Question.objects, [Question(**q) for q in _details(motif, d["questions"])], d["questions"])


def _details(motif: Motif, lignes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the columns of the pieces or questions of a motif; null texts become empty, null conditions stay null."""
    nullables = {"condition", "validite_mois"}
    return [
        {"motif": motif, "ordre": ordre, **{c: "" if v is None and c not in nullables else v for c, v in ligne.items()}}
        for ordre, ligne in enumerate(lignes)
    ]


@etape
def _enregistrer(reserve: models.Manager[Detail], objets: list[Detail], lignes: list[dict[str, Any]]) -> None:
    colonnes = sorted({"ordre", *(c for ligne in lignes for c in ligne)} - {"code"})
    reserve.bulk_create(objets, update_conflicts=True, unique_fields=["motif", "code"], update_fields=colonnes)


@etape
def _prefecture(d: dict[str, Any]) -> Prefecture:
    prefecture, _ = Prefecture.objects.update_or_create(
        departement=d["departement"],
        defaults={
            "nom": d["nom"],
            "article": d["article"],
            "fuseau": d["fuseau"],
            "taille": d["taille"],
            "calendrier_feries": d["calendrier_feries"],
            "adresse": d["adresse"] or "",
            "courriel": d["courriel"],
            "telephone": d["telephone"] or "",
            "tribunal_nom": d["tribunal"]["nom"],
            "tribunal_adresse": d["tribunal"]["adresse"] or "",
        },
    )
    colonnes = ("nom", "genre", "adresse", "code_postal", "commune", "insee", "telephone", "acces", "horaires")
    for site in d["sites"]:
        valeurs = {c: site[c] if site[c] is not None else "" for c in colonnes}
        if site["position"]:  # where the file does not know, what an administrator has written stands
            valeurs["latitude"], valeurs["longitude"] = (str(degres) for degres in site["position"])
        Site.objects.update_or_create(code=site["code"], defaults={"prefecture": prefecture, **valeurs})
    for service in d["services"]:
        valeurs = {c: service[c] or "" for c in ("nom", "adresse", "courriel", "telephone")}
        Service.objects.update_or_create(prefecture=prefecture, genre=service["genre"], defaults=valeurs)
    for code in d["motifs_desactives"]:
        motif = Motif.objects.get(code=code)
        ParametrageMotif.objects.update_or_create(prefecture=prefecture, motif=motif, defaults={"actif": False})
    return prefecture
