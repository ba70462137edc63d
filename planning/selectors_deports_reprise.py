"""Whom an agent declared not to handle, among the persons that the former booking module names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from demandes.calculs.noms import cle_de_nom
from demandes.models import Demande, Deport, Prefecture
from demandes.querysets_deports import visees
from planning.models import LigneReprise


@dataclass(frozen=True)
class Deportes:
    """Whom the déports of an agent aim at.

    Args:
        deports: that hold today.
        demandes: of the préfecture, at which they aim: a line may name one of them otherwise than the déport does.
    """

    deports: Sequence[Deport]
    demandes: Sequence[Demande] = ()

    def vise(self, personne: Mapping[str, str], motif_id: int) -> bool:
        """Say whether one of them aims at who is named by a line, or at the demande that the line would be for."""
        return any(_vise(d, personne) for d in self.deports) or any(
            _est_pour(d, personne, motif_id) for d in self.demandes
        )


def deportes_de(deports: Sequence[Deport], prefecture: Prefecture) -> Deportes:
    """Return whom some déports aim at in a préfecture (one query, none without déports)."""
    if not deports:
        return Deportes(())
    siennes = Demande.objects.filter(prefecture=prefecture).visees(deports)
    return Deportes(deports, list(siennes.select_related("usager").order_by("pk")))


def sans_deport(
    lignes: QuerySet[LigneReprise], deports: Sequence[Deport], prefecture: Prefecture
) -> QuerySet[LigneReprise]:
    """Leave out the lines of persons at whom some déports aim; those without a demande are read one by one.

    Args:
        lignes: of the préfecture.
        deports: of one agent.
        prefecture: where.
    """
    if not deports:
        return lignes
    deportes = deportes_de(deports, prefecture)
    nommees = lignes.filter(demande=None).exclude(personne={}).order_by("pk")
    siennes = nommees.values_list("pk", "motif", "personne")
    vises = [pk for pk, motif_id, personne in siennes if deportes.vise(personne, motif_id)]
    return lignes.exclude(visees(deports, "demande__")).exclude(pk__in=vises)


def _vise(deport: Deport, personne: Mapping[str, str]) -> bool:
    if deport.numero_demande:
        return personne.get("numero") == deport.numero_demande
    if deport.numero_etranger:
        return personne.get("numero_etranger") == deport.numero_etranger
    return _est_nee(personne, deport.date_naissance) and _cle(personne) == deport.cle_nom


def _est_pour(demande: Demande, personne: Mapping[str, str], motif_id: int) -> bool:
    if personne.get("numero") == demande.numero:
        return True
    usager = demande.usager
    etranger = bool(usager.numero_etranger) and personne.get("numero_etranger") == usager.numero_etranger
    nommee = _est_nee(personne, usager.date_naissance) and _cle(personne) == cle_de_nom(usager.nom)
    return demande.motif_id == motif_id and (etranger or nommee)


def _est_nee(personne: Mapping[str, str], date_naissance: str) -> bool:
    return personne.get("date_naissance") == date_naissance


def _cle(personne: Mapping[str, str]) -> str:
    return cle_de_nom(personne.get("nom", "").replace("|", " "))[:100]
