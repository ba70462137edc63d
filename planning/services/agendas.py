"""Medical agendas: where doctors receive, and what ends with their agrément. No agrément, nobody is sent there."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from psycopg.types.range import DateRange

from demandes.acteur import SYSTEME, Acteur
from demandes.calculs.avis import signatures_voulues
from demandes.cycle import Etat
from demandes.models import Agrement, Convocation, Demande, Medecin, Motif, Prefecture, Site
from demandes.services.avis import est_deporte, va_en_commission
from demandes.services.journal import journaliser
from demandes.services.medecins import consigner, exiger_gestion
from demandes.services.transitions import appliquer, verrouiller
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte, etape
from planning.models import AgendaMedical, Creneau, FileGuichet, RendezVous
from planning.querysets import bornes_du_jour
from planning.selectors_medical import agrees_tous_le
from planning.services.reservation import liberer_et_annoncer


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
        medecins: one for a practice, two for a commission.
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
    site = Site.objects.create(
        prefecture=prefecture,
        code=f"{prefecture.departement.lower()}-medical-{uuid.uuid4().hex[:8]}",
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
    en_commission = genre == AgendaMedical.Genre.COMMISSION
    if len({m.pk for m in medecins}) != signatures_voulues(en_commission=en_commission):
        message = f"Choisissez {'deux médecins' if en_commission else 'un médecin'}."
        raise ErreurMetier("medecins", message, champ="medecins")
    if any(m.prefecture_id != prefecture.pk for m in medecins):
        raise ErreurMetier("medecins", "Choisissez des médecins agréés par la préfecture.", champ="medecins")
    permis = set(Motif.Examen) if en_commission else {Motif.Examen.MEDECIN}
    if not motifs or any(m.examen not in permis for m in motifs):
        raise ErreurMetier("motifs", "Un médecin seul n’examine pas pour la commission.", champ="motifs")


@acte
def composer(agenda: AgendaMedical, medecins: Sequence[Medecin], *, par: Acteur, maintenant: datetime) -> None:
    """Change who examines at a place: free slots are withdrawn, the next publication opens those that may be.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``medecins`` on the field.
    """
    prefecture = agenda.file.site.prefecture
    exiger_gestion(par, prefecture.pk)
    _exiger_composition(prefecture, agenda.genre, medecins, list(agenda.file.motifs.all()))
    _retirer_libres([agenda.file], maintenant)
    agenda.medecins.set(medecins)
    charge = {"agenda_id": agenda.pk}
    journaliser("agenda:compose", par=par, maintenant=maintenant, prefecture_id=prefecture.pk, charge=charge)


@etape
def _retirer_libres(files: Collection[FileGuichet], maintenant: datetime) -> None:
    Creneau.objects.filter(file__in=files, debut__gt=maintenant, prises=0).update(etat=Creneau.Etat.RETIRE)


@acte
def basculer(medecin: Medecin, *, actif: bool, par: Acteur, maintenant: datetime) -> None:
    """Suspend a doctor, or take them back: their page shuts, their free slots go, nobody is sent to them any more.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``deja_fait`` (409).
    """
    exiger_gestion(par, medecin.prefecture_id)
    if not Medecin.objects.filter(pk=medecin.pk, actif=not actif).update(actif=actif):
        raise ErreurMetier("deja_fait", "C’est déjà fait.", statut=409)
    if not actif:
        _retirer_libres([a.file for a in AgendaMedical.objects.du_medecin(medecin.pk)], maintenant)
    consigner("retabli" if actif else "suspendu", medecin, par=par, maintenant=maintenant)


@acte
def fermer_agenda(agenda: AgendaMedical, *, par: Acteur, maintenant: datetime) -> None:
    """Take an agenda out of use; appointments already taken are kept.

    Raises:
        DroitRefuse: 403.
    """
    file = agenda.file
    exiger_gestion(par, file.site.prefecture_id)
    FileGuichet.objects.filter(pk=file.pk).update(actif=False)
    _retirer_libres([file], maintenant)
    charge = {"agenda_id": agenda.pk}
    journaliser("agenda:ferme", par=par, maintenant=maintenant, prefecture_id=file.site.prefecture_id, charge=charge)


def retirer_agrement(agrement: Agrement, *, le: date, par: Acteur, maintenant: datetime) -> int:
    """End an agrément on a day: its slots from that day on are withdrawn, who had taken one is told and chooses again.

    Ended before it began, or on its first day, it was a mistake: it is removed, unless something was signed under it.

    Args:
        agrement: with its doctor and their préfecture.
        le: first day without it.
        par: agent.
        maintenant: instant.

    Returns:
        How many appointments were cancelled.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``le`` on its field.
    """
    _ecourter(agrement, le=le, par=par, maintenant=maintenant)
    return annuler_sans_agrement(agrement.medecin.prefecture, maintenant=maintenant)


@acte
def _ecourter(agrement: Agrement, *, le: date, par: Acteur, maintenant: datetime) -> None:
    prefecture = agrement.medecin.prefecture
    exiger_gestion(par, prefecture.pk)
    frais = Agrement.objects.select_for_update(no_key=True).get(pk=agrement.pk)
    debut, fin = frais.pendant.lower, frais.pendant.upper
    erreur = le > debut and not aujourdhui(prefecture.fuseau, maintenant) <= le < fin
    if erreur or (le <= debut and frais.signatures.exists()):
        message = "Choisissez un jour à partir d’aujourd’hui, pendant l’agrément."
        raise ErreurMetier("le", message, champ="le")
    agendas = AgendaMedical.objects.filter(medecins=frais.medecin_id)
    creneaux = Creneau.objects.filter(file__in=agendas.values("file"), debut__gt=maintenant)
    bornes = bornes_du_jour(max(le, debut), prefecture.fuseau)[0], bornes_du_jour(fin, prefecture.fuseau)[0]
    creneaux.filter(debut__gte=bornes[0], debut__lt=bornes[1]).update(etat=Creneau.Etat.RETIRE)
    identifiant = frais.pk
    if le <= debut:
        frais.delete()
    else:
        frais.pendant, frais.retire_le = DateRange(debut, le), le
        frais.save(update_fields=["pendant", "retire_le"])
    consigner("agrement_retire", agrement.medecin, par=par, maintenant=maintenant, agrement_id=identifiant)


def annuler_sans_agrement(prefecture: Prefecture, *, maintenant: datetime) -> int:
    """Cancel the appointments to come on a withdrawn slot that no agrément covers; idempotent, each in its own act.

    Also run each night: what failed the first time is told then.

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
    for rendez_vous in orphelins.select_related("creneau__file__agenda", "convocation__demande").order_by("pk"):
        jour = aujourdhui(prefecture.fuseau, rendez_vous.creneau.debut)
        if not agrees_tous_le(rendez_vous.creneau.file.agenda, jour):
            nombre += _annuler(rendez_vous, maintenant=maintenant)
    return nombre


@acte
def _annuler(rendez_vous: RendezVous, *, maintenant: datetime) -> bool:
    """Cancel an appointment in the system's name; False when it ended meanwhile."""
    demande = verrouiller(rendez_vous.convocation.demande)
    frais = RendezVous.objects.actifs().filter(pk=rendez_vous.pk).select_related("creneau__file__site", "convocation")
    pris = frais.first()
    if pris is None or demande.etat != Etat.RDV_PRIS:
        return False
    pris.convocation.demande = appliquer(demande, "annuler", par=SYSTEME, maintenant=maintenant, rendez_vous_id=pris.pk)
    liberer_et_annoncer([pris.convocation], pris, maintenant=maintenant)
    return True


@etape
def exiger_agrement(demande: Demande, *, convocation_id: int = 0, maintenant: datetime, **_: Any) -> None:
    """React to a convocation: nobody is sent to a doctor without an agrément, nor with others, nor to the wrong one.

    Raises:
        ErreurMetier: ``sans_agrement``, ``commission``, ``deporte``, ``lieu_ferme`` on ``sites``; ``examen_seul`` on
            ``personnes``.
    """
    if not convocation_id:
        return
    convocation = Convocation.objects.get(pk=convocation_id)
    medicaux = convocation.sites.filter(genre=Site.Genre.MEDICAL)
    if not medicaux:
        return
    agendas = list(AgendaMedical.objects.filter(file__actif=True, file__site__in=medicaux).avec_lieu())
    if {a.file.site_id for a in agendas} != {s.pk for s in medicaux}:
        raise ErreurMetier("lieu_ferme", "Un de ces lieux d’examen est fermé.", champ="sites")
    for agenda in agendas:
        _exiger_lieu(demande, convocation, agenda, maintenant)


def _exiger_lieu(demande: Demande, convocation: Convocation, agenda: AgendaMedical, maintenant: datetime) -> None:
    site = agenda.file.site
    if convocation.personnes > 1 or convocation.jointe_a_id:
        raise ErreurMetier("examen_seul", "Chez un médecin, on est convoqué seul.", champ="personnes")
    if va_en_commission(demande) and not agenda.en_commission:
        raise ErreurMetier("commission", "Cette démarche passe devant la commission médicale.", champ="sites")
    if any(est_deporte(demande, m) for m in agenda.medecins.all()):
        raise ErreurMetier("deporte", f"{site} : le médecin s’est déporté de cette personne.", champ="sites")
    jours = (aujourdhui(site.prefecture.fuseau, i) for i in (maintenant, convocation.expire_le))
    if not any(agrees_tous_le(agenda, j) for j in jours):
        raise ErreurMetier("sans_agrement", f"{site} : l’agrément d’un médecin n’est pas en vigueur.", champ="sites")
