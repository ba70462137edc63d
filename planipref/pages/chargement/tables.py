"""The tables that a load fills, with their columns, and how a value is written for COPY."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Model

from demandes.models import (
    Acte,
    Convocation,
    Decision,
    Demande,
    DemandeComplement,
    Evenement,
    Message,
    Notification,
    Piece,
    Usager,
)
from guichet.models import Passage, Phase, Remise, Titre
from planning.models import Creneau, Prolongement, RendezVous

NUL = "\\N"

# Columns left out take the database's own default, or are null.
COLONNES: dict[type[Model], str] = {
    Usager: "id nom nom_usage prenoms date_naissance commune_naissance nationalite numero_etranger courriel telephone"
    " adresse code_postal commune langue cree_le",
    Demande: "id cle numero usager_id motif_id prefecture_id service_id site_id agent_id etat canal reponses creee_le"
    " deposee_le echeance completude_par_id complete_le modifiee_le",
    Piece: "id cle demande_id piece_requise_id fichier nom_origine extension type_contenu taille sha256 scan verdict"
    " raison verifiee_par_id verifiee_le vue_au_guichet deposee_le remplacee_le",
    DemandeComplement: "id demande_id agent_id message manquants suspensif notifie_le limite produit_le clos_le",
    Convocation: "id cle demande_id objet motivation personnes etat empreinte emise_par_id emise_le expire_le"
    " terminee_le",
    Convocation.sites.through: "convocation_id site_id",
    Creneau: "id file_id debut minutes places prises reserve ecart etat",
    RendezVous: "id convocation_id creneau_id places etat pris_le termine_le sequence",
    Prolongement: "rendez_vous_id creneau_id",
    Passage: "id site_id file_id demande_id rendez_vous_id jour ticket personnes priorite etat guichet_id agent_id"
    " nb_appels arrive_le appele_le recu_le termine_le",
    Phase: "passage_id etat file_id guichet_id agent_id debut fin",
    Decision: "demande_id sens motifs_droit motifs_fait agent_id delegation_id au_guichet prise_le",
    Acte: "id demande_id genre contenu code cree_le pdf sha256 produit_le",
    Titre: "id prefecture_id site_id demande_id numero_titre numero_etranger nom prenoms etat recu_le remis_le"
    " enregistre_par_id enregistre_le",
    Remise: "demande_id passage_id agent_id numero_titre identite_verifiee signature_nom signature_image remise_le",
    Message: "demande_id agent_id corps envoye_le lu_le",
    Notification: "demande_id canal modele destinataire contexte cle etat essais prochain_essai_le envoyee_le"
    " derniere_erreur",
    Evenement: "prefecture_id demande_id nature de vers acteur_genre acteur_id le charge rang condensat",
}
# Tables whose identifiers the story must know beforehand.
NUMEROTEES: tuple[type[Model], ...] = (
    Usager,
    Demande,
    Piece,
    DemandeComplement,
    Convocation,
    Creneau,
    RendezVous,
    Passage,
    Acte,
    Titre,
)


_encoder = json.JSONEncoder(ensure_ascii=False).encode


def protege(valeur: str) -> str:
    """Write a text for COPY: its backslashes and line ends mean nothing more."""
    if "\\" in valeur:
        valeur = valeur.replace("\\", "\\\\")
    return valeur.replace("\n", "\\n") if "\n" in valeur else valeur


def json_nu(valeur: Any) -> str:
    """Write a JSON value, not yet ready for COPY."""
    return _encoder(valeur)


def en_json(valeur: Any) -> str:
    """Write a JSON value for COPY."""
    return protege(_encoder(valeur))


class Lot:
    """Lines of COPY, table by table, until they are sent."""

    def __init__(self) -> None:
        self.lignes: dict[type[Model], list[str]] = {modele: [] for modele in COLONNES}

    def vider(self) -> dict[type[Model], bytes]:
        """Return what each table is to receive, and forget it; the lists stay the same objects."""
        donnees = {}
        for modele, lignes in self.lignes.items():
            if lignes:
                donnees[modele] = "".join(lignes).encode()
                lignes.clear()
        return donnees
