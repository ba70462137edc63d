"""Signals that the appointments themselves give: one connection for many persons, places that change hands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from demandes.acteur import Acteur, GenreActeur
from demandes.calculs.signalements import Geste, ReglesSignalements, cessions, personnes_en_une_heure
from demandes.models import Convocation, Prefecture, Signalement
from demandes.selectors_signalements import connexions_connues, seuils_des_prefectures
from demandes.services.signalements import (
    DUREE_CONNEXION,
    cle_de,
    noter_la_recherche,
    signaler,
    signaler_les_contacts,
)
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte, etape
from planning.models import Creneau, TraceConnexion

PRISE, RENDUE = TraceConnexion.Geste.PRISE, TraceConnexion.Geste.RENDUE
# Looked at by each run: what is older was looked at by those before.
FENETRE = timedelta(days=2)


@etape
def tracer(
    convocation: Convocation,
    *,
    prise: Creneau | None = None,
    rendue: Creneau | None = None,
    par: Acteur,
    maintenant: datetime,
) -> None:
    """Note from which connection a person took a place, or gave one back, in the act that does it.

    An organisation or an agent leaves no trace, nor who acts from nowhere, such as a task.

    Args:
        convocation: whose appointment.
        prise: slot taken.
        rendue: slot given back.
        par: who acts; only the keyed hash of the network address is kept.
        maintenant: instant.
    """
    if par.genre is not GenreActeur.USAGER or not par.origine:
        return
    empreinte = cle_de(Signalement.Genre.CONNEXION, par.origine)
    gestes = [(RENDUE, rendue), (PRISE, prise)]
    TraceConnexion.objects.bulk_create(
        TraceConnexion(empreinte=empreinte, convocation=convocation, creneau=creneau, geste=geste, le=maintenant)
        for geste, creneau in gestes
        if creneau is not None
    )


def signaler_partout(*, maintenant: datetime) -> dict[str, dict[str, int]]:
    """Look for signals in every préfecture; the same facts give the same signals, however often.

    Returns:
        How many are above a threshold, by département and kind.
    """
    prefectures = list(Prefecture.objects.order_by("departement"))
    seuils = seuils_des_prefectures([p.pk for p in prefectures])
    faits = {}
    for p in prefectures:
        faits[p.departement] = {
            "contacts": signaler_les_contacts(p, seuils[p.pk], maintenant=maintenant),
            "connexions": signaler_les_connexions(p, seuils[p.pk], maintenant=maintenant),
        }
        noter_la_recherche(p, maintenant=maintenant)
    return faits


@acte
def signaler_les_connexions(prefecture: Prefecture, seuils: ReglesSignalements, *, maintenant: datetime) -> int:
    """Signal the connections that book for too many persons, or hand places over, but for those known as shared.

    Returns:
        How many signals are above a threshold.
    """
    connues = connexions_connues(prefecture.pk, aujourdhui(prefecture.fuseau, maintenant))
    traces = TraceConnexion.objects.filter(
        convocation__demande__prefecture=prefecture, le__gt=maintenant - FENETRE
    ).exclude(empreinte__in=connues)
    par_connexion: dict[str, list[TraceConnexion]] = {}
    for trace in traces.select_related("convocation__demande__principale").order_by("le", "pk"):
        par_connexion.setdefault(trace.empreinte, []).append(trace)
    return sum(_signaler(prefecture, cle, siennes, seuils) for cle, siennes in par_connexion.items())


def _signaler(prefecture: Prefecture, cle: str, traces: Sequence[TraceConnexion], seuils: ReglesSignalements) -> int:
    gestes = [Geste(t.le, _personne(t), t.creneau_id, t.geste == PRISE) for t in traces]
    cedees = cessions(gestes, timedelta(minutes=seuils.cession_minutes))
    acteurs = {g.personne for paire in cedees for g in paire}
    faits = 0
    for genre, nombre, seuil, personnes in (
        (Signalement.Genre.CONNEXION, personnes_en_une_heure(gestes), seuils.personnes, None),
        (Signalement.Genre.CESSION, len(cedees), seuils.cessions, acteurs),
    ):
        if nombre < seuil:
            continue
        siennes = [t for t in traces if personnes is None or _personne(t) in personnes]
        signaler(
            prefecture.pk,
            genre,
            cle,
            nombre=nombre,
            demandes=sorted({t.convocation.demande_id for t in siennes}),
            premier_le=siennes[0].le,
            dernier_le=siennes[-1].le,
        )
        faits += 1
    return faits


def _personne(trace: TraceConnexion) -> int:
    """Return who an appointment is for; a family is the person who began for it."""
    demande = trace.convocation.demande
    return demande.principale.usager_id if demande.principale else demande.usager_id


@acte
def oublier_traces(*, maintenant: datetime) -> int:
    """Erase the traces of connections after thirty days.

    Returns:
        How many were erased.
    """
    effacees, _ = TraceConnexion.objects.filter(le__lt=maintenant - DUREE_CONNEXION).delete()
    return effacees
