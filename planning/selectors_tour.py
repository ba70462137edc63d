"""When places open to somebody: the opening to come, and their turn in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db.models import Exists, OuterRef, Sum

from demandes.cycle import Etat
from demandes.models import Convocation
from planipref.commun.horloge import aujourdhui
from planning.calculs import tour
from planning.models import Creneau, FileGuichet, RendezVous

DUREE_CACHE = 60  # seconds: how many wait changes little in a minute, and is asked at each page of a crowd
ANNONCEES = 8
CONVOQUEES = (Etat.CONVOQUEE, Etat.RDV_PRIS)  # those who book while places open are counted until the end
RESTE_MAX_MS = 3_600_000  # a browser counts no further than 24 days


@dataclass(frozen=True)
class Ouverture:
    """An opening of places whose turn has not come for somebody.

    Args:
        le: when the places open.
        tour_le: when they open to this person.
        reste_ms: milliseconds until then, or until the page is to ask again.
        jusqu_au_tour: whether it is until then.
    """

    le: datetime
    tour_le: datetime
    reste_ms: int
    jusqu_au_tour: bool


@dataclass(frozen=True)
class Ouvertures:
    """Those that somebody may know of.

    Args:
        a_venir: the next one of which their turn has not come.
        en_cours: whether places are opening at this moment, turn after turn: a crowd asks for the same ones.
    """

    a_venir: Ouverture | None
    en_cours: bool


def ouvertures_de(convocation: Convocation, files: Iterable[FileGuichet], *, maintenant: datetime) -> Ouvertures:
    """Return the openings of a convocation (one query).

    Args:
        convocation: with its demande and préfecture loaded.
        files: queues that serve it.
        maintenant: instant.
    """
    recentes = Creneau.objects.filter(file__in=files, debut__lte=convocation.expire_le).qui_ouvrent(
        maintenant - tour.DUREE_MAX
    )
    instants = [le for le in recentes[:ANNONCEES] if le is not None]
    en_cours = any(le <= maintenant for le in instants)
    for le in instants:
        tour_le = le + retard_de(convocation, le, maintenant=maintenant)
        if tour_le > maintenant:
            reste = int((tour_le - maintenant).total_seconds() * 1000) + 1
            ouverture = Ouverture(le, tour_le, min(reste, RESTE_MAX_MS), reste <= RESTE_MAX_MS)
            return Ouvertures(ouverture, en_cours)
    return Ouvertures(None, en_cours)


def retard_de(convocation: Convocation, ouvre_le: datetime, *, maintenant: datetime) -> timedelta:
    """Return how long after an opening the turn of a convocation comes; from the opening on, it moves no more.

    Args:
        convocation: with its demande and préfecture loaded; another link to the same demande has the same turn.
        ouvre_le: when the places open.
        maintenant: instant.
    """
    prefecture = convocation.demande.prefecture
    jour = aujourdhui(prefecture.fuseau, ouvre_le)
    tirage = tour.tirer(str(convocation.demande_id), jour, secret=settings.PLANIPREF_CLE_LIENS)
    return tour.retard(tirage, _foule(prefecture.pk, ouvre_le, maintenant))


def est_son_tour(convocation: Convocation, creneau: Creneau, *, maintenant: datetime) -> bool:
    """Say whether a slot is open to a convocation: at once, but in the minutes of its opening."""
    if creneau.ouvre_le is None or creneau.ouvre_le <= maintenant - tour.DUREE_MAX:
        return True
    return creneau.ouvre_le <= maintenant - retard_de(convocation, creneau.ouvre_le, maintenant=maintenant)


def _foule(prefecture_id: int, ouvre_le: datetime, maintenant: datetime) -> tour.Foule:
    """Return who waits in a préfecture for places as these open, or would if they did now, and how many open.

    Whoever books after that, or is convoked, changes it no more: a turn once said is kept. Asked once a minute by
    process.
    """
    cle = f"foule:{prefecture_id}:{ouvre_le.timestamp():.0f}:{ouvre_le <= maintenant}"
    comptes: tuple[int, int] | None = cache.get(cle)
    if comptes is None:
        a = min(ouvre_le, maintenant)
        pris = RendezVous.objects.actifs().filter(convocation=OuterRef("pk"), pris_le__lt=a)
        liens = Convocation.objects.actives().filter(demande__prefecture=prefecture_id, demande__etat__in=CONVOQUEES)
        attendent = liens.filter(~Exists(pris), emise_le__lte=a, jointe_a=None).count()
        ouvrent = Creneau.objects.filter(file__site__prefecture=prefecture_id, ouvre_le=ouvre_le)
        comptes = attendent, ouvrent.aggregate(n=Sum("places"))["n"] or 0
        cache.set(cle, comptes, DUREE_CACHE)
    return tour.Foule(*comptes, par_seconde=settings.PLANIPREF_OUVERTURE_PAR_SECONDE)
