"""The life of a mandate: asked for, signed by a link or on paper, refused, revoked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from psycopg.types.range import DateRange

from demandes.acteur import Acteur, GenreActeur, acteur_organisme, acteur_usager
from demandes.droits import Droit
from demandes.models import Aidant, Demande, Mandat, Motif, Organisme, Prefecture
from demandes.services.depot import Rattachement, exiger_courriel_de_la_personne, ouvrir_brouillon
from demandes.services.famille import consigner_rattachement, rattachement
from demandes.services.journal import journaliser
from demandes.services.mandataires import COMPTE_FERME, USAGE_MANDAT
from demandes.services.notifications import notifier
from demandes.services.quotas import Genre, exiger_quota, refus_signales, verrouiller_organisme
from demandes.services.transitions import verrouiller
from planipref.commun import debit
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.jetons import nouvelle_cle
from planipref.commun.transactions import acte, etape

DUREE_MAX = timedelta(days=365)
INVITATIONS_PAR_HEURE = 30  # of an organisation, right or wrong: nobody tries numbers one after the other
INVITATIONS_PAR_DEMANDE = 3  # in thirty days: a person is not worn down by mails


@dataclass(frozen=True)
class Proche:
    """Of a family already accompanied, what the next person's demande is begun from.

    Args:
        principale: the demande that the organisation holds a mandate on.
        lien: value of `Demande.LienFamilial`.
        par: the actor of that mandate.
    """

    principale: Demande
    lien: str
    par: Acteur


@dataclass(frozen=True)
class Termes:
    """What a mandate says.

    Args:
        portee: values of `Portee`.
        fin: its last day.
        signature: value of `Mandat.Signature`.
        signe_le: day of the signature on paper; None when the person signs by the link.
        proche: when the demande opened under it joins that of a family.
    """

    portee: list[str]
    fin: date
    signature: str
    signe_le: date | None = None
    proche: Proche | None = None

    def periode(self, jour: date) -> DateRange:
        """Return the dates of the mandate, recorded on a day.

        Raises:
            ErreurMetier: ``signature_future`` on ``signe_le``; ``fin_passee``, ``mandat_trop_long`` on ``fin``.
        """
        debut = self.signe_le or jour
        if debut > jour:
            raise ErreurMetier("signature_future", _("La signature ne peut pas être dans le futur."), champ="signe_le")
        if self.fin < jour:
            raise ErreurMetier("fin_passee", _("La date de fin est déjà passée."), champ="fin")
        if self.fin > debut + DUREE_MAX:
            limite = f"{debut + DUREE_MAX:%d/%m/%Y}"
            raise ErreurMetier(
                "mandat_trop_long",
                _("Un mandat dure un an au plus : au plus tard le %(limite)s.") % {"limite": limite},
                champ="fin",
            )
        return DateRange(debut, self.fin + timedelta(days=1))


def ouvrir_pour(
    motif: Motif,
    prefecture: Prefecture,
    *,
    identite: dict[str, Any],
    termes: Termes,
    par: Acteur,
    maintenant: datetime,
) -> Mandat:
    """Open a draft for a person who comes to an organisation, with the mandate that lets it act.

    Args:
        motif: what is asked for.
        prefecture: where; one of those of the organisation.
        identite: fields of `depot.IDENTITE`; name, given names and birth date at least.
        termes: what the mandate says.
        par: the aidant, as `acteur_organisme` makes it.
        maintenant: instant.

    Raises:
        DroitRefuse: 403; QuotaAtteint: 409.
        ErreurMetier: ``deja_enregistree`` (409); ``courriel_absent``, ``courriel_organisme`` on ``courriel``;
            ``prefecture_fermee`` on ``prefecture``; ``motif_ferme``; see `Termes.periode`.
    """
    with refus_signales(maintenant=maintenant):
        return _ouvrir_pour(motif, prefecture, identite=identite, termes=termes, par=par, maintenant=maintenant)


@acte
def _ouvrir_pour(
    motif: Motif,
    prefecture: Prefecture,
    *,
    identite: dict[str, Any],
    termes: Termes,
    par: Acteur,
    maintenant: datetime,
) -> Mandat:
    famille = _famille(termes.proche, prefecture, maintenant)
    organisme = verrouiller_organisme(par.pk)
    jour = aujourdhui(prefecture.fuseau, maintenant)
    aidant = _aidant(par, jour)
    if not organisme.prefectures.filter(pk=prefecture.pk).exists():
        raise ErreurMetier(
            "prefecture_fermee", _("Votre organisme n’accompagne pas dans cette préfecture."), champ="prefecture"
        )
    exiger_courriel_de_la_personne(identite.get("courriel", ""))
    if termes.signature == Mandat.Signature.ELECTRONIQUE and not identite.get("courriel"):
        raise ErreurMetier(
            "courriel_absent", _("Pour signer par un lien, il faut le courriel de la personne."), champ="courriel"
        )
    periode = termes.periode(jour)
    if deja_enregistree(organisme.pk, identite, motif, prefecture, jour=jour):
        raise ErreurMetier(
            "deja_enregistree", _("Cette personne a déjà un mandat en cours pour cette démarche."), statut=409
        )
    _exiger_quotas(organisme, aidant, jour, maintenant)
    canal = Demande.Canal.ACCOMPAGNEMENT
    demande = ouvrir_brouillon(motif, prefecture, canal, maintenant=maintenant, identite=identite, famille=famille)
    mandat = _enregistrer(demande, aidant, termes, periode, maintenant=maintenant, ouvre=True)
    _annoncer(mandat, demande, par, maintenant)
    if famille is not None:
        consigner_rattachement(demande, par=acteur_du_mandat(mandat, par.aidant_id), maintenant=maintenant)
    return mandat


@etape
def _famille(proche: Proche | None, prefecture: Prefecture, maintenant: datetime) -> Rattachement | None:
    """Lock the demande that the new one joins, before anything else.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``famille_complete`` (409), ``autre_prefecture`` on ``prefecture``.
    """
    if proche is None:
        return None
    if proche.principale.prefecture_id != prefecture.pk:
        raise ErreurMetier("autre_prefecture", _("Une famille dépose dans une seule préfecture."), champ="prefecture")
    return rattachement(proche.principale, proche.lien, par=proche.par, maintenant=maintenant)


def _exiger_quotas(organisme: Organisme, aidant: Aidant, jour: date, maintenant: datetime) -> None:
    exiger_quota(organisme, Genre.MANDATS, _tenus(aidant, jour), maintenant=maintenant)
    ouverts = organisme.mandats.filter(ouvre_la_demande=True, demande__creee_le__gt=maintenant - timedelta(days=1))
    exiger_quota(organisme, Genre.BROUILLONS, ouverts.count(), maintenant=maintenant)


def _tenus(aidant: Aidant, jour: date) -> int:
    """Count the open mandates of an aidant; those hidden from them are not told by a count either."""
    return Mandat.objects.visibles_par_l_organisme(aidant.organisme_id).ouverts(jour).filter(aidant=aidant).count()


def deja_enregistree(
    organisme_id: int, identite: dict[str, Any], motif: Motif, prefecture: Prefecture, *, jour: date
) -> bool:
    """Say whether this organisation holds, or waits for, a mandate of this person for this démarche."""
    return (
        Mandat.objects.visibles_par_l_organisme(organisme_id)  # not those asked for by a number: it would name who
        .ouverts(jour)
        .filter(
            demande__motif=motif,
            demande__prefecture=prefecture,
            usager__nom__iexact=identite["nom"],
            usager__prenoms__iexact=identite["prenoms"],
            usager__date_naissance=identite["date_naissance"],
        )
        .exists()
    )


@etape
def _aidant(par: Acteur, jour: date) -> Aidant:
    """Read the aidant again: neither suspended nor out of dates.

    Raises:
        DroitRefuse: 403.
    """
    aidants = Aidant.objects.ouverts(jour).avec_compte().filter(pk=par.aidant_id, organisme=par.pk)
    aidant = aidants.first() if par.est_organisme else None
    if aidant is None:
        raise DroitRefuse(COMPTE_FERME)
    return aidant


@etape
def _enregistrer(
    demande: Demande, aidant: Aidant, termes: Termes, periode: DateRange, *, maintenant: datetime, ouvre: bool
) -> Mandat:
    cle, marque = nouvelle_cle(USAGE_MANDAT)
    return Mandat.objects.create(
        cle=cle,
        empreinte=marque,
        organisme_id=aidant.organisme_id,
        usager_id=demande.usager_id,
        demande=demande,
        aidant=aidant,
        portee=termes.portee,
        signature=termes.signature,
        signe_le=termes.signe_le if termes.signature == Mandat.Signature.PAPIER else None,
        pendant=periode,
        ouvre_la_demande=ouvre,
        cree_le=maintenant,
    )


@etape
def _annoncer(mandat: Mandat, demande: Demande, par: Acteur, maintenant: datetime) -> None:
    """Journal the mandate; ask for the person's agreement, or tell them that their paper was recorded."""
    if mandat.signe_le:
        _consigner("mandat:enregistre", mandat, demande, acteur_du_mandat(mandat, par.aidant_id), maintenant)
        return
    _consigner("mandat:propose", mandat, demande, acteur_du_mandat(mandat, par.aidant_id), maintenant)
    _envoyer_lien(mandat, demande, maintenant, rang=0)


def acteur_du_mandat(mandat: Mandat, aidant_id: int) -> Acteur:
    """Return the actor of an aidant under a mandate just read or written."""
    return acteur_organisme(
        mandat.organisme_id, aidant_id, mandat_id=mandat.pk, demande_id=mandat.demande_id, portee=mandat.portee
    )


def _envoyer_lien(mandat: Mandat, demande: Demande, maintenant: datetime, *, rang: int) -> None:
    cle = f"{mandat.cle}:{rang}"
    notifier(demande, "mandat_propose", maintenant=maintenant, cle=cle, contexte={"mandat_id": mandat.pk})


def _consigner(nature: str, mandat: Mandat, demande: Demande, par: Acteur, maintenant: datetime) -> None:
    charge = {"mandat_id": mandat.pk, "organisme_id": mandat.organisme_id}
    journaliser(nature, par=par, maintenant=maintenant, demande=demande, charge=charge)


def inviter(numero: str, date_naissance: str, *, termes: Termes, par: Acteur, maintenant: datetime) -> None:
    """Ask the holder of a demande, by mail, for a mandate on it; say in no case whether the demande exists.

    Raises:
        DroitRefuse: 403; QuotaAtteint: 409, whatever the number.
        ErreurMetier: ``trop_d_essais`` (429); see `Termes.periode`.
    """
    debit.exiger("mandat-invitation", str(par.pk), capacite=INVITATIONS_PAR_HEURE, periode=timedelta(hours=1))
    with refus_signales(maintenant=maintenant):
        _inviter(numero, date_naissance, termes=termes, par=par, maintenant=maintenant)


@acte
def _inviter(numero: str, date_naissance: str, *, termes: Termes, par: Acteur, maintenant: datetime) -> None:
    demande = Demande.objects.par_numero(numero).first()
    verrouillee = verrouiller(demande) if demande is not None else None
    organisme = verrouiller_organisme(par.pk)
    jour = aujourdhui(verrouillee.prefecture.fuseau if verrouillee else "Europe/Paris", maintenant)
    aidant = _aidant(par, jour)
    periode = termes.periode(jour)
    exiger_quota(organisme, Genre.MANDATS, _tenus(aidant, jour), maintenant=maintenant)
    if verrouillee is None or not _est_invitable(verrouillee, organisme, date_naissance):
        return
    anciens = Mandat.objects.filter(organisme=organisme, demande=verrouillee, revoque_le__isnull=True)
    if anciens.ouverts(jour).exists():
        return
    anciens.update(revoque_le=maintenant, revoque_par_genre=GenreActeur.SYSTEME.value, revoque_par_id=0)  # past its end
    if debit.consommer(
        "mandat-demande", f"{organisme.pk}:{verrouillee.pk}", capacite=INVITATIONS_PAR_DEMANDE, periode=timedelta(30)
    ):
        mandat = _enregistrer(verrouillee, aidant, termes, periode, maintenant=maintenant, ouvre=False)
        _annoncer(mandat, verrouillee, par, maintenant)


def _est_invitable(demande: Demande, organisme: Organisme, date_naissance: str) -> bool:
    """Say whether the person can be asked: right birth date, an address of theirs, a préfecture of the organisation."""
    usager = demande.usager
    connue = bool(usager.courriel) and usager.date_naissance == date_naissance
    return connue and organisme.prefectures.filter(pk=demande.prefecture_id).exists()


@acte
def renvoyer_lien(mandat: Mandat, *, par: Acteur, maintenant: datetime) -> None:
    """Mail again the link of a mandate that waits for its signature, three times a day at most.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``mandat_non_propose`` (409), ``trop_d_essais`` (429).
    """
    demande, frais = _verrouiller(mandat)
    jour = aujourdhui(demande.prefecture.fuseau, maintenant)
    _aidant(par, jour)
    if par.pk != frais.organisme_id:
        raise DroitRefuse
    if frais.situation(jour) != Mandat.Situation.A_SIGNER:
        raise ErreurMetier("mandat_non_propose", _("Ce mandat n’attend pas de signature."), statut=409)
    debit.exiger("mandat-renvoi", str(frais.pk), capacite=INVITATIONS_PAR_DEMANDE, periode=timedelta(days=1))
    rang = demande.notifications.filter(modele="mandat_propose", contexte__mandat_id=frais.pk).count()
    _envoyer_lien(frais, demande, maintenant, rang=rang)


@acte
def donner(mandat: Mandat, *, par: Acteur, maintenant: datetime) -> Mandat:
    """Sign a mandate: it runs from today to the end it says.

    Raises:
        DroitRefuse: 403, somebody else than the person; ErreurMetier: ``mandat_non_propose`` (409).
    """
    demande, frais = _a_signer(mandat, par, maintenant)
    jour = aujourdhui(demande.prefecture.fuseau, maintenant)
    frais.signe_le, frais.pendant = jour, DateRange(jour, frais.pendant.upper)
    frais.save(update_fields=["signe_le", "pendant"])
    _consigner("mandat:donne", frais, demande, par, maintenant)
    _rappeler(frais, demande, maintenant)
    return frais


@etape
def _rappeler(mandat: Mandat, demande: Demande, maintenant: datetime) -> None:
    """Tell the person what they gave, with the link that takes it back."""
    contexte = {"mandat_id": mandat.pk}
    notifier(demande, "mandat_donne", maintenant=maintenant, cle=str(mandat.cle), contexte=contexte)


@etape
def changer_les_liens(demande: Demande, *, par: Acteur, maintenant: datetime) -> None:
    """After a demande changed hands: the mandates that wait are dropped, those that run get another link, mailed."""
    jour = aujourdhui(demande.prefecture.fuseau, maintenant)
    siens = demande.mandats.ouverts(jour).select_for_update(of=("self",), no_key=True)
    for mandat in siens.select_related("organisme").order_by("pk"):
        if mandat.situation(jour) == Mandat.Situation.A_SIGNER:
            _terminer(mandat, demande, "mandat:revoque", par, maintenant)
            continue
        mandat.cle, mandat.empreinte = nouvelle_cle(USAGE_MANDAT)
        mandat.save(update_fields=["cle", "empreinte"])
        _rappeler(mandat, demande, maintenant)


@acte
def refuser(mandat: Mandat, *, par: Acteur, maintenant: datetime) -> Mandat:
    """Refuse a mandate: the link dies.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``mandat_non_propose`` (409).
    """
    demande, frais = _a_signer(mandat, par, maintenant)
    return _terminer(frais, demande, "mandat:refuse", par, maintenant)


@etape
def _a_signer(mandat: Mandat, par: Acteur, maintenant: datetime) -> tuple[Demande, Mandat]:
    demande, frais = _verrouiller(mandat)
    if par.genre is not GenreActeur.USAGER or par.pk != frais.usager_id:
        raise DroitRefuse
    jour = aujourdhui(demande.prefecture.fuseau, maintenant)
    if not frais.organisme.actif or not est_signable(frais, jour, maintenant):
        raise ErreurMetier("mandat_non_propose", _("Ce mandat n’attend plus de signature."), statut=409)
    return demande, frais


def est_signable(mandat: Mandat, jour: date, maintenant: datetime) -> bool:
    """Say whether the person may still give a mandate: asked for less than thirty days ago."""
    recent = maintenant < mandat.cree_le + Mandat.VALIDITE_PROPOSITION
    return recent and mandat.situation(jour) == Mandat.Situation.A_SIGNER


@acte
def revoquer(mandat: Mandat, *, par: Acteur, maintenant: datetime) -> Mandat:
    """End a mandate at once: by the person, by the organisation itself, or by an agent of the préfecture.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``mandat_fini`` (409).
    """
    demande, frais = _verrouiller(mandat)
    if not _peut_revoquer(frais, demande, par):
        raise DroitRefuse
    if frais.revoque_le is not None:
        raise ErreurMetier("mandat_fini", _("Ce mandat est déjà terminé."), statut=409)
    nature = "mandat:termine" if par.est_organisme else "mandat:revoque"
    _terminer(frais, demande, nature, par, maintenant)
    if not par.est_organisme:
        contexte = {"mandat_id": frais.pk}
        notifier(demande, "mandat_termine", maintenant=maintenant, cle=str(frais.cle), contexte=contexte)
    return frais


def _peut_revoquer(mandat: Mandat, demande: Demande, par: Acteur) -> bool:
    if par.est_agent:
        return any(par.peut_sur(d, demande) for d in (Droit.VERIFIER, Droit.PARAMETRER))
    if par.est_organisme:
        return par.pk == mandat.organisme_id
    return par.est_concerne(demande)


@etape
def _terminer(mandat: Mandat, demande: Demande, nature: str, par: Acteur, maintenant: datetime) -> Mandat:
    mandat.revoque_le, mandat.revoque_par_genre, mandat.revoque_par_id = maintenant, par.genre.value, par.pk
    mandat.save(update_fields=["revoque_le", "revoque_par_genre", "revoque_par_id"])
    _consigner(nature, mandat, demande, par, maintenant)
    return mandat


@etape
def _verrouiller(mandat: Mandat) -> tuple[Demande, Mandat]:
    """Lock the demande, then its mandate, and return both fresh."""
    demande = verrouiller(mandat.demande)
    frais = Mandat.objects.select_for_update(of=("self",), no_key=True).select_related("organisme").get(pk=mandat.pk)
    return demande, frais


def titulaire(mandat: Mandat) -> Acteur:
    """Return the person who gives a mandate, once the link and the birth date have proved who they are."""
    return acteur_usager(mandat.usager_id)
