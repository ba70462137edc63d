"""The journal of a file as sentences that agents read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from demandes.acteur import GenreActeur
from demandes.models import Agent, Aidant, Evenement, Medecin

VERBES: dict[str, str] = {
    "transition:deposer": "a déposé la demande",
    "transition:demander_complements": "a demandé les pièces manquantes",
    "transition:completer": "a complété le dossier",
    "transition:classer_incomplete": "a classé sans suite la demande restée incomplète",
    "transition:constater_completude": "a constaté que le dossier est complet",
    "transition:convoquer": "a convoqué l’usager",
    "transition:reprendre": "a repris le rendez-vous de l’ancien module",
    "completude:constatee": "a constaté que le dossier est complet",
    "transition:revoquer_convocation": "a révoqué la convocation",
    "transition:expirer_convocation": "a constaté l’expiration de la convocation",
    "transition:reserver": "a pris rendez-vous",
    "transition:annuler": "a annulé le rendez-vous",
    "transition:constater_absence": "a constaté l’absence de l’usager au rendez-vous",
    "transition:recevoir": "a reçu l’usager au guichet",
    "transition:instruire": "a envoyé le dossier en instruction",
    "transition:accorder": "a accordé la demande",
    "transition:refuser": "a refusé la demande",
    "transition:constater_titre_pret": "a constaté que le titre est prêt",
    "transition:remettre": "a remis le titre",
    "transition:retirer": "a retiré la demande",
    "transition:cloturer": "a clôturé le dossier",
    "convocation:transmise": "a reçu, pour la famille, le lien de convocation commun",
    "famille:rattachee": "a commencé cette demande pour une personne de sa famille",
    "famille:quittee": "a donné à cette personne son propre accès",
    "passage:personne_finie": "a terminé avec cette personne au guichet",
    "lecture:famille": "a consulté la demande d’une personne de sa famille",
    "convocation:remise": "a convoqué l’usager pour la remise du titre",
    "convocation:remise_revoquee": "a révoqué la convocation pour la remise du titre",
    "titre:recu": "a enregistré le titre reçu",
    "titre:rattache": "a rattaché un titre reçu à cette demande",
    "titre:detache": "a détaché de cette demande un titre rattaché par erreur",
    "titre:renvoye": "a renvoyé le titre",
    "piece:jointe": "a joint une pièce",
    "piece:vue_au_guichet": "a vu l’original d’une pièce au guichet",
    "piece:vue_oubliee": "a dit ne pas avoir vu l’original d’une pièce",
    "piece:conforme": "a jugé une pièce conforme",
    "piece:non_conforme": "a jugé une pièce non conforme",
    "brouillon:purge": "a vidé ce brouillon, laissé depuis trois mois",
    "message:envoye": "a écrit un message",
    "message:non_remis": "a appris qu’un message n’est pas arrivé : l’adresse ou le numéro est peut-être faux",
    "message:suite": "s’est occupé d’un message non remis",
    "usager:coordonnees": "a corrigé les coordonnées de l’usager",
    "courrier:prepare": "a préparé une lettre pour l’impression",
    "courrier:poste": "a déposé une lettre à la poste",
    "courrier:abandonne": "a remis en attente une lettre préparée",
    "courrier:retire": "a retiré de la pile une lettre qui n’était plus vraie",
    "courrier:revenu": "a noté le retour d’une lettre non distribuée",
    "creneau:attestation": "a fait constater qu’aucun créneau n’était proposé",
    "rendez_vous:pris": "a pris rendez-vous pour la remise",
    "rendez_vous:deplace": "a déplacé le rendez-vous",
    "rendez_vous:confirme": "a confirmé la venue au rendez-vous",
    "rendez_vous:repris": "a repris le rendez-vous qui venait d’être rendu",
    "besoins:changes": "a changé ses besoins pour la visite",
    "attente:inscrite": "s’est mis sur la liste d’attente d’un rendez-vous plus tôt",
    "attente:quittee": "a quitté la liste d’attente",
    "attente:proposee": "a proposé une place libérée",
    "attente:refusee": "a refusé la place proposée",
    "rendez_vous:annule": "a annulé le rendez-vous de remise",
    "passage:arrive": "a enregistré l’arrivée de l’usager",
    "guichet:appel_regle": "a réglé l’ordre d’appel d’un site",
    "passage:retabli": "a rétabli un passage fini par erreur",
    "passage:priorite_donnee": "a donné la priorité",
    "passage:priorite_retiree": "a retiré la priorité",
    "passage:demande_rattachee": "a rattaché cette demande au passage en cours",
    "passage:appele": "a appelé l’usager au guichet",
    "passage:rappele": "a rappelé l’usager au guichet",
    "passage:recu": "a commencé l’entretien au guichet",
    "passage:absent": "a constaté l’absence de l’usager à l’appel",
    "passage:annule": "a annulé l’enregistrement de l’arrivée",
    "passage:suspendu": "a mis le passage de côté",
    "passage:repris": "a repris le passage mis de côté",
    "passage:pris_en_suite": "a pris la suite d’un collègue au guichet",
    "passage:transfere": "a envoyé l’usager vers une autre file",
    "passage:remis_en_attente": "a remis l’usager en attente, sans réponse à l’appel",
    "passage:empreintes": "a constaté la prise des empreintes",
    "passage:termine": "a terminé l’entretien au guichet",
    "aiguillage:applique": "a aiguillé la demande selon une règle de la préfecture",
    "deport:declare": "a déclaré un déport",
    "deport:retire": "a retiré un déport",
    "deport:ecarte": "n’a pas pu ouvrir le dossier : déport déclaré",
    "attribution:automatique": "a confié le dossier, sur proposition de la machine",
    "attribution:automatique_defaite": "a défait l’attribution proposée par la machine",
    "attribution:prise": "a pris le dossier",
    "attribution:rendue": "a rendu le dossier",
    "passage:parti": "a constaté le départ de l’usager avant l’entretien",
    "acces:code": "a ouvert son suivi avec un code",
    "acces:lien": "a ouvert son suivi par le lien reçu",
    "acces:franceconnect": "a ouvert son suivi avec FranceConnect",
    "identite:franceconnect": "s’est identifié avec FranceConnect",
    "usager:fusion": "a réuni deux fiches de l’usager",
    "usager:fusion_defaite": "a défait la réunion de deux fiches de l’usager",
    "usager:distingue": "a distingué l’usager d’un autre qui lui ressemble",
    "lecture:doublon": "a comparé l’usager à un autre",
    "acces:naissance_fausse": "a refusé une date de naissance sur le lien de convocation",
    "mandat:propose": "a demandé un mandat à la personne",
    "mandat:enregistre": "a enregistré un mandat signé sur papier",
    "mandat:donne": "a donné un mandat à un organisme",
    "mandat:refuse": "a refusé un mandat",
    "mandat:revoque": "a révoqué un mandat",
    "mandat:termine": "a mis fin à son mandat",
    "mandat:naissance_fausse": "a refusé une date de naissance sur le lien d’un mandat",
    "brouillon:rempli": "a rempli le brouillon",
    "avis:signe": "a signé un avis médical",
    "avis:rendu": "a rendu l’avis médical",
    "avis:desapprouve": "a écarté l’avis de l’autre médecin",
    "avis:ecarte": "a écarté un avis qui attendait une signature",
    "examen:deport": "s’est déporté : c’est son propre patient",
    "lecture:medecin": "a consulté l’identité et la raison de l’examen",
    "lecture:suivi": "a consulté la demande",
    "lecture:rendez_vous": "a consulté la page de rendez-vous",
    "lecture:dossier": "a consulté le dossier",
    "lecture:apercu": "a vu dans l’aperçu d’un message le jour, l’heure et le lieu",
    "lecture:piece": "a ouvert une pièce",
    "lecture:reprise": "a lu, dans la reprise de l’ancien module, le nom et le téléphone de l’usager",
    "lecture:reprise_comparee": "a comparé à ce dossier un fichier de l’ancien module qui nomme l’usager",
    "lecture:courrier": "a ouvert des lettres à imprimer, dont une de ce dossier",
    "lecture:acte": "a ouvert un acte",
    "lecture:admin": "a consulté le dossier dans l’administration",
}


@dataclass(frozen=True)
class LigneJournal:
    """One event as the page shows it.

    Args:
        le: instant.
        phrase: who did what.
        transition: whether the state changed.
    """

    le: datetime
    phrase: str
    transition: bool


def phrases(evenements: Iterable[Evenement]) -> list[LigneJournal]:
    """Turn events into French sentences, agents, aidants and doctors named (one query each)."""
    liste = list(evenements)
    agents = Agent.objects.in_bulk({e.acteur_id for e in liste if e.acteur_genre == GenreActeur.AGENT})
    aidants = Aidant.objects.avec_compte().in_bulk(
        {e.charge["aidant_id"] for e in liste if e.acteur_genre == GenreActeur.ORGANISME and "aidant_id" in e.charge}
    )
    medecins = Medecin.objects.in_bulk({e.acteur_id for e in liste if e.acteur_genre == GenreActeur.MEDECIN})
    return [
        LigneJournal(e.le, f"{_qui(e, agents, aidants, medecins)} {_verbe(e.nature)}.", bool(e.vers)) for e in liste
    ]


def _verbe(nature: str) -> str:
    if nature in VERBES:
        return VERBES[nature]
    famille, _, detail = nature.partition(":")
    return f"a fait : {famille} {detail}".replace("_", " ").strip()


def _qui(
    evenement: Evenement, agents: dict[int, Agent], aidants: dict[int, Aidant], medecins: dict[int, Medecin]
) -> str:
    if evenement.acteur_genre == GenreActeur.AGENT:
        agent = agents.get(evenement.acteur_id)
        return str(agent) if agent else "Un agent"
    aidant = aidants.get(evenement.charge.get("aidant_id", 0))
    if aidant is not None:
        return f"{aidant.agent} ({aidant.organisme.nom})"
    if evenement.charge.get("famille"):
        return "Un proche de l’usager"
    if evenement.acteur_genre == GenreActeur.MEDECIN:
        medecin = medecins.get(evenement.acteur_id)
        return str(medecin) if medecin else "Un médecin agréé"
    noms = {GenreActeur.USAGER: "L’usager", GenreActeur.ORGANISME: "L’organisme mandaté"}
    return noms.get(GenreActeur(evenement.acteur_genre), "PlaniPref")
