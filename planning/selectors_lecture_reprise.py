"""A file of the former booking module, read with the words of a préfecture: what each line is; nothing is written."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

from demandes.droits import Droit
from demandes.models import Agent, Prefecture, Site
from planipref.commun.champs import LOINTAINE, ChampCourriel, ChampDateNaissance, ChampNom, ChampTelephone, lire_date
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.tableur import Format, LigneLue, cle_de_colonne, lire_tableau
from planning.calculs.agenda_ics import ANNULE, est_un_agenda, lire_agenda
from planning.models import LigneReprise, MotifRepris, ReglagesReprise
from planning.selectors_deports_reprise import deportes_de
from planning.selectors_jugement_reprise import Candidat, Collision, juger

LIGNES_MAX = 5000
OCTETS_MAX = 900_000  # the confirmation sends the text back: below DATA_UPLOAD_MAX_MEMORY_SIZE
TEXTE_MAX = 200
REFERENCE_MAX = 80
# What a column holds, by our own name for it, which is also its heading as long as the préfecture names no other.
COLONNES: dict[str, str] = {
    "reference": "référence du rendez-vous",
    "date": "jour, ou jour et heure",
    "heure": "heure",
    "motif": "motif dans l’ancien module",
    "nom": "nom de famille",
    "prenoms": "prénoms",
    "date_naissance": "date de naissance",
    "courriel": "courriel",
    "telephone": "téléphone",
    "numero_etranger": "numéro étranger",
    "numero": "numéro de la demande",
    "etat": "état du rendez-vous",
}
OBLIGATOIRES = ("date", "motif")
FACULTATIVES = frozenset(COLONNES) - frozenset(OBLIGATOIRES)
ANNULES = frozenset({"annule", "annulee", "cancelled", "canceled", "supprime", "supprimee"})
AILLEURS = "Sur un site que vous ne planifiez pas."
# Birth dates that a file may give to what names a person. Namesakes have several; a number is of one person.
NAISSANCES_MAX = {"numero": 1, "numero_etranger": 1, "nom": 10}
NUMERO_DOUTEUX = "Ce numéro a plusieurs dates de naissance dans ce fichier : corrigez-les."
NOM_DOUTEUX = "Trop de dates de naissance pour ce nom et ce prénom : donnez le numéro de la demande."
_HEURE = re.compile(r"^(\d{1,2})\s*[h:H]\s*(\d{2})?(?::\d{2})?$")
# Rows that already stand for something: nothing moves them but an agent.
_TENUES = (LigneReprise.Etat.REPRISE, LigneReprise.Etat.COLLISION)


class Sort(StrEnum):
    """What becomes of a line."""

    NOUVELLE = "nouvelle"
    CHANGEE = "changee"
    DEPLACEE = "deplacee"
    DISPARUE = "disparue"
    INCHANGEE = "inchangee"
    IGNOREE = "ignoree"
    REFUSEE = "refusee"


@dataclass
class LigneDeReprise:
    """One line of the file, or an appointment that it holds no more (then `rang` is 0).

    Args:
        rang: its number in the file, the headings of a CSV being line 1.
        texte: the line as written.
        sort: what becomes of it.
        raison: why it is refused, or ignored.
        reference: what names it from one file to the next.
        candidat: who comes, when and for what, and what stands in the way; None when it could not be read.
        connue: what is known of it already.
        motif_inconnu: what it comes for, when that has no sense here.
        deportee: whether a déport of who gives the file aims at its person: a colleague sees to it.
    """

    rang: int
    texte: str
    sort: Sort = Sort.REFUSEE
    raison: str = ""
    reference: str = ""
    candidat: Candidat | None = None
    connue: LigneReprise | None = None
    motif_inconnu: str = ""
    deportee: bool = False

    def devient(self, sort: Sort, raison: str = "") -> None:
        """Say what becomes of it, and why."""
        self.sort, self.raison = sort, raison


@dataclass(frozen=True)
class LectureReprise:
    """A file as it was read.

    Args:
        lignes: in the order of the file, then the appointments that it holds no more.
    """

    lignes: list[LigneDeReprise]

    def de(self, *sorts: Sort) -> list[LigneDeReprise]:
        """Lines of some sorts."""
        return [ligne for ligne in self.lignes if ligne.sort in sorts]

    @property
    def comptes(self) -> dict[str, int]:
        """How many lines of each sort."""
        comptes = Counter(ligne.sort for ligne in self.lignes)
        return {f"{sort}s": comptes[sort] for sort in Sort}

    @property
    def collisions(self) -> list[LigneDeReprise]:
        """New lines that something stands in the way of."""
        neuves = self.de(Sort.NOUVELLE, Sort.CHANGEE)
        return [ligne for ligne in neuves if ligne.candidat is not None and ligne.candidat.collision]

    @property
    def bonnes(self) -> int:
        """How many new lines nothing stands in the way of."""
        return len(self.de(Sort.NOUVELLE, Sort.CHANGEE)) - len(self.collisions)

    @property
    def trouvees(self) -> list[int]:
        """Identifiers of the demandes that the lines were compared with, those of which nothing is said too."""
        return sorted({pk for ligne in self.lignes if ligne.candidat for pk in ligne.candidat.trouvees})

    @property
    def motifs_inconnus(self) -> list[tuple[str, int]]:
        """What lines come for that has no sense here yet, with how many, the most frequent first."""
        return Counter(x.motif_inconnu for x in self.lignes if x.motif_inconnu).most_common()

    @property
    def a_ecrire(self) -> int:
        """How many lines change something."""
        return len(self.de(Sort.NOUVELLE, Sort.CHANGEE, Sort.DEPLACEE, Sort.DISPARUE))


def reglages_de(prefecture: Prefecture) -> ReglagesReprise:
    """Return the words of a préfecture, those by default when it has none."""
    return ReglagesReprise.objects.filter(prefecture=prefecture).first() or ReglagesReprise(prefecture=prefecture)


def cle_de_motif(texte: str) -> str:
    """Return what tells one object of the former module from another: no accents, no capitals."""
    return cle_de_colonne(texte)


def lire_reprise(prefecture: Prefecture, contenu: str, *, agent: Agent, maintenant: datetime) -> LectureReprise:
    """Read every line, and say what it would change (a fixed number of queries, whatever the size).

    Args:
        prefecture: where.
        contenu: text of the file, CSV or ICS.
        agent: who gives it; the lines of a site that they do not plan are refused.
        maintenant: instant.

    Raises:
        ErreurMetier: see `planipref.commun.tableur.lire_tableau`.
    """
    return _Lecture(prefecture, agent, maintenant).lue(contenu)


class _Lecture:
    """One reading of a file."""

    def __init__(self, prefecture: Prefecture, agent: Agent, maintenant: datetime) -> None:
        self.prefecture, self.agent, self.maintenant = prefecture, agent, maintenant
        sites = Site.objects.visibles_par(agent, Droit.PLANIFIER).order_by("pk")
        self.sites = set(sites.values_list("pk", flat=True))
        self.deportes = deportes_de(agent.deports_tenus, prefecture)
        self.reglages = reglages_de(prefecture)
        self.zone = ZoneInfo(prefecture.fuseau)
        self.noms = {c: cle_de_colonne(self.reglages.colonnes.get(c, c)) for c in COLONNES}
        connus = MotifRepris.objects.filter(prefecture=prefecture).select_related("motif", "file__site").order_by("pk")
        self.motifs = {cle_de_motif(m.libelle): m for m in connus}
        self.annulees: set[str] = set()

    def lue(self, contenu: str) -> LectureReprise:
        """Read a file."""
        lignes = []
        for brute, cellules in self._cellules(contenu):
            texte = brute.texte if len(brute.texte) <= TEXTE_MAX else f"{brute.texte[:TEXTE_MAX]}…"
            ligne = LigneDeReprise(brute.rang, texte, reference=self._reference(cellules))
            lignes.append(ligne)
            try:
                self._lire(ligne, cellules)
            except ValueError as erreur:
                ligne.raison = str(erreur)
        _refuser_les_essais(lignes)
        return LectureReprise([*lignes, *self._comparer(lignes)])

    def _cellules(self, contenu: str) -> Iterable[tuple[LigneLue, dict[str, str]]]:
        if not est_un_agenda(contenu):
            attendu = Format(
                {nom for nom in self.noms.values() if nom},
                frozenset(self.noms[c] for c in FACULTATIVES),
                OCTETS_MAX,
                LIGNES_MAX,
                "rendez-vous",
                "aucun rendez-vous",
            )
            for lue in lire_tableau(contenu, attendu):
                yield lue, {c: lue.cellules.get(nom, "") if nom else "" for c, nom in self.noms.items()}
            return
        try:
            evenements = lire_agenda(contenu, self.prefecture.fuseau)
        except ValueError:
            raise ErreurMetier("fichier_illisible", "Ce fichier n’est pas un agenda ICS.", champ="fichier") from None
        if not evenements or len(evenements) > LIGNES_MAX:
            message = f"De 1 à {LIGNES_MAX} rendez-vous : ce fichier en a {len(evenements)}."
            raise ErreurMetier("trop_de_lignes", message, champ="fichier")
        for rang, dits in enumerate(evenements, start=1):
            par_titre = {cle_de_colonne(titre): valeur for titre, valeur in dits.items()}
            cellules = {
                c: par_titre.get(nom) or par_titre.get(c) or par_titre.get(cle_de_colonne(COLONNES[c]), "")
                for c, nom in self.noms.items()
            }
            yield LigneLue(rang, par_titre, " ; ".join(dits.values())), cellules

    # A line by itself

    def _lire(self, ligne: LigneDeReprise, cellules: dict[str, str]) -> None:
        """Read a line.

        Raises:
            ValueError: with the sentence shown.
        """
        if cle_de_colonne(cellules["etat"] or "") in ANNULES or cellules["etat"] == ANNULE:
            self.annulees.add(ligne.reference)
            return ligne.devient(Sort.IGNOREE, "Annulé dans l’ancien module.")
        fautes: list[str] = []
        debut = self._debut(cellules, fautes)
        repris = self._motif(ligne, cellules, fautes)
        personne = _personne(cellules, fautes)
        if debut is None or repris is None or fautes:
            raise ValueError(" ".join(fautes))
        ligne.candidat = Candidat(debut, repris.motif, repris.file, personne)
        return ligne.devient(Sort.NOUVELLE)

    def _motif(self, ligne: LigneDeReprise, cellules: dict[str, str], fautes: list[str]) -> MotifRepris | None:
        repris = self.motifs.get(cle_de_motif(cellules["motif"]))
        if repris is None:
            ligne.motif_inconnu = cellules["motif"][:TEXTE_MAX]
            fautes.append("Ce motif n’a pas de sens ici : ajoutez-le aux correspondances.")
        elif repris.file.site.genre == Site.Genre.MEDICAL:
            fautes.append("Ce motif mène à un lieu d’examen médical : changez sa file dans les correspondances.")
        elif repris.file.site_id not in self.sites:
            fautes.append(AILLEURS)
        return repris

    def _debut(self, cellules: dict[str, str], fautes: list[str]) -> datetime | None:
        jour, _, reste = cellules["date"].replace("T", " ").strip().partition(" ")
        lue, heure = lire_date(jour), _HEURE.match(cellules["heure"].strip() or reste.strip())
        if lue is None or lue.annee > LOINTAINE.year:
            fautes.append("La date s’écrit JJ/MM/AAAA.")
        if heure is None:
            fautes.append("L’heure s’écrit 09:30 ou 9h30.")
        if lue is None or lue.annee > LOINTAINE.year or heure is None:
            return None
        try:
            quand = datetime.combine(date(*lue), time(int(heure[1]), int(heure[2] or 0)), tzinfo=self.zone)
        except ValueError:
            fautes.append("Cette date ou cette heure n’existe pas.")
            return None
        if quand.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) != quand.replace(tzinfo=None):
            fautes.append("Cette heure n’existe pas ce jour-là : l’heure change.")
        return quand.astimezone(UTC)

    def _reference(self, cellules: dict[str, str]) -> str:
        """Return what names the appointment from one file to the next; what it says, when the module gives no name."""
        dite = cellules["reference"]
        if not dite:
            parties = ("date", "heure", "motif", "nom", "prenoms", "date_naissance", "numero")
            dite = "=" + sha256("\0".join(cellules[c] for c in parties).encode()).hexdigest()
        return dite if len(dite) <= REFERENCE_MAX else sha256(dite.encode()).hexdigest()

    # The lines beside what is known

    def _comparer(self, lignes: list[LigneDeReprise]) -> list[LigneDeReprise]:
        """Say what becomes of each line; return the appointments that the file holds no more."""
        connues = {
            x.reference: x
            for x in LigneReprise.objects.filter(
                prefecture=self.prefecture, reference__in={x.reference for x in lignes}
            ).select_related("rendez_vous", "file")
        }
        vues: dict[str, int] = {}
        for ligne in lignes:
            if ligne.candidat is None:
                continue
            premier = vues.setdefault(ligne.reference, ligne.rang)
            if premier != ligne.rang:
                ligne.devient(Sort.REFUSEE, f"La ligne {premier} porte la même référence.")
            elif (connue := connues.get(ligne.reference)) is not None:
                self._comparer_une(ligne, connue)
        self._deporter(lignes)
        attendues = [x for x in lignes if x.sort is Sort.NOUVELLE or (x.sort is Sort.CHANGEE and not _est_prise(x))]
        neuves = [x.candidat for x in attendues if x.candidat is not None and not x.deportee]
        juger(self.prefecture, neuves, agent=self.agent, maintenant=self.maintenant)
        return self._disparues(lignes)

    def _comparer_une(self, ligne: LigneDeReprise, connue: LigneReprise) -> None:
        if connue.file.site_id in self.sites:
            return comparer_une(ligne, connue)
        ligne.candidat = None
        return ligne.devient(Sort.REFUSEE, AILLEURS)

    def _deporter(self, lignes: Iterable[LigneDeReprise]) -> None:
        """Mark the lines of persons whom who gives the file must not handle: nothing is looked for about them."""
        siennes = {d.pk for d in self.deportes.demandes}
        for ligne in lignes:
            connue, candidat = ligne.connue, ligne.candidat
            de_la_connue = connue is not None and (
                connue.demande_id in siennes or self.deportes.vise(connue.personne, connue.motif_id)
            )
            nommee = candidat is not None and self.deportes.vise(candidat.personne, candidat.motif.pk)
            ligne.deportee = de_la_connue or nommee
            if ligne.deportee and candidat is not None:
                candidat.collision = Collision.DROIT

    def _disparues(self, lignes: list[LigneDeReprise]) -> list[LigneDeReprise]:
        """Return what is taken over, or about to be, that the file cancels; or holds no more, if it should hold all."""
        siennes = LigneReprise.objects.filter(prefecture=self.prefecture, file__site__in=self.sites)
        a_venir = siennes.filter(debut__gt=self.maintenant).filter(
            etat__in=[*_TENUES, LigneReprise.Etat.ATTENTE], raison=""
        )
        if not self.reglages.complet:
            a_venir = a_venir.filter(reference__in=self.annulees)
        presentes = {x.reference for x in lignes} - self.annulees
        disparues = [
            LigneDeReprise(0, "", Sort.DISPARUE, str(Collision.DISPARUE.label), x.reference, connue=x)
            for x in a_venir.select_related("rendez_vous", "motif").order_by("debut", "pk")
            if x.reference not in presentes and est_attendue(x)
        ]
        self._deporter(disparues)
        return disparues


def _refuser_les_essais(lignes: Iterable[LigneDeReprise]) -> None:
    """Refuse the lines of a number that the file gives several birth dates, or of a name that it gives many.

    A file that tries dates would tell which is the right one: every line of it says the same, and none is looked for.
    """
    lues = [(ligne, ligne.candidat) for ligne in lignes if ligne.candidat is not None]
    dates: dict[tuple[str, str], set[str]] = defaultdict(set)
    for _, candidat in lues:
        for dit in _dits(candidat):
            dates[dit] |= {candidat.personne.get("date_naissance", "")} - {""}
    for ligne, candidat in lues:
        sortes = [sorte for sorte, dit in _dits(candidat) if len(dates[sorte, dit]) > NAISSANCES_MAX[sorte]]
        if sortes:
            ligne.candidat = None
            ligne.devient(Sort.REFUSEE, NOM_DOUTEUX if sortes == ["nom"] else NUMERO_DOUTEUX)


def _dits(candidat: Candidat) -> list[tuple[str, str]]:
    """Return what a line is looked for by: kind, and value."""
    personne = candidat.personne
    if "numero" in personne:
        return [("numero", personne["numero"])]
    nom = candidat.cle.rpartition("|")[0]  # the last part is the year of birth
    dits = [("numero_etranger", personne.get("numero_etranger", "")), ("nom", nom)]
    return [(sorte, dit) for sorte, dit in dits if dit]


def est_attendue(connue: LigneReprise) -> bool:
    """Say whether an agent is asked what to do of a line that the file holds no more: nobody said it yet."""
    dite = connue.etat == LigneReprise.Etat.ECARTEE or connue.raison or connue.collision == Collision.DISPARUE
    return not dite and (connue.rendez_vous is None or connue.rendez_vous.etat == "pris")


def _est_prise(ligne: LigneDeReprise) -> bool:
    return ligne.connue is not None and ligne.connue.rendez_vous is not None


def comparer_une(ligne: LigneDeReprise, connue: LigneReprise) -> None:
    """Say what becomes of a line known already."""
    ligne.connue = connue
    candidat = ligne.candidat
    if candidat is None:
        return None
    pareille = candidat.debut in (connue.debut, connue.debut_nouveau)
    if connue.rendez_vous is not None:
        if pareille and connue.collision == Collision.DISPARUE:
            return ligne.devient(Sort.CHANGEE, "De nouveau dans le fichier.")
        if pareille or connue.rendez_vous.etat != "pris":  # cancelled or moved here since: what is here holds
            return ligne.devient(Sort.INCHANGEE)
        return ligne.devient(Sort.DEPLACEE, "Déplacé dans l’ancien module.")
    dite = (candidat.motif.pk, candidat.file.pk, candidat.personne)
    meme = pareille and dite == (connue.motif_id, connue.file_id, connue.personne)
    if connue.etat == LigneReprise.Etat.ECARTEE or (meme and connue.collision != Collision.DISPARUE):
        return ligne.devient(Sort.INCHANGEE)
    return ligne.devient(Sort.CHANGEE)


@dataclass(frozen=True)
class _Champs:
    """How each cell about a person is read."""

    nom: ChampNom = field(default_factory=lambda: ChampNom(required=False))
    prenoms: ChampNom = field(default_factory=lambda: ChampNom(required=False, max_length=150))
    date_naissance: ChampDateNaissance = field(default_factory=lambda: ChampDateNaissance(required=False))
    courriel: ChampCourriel = field(default_factory=lambda: ChampCourriel(required=False, max_length=254))
    telephone: ChampTelephone = field(default_factory=lambda: ChampTelephone(required=False))


def _personne(cellules: dict[str, str], fautes: list[str]) -> dict[str, str]:
    """Return what a line says of the person, nothing more; what cannot be read is added to the faults."""
    lus = {}
    for nom, champ in vars(_Champs()).items():
        try:
            lus[nom] = champ.clean(cellules[nom])
        except ValidationError as erreur:
            fautes.append(f"{COLONNES[nom].capitalize()} : {' '.join(erreur.messages)}")
    etranger = re.sub(r"\D", "", cellules["numero_etranger"])
    if etranger and not re.fullmatch(r"\d{9,10}", etranger):
        fautes.append("Le numéro étranger compte 10 chiffres (9 sur d’anciens titres).")
    lus |= {"numero_etranger": etranger, "numero": cellules["numero"].upper()[:16]}
    return {c: v for c, v in lus.items() if v}
