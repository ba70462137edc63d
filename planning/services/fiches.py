"""What the plan knows of each agent and of each site: habilitations, work regimes, rules, sensitive queues."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import IntegrityError, transaction

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Agent, Site
from demandes.services.journal import journaliser
from planipref.commun.contraintes import contrainte
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.transactions import acte
from planning.models import FileGuichet, Habilitation, RegimeTravail, ReglesPlanning
from planning.services.ouvertures import enregistrer, periode


@dataclass(frozen=True)
class ValeursHabilitation:
    """A habilitation as typed.

    Args:
        file: queue.
        niveau: see `Habilitation.Niveau`.
        du: first day.
        au: last day included; None without end.
    """

    file: FileGuichet
    niveau: int
    du: date
    au: date | None = None


@dataclass(frozen=True)
class ValeursRegime:
    """A work regime as typed.

    Args:
        quotite: contract share, in per cent.
        teletravail: half-days of telework, 0 (Monday morning) to 11.
        libres: half-days not worked.
        arrivee: first minute of work on any day; None when free.
        depart: last one.
        preference: queue liked best.
        du: first day.
        au: last day included; None without end.
    """

    quotite: int
    teletravail: list[int]
    libres: list[int]
    arrivee: time | None
    depart: time | None
    preference: FileGuichet | None
    du: date
    au: date | None = None


@acte
def poser_habilitation(
    habilitation: Habilitation, valeurs: ValeursHabilitation, *, par: Acteur, maintenant: datetime
) -> None:
    """Give an agent a habilitation, or change one.

    Args:
        habilitation: with its agent; new, or known.
        valeurs: what it becomes.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403, in the préfecture of the queue, before or after; the agent does not work there.
        ErreurMetier: ``chevauchement``, ``fin_avant_debut``; ``habilitation_tenue`` on ``au``.
    """
    prefecture_id = valeurs.file.site.prefecture_id
    _exiger(par, prefecture_id, habilitation.agent)
    if habilitation.pk:
        _exiger(par, habilitation.file.site.prefecture_id)
    habilitation.file, habilitation.niveau = valeurs.file, valeurs.niveau
    habilitation.pendant = periode(valeurs.du, valeurs.au)
    try:
        enregistrer(habilitation)
    except ErreurMetier as erreur:
        raise _expliquer(erreur) from erreur
    _noter("habilitation_posee", prefecture_id, par, maintenant, habilitation_id=habilitation.pk)


@acte
def retirer_habilitation(habilitation: Habilitation, *, par: Acteur, maintenant: datetime) -> None:
    """Take a habilitation away, as if it had never been; to end one, give it a last day.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``habilitation_tenue``.
    """
    prefecture_id, pk = habilitation.file.site.prefecture_id, habilitation.pk
    _exiger(par, prefecture_id)
    try:
        with transaction.atomic():
            habilitation.delete()
    except IntegrityError as erreur:
        raise _tenue() from erreur
    _noter("habilitation_retiree", prefecture_id, par, maintenant, habilitation_id=pk)


@acte
def poser_regime(
    regime: RegimeTravail, valeurs: ValeursRegime, *, prefecture_id: int, par: Acteur, maintenant: datetime
) -> None:
    """Give an agent a work regime, or change one.

    Args:
        regime: with its agent; new, or known.
        valeurs: what it becomes.
        prefecture_id: where the agent works.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``chevauchement``, ``fin_avant_debut``; ``quotite``, ``depart`` on their field; ``deux_fois`` on
            ``teletravail``.
    """
    _exiger(par, prefecture_id, regime.agent)
    if set(valeurs.teletravail) & set(valeurs.libres):
        message = "Une demi-journée non travaillée n’est pas en télétravail."
        raise ErreurMetier("deux_fois", message, champ="teletravail")
    for champ in ("quotite", "teletravail", "libres", "arrivee", "depart", "preference"):
        setattr(regime, champ, getattr(valeurs, champ))
    regime.pendant = periode(valeurs.du, valeurs.au)
    enregistrer(regime)
    _noter("regime_pose", prefecture_id, par, maintenant, regime_id=regime.pk)


@acte
def retirer_regime(regime: RegimeTravail, *, prefecture_id: int, par: Acteur, maintenant: datetime) -> None:
    """Take a work regime away: the agent is at full time again.

    Raises:
        DroitRefuse: 403.
    """
    _exiger(par, prefecture_id, regime.agent)
    pk = regime.pk
    regime.delete()
    _noter("regime_retire", prefecture_id, par, maintenant, regime_id=pk)


@acte
def regler_site(
    site: Site, valeurs: dict[str, int | bool], *, sensibles: Collection[int], par: Acteur, maintenant: datetime
) -> None:
    """Set the rules of a site's planning, and which of its queues are sensitive.

    Args:
        site: whose rules.
        valeurs: fields of `ReglesPlanning`.
        sensibles: identifiers of the sensitive queues; the others are not.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
    """
    _exiger(par, site.prefecture_id)
    ReglesPlanning.objects.update_or_create(site=site, defaults=valeurs)
    FileGuichet.objects.filter(site=site, pk__in=sensibles, sensible=False).update(sensible=True)
    FileGuichet.objects.filter(site=site, sensible=True).exclude(pk__in=sensibles).update(sensible=False)
    _noter("site_regle", site.prefecture_id, par, maintenant, site_id=site.pk)


def _exiger(par: Acteur, prefecture_id: int, agent: Agent | None = None) -> None:
    if not par.peut(Droit.PLANIFIER, prefecture_id=prefecture_id):
        raise DroitRefuse
    if agent is not None and not agent.attributions.en_vigueur().filter(prefecture=prefecture_id).exists():
        raise DroitRefuse


def _expliquer(erreur: ErreurMetier) -> ErreurMetier:
    """Tell a habilitation that a post stands on from two that overlap."""
    cause = erreur.__cause__
    if isinstance(cause, IntegrityError) and contrainte(cause) == "habilitation_tenue":
        return _tenue()
    return erreur


def _tenue() -> ErreurMetier:
    message = "L’agent tient un guichet de cette file à ces dates : libérez d’abord ses demi-journées."
    return ErreurMetier("habilitation_tenue", message, champ="au", statut=409)


def _noter(quoi: str, prefecture_id: int, par: Acteur, maintenant: datetime, **charge: int) -> None:
    journaliser(f"planning:{quoi}", par=par, maintenant=maintenant, prefecture_id=prefecture_id, charge=dict(charge))
