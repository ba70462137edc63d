"""What the addresses of the table of rights speak of: one of each, in the Bas-Rhin, and their arguments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from psycopg.types.range import DateRange

from demandes.models import Acte, Convocation, Demande, Mandat, Notification
from demandes.services.convocation import USAGE
from guichet.models import Passage, Titre
from guichet.services.accueil import enregistrer_sans_rdv
from guichet.views.borne import adresse_du_ticket
from planipref.commun.horloge import maintenant
from planipref.commun.jetons import deriver, empreinte, nouvelle_cle
from planning import models as planning
from planning.models import AgendaMedical, Fermeture, FileGuichet, PlageOuverture
from planning.services import flux
from tests.demandes.factories import (
    TOUJOURS,
    DemandeFactory,
    MandatFactory,
)
from tests.guichet.factories import TitreFactory
from tests.parcours import acteur, amener_a, equipe
from tests.planning.aide_medical import agenda, medecin, motif_examen
from tests.planning.factories import AbsenceFactory, HabilitationFactory


@dataclass(frozen=True)
class Monde:
    """What the addresses speak of."""

    demande: Demande
    convocation: Convocation
    passage: Passage
    file: FileGuichet
    plage: PlageOuverture
    fermeture: Fermeture
    mandat: Mandat
    titre: Titre
    agenda: AgendaMedical
    plan: planning.PlanSemaine
    absence: planning.Absence
    casper: planning.AgentCasper


def creer_monde() -> Monde:
    """Make a demande with an appointment in the Bas-Rhin, and somebody who waits."""
    demande = amener_a(DemandeFactory(), "rdv_pris")
    e = equipe(demande)
    passage = enregistrer_sans_rdv(e.file, par=acteur(e.chloe), maintenant=maintenant())
    plage = PlageOuverture.objects.create(
        file=e.file, jour=1, debut="09:00", fin="12:00", nb_guichets=1, reserve_sans_rdv=0, pendant=TOUJOURS
    )
    jours = DateRange(date(2030, 5, 2), date(2030, 5, 3))
    fermeture = Fermeture.objects.create(prefecture=demande.prefecture, pendant=jours, libelle="Inventaire")
    mandat = MandatFactory(demande=demande)
    titre = TitreFactory(site=e.site)
    lieu = agenda([medecin(0, empreinte=empreinte("jeton-du-medecin"))], motif_examen("medecin"))
    HabilitationFactory(agent=e.chloe, file=e.file)
    plan = planning.PlanSemaine.objects.create(
        site=e.site, lundi=date(2030, 3, 11), nom="Brouillon", cree_le=maintenant()
    )
    absence = AbsenceFactory(agent=e.chloe)
    planning.RegimeTravail.objects.create(agent=e.chloe, quotite=80, teletravail=[0], pendant=TOUJOURS)
    planning.CodeCasper.objects.create(prefecture=demande.prefecture, code="CA", genre="conge")
    casper = planning.AgentCasper.objects.create(prefecture=demande.prefecture, agent=e.chloe, identifiant="00123")
    cle, condensat = nouvelle_cle(flux.USAGE)
    planning.FluxPlanning.objects.create(agent=e.chloe, cle=cle, empreinte=condensat)
    convocation = demande.convocations.get()
    return Monde(demande, convocation, passage, e.file, plage, fermeture, mandat, titre, lieu, plan, absence, casper)


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
    particuliers: dict[str, dict[str, Any]] = {
        "planning:absence_supprimer": {"pk": m.absence.pk},
        "planning:casper_oublier_agents": {"pk": m.casper.pk},
        "planning:casper_oublier_codes": {"pk": m.casper.prefecture.codes_casper.get().pk},
        **{f"planning:{n}": {"pk": m.absence.agent_id} for n in ("fiche", "habilitation_ajouter", "regime_ajouter")},
        **{f"planning:habilitation_{n}": {"pk": m.file.habilitations.get().pk} for n in ("modifier", "retirer")},
        **{f"planning:regime_{n}": {"pk": m.absence.agent.regimes.get().pk} for n in ("modifier", "retirer")},
        "planning:flux": {"jeton": flux.jeton_du_flux(m.absence.agent)},
        "planning:agenda_fermer": {"pk": m.agenda.pk},
        "planning:agenda_medecins": {"pk": m.agenda.pk},
        "planning:agrement_retirer": {"pk": m.agenda.medecins.get().agrements.get().pk},
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
