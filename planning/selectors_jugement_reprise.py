"""What stands in the way of an appointment of the former module: hour, person, demande; nothing is written here."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from demandes.calculs.noms import cle_de_nom
from demandes.cycle import EN_COURS, PAR_NOM, Etat
from demandes.models import Agent, Demande, Motif, Prefecture, Usager
from planning.calculs.creneaux import nombre_de_creneaux
from planning.models import Creneau, FileGuichet, LigneReprise, RendezVous
from planning.selectors import minutes_au_guichet
from planning.selectors_horaires import JoursFermes

Collision = LigneReprise.Collision
AUTOUR = timedelta(days=31)  # where another slot is looked for
# States in which an appointment may be given at once.
CONVOCABLES = (Etat.DEPOSEE, Etat.COMPLETE, Etat.CONVOQUEE, Etat.A_REMETTRE)
IDENTITE = ("nom", "prenoms", "date_naissance")


@dataclass
class Candidat:
    """An appointment that would be taken here.

    Args:
        debut: when.
        motif: what for.
        file: where, with its site.
        personne: what the file says of who comes.
        collision: what stands in the way; empty when nothing does.
        demande: theirs, when there is one for certain.
        creneau: slot of that hour.
        proche: nearest slot free, when that one is not.
        trouvees: identifiers of the demandes found under this identity, even those of which nothing is said: that
            they were looked for goes in the journal of each.
    """

    debut: datetime
    motif: Motif
    file: FileGuichet
    personne: dict[str, str]
    collision: str = ""
    demande: Demande | None = None
    creneau: Creneau | None = None
    proche: Creneau | None = None
    trouvees: list[int] = field(default_factory=list)

    @property
    def cle(self) -> str:
        """What tells this person from another, as `Usager.cle_identite`; empty when the file does not say enough."""
        nom, prenoms, naissance = (self.personne.get(c, "") for c in IDENTITE)
        if not (nom and prenoms and naissance):
            return ""
        premier = prenoms.strip().replace("-", " ").split(" ")[0]
        return f"{cle_de_nom(nom)}|{cle_de_nom(premier)}|{naissance[:4]}"

    @property
    def qui(self) -> str:
        """What two lines of the same person share."""
        naissance = self.personne.get("date_naissance", "")
        return self.personne.get("numero") or (self.cle and f"{self.cle}|{naissance}")

    @property
    def libelle(self) -> str:
        """What stands in the way, in words."""
        return Collision(self.collision).label if self.collision else ""


def juger(
    prefecture: Prefecture, candidats: Sequence[Candidat], *, agent: Agent, proches: bool = True, maintenant: datetime
) -> None:
    """Say of each what stands in its way, those before it counted (a fixed number of queries, whatever their number).

    Args:
        prefecture: where.
        candidats: filled in place.
        agent: who asks; of a demande that they may not see, nothing is said but that it is a colleague's.
        proches: whether to say the nearest slot of those that something stands in the way of: a month is read then.
        maintenant: instant.
    """
    if not candidats:
        return
    personnes = _Personnes(prefecture, candidats, agent)
    agenda = _Agenda(prefecture, candidats, maintenant, autour=proches)
    vus: set[tuple[str, int]] = set()
    for candidat in candidats:
        candidat.demande, candidat.collision = personnes.demande_de(candidat)
        meme = (candidat.qui, candidat.motif.pk)
        if not candidat.collision and candidat.qui and meme in vus:
            candidat.collision = Collision.DOUBLON
        candidat.collision = candidat.collision or agenda.collision_de(candidat)
        if not candidat.collision:
            vus.add(meme)
            agenda.prendre(candidat)
    for candidat in candidats:
        candidat.proche = agenda.proche_de(candidat) if candidat.collision and proches else None


def creneaux_proches(prefecture: Prefecture, candidat: Candidat, *, nombre: int, maintenant: datetime) -> list[Creneau]:
    """Return the slots of its queue that an appointment may take, the nearest first.

    Args:
        prefecture: where.
        candidat: judged already.
        nombre: at most.
        maintenant: instant.
    """
    agenda = _Agenda(prefecture, [candidat], maintenant, autour=True)
    possibles = [c for c in agenda.par_file[candidat.file.pk] if agenda.tient(candidat, c.debut)]
    return sorted(possibles, key=lambda c: (abs(c.debut - candidat.debut), c.pk))[:nombre]


class _Personnes:
    """The demandes that the lines may be about (six queries)."""

    def __init__(self, prefecture: Prefecture, candidats: Iterable[Candidat], agent: Agent) -> None:
        dits = [c.personne for c in candidats]
        numeros = {p["numero"] for p in dits if "numero" in p}
        etrangers = {p["numero_etranger"] for p in dits if "numero_etranger" in p}
        cles = {c.cle for c in candidats} - {""}
        usagers = set(Usager.objects.filter(numero_etranger__in=etrangers).order_by("pk").values_list("pk", flat=True))
        usagers |= set(Usager.objects.filter(cle_identite__in=cles).order_by("pk").values_list("pk", flat=True))
        siennes = Demande.objects.filter(prefecture=prefecture).select_related("usager", "motif").order_by("pk")
        self.par_numero = {d.numero: d for d in siennes.filter(numero__in=numeros)}
        self.par_etranger: dict[tuple[str, int], list[Demande]] = defaultdict(list)
        self.par_cle: dict[tuple[str, str, int], list[Demande]] = defaultdict(list)
        for demande in siennes.filter(usager__in=usagers, etat__in=[*EN_COURS, Etat.A_REMETTRE]):
            usager = demande.usager
            self.par_etranger[usager.numero_etranger, demande.motif_id].append(demande)
            self.par_cle[usager.cle_identite, usager.date_naissance, demande.motif_id].append(demande)
        listes = [*self.par_cle.values(), *self.par_etranger.values(), self.par_numero.values()]
        trouvees = {d.pk for liste in listes for d in liste}
        vues = Demande.objects.visibles_par(agent).filter(pk__in=trouvees)
        self.vues = set(vues.order_by("pk").values_list("pk", flat=True))
        actifs = RendezVous.objects.actifs().de_ces_demandes(trouvees).order_by("pk")
        self.pris: dict[int, int] = {}
        lignes = actifs.values_list("convocation__demande", "pk", "jointes")  # type: ignore[misc]  # annotated
        for titulaire, pk, jointes in lignes:
            self.pris |= dict.fromkeys([titulaire, *jointes], pk)
        reprises = LigneReprise.objects.filter(prefecture=prefecture, rendez_vous__in=self.pris.values())
        self.repris = set(reprises.values_list("rendez_vous", flat=True))

    def demande_de(self, candidat: Candidat) -> tuple[Demande | None, str]:
        """Return the demande of a line when it is certain, and what stands in the way of convoking it."""
        demande, collision = self._chercher(candidat)
        if collision or demande is None:
            return demande, collision or self._sans_demande(candidat)
        if demande.pk not in self.vues:
            return None, Collision.DROIT
        pris = self.pris.get(demande.pk)
        if pris is not None:
            return demande, Collision.DOUBLON if pris in self.repris else Collision.DEJA_RDV
        possible = demande.etat in CONVOCABLES and (
            demande.etat != Etat.DEPOSEE or PAR_NOM["reprendre"].permise(demande.motif.regles, demande.etat)
        )
        return demande, "" if possible else Collision.ETAT

    def _chercher(self, candidat: Candidat) -> tuple[Demande | None, str]:
        personne, motif = candidat.personne, candidat.motif.pk
        if numero := personne.get("numero"):
            demande = self.par_numero.get(numero)
            connue = demande is not None and _est_ne(candidat, demande.usager)
            candidat.trouvees = [demande.pk] if demande is not None and connue else []
            if demande is None or not connue or not _porte_ce_nom(candidat, demande.usager):
                return None, Collision.IDENTITE
            return (demande, "") if demande.motif_id == motif else (None, Collision.DEMARCHE)
        siennes = self.par_etranger[personne["numero_etranger"], motif] if "numero_etranger" in personne else []
        possibles = [d for d in siennes if _est_ne(candidat, d.usager)]
        candidat.trouvees = [d.pk for d in possibles]
        if any(not _porte_ce_nom(candidat, d.usager) for d in possibles):
            return None, Collision.IDENTITE
        if not possibles and candidat.cle:
            possibles = self.par_cle[candidat.cle, personne["date_naissance"], motif]
            candidat.trouvees = [d.pk for d in possibles]
        if len(possibles) > 1:
            return None, Collision.PLUSIEURS
        return (possibles[0], "") if possibles else (None, "")

    def _sans_demande(self, candidat: Candidat) -> str:
        """Say what stands in the way of opening one, as at a counter."""
        if not candidat.cle:
            return Collision.IDENTITE
        return "" if PAR_NOM["reprendre"].permise(candidat.motif.regles, Etat.DEPOSEE) else Collision.ETAT


def _est_ne(candidat: Candidat, usager: Usager) -> bool:
    """Say whether the birth date of a line proves a number: a number alone, or with another date, is as if unknown.

    Otherwise a file of made up numbers would tell who is known here, and for what.
    """
    return candidat.personne.get("date_naissance") == usager.date_naissance


def _porte_ce_nom(candidat: Candidat, usager: Usager) -> bool:
    """Say whether the name of a line, if it has one, is one of theirs."""
    nom = candidat.personne.get("nom", "")
    return not nom or cle_de_nom(nom) in {cle_de_nom(usager.nom), cle_de_nom(usager.nom_usage)}


class _Agenda:
    """The slots that the lines may take (four queries); places are counted down as lines take them.

    Args:
        prefecture: where.
        candidats: the lines.
        maintenant: instant.
        autour: whether the slots of a month before and after them are read too.
    """

    def __init__(
        self, prefecture: Prefecture, candidats: Sequence[Candidat], maintenant: datetime, *, autour: bool
    ) -> None:
        self.maintenant, self.zone = maintenant, ZoneInfo(prefecture.fuseau)
        motifs = {c.motif.pk: c.motif for c in candidats}
        self.minutes = minutes_au_guichet(motifs.values(), prefecture, remise=False)
        files = {c.file.pk for c in candidats}
        debuts = {c.debut for c in candidats}
        suites = {debut for c in candidats for _, debut in self._suite(c, c.debut)}
        exacts = Creneau.objects.filter(file__in=files, debut__in=suites).order_by("pk")
        self.creneaux = {(c.file_id, c.debut): c for c in exacts}
        libres = Creneau.objects.libres(maintenant).filter(file__in=files).avec_file()
        if autour:
            libres = libres.filter(debut__range=(max(maintenant, min(debuts) - AUTOUR), max(debuts) + AUTOUR))
        else:
            libres = libres.filter(debut__in=suites)
        self.libres: dict[tuple[int, datetime], Creneau] = {(c.file_id, c.debut): c for c in libres}
        self.par_file: dict[int, list[Creneau]] = defaultdict(list)
        for creneau in self.libres.values():
            self.par_file[creneau.file_id].append(creneau)
        # `restantes` is annotated by `libres`.
        self.restent = {cle: int(c.restantes) for cle, c in self.libres.items()}  # type: ignore[attr-defined]
        self.fermes = JoursFermes(prefecture, [d.astimezone(self.zone).date() for d in debuts])

    def collision_de(self, candidat: Candidat) -> str:
        """Say what stands in the way of its hour."""
        if candidat.debut <= self.maintenant:
            return Collision.PASSE
        candidat.creneau = self.creneaux.get((candidat.file.pk, candidat.debut))
        if candidat.creneau is None or candidat.creneau.etat != Creneau.Etat.OUVERT:
            jour = candidat.debut.astimezone(self.zone).date()
            ferme = self.fermes.fermeture(candidat.file.site_id, jour) or self.fermes.est_ferie(jour)
            return Collision.FERME if ferme else Collision.SANS_CRENEAU
        if self.tient(candidat, candidat.debut):
            return ""
        return self._pourquoi([self.creneaux.get(cle) for cle in self._suite(candidat, candidat.debut)])

    def _pourquoi(self, suite: Sequence[Creneau | None]) -> str:
        """Say why a visit does not take its slots: full, which a surplus may solve, only when it could take each."""
        ouverts = [c for c in suite if c is not None and c.etat == Creneau.Etat.OUVERT]
        if len(ouverts) < len(suite):
            return Collision.SANS_CRENEAU
        attendus = (c.ouvre_le is not None and c.ouvre_le > self.maintenant for c in ouverts)
        return Collision.PAS_OUVERT if any(attendus) else Collision.COMPLET

    def prendre(self, candidat: Candidat) -> None:
        """Count down the places that a line takes."""
        for cle in self._suite(candidat, candidat.debut):
            self.restent[cle] -= 1

    def proche_de(self, candidat: Candidat) -> Creneau | None:
        """Return the nearest slot free for a line, in its queue."""
        siens = self.par_file[candidat.file.pk]
        rang = bisect_left(siens, candidat.debut, key=lambda c: c.debut)
        avant = next((c for c in reversed(siens[:rang]) if self.tient(candidat, c.debut)), None)
        apres = next((c for c in siens[rang:] if self.tient(candidat, c.debut)), None)
        return min((c for c in (avant, apres) if c), key=lambda c: abs(c.debut - candidat.debut), default=None)

    def _suite(self, candidat: Candidat, debut: datetime) -> list[tuple[int, datetime]]:
        """Name the slots in a row that a visit takes from a start."""
        file = candidat.file
        remise = candidat.demande is not None and candidat.demande.etat == Etat.A_REMETTRE
        nombre = 1 if remise else nombre_de_creneaux(self.minutes[candidat.motif.pk], file.pas_minutes)
        return [(file.pk, debut + timedelta(minutes=file.pas_minutes * i)) for i in range(nombre)]

    def tient(self, candidat: Candidat, debut: datetime) -> bool:
        """Say whether every slot that a visit takes from a start has a place."""
        return all(self.restent.get(cle, 0) > 0 for cle in self._suite(candidat, debut))
