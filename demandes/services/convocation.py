"""Step 2 and step 4: the nominative authorisation to come, and its link."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from demandes.acteur import SYSTEME, Acteur
from demandes.cycle import PAR_NOM, Etat
from demandes.droits import Droit
from demandes.models import Convocation, Demande, Site
from demandes.selectors import parametres_motif
from demandes.services.journal import journaliser
from demandes.services.mandataires import exiger_mandat
from demandes.services.naissance import exiger_naissance
from demandes.services.notifications import notifier
from demandes.services.transitions import appliquer, exiger_droit, exiger_possible, verrouiller
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.jetons import deriver, empreinte
from planipref.commun.transactions import acte, etape

USAGE = "convocation"
PREFIXE_AIDANT = "mandat-"


@acte
def convoquer(
    demande: Demande,
    *,
    motivation: str,
    sites: Sequence[Site],
    personnes: int = 1,
    par: Acteur,
    maintenant: datetime,
) -> Convocation:
    """Authorise the usager to come, and mail the nominative link.

    The object follows the state: reception before the decision, hand-over once the title is there.

    Args:
        demande: the file.
        motivation: why the usager is asked to come; shown to them.
        sites: sites among which they may choose, all of the demande's préfecture.
        personnes: number of persons who come, 1 to 10.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``motivation_absente``, ``site_absent``, ``deja_convoquee`` (409), ``transition_interdite`` (409).
    """
    verrouillee = verrouiller(demande)
    _exiger_saisie(verrouillee, motivation, sites)
    remise = verrouillee.etat == Etat.A_REMETTRE
    objet = Convocation.Objet.REMISE if remise else Convocation.Objet.RECEPTION
    if remise:
        exiger_droit(verrouillee, PAR_NOM["convoquer"], par)
        if verrouillee.convocations.actives().filter(objet=objet, expire_le__gt=maintenant).exists():
            raise ErreurMetier("deja_convoquee", "L’usager est déjà convoqué pour la remise.", statut=409)
        terminer_convocations(verrouillee, Convocation.Etat.EXPIREE, maintenant=maintenant)
    else:
        exiger_possible(verrouillee, PAR_NOM["convoquer"], par)  # before the row that an active one would refuse
    cle = uuid.uuid4()
    convocation = Convocation.objects.create(
        cle=cle,
        demande=verrouillee,
        objet=objet,
        motivation=motivation.strip(),
        personnes=personnes,
        empreinte=empreinte(deriver(USAGE, str(cle))),
        emise_par_id=par.pk,
        emise_le=maintenant,
        expire_le=_expiration(verrouillee, maintenant),
    )
    convocation.sites.set(sites)
    if remise:
        journaliser(
            "convocation:remise",
            par=par,
            maintenant=maintenant,
            demande=verrouillee,
            charge={"convocation_id": convocation.pk},
        )
    else:
        appliquer(demande, "convoquer", par=par, maintenant=maintenant, convocation_id=convocation.pk)
    notifier(
        verrouillee,
        "convocation",
        maintenant=maintenant,
        cle=str(cle),
        contexte={"convocation_id": convocation.pk},
    )
    return convocation


def _exiger_saisie(demande: Demande, motivation: str, sites: Sequence[Site]) -> None:
    if not motivation.strip():
        raise ErreurMetier("motivation_absente", "Dites à l’usager pourquoi il doit venir.", champ="motivation")
    if not sites or any(s.prefecture_id != demande.prefecture_id for s in sites):
        raise ErreurMetier("site_absent", "Choisissez au moins un site de la préfecture.", champ="sites")


def _expiration(demande: Demande, maintenant: datetime) -> datetime:
    """End of the last day of validity, in the préfecture's time."""
    jours = parametres_motif(demande.motif, demande.prefecture).validite_convocation_jours
    zone = ZoneInfo(demande.prefecture.fuseau)
    jour = maintenant.astimezone(zone).date() + timedelta(days=jours)
    return datetime.combine(jour, time(23, 59, 59), tzinfo=zone)


@acte
def revoquer_convocation(demande: Demande, *, par: Acteur, maintenant: datetime) -> Demande:
    """Withdraw the authorisation to come; the link dies and a slot taken is free again.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``transition_interdite`` (409).
    """
    verrouillee = appliquer(demande, "revoquer_convocation", par=par, maintenant=maintenant)
    terminer_convocations(verrouillee, Convocation.Etat.REVOQUEE, maintenant=maintenant)
    notifier(
        verrouillee,
        "convocation_revoquee",
        maintenant=maintenant,
        cle=f"{demande.cle}:{demande.convocations.count()}",
    )
    return demande


@etape
def terminer_convocations(
    demande: Demande, etat: str, *, maintenant: datetime, objet: str | None = None
) -> list[Convocation]:
    """End the active convocations of a demande: honoured, revoked or expired."""
    convocations = list(demande.convocations.actives().select_for_update(no_key=True).order_by("pk"))
    closes = [c for c in convocations if objet is None or c.objet == objet]
    for convocation in closes:
        convocation.etat, convocation.terminee_le = etat, maintenant
        convocation.save(update_fields=["etat", "terminee_le"])
    return closes


@acte
def expirer(convocation: Convocation, *, par: Acteur = SYSTEME, maintenant: datetime) -> bool:
    """Mark a link past its expiry; a demande that waited on it comes back to the agent's list.

    Returns:
        False when a slot was taken meanwhile (the link then lives until the visit) or it was already ended.
    """
    demande = verrouiller(convocation.demande)
    convocation.refresh_from_db()
    if convocation.etat != Convocation.Etat.ACTIVE or convocation.expire_le > maintenant:
        return False
    if demande.etat == Etat.RDV_PRIS or (par is not SYSTEME and not par.peut_sur(Droit.CONVOQUER, demande)):
        return False
    terminer_convocations(demande, Convocation.Etat.EXPIREE, maintenant=maintenant, objet=convocation.objet)
    if demande.etat == Etat.CONVOQUEE:
        appliquer(demande, "expirer_convocation", par=par, maintenant=maintenant, convocation_id=convocation.pk)
    return True


def expirer_les_convocations(*, maintenant: datetime) -> int:
    """Expire every link past its date; idempotent.

    Returns:
        How many were expired.
    """
    echues = Convocation.objects.a_expirer(maintenant).select_related("demande")
    return sum(expirer(c, maintenant=maintenant) for c in echues)


def jeton_de_l_aidant(convocation: Convocation) -> str:
    """Return what an aidant's address names a convocation by: it opens nothing without the mandate, and reveals none
    of the link's secret, which would outlive the mandate.
    """
    return f"{PREFIXE_AIDANT}{convocation.cle}"


def convocation_de_l_aidant(jeton: str, *, maintenant: datetime) -> Convocation:
    """Return the convocation of an aidant's address; the caller checks the mandate.

    Raises:
        ErreurMetier: ``lien_inconnu`` (404), ``lien_expire`` (410).
    """
    try:
        cle = uuid.UUID(jeton.removeprefix(PREFIXE_AIDANT))
    except ValueError:
        raise _lien_inconnu() from None
    return _ouvrir(Convocation.objects.par_cle(cle).first(), maintenant)


def convocation_du_lien(jeton: str, *, maintenant: datetime) -> Convocation:
    """Return the convocation that a link opens.

    Raises:
        ErreurMetier: ``lien_inconnu`` (404), ``lien_expire`` (410).
    """
    return _ouvrir(Convocation.objects.par_empreinte(empreinte(jeton)).first(), maintenant)


def _lien_inconnu() -> ErreurMetier:
    return ErreurMetier(
        "lien_inconnu", _("Ce lien n’existe pas. Vérifiez que vous l’avez copié en entier."), statut=404
    )


def _ouvrir(convocation: Convocation | None, maintenant: datetime) -> Convocation:
    if convocation is None:
        raise _lien_inconnu()
    if convocation.etat != Convocation.Etat.ACTIVE or convocation.expire_le <= maintenant:
        raise ErreurMetier(
            "lien_expire",
            _("Si vous devez encore venir, la préfecture vous en enverra un autre."),
            statut=410,
        )
    return convocation


def verifier_naissance(convocation: Convocation, date_naissance: str, *, maintenant: datetime) -> None:
    """Second check of a link: the birth date of the person convoked, with limited tries, each failure journaled.

    Raises:
        ErreurMetier: ``trop_d_essais`` (429), ``lien_bloque`` (429) after too many failures in all,
            ``naissance_fausse`` on ``date_naissance``.
    """
    exiger_naissance(
        convocation.demande.usager,
        date_naissance,
        seau="naissance",
        cle=str(convocation.pk),
        bloque=_(
            "Ce lien est bloqué : trop de dates fausses ont été essayées. Appelez la préfecture ou venez au guichet."
        ),
        fausse=_("Cette date ne correspond pas à la personne convoquée."),
        consigner=lambda: _consigner_echec(convocation, maintenant=maintenant),
    )


@acte
def _consigner_echec(convocation: Convocation, *, maintenant: datetime) -> None:
    charge = {"convocation_id": convocation.pk}
    journaliser(
        "acces:naissance_fausse", par=SYSTEME, maintenant=maintenant, demande=convocation.demande, charge=charge
    )


@etape
def exiger_titulaire(demande: Demande, par: Acteur, *, maintenant: datetime) -> None:
    """Refuse an agent without the right to convoke, another usager, or an organisme without mandate, on a booking.

    Raises:
        DroitRefuse: 403.
    """
    exiger_mandat(demande, par, maintenant=maintenant)
    droit = Droit.CONVOQUER if par.est_agent else Droit.RESERVER
    if not par.est_concerne(demande) or not par.peut_sur(droit, demande):
        raise DroitRefuse
