"""The one exception by which a rule of the trade refuses an act."""

from __future__ import annotations

from collections.abc import Mapping

from planipref.commun.textes import gettext_noop


class ErreurMetier(Exception):
    """A rule refused; the message is shown to the person who acted (`planipref.commun.langues.dire` translates it).

    Args:
        code: stable English-free identifier for tests and the API, such as ``creneau_complet``.
        message: sentence shown to the person, French or already translated.
        champ: name of the form field it belongs to, if any.
        statut: HTTP status of the page: 403 right, 404 unknown, 409 conflict, 410 expired, 422 input, 429 tries.
        parametres: values of the ``%(name)s`` of a sentence not yet translated.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        champ: str | None = None,
        statut: int = 422,
        parametres: Mapping[str, int | str] | None = None,
    ) -> None:
        self.code = code
        self.phrase = message
        self.parametres = dict(parametres or {})
        self.champ = champ
        self.statut = statut
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The sentence, its values in place, not translated here."""
        return self.phrase % self.parametres if self.parametres else self.phrase


class DroitRefuse(ErreurMetier):
    """The actor has no right to this act."""

    def __init__(self, message: str = gettext_noop("Vous n’avez pas le droit de faire cette action.")) -> None:
        super().__init__("droit_refuse", message, statut=403)
