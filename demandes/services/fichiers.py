"""Who may open a stored file: its usager in session, an aidant with a mandate, or an agent who sees the demande."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from demandes.models import Acte, Agent, Demande, Piece, PieceJointe

Lecture = Callable[[Demande], bool]


def fichier_ouvrable(cle: uuid.UUID, *, lisible: Lecture) -> Piece | PieceJointe | None:
    """Return a harmless file, a piece or what was joined to a message, that this reader may open.

    Args:
        cle: public key of the file.
        lisible: says whether the reader may open a demande.
    """
    recu = (
        Piece.objects.filter(cle=cle).select_related("demande__prefecture", "piece_requise").first()
        or PieceJointe.objects.filter(cle=cle).select_related("demande__prefecture", "message").first()
    )
    if recu is None or not recu.est_servie or not lisible(recu.demande):
        return None
    return recu


def acte_ouvrable(code: str, *, lisible: Lecture) -> Acte | None:
    """Return an act that this reader may open; its code alone opens nothing."""
    acte = Acte.objects.par_code(code).first()
    return acte if acte is not None and lisible(acte.demande) else None


def acte_public(code: str) -> Acte | None:
    """Return the act behind a verification code, whoever asks: the page shows no personal data."""
    return Acte.objects.par_code(code).first()


def visible_par(agent: Agent, demande: Demande) -> bool:
    """Say whether an agent sees a demande."""
    return Demande.objects.visibles_par(agent).filter(pk=demande.pk).exists()
