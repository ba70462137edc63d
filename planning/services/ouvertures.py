"""The weekly openings and the closures: what the manager types, before slots are published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from psycopg.types.range import DateRange

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Agent, Prefecture, Site
from demandes.services.journal import journaliser
from planipref.commun.contraintes import refus_du_modele
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte, etape
from planning.models import Fermeture, FileGuichet, HoraireExceptionnel, PlageOuverture
from planning.selectors_horaires import FERIE, JoursFermes
from planning.selectors_ouvertures import planifie_partout, raisons_de_fermeture
from planning.services.sieges import exiger_file_du_medecin, exiger_site_du_medecin

DIMANCHE = 7


@dataclass(frozen=True)
class ValeursPlage:
    """A weekly opening as typed.

    Args:
        file: queue.
        jour: 1 (Monday) to 6.
        debut: first minute, local time.
        fin: end, local time, not included.
        nb_guichets: counters open.
        reserve_sans_rdv: places per slot kept for walk-ins, at most `nb_guichets`.
        du: first day.
        au: last day included; None without end.
        recurrence: see `PlageOuverture.Recurrence`.
    """

    file: FileGuichet
    jour: int
    debut: time
    fin: time
    nb_guichets: int
    reserve_sans_rdv: int
    du: date
    au: date | None = None
    recurrence: str = PlageOuverture.Recurrence.TOUTES

    def poser(self, plage: PlageOuverture) -> PlageOuverture:
        """Write the values on an opening, not saved.

        Raises:
            ErreurMetier: ``fin`` on its field, ``fin_avant_debut`` on ``au``.
        """
        if self.fin <= self.debut:
            # Said here: PostgreSQL cannot even build the range that the constraint of overlap compares.
            raise ErreurMetier("fin", "L’heure de fin vient après l’heure de début.", champ="fin")
        _exiger_une_personne(self.file, self.nb_guichets, self.reserve_sans_rdv)
        for champ in ("file", "jour", "debut", "fin", "nb_guichets", "reserve_sans_rdv", "recurrence"):
            setattr(plage, champ, getattr(self, champ))
        plage.pendant = periode(self.du, self.au)
        return plage


def _exiger_une_personne(file: FileGuichet, nb_guichets: int, reserve_sans_rdv: int) -> None:
    if file.site.genre == Site.Genre.MEDICAL and (nb_guichets, reserve_sans_rdv) != (1, 0):
        message = "Un lieu d’examen reçoit une personne à la fois, sur rendez-vous."
        raise ErreurMetier("nb_guichets", message, champ="nb_guichets")


@dataclass(frozen=True)
class ValeursHoraire:
    """Hours of one day as typed, in place of those of the week.

    Args:
        file: queue.
        jour: the day.
        debut: first minute, local time; None, with `fin`, when the queue is closed that day.
        fin: end, local time, not included.
        nb_guichets: counters open.
        reserve_sans_rdv: places per slot kept for walk-ins, at most `nb_guichets`.
        libelle: why, as shown to agents.
    """

    file: FileGuichet
    jour: date
    debut: time | None
    fin: time | None
    nb_guichets: int
    reserve_sans_rdv: int
    libelle: str


def periode(du: date, au: date | None) -> DateRange:
    """Return the half-open range of civil days from a day to another, both included.

    Raises:
        ErreurMetier: ``fin_avant_debut`` on ``au``.
    """
    if au is not None and au < du:
        raise ErreurMetier("fin_avant_debut", "La fin de la période vient après son début.", champ="au")
    return DateRange(du, au + timedelta(days=1) if au else None)


@acte
def ajouter_plage(valeurs: ValeursPlage, *, par: Acteur, maintenant: datetime) -> PlageOuverture:
    """Add a weekly opening.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``chevauchement``, ``fin``, ``reserve_sans_rdv``, ``fin_avant_debut``.
    """
    _exiger_file(par, valeurs.file)
    plage = valeurs.poser(PlageOuverture())
    enregistrer(plage)
    _journal("planning:plage_ajoutee", valeurs.file.site.prefecture_id, par, maintenant, plage_id=plage.pk)
    return plage


@acte
def modifier_plage(
    plage: PlageOuverture, valeurs: ValeursPlage, *, par: Acteur, maintenant: datetime
) -> PlageOuverture:
    """Change a weekly opening; published slots follow at the next publication.

    Raises:
        DroitRefuse: 403, in the préfecture of the former queue or of the new one.
        ErreurMetier: as `ajouter_plage`.
    """
    for file in (plage.file, valeurs.file):
        _exiger_file(par, file)
    fraiche = PlageOuverture.objects.select_for_update(no_key=True).get(pk=plage.pk)
    enregistrer(valeurs.poser(fraiche))
    _journal("planning:plage_modifiee", valeurs.file.site.prefecture_id, par, maintenant, plage_id=plage.pk)
    return fraiche


@acte
def supprimer_plage(plage: PlageOuverture, *, par: Acteur, maintenant: datetime) -> None:
    """Remove a weekly opening; its empty slots are withdrawn at the next publication.

    Raises:
        DroitRefuse: 403.
    """
    _exiger_file(par, plage.file)
    prefecture_id = plage.file.site.prefecture_id
    identifiant = plage.pk
    PlageOuverture.objects.filter(pk=identifiant).delete()
    _journal("planning:plage_supprimee", prefecture_id, par, maintenant, plage_id=identifiant)


@acte
def ajouter_horaire(valeurs: ValeursHoraire, *, par: Acteur, maintenant: datetime) -> HoraireExceptionnel:
    """Give a queue other hours on one day, or none; its slots follow at the next publication.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``jour_passe``, ``jour_ferme`` on ``jour``; ``fin``; ``reserve_sans_rdv``; ``chevauchement``;
            ``nb_guichets``.
    """
    _exiger_file(par, valeurs.file)
    if valeurs.jour.isoweekday() == DIMANCHE:
        raise ErreurMetier("jour_ferme", "Le planning va du lundi au samedi.", champ="jour")
    site = valeurs.file.site
    raison = raisons_de_fermeture(site, [valeurs.jour], JoursFermes(site.prefecture, [valeurs.jour]))[0]
    if raison and raison != FERIE:  # a public holiday may open
        message = f"Ce jour est fermé ({raison}) : retirez d’abord la fermeture."
        raise ErreurMetier("jour_ferme", message, champ="jour")
    if valeurs.jour <= aujourdhui(valeurs.file.site.prefecture.fuseau, maintenant):
        message = "Choisissez un jour à venir : les créneaux du jour même ne changent plus."
        raise ErreurMetier("jour_passe", message, champ="jour")
    if valeurs.debut and valeurs.fin:
        _exiger_une_personne(valeurs.file, valeurs.nb_guichets, valeurs.reserve_sans_rdv)
        if valeurs.fin <= valeurs.debut:  # PostgreSQL cannot even build the range that the constraint compares
            raise ErreurMetier("fin", "L’heure de fin vient après l’heure de début.", champ="fin")
    horaire = HoraireExceptionnel(**vars(valeurs))
    enregistrer(horaire)
    _journal("planning:horaire_ajoute", valeurs.file.site.prefecture_id, par, maintenant, horaire_id=horaire.pk)
    return horaire


@acte
def supprimer_horaire(horaire: HoraireExceptionnel, *, par: Acteur, maintenant: datetime) -> None:
    """Give a day its usual hours again; its slots follow at the next publication.

    Raises:
        DroitRefuse: 403.
    """
    _exiger_file(par, horaire.file)
    identifiant, prefecture_id = horaire.pk, horaire.file.site.prefecture_id
    HoraireExceptionnel.objects.filter(pk=identifiant).delete()
    _journal("planning:horaire_supprime", prefecture_id, par, maintenant, horaire_id=identifiant)


@acte
def ajouter_fermeture(
    prefecture: Prefecture,
    *,
    site: Site | None,
    du: date,
    au: date,
    libelle: str,
    par: Acteur,
    maintenant: datetime,
) -> Fermeture:
    """Close a site, or the whole préfecture, on civil days; empty slots go at the next publication.

    Args:
        prefecture: whose counters.
        site: only this site; None for all.
        du: first day.
        au: last day, included.
        libelle: why, as shown to agents.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``chevauchement``, ``fin_avant_debut``.
    """
    if par.est_medecin:
        exiger_site_du_medecin(par, site)
    else:
        _exiger(par, prefecture.pk)
    fermeture = Fermeture(prefecture=prefecture, site=site, libelle=libelle.strip(), pendant=periode(du, au))
    enregistrer(fermeture)
    _journal("planning:fermeture_ajoutee", prefecture.pk, par, maintenant, fermeture_id=fermeture.pk)
    return fermeture


@acte
def supprimer_fermeture(fermeture: Fermeture, *, par: Acteur, maintenant: datetime) -> None:
    """Remove a closure; its slots come back at the next publication.

    Raises:
        DroitRefuse: 403.
    """
    if par.est_medecin:
        exiger_site_du_medecin(par, fermeture.site)
    else:
        _exiger(par, fermeture.prefecture_id)
    identifiant = fermeture.pk
    Fermeture.objects.filter(pk=identifiant).delete()
    _journal("planning:fermeture_supprimee", fermeture.prefecture_id, par, maintenant, fermeture_id=identifiant)


def exiger_planifier(par: Acteur, prefecture: Prefecture) -> None:
    """Refuse who may not plan in this préfecture.

    Raises:
        DroitRefuse: 403.
    """
    _exiger(par, prefecture.pk)


def exiger_planifier_site(par: Acteur, site: Site) -> None:
    """Refuse who may not plan at this site: an attribution may be narrowed to another.

    Raises:
        DroitRefuse: 403.
    """
    _exiger(par, site.prefecture_id)
    agent = Agent.objects.filter(pk=par.pk).first() if par.est_agent else None
    if agent is None or not Site.objects.visibles_par(agent, Droit.PLANIFIER).filter(pk=site.pk).exists():
        raise DroitRefuse


def exiger_planifier_partout(par: Acteur, prefecture: Prefecture) -> None:
    """Refuse who does not plan every site of this préfecture: what is set there holds for all of them.

    Raises:
        DroitRefuse: 403.
    """
    _exiger(par, prefecture.pk)
    if not par.est_agent or not planifie_partout(par.pk, prefecture):
        raise DroitRefuse


def _exiger_file(par: Acteur, file: FileGuichet) -> None:
    """Refuse who does not plan in the préfecture of a queue, nor examines there."""
    if par.est_medecin:
        exiger_file_du_medecin(par, file)
    else:
        _exiger(par, file.site.prefecture_id)


def _exiger(par: Acteur, prefecture_id: int) -> None:
    if not par.peut(Droit.PLANIFIER, prefecture_id=prefecture_id):
        raise DroitRefuse


@etape
def enregistrer(objet: models.Model) -> None:
    """Check the model's constraints, then save; a constraint met meanwhile says the same sentence.

    Raises:
        ErreurMetier: the first refusal, on its field when there is one.
    """
    try:
        objet.full_clean()
        with transaction.atomic():
            objet.save()
    except ValidationError as erreur:
        raise refus_du_modele(erreur) from erreur
    except IntegrityError as erreur:
        raise ErreurMetier("chevauchement", "Une autre période couvre déjà ces dates ou cet horaire.") from erreur


def _journal(nature: str, prefecture_id: int, par: Acteur, maintenant: datetime, **charge: int) -> None:
    journaliser(nature, par=par, maintenant=maintenant, prefecture_id=prefecture_id, charge=dict(charge))
