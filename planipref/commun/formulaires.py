"""Forms in the State's design system: base form, bound field, and the fields every screen shares."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import Form
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from dsfr.forms import DsfrBaseForm, DsfrBoundField, DsfrDjangoTemplates
from dsfr.utils import dsfr_input_class_attr

from planipref.commun.champs import (
    ChampCourriel,
    ChampDate,
    ChampDateNaissance,
    ChampFichier,
    ChampFichiers,
    ChampNom,
    ChampTelephone,
)
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.langues import dire

__all__ = [
    "ChampCourriel",
    "ChampDate",
    "ChampDateNaissance",
    "ChampFichier",
    "ChampFichiers",
    "ChampNom",
    "ChampTelephone",
    "FormulaireDsfr",
    "appliquer_erreur",
]

GABARITS_DE_CHAMP = {
    "checkbox": "_partials/champ_case.html",
    "checkboxselectmultiple": "_partials/champ_choix.html",
    "inlinecheckboxselectmultiple": "_partials/champ_choix.html",
    "radioselect": "_partials/champ_choix.html",
    "inlineradioselect": "_partials/champ_choix.html",
}
GABARITS_DE_DSFR = {"richradioselect", "numbercursor", "segmentedcontrol"}


class RenduDsfr(DsfrDjangoTemplates):  # type: ignore[misc]
    """Renderer that looks for form templates in the project's folder before those of django-dsfr."""

    @cached_property
    def engine(self) -> Any:
        """Return the engine of django-dsfr with ``templates/`` put first."""
        moteur = super().engine
        moteur.dirs = [settings.BASE_DIR / "templates", *moteur.dirs]
        moteur.engine.dirs = list(moteur.dirs)
        return moteur


class ChampLieDsfr(DsfrBoundField):  # type: ignore[misc]
    """Bound field whose hint and errors are both announced through ``aria-describedby``."""

    def __init__(self, form: Form, field: forms.Field, name: str) -> None:
        super().__init__(form, field, name)
        if not self.is_hidden:
            dsfr_input_class_attr(self)
            # django-dsfr describes by the error alone; without it, Django joins hint and error itself.
            if field.widget.attrs.get("aria-describedby") == f"{self.auto_id}-desc-error":
                del field.widget.attrs["aria-describedby"]

    @property
    def template_name(self) -> str:
        """Return the template of the field's group."""
        choisi: str | None = self.field.template_name
        if choisi:
            return choisi
        if self.widget_type in GABARITS_DE_DSFR:
            return str(super().template_name)
        return GABARITS_DE_CHAMP.get(self.widget_type, "_partials/champ.html")

    @property
    def classe_groupe(self) -> str:
        """Return the class of the group around the field, which its variants extend."""
        return str(getattr(self.field.widget, "group_class", "fr-input-group"))

    @property
    def premier_id(self) -> str:
        """Return the id of the first control, the target of the links in the error summary."""
        if self.use_fieldset:
            return f"{self.auto_id}_0" if self.auto_id else ""
        return str(self.id_for_label)


class FormulaireDsfr(DsfrBaseForm):  # type: ignore[misc]
    """Base of every form: ``{{ form }}`` renders the error summary, then each field with its messages."""

    template_name = "_partials/formulaire.html"
    bound_field_class = ChampLieDsfr
    default_renderer: ClassVar[type[RenduDsfr]] = RenduDsfr
    error_css_class = ""
    required_css_class = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for champ in self.fields.values():
            if champ.error_messages.get("required") == forms.Field.default_error_messages["required"]:
                champ.error_messages["required"] = _("Ce renseignement est obligatoire.")

    def get_context(self) -> dict[str, Any]:
        """Return the template context, without the transitional warning of django-dsfr 3.6."""
        contexte: dict[str, Any] = Form.get_context(self)
        return contexte

    @property
    def a_un_champ_facultatif(self) -> bool:
        """Tell whether the sentence about optional fields is worth showing; a box to tick says it by itself."""
        return any(not c.field.required and c.widget_type != "checkbox" for c in self.visible_fields())


def appliquer_erreur(form: Form, erreur: ErreurMetier) -> None:
    """Show a refused act as an error of the form, on its field when the form has it.

    Args:
        form: bound and validated form; what was typed stays in it.
        erreur: the refusal raised by a service.
    """
    champ = erreur.champ if erreur.champ in form.fields else None
    form.add_error(champ, ValidationError(dire(erreur), code=erreur.code))


def sur_le_formulaire(form: Form, erreur: ErreurMetier) -> None:
    """Say a refusal beside its field; a right that lacks is no matter of the form."""
    if isinstance(erreur, DroitRefuse):
        raise erreur
    appliquer_erreur(form, erreur)
