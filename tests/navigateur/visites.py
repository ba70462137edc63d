"""What the audit of accessibility visits with: a world, the browsers of those who use it, and every address once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.test import Client
from django.urls import reverse

from demandes.models import Demande, Motif, Question
from demandes.views.acces import CLE_SESSION
from guichet.models import Passage
from guichet.services.accueil import constater_depart
from planipref.commun.horloge import maintenant
from tests.architecture.monde import Monde, creer_monde
from tests.architecture.table_acces import ROLES, TABLE
from tests.architecture.test_acces import adresses, arguments, connecter
from tests.demandes.factories import MotifFactory, PieceRequiseFactory, QuestionFactory, ServiceFactory
from tests.navigateur.audit import Auditeur
from tests.parcours import Equipe, acteur, equipe

# Who opens an address first, of those who may.
ORDRE = ("anonyme", "instructeur", "chef_service", "accueil", "webmestre", "administrateur", "aidant")
# Downloaded, read by a program, a part of a page that comes by itself, or a way to another page.
SANS_PAGE = {
    "demandes:acte",
    "demandes:depot",
    "demandes:franceconnect",
    "demandes:franceconnect_retour",  # a page only when it fails
    "demandes:lot_etat",
    "demandes:lot_pdf",
    "demandes:piece",
    "guichet:affichage_appels",
    "guichet:file",
    "guichet:jour",
    "guichet:titres_export",
    "guichet:titres_import_modele",
    "pages:accompagnement_import_modele",
    "pages:ancienne_booking",  # the page that `ancienne_booking_suite` shows
    "pages:ancienne_rdvpref",
    "pages:ancienne_rdvpref_suite",
    "pages:demarche_commencer",
    "pages:demo_boite_json",
    "pages:demo_piece",
    "pages:lot_etat",
    "pages:sante",
    "pages:suivi_lien",
    "planning:calendrier",
    "planning:flux",
    "planning:libres",
    "planning:medecin_avis",
    "planning:dossiers_etat",
    "planning:plan_etat",
    "planning:reprise_etat",
    "planning:reprise_rapport",
    "statistiques:export",
    "statistiques:temps_export",
}


def pages_attendues() -> set[str]:
    """Return the addresses that show a page: all, but those that only take a POST and those that show none."""
    return {nom for nom, ligne in TABLE.items() if 405 not in ligne} - SANS_PAGE


class Visites:
    """The auditor, the world it visits, and the ways to become somebody in it."""

    def __init__(self, auditeur: Auditeur) -> None:
        self.auditeur = auditeur
        self.va, self.fait = auditeur.va, auditeur.fait
        with self.a_la_main():
            self.monde: Monde = creer_monde()
            self.motif: Motif = _motif()
            self.equipe: Equipe = equipe(self.monde.demande)

    @contextmanager
    def a_la_main(self) -> Iterator[None]:
        """Act on the base between two screens."""
        with self.auditeur.site.a_la_main():
            yield

    def devient(
        self, qui: str, agent: Any = None, *, langue: str = "fr", session: dict[str, Any] | None = None
    ) -> None:
        """Open the browser of somebody, with what their session holds."""
        with self.a_la_main():
            client = Client()
            if agent is not None:
                client.force_login(agent)
            if session:
                ouverte = client.session
                ouverte.update(session)
                ouverte.save()
        self.auditeur.devient(qui, client, langue=langue)

    def usager(self, *demandes: Demande, langue: str = "fr", session: dict[str, Any] | None = None) -> None:
        """Open the browser of the person of these demandes."""
        ouvertes = {CLE_SESSION: [d.cle_session for d in demandes]}
        self.devient("usager", langue=langue, session=ouvertes | (session or {}))

    def vider_la_file(self) -> None:
        """Send home who waits in the world of the test of rights, if nobody has yet."""
        attente = Passage.objects.filter(pk=self.monde.passage.pk, etat=Passage.Etat.ARRIVE).first()
        if attente is not None:
            constater_depart(attente, par=acteur(self.equipe.chloe), maintenant=maintenant())

    def chaque_adresse(self) -> None:
        """Open every address as the first role that may, in the world of the test of rights."""
        vues: set[str] = set()
        for role in ORDRE:
            rang = ROLES.index(role)
            noms = [n for n in adresses() if TABLE[n][rang] == 200 and n not in vues | SANS_PAGE]
            vues |= set(noms)
            with self.a_la_main():
                client = Client()
                connecter(client, role)
                chemins = [reverse(nom, kwargs=arguments(nom, self.monde)) for nom in noms]
            self.auditeur.devient(role, client if role != "anonyme" else None)
            for chemin in chemins:
                self.va(chemin, "ouverte")


def _motif() -> Motif:
    """Make a démarche that asks every kind of question, for a file sent, one optional and one shown on the spot."""
    motif: Motif = MotifFactory(code="TOUT", libelle="Renouvellement d’un titre de séjour", pieces=0)
    for rang, genre in enumerate(Question.Genre):
        options = [{"valeur": v, "libelle": f"Réponse {v}"} for v in "abc"] if genre == Question.Genre.CHOIX else []
        libelle = f"Question « {genre.label} » ?"
        QuestionFactory(motif=motif, genre=genre, libelle=libelle, ordre=rang, options=options, obligatoire=rang != 1)
    PieceRequiseFactory(motif=motif, code="passeport", libelle="Passeport en cours de validité", ordre=0)
    PieceRequiseFactory(motif=motif, code="bail", libelle="Bail", ordre=1, obligatoire=False, aide="si vous louez")
    PieceRequiseFactory(motif=motif, code="photos", libelle="Photos d’identité", ordre=2, au_guichet=True)
    ServiceFactory(genre=motif.genre_service)
    return motif
