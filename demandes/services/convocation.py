"""Step 2 and step 4: the nominative authorisation to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F

from demandes.acteur import SYSTEME, Acteur
from demandes.cycle import PAR_NOM, Etat
from demandes.droits import Droit
from demandes.models import Convocation, Demande, Notification, Site
from demandes.selectors import membres, parametres_motif
from demandes.selectors_deports import exiger_sans_deport
from demandes.services.journal import journaliser
from demandes.services.mandataires import acteur_pour, exiger_mandat
from demandes.services.notifications import notifier
from demandes.services.transitions import (
    appliquer,
    exiger_droit,
    exiger_possible,
    reagir,
    verrouiller,
    verrouiller_famille,
)
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.jetons import nouvelle_cle
from planipref.commun.transactions import acte, etape

USAGE = "convocation"


@dataclass(frozen=True)
class Autorisation:
    """What an agent says when they convoke, the same for everybody who comes on that visit."""

    objet: str
    motivation: str
    sites: Sequence[Site]
    expire_le: datetime
    prioritaire: bool
    par: Acteur
    maintenant: datetime
    transition: str = "convoquer"


@etape
def convoquer_ensemble(
    demande: Demande,
    *,
    motivation: str,
    sites: Sequence[Site],
    personnes: int = 1,
    avec: Sequence[Demande] = (),
    prioritaire: bool = False,
    par: Acteur,
    maintenant: datetime,
) -> Convocation:
    """Authorise the usager to come, and mail the nominative link; a family may be convoked at once, to one visit.

    `convoquer` is the act; this is for those that convoke within theirs.

    The object follows the state: reception before the decision, hand-over once the title is there.

    Args:
        demande: the file.
        motivation: why the usager is asked to come; shown to them.
        sites: sites among which they may choose, all of the demande's préfecture.
        personnes: number of persons who come, 1 to 10; at least one for each demande.
        avec: other demandes of the family, convoked to the same visit: one link, one appointment.
        prioritaire: whether they may take the places kept for priority demandes; why is not kept.
        par: agent.
        maintenant: instant.

    Returns:
        The convocation that bears the link; those of the others are joined to it.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``motivation_absente``, ``site_absent``, ``deja_convoquee`` (409), ``transition_interdite`` (409);
            ``autre_famille`` or ``autre_objet`` on ``avec``.
    """
    ensemble = _verrouiller_ensemble(demande, avec)
    _exiger_saisie(ensemble[0], motivation, sites)
    autorisation = Autorisation(
        objet=_objet(ensemble[0]),
        motivation=motivation.strip(),
        sites=sites,
        expire_le=min(expiration_de(d, maintenant) for d in ensemble),
        prioritaire=prioritaire,
        par=par,
        maintenant=maintenant,
    )
    porteuse = convoquer_une(ensemble[0], autorisation, personnes=max(personnes, len(ensemble)))
    jointes = [convoquer_une(d, autorisation, porteuse=porteuse) for d in ensemble[1:]]
    prevenir([porteuse, *jointes], "convocation", maintenant=maintenant)
    demande.refresh_from_db(fields=["etat"])
    return porteuse


convoquer = acte(convoquer_ensemble)


@etape
def _verrouiller_ensemble(demande: Demande, avec: Sequence[Demande]) -> list[Demande]:
    """Lock a demande and those convoked with it, and return them fresh, the first one first.

    Raises:
        ErreurMetier: ``autre_famille``, ``autre_objet`` on ``avec``.
    """
    premiere = verrouiller(demande)
    if not avec:
        return [premiere]
    verrouiller_famille(premiere)
    siennes = Demande.objects.de_la_famille(premiere).filter(pk__in=[d.pk for d in avec]).exclude(pk=premiere.pk)
    autres = [verrouiller(d) for d in siennes.order_by("pk")]
    if len(autres) != len({d.pk for d in avec}):
        raise ErreurMetier("autre_famille", "Ces demandes ne sont pas de la même famille.", champ="avec")
    if any(_objet(d) != _objet(premiere) for d in autres):
        raise ErreurMetier("autre_objet", "Ces personnes ne viennent pas pour la même chose.", champ="avec")
    return [premiere, *autres]


def _objet(demande: Demande) -> str:
    remise = demande.etat == Etat.A_REMETTRE
    return Convocation.Objet.REMISE if remise else Convocation.Objet.RECEPTION


@etape
def convoquer_une(
    demande: Demande, autorisation: Autorisation, *, personnes: int = 1, porteuse: Convocation | None = None
) -> Convocation:
    """Write the convocation of one demande, already locked, and move it along the table."""
    objet, par, maintenant = autorisation.objet, autorisation.par, autorisation.maintenant
    if objet == Convocation.Objet.REMISE:
        exiger_droit(demande, PAR_NOM["convoquer"], par)
        if demande.convocations.pour_remise(maintenant).exists():
            raise ErreurMetier("deja_convoquee", "L’usager est déjà convoqué pour la remise.", statut=409)
        terminer_convocations(demande, Convocation.Etat.EXPIREE, maintenant=maintenant)
    else:
        exiger_possible(demande, PAR_NOM[autorisation.transition], par)  # before the row
    cle, marque = nouvelle_cle(USAGE)
    convocation = Convocation.objects.create(
        cle=cle,
        demande=demande,
        objet=objet,
        motivation=autorisation.motivation,
        personnes=personnes,
        prioritaire=autorisation.prioritaire,
        empreinte=marque,
        emise_par_id=par.pk,
        emise_le=maintenant,
        expire_le=autorisation.expire_le,
        jointe_a=porteuse,
    )
    convocation.sites.set(autorisation.sites)
    if objet == Convocation.Objet.REMISE:
        charge = {"convocation_id": convocation.pk}
        journaliser("convocation:remise", par=par, maintenant=maintenant, demande=demande, charge=charge)
        reagir(demande, "convoquer", par=par, maintenant=maintenant, **charge)
    else:
        appliquer(demande, autorisation.transition, par=par, maintenant=maintenant, convocation_id=convocation.pk)
    return convocation


@etape
def prevenir(
    convocations: Sequence[Convocation],
    modele: str,
    *,
    maintenant: datetime,
    suffixe: str = "",
    contexte: dict[str, Any] | None = None,
    canal: str = "",
) -> int:
    """Write to the persons of a visit, once for each address: a family often shares one.

    Args:
        convocations: those of the visit, with their demandes; the one that bears the link first.
        modele: name of the message.
        maintenant: instant.
        suffixe: what makes the message unique beside the key of the convocation; its key alone when empty.
        contexte: frozen values of the message.
        canal: channel; the best that each has when omitted.

    Returns:
        How many it was written to.
    """
    ecrits = 0
    servies: set[str] = set()
    for convocation in convocations:
        usager = convocation.demande.usager
        adresse = usager.telephone if canal == Notification.Canal.SMS else usager.courriel.lower()
        if adresse and adresse in servies:  # without an address, the organisation of each is written to
            continue
        servies.add(adresse)
        cle = str(convocation.cle)
        if suffixe:
            cle = suffixe if convocation is convocations[0] else f"{suffixe}:{convocation.pk}"
        donnees = {"convocation_id": convocation.pk, **(contexte or {})}
        ecrit = notifier(convocation.demande, modele, maintenant=maintenant, cle=cle, contexte=donnees, canal=canal)
        ecrits += ecrit is not None
    return ecrits


@etape
def changer_le_lien(convocation: Convocation) -> None:
    """Give a convocation another link: the one mailed so far opens nothing any more; its invitation stays the same."""
    convocation.cle_agenda = convocation.cle_agenda or convocation.cle
    convocation.cle, convocation.empreinte = nouvelle_cle(USAGE)
    convocation.save(update_fields=["cle", "cle_agenda", "empreinte"])


def _exiger_saisie(demande: Demande, motivation: str, sites: Sequence[Site]) -> None:
    if not motivation.strip():
        raise ErreurMetier("motivation_absente", "Dites à l’usager pourquoi il doit venir.", champ="motivation")
    if not sites or any(s.prefecture_id != demande.prefecture_id for s in sites):
        raise ErreurMetier("site_absent", "Choisissez au moins un site de la préfecture.", champ="sites")


def expiration_de(demande: Demande, maintenant: datetime) -> datetime:
    """Return the end of the last day of validity of a convocation made now, in the préfecture's time."""
    jours = parametres_motif(demande.motif, demande.prefecture).validite_convocation_jours
    zone = ZoneInfo(demande.prefecture.fuseau)
    jour = maintenant.astimezone(zone).date() + timedelta(days=jours)
    return datetime.combine(jour, time(23, 59, 59), tzinfo=zone)


@acte
def revoquer_convocation(demande: Demande, *, par: Acteur, maintenant: datetime) -> Demande:
    """Withdraw the authorisation to come; the link dies and a slot taken is free again.

    Of a family convoked together, only this person is concerned: the others keep the link and the appointment. For a
    hand-over the state does not change: the title stays in stock, and its holder may be convoked again.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``transition_interdite`` (409).
    """
    return revoquer(demande, par=par, maintenant=maintenant)


@etape
def revoquer(demande: Demande, *, par: Acteur, maintenant: datetime) -> Demande:
    """Withdraw the authorisation to come, within an act; see `revoquer_convocation`."""
    verrouillee = verrouiller(demande)
    exiger_droit(verrouillee, PAR_NOM["revoquer_convocation"], par)
    remise = verrouillee.etat == Etat.A_REMETTRE and verrouillee.convocations.actives().exists()
    reste = detacher(verrouillee, par=par, maintenant=maintenant)
    if remise:
        journaliser("convocation:remise_revoquee", par=par, maintenant=maintenant, demande=verrouillee, charge=reste)
        reagir(verrouillee, "revoquer_convocation", par=par, maintenant=maintenant, **reste)
    else:
        verrouillee = appliquer(demande, "revoquer_convocation", par=par, maintenant=maintenant, **reste)
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


@dataclass(frozen=True)
class Membre:
    """One person of a visit, under lock.

    Args:
        convocation: theirs; the first one bears the link.
        demande: theirs, fresh.
        par: who acts on it.
    """

    convocation: Convocation
    demande: Demande
    par: Acteur


@etape
def verrouiller_membres(convocation: Convocation, par: Acteur, *, maintenant: datetime) -> list[Membre]:
    """Lock the demandes of a visit and check who acts on each, the bearer of the link first.

    Raises:
        DroitRefuse: 403, on one of them.
    """
    if convocation.personnes == 1:
        demande = verrouiller(convocation.demande)
        exiger_titulaire(demande, par, maintenant=maintenant)
        convocation.demande = demande
        return [Membre(convocation, demande, par)]
    verrouiller_famille(convocation.demande)
    porteuse = Convocation.objects.avec_page().get(pk=convocation.pk)
    reunies = membres(porteuse)
    fraiches = {d.pk: verrouiller(d) for d in sorted((c.demande for c in reunies), key=lambda d: d.pk)}
    trouves = []
    for reunie in reunies:
        reunie.demande = fraiches[reunie.demande_id]
        qui = acteur_pour(par, reunie.demande, maintenant=maintenant)
        exiger_titulaire(reunie.demande, qui, maintenant=maintenant)
        trouves.append(Membre(reunie, reunie.demande, qui))
    return trouves


@etape
def detacher(demande: Demande, *, par: Acteur, maintenant: datetime) -> dict[str, Any]:
    """Take a demande, locked, out of the visit that its family makes together: the others keep the appointment.

    When it bears the link, another demande of the visit takes it over. What it is left with is a convocation of its
    own, with its own link, that nobody has received. The link that all had received changes: who has left neither
    reads nor moves their appointment. Who stays is not written to here: the reactions of `appliquer` know whether an
    appointment is held, and one mail says all.

    Args:
        demande: who leaves.
        par: who decides it.
        maintenant: instant.

    Returns:
        ``{"porteuse_id": …}``, the convocation that the others still share, as the reactions of `appliquer` read it;
        empty when nobody shares anything.
    """
    for convocation in demande.convocations.actives().select_for_update(of=("self",), no_key=True).order_by("pk"):
        if convocation.jointe_a_id:
            Convocation.objects.filter(pk=convocation.pk).update(jointe_a=None)
            Convocation.objects.filter(pk=convocation.jointe_a_id, personnes__gt=1).update(personnes=F("personnes") - 1)
            changer_le_lien(Convocation.objects.get(pk=convocation.jointe_a_id))
            return {"porteuse_id": convocation.jointe_a_id}
        suivante = convocation.jointes.actives().select_related("demande").order_by("pk").first()
        if suivante is not None:
            _transmettre(convocation, suivante, par=par, maintenant=maintenant)
            changer_le_lien(Convocation.objects.get(pk=convocation.pk))
            return {"porteuse_id": convocation.pk}
    return {}


@etape
def annoncer_le_lien(porteuse: Convocation, *, maintenant: datetime) -> None:
    """Mail the link that those of a visit share now, once to each of their addresses."""
    prevenir(membres(porteuse), "convocation_lien", maintenant=maintenant, suffixe=str(porteuse.cle))


@etape
def _transmettre(porteuse: Convocation, suivante: Convocation, *, par: Acteur, maintenant: datetime) -> None:
    """Give the link, and the appointment on it, to another demande of the visit: the two convocations swap demandes.

    They were issued in one act and differ by their link only. One is ended for an instant: no demande has two live.
    """
    sortante, entrante = porteuse.demande_id, suivante.demande_id
    lignes = Convocation.objects.filter(pk=suivante.pk)
    lignes.update(etat=Convocation.Etat.EXPIREE)
    Convocation.objects.filter(pk=porteuse.pk).update(demande=entrante, personnes=F("personnes") - 1)
    lignes.update(demande=sortante, jointe_a=None, etat=Convocation.Etat.ACTIVE)
    # What has not left yet must not give the new link to who is out of the visit: links are derived at the last moment.
    for attend in Notification.objects.filter(
        demande=sortante, contexte__convocation_id=porteuse.pk, etat=Notification.Etat.A_ENVOYER
    ):
        attend.contexte["convocation_id"] = suivante.pk
        attend.save(update_fields=["contexte"])
    charge = {"convocation_id": porteuse.pk}
    journaliser("convocation:transmise", par=par, maintenant=maintenant, demande=suivante.demande, charge=charge)


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
    if convocation.demande_id != demande.pk:  # the link has just passed to another of the family
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
    exiger_sans_deport(demande, par)
