"""The examination at an agréé doctor's: who came, the opinion, the second signature of a commission."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from demandes.acteur import Acteur, acteur_medecin
from demandes.calculs.avis import Saisie
from demandes.cycle import Etat
from demandes.models import AvisMedical, Convocation, Demande, Medecin
from demandes.services.avis import agrement_de, exiger_coherent, ouvrir_avis, signer
from demandes.services.convocation import revoquer, terminer_convocations
from demandes.services.journal import journaliser
from demandes.services.transitions import appliquer, verrouiller
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte, etape
from planning.models import AgendaMedical, RendezVous
from planning.services.absence import marquer_absent
from planning.services.reservation import liberer_et_annoncer, terminer


@dataclass(frozen=True)
class _Examen:
    """An appointment at a doctor's, under lock.

    Args:
        rendez_vous: fresh.
        agenda: where.
        demande: fresh.
        par: the doctor, on this demande and no other.
    """

    rendez_vous: RendezVous
    agenda: AgendaMedical
    demande: Demande
    par: Acteur


@acte
def rendre_avis(rendez_vous: RendezVous, medecin: Medecin, saisie: Saisie, *, maintenant: datetime) -> AvisMedical:
    """Give an opinion on who came, and sign it; the appointment is honoured, the demande received.

    Args:
        rendez_vous: of an agenda where the doctor sits, today or before.
        medecin: who examined.
        saisie: the opinion.
        maintenant: instant.

    Returns:
        The opinion: rendered, or waiting for the other doctor of the commission.

    Raises:
        DroitRefuse: 403. ErreurMetier: ``trop_tot``, ``examen_fini``, ``avis_en_attente`` (409), ``sans_agrement``
            (403), ``avis_invalide`` on its field.
    """
    examen = _tenir(rendez_vous, medecin)
    demande, par = examen.demande, examen.par
    jour = exiger_passe(examen.rendez_vous, maintenant)
    pris = examen.rendez_vous.etat == RendezVous.Etat.PRIS and demande.etat == Etat.RDV_PRIS
    honore = examen.rendez_vous.etat == RendezVous.Etat.HONORE and demande.etat == Etat.RECUE
    if not (pris or honore) or demande.avis.rendus().filter(convocation=examen.rendez_vous.convocation_id).exists():
        raise ErreurMetier("examen_fini", "Cet examen est déjà terminé.", statut=409)
    if pris:
        identifiant = examen.rendez_vous.pk
        demande = appliquer(demande, "recevoir", par=par, maintenant=maintenant, rendez_vous_id=identifiant)
        terminer_convocations(
            demande, Convocation.Etat.HONOREE, maintenant=maintenant, objet=Convocation.Objet.RECEPTION
        )
        terminer(examen.rendez_vous, RendezVous.Etat.HONORE, maintenant=maintenant)
    avis = ouvrir_avis(
        demande,
        saisie,
        examine_le=jour,
        en_commission=examen.agenda.en_commission,
        convocation=examen.rendez_vous.convocation,
        maintenant=maintenant,
    )
    signer(avis, medecin, par=par, maintenant=maintenant)
    return avis


def exiger_avis_possible(rendez_vous: RendezVous, medecin: Medecin, saisie: Saisie, *, maintenant: datetime) -> None:
    """Check an opinion before it is read over, without writing anything; its signature checks it again.

    Raises:
        ErreurMetier: ``trop_tot`` (409), ``sans_agrement`` (403), ``avis_invalide`` on its field.
    """
    demande = rendez_vous.convocation.demande
    jour = exiger_passe(rendez_vous, maintenant)
    agrement_de(medecin, demande.prefecture_id, jour)
    exiger_coherent(demande, saisie, examine_le=jour, en_commission=rendez_vous.creneau.file.agenda.en_commission)


@acte
def contresigner(avis: AvisMedical, medecin: Medecin, *, maintenant: datetime) -> AvisMedical:
    """Sign the opinion that the other doctor of the commission gave.

    Raises:
        DroitRefuse: 403. ErreurMetier: ``avis_change`` (409), ``deja_signe`` (409), ``sans_agrement`` (403).
    """
    frais = _avis_en_attente(avis, medecin)
    par = acteur_medecin(medecin.pk, frais.demande.prefecture_id, demande_id=frais.demande.pk)
    signer(frais, medecin, par=par, maintenant=maintenant)
    return frais


@acte
def desapprouver(avis: AvisMedical, medecin: Medecin, *, maintenant: datetime) -> None:
    """Turn down the opinion that the other doctor gave: it is thrown away, both see the examination again.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``avis_change`` (409).
    """
    frais = _avis_en_attente(avis, medecin)
    demande = frais.demande
    par = acteur_medecin(medecin.pk, demande.prefecture_id, demande_id=demande.pk)
    charge = {"avis_id": frais.pk, "medecin_id": medecin.pk}
    frais.delete()
    journaliser("avis:desapprouve", par=par, maintenant=maintenant, demande=demande, charge=charge)


@acte
def constater_absence(rendez_vous: RendezVous, medecin: Medecin, *, maintenant: datetime) -> None:
    """Say that the person did not come; they may take another appointment with the same link.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``trop_tot``, ``examen_fini`` (409).
    """
    examen = _tenir(rendez_vous, medecin)
    if examen.rendez_vous.creneau.debut > maintenant:
        raise ErreurMetier("trop_tot", "L’heure de cet examen n’est pas encore passée.", statut=409)
    if examen.rendez_vous.etat != RendezVous.Etat.PRIS:
        raise ErreurMetier("examen_fini", "Cet examen est déjà terminé.", statut=409)
    marquer_absent(examen.rendez_vous, par=examen.par, maintenant=maintenant)


@acte
def se_deporter(rendez_vous: RendezVous, medecin: Medecin, *, maintenant: datetime) -> None:
    """Step aside for one's own patient (R226-2): the appointment is cancelled, the person goes elsewhere.

    With another place in the convocation they choose again there; without, the agent convokes them anew.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``examen_fini`` (409).
    """
    examen = _tenir(rendez_vous, medecin)
    demande, par = examen.demande, examen.par
    if examen.rendez_vous.etat != RendezVous.Etat.PRIS:
        raise ErreurMetier("examen_fini", "Cet examen est déjà terminé.", statut=409)
    convocation = examen.rendez_vous.convocation
    convocation.demande = demande
    charge = {"medecin_id": medecin.pk, "convocation_id": convocation.pk}
    journaliser("examen:deport", par=par, maintenant=maintenant, demande=demande, charge=charge)
    siens = [a.file.site for a in AgendaMedical.objects.du_medecin(medecin.pk)]
    if convocation.sites.exclude(pk__in=[s.pk for s in siens]).exists():
        convocation.sites.remove(*siens)
        appliquer(demande, "annuler", par=par, maintenant=maintenant, rendez_vous_id=examen.rendez_vous.pk)
        liberer_et_annoncer([convocation], examen.rendez_vous, maintenant=maintenant)
        return
    revoquer(demande, par=par, maintenant=maintenant)


@etape
def _tenir(rendez_vous: RendezVous, medecin: Medecin) -> _Examen:
    demande = verrouiller(rendez_vous.convocation.demande)
    frais = (
        RendezVous.objects.select_for_update(of=("self",), no_key=True)
        .select_related("creneau__file__site__prefecture", "convocation")
        .get(pk=rendez_vous.pk)
    )
    agenda = AgendaMedical.objects.filter(file=frais.creneau.file_id, medecins=medecin).first()
    if agenda is None or not medecin.actif or frais.convocation.demande_id != demande.pk:
        raise DroitRefuse
    agrement_de(medecin, demande.prefecture_id, aujourdhui(demande.prefecture.fuseau, frais.creneau.debut))
    return _Examen(frais, agenda, demande, acteur_medecin(medecin.pk, demande.prefecture_id, demande_id=demande.pk))


def exiger_passe(rendez_vous: RendezVous, maintenant: datetime) -> date:
    """Return the civil day of an examination, today or before.

    Raises:
        ErreurMetier: ``trop_tot`` (409).
    """
    fuseau = rendez_vous.creneau.file.site.prefecture.fuseau
    jour = aujourdhui(fuseau, rendez_vous.creneau.debut)
    if jour > aujourdhui(fuseau, maintenant):
        raise ErreurMetier("trop_tot", "L’examen n’a pas encore eu lieu.", statut=409)
    return jour


@etape
def _avis_en_attente(avis: AvisMedical, medecin: Medecin) -> AvisMedical:
    demande = verrouiller(avis.demande)
    frais = AvisMedical.objects.select_for_update(of=("self",), no_key=True).filter(pk=avis.pk).en_attente().first()
    if frais is None or demande.etat not in (Etat.RECUE, Etat.EN_INSTRUCTION):
        raise ErreurMetier("avis_change", "Cet avis a changé entre-temps.", statut=409)
    # Where the person was examined, and not where they had first booked.
    siege = AgendaMedical.objects.filter(
        medecins=medecin,
        file__creneaux__rendez_vous__convocation=frais.convocation_id,
        file__creneaux__rendez_vous__etat=RendezVous.Etat.HONORE,
    )
    if not medecin.actif or not siege.exists():
        raise DroitRefuse
    agrement_de(medecin, demande.prefecture_id, frais.examine_le)
    frais.demande = demande
    return frais
