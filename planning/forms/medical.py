"""Forms of the doctors' page and of the préfecture's list of agréé doctors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.validators import RegexValidator

from demandes.calculs.avis import CATEGORIES, LIBELLES_SENS, REGLES, RESTRICTIONS, Saisie, Sens
from demandes.calculs.delais import ajouter_mois
from demandes.models import Medecin, Motif
from demandes.services.medecins import DUREE_MAX_ANS, Identite
from planipref.commun.formulaires import ChampCourriel, ChampDate, ChampNom, ChampTelephone, FormulaireDsfr
from planning.forms.ouvertures import FormulairePlage
from planning.models import AgendaMedical
from planning.services.agendas import Lieu


class FormulaireCode(FormulaireDsfr):
    """The code mailed to the doctor."""

    code = forms.CharField(
        label="Quel est le code reçu par courriel ?",
        help_text="6 chiffres.",
        max_length=10,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code"}),
        error_messages={"required": "Écrivez le code reçu par courriel."},
    )

    def clean_code(self) -> str:
        """Return the digits alone."""
        return "".join(c for c in self.cleaned_data["code"] if c.isdigit())


class FormulaireAvis(FormulaireDsfr):
    """An opinion: conclusion, categories, time, restrictions; no free text, so nothing medical can be written.

    Args:
        en_commission: whether a commission gives it: only it concludes on the EAD, only a practice sends to it.
    """

    sens = forms.ChoiceField(
        label="Votre conclusion", widget=forms.RadioSelect, error_messages={"required": "Choisissez une conclusion."}
    )
    categories = forms.MultipleChoiceField(
        label="Catégories de permis examinées",
        choices=[(c, c) for c in CATEGORIES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez au moins une catégorie de permis."},
    )
    duree_mois = forms.IntegerField(
        label="Durée de validité, en mois",
        required=False,
        min_value=1,
        max_value=180,
        help_text="Obligatoire si la conclusion est limitée dans le temps, et pour les poids lourds et le transport "
        "de personnes (C : 60, 24 ou 12 mois selon l’âge ; D : 60 ou 12).",
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": "Écrivez un nombre entier de mois."},
    )
    restrictions = forms.MultipleChoiceField(
        label="Restrictions portées sur le permis",
        choices=[(code, f"{code} : {libelle}") for code, libelle in RESTRICTIONS.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, en_commission: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        exclu = Sens.RENVOI if en_commission else ""
        self.fields["sens"].choices = [
            (s.value, LIBELLES_SENS[s]) for s in Sens if s != exclu and (en_commission or not REGLES[s].commission)
        ]

    @property
    def saisie(self) -> Saisie:
        """The opinion typed."""
        champs = ("sens", "categories", "duree_mois", "restrictions")
        return Saisie(**{c: self.cleaned_data[c] for c in champs})


class FormulaireAvisPapier(FormulaireAvis):
    """An opinion that came on paper: who signed it and when, besides what it says."""

    medecins = forms.TypedMultipleChoiceField(
        label="Médecins qui ont signé",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez qui a signé l’avis."},
    )
    examine_le = ChampDate(label="Jour de l’examen")
    field_order = ["medecins", "examine_le", "sens", "categories", "duree_mois", "restrictions"]

    def __init__(self, *args: Any, medecins: Sequence[Medecin], en_commission: bool, **kwargs: Any) -> None:
        super().__init__(*args, en_commission=en_commission, **kwargs)
        self.par_medecin = {m.pk: m for m in medecins}
        self.fields["medecins"].choices = [(m.pk, f"{m} (RPPS {m.rpps})") for m in medecins]

    def clean_medecins(self) -> list[Medecin]:
        """Return the doctors chosen."""
        return [self.par_medecin[pk] for pk in self.cleaned_data["medecins"]]


class FormulairePlageMedecin(FormulairePlage):
    """A weekly opening of a doctor's agenda: one person at a time, nobody without an appointment."""

    nb_guichets = reserve_sans_rdv = None  # type: ignore[assignment]  # how Django drops an inherited field
    field_order = ["file", "jour", "debut", "fin", "du", "au"]

    def __init__(self, *args: Any, agendas: Sequence[AgendaMedical], **kwargs: Any) -> None:
        super().__init__(*args, files=[a.file for a in agendas], **kwargs)
        self.fields["file"].label = "Lieu"
        self.fields["file"].choices = [(str(a.file_id), a.file.site.nom) for a in agendas]

    def clean(self) -> dict[str, Any]:
        """Add what an agenda fixes."""
        propre: dict[str, Any] = super().clean() or {}
        return propre | {"nb_guichets": 1, "reserve_sans_rdv": 0}


class FormulaireFermetureMedecin(FormulaireDsfr):
    """Days when a doctor does not receive."""

    file = forms.ChoiceField(label="Lieu")
    du = ChampDate(label="Premier jour d’absence")
    au = ChampDate(label="Dernier jour d’absence (compris)")

    def __init__(self, *args: Any, agendas: Sequence[AgendaMedical], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agendas = {str(a.file_id): a for a in agendas}
        self.fields["file"].choices = [(cle, a.file.site.nom) for cle, a in self.agendas.items()]

    def clean_file(self) -> AgendaMedical:
        """Return the agenda chosen."""
        return self.agendas[self.cleaned_data["file"]]


class FormulaireDAgrement(FormulaireDsfr):
    """A form of the préfecture's list; what it holds goes to one service."""

    @property
    def valeurs(self) -> dict[str, Any]:
        """What the service takes."""
        return dict(self.cleaned_data)


class FormulaireCourriel(FormulaireDAgrement):
    """The address that the link and the codes of a doctor go to."""

    courriel = ChampCourriel(label="Courriel professionnel", help_text="Le lien et les codes y sont envoyés.")


class FormulaireComposition(FormulaireDAgrement):
    """Who examines at a place."""

    medecins = forms.TypedMultipleChoiceField(
        label="Médecins",
        coerce=int,
        help_text="Un pour un cabinet, deux pour une commission.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez qui examine."},
    )

    def __init__(self, *args: Any, medecins: Sequence[Medecin], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.par_medecin = {m.pk: m for m in medecins}
        self.fields["medecins"].choices = [(m.pk, str(m)) for m in medecins]

    def clean_medecins(self) -> list[Medecin]:
        """Return the doctors chosen."""
        return [self.par_medecin[pk] for pk in self.cleaned_data["medecins"]]


class FormulaireRenouvellement(FormulaireDAgrement):
    """An agrément: its arrêté and its dates."""

    reference = forms.CharField(
        label="Numéro de l’arrêté d’agrément", max_length=80, widget=forms.TextInput({"autocomplete": "off"})
    )
    du = ChampDate(label="Premier jour de l’agrément")
    au = ChampDate(label="Dernier jour de l’agrément", help_text="Cinq ans au plus.")


class FormulaireMedecin(FormulaireRenouvellement):
    """A doctor entered on the list, with their agrément."""

    prenom = ChampNom(label="Prénom")
    nom = ChampNom(label="Nom")
    rpps = forms.CharField(
        label="Numéro RPPS",
        help_text="11 chiffres.",
        max_length=20,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
    courriel = ChampCourriel(label="Courriel professionnel", help_text="Le lien et les codes y sont envoyés.")
    telephone = ChampTelephone(label="Téléphone", required=False)
    field_order = ["prenom", "nom", "rpps", "courriel", "telephone", "reference", "du", "au"]

    def clean_rpps(self) -> str:
        """Return the digits alone."""
        return "".join(str(self.cleaned_data["rpps"]).split())

    @property
    def valeurs(self) -> dict[str, Any]:
        """What the service takes."""
        v = self.cleaned_data
        identite = Identite(**{c: v[c] for c in ("prenom", "nom", "rpps", "courriel", "telephone")})
        return {"medecin": identite, **{c: v[c] for c in ("reference", "du", "au")}}


class FormulaireRetrait(FormulaireDAgrement):
    """The day from which an agrément no longer holds."""

    le = ChampDate(label="Premier jour sans agrément")


class FormulaireAgenda(FormulaireComposition):
    """A place where doctors examine, who sits there and for what."""

    genre = forms.ChoiceField(label="Qui examine", choices=AgendaMedical.Genre.choices, widget=forms.RadioSelect)
    nom = forms.CharField(
        label="Nom du lieu",
        max_length=120,
        help_text="L’usager le lit. Par exemple : Cabinet du docteur Martin.",
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    adresse = forms.CharField(label="Adresse", max_length=250, widget=forms.TextInput({"autocomplete": "off"}))
    code_postal = forms.CharField(
        label="Code postal",
        max_length=5,
        validators=[RegexValidator(r"^[0-9]{5}$", "Le code postal compte 5 chiffres.")],
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
    commune = forms.CharField(label="Commune", max_length=80, widget=forms.TextInput({"autocomplete": "off"}))
    acces = forms.CharField(
        label="Accès",
        required=False,
        max_length=500,
        help_text="Étage, interphone, transports, accès en fauteuil.",
        widget=forms.Textarea({"rows": 2, "autocomplete": "off"}),
    )
    motifs = forms.TypedMultipleChoiceField(
        label="Démarches",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez au moins une démarche."},
    )
    pas_minutes = forms.IntegerField(
        label="Durée d’un examen, en minutes",
        min_value=5,
        max_value=120,
        initial=20,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )

    field_order = [
        "genre", "nom", "adresse", "code_postal", "commune", "acces", "medecins", "motifs", "pas_minutes"
    ]  # fmt: skip

    def __init__(self, *args: Any, motifs: Sequence[Motif], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.par_motif = {m.pk: m for m in motifs}
        self.fields["motifs"].choices = [(m.pk, f"{m.libelle} ({m.get_examen_display().lower()})") for m in motifs]

    @property
    def valeurs(self) -> dict[str, Any]:
        """What the service takes."""
        v = self.cleaned_data
        lieu = Lieu(**{c: v[c] for c in ("nom", "adresse", "code_postal", "commune", "acces")})
        return {"lieu": lieu, **{c: v[c] for c in ("genre", "medecins", "motifs", "pas_minutes")}}

    def clean_motifs(self) -> list[Motif]:
        """Return the démarches chosen."""
        return [self.par_motif[pk] for pk in self.cleaned_data["motifs"]]


def fin_par_defaut(du: date) -> date:
    """Return the usual last day of an agrément that begins on a day."""
    return ajouter_mois(du, 12 * DUREE_MAX_ANS) - timedelta(days=1)
