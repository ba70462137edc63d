"""Places held for a while: free for nobody, or for the person they are offered to, or who has just given them up.

A slot says how many and until when the last one is: then all are free by themselves, whether or not a task runs. Those
that end sooner are given back by the task of the waiting list, each minute: see `oublier_les_finies`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any

from django.db import connection, models
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Value

from demandes.services.notifications import reveiller
from planipref.commun.transactions import etape
from planning.calculs.regles import Quota
from planning.models import Creneau, InscriptionAttente, OffreAttente, RendezVous, RetenuePlace
from planning.models.declencheurs import libre, restent_gardees
from planning.querysets import RetenuePlaceQuerySet
from planning.selectors_regles import regles_du_site

Titulaire = OffreAttente | RendezVous

TACHE = "planning.tasks.proposer_places"
POUR_LA_LISTE, POUR_TOUS = 180, 60  # seconds, at least: the list is looked at each minute
MARGE = timedelta(hours=2)  # a place so near is offered to all at once: nobody would have the time to see it come back
_hasard = SystemRandom()

# The rows are locked by the caller: what is counted is true until the commit.
_SQL_RECOMPTER = """
UPDATE planning_creneau c SET retenues = r.nombre, retenues_jusqu_a = r.fin
FROM (SELECT k.id, count(l.id) AS nombre, max(l.jusqu_a) AS fin
      FROM planning_creneau k
      LEFT JOIN planning_retenueplace l ON l.creneau_id = k.id AND l.jusqu_a > %(maintenant)s
      WHERE k.id = ANY(%(creneaux)s) GROUP BY k.id) r
WHERE c.id = r.id AND (c.retenues, c.retenues_jusqu_a) IS DISTINCT FROM (r.nombre, r.fin)
"""

# A place promised is kept though a publication or over-booking has cut its slot since, or keeps more for priority
# demandes: it is made for who was promised it, and for nobody else. More taken than given is then a conflict.
_TENUES = "prises + CASE WHEN retenues_jusqu_a > %(maintenant)s THEN retenues ELSE 0 END"


def _gardees_au_plus(rang: int) -> str:
    """Return what leaves a quota no more places than those left beside the one promised and the quotas before it."""
    quota, *avant = list(Quota)[rang::-1]
    reste = " - ".join([f"places - ({_TENUES}) - 1", *map(restent_gardees, avant)])
    return f"gardees_{quota} = LEAST(gardees_{quota}, gardees_{quota}_prises + GREATEST({reste}, 0))"


_SQL_HONORER = f"""
UPDATE planning_creneau
SET places = GREATEST(places, {_TENUES} + 1),
    {", ".join(_gardees_au_plus(i) for i in range(len(Quota)))}
WHERE id = ANY(%(creneaux)s) AND etat = 'ouvert' AND NOT ({libre("%(maintenant)s", "%(quotas)s::text[]")})
"""  # noqa: S608 (constants)


@etape
def verrouiller_creneaux(ids: Collection[int], *, seul: bool = False) -> None:
    """Lock slots in the order of their identifiers: visits of several slots that cross cannot deadlock.

    Args:
        ids: of the slots.
        seul: lock a single one too; to book or free it, its conditional UPDATE is enough.
    """
    if len(ids) == 1 and not seul:
        return
    list(Creneau.objects.filter(pk__in=ids).select_for_update(no_key=True).order_by("pk").values_list("pk"))


@etape
def retenir_liberees(
    creneaux: Sequence[int],
    *,
    rendu: RendezVous | None = None,
    reprise_jusqu_a: datetime | None = None,
    maintenant: datetime,
) -> None:
    """Hold the places that an appointment has just given back, their slots being locked, and wake the waiting list.

    Until an instant drawn at random, so that robots cannot await it; long enough for the list, when somebody waits.

    Args:
        creneaux: slots where they are.
        rendu: the appointment.
        reprise_jusqu_a: until when its person may take it back; the rest begins then. None when they may not.
        maintenant: instant.
    """
    places = list(Creneau.objects.filter(pk__in=creneaux).select_related("file").order_by("debut", "pk"))
    site_id = places[0].file.site_id
    attendue = InscriptionAttente.objects.ouvertes().filter(convocation__sites=site_id).exists()
    longue = regles_du_site(site_id).remise_minutes * 60
    courte = POUR_LA_LISTE if attendue else min(POUR_TOUS, longue)
    if rendu is not None and reprise_jusqu_a is not None:
        fin = _fin_pour(reprise_jusqu_a, places[0], max(courte, POUR_TOUS), longue)
        if fin < places[0].debut and retenir(
            creneaux, jusqu_a=fin, rendu=rendu, reprise_jusqu_a=reprise_jusqu_a, maintenant=maintenant
        ):
            return
    if not courte:
        return
    fin = maintenant + timedelta(seconds=_hasard.randint(courte, max(courte, longue)))
    lointains = sorted(c.pk for c in places if c.debut - MARGE > fin)
    tenues = [pk for pk in lointains if retenir([pk], jusqu_a=fin, maintenant=maintenant)]
    if tenues and attendue:
        reveiller(TACHE)


def _fin_pour(reprise: datetime, premiere: Creneau, courte: int, longue: int) -> datetime:
    """Return when the places of who may take them back until `reprise` are for all: later, never when can be known."""
    fin = reprise + timedelta(seconds=_hasard.randint(courte, max(courte, longue)))
    return reprise + timedelta(seconds=POUR_TOUS) if premiere.debut - MARGE <= fin else fin


@etape
def fermer_la_reprise(convocations: Collection[int] | models.QuerySet[Any, Any], *, maintenant: datetime) -> None:
    """Let nobody take back what some links gave up: its places go on as those of any freed appointment, and no later.

    After the slots of the act are locked, never before: the waiting list locks a slot, then deletes what holds it.
    """
    lignes = RetenuePlace.objects.filter(rendu__convocation__in=convocations)
    reste = ExpressionWrapper(F("reprise_jusqu_a") - Value(maintenant), DurationField())
    lignes.filter(reprise_jusqu_a__gt=maintenant).update(
        jusqu_a=ExpressionWrapper(F("jusqu_a") - reste, DateTimeField()), rendu=None, reprise_jusqu_a=None
    )
    lignes.update(rendu=None, reprise_jusqu_a=None)


@etape
def retenir(
    creneaux: Sequence[int],
    *,
    jusqu_a: datetime,
    offre: OffreAttente | None = None,
    rendu: RendezVous | None = None,
    reprise_jusqu_a: datetime | None = None,
    quotas: Collection[str] = tuple(Quota),
    maintenant: datetime,
) -> bool:
    """Hold one place of each slot, all being locked; nothing when one has none left.

    Args:
        creneaux: identifiers of the slots.
        jusqu_a: when the hold ends.
        offre: the offer that it is for; None for nobody yet.
        rendu: the appointment just given up that it is held for; None for nobody.
        reprise_jusqu_a: until when its person may take it back.
        quotas: those whose kept places will do: only for who may then book them.
        maintenant: instant.

    Returns:
        Whether they are held.
    """
    libres = Creneau.objects.libres(maintenant, quotas=quotas).filter(pk__in=creneaux)
    if not creneaux or libres.count() != len(creneaux):
        return False
    RetenuePlace.objects.bulk_create(
        RetenuePlace(creneau_id=pk, jusqu_a=jusqu_a, offre=offre, rendu=rendu, reprise_jusqu_a=reprise_jusqu_a)
        for pk in creneaux
    )
    recompter(creneaux, maintenant=maintenant)
    return True


@etape
def recompter(creneaux: Sequence[int], *, maintenant: datetime) -> None:
    """Write on slots, all being locked, how many of their places are held and until when."""
    with connection.cursor() as curseur:
        curseur.execute(_SQL_RECOMPTER, {"creneaux": list(creneaux), "maintenant": maintenant})


@etape
def oublier_les_finies(*, maintenant: datetime) -> None:
    """Give back the places held for nobody whose time is over; their slots are locked here, in their order."""
    finies = RetenuePlace.objects.a_personne(maintenant).filter(jusqu_a__lte=maintenant)
    creneaux = sorted(set(finies.values_list("creneau", flat=True)))
    verrouiller_creneaux(creneaux, seul=True)
    finies.filter(creneau__in=creneaux).delete()
    recompter(creneaux, maintenant=maintenant)


@etape
def honorer(titulaire: Titulaire, *, quotas: Collection[str], maintenant: datetime) -> None:
    """Turn the places held for somebody into places free for who takes them now, their slots being locked.

    Args:
        titulaire: the offer, or the appointment given up, that they are held for.
        quotas: those whose kept places are theirs too.
        maintenant: instant.
    """
    creneaux = lacher(titulaire, maintenant=maintenant)
    with connection.cursor() as curseur:
        curseur.execute(
            _SQL_HONORER, {"creneaux": creneaux, "quotas": [str(quota) for quota in quotas], "maintenant": maintenant}
        )


@etape
def lacher(titulaire: Titulaire, *, maintenant: datetime) -> list[int]:
    """Give back the places held for an offer or an appointment given up, their slots being locked; return them."""
    creneaux = creneaux_tenus(titulaire)
    _lignes(titulaire).delete()
    recompter(creneaux, maintenant=maintenant)
    return creneaux


def creneaux_tenus(titulaire: Titulaire) -> list[int]:
    """Return the slots where a place is held for an offer, or an appointment given up."""
    return list(_lignes(titulaire).order_by("creneau").values_list("creneau", flat=True))


def _lignes(titulaire: Titulaire) -> RetenuePlaceQuerySet:
    champ = "offre" if isinstance(titulaire, OffreAttente) else "rendu"
    return RetenuePlace.objects.filter(**{champ: titulaire})
