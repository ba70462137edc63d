"""The stage where stories are told: counters of identifiers, the journal, and the lines that a story leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from demandes.calculs.delais import echeance
from demandes.models import Convocation, Demande, DemandeComplement, Piece, PieceRequise, Usager
from demandes.services.convocation import USAGE
from demandes.services.depot import IDENTITE
from guichet.models import Titre
from planipref.commun.jetons import empreinte_de
from planipref.pages.chargement.agenda import Agenda
from planipref.pages.chargement.calendrier import texte
from planipref.pages.chargement.decor import Decor
from planipref.pages.chargement.dossier import Dossier, Fichier, TitreArrive
from planipref.pages.chargement.ecrits import Ecrits
from planipref.pages.chargement.registre import Fait, Registre
from planipref.pages.chargement.salle import Salle, nul_ou
from planipref.pages.chargement.tables import NUL, Lot, en_json
from planning.models import RendezVous

TAILLES = (80_000, 3_000_000)
FICHIERS = (("IMG_2041.JPG", "jpg", "image/jpeg"), ("Numérisation été (1).pdf", "pdf", "application/pdf"))


@dataclass
class Numeros:
    """Next identifiers, by table."""

    usager: int
    demande: int
    piece: int
    complement: int
    convocation: int
    rendez_vous: int
    passage: int
    titre: int


class Scene:
    """What the steps share.

    Args:
        decor: the préfecture.
        lot: where lines go.
        alea: source of randomness.
        numeros: next identifiers.
        compteurs: last number given, by year.
        agenda: its slots.
        registre: its journal.
        salle: its desks.
        ecrits: its acts and messages.
    """

    def __init__(
        self,
        decor: Decor,
        lot: Lot,
        *,
        alea: Random,
        numeros: Numeros,
        compteurs: dict[int, int],
        agenda: Agenda,
        registre: Registre,
        salle: Salle,
        ecrits: Ecrits,
    ) -> None:
        self.decor = decor
        self.lot = lot
        self.alea = alea
        self.numeros = numeros
        self.compteurs = compteurs
        self.agenda = agenda
        self.registre = registre
        self.salle = salle
        self.ecrits = ecrits
        self.calendrier = decor.calendrier
        self.instructeur = ("agent", decor.instructeur.agent_id)
        # By motif and season: answers as JSON, with the pieces they call for.
        self.reponses: dict[tuple[int, int], list[tuple[str, list[PieceRequise]]]] = {}
        self._echeances: dict[tuple[int, int], date | None] = {}

    def cle(self) -> str:
        """Draw a public key, written as PostgreSQL writes it."""
        h = f"{self.alea.getrandbits(128):032x}"
        return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"

    def noter(self, d: Dossier, nature: str, acteur: tuple[str, int], charge: str = "{}") -> None:
        """Write an event that changes no state, at the last instant of the story."""
        self.registre.inscrire(Fait(d.dernier, d.id, nature, acteur, charge))

    def passer(self, d: Dossier, nom: str, vers: str, acteur: tuple[str, int], charge: str = "{}") -> None:
        """Change the state, with its event."""
        self.registre.inscrire(Fait(d.dernier, d.id, f"transition:{nom}", acteur, charge, d.situation, vers))
        d.situation = vers

    def jour(self, d: Dossier) -> date:
        """Civil day of the last instant of the story."""
        return date.fromordinal(self.calendrier.jour(d.dernier))

    def joindre(self, d: Dossier, requise: PieceRequise, *, vue: bool = False) -> None:
        """Add a piece, sent or seen at the counter.

        Its own events are not told, nor those of its check: they would double the journal and add nothing to measure.
        """
        fichier = Fichier(self.numeros.piece, requise, d.dernier, vue)
        self.numeros.piece += 1
        d.pieces.append(fichier)
        if vue:
            fichier.verdict, fichier.verifiee_le = "conforme", d.dernier

    def echeance(self, d: Dossier) -> date | None:
        """Return the legal deadline, as the requests for pieces leave it."""
        motif = d.motif.motif
        if d.deposee_le is None or motif.delai_base:
            return None
        cle = (motif.id, self.calendrier.jour(d.deposee_le))
        if not d.suspensions and cle in self._echeances:
            return self._echeances[cle]
        fin = echeance(
            date.fromordinal(cle[1]),
            motif.delai_valeur,
            motif.delai_unite,
            silence=motif.silence,
            suspensions=d.suspensions,
            produite=date.fromordinal(d.produite) if d.produite else None,
            feries=self.calendrier.feries,
        )
        if not d.suspensions:
            self._echeances[cle] = fin
        return fin

    def ecrire(self, d: Dossier) -> None:
        """Write the lines of a demande whose story is over."""
        identite = "\t".join(d.identite[c] for c in IDENTITE)
        self.lot.lignes[Usager].append(f"{d.usager_id}\t{identite}\t{texte(d.creee_le)}\n")
        motif = d.motif.motif
        completude = self.decor.instructeur.agent_id if d.complete_le else NUL
        site = d.site.id if d.canal == "guichet" else NUL
        self.lot.lignes[Demande].append(
            f"{d.id}\t{d.cle}\t{d.numero or NUL}\t{d.usager_id}\t{motif.id}\t{self.decor.prefecture.id}"
            f"\t{d.motif.service.id}\t{site}\t{d.agent_id or NUL}\t{d.situation}\t{d.canal}\t{d.reponses}"
            f"\t{texte(d.creee_le)}\t{nul_ou(d.deposee_le)}\t{self.echeance(d) or NUL}\t{completude}"
            f"\t{nul_ou(d.complete_le)}\t{texte(d.dernier)}\n"
        )
        self.lot.lignes[Piece].extend(self._pieces(d))
        self.lot.lignes[DemandeComplement].extend(self._complements(d))
        for lien in d.liens:
            self.lot.lignes[Convocation].append(
                f"{lien.id}\t{lien.cle}\t{d.id}\t{lien.objet}\t{lien.motivation}\t{lien.personnes}\t{lien.situation}"
                f"\t{empreinte_de(USAGE, lien.cle)}\t{self.decor.instructeur.agent_id}\t{texte(lien.emise_le)}"
                f"\t{texte(lien.expire_le)}\t{nul_ou(lien.terminee_le)}\n"
            )
            self.lot.lignes[Convocation.sites.through].append(f"{lien.id}\t{lien.site.id}\n")
        if d.titre is not None:
            self.lot.lignes[Titre].append(self._titre(d, d.titre))
        if d.attendu is not None:
            a = d.attendu
            self.lot.lignes[RendezVous].append(
                f"{a.id}\t{a.lien.id}\t{a.cases[0].id}\t1\tpris\t{texte(a.pris_le)}\t{NUL}\t{a.sequence}\n"
            )

    def _titre(self, d: Dossier, titre: TitreArrive) -> str:
        i, civil = d.identite, date.fromordinal(self.calendrier.jour(titre.recu_le))
        etat = "en_stock" if titre.remis_le is None else "remis"
        return (
            f"{titre.id}\t{self.decor.prefecture.id}\t{d.site.id}\t{d.id}\t{titre.numero}\t{i['numero_etranger']}"
            f"\t{i['nom'].upper()[:100]}\t{i['prenoms']}\t{etat}\t{civil}\t{nul_ou(titre.remis_le)}"
            f"\t{self.decor.instructeur.agent_id}\t{texte(titre.recu_le)}\n"
        )

    def _pieces(self, d: Dossier) -> Iterator[str]:
        for f in d.pieces:
            if f.vue:
                nom = extension = genre = sha = ""
                taille = 0
            else:
                nom, extension, genre = FICHIERS[self.alea.random() < 0.3]
                taille = TAILLES[0] + int(self.alea.random() * (TAILLES[1] - TAILLES[0]))
                sha = f"{self.alea.getrandbits(256):064x}"
            par = NUL if f.verifiee_le is None else self.decor.instructeur.agent_id
            yield (
                f"{f.id}\t{self.alea.getrandbits(128):032x}\t{d.id}\t{f.requise.id}\t\t{nom}\t{extension}\t{genre}\t{taille}\t{sha}"
                f"\tsaine\t{f.verdict}\t{f.raison}\t{par}\t{nul_ou(f.verifiee_le)}\t{'t' if f.vue else 'f'}"
                f"\t{texte(f.deposee_le)}\t{nul_ou(f.remplacee_le)}\n"
            )

    def _complements(self, d: Dossier) -> Iterator[str]:
        for c in d.complements:
            yield (
                f"{c.id}\t{d.id}\t{self.decor.instructeur.agent_id}\t\t{en_json(c.manquants)}"
                f"\t{'t' if c.suspensif else 'f'}\t{texte(c.notifie_le)}\t{date.fromordinal(c.limite)}"
                f"\t{nul_ou(c.produit_le)}\t{nul_ou(c.clos_le)}\n"
            )
