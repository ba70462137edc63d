"""The switch between the former booking module and this one, by motif and date; its old addresses."""

from __future__ import annotations

from datetime import date, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from demandes.acteur import Acteur
from demandes.models import AncienneAdresse, Bascule, Motif, Prefecture
from demandes.selectors_bascule import module_actuel
from demandes.services.parametrage import exiger_portee, signer
from planipref.commun.contraintes import refus_du_modele
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.transactions import acte, etape


def exiger_servie_ici(motif: Motif, prefecture: Prefecture, *, maintenant: datetime) -> None:
    """Refuse a deposit online while the present module of the préfecture still serves the motif.

    Raises:
        ErreurMetier: ``module_actuel`` (409).
    """
    if module_actuel(motif, prefecture, maintenant=maintenant) is not None:
        message = _("Dans cette préfecture, cette démarche se fait encore sur le service de rendez-vous actuel.")
        raise ErreurMetier("module_actuel", message, champ="motif", statut=409)


@acte
def regler_bascule(prefecture: Prefecture, motif: Motif, *, du: date, adresse: str, par: Acteur) -> Bascule:
    """Say from which day a motif is served here, and where it is until then.

    Args:
        prefecture: where.
        motif: what.
        du: first day here, from its midnight in the préfecture.
        adresse: of the present module, in https, of a host that is allowed.
        par: agent.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``adresse`` on its field.
    """
    _ouvrir(prefecture, par)
    _exiger_hote(adresse)
    bascule = Bascule.objects.filter(prefecture=prefecture, motif=motif).first()
    bascule = bascule or Bascule(prefecture=prefecture, motif=motif)
    bascule.du, bascule.adresse = du, adresse
    _enregistrer(bascule)
    return bascule


@acte
def retirer_bascule(bascule: Bascule, *, par: Acteur) -> None:
    """Serve a motif here at once.

    Raises:
        DroitRefuse: 403.
    """
    _ouvrir(bascule.prefecture, par)
    bascule.delete()


@acte
def ajouter_adresse(prefecture: Prefecture, chemin: str, motif: Motif, *, par: Acteur) -> AncienneAdresse:
    """Say which motif an address of the former module leads to.

    Args:
        prefecture: whose.
        chemin: its path, or the beginning of it.
        motif: what was booked there.
        par: agent.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``chemin`` on its field.
    """
    _ouvrir(prefecture, par)
    adresse = AncienneAdresse(prefecture=prefecture, chemin=chemin.rstrip("/"), motif=motif)
    _enregistrer(adresse)
    return adresse


@acte
def retirer_adresse(adresse: AncienneAdresse, *, par: Acteur) -> None:
    """Forget an address of the former module.

    Raises:
        DroitRefuse: 403.
    """
    _ouvrir(adresse.prefecture, par)
    adresse.delete()


@etape
def _ouvrir(prefecture: Prefecture, par: Acteur) -> None:
    exiger_portee(prefecture.pk, par)
    signer(par.pk)


@etape
def _enregistrer(reglage: Bascule | AncienneAdresse) -> None:
    try:
        reglage.full_clean()
    except ValidationError as erreur:
        raise refus_du_modele(erreur) from erreur
    reglage.save()


def _exiger_hote(adresse: str) -> None:
    """Refuse to send people to a site that is not one of the State's: this is no open redirect."""
    try:
        decoupee = urlsplit(adresse)
        hote, libre = decoupee.hostname or "", decoupee.port is None and not decoupee.username
    except ValueError:
        hote, libre = "", False
    permis = any(hote == h or hote.endswith(f".{h}") for h in settings.PLANIPREF_MODULES_ACTUELS)
    if not permis or not libre or decoupee.scheme != "https":
        sites = ", ".join(settings.PLANIPREF_MODULES_ACTUELS)
        raise ErreurMetier("adresse", f"Une adresse en https://, d’un site de {sites}.", champ="adresse")
