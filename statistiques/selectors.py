"""Figures of a préfecture, read from the facts themselves: the journal, the appointments, the visits, the demandes.

Each fact is counted where it is written once: a transition in the journal, an appointment in `RendezVous`, a visit
in `Passage`. Every function is one query, grouped by PostgreSQL, whatever the number of demandes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import (
    Aggregate,
    Case,
    Count,
    DateField,
    DurationField,
    Expression,
    ExpressionWrapper,
    F,
    FloatField,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Extract, Trunc

from demandes.cycle import EN_COURS, LIBELLES, Etat
from demandes.models import Convocation, Demande, Evenement, Motif, Prefecture
from guichet.models import Passage, Venue
from planipref.commun.horloge import aujourdhui
from planning.models import RendezVous
from planning.querysets import bornes_du_jour
from statistiques.calculs.comptes import Fait, Indicateur
from statistiques.calculs.delais import DECISION, ETAPES_MESUREES, Delai
from statistiques.calculs.periode import Periode

ECHEANCE_PROCHE_JOURS = 30
# Named one by one rather than excluded: the index on the state serves.
VIVANTS = [e for e in Etat if e not in (Etat.BROUILLON, Etat.CLOTUREE)]
SECONDES_PAR_JOUR = 86_400
JALONS: dict[str, Indicateur] = {
    "transition:deposer": Indicateur.RECUES,
    "transition:constater_completude": Indicateur.COMPLETES,
    "transition:convoquer": Indicateur.CONVOQUEES,
    "transition:reprendre": Indicateur.CONVOQUEES,
    "transition:accorder": Indicateur.ACCORDEES,
    "transition:refuser": Indicateur.REFUSEES,
    "transition:remettre": Indicateur.REMISES,
    "transition:classer_incomplete": Indicateur.SANS_SUITE,
    "transition:retirer": Indicateur.SANS_SUITE,
}


@dataclass(frozen=True)
class Selection:
    """What the figures are about; the agent's scope is already in it (`selectors_portee`).

    Args:
        prefecture: whose civil days are counted.
        periode: days.
        services: identifiers of the services kept; None for all.
        sites: identifiers of the sites kept, for appointments and visits.
        motif: the only motif kept; None for all.
    """

    prefecture: Prefecture
    periode: Periode
    services: tuple[int, ...] | None
    sites: tuple[int, ...]
    motif: Motif | None

    @property
    def zone(self) -> ZoneInfo:
        """Timezone of the civil days."""
        return ZoneInfo(self.prefecture.fuseau)

    @property
    def bornes(self) -> tuple[datetime, datetime]:
        """First instant of the period and first one after it, in the préfecture's time."""
        debut, _ = bornes_du_jour(self.periode.du, self.prefecture.fuseau)
        _, fin = bornes_du_jour(self.periode.au, self.prefecture.fuseau)
        return debut, fin

    def filtre(self, demande: str) -> Q:
        """Return the condition on the demande's service and motif.

        Args:
            demande: path of the demande, with its double underscore, or empty on `Demande` itself.
        """
        filtre = Q()
        if self.services is not None:
            filtre &= Q(**{f"{demande}service__in": self.services})
        if self.motif is not None:
            filtre &= Q(**{f"{demande}motif": self.motif})
        return filtre

    def tranche(self, instant: str) -> Trunc:
        """Return the expression of the chart's bar that holds an instant."""
        return Trunc(instant, self.periode.pas.value, tzinfo=self.zone, output_field=DateField())


class Centiles(Aggregate):
    """Median and ninth decile, interpolated (``percentile_cont``)."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = ArrayField(FloatField())


def faits(selection: Selection) -> list[Fait]:
    """Return the counts of the period by bar of the chart and motif (four queries)."""
    return [
        *_faits_du_journal(selection),
        *_rendez_vous_pris(selection),
        *_rendez_vous_tenus(selection),
        *_passages(selection),
    ]


def _evenements(selection: Selection) -> QuerySet[Evenement]:
    """Return the transitions of the period (index `evenement_transitions`)."""
    debut, fin = selection.bornes
    return (
        Evenement.objects.transitions()
        .filter(prefecture=selection.prefecture, le__gte=debut, le__lt=fin)
        .filter(selection.filtre("demande__"))
        .order_by()
    )


def _faits_du_journal(selection: Selection) -> Iterator[Fait]:
    lignes = (
        _evenements(selection)
        .filter(nature__in=JALONS)
        .annotate(tranche=selection.tranche("le"))
        .values_list("tranche", "demande__motif", "nature")
        .annotate(nombre=Count("*"))
    )
    return (Fait(tranche, motif, JALONS[nature], nombre) for tranche, motif, nature, nombre in lignes)


def _rendez_vous(selection: Selection) -> QuerySet[RendezVous]:
    """Return the appointments of the selection on slots of the period or later (index `creneau_unique`).

    Nobody books a slot that is past: those booked in the period are among them, and no index on `pris_le` is needed.
    """
    return (
        RendezVous.objects.filter(creneau__file__site__in=selection.sites, creneau__debut__gte=selection.bornes[0])
        .filter(selection.filtre("convocation__demande__"))
        .order_by()
    )


def _rendez_vous_pris(selection: Selection) -> Iterator[Fait]:
    debut, fin = selection.bornes
    lignes = (
        _rendez_vous(selection)
        .filter(pris_le__gte=debut, pris_le__lt=fin)
        .exclude(etat=RendezVous.Etat.DEPLACE)
        .annotate(tranche=selection.tranche("pris_le"))
        .values_list("tranche", "convocation__demande__motif", "convocation__objet")
        .annotate(nombre=Count("*"))
    )
    for tranche, motif, objet, nombre in lignes:
        yield Fait(tranche, motif, Indicateur.RDV_PRIS, nombre)
        if objet == Convocation.Objet.REMISE:
            yield Fait(tranche, motif, Indicateur.RDV_PRIS_REMISE, nombre)


def _rendez_vous_tenus(selection: Selection) -> Iterator[Fait]:
    tenus = {RendezVous.Etat.HONORE.value: Indicateur.HONORES, RendezVous.Etat.ABSENT.value: Indicateur.ABSENTS}
    lignes = (
        _rendez_vous(selection)
        .filter(creneau__debut__lt=selection.bornes[1], etat__in=tenus)
        .annotate(tranche=selection.tranche("creneau__debut"))
        .values_list("tranche", "convocation__demande__motif", "etat")
        .annotate(nombre=Count("*"))
    )
    return (Fait(tranche, motif, tenus[etat], nombre) for tranche, motif, etat, nombre in lignes)


def _passages(selection: Selection) -> Iterator[Fait]:
    """Count the visits received (index `passage_ticket_unique`)."""
    lignes = (
        Passage.objects.filter(site__in=selection.sites, recu_le__isnull=False)
        .filter(jour__gte=selection.periode.du, jour__lte=selection.periode.au)
        .filter(selection.filtre("demande__"))
        .order_by()
        .annotate(tranche=Trunc("jour", selection.periode.pas.value))  # already a civil day
        .values_list("tranche", "demande__motif")
        .annotate(
            nombre=Count("*"), personnes=Sum(_presentes()), sans_rdv=Count("pk", filter=Q(rendez_vous__isnull=True))
        )
    )
    for tranche, motif, nombre, personnes, sans_rdv in lignes:
        yield Fait(tranche, motif, Indicateur.PASSAGES, nombre)
        yield Fait(tranche, motif, Indicateur.PERSONNES, personnes)
        yield Fait(tranche, motif, Indicateur.SANS_RDV, sans_rdv)


def _presentes() -> Expression:
    """Return how many persons of a visit were there: of a family, without those who did not come."""
    absentes = Venue.objects.filter(passage=OuterRef("pk"), etat=Venue.Etat.ABSENTE).order_by().values("passage")
    manquantes = Coalesce(Subquery(absentes.annotate(n=Count("pk")).values("n")), 0)
    return Case(When(personnes=1, then=Value(1)), default=F("personnes") - manquantes, output_field=IntegerField())


# One step a line of `etapes`: joined by kind of event, the plan stays a hash of two index scans whatever the volume
# (2.3 s for a year of 83 000 demandes; 8.9 s when one join serves every step). Django cannot write this join without
# going through the demandes.
_SQL_DELAIS = """
SELECT etapes.code, mesures.nombre, mesures.centiles
FROM unnest(%(codes)s::text[], %(debuts)s::text[]) AS etapes (code, debut)
JOIN LATERAL (
  SELECT count(*) AS nombre,
    percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY extract(epoch FROM fin.le - debut.le) / 86400) AS centiles
  FROM demandes_evenement fin
  JOIN demandes_evenement debut ON debut.demande_id = fin.demande_id
  WHERE fin.prefecture_id = %(prefecture)s AND fin.vers <> '' AND fin.le >= %(du)s AND fin.le < %(au)s
    AND fin.nature = ANY (ARRAY(SELECT f.nature FROM unnest(%(fins_de)s::text[], %(fins)s::text[]) AS f (code, nature)
                                WHERE f.code = etapes.code))
    AND debut.prefecture_id = %(prefecture)s AND debut.vers <> '' AND debut.nature = etapes.debut
    AND (%(toutes)s OR fin.demande_id IN (
      SELECT d.id FROM demandes_demande d
      WHERE (%(services)s::bigint[] IS NULL OR d.service_id = ANY (%(services)s::bigint[]))
        AND (%(motif)s::bigint IS NULL OR d.motif_id = %(motif)s::bigint)))
) AS mesures ON mesures.nombre > 0
"""


def delais(selection: Selection) -> dict[str, Delai]:
    """Return the delays of the steps that ended in the period, by code of `ETAPES_MESUREES` (one query)."""
    du, au = selection.bornes
    fins = [(e.code, _nature(fin)) for e in ETAPES_MESUREES for fin in e.fins]
    parametres: dict[str, Any] = {
        "codes": [e.code for e in ETAPES_MESUREES],
        "debuts": [_nature(e.debut) for e in ETAPES_MESUREES],
        "fins_de": [code for code, _ in fins],
        "fins": [nature for _, nature in fins],
        "prefecture": selection.prefecture.pk,
        "du": du,
        "au": au,
        "toutes": selection.services is None and selection.motif is None,
        "services": None if selection.services is None else list(selection.services),
        "motif": selection.motif.pk if selection.motif else None,
    }
    with connection.cursor() as curseur:
        curseur.execute(_SQL_DELAIS, parametres)
        return {code: Delai(nombre, *centiles) for code, nombre, centiles in curseur.fetchall()}


def delais_par_motif(selection: Selection) -> dict[int, Delai]:
    """Return the whole delay, from deposit to decision, by motif (one query)."""
    duree = ExpressionWrapper(F("le") - F("demande__deposee_le"), output_field=DurationField())
    lignes = (
        _evenements(selection)
        .filter(nature__in=[_nature(fin) for fin in DECISION])
        .annotate(jours=Extract(duree, "epoch", output_field=FloatField()) / SECONDES_PAR_JOUR)
        .values_list("demande__motif")
        .annotate(nombre=Count("*"), centiles=Centiles("jours"))
    )
    return {motif: Delai(nombre, *centiles) for motif, nombre, centiles in lignes}


def _nature(transition: str) -> str:
    return f"transition:{transition}"


@dataclass(frozen=True)
class LigneStock:
    """Demandes that stand in a state now.

    Args:
        etat: code of the state.
        libelle: its French name.
        nombre: how many.
        depassees: of which the legal deadline has passed; 0 once answered.
        proches: of which it falls today or within 30 days.
    """

    etat: str
    libelle: str
    nombre: int
    depassees: int
    proches: int


def stock(selection: Selection, *, maintenant: datetime) -> list[LigneStock]:
    """Return the live demandes by state and legal clock, closed ones left out (index `demande_a_traiter`)."""
    jour = aujourdhui(selection.prefecture.fuseau, maintenant)
    comptes = {
        etat: valeurs
        for etat, *valeurs in Demande.objects.filter(selection.filtre(""), prefecture=selection.prefecture)
        .filter(etat__in=VIVANTS)
        .order_by()
        .values_list("etat")
        .annotate(nombre=Count("*"), **_echeances(jour))
    }
    return [LigneStock(e.value, LIBELLES[e], *comptes[e]) for e in Etat if e in comptes]


def _echeances(jour: date) -> dict[str, Count]:
    """Count what the silence of the administration has answered, or soon will, in the order of `LigneStock`."""
    en_cours = Q(etat__in=EN_COURS)
    bientot = jour + timedelta(days=ECHEANCE_PROCHE_JOURS)
    return {
        "depassees": Count("pk", filter=en_cours & Q(echeance__lt=jour)),
        "proches": Count("pk", filter=en_cours & Q(echeance__gte=jour, echeance__lte=bientot)),
    }
