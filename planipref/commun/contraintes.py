"""What PostgreSQL, or a model, says when a constraint refuses."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import IntegrityError

from planipref.commun.erreurs import ErreurMetier


def contrainte(erreur: IntegrityError) -> str:
    """Return the name of the constraint, or of the trigger's rule, that refused; empty when it is not known."""
    return str(getattr(getattr(erreur.__cause__, "diag", None), "constraint_name", "") or "")


def refus_du_modele(erreur: ValidationError) -> ErreurMetier:
    """Return the first refusal of a `full_clean`, on its field: a constraint names by its code the field to mend."""
    champ, premieres = next(iter(erreur.error_dict.items()))
    premiere = premieres[0]
    code = str(premiere.code or "invalide")
    return ErreurMetier(code, premiere.messages[0], champ=code if champ == "__all__" else champ)
