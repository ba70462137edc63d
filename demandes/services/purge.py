"""What is promised not to be kept: drafts never deposited are emptied three months after they were last touched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Q

from demandes.acteur import SYSTEME
from demandes.cycle import Etat
from demandes.models import Demande, Mandat, Usager
from demandes.services.journal import journaliser
from demandes.services.pieces import oublier_fichiers
from demandes.services.transitions import verrouiller
from planipref.commun.transactions import acte

DUREE_BROUILLON = timedelta(days=92)  # « trois mois », written on each page of the deposit
LOT = 500
EFFACES = [
    *("nom", "nom_usage", "prenoms", "date_naissance", "commune_naissance", "nationalite", "numero_etranger"),
    *("courriel", "telephone", "adresse", "code_postal", "commune", "sub_franceconnect"),
]


Purge = Callable[..., int]
_autres: dict[str, Purge] = {}


def purger_aussi(nom: str, purge: Purge) -> None:
    """Register what an upper app erases each day too.

    Args:
        nom: what is counted.
        purge: called with ``maintenant``; returns how many were erased.
    """
    _autres[nom] = purge


def purger_le_reste(*, maintenant: datetime) -> dict[str, int]:
    """Erase what the upper apps keep for a while only.

    Returns:
        How many of each were erased.
    """
    return {nom: purge(maintenant=maintenant) for nom, purge in _autres.items()}


def purger_brouillons(*, maintenant: datetime) -> int:
    """Empty the drafts left for three months, oldest first; idempotent, and safe in several workers at once.

    The row stays, with its journal, whose events name nobody; answers, files, identity, address and words of the mails
    and codes go.

    Returns:
        How many were emptied.
    """
    laisses = Demande.objects.a_purger(maintenant - DUREE_BROUILLON)
    return sum(_purger(demande, maintenant=maintenant) for demande in laisses[:LOT])


@acte
def _purger(demande: Demande, *, maintenant: datetime) -> bool:
    verrouillee = verrouiller(demande)
    touchee = verrouillee.modifiee_le > maintenant - DUREE_BROUILLON
    if verrouillee.etat != Etat.BROUILLON or verrouillee.purgee_le is not None or touchee:
        return False  # deposited, touched, or emptied by another worker meanwhile
    oublier_fichiers(verrouillee.pieces.all(), nom_origine="", sha256="")
    verrouillee.codes_acces.all().delete()
    Mandat.objects.filter(demande=verrouillee, revoque_le__isnull=True).update(revoque_le=maintenant)
    _oublier(verrouillee.usager)
    verrouillee.reponses, verrouillee.representant, verrouillee.purgee_le = {}, "", maintenant
    verrouillee.save(update_fields=["reponses", "representant", "purgee_le"])
    # After `purgee_le`: the database lets the words of a message go with its file only.
    verrouillee.notifications.update(destinataire="", objet="", texte="")
    journaliser("brouillon:purge", par=SYSTEME, maintenant=maintenant, demande=verrouillee)
    return True


def _oublier(usager: Usager) -> None:
    """Erase an identity that nothing else needs: no other demande, no record merged into it."""
    ailleurs = usager.demandes.filter(~Q(etat=Etat.BROUILLON) | Q(purgee_le__isnull=True)).count() > 1
    if ailleurs or usager.absorbes.exists() or usager.fusionne_dans_id:
        return
    for champ in EFFACES:
        setattr(usager, champ, "")
    usager.identite_certifiee_le = None
    usager.save(update_fields=[*EFFACES, "identite_certifiee_le"])
