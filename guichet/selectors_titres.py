"""Reads of the stock of titles: the lists, their counts, and what may be done about those not matched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet

from demandes.acteur import Acteur
from demandes.models import Agent
from guichet.models import Titre
from guichet.querysets import ANCIEN_JOURS, TitreQuerySet
from guichet.selectors_rapprochement import Rapprochement, rapprocher
from planning.selectors import debuts_par_demande

LISTES: dict[str, str] = {
    "a-convoquer": "À convoquer",
    "convoques": "Convoqués",
    "non-rapproches": "Non rapprochés",
    "anciens": f"En stock depuis plus de {ANCIEN_JOURS} jours",
    "remis": "Remis",
    "renvoyes": "Renvoyés",
}
A_CONVOQUER, NON_RAPPROCHES, ANCIENS = "a-convoquer", "non-rapproches", "anciens"


def titres_visibles(agent: Agent) -> TitreQuerySet:
    """Return the titles that the agent may see: to be read once, and narrowed (two queries for the attributions)."""
    return Titre.objects.visibles_par(agent)


def titres_de(visibles: TitreQuerySet, liste: str, *, maintenant: datetime) -> TitreQuerySet:
    """Return the titles of a list, in its order.

    Args:
        visibles: as `titres_visibles` returns them.
        liste: a key of `LISTES`; anything else is the first one.
        maintenant: instant.
    """
    if liste == "convoques":
        return visibles.convoques(maintenant)
    if liste == NON_RAPPROCHES:
        return visibles.non_rapproches()
    if liste == ANCIENS:
        return visibles.anciens(maintenant)
    if liste in ("remis", "renvoyes"):
        return visibles.sortis(Titre.Etat.REMIS if liste == "remis" else Titre.Etat.RENVOYE)
    return visibles.a_convoquer(maintenant)


def comptes(visibles: TitreQuerySet, *, maintenant: datetime) -> dict[str, int]:
    """Return how many titles each list holds (four queries)."""
    par_etat = dict(visibles.order_by().values_list("etat").annotate(n=Count("pk")))
    nombres = {
        cle: titres_de(visibles, cle, maintenant=maintenant).order_by().count()
        for cle in ("convoques", NON_RAPPROCHES, ANCIENS)
    }
    en_stock = par_etat.get(Titre.Etat.EN_STOCK, 0)
    return nombres | {
        A_CONVOQUER: en_stock - nombres["convoques"] - nombres[NON_RAPPROCHES],
        "remis": par_etat.get(Titre.Etat.REMIS, 0),
        "renvoyes": par_etat.get(Titre.Etat.RENVOYE, 0),
    }


@dataclass(frozen=True)
class LigneStock:
    """One row of the stock.

    Args:
        titre: with its site, and its demande.
        rendez_vous: when the holder comes, if they chose.
        convoque_jusqu_au: last instant when they may choose.
        rapprochement: for a title not matched, why, and what it could be attached to.
        refus: why the act just asked for was refused.
        choisi: whether its box is ticked.
    """

    titre: Titre
    rendez_vous: datetime | None
    convoque_jusqu_au: datetime | None
    rapprochement: Rapprochement | None
    refus: str = ""
    choisi: bool = False


def lignes_du_stock(
    page: Iterable[Titre], par: Acteur, *, refus: dict[int, str] | None = None, choisis: Iterable[int] = ()
) -> list[LigneStock]:
    """Return the rows of a page of `avec_liste` (one query for the appointments, one for each préfecture)."""
    titres, coches = list(page), set(choisis)
    debuts = debuts_par_demande([t.demande_id for t in titres if t.demande_id])
    trouves = rapprochements_de(titres, par)
    return [
        LigneStock(
            titre,
            rendez_vous=debuts.get(titre.demande_id or 0),
            convoque_jusqu_au=getattr(titre, "convoque_jusqu_au", None),
            rapprochement=trouves.get(titre.pk),
            refus=(refus or {}).get(titre.pk, ""),
            choisi=titre.pk in coches,
        )
        for titre in titres
    ]


def rapprochements_de(titres: Iterable[Titre], par: Acteur) -> dict[int, Rapprochement]:
    """Say, for each title in stock not matched, why, and which demandes it could be attached to now."""
    par_prefecture: dict[int, list[Titre]] = defaultdict(list)
    for titre in titres:
        if titre.demande_id is None and titre.etat == Titre.Etat.EN_STOCK:
            par_prefecture[titre.prefecture_id].append(titre)
    trouves: dict[int, Rapprochement] = {}
    for prefecture_id, siens in par_prefecture.items():
        numeros = rapprocher(prefecture_id, [t.numero_etranger for t in siens], par)
        trouves |= {t.pk: numeros[t.numero_etranger].pour(t.nom) for t in siens}
    return trouves


def titres_choisis(agent: Agent, pks: Iterable[int]) -> list[Titre]:
    """Return the titles that a form names, in a stable order, among those that the agent may see."""
    charges = Titre.objects.visibles_par(agent).filter(pk__in=list(pks)).order_by("recu_le", "pk")
    return list(charges.select_related("site__prefecture", "demande__usager", "demande__motif", "demande__prefecture"))


def titre_visible(agent: Agent, pk: int) -> Titre | None:
    """Return a title, if the agent may see it."""
    visibles = Titre.objects.visibles_par(agent).select_related("site__prefecture", "demande__usager", "demande__motif")
    return visibles.filter(pk=pk).first()


def lignes_d_export(titres: QuerySet[Titre]) -> Iterable[list[str]]:
    """Yield the cells of the export, as the spreadsheet shows them."""
    for t in titres.select_related("site", "demande").iterator(chunk_size=2000):
        yield [
            t.numero_titre,
            t.numero_etranger,
            t.nom,
            t.prenoms,
            f"{t.recu_le:%d/%m/%Y}",
            t.site.nom,
            t.get_etat_display(),
            (t.demande.numero or "") if t.demande else "",
            t.get_motif_renvoi_display(),
        ]


COLONNES_D_EXPORT = (
    "numero_titre", "numero_etranger", "nom", "prenoms", "date_reception", "site", "etat", "demande", "motif_renvoi",
)  # fmt: skip
