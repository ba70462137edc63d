"""Step 3 for the fitness to drive: the doctors' opinion, signed, on which the decision stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from demandes.acteur import Acteur
from demandes.calculs.ages import age_au
from demandes.calculs.avis import (
    CATEGORIES,
    VALIDITE_ADMINISTRATIVE_MOIS,
    Saisie,
    Sens,
    defaut,
    fonde_un_accord,
    signatures_voulues,
)
from demandes.calculs.delais import ajouter_mois
from demandes.cycle import PAR_NOM, Etat
from demandes.droits import Droit
from demandes.models import Agrement, AvisMedical, Convocation, Demande, Medecin, Motif, SignatureAvis
from demandes.selectors_deports import exiger_sans_deport
from demandes.services.actes import preparer_avis
from demandes.services.convocation import terminer_convocations
from demandes.services.journal import journaliser
from demandes.services.notifications import notifier
from demandes.services.transitions import appliquer, verrouiller
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte, etape

SANS_AGREMENT = "Ce médecin n’est pas agréé par la préfecture à cette date."
# Before it is complete, a demande goes through no examination.
ATTENDENT_UN_AVIS = (Etat.COMPLETE, Etat.CONVOQUEE, Etat.RDV_PRIS, Etat.RECUE, Etat.EN_INSTRUCTION)


def agrement_de(medecin: Medecin, prefecture_id: int, jour: date) -> Agrement:
    """Return the agrément that a doctor holds in a préfecture on a day.

    Raises:
        ErreurMetier: ``sans_agrement`` (403).
    """
    trouve = medecin.agrements.en_vigueur(jour).first()
    if trouve is None or medecin.prefecture_id != prefecture_id:
        raise ErreurMetier("sans_agrement", SANS_AGREMENT, statut=403)
    return trouve


def va_en_commission(demande: Demande) -> bool:
    """Say whether only the commission may conclude: the motif is hers, or a doctor sent the person to her."""
    if demande.motif.examen == Motif.Examen.COMMISSION:
        return True
    dernier = demande.avis.rendus().first()
    return dernier is not None and dernier.sens == Sens.RENVOI


def exiger_coherent(demande: Demande, saisie: Saisie, *, examine_le: date, en_commission: bool) -> None:
    """Refuse an opinion that does not hold together, for this person's age.

    Raises:
        ErreurMetier: ``avis_invalide`` on its field.
    """
    age = age_au(demande.usager.date_naissance, examine_le)
    refus = defaut(saisie, age=age, en_commission=en_commission)
    if refus is not None:
        raise ErreurMetier("avis_invalide", refus[1], champ=refus[0])


@etape
def ouvrir_avis(
    demande: Demande,
    saisie: Saisie,
    *,
    examine_le: date,
    en_commission: bool,
    convocation: Convocation | None = None,
    agent_id: int | None = None,
    maintenant: datetime,
) -> AvisMedical:
    """Write an opinion, to be signed.

    Args:
        demande: locked.
        saisie: what it says.
        examine_le: civil day of the examination.
        en_commission: whether a commission of two doctors gives it.
        convocation: by which the person came, on line.
        agent_id: who typed it from paper.
        maintenant: instant.

    Raises:
        ErreurMetier: ``avis_invalide`` on its field; ``avis_en_attente`` (409).
    """
    exiger_coherent(demande, saisie, examine_le=examine_le, en_commission=en_commission)
    if va_en_commission(demande) and not en_commission:
        raise ErreurMetier("commission", "Pour cette démarche, seule la commission médicale rend un avis.", statut=409)
    if demande.avis.en_attente().exists():
        raise ErreurMetier("avis_en_attente", "Un avis attend déjà une signature.", statut=409)
    return AvisMedical.objects.create(
        demande=demande,
        convocation=convocation,
        origine=AvisMedical.Origine.PAPIER if agent_id else AvisMedical.Origine.PORTAIL,
        sens=saisie.sens,
        categories=[c for c in CATEGORIES if c in saisie.categories],
        restrictions=sorted(set(saisie.restrictions)),
        duree_mois=saisie.duree_mois,
        examine_le=examine_le,
        signatures_voulues=signatures_voulues(en_commission=en_commission),
        saisi_par_id=agent_id,
        cree_le=maintenant,
    )


@etape
def signer(avis: AvisMedical, medecin: Medecin, *, par: Acteur, maintenant: datetime) -> bool:
    """Sign an opinion; with the last signature it is rendered, its act is made and the demande goes on to step 3.

    Args:
        avis: locked with its demande.
        medecin: who signs.
        par: the doctor, or the agent who copies what was signed on paper.
        maintenant: instant.

    Returns:
        Whether the opinion is rendered.

    Raises:
        ErreurMetier: ``sans_agrement`` (403); ``deja_signe``, ``deporte`` (409).
    """
    demande = avis.demande
    if est_deporte(demande, medecin):
        raise ErreurMetier("deporte", f"{medecin} s’est déporté de l’examen de cette personne.", statut=409)
    agrement = agrement_de(medecin, demande.prefecture_id, avis.examine_le)
    if avis.signatures.filter(medecin=medecin).exists():
        raise ErreurMetier("deja_signe", "Vous avez déjà signé cet avis.", statut=409)
    SignatureAvis.objects.create(avis=avis, medecin=medecin, agrement=agrement, signe_le=maintenant)
    charge = {"avis_id": avis.pk, "medecin_id": medecin.pk}
    journaliser("avis:signe", par=par, maintenant=maintenant, demande=demande, charge=charge)
    if avis.signatures.count() < avis.signatures_voulues:
        return False
    _rendre(avis, par=par, maintenant=maintenant)
    return True


def est_deporte(demande: Demande, medecin: Medecin) -> bool:
    """Say whether a doctor stepped aside from a person (R226-2); the journal keeps it."""
    return demande.evenements.filter(nature="examen:deport", charge__medecin_id=medecin.pk).exists()


@etape
def _rendre(avis: AvisMedical, *, par: Acteur, maintenant: datetime) -> None:
    demande = avis.demande
    if avis.origine == AvisMedical.Origine.PORTAIL:
        avis.acte = preparer_avis(demande, avis, maintenant=maintenant)
    avis.rendu_le = maintenant
    avis.save(update_fields=["rendu_le", "acte"])
    journaliser("avis:rendu", par=par, maintenant=maintenant, demande=demande, charge={"avis_id": avis.pk})
    if demande.etat == Etat.RECUE and PAR_NOM["instruire"].permise(demande.motif.regles, demande.etat):
        appliquer(demande, "instruire", par=par, maintenant=maintenant, avis_id=avis.pk)
    if avis.acte is not None:
        contexte = {"acte_id": avis.acte.pk}
        notifier(demande, "avis_medical", maintenant=maintenant, cle=str(avis.pk), contexte=contexte)


def peut_saisir_avis(demande: Demande, par: Acteur) -> bool:
    """Say whether an agent may copy an opinion that came on paper."""
    return bool(demande.motif.examen) and demande.etat in ATTENDENT_UN_AVIS and par.peut_sur(Droit.INSTRUIRE, demande)


@acte
def saisir_avis_papier(
    demande: Demande,
    saisie: Saisie,
    medecins: Sequence[Medecin],
    *,
    examine_le: date,
    par: Acteur,
    maintenant: datetime,
) -> AvisMedical:
    """Copy an opinion that came on paper (cerfa 14880), signed by agréé doctors.

    A person convoked to the doctor is thereby received; a live appointment is cancelled first.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``avis_inattendu``, ``rendez_vous_en_cours``, ``avis_en_attente`` (409); ``examine_le`` or
            ``medecins`` on their fields; ``avis_invalide`` on its own.
    """
    verrouillee = verrouiller(demande)
    if not par.peut_sur(Droit.INSTRUIRE, verrouillee):
        raise DroitRefuse
    exiger_sans_deport(verrouillee, par)
    if not verrouillee.motif.examen or verrouillee.etat not in ATTENDENT_UN_AVIS:
        raise ErreurMetier("avis_inattendu", "Cette demande n’attend pas d’avis médical.", statut=409)
    if verrouillee.etat == Etat.RDV_PRIS:
        raise ErreurMetier(
            "rendez_vous_en_cours", "Un rendez-vous est encore pris : annulez-le avant de saisir l’avis.", statut=409
        )
    en_commission = va_en_commission(verrouillee)
    voulues = signatures_voulues(en_commission=en_commission)
    if len({m.pk for m in medecins}) != voulues:
        message = f"Choisissez {'deux médecins' if voulues > 1 else 'un médecin'}."
        raise ErreurMetier("medecins", message, champ="medecins")
    _exiger_jour(verrouillee, examine_le, aujourdhui(verrouillee.prefecture.fuseau, maintenant))
    _exiger_agrees(medecins, verrouillee, examine_le)
    avis = ouvrir_avis(
        verrouillee,
        saisie,
        examine_le=examine_le,
        en_commission=en_commission,
        agent_id=par.pk,
        maintenant=maintenant,
    )
    if PAR_NOM["recevoir"].permise(verrouillee.motif.regles, verrouillee.etat):
        verrouillee = appliquer(verrouillee, "recevoir", par=par, maintenant=maintenant, avis_id=avis.pk)
        terminer_convocations(verrouillee, Convocation.Etat.HONOREE, maintenant=maintenant)
        avis.demande = verrouillee
    for medecin in medecins:
        signer(avis, medecin, par=par, maintenant=maintenant)
    return avis


def _exiger_jour(demande: Demande, examine_le: date, jour: date) -> None:
    """Refuse a day to come, one too old to decide on, and one that an opinion signed on line already covers."""
    message = ""
    if examine_le > jour:
        message = "L’examen ne peut pas être dans le futur."
    elif ajouter_mois(examine_le, VALIDITE_ADMINISTRATIVE_MOIS) < jour:
        message = "Cet examen a plus de deux ans : il ne fonde plus de décision."
    elif demande.avis.rendus().filter(origine=AvisMedical.Origine.PORTAIL, examine_le__gte=examine_le).exists():
        message = "Un avis signé en ligne existe déjà, de ce jour ou d’après."
    if message:
        raise ErreurMetier("examine_le", message, champ="examine_le")


def _exiger_agrees(medecins: Sequence[Medecin], demande: Demande, jour: date) -> None:
    for medecin in medecins:
        try:
            agrement_de(medecin, demande.prefecture_id, jour)
        except ErreurMetier as erreur:
            message = f"{medecin} n’était pas agréé par la préfecture le {jour:%d/%m/%Y}."
            raise ErreurMetier("sans_agrement", message, champ="medecins") from erreur


def exiger_avis(demande: Demande, jour: date) -> None:
    """Refuse a grant that no opinion founds: unfavourable, out of date, or missing where the commission decides.

    Args:
        demande: with its motif loaded.
        jour: civil day of the decision.

    Raises:
        ErreurMetier: ``avis_en_attente``, ``sans_avis``, ``avis_defavorable``, ``avis_perime`` (409).
    """
    if not demande.motif.examen:
        return
    exiger_rien_en_attente(demande)
    dernier = demande.avis.rendus().first()
    if dernier is None:
        if demande.motif.examen == Motif.Examen.COMMISSION:
            raise ErreurMetier(
                "sans_avis", "La commission médicale n’a pas encore rendu d’avis sur cette demande.", statut=409
            )
        return
    if not dernier.favorable:
        raise ErreurMetier("avis_defavorable", "L’avis médical n’est pas favorable à la conduite.", statut=409)
    if not fonde_un_accord(dernier.sens, dernier.examine_le, dernier.duree_mois, jour):
        raise ErreurMetier("avis_perime", "L’avis médical n’est plus valable : il en faut un nouveau.", statut=409)


def exiger_rien_en_attente(demande: Demande) -> None:
    """Refuse to go on while an opinion waits for the signature of the other doctor.

    Raises:
        ErreurMetier: ``avis_en_attente`` (409).
    """
    if demande.avis.en_attente().exists():
        raise ErreurMetier("avis_en_attente", "Un avis attend la signature d’un second médecin.", statut=409)


@acte
def ecarter_avis(demande: Demande, *, par: Acteur, maintenant: datetime) -> None:
    """Throw away an opinion that waits for a signature nobody will give; the examination is to be given another.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``avis_change`` (409).
    """
    verrouillee = verrouiller(demande)
    if not par.peut_sur(Droit.INSTRUIRE, verrouillee):
        raise DroitRefuse
    exiger_sans_deport(verrouillee, par)
    if not oublier_en_attente(verrouillee, par=par, maintenant=maintenant):
        raise ErreurMetier("avis_change", "Cet avis a changé entre-temps.", statut=409)


@etape
def oublier_en_attente(demande: Demande, *, par: Acteur, maintenant: datetime, **_: Any) -> bool:
    """Remove the opinion that waits for a signature, if any; also a reaction to the end of a demande."""
    avis = demande.avis.en_attente().first()
    if avis is None:
        return False
    charge = {"avis_id": avis.pk}
    avis.delete()
    journaliser("avis:ecarte", par=par, maintenant=maintenant, demande=demande, charge=charge)
    return True
