"""What the administration writes to the usager of a story: acts, as their services freeze them, and messages sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from django.conf import settings

from demandes.models import Acte, Notification, Site
from demandes.services.actes import MINISTRE, MINISTRE_ADRESSE
from planipref.commun.champs import ChampTelephone
from planipref.pages.chargement.agenda import Case
from planipref.pages.chargement.calendrier import instant_utc, texte
from planipref.pages.chargement.decor import Decor, MotifDuDecor, Signataire
from planipref.pages.chargement.dossier import Complement, Dossier, Lien
from planipref.pages.chargement.tables import Lot, json_nu, protege

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
ENVOI_SECONDES = 20
CANAUX = {"en_ligne": "En ligne", "guichet": "Au guichet"}


@dataclass(frozen=True)
class Specimen:
    """The one PDF that every act of the past shows: making each of them would take days.

    Args:
        nom: its name in the store of pieces.
        sha256: its hash.
    """

    nom: str
    sha256: str


class Ecrits:
    """Writes the acts and the messages of a préfecture; all were sent at their date."""

    def __init__(self, decor: Decor, lot: Lot, *, specimen: Specimen, prochain: int, alea: Random) -> None:
        self.prochain = prochain
        self._decor = decor
        self._actes = lot.lignes[Acte]
        self._notifications = lot.lignes[Notification]
        self._specimen = specimen
        self._alea = alea
        # What all the acts of a motif say alike is laid down as JSON once: a million acts share forty texts.
        self._communs = {pk: _ouvert(self._commun(m)) for pk, m in decor.motifs.items()}
        self._recours = {pk: json_nu(self._de_recours(m)) for pk, m in decor.motifs.items()}
        self._taxes = {pk: json_nu(m.motif.taxe) for pk, m in decor.motifs.items()}
        self._lieux = {s.pk: json_nu(_lieu(s)) for s in decor.sites}
        self._url = json_nu(settings.PLANIPREF_URL)
        self._delais = {pk: _ouvert(_delai(m)) for pk, m in decor.motifs.items()}
        self._libelles = {p.id: json_nu(p.libelle) for m in decor.motifs.values() for p in m.pieces}
        self._agents: dict[int, str] = {}

    def accuse(self, d: Dossier, jour: date, echeance: date | None) -> None:
        """Write the accusé de réception and send it."""
        donnees = dict.fromkeys(f.requise.id for f in d.pieces)  # in order
        recues = ", ".join([self._libelles[i] for i in donnees])
        manquantes = ", ".join([self._libelles[p.id] for p in d.exigees if p.id not in donnees])
        pk = d.motif.motif.id
        fin = f'"{echeance}"' if echeance else "null"
        contenu = (
            f'"recue_le": "{jour}", "canal": "{CANAUX[d.canal]}", "delai": {{{self._delais[pk]}, "echeance": {fin}}}, '
            f'"recours": {self._recours[pk]}, "pieces_recues": [{recues}], "pieces_manquantes": [{manquantes}]'
        )
        acte = self._acte(d, "accuse_reception", jour, contenu)
        self.notifier(d, "depot", d.cle, f'{{"acte_id": {acte}}}')

    def demande_de_pieces(self, d: Dossier, jour: date, complement: Complement, echeance: date | None) -> None:
        """Write the letter that lists what is missing and send it."""
        fin = f'"{echeance}"' if echeance else "null"
        contenu = (
            f'"agent": {self._agent(self._decor.instructeur)}, "manquants": {json_nu(complement.manquants)}, '
            f'"message": "", "limite": "{date.fromordinal(complement.limite)}", '
            f'"suspensif": {str(complement.suspensif).lower()}, "silence": "{d.motif.motif.silence}", "echeance": {fin}'
        )
        acte = self._acte(d, "demande_pieces", jour, contenu)
        contexte = f'{{"complement_id": {complement.id}, "acte_id": {acte}}}'
        self.notifier(d, "pieces_demandees", str(complement.id), contexte)

    def decision(self, d: Dossier, jour: date, par: Signataire, sens: str, motifs: tuple[str, str]) -> None:
        """Write the decision and send it."""
        motif = d.motif.motif
        contenu = (
            f'"sens": "{sens}", "motifs_droit": {json_nu(motifs[0])}, "motifs_fait": {json_nu(motifs[1])}, '
            f'"agent": {self._agent(par)}, "delegation": {json_nu(par.reference)}, '
            f'"plein_droit": {str(motif.plein_droit).lower()}, "suite_remise": {str(4 in motif.etapes).lower()}, '
            f'"taxe": {self._taxes[motif.id]}, "recours": {self._recours[motif.id]}'
        )
        acte = self._acte(d, "decision", jour, contenu)
        self.notifier(d, "decision", d.cle, f'{{"acte_id": {acte}, "sens": "{sens}"}}')

    def remise(self, d: Dossier, jour: date, par: Signataire, numero_titre: str, signature: str) -> None:
        """Write the certificate of a hand-over and send it."""
        contenu = (
            f'"agent": {self._agent(par)}, "numero_titre": "{numero_titre}", '
            f'"signature_nom": {json_nu(signature)}, "remise_le": "{jour}"'
        )
        acte = self._acte(d, "remise", jour, contenu)
        self.notifier(d, "remise", d.cle, f'{{"acte_id": {acte}}}')

    def rendez_vous(self, d: Dossier, lien: Lien, cases: list[Case], identifiant: int, sequence: int) -> None:
        """Confirm an appointment, with what its invitation says."""
        debut = instant_utc(cases[0].debut).isoformat()
        fin = instant_utc(cases[-1].debut + cases[-1].minutes * 60).isoformat()
        contexte = protege(
            f'{{"convocation_id": {lien.id}, "rdv": {{"uid": "{lien.cle}@planipref", "sequence": {sequence}, '
            f'"methode": "PUBLISH", "debut": "{debut}", "fin": "{fin}", "lieu": {self._lieux[lien.site.id]}, '
            f'"url": {self._url}}}}}'
        )
        self.notifier(d, "rendez_vous", str(identifiant), contexte)

    def notifier(self, d: Dossier, modele: str, cle: str, contexte: str = "{}") -> None:
        """Write a message already sent; nothing for who has no address."""
        courriel = d.identite["courriel"]
        if courriel:
            envoi = texte(d.dernier + ENVOI_SECONDES)
            self._notifications.append(
                f"{d.id}\tcourriel\t{modele}\t{courriel}\t{contexte}\t{modele}:{cle}\tenvoyee\t1\t{texte(d.dernier)}"
                f"\t{envoi}\t\n"
            )

    def _acte(self, d: Dossier, genre: str, jour: date, contenu: str) -> int:
        identifiant = self.prochain
        self.prochain += 1
        tirage = self._alea.getrandbits(80)
        code = "".join(ALPHABET[tirage >> 5 * i & 31] for i in range(16))
        if not d.destinataire_json:
            d.destinataire_json = _destinataire(d)
        entier = protege(
            f'{{"numero": "{d.numero}", "date": "{jour}", {self._communs[d.motif.motif.id]}, '
            f'"destinataire": {d.destinataire_json}, {contenu}}}'
        )
        instant = texte(d.dernier)
        self._actes.append(
            f"{identifiant}\t{d.id}\t{genre}\t{entier}\t{code[:4]}-{code[4:8]}-{code[8:12]}-{code[12:]}\t{instant}"
            f"\t{self._specimen.nom}\t{self._specimen.sha256}\t{instant}\n"
        )
        return identifiant

    def _agent(self, par: Signataire) -> str:
        if par.agent_id not in self._agents:
            self._agents[par.agent_id] = json_nu({"nom": par.nom, "qualite": par.qualite})
        return self._agents[par.agent_id]

    def _commun(self, m: MotifDuDecor) -> dict[str, object]:
        prefecture, service = self._decor.prefecture, m.service
        return {
            "motif": m.motif.libelle,
            "lieu": self._decor.lieu,
            "prefecture": {"nom": prefecture.nom, "article": prefecture.article},
            "service": {
                "nom": service.nom,
                "adresse": service.adresse,
                "courriel": service.courriel,
                "telephone": ChampTelephone().prepare_value(service.telephone),
            },
        }

    def _de_recours(self, m: MotifDuDecor) -> dict[str, object]:
        prefecture = self._decor.prefecture
        return {
            "delai_mois": m.motif.recours.get("delai_mois"),
            "fondement": m.motif.recours.get("fondement") or "",
            "prefet": f"préfet {prefecture.article}",
            "prefet_adresse": prefecture.adresse,
            "ministre": MINISTRE,
            "ministre_adresse": MINISTRE_ADRESSE,
            "tribunal": prefecture.tribunal_nom,
            "tribunal_adresse": prefecture.tribunal_adresse,
        }


def nom_complet(identite: dict[str, str]) -> str:
    """Return the name as letters write it."""
    return f"{identite['nom'].upper()} {identite['prenoms']}".strip()


def _destinataire(d: Dossier) -> str:
    adresse = ", ".join(f'"{c}": {json_nu(d.identite[c])}' for c in ("adresse", "code_postal", "commune"))
    return f'{{"nom": {json_nu(nom_complet(d.identite))}, {adresse}}}'


def _lieu(site: Site) -> str:
    return f"{site.nom}, {site.adresse}, {f'{site.code_postal} {site.commune}'.strip()}"


def _delai(m: MotifDuDecor) -> dict[str, object]:
    motif = m.motif
    return {
        "valeur": motif.delai_valeur,
        "unite": motif.get_delai_unite_display() if motif.delai_unite else "",
        "fondement": motif.delai_fondement,
        "base": motif.delai_base,
        "silence": motif.silence,
        "silence_fondement": motif.silence_fondement,
    }


def _ouvert(valeur: dict[str, object]) -> str:
    """Return the inside of a JSON object, to go on after it."""
    return json_nu(valeur)[1:-1]
