"""A leave file of CASPER, read with the words of a préfecture: what each line would change; nothing is written here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256

from django.db.models import Q
from psycopg.types.range import TimestamptzRange

from demandes.models import Agent, Prefecture
from planipref.commun.champs import LOINTAINE, lire_date
from planipref.commun.tableur import Format, cle_de_colonne, lire_objets, lire_tableau
from planning.calculs.demi_journees import instants
from planning.models import Absence, Affectation, AgentCasper, CodeCasper, ReglagesCasper

LIGNES_MAX = 5000
OCTETS_MAX = 900_000  # the confirmation sends the text back: below DATA_UPLOAD_MAX_MEMORY_SIZE
# What a column holds, by our own name for it, which is also its heading as long as the préfecture names no other.
COLONNES: dict[str, str] = {
    "agent": "identifiant de l’agent",
    "code": "code de l’absence",
    "debut": "premier jour",
    "fin": "dernier jour, compris",
    "partie_debut": "demi-journée du premier jour",
    "partie_fin": "demi-journée du dernier jour",
    "reference": "référence de l’absence",
    "etat": "état de l’absence",
}
FACULTATIVES = frozenset({"partie_debut", "partie_fin", "reference", "etat"})
IGNORER = ""  # what a code that keeps nobody away is mapped to
TEXTE_MAX = 200
REFERENCE_MAX = 80


class Sort(StrEnum):
    """What becomes of a line."""

    NOUVELLE = "nouvelle"
    CHANGEE = "changee"
    INCHANGEE = "inchangee"
    RETIREE = "retiree"
    IGNOREE = "ignoree"
    REFUSEE = "refusee"


@dataclass
class LigneCasper:
    """One line of the file, or an absence that it holds no more (then `rang` is 0).

    Args:
        rang: its number in the file, the headings of a CSV being line 1.
        texte: the line as written.
        sort: what becomes of it.
        raison: why it is refused, ignored or taken away.
        absence: what would be written, or taken away.
        avant: the period before, of one that changes.
        inconnu: whether it is refused because nobody here bears its identifier.
        liberes: posts given up, once written.
    """

    rang: int
    texte: str
    sort: Sort = Sort.REFUSEE
    raison: str = ""
    absence: Absence | None = None
    avant: TimestamptzRange | None = None
    inconnu: bool = False
    liberes: int = 0

    def devient(self, sort: Sort, raison: str = "") -> None:
        """Say what becomes of it, and why."""
        self.sort, self.raison = sort, raison

    @property
    def a_ecrire(self) -> bool:
        """Whether it changes something."""
        return self.sort in (Sort.NOUVELLE, Sort.CHANGEE, Sort.RETIREE)


@dataclass(frozen=True)
class LectureCasper:
    """A file as it was read.

    Args:
        lignes: in the order of the file, then the absences that it holds no more.
        reglages: words of the préfecture.
    """

    lignes: list[LigneCasper]
    reglages: ReglagesCasper

    def de(self, *sorts: Sort) -> list[LigneCasper]:
        """Lines of some sorts."""
        return [ligne for ligne in self.lignes if ligne.sort in sorts]

    @property
    def comptes(self) -> dict[str, int]:
        """How many lines of each sort."""
        comptes = Counter(ligne.sort for ligne in self.lignes)
        return {f"{sort}s": comptes[sort] for sort in Sort}


@dataclass(frozen=True)
class _Lu:
    """What a line says, before it is compared with what is known; `nommee` when CASPER gives its reference."""

    ligne: LigneCasper
    reference: str
    nommee: bool
    agent: Agent
    genre: str
    debut: datetime
    fin: datetime
    annulee: bool


@dataclass(frozen=True)
class _Illisible:
    """What is known of a line that is refused: enough not to believe that its absence is gone."""

    reference: str
    nommee: bool
    agent: Agent | None
    bornes: tuple[datetime, datetime] | None


def reglages_de(prefecture: Prefecture) -> ReglagesCasper:
    """Return the words of a préfecture, those by default when it has none."""
    return ReglagesCasper.objects.filter(prefecture=prefecture).first() or ReglagesCasper(prefecture=prefecture)


def lire_casper(prefecture: Prefecture, contenu: str, *, maintenant: datetime) -> LectureCasper:
    """Read every line, and say what it would change (seven queries, whatever the size).

    Args:
        prefecture: whose agents.
        contenu: text of the file, CSV or JSON.
        maintenant: instant.

    Raises:
        ErreurMetier: see `planipref.commun.tableur.lire_tableau`.
    """
    return _Lecture(prefecture, maintenant).lue(contenu)


def cle_de_mot(texte: str) -> str:
    """Return an identifier, a code or a word as it is compared: no accents, no capitals."""
    return cle_de_colonne(texte)


class _Lecture:
    """One reading of a file."""

    def __init__(self, prefecture: Prefecture, maintenant: datetime) -> None:
        self.prefecture, self.maintenant = prefecture, maintenant
        self.reglages = reglages_de(prefecture)
        self.noms = {c: cle_de_colonne(self.reglages.colonnes.get(c) or c) for c in COLONNES}
        self.matin, self.apres_midi, self.annules = (
            {cle_de_mot(m) for m in re.split(r"[,;]", mots) if m.strip()}
            for mots in (self.reglages.mots_matin, self.reglages.mots_apres_midi, self.reglages.mots_annules)
        )
        self.agents = _agents(prefecture)
        self.codes: dict[str, str] = {genre.value: genre.value for genre in Absence.Genre}
        connus = CodeCasper.objects.filter(prefecture=prefecture).order_by("pk").values_list("code", "genre")
        self.codes |= {cle_de_mot(code): genre for code, genre in connus}

    def lue(self, contenu: str) -> LectureCasper:
        """Read a file."""
        facultatives = frozenset(self.noms[c] for c in FACULTATIVES)
        attendu = Format(self.noms.values(), facultatives, OCTETS_MAX, LIGNES_MAX, "absences", "aucune absence")
        lire = lire_objets if contenu.lstrip()[:1] in ("[", "{") else lire_tableau
        lignes, lus, illisibles = [], [], []
        for lue in lire(contenu, attendu):
            texte = lue.texte if len(lue.texte) <= TEXTE_MAX else f"{lue.texte[:TEXTE_MAX]}…"
            ligne = LigneCasper(lue.rang, texte)
            lignes.append(ligne)
            cellules = {c: lue.cellules.get(nom, "") for c, nom in self.noms.items()}
            try:
                lus.append(self._ligne(ligne, cellules))
            except ValueError as erreur:
                ligne.raison = str(erreur)
                illisibles.append(self._illisible(cellules))
        lignes += self._comparer(lus, illisibles)
        return LectureCasper(lignes, self.reglages)

    # A line by itself

    def _ligne(self, ligne: LigneCasper, cellules: dict[str, str]) -> _Lu:
        """Read a line.

        Raises:
            ValueError: with the sentence shown.
        """
        agent = self.agents.get(cle_de_mot(cellules["agent"]))
        if agent is None:
            ligne.inconnu = True
            raise ValueError("Aucun agent de la préfecture n’a cet identifiant.")
        genre = self.codes.get(cle_de_mot(cellules["code"]))
        if genre is None:
            raise ValueError("Ce code d’absence n’a pas de sens ici : ajoutez-le aux correspondances.")
        annulee = cle_de_mot(cellules["etat"]) in self.annules if cellules["etat"] else False
        nommee = bool(cellules["reference"])
        return _Lu(ligne, self._reference(cellules), nommee, agent, genre, *self._periode(cellules), annulee)

    def _illisible(self, cellules: dict[str, str]) -> _Illisible:
        """Return what a refused line says all the same; whole days, since its half-days may be what is wrong."""
        try:
            du, au = _jour(cellules["debut"], "debut"), _jour(cellules["fin"], "fin")
        except ValueError:
            bornes = None
        else:
            fuseau = self.prefecture.fuseau
            bornes = instants(min(du, au), max(du, au), depuis_midi=False, jusqu_a_midi=False, fuseau=fuseau)
        agent = self.agents.get(cle_de_mot(cellules["agent"]))
        return _Illisible(self._reference(cellules), bool(cellules["reference"]), agent, bornes)

    def _periode(self, cellules: dict[str, str]) -> tuple[datetime, datetime]:
        du, au = _jour(cellules["debut"], "debut"), _jour(cellules["fin"], "fin")
        if au < du:
            raise ValueError("Le dernier jour vient avant le premier.")
        premiere, derniere = (self._moitie(cellules[c]) for c in ("partie_debut", "partie_fin"))
        if not cellules["partie_fin"] and du == au:
            derniere = premiere  # one column for both: half a day of that day
        if (du == au and (premiere, derniere) == ("apres_midi", "matin")) or (
            du < au and (premiere == "matin" and not cellules["partie_fin"])
        ):
            raise ValueError("Ces demi-journées ne vont pas avec ces jours.")
        return instants(
            du,
            au,
            depuis_midi=premiere == "apres_midi",
            jusqu_a_midi=derniere == "matin",
            fuseau=self.prefecture.fuseau,
        )

    def _moitie(self, mot: str) -> str:
        if not mot or cle_de_mot(mot) in ("j", "jour", "journee"):
            return ""
        if cle_de_mot(mot) in self.matin:
            return "matin"
        if cle_de_mot(mot) in self.apres_midi:
            return "apres_midi"
        raise ValueError("Ce mot pour une demi-journée n’a pas de sens ici : ajoutez-le aux correspondances.")

    def _reference(self, cellules: dict[str, str]) -> str:
        """Return what names the absence from one file to the next; what it says, when CASPER gives it no name."""
        dite = cellules["reference"]
        if not dite:
            parties = ("agent", "code", "debut", "fin", "partie_debut", "partie_fin")
            dite = "=" + sha256("\0".join(cellules[c] for c in parties).encode()).hexdigest()[:32]
        if len(dite) > REFERENCE_MAX - 4:  # beside the département
            dite = sha256(dite.encode()).hexdigest()
        return f"{self.prefecture.departement}:{dite}"

    # The lines beside what is known

    def _comparer(self, lus: list[_Lu], illisibles: list[_Illisible]) -> list[LigneCasper]:
        """Say what becomes of each line; return the absences that the file holds no more, when it should hold all."""
        lus = list(_sans_doubles(lus))
        importees = Absence.objects.filter(source=Absence.Source.CASPER).select_related("agent").order_by("pk")
        connues = {a.reference: a for a in importees.filter(reference__in=[lu.reference for lu in lus])}
        disparues = self._disparues(lus, illisibles)
        partent = {a.pk for a in connues.values()} | {d.absence.pk for d in disparues if d.absence}
        tenues = self._tenues(lus)
        autres: dict[int, list[Absence]] = {}
        for absence in Absence.objects.filter(self._vers(lus)).exclude(pk__in=partent).order_by("pk"):
            autres.setdefault(absence.agent_id, []).append(absence)
        for lu in lus:
            self._juger(lu, connues.get(lu.reference), autres.setdefault(lu.agent.pk, []), tenues)
        muets = {lu.agent.pk for lu in lus if lu.ligne.sort is Sort.REFUSEE and not lu.nommee}
        return [d for d in disparues if d.absence and d.absence.agent_id not in muets]

    def _juger(
        self, lu: _Lu, connue: Absence | None, autres: list[Absence], tenues: dict[int, list[tuple[datetime, datetime]]]
    ) -> None:
        """Say what becomes of a line, beside the other absences of its agent."""
        if pourquoi := self._sans_effet(lu, connue):
            lu.ligne.absence = connue
            return lu.ligne.devient(Sort.RETIREE if connue else Sort.IGNOREE, pourquoi)
        debut = _apres(lu, tenues.get(lu.agent.pk, []))
        if debut >= lu.fin:
            return lu.ligne.devient(Sort.REFUSEE, "L’agent tient, jusqu’à la fin de cette absence, un poste commencé.")
        pendant = TimestamptzRange(debut, lu.fin)
        croisees = [a for a in autres if a.pendant.lower < lu.fin and a.pendant.upper > debut]
        meme = next((a for a in croisees if a.pk and a.pendant == pendant and a.source == Absence.Source.SAISIE), None)
        if any(a is not meme for a in croisees):
            return lu.ligne.devient(Sort.REFUSEE, "Une autre absence de cet agent couvre déjà une partie de ces dates.")
        return self._ecrire(lu, connue or meme, pendant, autres)

    def _sans_effet(self, lu: _Lu, connue: Absence | None) -> str:
        """Say why a line keeps nobody away; empty when it does."""
        if lu.annulee:
            return "Annulée dans CASPER."
        if lu.genre == IGNORER:
            return "Ce code n’est pas une absence."
        return "Déjà passée." if connue is None and lu.fin <= self.maintenant else ""

    def _ecrire(self, lu: _Lu, connue: Absence | None, pendant: TimestamptzRange, autres: list[Absence]) -> None:
        """Prepare what a line writes: a new absence, or one known, the same typed by hand before included."""
        absence = connue or Absence(agent=lu.agent)
        voulu = (lu.agent.pk, lu.genre, pendant, Absence.Source.CASPER, lu.reference)
        if connue is None:
            lu.ligne.devient(Sort.NOUVELLE)
        elif (connue.agent_id, connue.genre, connue.pendant, connue.source, connue.reference) == voulu:
            lu.ligne.devient(Sort.INCHANGEE)
        else:
            lu.ligne.avant = connue.pendant
            lu.ligne.devient(Sort.CHANGEE, _pourquoi_changee(connue, lu.agent))
        absence.agent, absence.genre, absence.pendant = lu.agent, lu.genre, pendant
        absence.source, absence.reference = Absence.Source.CASPER, lu.reference
        lu.ligne.absence = absence
        autres.append(absence)

    def _disparues(self, lus: list[_Lu], illisibles: list[_Illisible]) -> list[LigneCasper]:
        """Return the absences to come, of the period of the file, that it holds no more; only if it should hold all.

        A line that is refused still holds its absence; without a reference it may be any of its agent's, of anybody
        when nobody here bears its identifier.
        """
        bornes = [(lu.debut, lu.fin) for lu in lus]
        bornes += [i.bornes for i in illisibles if i.bornes is not None and i.agent is not None]
        muettes = [i.agent for i in illisibles if not i.nommee]
        if not self.reglages.complet or not bornes or None in muettes:
            return []
        du, au = min(debut for debut, _ in bornes), max(fin for _, fin in bornes)
        a_nous = Absence.objects.filter(
            source=Absence.Source.CASPER,
            agent__in=self.agents.values(),
            reference__startswith=f"{self.prefecture.departement}:",
            pendant__overlap=TimestamptzRange(max(du, self.maintenant), max(au, self.maintenant)),
        ).exclude(reference__in=[lu.reference for lu in lus] + [i.reference for i in illisibles])
        return [
            LigneCasper(0, "", Sort.RETIREE, "Elle n’est plus dans le fichier.", absence)
            for absence in a_nous.exclude(agent__in=muettes).select_related("agent").order_by("agent", "pendant", "pk")
        ]

    def _vers(self, lus: list[_Lu]) -> Q:
        """Which absences a file might cross."""
        if not lus:
            return Q(pk__in=[])
        entiere = TimestamptzRange(min(lu.debut for lu in lus), max(lu.fin for lu in lus))
        return Q(agent__in={lu.agent.pk for lu in lus}, pendant__overlap=entiere)

    def _tenues(self, lus: list[_Lu]) -> dict[int, list[tuple[datetime, datetime]]]:
        """Posts that have begun, by agent, as far back as the file goes."""
        if not lus:
            return {}
        debut = min(lu.debut for lu in lus)
        postes = Affectation.objects.filter(
            agent__in={lu.agent.pk for lu in lus}, pendant__startswith__lte=self.maintenant, pendant__endswith__gt=debut
        )
        tenues: dict[int, list[tuple[datetime, datetime]]] = {}
        for agent, pendant in postes.order_by("pk").values_list("agent", "pendant"):
            tenues.setdefault(agent, []).append((pendant.lower, pendant.upper))
        return tenues


def _agents(prefecture: Prefecture) -> dict[str, Agent]:
    """Agents who work in a préfecture, by what CASPER calls them, else by their login (two queries)."""
    presents = {a.pk: a for a in Agent.objects.de_la_prefecture(prefecture.pk).order_by("pk")}
    par_nom = {cle_de_mot(a.username): a for a in presents.values()}
    nommes = AgentCasper.objects.filter(prefecture=prefecture, agent__in=presents).order_by("pk")
    return par_nom | {cle_de_mot(n): presents[pk] for n, pk in nommes.values_list("identifiant", "agent")}


def _jour(texte: str, colonne: str) -> date:
    """Read a day; a time of day written after it counts for nothing.

    Raises:
        ValueError: with the sentence shown.
    """
    lue = lire_date(re.sub(r"[T ]\d\d?:\d\d.*$", "", texte.strip()))
    if lue is None:
        raise ValueError(f"{colonne} : la date s’écrit JJ/MM/AAAA.")
    if lue.annee > LOINTAINE.year:
        raise ValueError(f"{colonne} : cette date est trop lointaine.")
    try:
        return date(lue.annee, lue.mois, lue.jour)
    except ValueError:
        raise ValueError(f"{colonne} : cette date n’existe pas.") from None


def _sans_doubles(lus: Iterable[_Lu]) -> Iterator[_Lu]:
    """Refuse a line whose absence stands higher in the file."""
    rangs: dict[str, int] = {}
    for lu in lus:
        premier = rangs.setdefault(lu.reference, lu.ligne.rang)
        if premier == lu.ligne.rang:
            yield lu
        else:
            lu.ligne.devient(Sort.REFUSEE, f"La ligne {premier} parle déjà de cette absence.")


def _pourquoi_changee(connue: Absence, agent: Agent) -> str:
    """Say what changes, besides the dates and the kind."""
    if connue.agent_id != agent.pk:
        return f"Elle était celle de {connue.agent}."
    return "Déjà saisie à la main." if connue.source != Absence.Source.CASPER else ""


def _apres(lu: _Lu, tenues: Iterable[tuple[datetime, datetime]]) -> datetime:
    """Return when the absence of a line begins: after the posts that have begun."""
    return max([lu.debut, *(fin for debut, fin in tenues if debut < lu.fin and fin > lu.debut)])
