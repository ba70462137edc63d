"""Who may open a stored file: its usager in session, or an agent who sees the demande."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from demandes.models import Acte, Agent, Demande, Piece, PieceJointe


def fichier_ouvrable(cle: uuid.UUID, *, agent: Agent | None, cles: Collection[str]) -> Piece | PieceJointe | None:
    """Return a harmless file, a piece or what was joined to a message, that this reader may open.

    Args:
        cle: public key of the file.
        agent: who is signed in, if anybody.
        cles: public keys of the demandes opened in the session.
    """
    recu = (
        Piece.objects.filter(cle=cle).select_related("demande__prefecture", "piece_requise").first()
        or PieceJointe.objects.filter(cle=cle).select_related("demande__prefecture", "message").first()
    )
    if recu is None or not recu.est_servie or not _ouvrable(recu.demande, agent, cles):
        return None
    return recu


def acte_ouvrable(code: str, *, agent: Agent | None, cles: Collection[str]) -> Acte | None:
    """Return an act that this reader may open; its code alone opens nothing."""
    acte = Acte.objects.par_code(code).first()
    return acte if acte is not None and _ouvrable(acte.demande, agent, cles) else None


def acte_public(code: str) -> Acte | None:
    """Return the act behind a verification code, whoever asks: the page shows no personal data."""
    return Acte.objects.par_code(code).first()


def est_lue_par_un_agent(demande: Demande, cles: Collection[str]) -> bool:
    """Say whether the reader is an agent, rather than the usager in session."""
    return str(demande.cle) not in cles


def _ouvrable(demande: Demande, agent: Agent | None, cles: Collection[str]) -> bool:
    if not est_lue_par_un_agent(demande, cles):
        return True
    return agent is not None and Demande.objects.visibles_par(agent).filter(pk=demande.pk).exists()
