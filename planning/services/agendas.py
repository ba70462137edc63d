"""Medical agendas: where doctors receive, and what ends with their agrément. No agrément, nobody is sent there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Max
from psycopg.types.range import DateRange

from demandes.acteur import Acteur
from demandes.models import Agrement, Convocation, Demande, Medecin, Motif, Prefecture, Site
from demandes.services.journal import journaliser
from demandes.services.medecins import exiger_gestion
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte, etape
from planning.models import AgendaMedical, Creneau, FileGuichet, RendezVous
from planning.selectors_medical import agrees_tous_le
from planning.services import reservation


@dataclass(frozen=True)
class Lieu:
    """Where doctors receive, as usagers read it.

    Args:
        nom: name.
        adresse: street.
        code_postal: five digits.
        commune: town.
        acces: how to come.
    """

    nom: str
    adresse: str
    code_postal: str
    commune: str
    acces: str = ""


@acte
def ouvrir_agenda(
    prefecture: Prefecture,
    *,
    genre: str,
    lieu: Lieu,
    medecins: Sequence[Medecin],
    motifs: Sequence[Motif],
    pas_minutes: int,
    par: Acteur,
    maintenant: datetime,
) -> AgendaMedical:
    """Open an agenda: a place, its doctors, what they examine for. Its openings are typed as for any queue.

    Args:
        prefecture: whose.
        genre: value of `AgendaMedical.Genre`.
        lieu: where.
        medecins: one for a practice, two or more for a commission.
        motifs: those examined for.
        pas_minutes: length of an examination.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``medecins`` or ``motifs`` on their fields.
    """
    exiger_gestion(par, prefecture.pk)
    _exiger_composition(prefecture, genre, medecins, motifs)
    rang = Site.objects.filter(prefecture=prefecture, genre=Site.Genre.MEDICAL).aggregate(m=Max("pk"))["m"] or 0
    site = Site.objects.create(
        prefecture=prefecture,
        code=f"{prefecture.departement.lower()}-medical-{rang + 1}",
        genre=Site.Genre.MEDICAL,
        **asdict(lieu),
    )
    file = FileGuichet.objects.create(
        site=site, code="examens", nom="Examens médicaux", lettre="M", pas_minutes=pas_minutes
    )
    file.motifs.set(motifs)
    agenda = AgendaMedical.objects.create(file=file, genre=genre)
    agenda.medecins.set(medecins)
    charge = {"agenda_id": agenda.pk}
    journaliser("agenda:ouvert", par=par, maintenant=maintenant, prefecture_id=prefecture.pk, charge=charge)
    return agenda


def _exiger_composition(
    prefecture: Prefecture, genre: str, medecins: Sequence[Medecin], motifs: Collection[Motif]
) -> None:
    voulus = AgendaMedical.SIGNATURES[AgendaMedical.Genre(genre)]
    if len(medecins) != voulus:
        message = f"Choisissez {'deux médecins' if voulus > 1 else 'un médecin'}."
        raise ErreurMetier("medecins", message, champ="medecins")
    connus = set(
        Agrement.objects.des_medecins([m.pk for m in medecins], prefecture.pk).values_list("medecin", flat=True)
    )
    if connus != {m.pk for m in medecins}:
        raise ErreurMetier("medecins", "Choisissez des médecins agréés par la préfecture.", champ="medecins")
    permis = {Motif.Examen.COMMISSION} if voulus > 1 else {Motif.Examen.MEDECIN}
    if not motifs or any(m.examen not in permis for m in motifs):
        message = "Une commission examine pour ses propres démarches, un médecin seul pour les autres."
        raise ErreurMetier("motifs", message, champ="motifs")


@acte
def fermer_agenda(agenda: AgendaMedical, *, par: Acteur, maintenant: datetime) -> None:
    """Take an agenda out of use; appointments already taken are kept.

    Raises:
        DroitRefuse: 403.
    """
    file = agenda.file
    exiger_gestion(par, file.site.prefecture_id)
    FileGuichet.objects.filter(pk=file.pk).update(actif=False)
    Creneau.objects.filter(file=file, debut__gt=maintenant, prises=0).update(etat=Creneau.Etat.RETIRE)
    charge = {"agenda_id": agenda.pk}
    journaliser("agenda:ferme", par=par, maintenant=maintenant, prefecture_id=file.site.prefecture_id, charge=charge)


def retirer_agrement(agrement: Agrement, *, le: date, par: Acteur, maintenant: datetime) -> int:
    """End an agrément on a day: its slots from that day on are withdrawn, who had taken one is told and chooses again.

    Args:
        agrement: with its préfecture.
        le: first day without it.
        par: agent.
        maintenant: instant.

    Returns:
        How many appointments were cancelled.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``le`` on its field.
    """
    _ecourter(agrement, le=le, par=par, maintenant=maintenant)
    return annuler_sans_agrement(agrement.prefecture, par=par, maintenant=maintenant)


@acte
def _ecourter(agrement: Agrement, *, le: date, par: Acteur, maintenant: datetime) -> None:
    exiger_gestion(par, agrement.prefecture_id)
    frais = Agrement.objects.select_for_update(no_key=True).get(pk=agrement.pk)
    if not frais.pendant.lower < le < frais.pendant.upper:
        raise ErreurMetier("le", "Choisissez un jour pendant l’agrément, après son premier jour.", champ="le")
    fuseau = agrement.prefecture.fuseau
    agendas = AgendaMedical.objects.filter(medecins=frais.medecin_id, file__site__prefecture=agrement.prefecture_id)
    creneaux = Creneau.objects.filter(file__in=agendas.values("file"), debut__gt=maintenant).depuis_le_jour(le, fuseau)
    creneaux.update(etat=Creneau.Etat.RETIRE)
    frais.pendant, frais.retire_le = DateRange(frais.pendant.lower, le), le
    frais.save(update_fields=["pendant", "retire_le"])
    charge = {"medecin_id": frais.medecin_id, "agrement_id": frais.pk}
    journaliser(
        "medecin:agrement_retire", par=par, maintenant=maintenant, prefecture_id=agrement.prefecture_id, charge=charge
    )


def annuler_sans_agrement(prefecture: Prefecture, *, par: Acteur, maintenant: datetime) -> int:
    """Cancel the appointments to come whose slot was withdrawn with an agrément; idempotent, each in its own act.

    Returns:
        How many were cancelled.
    """
    orphelins = RendezVous.objects.actifs().filter(
        creneau__file__agenda__isnull=False,
        creneau__file__site__prefecture=prefecture,
        creneau__etat=Creneau.Etat.RETIRE,
        creneau__debut__gt=maintenant,
    )
    nombre = 0
    for rendez_vous in orphelins.select_related("convocation__demande").order_by("pk"):
        reservation.annuler(rendez_vous.convocation, par=par, maintenant=maintenant)
        nombre += 1
    return nombre


@etape
def exiger_agrement(demande: Demande, *, convocation_id: int = 0, maintenant: datetime, **_: Any) -> None:
    """React to a convocation: nobody is sent to a doctor without an agrément, nor with others, nor to the wrong one.

    Raises:
        ErreurMetier: ``sans_agrement``, ``commission`` on ``sites``; ``examen_seul`` on ``personnes``.
    """
    if not convocation_id:
        return
    convocation = Convocation.objects.get(pk=convocation_id)
    agendas = AgendaMedical.objects.filter(file__actif=True, file__site__in=convocation.sites.all()).avec_lieu()
    for agenda in agendas:
        if convocation.personnes > 1 or convocation.jointe_a_id:
            raise ErreurMetier("examen_seul", "Chez un médecin, on est convoqué seul.", champ="personnes")
        if demande.motif.examen == Motif.Examen.COMMISSION and not agenda.en_commission:
            raise ErreurMetier("commission", "Cette démarche passe devant la commission médicale.", champ="sites")
        fuseau = agenda.file.site.prefecture.fuseau
        if not any(agrees_tous_le(agenda, aujourdhui(fuseau, i)) for i in (maintenant, convocation.expire_le)):
            raise ErreurMetier(
                "sans_agrement", f"{agenda.file.site} : l’agrément d’un médecin n’est pas en vigueur.", champ="sites"
            )
