"""The demandes opened in a session: the usager's own, proved by a draft just begun, a mailed link or a code."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.http import Http404, HttpRequest

from demandes.models import Demande
from demandes.services.acces import demande_par_reference
from planipref.commun import debit
from planipref.commun.reponses import adresse_ip

CLE_SESSION = "demandes"
CLES_MAX = 20
# A whole library or a France Services house may share one address.
ESSAIS_PAR_ADRESSE = 30
PERIODE_ADRESSE = timedelta(minutes=10)
BROUILLONS_PAR_ADRESSE = 120


def cles_ouvertes(request: HttpRequest) -> list[str]:
    """Return the public keys of the demandes opened in this session."""
    return list(request.session.get(CLE_SESSION, []))


def ouvrir(request: HttpRequest, demande: Demande) -> None:
    """Remember that this session may see a demande; the session changes its name, against fixation."""
    cles = [c for c in cles_ouvertes(request) if c != str(demande.cle)]
    request.session.cycle_key()
    request.session[CLE_SESSION] = [*cles, str(demande.cle)][-CLES_MAX:]


def fermer(request: HttpRequest) -> None:
    """Forget all that this session opened, links of appointments too, on a computer that others use."""
    if request.user.is_authenticated:  # an agent who helps: they stay signed in
        gardees = {c: v for c, v in request.session.items() if c.startswith("_")}
        request.session.clear()
        request.session.update(gardees)
        return
    request.session.flush()


def exiger(request: HttpRequest, reference: str | uuid.UUID) -> Demande:
    """Return the demande of a number or a public key, if this session opened it.

    Raises:
        Http404: unknown, or somebody else's; the answer is the same.
    """
    cles = cles_ouvertes(request)
    demande = demande_par_reference(reference) if cles else None
    if demande is None or str(demande.cle) not in cles:
        raise Http404
    return demande


def limiter_adresse(request: HttpRequest) -> None:
    """Count a try of this network address to open a demande or an act.

    Raises:
        ErreurMetier: ``trop_d_essais`` (429).
    """
    debit.exiger("acces-adresse", adresse_ip(request), capacite=ESSAIS_PAR_ADRESSE, periode=PERIODE_ADRESSE)


def limiter_commencement(request: HttpRequest) -> None:
    """Count a draft begun from this network address.

    Raises:
        ErreurMetier: ``trop_d_essais`` (429).
    """
    debit.exiger("commencer", adresse_ip(request), capacite=BROUILLONS_PAR_ADRESSE, periode=timedelta(hours=1))
