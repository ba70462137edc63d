"""Reads of the texts that a préfecture, or the country, writes in place of the software's."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Length

from demandes.calculs.modeles_messages import Etape
from demandes.droits import Droit
from demandes.models import Agent, Convocation, Demande, ModeleMessage, Modification, Motif, Notification, Prefecture

# Where the newest message of a step is looked for: the last rows of the outbox, so that a step that writes rarely
# never costs a walk along years of them.
RECENTES = 50_000
VERSIONS_MONTREES = 20


def modele_choisi(demande: Demande, etape: Etape, canal: str, langue: str) -> ModeleMessage | None:
    """Return the text that holds for a demande, in a language: the nearest first (one query).

    A préfecture's own for the motif, its own for all motifs, the country's for the motif, the country's for all.
    """
    return _applicables(demande.prefecture_id, etape, canal, langue, demande.motif_id).first()


def modele_au_dessus(
    prefecture_id: int | None, etape: Etape, canal: str, langue: str, motif: Motif | None
) -> ModeleMessage | None:
    """Return the text that would hold if a scope had not written exactly this one."""
    lignes = _applicables(prefecture_id, etape, canal, langue, motif.pk if motif else None)
    return lignes.exclude(prefecture=prefecture_id, motif=motif).first()


def _applicables(
    prefecture_id: int | None, etape: Etape, canal: str, langue: str, motif_id: int | None
) -> QuerySet[ModeleMessage]:
    return ModeleMessage.objects.filter(
        Q(prefecture=prefecture_id) | Q(prefecture=None),
        Q(motif=motif_id) | Q(motif=None),
        etape=etape.code,
        canal=canal,
        langue=langue,
    ).order_by(F("prefecture").asc(nulls_last=True), F("motif").asc(nulls_last=True))


def modeles_de_la_portee(prefecture_id: int | None) -> list[ModeleMessage]:
    """Return the texts that a scope itself has written."""
    lignes = ModeleMessage.objects.filter(prefecture=prefecture_id).select_related("motif")
    return list(lignes.order_by("etape", "canal", F("motif__code").asc(nulls_first=True), "langue"))


def modele_de(
    prefecture_id: int | None, etape: Etape, canal: str, langue: str, motif: Motif | None
) -> ModeleMessage | None:
    """Return the text that a scope has written for exactly this."""
    lignes = ModeleMessage.objects.filter(prefecture=prefecture_id, motif=motif)
    return lignes.filter(etape=etape.code, canal=canal, langue=langue).first()


def versions(
    prefecture_id: int | None, etape: Etape, canal: str, langue: str, motif: Motif | None
) -> list[Modification]:
    """Return the changes of a text, the last first; one removed and written again is still the same text."""
    cle = {"etape": etape.code, "canal": canal, "langue": langue, "motif_id": motif.pk if motif else None}
    lignes = Modification.objects.de(prefecture_id).filter(modele="modelemessage")
    return list(lignes.filter(Q(apres__contains=cle) | Q(avant__contains=cle))[:VERSIONS_MONTREES])


def messages_recents(etape: Etape, canal: str, agent: Agent, prefecture: Prefecture | None) -> list[Notification]:
    """Return a few of the newest messages of a step that an agent sets the texts of, the last first.

    None of a demande that the agent declared not to handle. Cases of the same message are told apart by the caller.
    """
    derniere = Notification.objects.aggregate(pk=Max("pk"))["pk"] or 0
    prefectures = Prefecture.objects.visibles_par(agent, Droit.PARAMETRER)
    demandes = Demande.objects.filter(prefecture__in=[prefecture] if prefecture else prefectures)
    lignes = Notification.objects.filter(
        pk__gt=derniere - RECENTES,
        modele=etape.modele,
        canal=canal,
        demande__in=demandes.sans_deport(agent.deports_tenus),
    )
    return list(lignes.select_related("demande__motif").order_by("-pk")[:20])


def messages_de_la_demande(etape: Etape, canaux: Iterable[str], demande: Demande) -> list[Notification]:
    """Return the messages of a step that a demande had, the last first."""
    lignes = demande.notifications.filter(modele=etape.modele, canal__in=canaux).select_related("demande__motif")
    return list(lignes.order_by("-pk")[:20])


def objets_des_convocations(ids: Iterable[int]) -> dict[int, str]:
    """Return why some convocations were made (one query)."""
    return dict(Convocation.objects.filter(pk__in=ids).values_list("pk", "objet").order_by("pk"))


def demande_lisible(agent: Agent, numero: str, prefecture: Prefecture | None) -> Demande | None:
    """Return a demande of a scope by its number, when the agent may read its file."""
    lisibles = Demande.objects.visibles_par(agent).filter(numero=numero)
    return lisibles.filter(prefecture=prefecture).first() if prefecture else lisibles.first()


def peut_lire_des_dossiers(agent: Agent, prefecture: Prefecture | None) -> bool:
    """Say whether an agent may read personal files in a scope."""
    lisibles = Prefecture.objects.visibles_par(agent, Droit.CONSULTER)
    return (lisibles.filter(pk=prefecture.pk) if prefecture else lisibles).exists()


def est_lisible(agent: Agent, demande: Demande) -> bool:
    """Say whether an agent may read the file of a demande."""
    return Demande.objects.visibles_par(agent).filter(pk=demande.pk).exists()


def motif_au_nom_le_plus_long() -> Motif | None:
    """Return the motif whose name takes the most room in a text message that names it (one query)."""
    return Motif.objects.order_by(Length("libelle").desc(), "pk").first()
