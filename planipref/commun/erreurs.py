"""The one exception by which a rule of the trade refuses an act."""

from __future__ import annotations


class ErreurMetier(Exception):
    """A rule refused; the message is French and shown to the person who acted.

    Args:
        code: stable English-free identifier for tests and the API, such as ``creneau_complet``.
        message: French sentence shown to the person.
        champ: name of the form field it belongs to, if any.
        statut: HTTP status of the page: 403 right, 404 unknown, 409 conflict, 410 expired, 422 input, 429 tries.
    """

    def __init__(self, code: str, message: str, *, champ: str | None = None, statut: int = 422) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.champ = champ
        self.statut = statut


class DroitRefuse(ErreurMetier):
    """The actor has no right to this act."""

    def __init__(self, message: str = "Vous n’avez pas le droit de faire cette action.") -> None:
        super().__init__("droit_refuse", message, statut=403)
