"""Forms of the settings; conditions are read by the services, that say where a mistake is."""

from __future__ import annotations

from typing import Any

from django import forms

from demandes.calculs.langage import LONGUEUR_MAX, ecrire
from demandes.calculs.vocabulaire import Nom
from demandes.models import Motif, PieceRequise, Question, RegleAiguillage, RegleEligibilite, Service, Site
from demandes.selectors_reglages import vocabulaire_du_motif
from planipref.commun.formulaires import ChampDate, FormulaireDsfr

CHOIX_LOCAL = (("", "Comme le national"), ("oui", "Oui"), ("non", "Non"))
CHOIX_NATIONAL = CHOIX_LOCAL[1:]
VALEURS = {"": None, "oui": True, "non": False}


class ChampTroisEtats(forms.TypedChoiceField):
    """Yes, no, or the national value."""

    def __init__(self, *, national: bool, **kwargs: Any) -> None:
        choix = CHOIX_NATIONAL if national else CHOIX_LOCAL
        super().__init__(choices=choix, coerce=VALEURS.get, empty_value=None, required=national, **kwargs)


def en_texte(valeur: bool | None) -> str:
    """Return the choice of a yes, a no or the national value."""
    return "" if valeur is None else ("oui" if valeur else "non")


def champ_condition(libelle: str = "Condition", aide: str = "") -> forms.CharField:
    """Return the field of a condition, as text."""
    return forms.CharField(
        label=libelle,
        help_text=aide or 'Vide : toujours. Exemple : age < 18 et departement dans ["67", "68"]',
        required=False,
        max_length=LONGUEUR_MAX,
        widget=forms.Textarea({"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )


class FormulaireReglages(FormulaireDsfr):
    """The parameters of a motif; locally, an empty one is the national value."""

    guichet_minutes = forms.IntegerField(label="Minutes au guichet", min_value=0, max_value=480, required=False)
    validite_convocation_jours = forms.IntegerField(
        label="Validité de la convocation, en jours", min_value=1, max_value=365, required=False
    )
    delai_completude_jours = forms.IntegerField(
        label="Délai pour compléter le dossier, en jours", min_value=1, max_value=365, required=False
    )

    def __init__(self, *args: Any, national: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        modes = Motif.ModeAccueil.choices
        self.fields["actif"] = ChampTroisEtats(national=national, label="Démarche ouverte")
        if not national:  # a préfecture closes what is open everywhere, never the reverse
            self.fields["actif"].choices = [CHOIX_LOCAL[0], CHOIX_LOCAL[2]]
        self.fields["mode_accueil"] = forms.ChoiceField(
            label="Mode d’accueil",
            choices=modes if national else [("", "Comme le national"), *modes],
            required=national,
        )
        for nom in ("guichet_minutes", "validite_convocation_jours", "delai_completude_jours"):
            self.fields[nom].required = national
            self.fields[nom].widget.attrs["inputmode"] = "numeric"
        self.order_fields(["actif", "mode_accueil"])


class FormulaireExigence(FormulaireDsfr):
    """Whether a piece or a question is asked for, whether it is mandatory, and when."""

    def __init__(
        self, *args: Any, exigence: PieceRequise | Question, local: Any, national: bool, **kwargs: Any
    ) -> None:
        """Build the form.

        Args:
            args: data, if sent.
            exigence: with its national values.
            local: the override of the préfecture, or None.
            national: whether the national values are edited.
            kwargs: of any form.
        """
        source = exigence if national else local
        propre = national or bool(local and local.condition_propre)
        condition = source.condition if source and propre else exigence.condition
        kwargs.setdefault(
            "initial",
            {
                "actif": en_texte(source.actif if source else None),
                "obligatoire": en_texte(source.obligatoire if source else None),
                "condition_propre": propre,
                "condition": ecrire(condition, vocabulaire_du_motif(exigence.motif)),
            },
        )
        super().__init__(*args, **kwargs)
        demandee = "Pièce demandée" if isinstance(exigence, PieceRequise) else "Question posée"
        self.fields["actif"] = ChampTroisEtats(national=national, label=demandee)
        self.fields["obligatoire"] = ChampTroisEtats(national=national, label="Obligatoire")
        if not national:
            self.fields["condition_propre"] = forms.BooleanField(
                label="Condition propre à la préfecture",
                help_text="Sinon la condition nationale s’applique, quoi qu’il soit écrit dessous.",
                required=False,
            )
        self.fields["condition"] = champ_condition()


class FormulaireEligibilite(FormulaireDsfr):
    """When a motif is not for somebody, and what they are told."""

    condition = champ_condition(
        "Cette démarche n’est pas pour l’usager si…", "Exemple : titre_expire_le > 31/12/2030 ou age < 18"
    )
    message = forms.CharField(
        label="Pourquoi",
        help_text="L’usager lit cette phrase.",
        max_length=600,
        widget=forms.Textarea({"rows": 3, "autocomplete": "off"}),
    )
    ailleurs = forms.CharField(
        label="Où aller, que faire",
        help_text="La démarche ou le service qui convient.",
        required=False,
        max_length=600,
        widget=forms.Textarea({"rows": 2, "autocomplete": "off"}),
    )
    bloquante = forms.BooleanField(
        label="Refuser le dépôt", help_text="Sinon la règle avertit seulement.", required=False
    )
    actif = forms.BooleanField(label="En service", required=False, initial=True)

    def __init__(self, *args: Any, regle: RegleEligibilite, **kwargs: Any) -> None:
        if regle.pk:
            champs = ("message", "ailleurs", "bloquante", "actif")
            condition = ecrire(regle.condition, vocabulaire_du_motif(regle.motif))
            initial = {c: getattr(regle, c) for c in champs} | {"condition": condition}
            kwargs.setdefault("initial", initial)
        super().__init__(*args, **kwargs)


class FormulaireAiguillage(FormulaireDsfr):
    """Where a demande goes when a condition holds."""

    libelle = forms.CharField(label="Nom de la règle", max_length=120, widget=forms.TextInput({"autocomplete": "off"}))

    def __init__(
        self, *args: Any, regle: RegleAiguillage, sites: list[Site], services: list[Service], motifs: list[Motif],
        **kwargs: Any,
    ) -> None:  # fmt: skip
        """Build the form.

        Args:
            args: data, if sent.
            regle: new or kept.
            sites: of the préfecture.
            services: of the préfecture.
            motifs: those that may be chosen.
            kwargs: of any form.
        """
        if regle.pk:
            initial = {
                "libelle": regle.libelle,
                "motif": regle.motif.code if regle.motif else "",
                "condition": ecrire(regle.condition, vocabulaire_du_motif(regle.motif)),
                "sites": [str(s) for s in regle.sites_ids],
                "service": str(regle.service_id or ""),
                "actif": regle.actif,
            }
            kwargs.setdefault("initial", initial)
        super().__init__(*args, **kwargs)
        codes = [("", "Toutes les démarches"), *((m.code, f"{m.code} — {m.libelle_court}") for m in motifs)]
        self.fields["motif"] = forms.ChoiceField(label="Démarche", choices=codes, required=False)
        self.fields["condition"] = champ_condition("Condition", 'Vide : toujours. Exemple : commune est "Haguenau"')
        self.fields["sites"] = forms.MultipleChoiceField(
            label="Sites proposés pour le rendez-vous",
            choices=[(str(s.pk), s.nom) for s in sites],
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )
        self.fields["service"] = forms.ChoiceField(
            label="Service qui traite",
            choices=[("", "Celui de la démarche"), *((str(s.pk), s.nom) for s in services)],
            required=False,
        )
        self.fields["actif"] = forms.BooleanField(label="En service", required=False, initial=True)
        self._motifs = {m.code: m for m in motifs}
        self._sites = {str(s.pk): s for s in sites}
        self._services = {str(s.pk): s for s in services}

    def clean(self) -> dict[str, Any]:
        """Return rows in place of their identifiers."""
        donnees: dict[str, Any] = self.cleaned_data
        donnees["motif"] = self._motifs.get(donnees.get("motif", ""))
        donnees["service"] = self._services.get(donnees.get("service", ""))
        donnees["sites"] = [self._sites[s] for s in donnees.get("sites", [])]
        return donnees


class FormulaireEssai(FormulaireDsfr):
    """The test bench: answers and facts typed by hand, all optional; nothing is kept."""

    def __init__(self, *args: Any, noms: list[Nom], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for nom in noms:
            self.fields[nom.code] = _champ_d_essai(nom)

    def clean(self) -> dict[str, Any]:
        """Return what was typed, as the answers of a form are kept."""
        connus = {c: v for c, v in self.cleaned_data.items() if v not in (None, "")}
        return {c: v.isoformat() if hasattr(v, "isoformat") else v for c, v in connus.items()}


def _champ_d_essai(nom: Nom) -> forms.Field:
    commun: dict[str, Any] = {"label": f"{nom.libelle[:1].upper()}{nom.libelle[1:]}", "required": False}
    aide = f"{nom.code}, {nom.type}"
    if nom.genre == "date":
        return ChampDate(help_text=f"{aide}. JJ/MM/AAAA", **commun)
    commun["help_text"] = aide
    if nom.genre == "oui_non" or nom.options:
        options = [("oui", "Oui"), ("non", "Non")] if nom.genre == "oui_non" else list(nom.options.items())
        return forms.ChoiceField(choices=[("", "Pas de réponse"), *options], **commun)
    if nom.genre == "nombre":
        return forms.DecimalField(widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}), **commun)
    return forms.CharField(max_length=300, widget=forms.TextInput({"autocomplete": "off"}), **commun)
