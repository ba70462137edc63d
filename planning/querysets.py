"""Reads of the planning. Always in a total order."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Case, F, OuterRef, Q, Value, When
from django.db.models.functions import ExtractHour, Greatest, Least, TruncMonth

from demandes.models import Convocation
from planning.calculs.creneaux import MIDI, Moment
from planning.calculs.regles import Quota

if TYPE_CHECKING:
    from planning.models import (
        BesoinVisite,
        Creneau,
        FileGuichet,
        InscriptionAttente,
        ModelePresence,
        OffreAttente,
        PlanSemaine,
        RendezVous,
        RetenuePlace,
    )


# Places that may be taken without a conflict: under-booking offers fewer, and takes no counter away.
TENUES = F("prevues") - Least(F("ecart"), 0)


def _vides(instant: datetime) -> Any:
    """Return the places of a slot that nobody has, nor is offered."""
    return F("places") - F("prises") - Case(When(retenues_jusqu_a__gt=instant, then=F("retenues")), default=0)


def _gardees(instant: datetime) -> dict[Quota, Any]:
    """Return the places of a slot that are still kept, by quota."""
    return {
        quota: Case(
            When(gardees_jusqu_a__gt=instant, then=Greatest(F(f"gardees_{quota}") - F(f"gardees_{quota}_prises"), 0)),
            default=0,
        )
        for quota in Quota
    }


def bornes_du_jour(jour: date, fuseau: str) -> tuple[datetime, datetime]:
    """Return the first instant of a civil day and that of the next one, in a timezone."""
    zone = ZoneInfo(fuseau)
    debut = datetime.combine(jour, time.min, tzinfo=zone)
    return debut, datetime.combine(jour + timedelta(days=1), time.min, tzinfo=zone)


class FileGuichetQuerySet(models.QuerySet["FileGuichet"]):
    """Reads of queues."""

    def actives(self) -> FileGuichetQuerySet:
        """Queues in use."""
        return self.filter(actif=True)

    def pour(
        self, motifs: Iterable[int], sites: Iterable[int] | models.QuerySet[Any, Any], *, remise: bool
    ) -> FileGuichetQuerySet:
        """Queues of these sites that serve every one of some motifs, or hand titles over."""
        files = self.actives().filter(site__in=sites)
        if remise:
            return files.filter(remises=True)
        for motif in motifs:
            files = files.filter(motifs=motif)
        return files.distinct()

    def des_convocations(self, convocations: Collection[int]) -> FileGuichetQuerySet:
        """Queues in use of the sites of some convocations; each with these, and with the `motifs_servis`."""
        sites = Convocation.sites.through.objects.filter(convocation__in=convocations)
        motifs = self.model.motifs.through.objects.filter(fileguichet=OuterRef("pk"))
        return (
            self.actives()
            .filter(site__in=sites.values("site"))
            .annotate(
                convocations=ArraySubquery(sites.filter(site=OuterRef("site")).values("convocation")),
                motifs_servis=ArraySubquery(motifs.values("motif")),
            )
        )


class PlanSemaineQuerySet(models.QuerySet["PlanSemaine"]):
    """Reads of the plans of a week."""

    def de_la_semaine(self, site_id: int, lundi: date) -> PlanSemaineQuerySet:
        """Plans of a site's week, the one in force first, then the newest."""
        return self.filter(site=site_id, lundi=lundi).order_by(Case(When(etat="publie", then=0), default=1), "-pk")


class ModelePresenceQuerySet(models.QuerySet["ModelePresence"]):
    """Reads of the versions of the presence model."""

    def derniers_du_mois(self, prefecture_id: int) -> ModelePresenceQuerySet:
        """The last version of each month, the newest first."""
        mois = self.filter(prefecture=prefecture_id).annotate(mois=TruncMonth("jour"))
        return mois.order_by("-mois", "-jour").distinct("mois")


class CreneauQuerySet(models.QuerySet["Creneau"]):
    """Reads of slots."""

    def qui_ouvrent(self, apres: datetime) -> models.QuerySet[Any, datetime | None]:
        """When open slots become bookable, each instant once, from the first after another."""
        ouverts = self.filter(etat="ouvert", ouvre_le__gt=apres)
        return ouverts.order_by("ouvre_le").values_list("ouvre_le", flat=True).distinct()

    def libres(
        self, instant: datetime, *, quotas: Collection[str] = (), retard: timedelta = timedelta(0)
    ) -> CreneauQuerySet:
        """Open slots to come that are bookable now, with places left, `restantes`.

        Args:
            instant: now; places held until before it are free again.
            quotas: those whose kept places count.
            retard: how long after they open these places do for who asks.
        """
        vides, gardees = _vides(instant), _gardees(instant)
        leurs = sum((gardees[q] for q in Quota if q in quotas), Value(0))
        autres = sum((gardees[q] for q in Quota if q not in quotas), Value(0))
        # More may be kept than is left, once a counter is cut: the first of those it is kept for takes it.
        restantes = Greatest(vides - autres, Least(vides, leurs))
        return (
            self.filter(Q(ouvre_le__isnull=True) | Q(ouvre_le__lte=instant - retard), etat="ouvert", debut__gt=instant)
            .annotate(restantes=restantes)
            .filter(restantes__gte=1)
        )

    def a_prendre(self, instant: datetime) -> CreneauQuerySet:
        """Open slots to come with places left, bookable now or from a later wave.

        Each with the `vides`, kept ones among them, and how many are kept by quota: `vides_titre`, for instance.
        """
        gardees = {f"vides_{quota}": places for quota, places in _gardees(instant).items()}
        return (
            self.filter(etat="ouvert", debut__gt=instant)
            .annotate(vides=_vides(instant), **gardees)
            .filter(vides__gte=1)
        )

    def tenus_a_venir(self, instant: datetime) -> CreneauQuerySet:
        """Slots to come that somebody has taken, or is offered."""
        return self.filter(Q(prises__gt=0) | Q(retenues_jusqu_a__gt=instant), debut__gt=instant)

    def en_conflit(self, instant: datetime) -> CreneauQuerySet:
        """Slots to come where more is taken than the plan or the openings give, and nobody agreed to it."""
        return self.filter(debut__gt=instant, prises__gt=TENUES + F("surplus"))

    def de_la_semaine(self, lundi: date, fuseau: str) -> CreneauQuerySet:
        """Slots from a Monday to the next one, in the préfecture's time."""
        debut, _ = bornes_du_jour(lundi, fuseau)
        fin, _ = bornes_du_jour(lundi + timedelta(days=7), fuseau)
        return self.filter(debut__gte=debut, debut__lt=fin)

    def du_jour(self, jour: date, fuseau: str) -> CreneauQuerySet:
        """Slots of a civil day."""
        debut, fin = bornes_du_jour(jour, fuseau)
        return self.filter(debut__gte=debut, debut__lt=fin)

    def du_moment(self, moment: Moment | None, fuseau: str) -> CreneauQuerySet:
        """Slots that start in a part of the day, in the préfecture's time; all of them when none is asked for."""
        if moment is None:
            return self
        heures = self.annotate(heure_locale=ExtractHour("debut", tzinfo=ZoneInfo(fuseau)))
        if moment is Moment.MATIN:
            return heures.filter(heure_locale__lt=MIDI)
        return heures.filter(heure_locale__gte=MIDI)

    def depuis_le_jour(self, jour: date, fuseau: str) -> CreneauQuerySet:
        """Slots from a civil day on."""
        return self.filter(debut__gte=bornes_du_jour(jour, fuseau)[0])

    def avec_file(self) -> CreneauQuerySet:
        """Load the queue and its site."""
        return self.select_related("file__site__prefecture").order_by("debut", "file", "pk")


class RendezVousQuerySet(models.QuerySet["RendezVous"]):
    """Reads of appointments."""

    def actifs(self) -> RendezVousQuerySet:
        """Appointments taken and still to come or under way."""
        return self.filter(etat="pris")

    def a_confirmer(self, maintenant: datetime) -> RendezVousQuerySet:
        """Appointments to come whose person has still to say that they will come."""
        return self.filter(etat="pris", a_confirmer=True, confirme_le=None, creneau__debut__gt=maintenant)

    def repris(self, convocation_id: int) -> RendezVousQuerySet:
        """Appointments of a link that its person had given up, and took back within minutes."""
        return self.filter(convocation=convocation_id, repris=True)

    def qui_occupent(self, creneau_id: int) -> RendezVousQuerySet:
        """Appointments that take a slot, as their first one or after it."""
        return self.filter(Q(creneau=creneau_id) | Q(prolongements__creneau=creneau_id)).distinct()

    def de_l_organisme(self, organisme_id: int) -> RendezVousQuerySet:
        """Appointments that an organisation took, under its mandates."""
        return self.filter(organisme=organisme_id)

    def sur(self, site_id: int, jour: date, fuseau: str) -> RendezVousQuerySet:
        """Appointments of a site on a civil day, whatever became of them."""
        debut, fin = bornes_du_jour(jour, fuseau)
        return self.filter(creneau__file__site=site_id, creneau__debut__gte=debut, creneau__debut__lt=fin)

    def de_la_convocation(self, convocation_id: int) -> RendezVousQuerySet:
        """Appointments of a convocation, the live one first."""
        return self.filter(convocation=convocation_id).select_related("creneau__file__site__prefecture").order_by("-pk")

    def du_dossier(self, demande_id: int) -> RendezVousQuerySet:
        """Appointments of a demande, newest first; those that it shares with its family too."""
        return (
            self.filter(convocation__in=Convocation.objects.porteuses_de([demande_id]))
            .select_related("creneau__file__site__prefecture", "convocation")
            .order_by("-pk")
        )

    def de_ces_demandes(self, demandes: Iterable[Any]) -> RendezVousQuerySet:
        """Appointments of some demandes; ``jointes`` are the other demandes that come to each, as a family does."""
        jointes = ArrayAgg(
            "convocation__jointes__demande", filter=Q(convocation__jointes__isnull=False), default=Value([])
        )
        return self.filter(convocation__in=Convocation.objects.porteuses_de(demandes)).annotate(jointes=jointes)

    def du_jour(self, site_id: int, jour: date, fuseau: str, *, aussi: Collection[int] = ()) -> RendezVousQuerySet:
        """Appointments of a site on a civil day, with whom they concern.

        Args:
            site_id: the site.
            jour: the day.
            fuseau: timezone of its préfecture.
            aussi: those of that day that are wanted even once cancelled or moved.
        """
        debut, fin = bornes_du_jour(jour, fuseau)
        return (
            self.filter(creneau__file__site=site_id, creneau__debut__gte=debut, creneau__debut__lt=fin)
            .exclude(~Q(pk__in=aussi), etat__in=["annule", "deplace"])
            .select_related("creneau__file", "convocation__demande__usager", "convocation__demande__motif")
            .order_by("creneau__debut", "pk")
        )


class InscriptionAttenteQuerySet(models.QuerySet["InscriptionAttente"]):
    """Reads of the waiting list."""

    def ouvertes(self) -> InscriptionAttenteQuerySet:
        """Of those who still wait."""
        return self.filter(close_le__isnull=True)

    def sans_lien(self) -> InscriptionAttenteQuerySet:
        """Of those whose link has ended: they came, or were told not to."""
        return self.exclude(convocation__etat=Convocation.Etat.ACTIVE)


class OffreAttenteQuerySet(models.QuerySet["OffreAttente"]):
    """Reads of the places offered."""

    def en_cours(self, instant: datetime) -> OffreAttenteQuerySet:
        """Offers that hold their place now."""
        return self.filter(etat="proposee", jusqu_a__gt=instant)

    def echues(self, instant: datetime) -> OffreAttenteQuerySet:
        """Offers that nobody answered in time, not closed yet."""
        return self.filter(etat="proposee", jusqu_a__lte=instant).order_by("jusqu_a", "pk")


class RetenuePlaceQuerySet(models.QuerySet["RetenuePlace"]):
    """Reads of the places held."""

    def a_personne(self, instant: datetime) -> RetenuePlaceQuerySet:
        """Places held for nobody in particular: neither offered, nor to be taken back by who gave them up."""
        return self.filter(Q(rendu__isnull=True) | Q(reprise_jusqu_a__lte=instant), offre__isnull=True)

    def a_quelqu_un(self, instant: datetime) -> RetenuePlaceQuerySet:
        """Places held for one person now."""
        return self.filter(Q(offre__isnull=False) | Q(reprise_jusqu_a__gt=instant), jusqu_a__gt=instant)

    def a_reprendre(self, convocation_id: int, instant: datetime) -> RetenuePlaceQuerySet:
        """Places that the person of a link may take back now."""
        return self.filter(rendu__convocation=convocation_id, reprise_jusqu_a__gt=instant)


class BesoinVisiteQuerySet(models.QuerySet["BesoinVisite"]):
    """Reads of what persons need on the day of their visit."""

    def sans_visite(self, depuis: datetime) -> BesoinVisiteQuerySet:
        """Of those whose link has ended, used or not, before an instant."""
        fini = Q(convocation__terminee_le__lt=depuis) | Q(convocation__expire_le__lt=depuis)
        return self.filter(fini)
