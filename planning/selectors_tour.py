"""When places open to somebody: the opening to come, and their turn in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache

from demandes.models import Convocation
from planipref.commun.horloge import aujourdhui
from planning.calculs import tour
from planning.models import Creneau, FileGuichet

DUREE_CACHE = 60  # seconds: how many wait changes little in a minute, and is asked at each page of a crowd
ANNONCEES = 8
RESTE_MAX_MS = 3_600_000  # a browser counts no further than 24 days


@dataclass(frozen=True)
class Ouverture:
    """An opening of places whose turn has not come for somebody.

    Args:
        le: when the places open.
        tour_le: when they open to this person.
        reste_ms: milliseconds until then, or until the page is to ask again.
    """

    le: datetime
    tour_le: datetime
    reste_ms: int


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
        tour_le = le + retard_de(convocation, le)
        if tour_le > maintenant:
            reste = int((tour_le - maintenant).total_seconds() * 1000) + 1
            return Ouvertures(Ouverture(le, tour_le, min(reste, RESTE_MAX_MS)), en_cours)
    return Ouvertures(None, en_cours)


def retard_de(convocation: Convocation, instant: datetime) -> timedelta:
    """Return how long after an opening the turn of a convocation comes, on the day of an instant."""
    prefecture = convocation.demande.prefecture
    tirage = tour.tirer(
        str(convocation.pk), aujourdhui(prefecture.fuseau, instant), secret=settings.PLANIPREF_CLE_LIENS
    )
    return tour.retard(tirage, _attendent(prefecture.pk), par_seconde=settings.PLANIPREF_OUVERTURE_PAR_SECONDE)


def est_son_tour(convocation: Convocation, creneau: Creneau, *, maintenant: datetime) -> bool:
    """Say whether a slot is open to a convocation: at once, but in the minutes of its opening."""
    if creneau.ouvre_le is None or creneau.ouvre_le <= maintenant - tour.DUREE_MAX:
        return True
    return creneau.ouvre_le <= maintenant - retard_de(convocation, creneau.ouvre_le)


def _attendent(prefecture_id: int) -> int:
    """Return how many links of a préfecture wait for a place, as it was less than a minute ago, by process."""
    cle = f"liens-en-attente:{prefecture_id}"
    compte: int | None = cache.get(cle)
    if compte is None:
        compte = Convocation.objects.sans_rendez_vous(prefecture_id).count()
        cache.set(cle, compte, DUREE_CACHE)
    return compte
