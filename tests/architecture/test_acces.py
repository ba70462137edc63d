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
from tests.architecture.table_acces import ROLES, TABLE
from tests.demandes.factories import (
    INSTANT,
    AgentFactory,
    AidantFactory,
    PrefectureFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


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
        "pages:parametrage_modele_pdf": texte,
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
