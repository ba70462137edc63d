"""Step 3: the decision, motivated and signed by who holds the delegation (CRPA L211-5, L212-1)."""

from __future__ import annotations

from datetime import datetime

from demandes.acteur import Acteur
from demandes.cycle import COMPLETUDE, PAR_NOM, Etat
from demandes.droits import Droit
from demandes.models import Decision, Delegation, Demande
from demandes.services.actes import preparer_decision
from demandes.services.avis import exiger_avis, exiger_rien_en_attente
from demandes.services.completude import exiger_pieces_conformes, reste_a_constater
from demandes.services.notifications import notifier
from demandes.services.transitions import appliquer, exiger_possible, verrouiller
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte, etape


@acte
def instruire(demande: Demande, *, par: Acteur, maintenant: datetime) -> Demande:
    """Send the demande to examination.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``transition_interdite``, ``avis_en_attente`` (409).
    """
    exiger_rien_en_attente(verrouiller(demande))
    return appliquer(demande, "instruire", par=par, maintenant=maintenant)


@acte
def accorder(demande: Demande, *, par: Acteur, maintenant: datetime, motifs_fait: str = "") -> Decision:
    """Grant the demande: at the counter for a plein-droit motif, from the back office otherwise.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``sans_delegation`` (403), ``quatre_yeux`` (409), ``transition_interdite`` (409); ``sans_avis``,
            ``avis_defavorable``, ``avis_perime`` (409) where doctors are heard.
    """
    return _decider(demande, "accorder", motifs=("", motifs_fait), par=par, maintenant=maintenant)


@acte
def refuser(demande: Demande, *, motifs_droit: str, motifs_fait: str, par: Acteur, maintenant: datetime) -> Decision:
    """Refuse the demande, with its motives in law and in fact.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``motifs_absents`` on the field, ``sans_delegation`` (403), ``quatre_yeux`` (409),
            ``transition_interdite`` (409).
    """
    for champ, texte in (("motifs_droit", motifs_droit), ("motifs_fait", motifs_fait)):
        if len(texte.strip()) < 10:
            raise ErreurMetier("motifs_absents", "Un refus est motivé en droit et en fait.", champ=champ)
    return _decider(demande, "refuser", motifs=(motifs_droit, motifs_fait), par=par, maintenant=maintenant)


@etape
def _decider(demande: Demande, nom: str, *, motifs: tuple[str, str], par: Acteur, maintenant: datetime) -> Decision:
    verrouillee = verrouiller(demande)
    if not par.peut_sur(Droit.DECIDER, verrouillee):
        raise DroitRefuse
    if verrouillee.motif.quatre_yeux and verrouillee.completude_par_id == par.pk:
        raise ErreurMetier("quatre_yeux", "Vous avez vérifié ce dossier : un autre agent doit décider.", statut=409)
    if verrouillee.motif.quatre_yeux and reste_a_constater(verrouillee):
        raise ErreurMetier("quatre_yeux", "Un autre agent doit d’abord constater la complétude.", statut=409)
    exiger_possible(verrouillee, PAR_NOM[nom], par)
    sens = Decision.Sens.ACCORD if nom == "accorder" else Decision.Sens.REFUS
    if sens == Decision.Sens.ACCORD:
        if COMPLETUDE in verrouillee.motif.etapes:  # a piece may have been found wrong, or unsaid, since
            exiger_pieces_conformes(verrouillee)
        exiger_avis(verrouillee, aujourdhui(verrouillee.prefecture.fuseau, maintenant))
    au_guichet = verrouillee.etat == Etat.RECUE
    delegation = _delegation(verrouillee, par, maintenant)
    verrouillee = appliquer(demande, nom, par=par, maintenant=maintenant, au_guichet=au_guichet)
    decision = Decision.objects.create(
        demande=verrouillee,
        sens=sens,
        motifs_droit=motifs[0].strip(),
        motifs_fait=motifs[1].strip(),
        agent_id=par.pk,
        delegation=delegation,
        au_guichet=au_guichet,
        prise_le=maintenant,
    )
    acte_pdf = preparer_decision(verrouillee, decision, maintenant=maintenant)
    notifier(
        verrouillee,
        "decision",
        maintenant=maintenant,
        cle=str(demande.cle),
        contexte={"acte_id": acte_pdf.pk, "sens": sens},
    )
    return decision


def _delegation(demande: Demande, par: Acteur, maintenant: datetime) -> Delegation:
    jour = aujourdhui(demande.prefecture.fuseau, maintenant)
    delegation = Delegation.objects.filter(
        agent=par.pk, prefecture=demande.prefecture_id, pendant__contains=jour
    ).first()
    if delegation is None:
        raise ErreurMetier(
            "sans_delegation",
            "Vous n’avez pas de délégation de signature en vigueur dans cette préfecture.",
            statut=403,
        )
    return delegation
