"""Over- and under-booking of a day, applied in one click, taken back in another, and a site's own rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from demandes.acteur import Acteur
from demandes.models import Site
from demandes.services.journal import journaliser
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.transactions import acte
from planning.models import Creneau, FileGuichet, RegleSurreservation
from planning.selectors_surreservation import APPLIQUEE, RETIREE, JourneeLue, lire_journee
from planning.services.ouvertures import exiger_planifier
from planning.services.presences import modele_connu

# What must be as it was read for a proposal to hold.
VUS = ("places", "prevues", "ecart", "surplus", "etat")


def journee(file: FileGuichet, jour: date, *, maintenant: datetime) -> JourneeLue:
    """Return a day of a queue and its plans, from the last model learned.

    Raises:
        ErreurMetier: ``rien_appris`` (409), there is none.
    """
    modele = modele_connu(file.site.prefecture, maintenant=maintenant)
    if modele is None:
        raise ErreurMetier("rien_appris", "La machine n’a encore rien appris de cette préfecture.", statut=409)
    return lire_journee(file, jour, modele)


def appliquer(file: FileGuichet, jour: date, *, vue: str, par: Acteur, maintenant: datetime) -> int:
    """Offer the places proposed for a day, calculated again from what is taken now.

    Args:
        file: queue, with its site and préfecture loaded.
        jour: day to come.
        vue: print of the proposal that the manager looked at (`JourneeLue.empreinte`).
        par: agent.
        maintenant: instant.

    Returns:
        How many slots changed.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``rien_appris``, ``surreservation_inactive`` (409); ``proposition_perimee`` (409) when the day
            changed in between.
    """
    exiger_planifier(par, file.site.prefecture)
    lue = journee(file, jour, maintenant=maintenant)
    if not lue.regles.active:
        raise ErreurMetier("surreservation_inactive", "Ce site a choisi de ne pas surréserver.", statut=409)
    if lue.empreinte != vue:
        raise _perimee()
    # Where more is taken than planned the conflict is to be solved first: no place is added over it.
    tiennent = [c for c in lue.creneaux if not c.en_trop]
    bases = {c.pk: case.base for c, case in zip(lue.creneaux, lue.cases, strict=True)}
    voulus = {
        c.pk: Voulu(places, places, places - bases[c.pk], 0)  # nobody is above what is offered now
        for c in tiennent
        if (places := lue.proposees.get(c.pk)) is not None
    }
    return _poser(APPLIQUEE, lue, voulus, par=par, maintenant=maintenant)


def retirer(file: FileGuichet, jour: date, *, par: Acteur, maintenant: datetime) -> int:
    """Bring the slots of a day back to their base; those taken beyond it stay offered until they are given back.

    Returns:
        How many slots stay beyond their base.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``proposition_perimee`` (409) when the day changed meanwhile.
    """
    exiger_planifier(par, file.site.prefecture)
    lue = journee(file, jour, maintenant=maintenant)
    # A closed slot offers nothing, and opens again at its base.
    bases = [(c, case.base) for c, case in zip(lue.creneaux, lue.cases, strict=True)]
    voulus = {c.pk: Voulu(max(c.prises, base), base, 0, _surplus(c, base)) for c, base in bases}
    _poser(RETIREE, lue, voulus, par=par, maintenant=maintenant)
    return sum(voulus[c.pk].places > base for c, base in bases)


def _surplus(creneau: Creneau, base: int) -> int:
    """Return what is kept above the base: those taken while it was over-booked are no conflict, others stay one."""
    couverts = creneau.prises <= creneau.tenues
    return max(creneau.surplus, creneau.prises - base) if couverts else creneau.surplus


@dataclass(frozen=True)
class Voulu:
    """What a slot becomes.

    Args:
        places: offered, never fewer than taken.
        prevues: planned, what is above is not offered again once given back.
        ecart: more or fewer than the base.
        surplus: taken above what is planned, and kept so.
    """

    places: int
    prevues: int
    ecart: int
    surplus: int


@acte
def _poser(nature: str, lue: JourneeLue, voulus: Mapping[int, Voulu], *, par: Acteur, maintenant: datetime) -> int:
    """Write the places of the slots, locked in the order that bookings follow; all of them, or none."""
    lus = {c.pk: c for c in lue.creneaux}
    tenus = Creneau.objects.filter(pk__in=voulus).select_for_update(no_key=True).order_by("pk")
    changes, trace = [], []
    for creneau in tenus:
        lu, voulu = lus[creneau.pk], voulus[creneau.pk]
        if any(getattr(creneau, c) != getattr(lu, c) for c in VUS) or creneau.prises > voulu.places:
            raise _perimee()
        if (voulu.places, voulu.ecart) != (creneau.places, creneau.ecart):
            trace.append([creneau.pk, creneau.places, voulu.places])
            creneau.places, creneau.prevues, creneau.ecart = voulu.places, voulu.prevues, voulu.ecart
            creneau.surplus = voulu.surplus
            changes.append(creneau)
    Creneau.objects.bulk_update(changes, ["places", "prevues", "ecart", "surplus"])
    if changes:
        charge = {"file_id": lue.file.pk, "jour": lue.jour.isoformat(), "creneaux": trace}
        prefecture_id = lue.file.site.prefecture_id
        journaliser(nature, par=par, maintenant=maintenant, prefecture_id=prefecture_id, charge=charge)
    return len(changes)


@acte
def regler(site: Site, valeurs: Mapping[str, Any], *, par: Acteur, maintenant: datetime) -> None:
    """Set the rules of a site; without any value of its own it follows the national ones.

    Args:
        site: with its préfecture loaded.
        valeurs: by field of `Regles`; None for the national value.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
    """
    exiger_planifier(par, site.prefecture)
    if all(v is None for v in valeurs.values()):
        RegleSurreservation.objects.filter(site=site).delete()
    else:
        RegleSurreservation.objects.update_or_create(site=site, defaults=dict(valeurs))
    charge = {"site_id": site.pk, **{c: v for c, v in valeurs.items() if v is not None}}
    nature = "planning:surreservation_reglee"
    journaliser(nature, par=par, maintenant=maintenant, prefecture_id=site.prefecture_id, charge=charge)


def _perimee() -> ErreurMetier:
    return ErreurMetier(
        "proposition_perimee",
        "Les créneaux de ce jour ont changé depuis que cette page est ouverte : rien n’a été appliqué. "
        "La proposition est recalculée ci-dessous.",
        statut=409,
    )
