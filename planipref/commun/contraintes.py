"""What PostgreSQL says when a constraint refuses."""

from __future__ import annotations

from django.db import IntegrityError


def contrainte(erreur: IntegrityError) -> str:
    """Return the name of the constraint, or of the trigger's rule, that refused; empty when it is not known."""
    return str(getattr(getattr(erreur.__cause__, "diag", None), "constraint_name", "") or "")
