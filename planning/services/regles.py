"""What a manager decides of the slots of a site: the rules, and how long a visit is taken to last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from demandes.acteur import Acteur
from demandes.models import Site
from demandes.services.journal import journaliser
from planipref.commun.contraintes import refus_du_modele
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte
from planning.mesures import durees_mesurees
from planning.models import FileGuichet, RegleCreneaux
from planning.selectors_regles import CHAMPS, regles_nationales
from planning.services.ouvertures import exiger_planifier

PARTS = ("titre_pourcent", "vulnerable_pourcent", "accompagne_pourcent")


@acte
def regler(site: Site, valeurs: Mapping[str, Any], *, par: Acteur, maintenant: datetime) -> RegleCreneaux:
    """Set the rules of a site; None goes back to the country's value. The next publication follows them.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: out of its bounds, on its field; ``parts``, nothing is left for the public.
    """
    exiger_planifier(par, site.prefecture)
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    regle = RegleCreneaux.objects.filter(site=site).first() or RegleCreneaux(site=site)
    changes = [champ for champ in CHAMPS if getattr(regle, champ) != valeurs.get(champ)]
    for champ in CHAMPS:
        setattr(regle, champ, valeurs.get(champ))
    try:
        regle.full_clean()
    except ValidationError as erreur:
        raise refus_du_modele(erreur) from erreur
    _exiger_reste(regle)
    regle.save()
    charge = {"site_id": site.pk, "champs": ",".join(changes)}
    journaliser(
        "planning:regles_changees", par=par, maintenant=maintenant, prefecture_id=site.prefecture_id, charge=charge
    )
    return regle


def _exiger_reste(regle: RegleCreneaux) -> None:
    """Refuse shares that keep every place from the public.

    Raises:
        ErreurMetier: ``parts``.
    """
    nationales = regles_nationales()
    parts = [getattr(regle, c) if getattr(regle, c) is not None else getattr(nationales, c) for c in PARTS]
    if sum(parts) >= 100:
        message = f"Les parts gardées font {sum(parts)} % des places : il n’en reste aucune pour le public."
        raise ErreurMetier("parts", message, champ=PARTS[0])


@acte
def choisir_rythme(file: FileGuichet, *, mesure: bool, par: Acteur, maintenant: datetime) -> int:
    """Count the places of a queue by what its visits take, or by what the catalogue plans; applied at publication.

    Args:
        file: queue, with its site and préfecture.
        mesure: by what was measured; by the catalogue otherwise.
        par: agent.
        maintenant: instant.

    Returns:
        The length of a visit, in per cent of what is planned.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``trop_peu`` (409), too few visits were measured.
    """
    exiger_planifier(par, file.site.prefecture)
    rythme = 100
    if mesure:
        jour = aujourdhui(file.site.prefecture.fuseau, maintenant)
        duree = durees_mesurees(file.site, jour).get(file.pk)
        if duree is None or not duree.suffisante:
            raise ErreurMetier("trop_peu", "Trop peu de visites ont été mesurées dans cette file.", statut=409)
        rythme = duree.rythme
    FileGuichet.objects.filter(pk=file.pk).update(rythme=rythme)
    charge = {"file_id": file.pk, "rythme": rythme}
    journaliser(
        "planning:rythme_choisi",
        par=par,
        maintenant=maintenant,
        prefecture_id=file.site.prefecture_id,
        charge=charge,
    )
    return rythme
