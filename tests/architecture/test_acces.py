"""Every address × every role: who gets 200, 302, 403 or 404 is written here, once, and nowhere else.

An address that is not in the table fails the test, and so does a line whose address is gone. Addresses are asked with
GET: 405 means that the door opens and that the view only takes a POST.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from demandes.models import Acte, Agent, Demande, Evenement, Notification
from demandes.services.convocation import USAGE
from guichet.models import Passage
from guichet.views.borne import adresse_du_ticket
from planipref.commun.jetons import deriver
from planning.models import Fermeture, PlageOuverture
from planning.selectors import besoin_de
from planning.selectors_libres import question_de
from planning.services import flux
from tests.architecture.monde import A_LUI, Monde, creer_monde
from tests.demandes.factories import (
    INSTANT,
    AgentFactory,
    AidantFactory,
    PrefectureFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

# `etranger` is the head of service of another préfecture; `superutilisateur` has no role at all; `aidant` is of an
# organisation that nobody here mandated.
ROLES = (
    "anonyme",
    "accueil",
    "instructeur",
    "signataire",
    "chef_service",
    "webmestre",
    "administrateur",
    "etranger",
    "superutilisateur",
    "aidant",
)


def tous(code: int, *, aidant: int = 0) -> tuple[int, ...]:
    """Return the line of an address that answers alike to everybody, but for an aidant when told."""
    return (*(code,) * (len(ROLES) - 1), aidant or code)


# Columns in the order of ROLES. The demande is in state rdv_pris, so most transitions are 409 for who has the right.
#                        anon acc  ins  sig  chef web  adm  étr  sup  aid
ACTE = (302, 403, 403, 403, 405, 403, 403, 405, 403, 403)
GERE = (302, 403, 403, 403, 200, 403, 403, 200, 403, 403)
TABLE: dict[str, tuple[int, ...]] = {
    "demandes:accuse_sms": (405, 405, 405, 405, 405, 405, 405, 405, 405, 405),
    "demandes:acte": (404, 200, 200, 200, 200, 404, 404, 404, 404, 404),
    "demandes:attribution": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "demandes:connexion": (200, 302, 302, 302, 302, 302, 302, 302, 302, 302),
    "demandes:deconnexion": tous(405),
    "demandes:depot": tous(200, aidant=404),
    "demandes:depot_confirmation": tous(404),
    "demandes:depot_etape": tous(404),
    "demandes:depot_question": tous(404),
    "demandes:mandat": tous(200, aidant=403),
    "demandes:mandat_donner": tous(405),
    "demandes:mandat_refuser": tous(405),
    "demandes:mandat_retirer": tous(405),
    "demandes:deports": (302, 200, 200, 200, 200, 403, 403, 200, 403, 403),
    "demandes:deport_retirer": (302, 405, 405, 405, 405, 403, 403, 405, 403, 403),
    "demandes:courriers": (302, 403, 200, 200, 200, 403, 403, 200, 403, 403),
    "demandes:courriers_preparer": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "demandes:lot": (302, 403, 200, 200, 200, 403, 403, 404, 403, 403),
    "demandes:lot_etat": (302, 403, 200, 200, 200, 403, 403, 404, 403, 403),
    "demandes:lot_pdf": (302, 403, 404, 404, 404, 403, 403, 404, 403, 403),
    "demandes:lot_poster": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "demandes:lot_abandonner": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "demandes:lot_retirer": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "demandes:lettre_revenue": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "demandes:non_remis": (302, 403, 200, 200, 200, 403, 403, 200, 403, 403),
    "demandes:non_remis_message": (302, 403, 200, 200, 200, 403, 403, 404, 403, 403),
    "demandes:non_remis_renvoyer": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "demandes:non_remis_lettre": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "demandes:non_remis_corriger": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "demandes:message_agent": (302, 403, 200, 200, 200, 403, 403, 404, 403, 403),
    "demandes:piece": (404, 200, 200, 200, 200, 404, 404, 404, 404, 404),
    "demandes:piece_ajouter": (302, 200, 200, 200, 200, 403, 403, 404, 403, 403),
    "demandes:piece_conforme": (302, 403, 200, 200, 200, 403, 403, 404, 403, 403),
    "demandes:piece_non_conforme": (302, 403, 200, 200, 200, 403, 403, 404, 403, 403),
    "demandes:piece_vue": (302, 200, 200, 200, 200, 403, 403, 404, 403, 403),
    "guichet:absent": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:accueil": (302, 200, 200, 200, 200, 403, 403, 303, 403, 403),
    "guichet:affichage": tous(200),
    "guichet:borne": tous(403),
    "guichet:borne_installer": (302, 200, 200, 200, 200, 403, 403, 404, 403, 403),
    "guichet:borne_rendez_vous": tous(403),
    "guichet:borne_retirer": (302, 405, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:borne_sans_rdv": tous(403),
    "guichet:borne_ticket": tous(403),
    "guichet:affichage_appels": tous(200),
    "guichet:appeler": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:arrivee": (302, 405, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:choisir_site": (302, 200, 200, 200, 200, 403, 403, 200, 403, 403),
    "guichet:decider": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:file": (302, 403, 404, 404, 404, 403, 403, 404, 403, 403),
    "guichet:guichet": (302, 403, 303, 303, 303, 403, 403, 303, 403, 403),
    "guichet:jour": (302, 200, 200, 200, 200, 403, 403, 404, 403, 403),
    "guichet:liste_papier": (302, 200, 200, 200, 200, 403, 403, 404, 403, 403),
    "guichet:rattraper": (302, 200, 200, 200, 200, 403, 403, 404, 403, 403),
    "guichet:parti": (302, 405, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:papier_sans_rdv": (302, 200, 200, 200, 200, 403, 403, 404, 403, 403),
    "guichet:regles_appel": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "guichet:retablir": (302, 405, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:donner_priorite": (302, 405, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:retirer_priorite": (302, 405, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:pieces": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:poste": (302, 403, 200, 200, 200, 403, 403, 200, 403, 403),
    "guichet:rappeler": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:rattacher": (302, 200, 200, 200, 200, 403, 403, 404, 403, 403),
    "guichet:recevoir": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:remettre": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:sans_rdv": (302, 200, 200, 200, 200, 403, 403, 404, 403, 403),
    "guichet:suspendre": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:remettre_en_attente": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:transferer": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:rattacher_demande": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:ouvrir_demande": (302, 403, 200, 200, 200, 403, 403, 404, 403, 403),
    "guichet:scan": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:imprimer_rendez_vous": (302, 403, 404, 404, 404, 403, 403, 404, 403, 403),
    "guichet:donner_rendez_vous": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:prendre_la_suite": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:reprendre": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:empreintes": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:pause": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:fin_de_pause": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:annuler_arrivee": (302, 405, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:finir": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:terminer": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:ticket_telephone": tous(200),
    "guichet:ticket": (302, 200, 200, 200, 200, 403, 403, 404, 403, 403),
    "guichet:titre_detacher": (302, 403, 200, 200, 200, 403, 403, 404, 403, 403),
    "guichet:titre_rattacher": (302, 403, 200, 200, 200, 403, 403, 404, 403, 403),
    "guichet:titres": (302, 403, 200, 200, 200, 403, 403, 200, 403, 403),
    "guichet:titres_convoquer": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:titres_export": (302, 403, 200, 200, 200, 403, 403, 200, 403, 403),
    "guichet:titres_import": (302, 403, 200, 200, 200, 403, 403, 200, 403, 403),
    "guichet:titres_import_confirmer": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "guichet:titres_import_modele": (302, 403, 200, 200, 200, 403, 403, 200, 403, 403),
    "guichet:titres_nouveau": (302, 403, 200, 200, 200, 403, 403, 200, 403, 403),
    "guichet:titres_renvoyer": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "demandes:famille": tous(404),
    "demandes:franceconnect": tous(404),
    "demandes:franceconnect_retour": tous(404),
    "pages:accessibilite": tous(200),
    "pages:accompagnement": (302, 403, 403, 403, 403, 403, 403, 403, 403, 200),
    "pages:accompagnement_import": (302, 403, 403, 403, 403, 403, 403, 403, 403, 200),
    "pages:accompagnement_import_confirmer": (302, 403, 403, 403, 403, 403, 403, 403, 403, 405),
    "pages:accompagnement_import_modele": (302, 403, 403, 403, 403, 403, 403, 403, 403, 200),
    "pages:accompagnement_inviter": (302, 403, 403, 403, 403, 403, 403, 403, 403, 200),
    "pages:accompagnement_mandat": (302, 403, 403, 403, 403, 403, 403, 403, 403, 404),
    "pages:accompagnement_nouvelle": (302, 403, 403, 403, 403, 403, 403, 403, 403, 200),
    "pages:accompagnement_renvoyer": (302, 403, 403, 403, 403, 403, 403, 403, 403, 405),
    "pages:accompagnement_terminer": (302, 403, 403, 403, 403, 403, 403, 403, 403, 405),
    "pages:convoquer_lot": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "pages:signalements": (302, 403, 200, 200, 200, 403, 403, 200, 403, 403),
    "pages:signalement": (302, 403, 200, 200, 200, 403, 403, 404, 403, 403),
    "pages:lot": (302, 403, 200, 200, 200, 403, 403, 404, 403, 403),
    "pages:lot_etat": (302, 403, 200, 200, 200, 403, 403, 404, 403, 403),
    "planning:ouverture_repondre": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "pages:accueil": tous(200),
    "pages:acte_verifie": tous(200),
    "pages:action_accorder": (302, 403, 403, 409, 409, 403, 403, 404, 403, 403),
    "pages:action_annuler": (302, 403, 200, 200, 200, 403, 403, 404, 403, 403),
    "pages:action_classer-incomplete": (302, 403, 409, 409, 409, 403, 403, 404, 403, 403),
    "pages:action_completer": (302, 403, 409, 409, 409, 403, 403, 404, 403, 403),
    "pages:action_constater-completude": (302, 403, 409, 409, 409, 403, 403, 404, 403, 403),
    "pages:action_convoquer": (302, 403, 409, 409, 409, 403, 403, 404, 403, 403),
    "pages:action_instruire": (302, 403, 409, 409, 409, 403, 403, 404, 403, 403),
    "pages:action_refuser": (302, 403, 403, 409, 409, 403, 403, 404, 403, 403),
    "pages:action_retirer": (302, 403, 200, 200, 200, 403, 403, 404, 403, 403),
    "pages:action_revoquer": (302, 403, 200, 200, 200, 403, 403, 404, 403, 403),
    "pages:action_terminer": (302, 403, 409, 409, 409, 403, 403, 404, 403, 403),
    "pages:action_titre-pret": (302, 403, 409, 409, 409, 403, 403, 404, 403, 403),
    "pages:agent": (302, 200, 200, 200, 200, 403, 403, 200, 403, 403),
    "pages:demarche": tous(200),
    "pages:demarche_commencer": tous(303),
    "pages:demarches": tous(200),
    "pages:demo_boite": tous(200),
    "pages:demo_boite_json": tous(200),
    "pages:demo_message": tous(404),
    "pages:demo_piece": tous(404),
    "pages:doublon": (302, 403, 404, 404, 404, 403, 403, 404, 403, 403),
    "pages:doublon_distinguer": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "pages:doublons": (302, 403, 200, 200, 200, 403, 403, 200, 403, 403),
    "pages:fusion_defaire": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "pages:donnees_personnelles": tous(200),
    "pages:dossier": (302, 200, 200, 200, 200, 403, 403, 404, 403, 403),
    "pages:dossier_mandat": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "pages:langue": tous(200),
    "pages:organisme": (302, 403, 403, 403, 200, 200, 200, 404, 403, 403),
    "pages:organisme_mandat": (302, 403, 403, 403, 403, 405, 405, 403, 403, 403),
    "pages:organisme_retablir": (302, 403, 403, 403, 403, 405, 405, 403, 403, 403),
    "pages:organisme_suspendre": (302, 403, 403, 403, 403, 405, 405, 403, 403, 403),
    "pages:organismes": (302, 403, 403, 403, 200, 200, 200, 200, 403, 403),
    "pages:parametrage": (302, 403, 403, 403, 403, 200, 200, 403, 403, 403),
    "pages:parametrage_aiguillage": (302, 403, 403, 403, 403, 200, 200, 403, 403, 403),
    "pages:parametrage_aiguillage_agir": (302, 403, 403, 403, 403, 405, 405, 403, 403, 403),
    "pages:parametrage_aiguillage_ajouter": (302, 403, 403, 403, 403, 200, 200, 403, 403, 403),
    "pages:parametrage_aiguillage_regle": (302, 403, 403, 403, 403, 404, 404, 403, 403, 403),
    "pages:parametrage_annuler": (302, 403, 403, 403, 403, 405, 405, 403, 403, 403),
    "pages:parametrage_eligibilite": (302, 403, 403, 403, 403, 404, 404, 403, 403, 403),
    "pages:parametrage_eligibilite_agir": (302, 403, 403, 403, 403, 405, 405, 403, 403, 403),
    "pages:parametrage_eligibilite_ajouter": (302, 403, 403, 403, 403, 200, 200, 403, 403, 403),
    "pages:parametrage_essai": (302, 403, 403, 403, 403, 200, 200, 403, 403, 403),
    "pages:parametrage_historique": (302, 403, 403, 403, 403, 200, 200, 403, 403, 403),
    "pages:parametrage_messages": (302, 403, 403, 403, 403, 200, 200, 403, 403, 403),
    "pages:parametrage_modele": (302, 403, 403, 403, 403, 200, 200, 403, 403, 403),
    "pages:parametrage_modele_html": (302, 403, 403, 403, 403, 405, 405, 403, 403, 403),
    "pages:parametrage_modeles": (302, 403, 403, 403, 403, 200, 200, 403, 403, 403),
    "pages:parametrage_signalements": (302, 403, 403, 403, 403, 200, 200, 403, 403, 403),
    "pages:parametrage_motif": (302, 403, 403, 403, 403, 200, 200, 403, 403, 403),
    "pages:parametrage_motifs": (302, 403, 403, 403, 403, 200, 200, 403, 403, 403),
    "pages:parametrage_piece": (302, 403, 403, 403, 403, 200, 200, 403, 403, 403),
    "pages:parametrage_question": (302, 403, 403, 403, 403, 404, 404, 403, 403, 403),
    "pages:sante": tous(200),
    "pages:suivi": tous(200),
    "pages:suivi_acces_propre": tous(404),
    "pages:suivi_code": tous(303),
    "pages:suivi_completer": tous(405),
    "pages:suivi_demandes": tous(303),
    "pages:suivi_dossier": tous(404),
    "pages:suivi_ecrire": tous(405),
    "pages:suivi_lien": tous(303),
    "pages:suivi_mandat_retirer": tous(405),
    "pages:suivi_ouvrir": tous(405),
    "pages:suivi_quitter": tous(405),
    "pages:suivi_retirer": tous(404),
    "pages:verifier": tous(200),
    "planning:absence_ajouter": (302, 403, 403, 403, 200, 403, 403, 200, 403, 403),
    "planning:absence_supprimer": (302, 403, 403, 403, 405, 403, 403, 405, 403, 403),
    "planning:absences": (302, 403, 403, 403, 200, 403, 403, 200, 403, 403),
    "planning:agenda_ajouter": (302, 403, 403, 403, 200, 403, 403, 200, 403, 403),
    "planning:agenda_medecins": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "planning:agenda_fermer": (302, 403, 403, 403, 405, 403, 403, 405, 403, 403),
    "planning:agrement_retirer": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "planning:annuler": tous(303, aidant=404),
    "planning:attente": tous(405),
    "planning:attestation": tous(405),
    "planning:avis_ecarter": (302, 403, 405, 405, 405, 403, 403, 405, 403, 403),
    "planning:avis_papier": (302, 403, 404, 404, 404, 403, 403, 404, 403, 403),  # no doctor is heard on this motif
    "planning:besoins": tous(303, aidant=404),
    "planning:calendrier": tous(303, aidant=404),
    "planning:carte": tous(303, aidant=404),
    **{f"pages:ancienne_{n}": tous(404) for n in ("booking", "rdvpref", "rdvpref_suite")},
    "pages:ancienne_booking_suite": tous(200),
    "pages:parametrage_adresses": (302, 403, 403, 403, 403, 200, 200, 403, 403, 403),
    "pages:parametrage_bascule": (302, 403, 403, 403, 403, 200, 200, 403, 403, 403),
    **{f"planning:reprise{n}": GERE for n in ("", "_colonnes", "_correspondances", "_etat", "_lignes", "_rapport")},
    "planning:reprise_motif_ajouter": GERE,
    **{f"planning:reprise_{n}": ACTE for n in ("confirmer", "motif_supprimer", "reessayer")},
    "planning:reprise_ligne": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    **{f"planning:casper{n}": GERE for n in ("", "_agent_ajouter", "_code_ajouter", "_colonnes", "_correspondances")},
    "planning:casper_confirmer": (302, 403, 403, 403, 405, 403, 403, 405, 403, 403),
    "planning:casper_oublier_agents": (302, 403, 403, 403, 405, 403, 403, 405, 403, 403),
    "planning:casper_oublier_codes": (302, 403, 403, 403, 405, 403, 403, 405, 403, 403),
    "planning:conge_demander": (302, 200, 200, 200, 200, 403, 403, 200, 403, 403),
    "planning:conge_repondre": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "planning:conge_retirer": (302, 405, 405, 405, 405, 403, 403, 405, 403, 403),
    "planning:conflit": (302, 403, 403, 403, 404, 403, 403, 404, 403, 403),  # none of a publication
    "planning:conflit_resoudre": (302, 403, 403, 403, 405, 403, 403, 405, 403, 403),
    "planning:conflits": (302, 403, 403, 403, 200, 403, 403, 200, 403, 403),
    "planning:creneaux": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "planning:demandes_agents": (302, 403, 403, 403, 200, 403, 403, 200, 403, 403),
    "planning:deplacer": tous(303, aidant=404),
    "planning:echange_accepter": (302, 405, 405, 405, 405, 403, 403, 405, 403, 403),
    "planning:echange_decliner": (302, 405, 405, 405, 405, 403, 403, 405, 403, 403),
    "planning:echange_proposer": (302, 404, 404, 404, 404, 403, 403, 404, 403, 403),
    "planning:echange_repondre": (302, 403, 403, 403, 404, 403, 403, 404, 403, 403),
    "planning:fermeture_ajouter": (302, 403, 403, 403, 200, 403, 403, 200, 403, 403),
    "planning:fermeture_supprimer": (302, 403, 403, 403, 405, 403, 403, 405, 403, 403),
    "planning:fiche": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "planning:fiches": (302, 403, 403, 403, 200, 403, 403, 200, 403, 403),
    "planning:flux": tous(200),
    "planning:flux_ouvrir": (302, 405, 405, 405, 405, 403, 403, 405, 403, 403),
    "planning:habilitation_ajouter": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "planning:habilitation_modifier": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "planning:habilitation_retirer": (302, 403, 403, 403, 405, 403, 403, 405, 403, 403),
    "planning:horaire_ajouter": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "planning:horaire_supprimer": (302, 403, 403, 403, 405, 403, 403, 405, 403, 403),
    "planning:libres": tous(200),  # which slots are free, to whoever holds a question that a page of ours signed
    "planning:lien": tous(200, aidant=404),
    "planning:medecin": tous(200),  # asks for the code that is mailed to the doctor
    "planning:medecin_absent": tous(405),
    "planning:medecin_ajouter": (302, 403, 403, 403, 200, 403, 403, 200, 403, 403),
    "planning:medecin_avis": tous(303),
    "planning:medecin_contresigner": tous(405),
    "planning:medecin_courriel": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "planning:medecin_deport": tous(405),
    "planning:medecin_examen": tous(303),
    "planning:medecin_fermeture": tous(303),
    "planning:medecin_fermeture_supprimer": tous(405),
    "planning:medecin_lien": (302, 403, 403, 403, 405, 403, 403, 405, 403, 403),
    "planning:medecin_plage": tous(303),
    "planning:medecin_plage_supprimer": tous(405),
    "planning:medecin_quitter": tous(405),
    "planning:medecin_renouveler": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "planning:medecin_retablir": (302, 403, 403, 403, 405, 403, 403, 405, 403, 403),
    "planning:medecin_suspendre": (302, 403, 403, 403, 405, 403, 403, 405, 403, 403),
    "planning:medecins": (302, 403, 403, 403, 200, 403, 403, 200, 403, 403),
    "planning:mon_planning": (302, 200, 200, 200, 200, 403, 403, 200, 403, 403),
    "planning:offre": tous(405),
    "planning:dossiers": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    **dict.fromkeys(
        [f"planning:dossiers_{n}" for n in ("proposer", "arreter", "appliquer", "defaire")],
        (302, 403, 403, 403, 405, 403, 403, 405, 403, 403),
    ),
    **dict.fromkeys(
        [f"planning:dossiers_{n}" for n in ("etat", "liste")], (302, 403, 403, 403, 200, 403, 403, 404, 403, 403)
    ),
    "planning:ouvertures": (302, 403, 403, 403, 200, 403, 403, 200, 403, 403),
    "planning:plage_ajouter": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "planning:plage_modifier": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "planning:plage_supprimer": (302, 403, 403, 403, 405, 403, 403, 405, 403, 403),
    **{f"planning:plan_{a}": ACTE for a in ("arreter", "calculer", "creer", "defaire", "echanger", "supprimer")},
    **{f"planning:{a}publier": ACTE for a in ("", "plan_")},
    **{f"planning:surreservation_{a}": ACTE for a in ("appliquer", "apprendre", "retirer")},
    "planning:plan_case": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "planning:plan_etat": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "planning:plan_reparer": (302, 403, 403, 403, 405, 403, 403, 405, 403, 403),
    "planning:presences": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "planning:regime_ajouter": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "planning:regime_modifier": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "planning:regime_retirer": (302, 403, 403, 403, 405, 403, 403, 405, 403, 403),
    "planning:regles": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "planning:regles_semaine": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "planning:reprendre": tous(405),
    "planning:confirmer": tous(405),
    "planning:confirmation": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "planning:confirmations": GERE,
    "planning:reserver": tous(405),
    "planning:rythme": (302, 403, 403, 403, 405, 403, 403, 405, 403, 403),
    "planning:semaine": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "planning:surreservation": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "planning:surreservation_regles": (302, 403, 403, 403, 200, 403, 403, 404, 403, 403),
    "statistiques:export": (302, 403, 403, 403, 200, 200, 200, 200, 403, 403),
    "statistiques:tableau": (302, 403, 403, 403, 200, 200, 200, 200, 403, 403),
    "statistiques:temps": (302, 403, 403, 403, 200, 200, 200, 200, 403, 403),
    "statistiques:temps_export": (302, 403, 403, 403, 200, 200, 200, 200, 403, 403),
}


@pytest.fixture
def monde(db: None) -> Monde:
    """What the addresses speak of."""
    return creer_monde()


def arguments(nom: str, m: Monde) -> dict[str, Any]:
    """Return the arguments of an address, all of real things of the Bas-Rhin."""
    piece = m.demande.pieces.courantes().select_related("piece_requise").get()
    agents = {"numero": m.demande.numero}
    ligne = {"pk": m.passage.pk}
    lien = {"jeton": deriver(USAGE, str(m.convocation.cle))}
    acte = Acte.objects.filter(demande=m.demande).earliest("pk")
    ou = {"ou": m.demande.prefecture.departement}
    message = Notification.objects.filter(demande=m.demande).earliest("pk")
    if nom.startswith("planning:medecin"):
        docteur = {"jeton": "jeton-du-medecin", "pk": m.agenda.medecins.get().pk}
        return {c: docteur[c] for c in adresses()[nom]}
    if nom.startswith("planning:plan_"):
        du_plan = {"pk": m.plan.pk, "agent": m.file.habilitations.get().agent_id, "demi_journee": 0}
        return {c: du_plan[c] for c in adresses()[nom]}
    if nom.startswith("planning:dossiers_"):
        propositions = m.demande.service.propositions_dossiers
        return {c: {"pk": propositions.get().pk}[c] for c in adresses()[nom]}
    if nom.startswith(("demandes:lot", "demandes:lettre_revenue", "demandes:non_remis_")):
        lettre = Notification.objects.get(cle="p" if "non_remis" in nom else "l")
        du_lot = {"pk": lettre.lot_id if "lot" in nom else lettre.pk, "lettre": lettre.pk}
        return {c: du_lot[c] for c in adresses()[nom]}
    particuliers: dict[str, dict[str, Any]] = {
        "demandes:courriers_preparer": {"service": m.demande.service_id},
        "planning:absence_supprimer": {"pk": m.absence.pk},
        **{f"pages:ancienne_{n}_suite": {"reste": "create/1/0"} for n in ("booking", "rdvpref")},
        "planning:reprise_ligne": {"pk": m.reprise.pk},
        "planning:confirmation": {"pk": m.convocation.rendez_vous.get().pk},
        "planning:reprise_motif_supprimer": {"pk": m.demande.prefecture.motifs_repris.get().pk},
        "planning:casper_oublier_agents": {"pk": m.casper.pk},
        "planning:casper_oublier_codes": {"pk": m.casper.prefecture.codes_casper.get().pk},
        **{f"planning:{n}": {"pk": m.absence.agent_id} for n in ("fiche", "habilitation_ajouter", "regime_ajouter")},
        **{f"planning:habilitation_{n}": {"pk": m.file.habilitations.get().pk} for n in ("modifier", "retirer")},
        **{f"planning:regime_{n}": {"pk": m.absence.agent.regimes.get().pk} for n in ("modifier", "retirer")},
        "planning:horaire_supprimer": {"pk": m.file.horaires_exceptionnels.get().pk},
        **{f"planning:conge_{n}": {"pk": m.absence.agent.demandes_conge.get().pk} for n in ("repondre", "retirer")},
        "planning:libres": {"question": question_de(besoin_de(m.convocation), [INSTANT.date()], maintenant=INSTANT)},
        **{f"pages:{n}": {"pk": m.absence.agent.lots_convocations.get().pk} for n in ("lot", "lot_etat")},
        "pages:signalement": {"pk": m.demande.signalements.get().pk},
        "planning:ouverture_repondre": {"pk": m.file.demandes_ouverture.get().pk},
        "planning:flux": {"jeton": flux.jeton_du_flux(m.absence.agent)},
        "planning:agenda_fermer": {"pk": m.agenda.pk},
        "planning:agenda_medecins": {"pk": m.agenda.pk},
        "planning:agrement_retirer": {"pk": m.agenda.medecins.get().agrements.get().pk},
        "demandes:deport_retirer": {"pk": m.absence.agent.deports.get().pk},
        "demandes:piece_conforme": agents | {"cle": piece.cle},
        "demandes:piece_non_conforme": agents | {"cle": piece.cle},
        "demandes:piece_vue": agents | {"code": piece.piece_requise.code},
        "demandes:piece_ajouter": agents | {"code": piece.piece_requise.code},
        "demandes:piece": {"cle": piece.cle},
        "demandes:acte": {"code": acte.code},
        "demandes:depot": {"cle": m.demande.cle},
        "demandes:depot_confirmation": {"cle": m.demande.cle},
        "demandes:famille": {"cle": m.demande.cle},
        "demandes:depot_etape": {"cle": m.demande.cle, "etape": "identite"},
        "demandes:depot_question": {"cle": m.demande.cle, "question": "neph"},
        "pages:acte_verifie": {"code": acte.code},
        "pages:doublon": {"premier": 1, "second": 2},
        "pages:doublon_distinguer": {"premier": 1, "second": 2},
        "pages:suivi_ouvrir": {"cle": m.demande.cle},
        "pages:demarche": {"code": m.demande.motif.code},
        "pages:demarche_commencer": {"code": m.demande.motif.code},
        "pages:suivi_lien": {"cle": m.demande.cle, "jeton": deriver("suivi", str(m.demande.cle))},
        "pages:demo_message": {"pk": message.pk},
        "pages:demo_piece": {"pk": message.pk, "rang": 0},
        "planning:plage_modifier": {"pk": m.plage.pk},
        "planning:plage_supprimer": {"pk": m.plage.pk},
        "planning:fermeture_supprimer": {"pk": m.fermeture.pk},
        "planning:creneaux": {"pk": m.file.pk},
        "planning:surreservation_regles": {"site": m.file.site.code},
        "planning:rythme": {"pk": m.file.pk},
        "planning:conflit": {"pk": m.file.creneaux.earliest("pk").pk},
        "planning:conflit_resoudre": {"pk": m.file.creneaux.earliest("pk").pk},
        "guichet:arrivee": {"pk": m.convocation.rendez_vous.get().pk},
        "demandes:mandat": (lien_du_mandat := {"jeton": deriver("mandat", str(m.mandat.cle))}),
        "demandes:mandat_donner": lien_du_mandat,
        "demandes:mandat_refuser": lien_du_mandat,
        "demandes:mandat_retirer": lien_du_mandat,
        "pages:organisme": (organisme := {"pk": m.mandat.organisme_id}),
        "pages:organisme_suspendre": organisme,
        "pages:organisme_retablir": organisme,
        "pages:organisme_mandat": organisme | {"mandat": m.mandat.pk},
        "pages:accompagnement_mandat": (mandat := {"pk": m.mandat.pk}),
        "pages:accompagnement_renvoyer": mandat,
        "pages:accompagnement_terminer": mandat,
        "pages:dossier_mandat": agents | mandat,
        "pages:suivi_mandat_retirer": agents | mandat,
        "pages:parametrage_modele": (
            texte := ou | {"etape": "rendez_vous", "canal": "courriel", "langue": "fr", "code": "toutes"}
        ),
        "pages:parametrage_modele_html": texte,
        "pages:parametrage_piece": ou | {"code": m.demande.motif.code, "piece": piece.piece_requise.code},
        "pages:parametrage_question": ou | {"code": m.demande.motif.code, "question": "aucune"},
        "guichet:titre_detacher": {"pk": m.titre.pk},
        "guichet:titre_rattacher": {"pk": m.titre.pk},
        "guichet:decider": ligne | {"action": "accorder"},
        "guichet:ticket_telephone": {"jeton": adresse_du_ticket(m.passage).split("/")[2]},
        **{
            f"guichet:borne{page}": {"code": m.file.site.code}
            for page in ("", "_installer", "_rendez_vous", "_sans_rdv")
        },
        "guichet:regles_appel": {"code": m.file.site.code},
        **{f"guichet:borne_{page}": {"code": m.file.site.code} | ligne for page in ("retirer", "ticket")},
    }
    generaux = (
        ou
        | {"code": m.demande.motif.code, "numero": m.demande.numero, "pk": m.passage.pk, "site": m.file.site.code}
        | lien
    )
    if nom in particuliers:
        return particuliers[nom]
    return {c: generaux[c] for c in adresses()[nom]}


def adresses() -> dict[str, frozenset[str]]:
    """Return every named address with the names of its arguments, Django's admin apart."""
    return {
        nom: frozenset(motif.pattern.converters)
        for nom, motif in _parcourir(get_resolver())
        if not nom.startswith("admin:")
    }


def _parcourir(resolveur: URLResolver, espace: str = "", avant: frozenset[str] = frozenset()) -> Iterator[Any]:
    for motif in resolveur.url_patterns:
        if isinstance(motif, URLResolver):
            yield from _parcourir(motif, f"{espace}{motif.namespace}:" if motif.namespace else espace, avant)
        elif isinstance(motif, URLPattern):
            yield f"{espace}{motif.name}", motif


def connecter(client: Client, role: str) -> None:
    """Log a new agent of that role in."""
    if role == "anonyme":
        return
    if role == "superutilisateur":
        agent: Agent = AgentFactory(is_superuser=True)
    elif role == "aidant":
        agent = AidantFactory().agent
    elif role == "etranger":
        agent = AgentFactory(chef_service=True, prefecture=PrefectureFactory(departement="93"))
    else:
        agent = AgentFactory(role=role)
    client.force_login(agent)


def test_table_holds_every_address_and_no_other() -> None:
    assert set(TABLE) == set(adresses())
    assert {len(ligne) for ligne in TABLE.values()} == {len(ROLES)}


@pytest.mark.parametrize("role", ROLES)
def test_each_address_answers_the_role_as_the_table_says(monde: Monde, role: str) -> None:
    ecarts, rang = [], ROLES.index(role)
    for nom, ligne in TABLE.items():
        client = Client()
        connecter(client, role)
        obtenu = client.get(reverse(nom, kwargs=arguments(nom, monde))).status_code
        if obtenu != ligne[rang]:
            ecarts.append(f"{nom} : {obtenu} au lieu de {ligne[rang]}")
    assert ecarts == []


def test_post_by_a_foreign_agent_is_refused_and_writes_nothing(monde: Monde) -> None:
    """An address that an agent opens answers 403, 404 or 405 to the colleague of another département, never more."""
    client = Client()
    connecter(client, "etranger")
    avant, ecarts = _ecrits(), []
    for nom, ligne in TABLE.items():
        if ligne[0] != 302 or nom in A_LUI:
            continue
        obtenu = client.post(reverse(nom, kwargs=arguments(nom, monde)), {"motif": "x", "date": "x"}).status_code
        if obtenu not in (403, 404, 405):
            ecarts.append(f"{nom} : {obtenu}")
    assert ecarts == []
    assert _ecrits() == avant


def _ecrits() -> tuple[Any, ...]:
    """Return what such a POST could have changed."""
    demandes = Demande.objects.order_by("pk").values_list("pk", "etat", "agent")
    passages = Passage.objects.order_by("pk").values_list("pk", "etat")
    plages = PlageOuverture.objects.count(), Fermeture.objects.count()
    return list(demandes), list(passages), plages, Evenement.objects.count(), Notification.objects.count()
