"""Forms of the deposit: one page, one subject. Labels are the questions asked to the usager."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from demandes.calculs.ages import est_mineur
from demandes.models import CERTIFIES, Demande, Service, Usager
from planipref.commun.formulaires import (
    ChampCourriel,
    ChampDateNaissance,
    ChampNom,
    ChampTelephone,
    FormulaireDsfr,
)
from planipref.commun.horloge import aujourdhui


def _texte(autocomplete: str, **attributs: str) -> forms.TextInput:
    return forms.TextInput({"autocomplete": autocomplete, "spellcheck": "false", **attributs})


class FormulaireIdentite(FormulaireDsfr):
    """Who asks."""

    nom = ChampNom(
        label=_("Quel est votre nom de famille ?"),
        help_text=_("Le nom de naissance, comme sur votre passeport ou votre titre."),
        autocomplete="family-name",
    )
    nom_usage = ChampNom(
        label=_("Quel est votre nom d’usage ?"),
        help_text=_("Par exemple le nom de votre époux ou de votre épouse, s’il est sur vos papiers."),
        autocomplete="off",
        required=False,
    )
    prenoms = ChampNom(
        label=_("Quels sont vos prénoms ?"),
        help_text=_("Tous vos prénoms, dans l’ordre de vos papiers."),
        autocomplete="given-name",
        max_length=150,
    )
    date_naissance = ChampDateNaissance(label=_("Quelle est votre date de naissance ?"))
    commune_naissance = forms.CharField(
        label=_("Où êtes-vous né(e) ?"),
        help_text=_("La ville et le pays."),
        max_length=120,
        required=False,
        widget=_texte("off"),
    )
    nationalite = ChampNom(label=_("Quelle est votre nationalité ?"), autocomplete="off", max_length=60)
    numero_etranger = forms.CharField(
        label=_("Quel est votre numéro étranger ?"),
        help_text=_("10 chiffres, sur votre titre de séjour. Laissez vide si vous n’en avez pas."),
        required=False,
        max_length=14,
        widget=_texte("off", inputmode="numeric"),
    )
    representant = ChampNom(
        label=_("Qui est le représentant légal de cette personne mineure ?"),
        help_text=_("Père, mère ou tuteur : son nom et ses prénoms."),
        autocomplete="off",
        max_length=200,
        required=False,
    )

    def __init__(self, *args: Any, demande: Demande, **kwargs: Any) -> None:
        kwargs.setdefault("initial", _initial(demande, list(self.base_fields)))
        super().__init__(*args, **kwargs)
        mineur = self._est_mineur(demande)
        self.fields["representant"].required = mineur
        if not mineur and demande.lien_familial != Demande.LienFamilial.ENFANT:
            del self.fields["representant"]
        if demande.motif.genre_service != Service.Genre.ETRANGERS:
            del self.fields["numero_etranger"]
            self.fields["nationalite"].required = False
        if demande.usager.est_certifie:
            for nom in CERTIFIES:
                self.fields[nom].disabled = True
                self.fields[nom].required = False

    def _est_mineur(self, demande: Demande) -> bool:
        """Say whether the birth date given, or known, is a minor's."""
        naissance = demande.usager.date_naissance
        if self.is_bound and not demande.usager.est_certifie:
            champ, nom = self.fields["date_naissance"], self.add_prefix("date_naissance")
            try:
                naissance = champ.clean(champ.widget.value_from_datadict(self.data, self.files, nom))
            except forms.ValidationError:
                return False
        return bool(naissance) and est_mineur(naissance, aujourdhui(demande.prefecture.fuseau))

    def clean_numero_etranger(self) -> str:
        """Keep the digits; 10 of them, 9 on old titles."""
        numero = "".join(str(self.cleaned_data["numero_etranger"]).split())
        if numero and (not numero.isascii() or not numero.isdigit() or len(numero) not in (9, 10)):
            raise forms.ValidationError(_("Le numéro étranger compte 10 chiffres (9 sur d’anciens titres)."))
        return numero


class FormulaireCoordonnees(FormulaireDsfr):
    """How to write to them."""

    courriel = ChampCourriel(
        label=_("Quelle est votre adresse de courriel ?"),
        help_text=_(
            "Nous vous écrivons à cette adresse. Exemple : nom@exemple.fr. "
            "Vous n’en avez pas ? Un agent dépose avec vous, au guichet ou chez France Services."
        ),
        max_length=254,
        error_messages={"required": _("Donnez une adresse de courriel : nous y envoyons la suite de votre demande.")},
    )
    telephone = ChampTelephone(label=_("Quel est votre numéro de téléphone ?"), required=False)
    adresse = forms.CharField(
        label=_("Quelle est votre adresse postale ?"),
        help_text=_("Numéro et rue. Exemple : 12 rue des Lilas"),
        max_length=250,
        widget=_texte("street-address"),
    )
    code_postal = forms.CharField(
        label=_("Quel est votre code postal ?"),
        help_text=_("5 chiffres. Exemple : 67000"),
        max_length=5,
        validators=[RegexValidator(r"\A[0-9]{5}\Z", _("Le code postal compte 5 chiffres. Exemple : 67000"))],
        widget=_texte("postal-code", inputmode="numeric"),
    )
    commune = forms.CharField(label=_("Quelle est votre commune ?"), max_length=80, widget=_texte("address-level2"))
    langue = forms.ChoiceField(
        label=_("Dans quelle langue préférez-vous être accueilli(e) ?"),
        help_text=_("Les courriers de la préfecture restent en français."),
        choices=Usager.Langue,
        widget=forms.Select({"autocomplete": "language"}),
    )

    def __init__(self, *args: Any, demande: Demande, **kwargs: Any) -> None:
        kwargs.setdefault("initial", _initial(demande, list(self.base_fields)))
        super().__init__(*args, **kwargs)


class FormulaireDepot(FormulaireDsfr):
    """The last page: the usager stands by what the summary says."""

    sincerite = forms.BooleanField(
        label=_("J’ai relu ma demande. Les informations et les documents que je donne sont vrais."),
        error_messages={"required": _("Cochez cette case pour déposer votre demande.")},
    )


class FormulaireReprise(FormulaireDsfr):
    """Coming back to a draft after the session ended."""

    date_naissance = ChampDateNaissance(label=_("Quelle est votre date de naissance ?"))


def _initial(demande: Demande, champs: list[str]) -> dict[str, Any]:
    return {c: valeur_de(demande, c) for c in champs}


def valeur_de(demande: Demande, champ: str) -> Any:
    """Return what a field of the first pages says now: the representative is the demande's, the rest the person's."""
    return demande.representant if champ == "representant" else getattr(demande.usager, champ)


def nombre_lisible(valeur: Decimal) -> int | str:
    """Return a typed number as the answers keep it: an integer when it is one, else decimal text."""
    return int(valeur) if valeur == valeur.to_integral_value() else str(valeur)
