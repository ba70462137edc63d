"""From a FranceConnect identity to the usager: one person, one file, and a certified identity nobody types over."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext as _

from demandes.acteur import acteur_usager
from demandes.cycle import Etat
from demandes.models import Demande, Usager
from demandes.services.journal import journaliser
from demandes.services.transitions import verrouiller
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.franceconnect import IdentitePivot
from planipref.commun.transactions import acte

CONTACT = ("nom_usage", "nationalite", "numero_etranger", "courriel", "telephone", "adresse", "code_postal", "commune")


def empreinte_identite(sub: str) -> str:
    """Return the keyed hash under which a FranceConnect identity is known: useless without our key."""
    cle = settings.PLANIPREF_CLE_FRANCECONNECT.encode()
    return hmac.new(cle, f"franceconnect:{sub}".encode(), hashlib.sha256).hexdigest()


def identifier_brouillon(demande: Demande, pivot: IdentitePivot, *, maintenant: datetime) -> Demande:
    """Give a draft to the person whom FranceConnect proved: the usager already known, or the draft's own.

    The draft changes its public key: whoever else had opened it, or holds its mailed link, sees nothing of this person.

    Raises:
        ErreurMetier: ``brouillon_ferme`` (409); ``deja_identifie`` (409), the draft belongs to somebody else;
            ``en_famille`` (409), it is begun for a person of the family: who deposits it would keep reading it.
    """
    try:
        return _identifier(demande, pivot, maintenant=maintenant)
    except IntegrityError:  # the same person, from another tab, a moment before: their usager exists now
        return _identifier(demande, pivot, maintenant=maintenant)


@acte
def _identifier(demande: Demande, pivot: IdentitePivot, *, maintenant: datetime) -> Demande:
    verrouillee = verrouiller(demande)
    if verrouillee.etat != Etat.BROUILLON:
        raise ErreurMetier("brouillon_ferme", _("Cette demande est déjà déposée."), statut=409)
    if verrouillee.principale_id is not None:
        raise ErreurMetier(
            "en_famille",
            _("FranceConnect prouve l’identité de la personne qui dépose, pas celle de ses proches."),
            statut=409,
        )
    empreinte, ancien = empreinte_identite(pivot.sub), verrouillee.usager
    if ancien.sub_franceconnect not in ("", empreinte):
        raise ErreurMetier(
            "deja_identifie",
            _("Cette demande a été commencée par une autre personne, identifiée avec FranceConnect."),
            statut=409,
        )
    usager = _usager_de(verrouillee, empreinte)
    _certifier(usager, pivot, ancien, maintenant=maintenant)
    verrouillee.cle = uuid.uuid4()
    verrouillee.usager = usager
    verrouillee.save(update_fields=["cle", "usager"])
    if usager.pk != ancien.pk:
        verrouillee.mandats.update(usager=usager)
        _retirer_si_vide(ancien)
    charge = {"de": ancien.pk, "vers": usager.pk}
    par = acteur_usager(usager.pk)
    journaliser("identite:franceconnect", par=par, maintenant=maintenant, demande=verrouillee, charge=charge)
    return verrouillee


def _usager_de(demande: Demande, empreinte: str) -> Usager:
    """Return the usager of this identity, or the draft's, or a new one when the draft's has other demandes.

    What is already deposited was typed, not proved: it is not certified along; an agent may merge the two.
    """
    connu = Usager.objects.select_for_update(no_key=True).de_franceconnect(empreinte).first()
    if connu is not None:
        return connu
    usager = demande.usager
    if usager.demandes.exclude(pk=demande.pk).exists():
        usager = Usager(cree_le=demande.creee_le, langue=usager.langue)
    usager.sub_franceconnect = empreinte
    return usager


def _certifier(usager: Usager, pivot: IdentitePivot, ancien: Usager, *, maintenant: datetime) -> None:
    """Write the certified identity; contact details only where none is known."""
    usager.nom, usager.prenoms, usager.date_naissance = pivot.nom, pivot.prenoms, pivot.date_naissance
    usager.commune_naissance = pivot.lieu_naissance
    usager.identite_certifiee_le = maintenant
    for champ in CONTACT:
        proposee = getattr(ancien, champ) or getattr(pivot, champ, "")
        setattr(usager, champ, getattr(usager, champ) or proposee)
    usager.save()


def _retirer_si_vide(ancien: Usager) -> None:
    """Remove the usager that a draft leaves, when nothing else speaks of them; the event keeps both identifiers."""
    seuls = Usager.objects.filter(demandes__isnull=True, mandats__isnull=True, absorbes__isnull=True)
    seuls.filter(pk=ancien.pk, fusions_recues__isnull=True, ecartes_premiers__isnull=True).filter(
        ecartes_seconds__isnull=True
    ).delete()


@acte
def ouvrir_identifie(cle: uuid.UUID, empreinte: str, *, maintenant: datetime) -> Demande | None:
    """Return a demande of a FranceConnect identity, the opening journaled; None when it is not theirs."""
    demande = Demande.objects.de_franceconnect(empreinte).filter(cle=cle).first()
    if demande is not None:
        par = acteur_usager(demande.usager_id)
        journaliser("acces:franceconnect", par=par, maintenant=maintenant, demande=demande)
    return demande
