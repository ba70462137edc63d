"""From the draft to the deposited demande: number, legal clock, receipt."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import gettext as _

from demandes.acteur import SYSTEME, Acteur
from demandes.calculs.ages import est_mineur
from demandes.calculs.langage import ecrire
from demandes.cycle import Etat
from demandes.droits import Droit
from demandes.models import CERTIFIES, Acte, Aidant, Demande, Motif, Organisme, Prefecture, Service, Site, Usager
from demandes.selectors import calculer_echeance, parametres_motif, pieces_attendues
from demandes.selectors_reglages import (
    avis_eligibilite,
    personne_de,
    questions_posees,
    regle_d_aiguillage,
    vocabulaire_du_motif,
)
from demandes.services.actes import preparer_accuse
from demandes.services.bascule import exiger_servie_ici
from demandes.services.journal import journaliser
from demandes.services.mandataires import exiger_mandat
from demandes.services.notifications import notifier
from demandes.services.transitions import appliquer, verrouiller
from planipref.commun import debit
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte, etape

_SQL_NUMERO = """
INSERT INTO demandes_compteurnumero (prefecture_id, annee, dernier) VALUES (%s, %s, 1)
ON CONFLICT (prefecture_id, annee) DO UPDATE SET dernier = demandes_compteurnumero.dernier + 1
RETURNING dernier
"""

IDENTITE = (
    "nom",
    "nom_usage",
    "prenoms",
    "date_naissance",
    "commune_naissance",
    "nationalite",
    "numero_etranger",
    "courriel",
    "telephone",
    "adresse",
    "code_postal",
    "commune",
    "langue",
)
IDENTITE_OBLIGATOIRE = ("nom", "prenoms", "date_naissance")
# Mails that resume a draft: nobody has proved yet that the address given is theirs.
REPRISES_PAR_BROUILLON = 3
REPRISES_PAR_ADRESSE = 3  # in a day, all drafts together


@acte
def commencer(
    motif: Motif, prefecture: Prefecture, *, langue: str = Usager.Langue.FRANCAIS, maintenant: datetime
) -> Demande:
    """Open a draft for an usager who is not known yet, but for the language they read.

    Raises:
        ErreurMetier: ``motif_ferme`` when the préfecture doesn't take this motif online.
    """
    canal, identite = Demande.Canal.EN_LIGNE, {"langue": langue}
    return ouvrir_brouillon(motif, prefecture, canal, maintenant=maintenant, identite=identite)


@dataclass(frozen=True)
class Rattachement:
    """What makes a demande one of a family.

    Args:
        principale: the demande it is begun from, locked.
        lien: value of `Demande.LienFamilial`.
    """

    principale: Demande
    lien: str

    @property
    def champs(self) -> dict[str, Any]:
        """Columns of the demande; the parent who deposits is proposed as the child's legal representative."""
        est_enfant = self.lien == Demande.LienFamilial.ENFANT
        representant = self.principale.usager.nom_complet if est_enfant else ""
        return {"principale": self.principale, "lien_familial": self.lien, "representant": representant}


@etape
def ouvrir_brouillon(
    motif: Motif,
    prefecture: Prefecture,
    canal: str,
    *,
    maintenant: datetime,
    identite: dict[str, Any] | None = None,
    famille: Rattachement | None = None,
) -> Demande:
    """Open a draft, for an usager not known yet, whom an organisation presents, or of the family of another.

    Raises:
        ErreurMetier: ``module_actuel`` (409) while its present module serves this motif; ``motif_ferme`` when the
            préfecture doesn't take it online; ``non_eligible`` when a rule already refuses what is known.
    """
    exiger_servie_ici(motif, prefecture, maintenant=maintenant)
    if not motif.depot_en_ligne or not parametres_motif(motif, prefecture).actif:
        raise ErreurMetier(
            "motif_ferme", _("Cette démarche ne se dépose pas en ligne dans cette préfecture."), champ="motif"
        )
    champs = famille.champs if famille else {}
    demande = _ouvrir(motif, prefecture, canal, maintenant=maintenant, identite=identite, **champs)
    exiger_eligible(demande, connu_seulement=True)
    return demande


@acte
def ouvrir_au_guichet(
    motif: Motif, site: Site, *, identite: dict[str, Any], par: Acteur, maintenant: datetime
) -> Demande:
    """Open and deposit a demande for someone at the counter, on paper or without e-mail: same rights, same clock.

    Args:
        motif: what is asked for.
        site: where the person stands.
        identite: fields of `IDENTITE`; name, given names and birth date are enough.
        par: agent with the right ``ouvrir``.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``identite_incomplete``.
    """
    return ouvrir_etape(motif, site, identite=identite, par=par, maintenant=maintenant)


@etape
def ouvrir_etape(
    motif: Motif,
    site: Site,
    *,
    identite: dict[str, Any],
    annoncer: bool = True,
    par: Acteur,
    maintenant: datetime,
) -> Demande:
    """Composable part of `ouvrir_au_guichet`, for acts that also register the visit.

    Args:
        motif: what for.
        site: where.
        identite: fields of `IDENTITE`.
        annoncer: whether the person is told that their demande was received: not who asked for nothing.
        par: agent.
        maintenant: instant.
    """
    prefecture = site.prefecture
    if not par.peut(Droit.OUVRIR, prefecture_id=prefecture.pk):
        raise DroitRefuse
    demande = _ouvrir(motif, prefecture, Demande.Canal.GUICHET, maintenant=maintenant, identite=identite, site=site)
    return deposer_etape(demande, annoncer=annoncer, par=par, maintenant=maintenant)


@etape
def _ouvrir(
    motif: Motif,
    prefecture: Prefecture,
    canal: str,
    *,
    maintenant: datetime,
    identite: dict[str, Any] | None = None,
    **champs: Any,
) -> Demande:
    usager = Usager.objects.create(cree_le=maintenant, **_identite(identite or {}))
    return Demande.objects.create(
        usager=usager,
        motif=motif,
        prefecture=prefecture,
        service=Service.objects.get(prefecture=prefecture, genre=motif.genre_service),
        canal=canal,
        creee_le=maintenant,
        modifiee_le=maintenant,
        **champs,
    )


def _identite(champs: dict[str, Any]) -> dict[str, Any]:
    return {c: v for c, v in champs.items() if c in IDENTITE}


@acte
def enregistrer_identite(demande: Demande, champs: dict[str, Any], *, par: Acteur, maintenant: datetime) -> None:
    """Save what a page of the form says of the usager, in the draft; a new e-mail gets the link to come back.

    What FranceConnect certified stays as it is, whatever the form says.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``brouillon_ferme`` (409); ``courriel_fige`` or ``fiche_commune`` on ``courriel``.
    """
    verrouillee = _exiger_brouillon(demande, par, maintenant)
    usager, identite = verrouillee.usager, _identite(champs)
    if par.est_organisme:
        _exiger_meme_courriel(usager, identite)
    if usager.est_certifie:
        identite = {c: v for c, v in identite.items() if c not in CERTIFIES}
    _exiger_fiche_a_part(verrouillee, identite, par)
    if identite.get("courriel", usager.courriel) != usager.courriel:
        _oublier_la_preuve(verrouillee, maintenant)
    for champ, valeur in identite.items():
        setattr(usager, champ, valeur)
    usager.save(update_fields=list(identite))
    _garder_reponses(verrouillee, verrouillee.reponses)
    demande.reponses = verrouillee.reponses
    _nommer_representant(verrouillee, champs)
    demande.representant = verrouillee.representant
    _toucher(verrouillee, maintenant)
    _consigner_saisie(verrouillee, par, maintenant)
    if identite.get("courriel"):
        envoyer_reprise(verrouillee, maintenant=maintenant)


def _exiger_fiche_a_part(demande: Demande, identite: dict[str, Any], par: Acteur) -> None:
    """Refuse to change, from a draft, the address of demandes that are deposited: their mails open them.

    An organisation changes nothing of how to reach a person for demandes that it was not mandated on.

    Raises:
        ErreurMetier: ``fiche_commune`` on ``courriel``.
    """
    changes = {c for c, v in identite.items() if getattr(demande.usager, c) != v}
    if not (changes if par.est_organisme else changes & {"courriel"}):
        return
    if Demande.objects.filter(usager=demande.usager_id).exclude(pk=demande.pk).deposees().exists():
        raise ErreurMetier(
            "fiche_commune",
            _("Cette personne a aussi d’autres demandes. Écrivez au service pour changer son adresse."),
            champ="courriel",
        )


@etape
def _oublier_la_preuve(demande: Demande, maintenant: datetime) -> None:
    """An address just typed is nobody's yet, and the codes sent to the former one are dead."""
    demande.adresse_prouvee = False
    demande.save(update_fields=["adresse_prouvee"])
    demande.codes_acces.filter(utilise_le__isnull=True).update(utilise_le=maintenant)


@etape
def _nommer_representant(demande: Demande, champs: dict[str, Any]) -> None:
    """Keep the legal representative of a minor; forget the one proposed for a child who is of age."""
    representant = str(champs.get("representant", demande.representant)).strip()
    if demande.usager.date_naissance and not _est_mineur(demande):
        representant = ""
    if representant != demande.representant:
        demande.representant = representant
        demande.save(update_fields=["representant"])


@etape
def envoyer_reprise(demande: Demande, *, maintenant: datetime) -> None:
    """Mail the address of the draft, once for each e-mail given; the page behind it asks for a code.

    The mail says nothing of what is asked for: the address may be mistyped.
    """
    courriel = demande.usager.courriel
    servies = list(
        demande.notifications.filter(cle__startswith=f"brouillon:{demande.cle}:").values_list("destinataire", flat=True)
    )
    if courriel in servies or len(servies) >= REPRISES_PAR_BROUILLON:
        return
    if debit.consommer("reprise", courriel.lower(), capacite=REPRISES_PAR_ADRESSE, periode=timedelta(days=1)):
        notifier(demande, "brouillon", maintenant=maintenant, cle=f"{demande.cle}:{len(servies)}")


@acte
def enregistrer_reponses(demande: Demande, reponses: dict[str, Any], *, par: Acteur, maintenant: datetime) -> None:
    """Save answers to the motif's questions, in the draft; those to questions no longer asked are forgotten.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``brouillon_ferme`` (409).
    """
    verrouillee = _exiger_brouillon(demande, par, maintenant)
    _garder_reponses(verrouillee, {**verrouillee.reponses, **reponses})
    demande.reponses = verrouillee.reponses
    _toucher(verrouillee, maintenant)
    _consigner_saisie(verrouillee, par, maintenant)


@etape
def _garder_reponses(demande: Demande, toutes: dict[str, Any]) -> None:
    """Keep the answers to the questions asked: a corrected fact or answer, or a setting, may have removed one."""
    codes = [q.code for q in questions_posees(demande, toutes)]
    gardees = {c: toutes[c] for c in codes if c in toutes}
    if gardees != demande.reponses:
        demande.reponses = gardees
        demande.save(update_fields=["reponses"])


@etape
def _exiger_brouillon(demande: Demande, par: Acteur, maintenant: datetime) -> Demande:
    verrouillee = verrouiller(demande)
    exiger_mandat(verrouillee, par, maintenant=maintenant)
    if not par.est_concerne(verrouillee) or (par.est_organisme and not par.peut_sur(Droit.DEPOSER, verrouillee)):
        raise DroitRefuse
    if verrouillee.etat != Etat.BROUILLON:
        raise ErreurMetier("brouillon_ferme", _("Cette demande est déjà déposée."), statut=409)
    return verrouillee


def _exiger_meme_courriel(usager: Usager, identite: dict[str, Any]) -> None:
    """Refuse that an organisation puts another address in place of the person's: what it does is told there."""
    if usager.courriel and identite.get("courriel", usager.courriel) != usager.courriel:
        raise ErreurMetier(
            "courriel_fige",
            _("Seule la personne peut changer son adresse de courriel : elle y est prévenue de ce que vous faites."),
            champ="courriel",
        )
    exiger_courriel_de_la_personne(identite.get("courriel", ""))


def exiger_courriel_de_la_personne(courriel: str) -> None:
    """Refuse an organisation's address, or an aidant's, for the person's: what is said to them must reach them.

    Raises:
        ErreurMetier: ``courriel_organisme`` on ``courriel``.
    """
    if not courriel:
        return
    organismes = Organisme.objects.filter(courriel__iexact=courriel)
    comptes = Aidant.objects.filter(agent__email__iexact=courriel)
    if organismes.exists() or comptes.exists():
        raise ErreurMetier(
            "courriel_organisme",
            _("C’est l’adresse d’un organisme. Donnez celle de la personne, ou laissez vide si elle n’en a pas."),
            champ="courriel",
        )


@etape
def _consigner_saisie(demande: Demande, par: Acteur, maintenant: datetime) -> None:
    """Journal what an organisation writes in a draft; what the person writes there is nobody's business yet."""
    if par.est_organisme:
        journaliser("brouillon:rempli", par=par, maintenant=maintenant, demande=demande)


def _toucher(demande: Demande, maintenant: datetime) -> None:
    Demande.objects.filter(pk=demande.pk).update(modifiee_le=maintenant)


@acte
def deposer(demande: Demande, *, par: Acteur, maintenant: datetime) -> Demande:
    """Deposit a draft: a number, the legal clock, the receipt and its mail.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``identite_incomplete``, ``reponses_manquantes``, ``pieces_manquantes``, ``non_eligible``;
            ``transition_interdite`` (409) when it is already deposited.
    """
    return deposer_etape(demande, par=par, maintenant=maintenant)


@etape
def deposer_etape(demande: Demande, *, annoncer: bool = True, par: Acteur, maintenant: datetime) -> Demande:
    """Composable part of `deposer`, for acts that open and deposit at once; the receipt is kept, announced or not."""
    verrouillee = verrouiller(demande)
    verrouillee.deposee_le = maintenant  # what follows judges at this instant
    numero = None
    if verrouillee.etat == Etat.BROUILLON:
        exiger_complet(verrouillee, en_ligne=not par.est_agent, sans_courriel=par.est_organisme)
        if not par.est_agent:  # at the counter, the agent judges
            exiger_servie_ici(verrouillee.motif, verrouillee.prefecture, maintenant=maintenant)
            exiger_eligible(verrouillee)
        numero = _attribuer_numero(verrouillee, maintenant)
    champs = {
        "numero": numero,
        "deposee_le": maintenant,
        "echeance": calculer_echeance(verrouillee),
        "personne_au_depot": asdict(personne_de(verrouillee.usager)),
    }
    aiguillage = _aiguiller(verrouillee)
    verrouillee = appliquer(demande, "deposer", par=par, maintenant=maintenant, champs={**champs, **aiguillage})
    if aiguillage:
        regle = {"regle_id": aiguillage["aiguillage"]["regle_id"]}
        journaliser("aiguillage:applique", par=SYSTEME, maintenant=maintenant, demande=verrouillee, charge=regle)
    accuse: Acte = preparer_accuse(verrouillee, maintenant=maintenant)
    if annoncer:
        notifier(verrouillee, "depot", maintenant=maintenant, cle=str(verrouillee.cle), contexte={"acte_id": accuse.pk})
    return verrouillee


def exiger_complet(demande: Demande, *, en_ligne: bool, sans_courriel: bool = False) -> None:
    """Refuse a draft where the identity, a required answer or, online, a required piece is missing.

    Args:
        demande: the draft.
        en_ligne: whether answers and pieces are asked for.
        sans_courriel: whether an address may be missing: the receipt then goes to the organisation.

    Raises:
        ErreurMetier: ``identite_incomplete``, ``reponses_manquantes``, ``pieces_manquantes``.
    """
    usager = demande.usager
    if not all(getattr(usager, c) for c in IDENTITE_OBLIGATOIRE):
        raise ErreurMetier("identite_incomplete", _("Indiquez le nom, les prénoms et la date de naissance."))
    if not en_ligne:
        return
    if demande.principale_id and not demande.representant and _est_mineur(demande):
        raise ErreurMetier("representant_absent", _("Indiquez le représentant légal de cette personne mineure."))
    if not usager.courriel and not sans_courriel:  # the receipt, the link and the codes go there
        raise ErreurMetier("identite_incomplete", _("Indiquez une adresse de courriel."), champ="courriel")
    for question in questions_posees(demande):
        if question.obligatoire and demande.reponses.get(question.code) in (None, ""):
            raise ErreurMetier("reponses_manquantes", _("Une question obligatoire est restée sans réponse."))
    if any(p.manque for p in pieces_attendues(demande)):
        raise ErreurMetier("pieces_manquantes", _("Il manque une pièce obligatoire."))


def exiger_eligible(demande: Demande, *, connu_seulement: bool = False) -> None:
    """Refuse a draft that a blocking rule of eligibility excludes, and say where to go instead.

    Args:
        demande: the draft.
        connu_seulement: leave the rules that name something not said yet.

    Raises:
        ErreurMetier: ``non_eligible``.
    """
    for avis in avis_eligibilite(demande, connu_seulement=connu_seulement):
        if avis.bloquante:
            raise ErreurMetier("non_eligible", f"{avis.message} {avis.ailleurs}".strip())


def _aiguiller(demande: Demande) -> dict[str, Any]:
    """Return the columns that the first rule of routing that holds sets; none when no rule does."""
    regle = regle_d_aiguillage(demande)
    if regle is None:
        return {}
    choix = {"regle_id": regle.pk, "libelle": regle.libelle, "sites_ids": regle.sites_ids}
    choix["raison"] = ecrire(regle.condition, vocabulaire_du_motif(demande.motif))
    service = {"service_id": regle.service_id} if regle.service_id else {}
    return {"aiguillage": choix, **service}


def _est_mineur(demande: Demande) -> bool:
    return est_mineur(demande.usager.date_naissance, aujourdhui(demande.prefecture.fuseau, demande.deposee_le))


def _attribuer_numero(demande: Demande, maintenant: datetime) -> str:
    """Give the next number of the préfecture and year; the counter's row is locked until commit."""
    annee = maintenant.astimezone(ZoneInfo(demande.prefecture.fuseau)).year
    with connection.cursor() as curseur:
        curseur.execute(_SQL_NUMERO, [demande.prefecture_id, annee])
        rang = curseur.fetchone()[0]
    return f"{demande.prefecture.departement}-{annee}-{rang:06d}"
