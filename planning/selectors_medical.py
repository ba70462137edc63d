"""Reads of medical agendas: which days are covered by agréments, what waits for a doctor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db import models

from demandes.cycle import Etat
from demandes.droits import Droit
from demandes.models import Agent, Agrement, AvisMedical, Demande, Medecin, Motif, Prefecture
from demandes.querysets_medical import AvisMedicalQuerySet
from demandes.selectors_reglages import reponses_lues
from planipref.commun.horloge import aujourdhui
from planning.models import AgendaMedical, Creneau, Fermeture, FileGuichet, PlageOuverture, RendezVous
from planning.querysets import RendezVousQuerySet, bornes_du_jour

RENDUS_MONTRES = 50
ABSENCE_DU_MEDECIN = "Absence du médecin"
_AU_DELA = [e.value for e in Etat if e != Etat.RECUE]
# What a doctor may know of a demande besides identity: licence, measure, use. No piece, no other answer.
QUESTIONS_DU_MEDECIN = ("neph", "categories", "usage", "cause", "mesure", "duree_mesure_mois", "date_fin_mesure")


def jours_agrees(file: FileGuichet, jours: Iterable[date]) -> list[date]:
    """Return the days, among some, on which a queue may open: all of them unless doctors examine there."""
    agenda = AgendaMedical.objects.filter(file=file).avec_lieu().first()
    if agenda is None:
        return list(jours)
    periodes = _periodes(agenda)
    return [j for j in jours if _tous(agenda, periodes, j)]


def agrees_tous_le(agenda: AgendaMedical, jour: date) -> bool:
    """Say whether as many doctors as an agenda needs are in activity and agréés on a day."""
    return _tous(agenda, _periodes(agenda), jour)


def _periodes(agenda: AgendaMedical) -> list[Agrement]:
    medecins = [m.pk for m in agenda.medecins.all() if m.actif]
    return list(Agrement.objects.des_medecins(medecins))


def _tous(agenda: AgendaMedical, agrements: list[Agrement], jour: date) -> bool:
    return len({a.medecin_id for a in agrements if jour in a.pendant}) >= agenda.signatures_voulues


def rendez_vous_du_medecin(medecin: Medecin, pk: int) -> RendezVous | None:
    """Return an appointment of an agenda where the doctor sits, until its opinion is written."""
    return _vivants(medecin).filter(pk=pk).first()


def _vivants(medecin: Medecin) -> RendezVousQuerySet:
    """Appointments to come, and those honoured whose opinion is not written yet."""
    return (
        _des_agendas(medecin)
        .filter(etat__in=[RendezVous.Etat.PRIS, RendezVous.Etat.HONORE])
        .exclude(etat=RendezVous.Etat.HONORE, convocation__avis__isnull=False)
        .exclude(etat=RendezVous.Etat.HONORE, convocation__demande__etat__in=_AU_DELA)
    )


def _des_agendas(medecin: Medecin) -> RendezVousQuerySet:
    return (
        RendezVous.objects.filter(creneau__file__agenda__medecins=medecin)
        .exclude(etat__in=[RendezVous.Etat.ANNULE, RendezVous.Etat.DEPLACE])
        .select_related(
            "creneau__file__agenda",
            "creneau__file__site__prefecture",
            "convocation__demande__usager",
            "convocation__demande__motif",
            "convocation__demande__prefecture",
        )
        .order_by("creneau__debut", "pk")
    )


@dataclass(frozen=True)
class JourMedical:
    """A day of the agenda.

    Args:
        date: civil day.
        rendez_vous: who is convoked, in order.
    """

    date: date
    rendez_vous: list[RendezVous]


@dataclass(frozen=True)
class Tableau:
    """What a doctor's page shows.

    Args:
        agendas: where they sit, with their openings.
        a_rendre: examinations of today and before, without an opinion.
        a_contresigner: opinions of a commission that wait for this doctor.
        a_venir: the days to come.
        rendus: opinions that they signed, newest first.
        absences: days without consultation, to come.
        fin_agrement: last day of their last agrément.
    """

    agendas: list[AgendaMedical]
    a_rendre: list[RendezVous]
    a_contresigner: list[AvisMedical]
    a_venir: list[JourMedical]
    rendus: list[AvisMedical]
    absences: list[Fermeture]
    fin_agrement: date | None


def tableau_du_medecin(medecin: Medecin, *, maintenant: datetime) -> Tableau:
    """Return what a doctor's page shows."""
    agendas = list(AgendaMedical.objects.du_medecin(medecin.pk).prefetch_related("file__plages", "file__motifs"))
    vivants = list(_vivants(medecin))
    a_rendre = [r for r in vivants if _jour(r) <= aujourdhui(_fuseau(r), maintenant)]
    futurs = [r for r in vivants if r not in a_rendre]
    return Tableau(
        agendas=agendas,
        a_rendre=a_rendre,
        a_contresigner=list(avis_a_contresigner(medecin)),
        a_venir=[JourMedical(j, list(g)) for j, g in groupby(futurs, key=_jour)],
        rendus=list(avis_du_medecin(medecin)[:RENDUS_MONTRES]),
        absences=list(
            _absences(medecin).filter(pendant__endswith__gt=maintenant.date()).distinct().order_by("pendant", "pk")
        ),
        fin_agrement=max((a.fin for a in medecin.agrements.all()), default=None),
    )


def _fuseau(rendez_vous: RendezVous) -> str:
    return rendez_vous.creneau.file.site.prefecture.fuseau


def _jour(rendez_vous: RendezVous) -> date:
    return aujourdhui(_fuseau(rendez_vous), rendez_vous.creneau.debut)


def avis_a_contresigner(medecin: Medecin) -> AvisMedicalQuerySet:
    """Return the opinions of commissions where the doctor sits, signed by the other and not by them."""
    return (
        AvisMedical.objects.en_attente()
        .filter(
            convocation__rendez_vous__creneau__file__agenda__medecins=medecin,
            convocation__rendez_vous__etat=RendezVous.Etat.HONORE,
        )
        .exclude(signatures__medecin=medecin)
        .select_related("demande__usager", "demande__motif")
        .prefetch_related("signatures__medecin")
        .distinct()
        .order_by("examine_le", "pk")
    )


def avis_du_medecin(medecin: Medecin) -> AvisMedicalQuerySet:
    """Return the opinions rendered that a doctor signed, newest first."""
    return (
        AvisMedical.objects.rendus()
        .filter(signatures__medecin=medecin)
        .select_related("demande__usager", "demande__motif", "acte")
    )


def ce_que_voit_le_medecin(demande: Demande) -> list[tuple[str, str]]:
    """Return the answers that a doctor may read, in words: licence, measure, use."""
    return [(libelle, texte) for code, libelle, texte in reponses_lues(demande) if code in QUESTIONS_DU_MEDECIN]


def agendas_du_medecin(medecin: Medecin) -> list[AgendaMedical]:
    """Return the agendas in use where a doctor sits."""
    return list(AgendaMedical.objects.du_medecin(medecin.pk))


def places_prises(medecin: Medecin, *, maintenant: datetime) -> int:
    """Return how many appointments to come a doctor has."""
    return _vivants(medecin).filter(creneau__debut__gt=maintenant, etat=RendezVous.Etat.PRIS).count()


def plage_du_medecin(medecin: Medecin, pk: int) -> PlageOuverture | None:
    """Return a weekly opening of an agenda where a doctor sits."""
    plages = PlageOuverture.objects.filter(file__agenda__medecins=medecin, pk=pk)
    return plages.select_related("file__site__prefecture").first()


def fermeture_du_medecin(medecin: Medecin, pk: int) -> Fermeture | None:
    """Return a closure of a place where a doctor sits."""
    return _absences(medecin).filter(pk=pk).first()


def _absences(medecin: Medecin) -> models.QuerySet[Fermeture]:
    """What a doctor noted themselves; the closures of the préfecture are hers."""
    siennes = Fermeture.objects.filter(site__files__agenda__medecins=medecin, libelle=ABSENCE_DU_MEDECIN)
    return siennes.select_related("prefecture", "site")


def prefectures_planifiees(agent: Agent) -> list[Prefecture]:
    """Return the préfectures where an agent plans."""
    return list(Prefecture.objects.visibles_par(agent, Droit.PLANIFIER).order_by("departement"))


def medecin_gere(prefecture_id: int, pk: int) -> Medecin | None:
    """Return a doctor of a préfecture's list."""
    return Medecin.objects.de_la_prefecture(prefecture_id).filter(pk=pk).first()


def medecins_de_la_prefecture(prefecture_id: int) -> list[Medecin]:
    """Return the doctors of a préfecture's list."""
    return list(Medecin.objects.de_la_prefecture(prefecture_id))


def agrement_gere(prefecture_id: int, pk: int) -> Agrement | None:
    """Return an agrément of a préfecture."""
    siens = Agrement.objects.filter(medecin__prefecture=prefecture_id, pk=pk)
    return siens.select_related("medecin__prefecture").first()


def agenda_gere(prefecture_id: int, pk: int) -> AgendaMedical | None:
    """Return an agenda of a préfecture."""
    return AgendaMedical.objects.de_la_prefecture(prefecture_id).filter(pk=pk).first()


def motifs_a_examen() -> list[Motif]:
    """Return the démarches for which doctors examine."""
    return list(Motif.objects.filter(actif=True).exclude(examen="").order_by("code"))


@dataclass(frozen=True)
class LigneMedecin:
    """A doctor of the préfecture's list.

    Args:
        medecin: who.
        agrements: theirs in the préfecture, newest first.
        situation: ``en_cours``, ``bientot`` (less than three months left), ``fini`` or ``suspendu``.
        agendas: names of the places where they sit.
    """

    medecin: Medecin
    agrements: list[Agrement]
    situation: str
    agendas: list[str]


BIENTOT = timedelta(days=92)


def liste_des_medecins(prefecture_id: int, jour: date) -> list[LigneMedecin]:
    """Return the doctors of a préfecture (four queries)."""
    medecins = list(Medecin.objects.de_la_prefecture(prefecture_id))
    agrements: dict[int, list[Agrement]] = {}
    for agrement in Agrement.objects.des_medecins([m.pk for m in medecins]):
        agrements.setdefault(agrement.medecin_id, []).insert(0, agrement)
    lieux: dict[int, list[str]] = {}
    for agenda in AgendaMedical.objects.de_la_prefecture(prefecture_id).filter(file__actif=True):
        for medecin in agenda.medecins.all():
            lieux.setdefault(medecin.pk, []).append(agenda.file.site.nom)
    return [
        LigneMedecin(m, agrements.get(m.pk, []), _situation(m, agrements.get(m.pk, []), jour), lieux.get(m.pk, []))
        for m in medecins
    ]


def _situation(medecin: Medecin, agrements: list[Agrement], jour: date) -> str:
    if not medecin.actif:
        return "suspendu"
    fin = max((a.pendant.upper for a in agrements if jour in a.pendant), default=None)
    if fin is None:
        return "fini"
    couverts = any(a.pendant.lower <= fin < a.pendant.upper for a in agrements)
    return "bientot" if fin - jour < BIENTOT and not couverts else "en_cours"


def agendas_de_la_prefecture(prefecture_id: int, *, maintenant: datetime) -> list[tuple[AgendaMedical, int, int]]:
    """Return the agendas in use with their free places to come, and how many examinations wait for an opinion."""
    agendas = list(AgendaMedical.objects.de_la_prefecture(prefecture_id).filter(file__actif=True))
    libres: dict[int, int] = {}
    lignes = Creneau.objects.libres(maintenant).filter(file__in=[a.file_id for a in agendas])
    for file_id, places, prises in lignes.values_list("file", "places", "prises"):
        libres[file_id] = libres.get(file_id, 0) + places - prises
    attendus: dict[int, int] = {}
    passes = RendezVous.objects.actifs().filter(creneau__file__in=libres.keys() | {a.file_id for a in agendas})
    for file_id in passes.filter(creneau__debut__lt=maintenant).values_list("creneau__file", flat=True):
        attendus[file_id] = attendus.get(file_id, 0) + 1
    return [(a, libres.get(a.file_id, 0), attendus.get(a.file_id, 0)) for a in agendas]


def sites_deportes(demande: Demande) -> set[int]:
    """Return the places where a doctor has stepped aside for this person (two queries)."""
    ecartes = demande.evenements.filter(nature="examen:deport").values_list("charge__medecin_id", flat=True)
    agendas = AgendaMedical.objects.filter(medecins__in=[pk for pk in ecartes if pk])
    return set(agendas.values_list("file__site", flat=True))


def a_des_rendez_vous(file: FileGuichet, du: date, au: date) -> bool:
    """Tell whether somebody is booked in a queue between two days, both included."""
    fuseau = file.site.prefecture.fuseau
    debut, fin = bornes_du_jour(du, fuseau)[0], bornes_du_jour(au, fuseau)[1]
    return (
        RendezVous.objects.actifs()
        .filter(creneau__file=file, creneau__debut__gte=debut, creneau__debut__lt=fin)
        .exists()
    )
