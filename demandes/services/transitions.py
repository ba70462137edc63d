"""The only code that changes the state of a demande."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from demandes.acteur import Acteur
from demandes.cycle import LIBELLES, PAR_NOM, Transition, donnees_sures, permises, reactions
from demandes.models import Demande
from demandes.selectors_deports import exiger_sans_deport
from demandes.services.journal import journaliser
from demandes.services.mandataires import exiger_mandat
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.transactions import etape


@etape
def verrouiller(demande: Demande) -> Demande:
    """Lock the row of a demande and return it fresh; always the first lock of an act.

    The principal demande of its family is locked before it: acts on several of a family never wait for each other in a
    circle.
    """
    if demande.principale_id:
        verrouiller_famille(demande)
    return (
        Demande.objects.select_for_update(of=("self",), no_key=True)
        .select_related("motif", "prefecture", "usager")
        .get(pk=demande.pk)
    )


@etape
def verrouiller_famille(demande: Demande) -> None:
    """Lock the principal demande of a family: whoever acts on several of its demandes holds this lock first."""
    tete = Demande.objects.filter(pk=demande.famille_id)
    list(tete.select_for_update(of=("self",), no_key=True).values_list("pk"))


@etape
def appliquer(
    demande: Demande,
    nom: str,
    *,
    par: Acteur,
    maintenant: datetime,
    champs: dict[str, Any] | None = None,
    **donnees: Any,
) -> Demande:
    """Move a demande along one transition of the table, with its event and the reactions of the upper apps.

    Args:
        demande: the file; the object given is brought up to date.
        nom: name of the transition.
        par: who acts.
        maintenant: instant.
        champs: other columns to write in the same UPDATE.
        donnees: what the reactions need; only identifiers, codes and counts enter the journal.

    Raises:
        DroitRefuse: the actor may not (403).
        ErreurMetier: ``transition_interdite``, the demande is in another state (409).
    """
    transition = PAR_NOM[nom]
    verrouillee = verrouiller(demande)
    exiger_mandat(verrouillee, par, maintenant=maintenant)
    exiger_possible(verrouillee, transition, par)
    depart = verrouillee.etat
    arrivee = transition.vers
    if transition.retours:
        avant = verrouillee.evenements.convocations().order_by("-rang", "-pk").values_list("de", flat=True).first()
        arrivee = transition.arrivee(verrouillee.motif.regles, avant)
    valeurs = {"etat": arrivee.value, "modifiee_le": maintenant, **(champs or {})}
    for objet in (verrouillee, demande):
        for champ, valeur in valeurs.items():
            setattr(objet, champ, valeur)
    verrouillee.save(update_fields=list(valeurs))
    journaliser(
        f"transition:{nom}",
        par=par,
        maintenant=maintenant,
        demande=verrouillee,
        de=depart,
        vers=arrivee.value,
        charge=donnees_sures(donnees),
    )
    reagir(verrouillee, nom, par=par, maintenant=maintenant, **donnees)
    return verrouillee


@etape
def reagir(demande: Demande, nom: str, *, par: Acteur, maintenant: datetime, **donnees: Any) -> None:
    """Run what the upper apps do after a transition; also for the same act when it changes no state.

    Args:
        demande: locked.
        nom: name of the transition.
        par: who acts.
        maintenant: instant.
        donnees: what the reactions need.
    """
    for reaction in reactions(nom):
        reaction(demande, par=par, maintenant=maintenant, **donnees)


def exiger_droit(demande: Demande, transition: Transition, par: Acteur) -> None:
    """Refuse an actor without the right, on somebody else's demande, or who must not handle it.

    Raises:
        DroitRefuse: 403.
    """
    if not _peut(demande, transition, par):
        raise DroitRefuse
    exiger_sans_deport(demande, par)


def exiger_possible(demande: Demande, transition: Transition, par: Acteur) -> None:
    """Refuse a transition to who may not, or from another state; for acts that write before they apply it.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``transition_interdite`` (409).
    """
    exiger_droit(demande, transition, par)
    if not transition.permise(demande.motif.regles, demande.etat):
        raise ErreurMetier(
            "transition_interdite",
            _("Cette action n’est pas possible : la demande est « %(etat)s ».") % {"etat": _(LIBELLES[demande.etat])},
            statut=409,
        )


def actions_possibles(demande: Demande, par: Acteur) -> list[Transition]:
    """Transitions that this actor may apply now, in the order of the table: the buttons of the page."""
    return [t for t in permises(demande.motif.regles, demande.etat) if _peut(demande, t, par)]


def _peut(demande: Demande, transition: Transition, par: Acteur) -> bool:
    return par.est_concerne(demande) and any(par.peut_sur(d, demande) for d in transition.droits)
