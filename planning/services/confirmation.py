"""Whether people of the former booking module will come: they say so, or an agent for them; nothing is freed alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from demandes.acteur import Acteur
from demandes.models import Convocation, Notification
from demandes.services.convocation import Membre, verrouiller_membres
from demandes.services.journal import journaliser
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.transactions import acte, etape
from planning.models import RendezVous
from planning.services.ouvertures import exiger_planifier_site
from planning.services.reservation import rendre
from planning.services.validite import messages_tenus

# Asked once more after that many days, unless the appointment is nearer than the margin: its own reminder comes then.
RELANCE_JOURS = 3
MARGE = timedelta(days=2)


@acte
def confirmer(convocation: Convocation, *, par: Acteur, maintenant: datetime) -> RendezVous:
    """Note that a person will come; a second time changes nothing.

    Args:
        convocation: whose appointment.
        par: the usager, or who acts for them under a mandate.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``rien_a_confirmer`` (409), cancelled or past; as `verrouiller_membres`.
    """
    groupe, rendez_vous = _verrouiller(convocation, par, maintenant)
    if rendez_vous is None:
        message = _("Ce rendez-vous est annulé ou passé : il ne se confirme plus.")
        raise ErreurMetier("rien_a_confirmer", message, statut=409)
    if rendez_vous.attend_confirmation:
        _confirmer(groupe, rendez_vous, maintenant)
    return rendez_vous


@acte
def confirmer_par_agent(rendez_vous: RendezVous, *, par: Acteur, maintenant: datetime) -> None:
    """Note that a person told an agent that they will come.

    Args:
        rendez_vous: as it was shown to the agent, with its convocation and the préfecture of its slot.
        par: agent who plans there.
        maintenant: instant.

    Raises:
        DroitRefuse: 403, or a déport; ErreurMetier: ``deja_fait`` (409).
    """
    groupe, fraiche = _verrouiller_montre(rendez_vous, par, maintenant)
    _confirmer(groupe, fraiche, maintenant)


@acte
def liberer_la_place(rendez_vous: RendezVous, *, par: Acteur, maintenant: datetime) -> None:
    """Cancel an appointment that nobody has confirmed: the person is told, their link stays good to take another.

    Args:
        rendez_vous: as in `confirmer_par_agent`.
        par: agent who plans there.
        maintenant: instant.

    Raises:
        DroitRefuse: 403, or a déport; ErreurMetier: ``deja_fait`` (409), or a guard's refusal.
    """
    groupe, _fraiche = _verrouiller_montre(rendez_vous, par, maintenant)
    rendre(groupe[0].convocation, par=par, maintenant=maintenant)


@etape
def _confirmer(groupe: Sequence[Membre], rendez_vous: RendezVous, maintenant: datetime) -> None:
    rendez_vous.confirme_le = maintenant
    rendez_vous.save(update_fields=["confirme_le"])
    for membre in groupe:
        charge = {"rendez_vous_id": rendez_vous.pk}
        journaliser(
            "rendez_vous:confirme", par=membre.par, maintenant=maintenant, demande=membre.demande, charge=charge
        )


@etape
def _verrouiller(
    convocation: Convocation, par: Acteur, maintenant: datetime
) -> tuple[Sequence[Membre], RendezVous | None]:
    """Lock the demandes of a visit, then its appointment to come, in the order of bookings and cancellations."""
    groupe = verrouiller_membres(convocation, par, maintenant=maintenant)
    a_venir = RendezVous.objects.actifs().filter(convocation=groupe[0].convocation, creneau__debut__gt=maintenant)
    return groupe, a_venir.select_for_update(of=("self",), no_key=True).first()


@etape
def _verrouiller_montre(
    rendez_vous: RendezVous, par: Acteur, maintenant: datetime
) -> tuple[Sequence[Membre], RendezVous]:
    """Lock an appointment as an agent saw it; what has been confirmed, moved or cancelled since is not touched."""
    exiger_planifier_site(par, rendez_vous.creneau.file.site)
    groupe, fraiche = _verrouiller(rendez_vous.convocation, par, maintenant)
    if fraiche is None or fraiche.pk != rendez_vous.pk or not fraiche.attend_confirmation:
        message = "Ce rendez-vous vient d’être confirmé, déplacé ou annulé : la liste est à jour."
        raise ErreurMetier("deja_fait", message, statut=409)
    return groupe, fraiche


def restent_a_confirmer(notifications: Sequence[Notification], maintenant: datetime) -> set[int]:
    """Return the messages whose appointment still waits to be confirmed, at that very time and place."""
    return _attendent(notifications, maintenant, maintenant)


def relances_utiles(notifications: Sequence[Notification], maintenant: datetime) -> set[int]:
    """Return the same of what is asked once more, which near the appointment is not worth sending."""
    return _attendent(notifications, maintenant, maintenant + MARGE)


def _attendent(notifications: Sequence[Notification], maintenant: datetime, apres: datetime) -> set[int]:
    return messages_tenus(notifications, RendezVous.objects.a_confirmer(maintenant).filter(creneau__debut__gt=apres))
