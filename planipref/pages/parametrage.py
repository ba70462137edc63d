"""What the pages of settings show: motifs and their differences, requirements, rules, the test bench, the history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Q

from demandes.calculs.conditions import est_vraie
from demandes.calculs.faits import FAITS, Personne, expiration, faits
from demandes.calculs.langage import ecrire
from demandes.calculs.modeles_messages import ETAPES
from demandes.calculs.phrases import Enonce, dire
from demandes.calculs.vocabulaire import Nom, Vocabulaire
from demandes.droits import Droit
from demandes.models import (
    Agent,
    AncienneAdresse,
    Bascule,
    ModeleMessage,
    Modification,
    Motif,
    ParametrageMotif,
    ParametragePiece,
    ParametrageQuestion,
    PieceRequise,
    Prefecture,
    Question,
    RegleAiguillage,
    RegleEligibilite,
    RegleMessages,
    RegleSignalements,
    Service,
    Site,
)
from demandes.selectors_reglages import (
    nom_de,
    pieces_du_motif,
    questions_du_motif,
    regles_du_motif,
    vocabulaire_des_dates,
    vocabulaire_du_motif,
)
from demandes.services.parametrage import CHAMPS_MOTIF
from planipref.commun.horloge import aujourdhui
from planipref.pages.catalogue import chercher_motifs

NATIONAL = "national"
EXEMPLES = (
    'hebergement est "tiers"',
    'departement dans ["67", "68"]',
    "age < 18 ou age compris entre 60 et 65",
    "non (identite_certifiee est oui et numero_etranger n’est pas vide)",
    'jours_avant_expiration > 120 et nationalite n’est pas "suisse"',
)
OPTIONS_MONTREES = 12


@dataclass(frozen=True)
class Portee:
    """What an agent sets on a page: the values of a préfecture, or the national ones.

    Args:
        prefecture: None for the national values.
        autres: the other scopes of this agent, address and name.
    """

    prefecture: Prefecture | None
    autres: list[tuple[str, str]]

    @property
    def ou(self) -> str:
        """Its part of the address."""
        return self.prefecture.departement if self.prefecture else NATIONAL

    @property
    def nom(self) -> str:
        """Its name."""
        return self.prefecture.nom if self.prefecture else "Valeurs nationales"

    @property
    def pk(self) -> int | None:
        """Identifier of the préfecture."""
        return self.prefecture.pk if self.prefecture else None

    @property
    def est_nationale(self) -> bool:
        """Say whether the national values are set."""
        return self.prefecture is None


def portee_de(agent: Agent, ou: str) -> Portee | None:
    """Return a scope of an agent; the first one without address, None when it is not theirs."""
    prefectures = {p.departement: p for p in Prefecture.objects.visibles_par(agent, Droit.PARAMETRER)}
    possibles: dict[str, Prefecture | None] = {}
    if agent.a_un_droit(Droit.ADMINISTRER):
        possibles[NATIONAL] = None
    possibles |= prefectures
    choisie = ou or next(iter(possibles), "")
    if choisie not in possibles:
        return None
    autres = [(o, p.nom if p else "Valeurs nationales") for o, p in possibles.items() if o != choisie]
    return Portee(possibles[choisie], autres)


@dataclass(frozen=True)
class LigneMotif:
    """One motif of the list.

    Args:
        motif: itself.
        ouvert: whether it is offered in this scope.
        differences: how many local values and rules it has.
    """

    motif: Motif
    ouvert: bool
    differences: int


def lignes_de_motifs(portee: Portee, q: str, service: str) -> list[LigneMotif]:
    """Return the motifs, with their differences from the national values (five queries at most)."""
    motifs = chercher_motifs(q, service, tous=True)
    if portee.prefecture is None:
        return [LigneMotif(m, m.actif, 0) for m in motifs]
    ici = {"prefecture": portee.prefecture}
    locaux = {p.motif_id: p for p in ParametrageMotif.objects.filter(**ici)}
    comptes: dict[int, int] = {}
    for liste in (
        ParametragePiece.objects.filter(**ici).values_list("piece_requise__motif_id", flat=True),
        ParametrageQuestion.objects.filter(**ici).values_list("question__motif_id", flat=True),
        RegleEligibilite.objects.filter(**ici).values_list("motif_id", flat=True),
    ):
        for motif_id in liste.order_by():
            comptes[motif_id] = comptes.get(motif_id, 0) + 1
    lignes = []
    for motif in motifs:
        local = locaux.get(motif.pk)
        propres = sum(getattr(local, c) not in (None, "") for c in CHAMPS_MOTIF) if local else 0
        ouvert = motif.actif and (local is None or local.actif is not False)
        lignes.append(LigneMotif(motif, ouvert, propres + comptes.get(motif.pk, 0)))
    return lignes


@dataclass(frozen=True)
class Reglage:
    """One parameter of a motif.

    Args:
        champ: bound field of the form.
        national: the national value in words.
        est_local: whether the préfecture has its own.
    """

    champ: Any
    national: str
    est_local: bool


def reglages(form: Any, motif: Motif, local: ParametrageMotif | None) -> list[Reglage]:
    """Return the parameters of a motif, in the order of the form."""
    return [
        Reglage(form[c], _en_mots(motif, c), local is not None and getattr(local, c) not in (None, ""))
        for c in form.fields
    ]


def _en_mots(motif: Motif, champ: str) -> str:
    if champ == "mode_accueil":
        return motif.get_mode_accueil_display()
    valeur = getattr(motif, champ)
    return {True: "Oui", False: "Non"}[valeur] if isinstance(valeur, bool) else str(valeur)


def enonces(motif: Motif | None) -> dict[str, Enonce]:
    """Return what conditions name, in French."""
    dits = {f.code: Enonce(f.libelle, f.options, fait=True) for f in FAITS}
    questions = map(nom_de, motif.questions.all()) if motif else ()
    return dits | {n.code: Enonce(n.libelle, n.options) for n in questions}


@dataclass(frozen=True)
class LigneExigence:
    """A piece or a question, with the values in force in this scope.

    Args:
        exigence: itself.
        texte: its condition, as one writes it.
        en_mots: the same as a sentence.
        est_local: whether the préfecture has its own values.
    """

    exigence: PieceRequise | Question
    texte: str
    en_mots: str
    est_local: bool


def lignes_d_exigences(
    exigences: Sequence[PieceRequise | Question], motif: Motif, dits: dict[str, Enonce]
) -> list[LigneExigence]:
    """Return the rows of pieces or of questions of a motif."""
    connus = vocabulaire_du_motif(motif)
    return [
        LigneExigence(e, ecrire(e.condition, connus), _phrase(e.condition, dits), getattr(e, "local", None) is not None)
        for e in exigences
    ]


def _phrase(condition: Any, dits: dict[str, Enonce]) -> str:
    return f"si {dire(condition, dits)}" if condition else ""


@dataclass(frozen=True)
class LigneRegle:
    """A rule, as the lists show it.

    Args:
        regle: itself.
        texte: its condition, as one writes it.
        en_mots: the same as a sentence.
        buts: where a rule of routing sends.
    """

    regle: RegleEligibilite | RegleAiguillage
    texte: str
    en_mots: str
    buts: list[str]


def lignes_d_eligibilite(motif: Motif, portee: Portee, dits: dict[str, Enonce]) -> list[LigneRegle]:
    """Return the rules of eligibility of a motif in a scope."""
    regles = regles_du_motif(motif.pk, portee.pk)
    connus = vocabulaire_du_motif(motif)
    return [LigneRegle(r, ecrire(r.condition, connus), _phrase(r.condition, dits), []) for r in regles]


def lignes_d_aiguillage(prefecture: Prefecture, motif: Motif | None = None) -> list[LigneRegle]:
    """Return the rules of routing of a préfecture, perhaps those of a motif only."""
    regles = RegleAiguillage.objects.de_la_prefecture(prefecture.pk)
    if motif is not None:
        regles = regles.filter(Q(motif=None) | Q(motif=motif))
    noms = dict(prefecture.sites.values_list("pk", "nom"))
    connus = {m: vocabulaire_du_motif(m) for m in {r.motif for r in regles}}
    return [
        LigneRegle(
            r,
            ecrire(r.condition, connus[r.motif]),
            "",
            [*(noms.get(s, "site inconnu") for s in r.sites_ids), *([r.service.nom] if r.service else [])],
        )
        for r in regles
    ]


@dataclass(frozen=True)
class NomMontre:
    """A name that conditions may use, in the hint block.

    Args:
        nom: itself.
        options: its values, or an example.
    """

    nom: Nom
    options: str


def noms_montres(motif: Motif | None) -> list[NomMontre]:
    """Return what the conditions of a motif may name."""
    questions = [nom_de(q) for q in motif.questions.all()] if motif else []
    return [NomMontre(n, _options(n)) for n in [*questions, *FAITS]]


def _options(nom: Nom) -> str:
    if nom.genre == "oui_non":
        return "oui, non"
    if nom.exemple:
        return f"par exemple {nom.exemple}"
    cles = [f'"{o}"' for o in nom.options]
    return ", ".join(cles[:OPTIONS_MONTREES]) + (", …" if len(cles) > OPTIONS_MONTREES else "")


@dataclass(frozen=True)
class Essai:
    """What holds with the answers of the test bench.

    Args:
        questions: label, whether it is asked.
        pieces: label, whether it is asked for.
        eligibilite: message, whether the rule holds.
        aiguillage: name, whether it is the first that holds.
    """

    questions: list[tuple[str, bool]]
    pieces: list[tuple[str, bool]]
    eligibilite: list[tuple[str, bool]]
    aiguillage: list[tuple[str, bool]]


def essayer(motif: Motif, portee: Portee, valeurs: dict[str, Any]) -> Essai:
    """Return what holds in a scope, as the deposit would tell; an answer to a question not asked does not count."""
    tapees = {c: str(v) if isinstance(v, Decimal) else v for c, v in valeurs.items()}
    toutes = questions_du_motif(motif, portee.pk)
    codes = {q.code for q in toutes}
    gardees = {c: v for c, v in tapees.items() if c not in codes}
    questions = []
    for question in toutes:
        posee = question.actif and est_vraie(question.condition, _faits_deduits(motif, portee, gardees))
        questions.append((question.libelle, posee))
        if posee and question.code in tapees:
            gardees[question.code] = tapees[question.code]
    connues = _faits_deduits(motif, portee, gardees)
    pieces = [(p.libelle, p.actif and est_vraie(p.condition, connues)) for p in pieces_du_motif(motif, portee.pk)]
    regles = [(r.message, r.actif and est_vraie(r.condition, connues)) for r in regles_du_motif(motif.pk, portee.pk)]
    aiguillage = list(RegleAiguillage.objects.pour(motif.pk, portee.pk)) if portee.pk else []
    premiere = next((r.pk for r in aiguillage if est_vraie(r.condition, connues)), 0)
    return Essai(questions, pieces, regles, [(r.libelle, r.pk == premiere) for r in aiguillage])


def _faits_deduits(motif: Motif, portee: Portee, tapees: dict[str, Any]) -> dict[str, Any]:
    """Return what was typed with the facts that follow from it: a postal code gives its région."""
    fuseau = portee.prefecture.fuseau if portee.prefecture else settings.TIME_ZONE
    jour = date.fromisoformat(tapees["depose_le"]) if "depose_le" in tapees else aujourdhui(fuseau)
    deduits = faits(
        Personne(code_postal=tapees.get("code_postal", "")),
        motif=motif.code,
        prefecture=portee.prefecture.departement if portee.prefecture else "",
        canal="en_ligne",
        jour=jour,
        expire_le=expiration(motif.fenetre_depot, tapees),
    )
    return deduits | tapees


@dataclass(frozen=True)
class LigneHistorique:
    """One change.

    Args:
        modification: itself.
        objet: what was changed.
        details: field, before, after.
        annulable: whether it is the last change of its object.
    """

    modification: Modification
    objet: str
    details: list[tuple[str, str, str]]
    annulable: bool


MODELES: dict[str, tuple[type[Any], str]] = {
    "motif": (Motif, "Démarche"),
    "parametragemotif": (ParametrageMotif, "Paramètres de la démarche"),
    "piecerequise": (PieceRequise, "Pièce"),
    "parametragepiece": (ParametragePiece, "Pièce"),
    "question": (Question, "Question"),
    "parametragequestion": (ParametrageQuestion, "Question"),
    "regleeligibilite": (RegleEligibilite, "Règle d’éligibilité"),
    "regleaiguillage": (RegleAiguillage, "Règle d’aiguillage"),
    "reglemessages": (RegleMessages, "Messages et rappels"),
    "modelemessage": (ModeleMessage, "Texte d’un message"),
    "bascule": (Bascule, "Bascule"),
    "ancienneadresse": (AncienneAdresse, "Ancienne adresse"),
    "reglesignalements": (RegleSignalements, "Seuils des signalements"),
}
_NOMMES: dict[str, tuple[Any, str]] = {
    "motif_id": (Motif, "libelle_court"),
    "piece_requise_id": (PieceRequise, "libelle"),
    "question_id": (Question, "libelle"),
    "service_id": (Service, "nom"),
    "sites_ids": (Site, "nom"),
}
CHAMPS_TUS = frozenset({"id", "motif_id", "prefecture_id", "piece_requise_id", "question_id", "remplace_id", "ordre"})


def lignes_d_historique(modifications: Iterable[Modification]) -> list[LigneHistorique]:
    """Return the changes in words (a fixed number of queries, whatever their number)."""
    liste = list(modifications)
    noms, dates = _noms(liste), vocabulaire_des_dates()
    dernieres = {
        (modele, objet): pk
        for modele, objet, pk in Modification.objects.filter(
            modele__in={m.modele for m in liste}, objet_id__in={m.objet_id for m in liste}
        )
        .order_by("pk")
        .values_list("modele", "objet_id", "pk")
    }
    return [
        LigneHistorique(m, _objet(m, noms), _details(m, noms, dates), dernieres[m.modele, m.objet_id] == m.pk)
        for m in liste
    ]


def _ligne(m: Modification) -> dict[str, Any]:
    return dict(m.apres or m.avant or {})


def _noms(liste: list[Modification]) -> dict[str, dict[int, str]]:
    """Return the names of what the changes speak of, by column and identifier (one query a column)."""
    cites: dict[str, set[int]] = {}
    for ligne in [x for m in liste for x in (m.avant, m.apres) if x]:
        for colonne in _NOMMES:
            valeur = ligne.get(colonne)
            cites.setdefault(colonne, set()).update(valeur if isinstance(valeur, list) else filter(None, [valeur]))
    return {
        colonne: dict(modele.objects.filter(pk__in=cites.get(colonne, ())).order_by("pk").values_list("pk", champ))
        for colonne, (modele, champ) in _NOMMES.items()
    }


def _objet(m: Modification, noms: dict[str, dict[int, str]]) -> str:
    ligne = _ligne(m)
    cites = [noms[c][ligne[c]] for c in ("piece_requise_id", "question_id", "motif_id") if ligne.get(c) in noms[c]]
    etape = ETAPES.get(ligne.get("etape", ""))
    titres = [ligne.get("libelle_court"), ligne.get("libelle"), ligne.get("message"), etape.libelle if etape else ""]
    propre = next(filter(None, titres), "")
    dits = ", ".join(filter(None, [str(propre)[:80], *cites]))
    return " : ".join(filter(None, [MODELES[m.modele][1], dits]))


def _details(m: Modification, noms: dict[str, dict[int, str]], dates: Vocabulaire) -> list[tuple[str, str, str]]:
    avant, apres = m.avant or {}, m.apres or {}
    modele = MODELES[m.modele][0]
    changes = [c for c in _ligne(m) if c not in CHAMPS_TUS and avant.get(c) != apres.get(c)]
    if not changes and "ordre" in _ligne(m):
        changes = ["ordre"]
    dites = [(c, *(_dire_valeur(c, ligne, noms, dates) for ligne in (avant, apres))) for c in changes]
    return [(_nom_de_champ(modele, c), gauche, droite) for c, gauche, droite in dites if gauche != droite]


def _nom_de_champ(modele: type[Any], colonne: str) -> str:
    champ = next((f for f in modele._meta.concrete_fields if f.column == colonne), None)  # noqa: SLF001
    return str(champ.verbose_name) if champ else colonne


def _dire_valeur(champ: str, ligne: dict[str, Any], noms: dict[str, dict[int, str]], dates: Vocabulaire) -> str:
    valeur = ligne.get(champ)
    if valeur is None or valeur in ("", []):
        return "—"
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if champ in noms:
        cites = valeur if isinstance(valeur, list) else [valeur]
        return ", ".join(noms[champ].get(c, str(c)) for c in cites)
    return ecrire(valeur, dates) if champ == "condition" else str(valeur)


def local_de(motif: Motif, portee: Portee) -> ParametrageMotif | None:
    """Return the parameters of a motif that a préfecture has of its own."""
    if portee.prefecture is None:
        return None
    return ParametrageMotif.objects.filter(motif=motif, prefecture=portee.prefecture).first()


def motif_de_code(code: str) -> Motif | None:
    """Return a motif, in use or not, with its questions."""
    return Motif.objects.prefetch_related("questions").filter(code=code).first()


def noms_d_essai(motif: Motif) -> list[Nom]:
    """Return what the test bench asks for: questions, then facts, but for those that the page itself tells."""
    return [*map(nom_de, motif.questions.all()), *(f for f in FAITS if f.code not in {"motif", "prefecture"})]


def modifications(portee: Portee) -> Any:
    """Return the changes of a scope, the last first."""
    return Modification.objects.de(portee.pk)


def eligibilite_de(motif_id: int, portee: Portee, pk: int) -> RegleEligibilite | None:
    """Return a rule of eligibility of a scope."""
    return next((r for r in regles_du_motif(motif_id, portee.pk) if r.pk == pk), None)


def choix_d_aiguillage(prefecture: Prefecture) -> dict[str, list[Any]]:
    """Return what a rule of routing of a préfecture may choose."""
    return {
        "sites": list(prefecture.sites.exclude(genre=Site.Genre.MEDICAL).order_by("genre", "nom", "pk")),
        "services": list(prefecture.services.order_by("nom", "pk")),
        "motifs": list(Motif.objects.order_by("code")),
    }
