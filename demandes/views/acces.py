"""Who may open a demande: its usager, by what their session proved; or an aidant, by the mandate that runs now.

An aidant never acts as the usager: what a link or a code opened in their browser counts for nothing.
"""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.http import Http404, HttpRequest

from demandes.acteur import Acteur, acteur_proche, acteur_usager
from demandes.models import Agent, Aidant, Demande
from demandes.services.acces import demande_par_reference
from demandes.services.lecture import consulter
from demandes.services.mandataires import acteur_mandataire
from planipref.commun import debit
from planipref.commun.horloge import maintenant
from planipref.commun.langues import CLE_SESSION as CLE_LANGUE
from planipref.commun.reponses import adresse_ip

CLE_SESSION = "demandes"
CLES_MAX = 20
# A whole library or a France Services house may share one address.
ESSAIS_PAR_ADRESSE = 30
PERIODE_ADRESSE = timedelta(minutes=10)
BROUILLONS_PAR_ADRESSE = 120


def cles_ouvertes(request: HttpRequest) -> list[str]:
    """Return what this session holds of the demandes that it opened: their `Demande.cle_session` of then."""
    if aidant_de(request) is not None:
        return []
    return list(request.session.get(CLE_SESSION, []))


def ouvrir(request: HttpRequest, demande: Demande) -> None:
    """Remember that this session may see a demande, and its language; its key changes, against fixation."""
    cles = [c for c in cles_ouvertes(request) if not c.startswith(str(demande.cle))]
    request.session.cycle_key()
    request.session[CLE_SESSION] = [*cles, demande.cle_session][-CLES_MAX:]
    request.session[CLE_LANGUE] = demande.usager.langue


def fermer(request: HttpRequest) -> None:
    """Forget all that this session opened, links of appointments too, on a computer that others use."""
    if request.user.is_authenticated:  # an agent who helps: they stay signed in
        gardees = {c: v for c, v in request.session.items() if c.startswith("_")}
        request.session.clear()
        request.session.update(gardees)
        return
    request.session.flush()


def aidant_de(request: HttpRequest) -> Aidant | None:
    """Return the aidant who is signed in, suspended or not; None for anybody else."""
    return request.user.compte_aidant if isinstance(request.user, Agent) else None


def acteur_de(request: HttpRequest, demande: Demande) -> Acteur:
    """Return who acts on a demande that `exiger` opened: its usager, one of their family, or the aidant signed in.

    Raises:
        Http404: the aidant's organisation never held a mandate on it; DroitRefuse: 403, it is over.
    """
    aidant = aidant_de(request)
    if aidant is None:
        cles = cles_ouvertes(request)
        if demande.cle_session not in cles and demande.principale is not None and _en_famille(demande, cles):
            return acteur_proche(demande.principale.usager_id, demande.pk, origine=adresse_ip(request))
        return acteur_usager(demande.usager_id, origine=adresse_ip(request))
    acteur = acteur_mandataire(aidant, demande, maintenant=maintenant())
    if acteur is None:
        raise Http404
    return acteur


def _en_famille(demande: Demande, cles: list[str]) -> bool:
    """Say whether the session opened the principal demande of its family: that one reaches the others, not back."""
    return demande.principale is not None and demande.principale.cle_session in cles


def peut_rattacher(request: HttpRequest, demande: Demande) -> bool:
    """Say whether another person of the family may be added from this page: who holds the principal demande may."""
    return demande.principale is None or _en_famille(demande, cles_ouvertes(request))


def est_ouverte(request: HttpRequest, demande: Demande) -> bool:
    """Say whether this session's usager, or the aidant signed in, may open a demande now.

    Raises:
        DroitRefuse: 403, the mandate is over.
    """
    aidant = aidant_de(request)
    if aidant is None:
        cles = cles_ouvertes(request)
        return demande.cle_session in cles or _en_famille(demande, cles)
    return acteur_mandataire(aidant, demande, maintenant=maintenant()) is not None


def exiger(request: HttpRequest, reference: str | uuid.UUID) -> Demande:
    """Return the demande of a number or a public key, if this session or a mandate opens it.

    What an aidant reads is journaled, once in ten minutes.

    Raises:
        Http404: unknown, or somebody else's; the answer is the same. DroitRefuse: 403, the mandate is over.
    """
    demande = trouver(request, reference)
    if demande is None:
        raise Http404
    return demande


def trouver(request: HttpRequest, reference: str | uuid.UUID) -> Demande | None:
    """Like `exiger`, but return None to a session that does not open it, or no longer.

    Raises:
        Http404: an aidant's organisation never held a mandate on it; DroitRefuse: 403, it is over.
    """
    if aidant_de(request) is not None:
        return _exiger_mandat(request, reference)
    cles = cles_ouvertes(request)
    demande = demande_par_reference(reference) if cles else None
    if demande is None or demande.cle_session in cles:
        return demande
    if not _en_famille(demande, cles):
        return None
    consulter(demande, par=acteur_de(request, demande), maintenant=maintenant(), quoi="famille")
    return demande


def _exiger_mandat(request: HttpRequest, reference: str | uuid.UUID) -> Demande:
    demande = demande_par_reference(reference)
    if demande is None:
        raise Http404
    consulter(demande, par=acteur_de(request, demande), maintenant=maintenant(), quoi="suivi")
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
