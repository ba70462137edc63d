"""What an agent sees and does of the import of the former module: their sites, nobody of their déports, no oracle."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from demandes.cycle import Etat
from demandes.models import Agent, Demande, Evenement, Service, Site
from demandes.services.deports import Vise, declarer_deport
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import maintenant
from planning import selectors_reprise as lectures
from planning.models import FileGuichet, LigneReprise, MotifRepris, ReglagesReprise, RendezVous
from planning.selectors_jugement_reprise import juger
from planning.selectors_lecture_reprise import AILLEURS, LectureReprise, LigneDeReprise, Sort, lire_reprise
from planning.services import ancien_module, mots_reprise
from tests.demandes.factories import (
    INSTANT,
    AgentFactory,
    AttributionFactory,
    DemandeFactory,
    ServiceFactory,
    SiteFactory,
    UsagerFactory,
)
from tests.parcours import acteur, amener_a
from tests.planning.aide_reprise import MARDI, Ancien, ancien
from tests.planning.factories import CreneauFactory, FileGuichetFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]
Collision = LigneReprise.Collision
NUMERO = "9912345678"
ICI, LA = "Titre de séjour", "Titre à Sélestat"


@pytest.fixture
def a(transactional_db: None) -> Ancien:
    """The préfecture that leaves its module."""
    return ancien()


@pytest.fixture
def annexe(a: Ancien) -> FileGuichet:
    """A queue of another site, where an object of the former module leads."""
    site = SiteFactory(prefecture=a.prefecture, code="67-selestat", genre=Site.Genre.SOUS_PREFECTURE)
    file: FileGuichet = FileGuichetFactory(site=site, code="selestat", motifs=[a.motif])
    MotifRepris.objects.create(prefecture=a.prefecture, libelle=LA, motif=a.motif, file=file)
    return file


@pytest.fixture
def fatou(a: Ancien, annexe: FileGuichet) -> Agent:
    """A manager of that other site alone."""
    agent: Agent = AgentFactory(username="fatou")
    AttributionFactory(agent=agent, role="chef_service", prefecture=a.prefecture, site=annexe.site)
    return agent


def travailler() -> None:
    ancien_module.reprendre_en_attente(maintenant=maintenant)


def lire(a: Ancien, agent: Agent, *lignes: str) -> LectureReprise:
    # Read afresh: an agent keeps their rights and their déports for a request.
    qui = Agent.objects.get(pk=agent.pk)
    return lire_reprise(a.prefecture, a.fichier(*lignes), agent=qui, maintenant=INSTANT)


def deporter(agent: Agent, **vise: str) -> None:
    declarer_deport(agent, Vise(**vise), jusqu_au=None, par=acteur(agent), maintenant=INSTANT)


# Sites


def test_manager_of_one_site_sees_and_resolves_its_lines_only(
    client: Client, a: Ancien, annexe: FileGuichet, fatou: Agent
) -> None:
    a.importer(a.ligne("R1", nom="Okoye"), a.ligne("R2", nom="Diallo", motif=LA))
    travailler()
    ici, la = LigneReprise.objects.order_by("pk")
    autre = a.creneau(MARDI + timedelta(hours=1))
    client.force_login(fatou)
    page = client.get("/planning/reprise/lignes/").content.decode()
    assert "DIALLO" in page
    assert "OKOYE" not in page
    assert client.get(f"/planning/reprise/lignes/{la.pk}/").status_code == 200
    assert client.get(f"/planning/reprise/lignes/{ici.pk}/").status_code == 404
    rapport = client.get("/planning/reprise/rapport.csv").content.decode()
    assert "DIALLO" in rapport
    assert "OKOYE" not in rapport
    par = acteur(fatou)
    for geste in (
        lambda: ancien_module.resoudre(ici, creneau=autre, par=par, maintenant=INSTANT),
        lambda: ancien_module.ecarter(ici, "Ne vient plus", par=par, maintenant=INSTANT),
        lambda: ancien_module.garder(ici, par=par, maintenant=INSTANT),
    ):
        with pytest.raises(DroitRefuse):
            geste()
    assert ancien_module.reessayer(a.prefecture, par=par, maintenant=INSTANT) == 1
    assert LigneReprise.objects.get(pk=ici.pk).etat == "collision"
    ancien_module.ecarter(ici, "Ne vient plus", par=acteur(a.denis), maintenant=INSTANT)


def test_manager_of_one_site_imports_its_lines_only(a: Ancien, annexe: FileGuichet, fatou: Agent) -> None:
    a.creneau()
    CreneauFactory(file=annexe, debut=MARDI)
    lignes = (a.ligne("R1", nom="Okoye"), a.ligne("R2", nom="Diallo", motif=LA))
    lecture = lire(a, fatou, *lignes)
    assert [(x.sort, x.raison) for x in lecture.lignes] == [(Sort.REFUSEE, AILLEURS), (Sort.NOUVELLE, "")]
    ancien_module.importer_rendez_vous(a.prefecture, a.fichier(*lignes), par=acteur(fatou), maintenant=INSTANT)
    travailler()
    assert LigneReprise.objects.get().reference == "R2"
    assert RendezVous.objects.get().creneau.file == annexe


def test_manager_of_one_site_moves_no_line_of_another_by_their_file(
    a: Ancien, annexe: FileGuichet, fatou: Agent
) -> None:
    a.importer(a.ligne("R1"))
    travailler()
    ReglagesReprise.objects.update(complet=True)  # a file without R1 would say it gone
    par = acteur(fatou)
    for dite in (a.ligne("R1", motif=LA), a.ligne("R2", motif=LA, nom="Diallo")):
        ancien_module.importer_rendez_vous(a.prefecture, a.fichier(dite), par=par, maintenant=INSTANT)
    ligne = LigneReprise.objects.get(reference="R1")
    assert (ligne.file_id, ligne.collision) == (a.file.pk, Collision.SANS_CRENEAU)


def test_manager_of_one_site_moves_no_appointment_to_another(a: Ancien, annexe: FileGuichet, fatou: Agent) -> None:
    CreneauFactory(file=annexe, debut=MARDI)
    a.reprendre(a.ligne("R1", motif=LA))
    (ligne,) = a.reprendre(a.ligne("R1", motif=LA, heure="11:00"))
    assert ligne.collision == Collision.DEPLACEE
    assert ligne.rendez_vous is not None
    ligne.rendez_vous.convocation.sites.add(a.file.site)
    onze = a.creneau(MARDI + timedelta(hours=2))
    with pytest.raises(DroitRefuse):
        ancien_module.resoudre(ligne, creneau=onze, par=acteur(fatou), maintenant=INSTANT)
    ancien_module.resoudre(ligne, creneau=onze, par=acteur(a.denis), maintenant=INSTANT)


def test_progress_counts_the_sites_that_one_plans_and_the_refused_lines_of_ones_own_file(
    a: Ancien, fatou: Agent
) -> None:
    a.importer(a.ligne("R1"), a.ligne("R2", nom="Diallo", motif=LA), a.ligne("R3", heure="midi"))
    sien = lectures.avancement(fatou, a.prefecture, maintenant=INSTANT)
    assert (sien.total, sien.dernier) == (1, None)
    tout = lectures.avancement(a.denis, a.prefecture, maintenant=INSTANT)
    assert tout.total == 2
    assert tout.dernier is not None
    assert len(tout.dernier.illisibles) == 1
    assert not [r for r in lectures.rapport(fatou, a.prefecture, maintenant=INSTANT).rangees if "Refusée" in r]
    assert [r for r in lectures.rapport(a.denis, a.prefecture, maintenant=INSTANT).rangees if "Refusée" in r]


def test_words_of_the_module_are_changed_by_who_plans_every_site(client: Client, a: Ancien, fatou: Agent) -> None:
    par, repris = acteur(fatou), MotifRepris.objects.get(libelle=LA)
    gestes: tuple[Callable[[], Any], ...] = (
        lambda: mots_reprise.nommer_motif(a.prefecture, "X", a.motif, repris.file, par=par, maintenant=INSTANT),
        lambda: mots_reprise.oublier_motif(repris, par=par, maintenant=INSTANT),
        lambda: mots_reprise.regler_reprise(a.prefecture, {}, complet=True, par=par, maintenant=INSTANT),
    )
    for geste in gestes:
        with pytest.raises(DroitRefuse):
            geste()
    client.force_login(fatou)
    page = client.get("/planning/reprise/correspondances/").content.decode()
    assert LA in page
    assert "/planning/reprise/motifs/" not in page
    assert "/planning/reprise/colonnes/" not in page
    for adresse in ("colonnes/", "motifs/ajouter/"):
        assert client.get(f"/planning/reprise/{adresse}").status_code == 403
    assert client.post(f"/planning/reprise/motifs/{repris.pk}/supprimer/").status_code == 403
    client.force_login(a.denis)
    assert "/planning/reprise/motifs/ajouter/" in client.get("/planning/reprise/correspondances/").content.decode()


def test_place_of_doctors_is_no_queue_for_the_former_module(a: Ancien, annexe: FileGuichet) -> None:
    Site.objects.filter(pk=annexe.site_id).update(genre=Site.Genre.MEDICAL)
    annexe = FileGuichet.objects.select_related("site").get(pk=annexe.pk)
    assert annexe not in lectures.files_proposees(a.denis, a.prefecture)
    with pytest.raises(ErreurMetier) as refus:
        mots_reprise.nommer_motif(a.prefecture, "Visite", a.motif, annexe, par=acteur(a.denis), maintenant=INSTANT)
    assert refus.value.champ == "file"
    (ligne,) = lire(a, a.denis, a.ligne("R1", motif=LA)).lignes  # named before the site became one
    assert (ligne.sort, "lieu d’examen" in ligne.raison) == (Sort.REFUSEE, True)


# Déports


@pytest.fixture
def demande(a: Ancien) -> Demande:
    """Somebody known here, for the same démarche."""
    usager = UsagerFactory(nom="Éberlé-d’Or", prenoms="Anne", date_naissance="1975-02-03", numero_etranger=NUMERO)
    faite: Demande = DemandeFactory(motif=a.motif, prefecture=a.prefecture, usager=usager)
    return amener_a(faite, Etat.COMPLETE)


SA_LIGNE = {"nom": "EBERLE D'OR", "prenoms": "Anne", "date_naissance": "03/02/1975", "telephone": "0612345678"}


@pytest.mark.parametrize(
    "vise",
    [
        {"numero_etranger": NUMERO},
        {"nom": "Eberle d’or", "date_naissance": "1975-02-03"},
        {"numero_demande": "la sienne"},
    ],
    ids=["numero_etranger", "nom_et_naissance", "demande"],
)
def test_deport_hides_its_person_before_and_after_the_import_and_a_colleague_sees_to_it(
    client: Client, a: Ancien, demande: Demande, vise: dict[str, str]
) -> None:
    if "numero_demande" in vise:
        vise = {"numero_demande": demande.numero or ""}
    a.creneau(places=3)
    deporter(a.denis, **vise)
    lecture = lire(a, a.denis, a.ligne("R1", **SA_LIGNE), a.ligne("R2"))
    sienne, autre = lecture.lignes
    assert (sienne.deportee, autre.deportee) == (True, False)
    rapport = lectures.rapport_avant(lecture, "Europe/Paris")
    assert rapport.rangees[0][2:] == ["", "", "", "", "Nouvelle", lectures.DEPORTEE]
    assert rapport.demandes == []
    assert [c.pourquoi for c in lectures.dire_collisions(lecture, 9)] == [lectures.DEPORTEE]
    a.reprendre(a.ligne("R1", **SA_LIGNE), a.ligne("R2"))
    ligne = LigneReprise.objects.get(reference="R1")
    assert (ligne.etat, ligne.collision) == ("collision", Collision.DROIT)
    client.force_login(a.denis)
    assert "Rien à résoudre" in client.get("/planning/reprise/lignes/").content.decode()
    assert client.get(f"/planning/reprise/lignes/{ligne.pk}/").status_code == 404
    dit = client.get("/planning/reprise/rapport.csv").content.decode()
    assert "EBERLE" not in dit
    assert "BEN ALI" in dit
    with pytest.raises(DroitRefuse):
        ancien_module.ecarter(ligne, "Non", par=acteur(a.denis), maintenant=INSTANT)
    assert ancien_module.reessayer(a.prefecture, par=acteur(a.denis), maintenant=INSTANT) == 0
    collegue = AgentFactory(chef_service=True, prefecture=a.prefecture)
    assert ancien_module.reessayer(a.prefecture, par=acteur(collegue), maintenant=INSTANT) == 1
    travailler()
    assert LigneReprise.objects.get(reference="R1").demande_id == demande.pk
    assert "ÉBERLÉ" not in client.get("/planning/reprise/rapport.csv").content.decode()
    client.force_login(collegue)
    assert "ÉBERLÉ" in client.get("/planning/reprise/rapport.csv").content.decode()


def test_deport_hides_what_became_elsewhere_of_the_appointment_of_its_person(
    client: Client, a: Ancien, demande: Demande
) -> None:
    a.creneau(places=3)
    a.reprendre(a.ligne("R1", **SA_LIGNE), a.ligne("R2"))
    deporter(a.denis, numero_etranger=NUMERO)
    lecture = lire(a, a.denis, a.ligne("R1", **SA_LIGNE, heure="11:00"), a.ligne("R2", etat="Annulé"))
    assert [(x.sort, x.deportee) for x in lecture.lignes if x.connue] == [
        (Sort.DEPLACEE, True),
        (Sort.DISPARUE, False),
    ]
    client.force_login(a.denis)
    contenu = a.fichier(a.ligne("R1", **SA_LIGNE, heure="11:00"))
    envoye = SimpleUploadedFile("rdv.csv", contenu.encode(), "text/csv")
    page = client.post("/planning/reprise/", {"fichier": envoye}).content.decode()
    assert "Changés dans l’ancien module" not in page


def test_deport_changes_nothing_of_a_waiting_line_of_its_person(a: Ancien, demande: Demande) -> None:
    a.importer(a.ligne("R1", **SA_LIGNE))
    deporter(a.denis, numero_etranger=NUMERO)
    a.importer(a.ligne("R1", **(SA_LIGNE | {"telephone": "0699999999"}), heure="11:00"))
    ligne = LigneReprise.objects.get(reference="R1")
    assert ligne.personne["telephone"] == "+33612345678"
    assert ligne.debut == MARDI


def test_closed_account_imports_nothing_more(a: Ancien) -> None:
    a.creneau()
    a.importer(a.ligne("R1"))
    Agent.objects.filter(pk=a.denis.pk).update(is_active=False)
    travailler()
    assert (LigneReprise.objects.get().collision, RendezVous.objects.count()) == (Collision.DROIT, 0)


def test_manager_of_one_service_learns_nothing_of_the_demandes_of_another(a: Ancien, demande: Demande) -> None:
    autre = ServiceFactory(prefecture=a.prefecture, genre=Service.Genre.COMMUNICATION)
    agent = AgentFactory(username="gaelle")
    AttributionFactory(agent=agent, role="chef_service", prefecture=a.prefecture, service=autre)
    a.creneau(places=3)
    lignes = lire(a, agent, a.ligne("R1", **SA_LIGNE)).lignes
    (rangee,) = lectures.rapport_avant(lire(a, agent, a.ligne("R1", **SA_LIGNE)), "Europe/Paris").rangees
    assert lignes[0].candidat is not None
    assert (lignes[0].candidat.collision, lignes[0].candidat.demande) == (Collision.DROIT, None)
    assert demande.numero not in rangee
    a.reprendre(a.ligne("R1", **SA_LIGNE))
    assert "ÉBERLÉ" not in str(lectures.rapport(agent, a.prefecture, maintenant=INSTANT).rangees)


# Journal


def test_reading_a_report_is_written_in_the_journal_of_each_file_it_names(client: Client, a: Ancien) -> None:
    a.creneau(places=3)
    a.reprendre(a.ligne("R1"), a.ligne("R2", nom="Diallo"), a.ligne("R3", nom="Okoye", heure="18:00"))
    lues = Evenement.objects.filter(nature="lecture:reprise")
    client.force_login(a.denis)
    client.get("/planning/reprise/lignes/")
    assert not lues.exists()
    client.get("/planning/reprise/rapport.csv")
    assert {(e.demande_id, e.acteur_id) for e in lues} == {(d.pk, a.denis.pk) for d in Demande.objects.all()}
    assert Demande.objects.count() == 2


def test_report_before_the_import_and_page_of_a_line_are_consultations_too(
    client: Client, a: Ancien, demande: Demande
) -> None:
    a.creneau(places=3)
    client.force_login(a.denis)
    contenu = a.fichier(a.ligne("R1", **SA_LIGNE), a.ligne("R2"))
    avant = client.post("/planning/reprise/confirmer/", {"contenu": contenu, "rapport": "1"})
    assert (demande.numero or "?") in avant.content.decode()
    lues = Evenement.objects.filter(nature="lecture:reprise", demande=demande)
    assert lues.count() == 1
    a.reprendre(a.ligne("R1", **SA_LIGNE))
    a.importer(a.ligne("R1", **SA_LIGNE, heure="11:00"))
    client.get(f"/planning/reprise/lignes/{LigneReprise.objects.get(reference='R1').pk}/")
    assert lues.count() == 2


def test_report_names_persons_until_the_hour_of_their_appointment(client: Client, a: Ancien) -> None:
    a.creneau()
    (ligne,) = a.reprendre(a.ligne("R1"))
    assert ligne.demande is not None
    (avant,) = lectures.rapport(a.denis, a.prefecture, maintenant=INSTANT).rangees
    assert "BEN ALI Amina" in avant
    apres = lectures.rapport(a.denis, a.prefecture, maintenant=MARDI)
    assert ligne.demande.numero in apres.rangees[0]
    assert "BEN ALI Amina" not in apres.rangees[0]
    assert apres.demandes == []


# No oracle


@pytest.mark.parametrize(
    "dits",
    [
        {"date_naissance": ""},
        {"date_naissance": "04/02/1975"},
        {"date_naissance": "", "nom": "", "prenoms": ""},
        {"nom": "Zidane"},
    ],
    ids=["number_alone", "other_birth", "nothing_else", "other_name"],
)
@pytest.mark.parametrize("etat", [Etat.COMPLETE, Etat.RDV_PRIS, Etat.RECUE])
def test_number_of_a_demande_without_its_birth_date_says_what_an_unknown_number_says(
    a: Ancien, demande: Demande, dits: dict[str, str], etat: str
) -> None:
    a.creneau(places=3)
    amener_a(demande, etat)
    vrai, faux = lire(
        a,
        a.denis,
        a.ligne("R1", **SA_LIGNE | {"numero": demande.numero or ""} | dits),
        a.ligne("R2", **SA_LIGNE | {"numero": "67-2030-999999"} | dits),
    ).lignes
    assert _dit(vrai) == _dit(faux) == (Sort.NOUVELLE, Collision.IDENTITE, None)


@pytest.mark.parametrize("etat", [Etat.COMPLETE, Etat.RDV_PRIS])
@pytest.mark.parametrize("naissance", ["", "04/02/1975"])
def test_foreigner_number_without_its_birth_date_says_what_an_unknown_number_says(
    a: Ancien, demande: Demande, naissance: str, etat: str
) -> None:
    a.creneau(places=3)
    amener_a(demande, etat)
    dits = {"nom": "Zidane", "prenoms": "Ines", "date_naissance": naissance}
    vrai, faux = (lire(a, a.denis, a.ligne("R1", **dits, numero_etranger=n)).lignes[0] for n in (NUMERO, "9900000000"))
    assert _dit(vrai) == _dit(faux)
    assert _dit(vrai)[2] is None


def test_number_with_its_birth_date_finds_the_demande(a: Ancien, demande: Demande) -> None:
    a.creneau(places=3)
    sans_nom = {"nom": "", "prenoms": "", "date_naissance": "03/02/1975"}
    for numero in ({"numero": demande.numero or ""}, {"numero_etranger": NUMERO}):
        (ligne,) = lire(a, a.denis, a.ligne("R1", **sans_nom, **numero)).lignes
        assert _dit(ligne) == (Sort.NOUVELLE, "", demande.pk)
    autre_nom = {"nom": "Zidane", "date_naissance": "03/02/1975", "numero_etranger": NUMERO}
    (ligne,) = lire(a, a.denis, a.ligne("R1", **autre_nom)).lignes
    assert ligne.candidat is not None
    assert ligne.candidat.collision == Collision.IDENTITE


def _dit(ligne: LigneDeReprise) -> tuple[str, str, int | None]:
    assert ligne.candidat is not None
    site = ligne.candidat.file.site  # alone: no line before it
    juger(site.prefecture, [ligne.candidat], agent=Agent.objects.get(username="denis-67"), maintenant=INSTANT)
    return ligne.sort, ligne.candidat.collision, ligne.candidat.demande.pk if ligne.candidat.demande else None
