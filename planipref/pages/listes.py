"""The agents' worklist: filters read from the address, counts with a ceiling, and what each row says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import IntegerField, Subquery
from django.http import QueryDict
from django.utils.functional import cached_property

from demandes.cycle import EN_COURS, LIBELLES, PAR_NOM, Etat
from demandes.droits import Droit
from demandes.models import Agent, Demande, Motif, Service
from demandes.querysets import DemandeQuerySet
from demandes.selectors_courrier import non_remises
from planipref.commun.horloge import aujourdhui
from planipref.commun.nombres import nombre
from planning.selectors import debuts_par_demande

PAR_PAGE = 50
# Beyond, the page says « plus de 1000 »: counting the million would cost more than it tells.
PLAFOND = 1000
ECHEANCE_PROCHE_JOURS = 30
CLES = ("etat", "motif", "service", "agent", "echeance", "q", "page")
GROUPES: dict[str, tuple[str, tuple[Etat, ...]]] = {
    "a-traiter": (
        "À traiter",
        (Etat.RECUE, Etat.DEPOSEE, Etat.COMPLETE, Etat.EN_INSTRUCTION, Etat.ACCORDEE, Etat.A_REMETTRE),
    ),
    "en-attente": ("En attente de l’usager", (Etat.A_COMPLETER, Etat.CONVOQUEE, Etat.RDV_PRIS)),
    "tous": ("Tous les dossiers", tuple(e for e in Etat if e != Etat.BROUILLON)),
}


@dataclass(frozen=True)
class Filtres:
    """What the address asks for; a value that means nothing is ignored.

    Args:
        etat: state, or key of `GROUPES`.
        motif: code of a motif.
        service: identifier of a service.
        agent: ``moi``, ``personne`` or nothing.
        echeance: greatest number of days left before the legal deadline.
        q: number, name or foreigner's number.
    """

    etat: str = "a-traiter"
    motif: str = ""
    service: int | None = None
    agent: str = ""
    echeance: int | None = None
    q: str = ""

    @classmethod
    def lire(cls, get: Mapping[str, str]) -> Filtres:
        """Read the filters from the query string; a search looks in every state unless one is named."""
        q = get.get("q", "").replace("\0", "").strip()[:100]
        etat = get.get("etat", "")
        connus = {*GROUPES, *(e.value for e in Etat if e != Etat.BROUILLON)}
        return cls(
            etat=etat if etat in connus else ("tous" if q else "a-traiter"),
            motif=get.get("motif", "").replace("\0", "")[:20],
            service=_entier(get.get("service", "")),
            agent=get.get("agent", "") if get.get("agent") in ("moi", "personne") else "",
            echeance=_entier(get.get("echeance", "")),
            q=q,
        )

    @property
    def etats(self) -> tuple[str, ...]:
        """States that the filter keeps."""
        return GROUPES[self.etat][1] if self.etat in GROUPES else (self.etat,)


def _entier(texte: str) -> int | None:
    return int(texte) if texte.isascii() and texte.isdigit() and len(texte) < 9 else None


def selection(agent: Agent, filtres: Filtres) -> DemandeQuerySet:
    """Return the demandes that the agent may see and the filters keep, whatever their state."""
    demandes = Demande.objects.visibles_par(agent)
    if filtres.motif:
        demandes = demandes.filter(motif__code=filtres.motif)
    if filtres.service is not None:
        demandes = demandes.filter(service=filtres.service)
    if filtres.agent:
        demandes = demandes.filter(agent=agent if filtres.agent == "moi" else None)
    if filtres.echeance is not None:
        demandes = demandes.en_retard(aujourdhui("Europe/Paris") + timedelta(days=filtres.echeance))
    if filtres.q:
        demandes = demandes.recherche(filtres.q)
    return demandes


class PaginateurBorne(Paginator):  # type: ignore[type-arg]
    """Pages of the first `PLAFOND` rows: no count of the whole table."""

    @cached_property
    def compte(self) -> int:
        """Number of rows, counted no further than one over the ceiling."""
        return cast("DemandeQuerySet", self.object_list).order_by()[: PLAFOND + 1].count()

    @property
    def count(self) -> int:
        """Number of rows that the pages reach."""
        return min(self.compte, PLAFOND)

    @property
    def texte(self) -> str:
        """The count as people read it."""
        return nombre(self.compte, "dossier", "dossiers", plafond=PLAFOND)


class Decompte(Subquery):
    """Count of a sliced subquery, so that PostgreSQL stops at the ceiling."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) _compte)"
    output_field = IntegerField()


@dataclass(frozen=True)
class Facette:
    """A link that keeps one state, with how many it holds.

    Args:
        libelle: name of the state or group.
        parametres: query string of the link.
        compte: number as shown.
        actif: whether it is the present filter.
    """

    libelle: str
    parametres: str
    compte: str
    actif: bool


def facettes(agent: Agent, filtres: Filtres, parametres: QueryDict) -> list[Facette]:
    """Return the groups and states as links with their counts, in one query; none on a search."""
    if filtres.q:
        return []
    base = selection(agent, filtres).order_by()
    choix = {cle: etats for cle, (_, etats) in GROUPES.items()}
    choix |= {e.value: (e,) for e in Etat if e != Etat.BROUILLON}
    decomptes = {
        f"n_{cle.replace('-', '_')}": Decompte(base.filter(etat__in=etats).values("pk")[: PLAFOND + 1])
        for cle, etats in choix.items()
    }
    comptes = Agent.objects.filter(pk=agent.pk).values(**decomptes)[0]
    return [
        Facette(
            GROUPES[cle][0] if cle in GROUPES else LIBELLES[cle],
            parametres_avec(parametres, etat=cle),
            nombre(comptes[f"n_{cle.replace('-', '_')}"], plafond=PLAFOND),
            filtres.etat == cle,
        )
        for cle in choix
        if cle in GROUPES or comptes[f"n_{cle}"] or filtres.etat == cle
    ]


def parametres_avec(parametres: QueryDict, **valeurs: str) -> str:
    """Return the filters of an address, some replaced, without the page number."""
    gardes = {c: str(parametres[c]) for c in CLES if c in parametres and c != "page" and parametres[c]}
    nouveaux = QueryDict(mutable=True)
    for cle, valeur in (gardes | valeurs).items():
        nouveaux[cle] = valeur
    return nouveaux.urlencode()


@dataclass(frozen=True)
class Delai:
    """The legal deadline as the agent reads it.

    Args:
        jours: days left; below zero once it has passed.
        texte: the same in words.
        niveau: ``depassee``, ``proche`` or empty.
    """

    jours: int
    texte: str
    niveau: str


def delai_de(demande: Demande) -> Delai | None:
    """Return the days left before the implicit decision; None without deadline or once answered."""
    if demande.echeance is None or demande.etat not in EN_COURS:
        return None
    jours = (demande.echeance - aujourdhui(demande.prefecture.fuseau)).days
    if jours < 0:
        retard = nombre(-jours, "jour", "jours")
        return Delai(jours, f"dépassée de {retard}", "depassee")
    texte = "aujourd’hui" if jours == 0 else f"dans {nombre(jours, 'jour', 'jours')}"
    return Delai(jours, texte, "proche" if jours <= ECHEANCE_PROCHE_JOURS else "")


@dataclass(frozen=True)
class Ligne:
    """One row of the worklist.

    Args:
        demande: with usager, motif and agent loaded.
        delai: its legal deadline.
        rendez_vous: local time of today's appointment, without timezone.
    """

    demande: Demande
    delai: Delai | None
    rendez_vous: datetime | None

    @property
    def convocable(self) -> bool:
        """Whether its state and its motif let one convoke the person."""
        return PAR_NOM["convoquer"].permise(self.demande.motif.regles, self.demande.etat)


def lignes(demandes: Iterable[Demande]) -> list[Ligne]:
    """Return the rows of a page, with today's appointments (one query)."""
    page = list(demandes)
    rendez_vous = _rendez_vous_du_jour(page)
    return [Ligne(d, delai_de(d), rendez_vous.get(d.pk)) for d in page]


def _rendez_vous_du_jour(page: list[Demande]) -> dict[int, datetime]:
    fuseaux = {d.pk: d.prefecture.fuseau for d in page}
    trouves: dict[int, datetime] = {}
    for demande_id, debut in debuts_par_demande(fuseaux).items():
        fuseau = fuseaux.get(demande_id)  # of a family, others of the visit may be on another page
        if fuseau and aujourdhui(fuseau, debut) == aujourdhui(fuseau):
            trouves[demande_id] = debut.astimezone(ZoneInfo(fuseau)).replace(tzinfo=None)
    return trouves


def suivant(demandes: DemandeQuerySet, apres: str) -> str | None:
    """Return the number of the dossier that follows another in the list; the first when it is not there."""
    numeros = list(demandes.values_list("numero", flat=True)[:PLAFOND])
    if not numeros:
        return None
    rang = numeros.index(apres) + 1 if apres in numeros else 0
    return numeros[rang] if rang < len(numeros) else None


def non_remis(agent: Agent) -> str:
    """Say how many messages did not arrive, for who may deal with them; empty when none did."""
    if not agent.a_un_droit(Droit.VERIFIER):
        return ""
    n = non_remises(agent).order_by()[: PLAFOND + 1].count()
    return nombre(n, "message non remis", "messages non remis", plafond=PLAFOND) if n else ""


def options(agent: Agent) -> dict[str, Any]:
    """Return the choices of the filters: motifs in use, and services when the agent sees several."""
    services = list(Service.objects.filter(prefecture__in=agent.droits_par_prefecture).order_by("pk"))
    return {
        "motifs": list(Motif.objects.actifs().values_list("code", "libelle_court")),
        "services": services if len(services) > 1 else [],
    }
