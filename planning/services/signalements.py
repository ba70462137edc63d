"""Signals that the appointments themselves give: one connection for many persons, places that change hands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models.functions import Coalesce

from demandes.acteur import Acteur, GenreActeur
from demandes.calculs.signalements import (
    Geste,
    ReglesSignalements,
    cessions,
    connexions_qui_cedent,
    personnes_en_une_heure,
    personnes_qui_cedent,
)
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

Genre = Signalement.Genre
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
    empreinte = cle_de(Genre.CONNEXION, par.origine)
    gestes = [(RENDUE, rendue), (PRISE, prise)]
    TraceConnexion.objects.bulk_create(
        TraceConnexion(
            empreinte=empreinte,
            prefecture_id=convocation.demande.prefecture_id,
            convocation=convocation,
            creneau=creneau,
            geste=geste,
            le=maintenant,
        )
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
            "places": signaler_les_places_cedees(p, seuils[p.pk], maintenant=maintenant),
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
    par_connexion: dict[str, list[Geste]] = defaultdict(list)
    for geste in _gestes(prefecture, depuis=maintenant - FENETRE):
        if geste.connexion not in connues:
            par_connexion[geste.connexion].append(geste)
    return sum(_signaler_une(prefecture, cle, siens, seuils) for cle, siens in par_connexion.items())


def _gestes(prefecture: Prefecture, *, depuis: datetime) -> list[Geste]:
    """Return what was taken and given back behind links since an instant, in order; a family is who began for it."""
    traces = TraceConnexion.objects.filter(prefecture=prefecture, le__gt=depuis).order_by("le", "pk")
    personne = Coalesce("convocation__demande__principale__usager", "convocation__demande__usager")
    lues = traces.values_list("le", personne, "creneau", "geste", "empreinte", "convocation__demande")
    return [Geste(le, qui, creneau, geste == PRISE, cle, demande) for le, qui, creneau, geste, cle, demande in lues]


def _signaler_une(prefecture: Prefecture, cle: str, gestes: Sequence[Geste], seuils: ReglesSignalements) -> int:
    cedees = cessions(gestes, timedelta(minutes=seuils.cession_minutes))
    acteurs = {g.personne for paire in cedees for g in paire}
    faits = 0
    for genre, nombre, seuil, personnes in (
        (Genre.CONNEXION, personnes_en_une_heure(gestes), seuils.personnes, None),
        (Genre.CESSION, len(cedees), seuils.cessions, acteurs),
    ):
        if nombre < seuil:
            continue
        siens = [g for g in gestes if personnes is None or g.personne in personnes]
        _ecrire(prefecture, genre, cle, nombre, siens, fin=siens[-1].le)
        faits += 1
    return faits


@acte
def signaler_les_places_cedees(prefecture: Prefecture, seuils: ReglesSignalements, *, maintenant: datetime) -> int:
    """Signal from which connection, and by whom, places are given back that others, elsewhere, take soon after.

    Only beyond what chance gives: see `connexions_qui_cedent`. Those who took the places are not named: to take a place
    that is free is what everybody does.

    Returns:
        How many signals are above a threshold.
    """
    gestes = _gestes(prefecture, depuis=maintenant - timedelta(days=seuils.cession_jours))
    cedees = cessions(gestes, timedelta(minutes=seuils.cession_minutes))
    connues = connexions_connues(prefecture.pk, aujourdhui(prefecture.fuseau, maintenant))
    trouvees = [
        (Genre.AILLEURS, cle, {rendue.personne for rendue, _ in siennes}, siennes)
        for cle, siennes in connexions_qui_cedent(gestes, cedees, seuils.cedants).items()
        if cle not in connues
    ]
    trouvees += [
        (Genre.REPETEE, cle_de("personne", str(qui)), {rendue.creneau for rendue, _ in siennes}, siennes)
        for qui, siennes in personnes_qui_cedent(gestes, cedees, seuils.rendues).items()
    ]
    for genre, cle, quoi, siennes in trouvees:
        fin = max(prise.le for _, prise in siennes)
        _ecrire(prefecture, genre, cle, len(quoi), [rendue for rendue, _ in siennes], fin=fin)
    return len(trouvees)


@etape
def _ecrire(
    prefecture: Prefecture, genre: str, cle: str, nombre: int, gestes: Sequence[Geste], *, fin: datetime
) -> None:
    signaler(
        prefecture.pk,
        genre,
        cle,
        nombre=nombre,
        demandes=sorted({g.demande for g in gestes}),
        premier_le=min(g.le for g in gestes),
        dernier_le=fin,
    )


@acte
def oublier_traces(*, maintenant: datetime) -> int:
    """Erase the traces of connections after thirty days.

    Returns:
        How many were erased.
    """
    effacees, _ = TraceConnexion.objects.filter(le__lt=maintenant - DUREE_CONNEXION).delete()
    return effacees
