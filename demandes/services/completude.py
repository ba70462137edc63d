"""Step 1: what is missing, with a deadline; completeness, dated and provable (CRPA L114-5)."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from demandes.acteur import SYSTEME, Acteur
from demandes.cycle import COMPLETUDE, PAR_NOM, Etat
from demandes.models import Demande, DemandeComplement
from demandes.selectors import calculer_echeance, pieces_attendues
from demandes.services.actes import preparer_demande_de_pieces
from demandes.services.journal import journaliser
from demandes.services.notifications import notifier
from demandes.services.transitions import appliquer, exiger_droit, verrouiller
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.nombres import nombre
from planipref.commun.transactions import acte


@acte
def demander_complements(
    demande: Demande, *, limite: date, message: str, par: Acteur, maintenant: datetime
) -> DemandeComplement:
    """Ask for every piece that is missing or not conforme, with a deadline; the rejecting clock stands still.

    A request that holds no indispensable piece doesn't suspend (CRPA L114-5-1).

    Args:
        demande: the file.
        limite: last civil day to produce the pieces.
        message: what the agent adds.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``rien_ne_manque``, ``limite_passee`` on ``limite``, ``transition_interdite`` (409).
    """
    verrouillee = verrouiller(demande)
    manquants = [p for p in pieces_attendues(verrouillee) if p.manque]
    if not manquants:
        raise ErreurMetier("rien_ne_manque", "Aucune pièce ne manque : marquez d’abord ce qui n’est pas conforme.")
    if limite <= aujourdhui(verrouillee.prefecture.fuseau, maintenant):
        raise ErreurMetier("limite_passee", "La date limite doit être dans le futur.", champ="limite")
    appliquer(demande, "demander_complements", par=par, maintenant=maintenant, nb_pieces=len(manquants))
    complement = DemandeComplement.objects.create(
        demande=verrouillee,
        agent_id=par.pk,
        message=message.strip(),
        manquants=[
            {
                "code": p.requise.code,
                "libelle": p.requise.libelle,
                "raison": p.piece.raison if p.piece else gettext_noop("Pièce absente du dossier."),
            }
            for p in manquants
        ],
        suspensif=any(p.requise.indispensable for p in manquants),
        notifie_le=maintenant,
        limite=limite,
    )
    _recaler(demande)
    courrier = preparer_demande_de_pieces(verrouillee, complement, maintenant=maintenant)
    notifier(
        verrouillee,
        "pieces_demandees",
        maintenant=maintenant,
        cle=str(complement.pk),
        contexte={"complement_id": complement.pk, "acte_id": courrier.pk},
    )
    return complement


@acte
def completer(demande: Demande, *, par: Acteur, maintenant: datetime) -> Demande:
    """Hand back the demande once everything asked has been given; the clock runs again.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``pieces_manquantes``, ``transition_interdite`` (409).
    """
    verrouillee = verrouiller(demande)
    if any(p.manque for p in pieces_attendues(verrouillee)):
        raise ErreurMetier("pieces_manquantes", _("Il manque encore une pièce demandée."))
    appliquer(demande, "completer", par=par, maintenant=maintenant)
    _clore(demande, produit=True, maintenant=maintenant)
    _recaler(demande)
    notifier(
        verrouillee,
        "pieces_recues",
        maintenant=maintenant,
        cle=f"{demande.cle}:{demande.complements.count()}",
    )
    return demande


def exiger_pieces_conformes(demande: Demande) -> None:
    """Refuse to call complete, or to grant, a demande of which a required piece is not right.

    Raises:
        ErreurMetier: ``pieces_non_verifiees``.
    """
    restantes = [p.requise.libelle for p in pieces_attendues(demande) if p.empeche_la_completude]
    if restantes:
        debut = nombre(len(restantes), "pièce n’est pas encore conforme", "pièces ne sont pas encore conformes")
        suite = "…" if len(restantes) > 1 else "."
        raise ErreurMetier("pieces_non_verifiees", f"{debut} : « {restantes[0]} »{suite}")


def reste_a_constater(demande: Demande) -> bool:
    """Say whether the person was received with an appointment of the former module, their file not checked yet."""
    etapes = demande.motif.etapes
    return COMPLETUDE in etapes and demande.complete_le is None and demande.etat in (Etat.RECUE, Etat.EN_INSTRUCTION)


@acte
def constater_completude(demande: Demande, *, par: Acteur, maintenant: datetime) -> Demande:
    """Establish completeness: every required piece is conforme.

    Of a demande that came with its appointment from the former booking module, it is established once the person has
    been received, and does not change the state.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``pieces_non_verifiees``, ``transition_interdite`` (409).
    """
    verrouillee = verrouiller(demande)
    exiger_pieces_conformes(verrouillee)
    champs = {"complete_le": maintenant, "completude_par_id": par.pk}
    if reste_a_constater(verrouillee):
        exiger_droit(verrouillee, PAR_NOM["constater_completude"], par)
        Demande.objects.filter(pk=demande.pk).update(**champs, modifiee_le=maintenant)
        journaliser("completude:constatee", par=par, maintenant=maintenant, demande=verrouillee)
    else:
        appliquer(demande, "constater_completude", par=par, maintenant=maintenant, champs=champs)
    _clore(demande, produit=True, maintenant=maintenant)
    _recaler(demande)
    notifier(verrouillee, "complete", maintenant=maintenant, cle=str(demande.cle))
    return demande


@acte
def classer_incomplete(demande: Demande, *, par: Acteur = SYSTEME, maintenant: datetime) -> Demande:
    """Close without action a demande left incomplete past its deadline.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``piece_non_indispensable`` (409), ``limite_non_atteinte`` (409), ``transition_interdite`` (409).
    """
    verrouillee = verrouiller(demande)
    ouvert = verrouillee.complements.filter(clos_le__isnull=True).first()
    jour = aujourdhui(verrouillee.prefecture.fuseau, maintenant)
    if ouvert is not None and not ouvert.suspensif:
        raise ErreurMetier(
            "piece_non_indispensable",
            "Les pièces demandées ne sont pas indispensables : la demande s’instruit sans elles (CRPA L114-5-1).",
            statut=409,
        )
    if ouvert is not None and jour <= ouvert.limite:
        raise ErreurMetier("limite_non_atteinte", "L’usager a encore le temps de répondre.", statut=409)
    appliquer(demande, "classer_incomplete", par=par, maintenant=maintenant)
    _clore(demande, produit=False, maintenant=maintenant)
    notifier(verrouillee, "sans_suite", maintenant=maintenant, cle=str(demande.cle))
    return demande


def _clore(demande: Demande, *, produit: bool, maintenant: datetime) -> None:
    """End the open request, if any; the suspension ends when the pieces came in, not when somebody looked at them."""
    ouvert = demande.complements.filter(clos_le__isnull=True).first()
    if ouvert is None:
        return
    ouvert.clos_le = maintenant
    if produit:
        recues = demande.pieces.courantes().filter(
            piece_requise__code__in=[m["code"] for m in ouvert.manquants], deposee_le__gte=ouvert.notifie_le
        )
        ouvert.produit_le = recues.aggregate(derniere=Max("deposee_le"))["derniere"] or maintenant
    ouvert.save(update_fields=["clos_le", "produit_le"])


def _recaler(demande: Demande) -> None:
    """Move the legal deadline to what the requests for pieces make of it."""
    demande.echeance = calculer_echeance(demande)
    Demande.objects.filter(pk=demande.pk).update(echeance=demande.echeance)
