"""The kiosk of a site: who has an appointment says that they are here, who has none takes a ticket."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from demandes.acteur import Acteur, GenreActeur
from demandes.droits import Droit
from demandes.models import Demande, Motif, Site
from demandes.services.journal import journaliser
from guichet.calculs.ordre import MINUTE
from guichet.models import Passage, PosteAffichage
from guichet.selectors import file_pour, motifs_a_la_borne, regles_de, rendez_vous_du_jour
from guichet.services.accueil import enregistrer_arrivee, enregistrer_sans_rdv
from guichet.services.guichet import exiger
from planipref.commun.debit import exiger as exiger_debit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.jetons import empreinte, jeton_au_hasard
from planipref.commun.templatetags.planipref import heure
from planipref.commun.transactions import acte

ESSAIS, PERIODE = 30, timedelta(minutes=1)
# Tickets without appointment that one kiosk gives in a minute: nobody prints more, but who would fill the room.
TICKETS = 6
NOM_MAX = 80


def acteur_borne(site: Site) -> Acteur:
    """Return the actor of a kiosk: the system, with the right to register arrivals in one préfecture."""
    return Acteur(GenreActeur.SYSTEME, 0, {(site.prefecture_id, 0): frozenset({Droit.ACCUEILLIR})})


@acte
def installer_borne(site: Site, nom: str, *, par: Acteur, maintenant: datetime) -> tuple[PosteAffichage, str]:
    """Make a device a kiosk of a site.

    Returns:
        The kiosk, and the token that its browser keeps; only its hash is stored.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``nom`` on the field.
    """
    exiger(par, Droit.ACCUEILLIR, site)
    nom = nom.strip()
    if not nom or len(nom) > NOM_MAX:
        raise ErreurMetier("nom", "Donnez un nom à cette borne, par exemple « Hall ».", champ="nom")
    jeton = jeton_au_hasard()
    borne = PosteAffichage.objects.create(
        site=site, genre=PosteAffichage.Genre.BORNE, nom=nom, empreinte=empreinte(jeton)
    )
    journaliser("borne:installee", par=par, maintenant=maintenant, prefecture_id=site.prefecture_id)
    return borne, jeton


@acte
def retirer_borne(borne: PosteAffichage, *, par: Acteur, maintenant: datetime) -> None:
    """Take a kiosk out of use: its browser is refused from now on.

    Raises:
        DroitRefuse: 403.
    """
    exiger(par, Droit.ACCUEILLIR, borne.site)
    borne.delete()
    journaliser("borne:retiree", par=par, maintenant=maintenant, prefecture_id=borne.site.prefecture_id)


def se_presenter(
    borne: PosteAffichage, numero: str, date_naissance: str, *, priorite: bool = False, maintenant: datetime
) -> Passage:
    """Register the arrival of somebody with an appointment today; a second time gives the same ticket.

    Args:
        borne: the kiosk.
        numero: number of the demande, typed or read from the QR code of the convocation.
        date_naissance: as `ChampDateNaissance` cleans it; the second check.
        priorite: whether they say that they need to come first.
        maintenant: instant.

    Raises:
        ErreurMetier: ``sans_rendez_vous`` on ``numero``, the same whatever does not match; ``trop_tot`` on ``numero``;
            ``trop_d_essais`` (429); those of `enregistrer_arrivee`.
    """
    exiger_debit("borne", str(borne.pk), capacite=ESSAIS, periode=PERIODE)
    site = borne.site
    demande = Demande.objects.par_numero(numero.strip().upper()).filter(prefecture=site.prefecture_id).first()
    connue = demande is not None and demande.usager.date_naissance == date_naissance
    rendez_vous = rendez_vous_du_jour(demande, site, maintenant=maintenant) if demande and connue else None
    if rendez_vous is None:
        raise ErreurMetier(
            "sans_rendez_vous",
            _("Nous ne trouvons pas de rendez-vous aujourd’hui ici. Vérifiez, ou allez à l’accueil."),
            champ="numero",
        )
    ouverture = rendez_vous.creneau.debut - regles_de(site).avance_max * MINUTE
    if maintenant < ouverture:
        phrase = _("Vous êtes très en avance. Revenez à partir de %(heure)s.")
        local = ouverture.astimezone(ZoneInfo(site.prefecture.fuseau))
        raise ErreurMetier("trop_tot", phrase % {"heure": heure(local.time())}, champ="numero")
    try:
        return enregistrer_arrivee(
            rendez_vous, **_dit(priorite=priorite), par=acteur_borne(site), maintenant=maintenant
        )
    except ErreurMetier as erreur:  # its sentence may name a relative, on a screen of the hall
        raise ErreurMetier(erreur.code, _("Allez à l’accueil pour cette démarche."), champ="numero") from erreur


def prendre_ticket(borne: PosteAffichage, motif: Motif, *, priorite: bool = False, maintenant: datetime) -> Passage:
    """Give a ticket to somebody without appointment, in the queue of what they come for, with what they said.

    Raises:
        ErreurMetier: ``sans_file`` on ``motif``; ``trop_d_essais`` (429).
    """
    exiger_debit("borne-ticket", str(borne.pk), capacite=TICKETS, periode=PERIODE)
    file = file_pour(motif, borne.site) if motif in motifs_a_la_borne(borne.site) else None
    if file is None:
        raise ErreurMetier("sans_file", _("Allez à l’accueil pour cette démarche."), champ="motif")
    par = acteur_borne(borne.site)
    return enregistrer_sans_rdv(file, motif=motif, **_dit(priorite=priorite), par=par, maintenant=maintenant)


def _dit(*, priorite: bool) -> dict[str, Any]:
    """Return the priority that a person gives themselves; why, which may be their health, is neither asked nor kept."""
    rang = Passage.Priorite.PRIORITAIRE if priorite else Passage.Priorite.NORMALE
    return {"priorite": rang, "declaree": priorite}
