"""A demande that another address now serves: what the former one received opens nothing of it any more."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from demandes.acteur import Acteur
from demandes.cycle import Etat
from demandes.models import Acte, Demande
from demandes.selectors import membres
from demandes.services.convocation import changer_le_lien, prevenir
from demandes.services.depot import envoyer_reprise
from demandes.services.mandats import changer_les_liens
from demandes.services.notifications import notifier
from planipref.commun.transactions import etape


@etape
def changer_de_mains(demande: Demande, anciennes: Collection[str], *, par: Acteur, maintenant: datetime) -> None:
    """Change the public key, with it every link mailed and every session, and those of convocations and mandates.

    The new address is nobody's yet; it receives what has not left, and the receipt again. The former ones are told.

    Args:
        demande: locked, with the usager whose address serves it now; other changed fields are saved by the caller.
        anciennes: addresses that served it.
        par: who decided it.
        maintenant: instant.
    """
    demande.cle, demande.adresse_prouvee = uuid.uuid4(), False
    demande.save(update_fields=["cle", "adresse_prouvee"])
    courriel = demande.usager.courriel
    perdues = sorted({a for a in anciennes if a} - {courriel})
    restent = demande.notifications.filter(etat__in=["a_envoyer", "en_envoi"], canal="courriel")
    restent = restent.filter(destinataire__in=perdues)
    if courriel:
        restent.update(destinataire=courriel)
    else:
        restent.update(etat="annulee")
    demande.codes_acces.filter(utilise_le__isnull=True).update(utilise_le=maintenant)
    if demande.etat == Etat.BROUILLON:
        if courriel:
            envoyer_reprise(demande, maintenant=maintenant)
        return
    _ecrire_aux_adresses(demande, perdues, maintenant)
    for convocation in demande.convocations.actives().select_related("jointe_a").order_by("pk"):
        porteuse = convocation.porteuse
        changer_le_lien(porteuse)
        prevenir(membres(porteuse), "convocation", maintenant=maintenant, suffixe=str(porteuse.cle))
    changer_les_liens(demande, par=par, maintenant=maintenant)


@etape
def _ecrire_aux_adresses(demande: Demande, perdues: Collection[str], maintenant: datetime) -> None:
    """Send the receipt again to the new address, and say to the former ones that they receive nothing more."""
    cle = str(demande.cle)
    accuse = demande.actes.filter(genre=Acte.Genre.ACCUSE_RECEPTION).order_by("pk").first()
    if accuse is not None:
        notifier(demande, "depot", maintenant=maintenant, cle=cle, contexte={"acte_id": accuse.pk})
    for rang, adresse in enumerate(perdues):
        notifier(demande, "adresse_changee", maintenant=maintenant, cle=f"{cle}:{rang}", a=adresse)
