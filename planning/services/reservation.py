"""Taking, moving and giving back a place. The triggers of the appointments count; nobody else decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from demandes.acteur import Acteur
from demandes.models import Convocation, Demande
from demandes.selectors import membres
from demandes.services.convocation import Membre, annoncer_le_lien, prevenir, verrouiller_membres
from demandes.services.journal import journaliser
from demandes.services.quotas import refus_signales
from demandes.services.transitions import appliquer
from planipref.commun.contraintes import contrainte
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.transactions import acte, etape
from planning.calculs.regles import Quota
from planning.models import Creneau, RendezVous
from planning.models.declencheurs import libre, restent_gardees
from planning.selectors import besoin_de, est_epuisee
from planning.services.annonces import annoncer, donnees_ics
from planning.services.limites import exiger_a_temps, exiger_son_tour, exiger_son_tour_partout, fin_de_reprise
from planning.services.quotas import exiger_quota_du_jour
from planning.services.retenues import fermer_la_reprise, retenir_liberees, verrouiller_creneaux
from planning.services.signalements import tracer
from planning.services.visites import Visite, complet, visite_de

# One statement, one round trip: the appointment, whose trigger takes the place by a conditional UPDATE, or nothing.
# A slot already full gives no row; one filled meanwhile is refused by the trigger.
_LIBRE = libre("%(maintenant)s", "%(quotas)s::text[]")
# Each slot counts in the first of the visit's quotas that still keeps a place there, else among those for all.
_SES_QUOTAS = " ".join(f"WHEN '{q}' = ANY(%(quotas)s::text[]) AND {restent_gardees(q)} > 0 THEN '{q}'" for q in Quota)
_QUOTA = f"CASE {_SES_QUOTAS} ELSE '' END"
SQL_PRENDRE = f"""
INSERT INTO planning_rendezvous (convocation_id, creneau_id, places, etat, pris_le, quota, sequence, choisi,
                                 organisme_id, repris, a_confirmer, confirme_le)
SELECT %(convocation)s, id, 1, 'pris', %(maintenant)s, {_QUOTA}, %(sequence)s, %(choisi)s,
  %(organisme)s, %(repris)s, %(a_confirmer)s, %(confirme_le)s
FROM planning_creneau
WHERE id = %(creneau)s AND etat = 'ouvert' AND debut > %(maintenant)s
  AND (ouvre_le IS NULL OR ouvre_le <= %(maintenant)s) AND {_LIBRE}
RETURNING id
"""  # noqa: S608 (constants)
SQL_PROLONGER = f"""
INSERT INTO planning_prolongement (rendez_vous_id, creneau_id, quota)
SELECT %(rendez_vous)s, id, {_QUOTA} FROM planning_creneau
WHERE id = ANY(%(creneaux)s) AND etat = 'ouvert' AND (ouvre_le IS NULL OR ouvre_le <= %(maintenant)s) AND {_LIBRE}
ORDER BY id
RETURNING id
"""  # noqa: S608 (constants)

Garde = Callable[[RendezVous], None]
_gardes: list[Garde] = []


def avant_changement(garde: Garde) -> None:
    """Register what an upper app checks before an appointment is moved or cancelled.

    Args:
        garde: called with the live appointment, its demande locked; refuses with an ``ErreurMetier``.
    """
    if garde not in _gardes:
        _gardes.append(garde)


def epuisee() -> ErreurMetier:
    """Return the refusal of a link with which too many appointments were missed."""
    message = _(
        "Le lien de votre convocation ne permet plus de prendre rendez-vous. Pour continuer, écrivez au service depuis "
        "la page de votre demande."
    )
    return ErreurMetier("reprises_epuisees", message, statut=409)


def reserver(convocation: Convocation, creneau: Creneau, *, par: Acteur, maintenant: datetime) -> RendezVous:
    """Book a slot with a convocation.

    Args:
        convocation: the authorisation to come.
        creneau: first slot of the visit.
        par: the usager, or an agent for them.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``creneau_complet`` (409), ``deja_pris`` (409), ``lien_expire`` (410), ``creneau_etranger`` (404);
            ``quota_atteint`` (409) for an organisation that holds too many; ``reprises_epuisees`` (409), too many
            appointments were missed with this link; ``pas_son_tour`` (409), see `planning.calculs.tour`.
    """
    with refus_signales(maintenant=maintenant):
        return _reserver(convocation, creneau, par=par, maintenant=maintenant)


@acte
def _reserver(convocation: Convocation, creneau: Creneau, *, par: Acteur, maintenant: datetime) -> RendezVous:
    exiger_son_tour(convocation, creneau, par=par, maintenant=maintenant)
    rendez_vous = prendre_un_creneau(convocation, creneau, par=par, maintenant=maintenant)
    exiger_son_tour_partout(rendez_vous, par=par, maintenant=maintenant)
    return rendez_vous


@etape
def prendre_un_creneau(
    convocation: Convocation,
    creneau: Creneau,
    *,
    rendu: RendezVous | None = None,
    a_confirmer: bool = False,
    ancien_debut: datetime | None = None,
    par: Acteur,
    maintenant: datetime,
) -> RendezVous:
    """Book a slot, within an act; see `reserver`.

    Args:
        convocation: the authorisation to come.
        creneau: first slot of the visit.
        rendu: the appointment just given up that is taken back, if it is one.
        a_confirmer: whether its person, who took it in the former booking module, is asked whether they will come.
        ancien_debut: when it was there, if another time is given here: the message says that it is moved.
        par: who acts.
        maintenant: instant.
    """
    groupe = verrouiller_membres(convocation, par, maintenant=maintenant)
    convocation = groupe[0].convocation
    if RendezVous.objects.actifs().filter(convocation=convocation).exists():
        raise ErreurMetier("deja_pris", _("Vous avez déjà un rendez-vous. Vous pouvez le déplacer."), statut=409)
    if not par.est_agent and rendu is None and est_epuisee(convocation):
        raise epuisee()
    for membre in groupe:
        if convocation.objet == Convocation.Objet.RECEPTION:
            appliquer(membre.demande, "reserver", par=membre.par, maintenant=maintenant, creneau_id=creneau.pk)
        else:
            _journal("rendez_vous:pris", membre, creneau, maintenant)
    visite = visite_de(convocation, creneau, maintenant)
    exiger_quota_du_jour(creneau, par, maintenant=maintenant)
    provenance = replace(Provenance.de(par, rendu), a_confirmer=a_confirmer)
    rendez_vous = _prendre(convocation, visite, provenance, maintenant=maintenant, sequence=_sequence(convocation))
    fermer_la_reprise([convocation.pk], maintenant=maintenant)
    tracer(convocation, prise=rendez_vous.creneau, par=par, maintenant=maintenant)
    dits = {"ancien_debut": ancien_debut.isoformat()} if ancien_debut else {}
    _confirmer(groupe, rendez_vous, maintenant=maintenant, dits=dits)
    return rendez_vous


def deplacer(convocation: Convocation, creneau: Creneau, *, par: Acteur, maintenant: datetime) -> RendezVous:
    """Move an appointment to another slot, all or nothing: the former place is free at once.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``rien_a_deplacer`` (409), ``creneau_complet`` (409), ``lien_expire`` (410),
            ``quota_atteint`` (409), ``trop_tard`` (409) too near the appointment for who is not an agent, or a guard's
            refusal.
    """
    with refus_signales(maintenant=maintenant):
        return _deplacer(convocation, creneau, par=par, maintenant=maintenant)


@acte
def _deplacer(convocation: Convocation, creneau: Creneau, *, par: Acteur, maintenant: datetime) -> RendezVous:
    exiger_son_tour(convocation, creneau, par=par, maintenant=maintenant)

    def garde(actuel: RendezVous) -> None:
        exiger_a_temps(actuel, "deplacer", par=par, maintenant=maintenant)

    rendez_vous = changer_de_creneau(convocation, creneau, garde=garde, par=par, maintenant=maintenant)
    exiger_son_tour_partout(rendez_vous, par=par, maintenant=maintenant)
    return rendez_vous


@etape
def changer_de_creneau(
    convocation: Convocation,
    creneau: Creneau,
    *,
    garde: Garde | None = None,
    par_le_service: bool = False,
    rendu: RendezVous | None = None,
    par: Acteur,
    maintenant: datetime,
) -> RendezVous:
    """Move an appointment to another slot, within an act; see `deplacer`.

    Args:
        convocation: whose appointment.
        creneau: first slot wanted.
        garde: what else must hold, once the demandes and the slots are locked; refuses with an ``ErreurMetier``.
        par_le_service: whether the usager did not ask for it: the message says so, and that they may choose again.
        rendu: the appointment just given up that is taken back, if it is one.
        par: who acts.
        maintenant: instant.
    """
    groupe = verrouiller_membres(convocation, par, maintenant=maintenant)
    convocation = groupe[0].convocation
    ancien = _modifiable(convocation)
    if ancien.creneau_id == creneau.pk:
        return ancien
    visite = visite_de(convocation, creneau, maintenant)
    exiger_quota_du_jour(creneau, par, maintenant=maintenant, sauf=ancien)
    verrouiller_creneaux([*occupes_par(ancien), *visite.creneaux])
    if garde is not None:
        garde(ancien)
    fermer_la_reprise([convocation.pk], maintenant=maintenant)  # before the one that this move opens
    fin = None if rendu else fin_de_reprise(ancien, "deplacer", vers=creneau, par=par, maintenant=maintenant)
    liberer(ancien, RendezVous.Etat.DEPLACE, reprise_jusqu_a=fin, maintenant=maintenant)
    for membre in groupe:
        _journal("rendez_vous:deplace", membre, creneau, maintenant)
    provenance = Provenance.gardee(ancien) if par_le_service else Provenance.de(par, rendu)
    nouveau = _prendre(convocation, visite, provenance, maintenant=maintenant, sequence=ancien.sequence + 1)
    tracer(convocation, rendue=ancien.creneau, prise=nouveau.creneau, par=par, maintenant=maintenant)
    dits = {"par_le_service": True} if par_le_service else {}
    _confirmer(groupe, nouveau, maintenant=maintenant, dits=dits)
    return nouveau


@acte
def annuler(convocation: Convocation, *, par: Acteur, maintenant: datetime) -> RendezVous:
    """Cancel an appointment: the place is free at once, the link stays good to take another.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``rien_a_deplacer``, ``trop_tard`` (409), or a guard's refusal.
    """
    return rendre(convocation, par=par, maintenant=maintenant)


@etape
def rendre(convocation: Convocation, *, par: Acteur, maintenant: datetime) -> RendezVous:
    """Cancel an appointment, within an act; see `annuler`."""
    groupe = verrouiller_membres(convocation, par, maintenant=maintenant)
    convocation = groupe[0].convocation
    rendez_vous = _modifiable(convocation)
    exiger_a_temps(rendez_vous, "annuler", par=par, maintenant=maintenant)
    for membre in groupe:
        if convocation.objet == Convocation.Objet.RECEPTION:
            appliquer(membre.demande, "annuler", par=membre.par, maintenant=maintenant, rendez_vous_id=rendez_vous.pk)
        else:
            _journal("rendez_vous:annule", membre, rendez_vous.creneau, maintenant)
    reunies, fin = (
        [m.convocation for m in groupe],
        fin_de_reprise(rendez_vous, "annuler", par=par, maintenant=maintenant),
    )
    liberer_et_annoncer(reunies, rendez_vous, reprise_jusqu_a=fin, maintenant=maintenant)
    tracer(convocation, rendue=rendez_vous.creneau, par=par, maintenant=maintenant)
    return rendez_vous


@etape
def liberer(
    rendez_vous: RendezVous, etat: str, *, reprise_jusqu_a: datetime | None = None, maintenant: datetime
) -> None:
    """End an appointment (cancelled or moved); its trigger gives back the places, locked here in their order.

    They are held for a while, for the waiting list and against robots: see `planning.services.retenues`.

    Args:
        rendez_vous: live.
        etat: what becomes of it.
        reprise_jusqu_a: until when its person may take it back; None when they may not.
        maintenant: instant.
    """
    occupes = occupes_par(rendez_vous)
    verrouiller_creneaux(occupes)
    terminer(rendez_vous, etat, maintenant=maintenant)
    if reprise_jusqu_a:  # to the last one given up only
        fermer_la_reprise([rendez_vous.convocation_id], maintenant=maintenant)
    retenir_liberees(occupes, rendu=rendez_vous, reprise_jusqu_a=reprise_jusqu_a, maintenant=maintenant)


@etape
def liberer_et_annoncer(
    convocations: Sequence[Convocation],
    rendez_vous: RendezVous,
    *,
    reprise_jusqu_a: datetime | None = None,
    maintenant: datetime,
) -> None:
    """Cancel an appointment: its places are free again, and the usager is told, or the persons of the family."""
    liberer(rendez_vous, RendezVous.Etat.ANNULE, reprise_jusqu_a=reprise_jusqu_a, maintenant=maintenant)
    annulation = donnees_ics(rendez_vous, "CANCEL", sequence=rendez_vous.sequence + 1, convocations=convocations)
    prevenir(
        convocations,
        "rendez_vous_annule",
        maintenant=maintenant,
        suffixe=str(rendez_vous.pk),
        contexte={"rdv": annulation},
    )


@etape
def terminer(rendez_vous: RendezVous, etat: str, *, maintenant: datetime) -> None:
    """End an appointment, its places staying taken (honoured or missed)."""
    modifies = RendezVous.objects.actifs().filter(pk=rendez_vous.pk).update(etat=etat, termine_le=maintenant)
    if not modifies:
        raise ErreurMetier("rendez_vous_termine", _("Ce rendez-vous est déjà terminé."), statut=409)
    rendez_vous.etat, rendez_vous.termine_le = etat, maintenant


@etape
def liberer_apres_fin(demande: Demande, *, par: Acteur, maintenant: datetime, porteuse_id: int = 0, **_: Any) -> None:
    """React to a withdrawn demande or a revoked convocation: whatever slot it held is free again.

    Args:
        demande: it.
        par: who acts.
        maintenant: instant.
        porteuse_id: the convocation that the rest of its family still shares, after `detacher`: fewer come, for less
            time, with another link.
    """
    actifs = RendezVous.objects.actifs().filter(convocation__demande=demande)
    for rendez_vous in actifs.select_related("creneau__file__site", "convocation").order_by("pk"):
        rendez_vous.convocation.demande = demande
        liberer_et_annoncer([rendez_vous.convocation], rendez_vous, maintenant=maintenant)
    if porteuse_id:
        ecourter(porteuse_id, maintenant=maintenant)
    fermer_la_reprise(demande.convocations.values("pk"), maintenant=maintenant)


@etape
def ecourter(porteuse_id: int, *, maintenant: datetime) -> None:
    """Give back the last slots of a family's appointment that fewer persons no longer need, and tell those who stay.

    One mail: that of the appointment when one is held, which says too that the link has changed; else that of the link.
    """
    porteuse = Convocation.objects.avec_page().get(pk=porteuse_id)
    rendez_vous = RendezVous.objects.actifs().de_la_convocation(porteuse_id).first()
    if rendez_vous is None:
        annoncer_le_lien(porteuse, maintenant=maintenant)
        return
    suite = list(rendez_vous.prolongements.order_by("-creneau__debut", "pk").values_list("pk", flat=True))
    de_trop = 1 + len(suite) - besoin_de(porteuse).longueur(rendez_vous.creneau.file)
    if de_trop > 0:
        verrouiller_creneaux(occupes_par(rendez_vous))
        rendez_vous.prolongements.filter(pk__in=suite[:de_trop]).delete()
    rendez_vous.sequence += 1
    rendez_vous.save(update_fields=["sequence"])
    suffixe = f"{rendez_vous.pk}:{rendez_vous.sequence}"
    annoncer(membres(porteuse), rendez_vous, maintenant=maintenant, suffixe=suffixe, dits={"lien_change": True})


def _modifiable(convocation: Convocation) -> RendezVous:
    """Return the live appointment of a convocation, that no guard forbids to change."""
    rendez_vous = (
        RendezVous.objects.actifs()
        .de_la_convocation(convocation.pk)
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if rendez_vous is None:
        raise ErreurMetier("rien_a_deplacer", _("Vous n’avez pas de rendez-vous en cours."), statut=409)
    for garde in _gardes:
        garde(rendez_vous)
    return rendez_vous


def occupes_par(rendez_vous: RendezVous) -> list[int]:
    """Return the slots that an appointment takes."""
    suite = rendez_vous.prolongements.order_by("creneau").values_list("creneau_id", flat=True)
    return [rendez_vous.creneau_id, *suite]


def _sequence(convocation: Convocation) -> int:
    """Return the version of the invitation of a new appointment: above all that was sent, a cancellation included."""
    dernier = convocation.rendez_vous.order_by("-sequence", "-pk").first()
    if dernier is None:
        return 0
    return dernier.sequence + (2 if dernier.etat == RendezVous.Etat.ANNULE else 1)


@dataclass(frozen=True)
class Provenance:
    """How an appointment came to be; one that the service moves keeps its own.

    Args:
        choisi: whether the person chose it, rather than an agent.
        organisme_id: organisation that took it under a mandate, and in whose quota it counts.
        repris: whether the person had given it up, and took it back within minutes.
        a_confirmer: whether its person is asked whether they will come; who moves it has said so.
        confirme_le: when they said so.
    """

    choisi: bool
    organisme_id: int | None
    repris: bool = False
    a_confirmer: bool = False
    confirme_le: datetime | None = None

    @classmethod
    def gardee(cls, ancien: RendezVous) -> Provenance:
        """Return that of an appointment that the service moves."""
        qui = ancien.choisi, ancien.organisme_id
        return cls(*qui, a_confirmer=ancien.a_confirmer, confirme_le=ancien.confirme_le)

    @classmethod
    def de(cls, par: Acteur, rendu: RendezVous | None = None) -> Provenance:
        """Return that of an appointment that somebody takes, or takes back."""
        if rendu is not None:
            return cls(rendu.choisi, rendu.organisme_id, repris=True)
        return cls(not par.est_agent, par.pk if par.est_organisme else None)


@etape
def _prendre(
    convocation: Convocation, visite: Visite, provenance: Provenance, *, maintenant: datetime, sequence: int
) -> RendezVous:
    verrouiller_creneaux(visite.creneaux)
    premier, *suite = visite.creneaux
    qui: dict[str, Any] = {"maintenant": maintenant, "quotas": visite.quotas}
    parametres = qui | {
        "creneau": premier,
        "convocation": convocation.pk,
        "sequence": sequence,
        "choisi": provenance.choisi,
        "organisme": provenance.organisme_id,
        "repris": provenance.repris,
        "a_confirmer": provenance.a_confirmer,
        "confirme_le": provenance.confirme_le,
    }
    try:
        with transaction.atomic(), connection.cursor() as curseur:
            curseur.execute(SQL_PRENDRE, parametres)
            ligne = curseur.fetchone()
            if ligne is None:
                raise complet()
            if suite:
                curseur.execute(SQL_PROLONGER, qui | {"creneaux": suite, "rendez_vous": ligne[0]})
                if curseur.rowcount != len(suite):
                    raise complet()
    except IntegrityError as erreur:
        raise _traduire(erreur) from erreur
    return RendezVous.objects.select_related("creneau__file__site__prefecture").get(pk=ligne[0])


def _traduire(erreur: IntegrityError) -> ErreurMetier:
    nom = contrainte(erreur)
    if nom == "rendez_vous_actif_unique":
        return ErreurMetier("deja_pris", _("Vous avez déjà un rendez-vous. Vous pouvez le déplacer."), statut=409)
    if nom == "convocation_valable":
        return ErreurMetier("lien_expire", _("Cette convocation a expiré, ou une autre l’a remplacée."), statut=410)
    return complet()


def _journal(nature: str, membre: Membre, creneau: Creneau, maintenant: datetime) -> None:
    charge = {"creneau_id": creneau.pk}
    journaliser(nature, par=membre.par, maintenant=maintenant, demande=membre.demande, charge=charge)


def _confirmer(
    groupe: Sequence[Membre],
    rendez_vous: RendezVous,
    *,
    maintenant: datetime,
    dits: dict[str, Any],
) -> None:
    reunies = [m.convocation for m in groupe]
    annoncer(reunies, rendez_vous, maintenant=maintenant, suffixe=str(rendez_vous.pk), dits=dits)
