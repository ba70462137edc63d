"""Over- and under-booking of a day, applied in one click, taken back in another, and a site's own rules."""

from __future__ import annotations

from collections.abc import Mapping
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
from planning.services.presences import modele_du_jour


def journee(file: FileGuichet, jour: date, *, maintenant: datetime) -> JourneeLue:
    """Return a day of a queue and its plans, from the model of today."""
    return lire_journee(file, jour, modele_du_jour(file.site.prefecture, maintenant=maintenant))


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
        ErreurMetier: ``surreservation_inactive``; ``proposition_perimee`` (409) when the day changed in between.
    """
    exiger_planifier(par, file.site.prefecture)
    lue = journee(file, jour, maintenant=maintenant)
    if not lue.regles.active:
        raise ErreurMetier("surreservation_inactive", "Ce site a choisi de ne pas surréserver.", statut=409)
    if lue.empreinte != vue:
        raise _perimee()
    return _poser(APPLIQUEE, lue, lue.proposees, par=par, maintenant=maintenant)


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
    voulues = {c.pk: max(c.prises, case.base) for c, case in zip(lue.creneaux, lue.cases, strict=True)}
    _poser(RETIREE, lue, voulues, par=par, maintenant=maintenant)
    return sum(voulues[c.pk] > case.base for c, case in zip(lue.creneaux, lue.cases, strict=True))


@acte
def _poser(nature: str, lue: JourneeLue, voulues: Mapping[int, int], *, par: Acteur, maintenant: datetime) -> int:
    """Write the places of the slots, locked in the order that bookings follow; all of them, or none."""
    bases = {c.pk: case.base for c, case in zip(lue.creneaux, lue.cases, strict=True)}
    lus = {c.pk: c for c in lue.creneaux}
    tenus = Creneau.objects.filter(pk__in=voulues).select_for_update(no_key=True).order_by("pk")
    changes, trace = [], []
    for creneau in tenus:
        lu, places = lus[creneau.pk], voulues[creneau.pk]
        if (creneau.places, creneau.ecart, creneau.etat) != (lu.places, lu.ecart, lu.etat) or creneau.prises > places:
            raise _perimee()
        ecart = places - bases[creneau.pk]
        if (places, ecart) != (creneau.places, creneau.ecart):
            trace.append([creneau.pk, creneau.places, places])
            creneau.places = creneau.prevues = places
            creneau.ecart = ecart
            changes.append(creneau)
    Creneau.objects.bulk_update(changes, ["places", "prevues", "ecart"])
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
