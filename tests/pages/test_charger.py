"""`charger`: the rules hold after a load, the application goes on working, and a seed decides of everything."""

import json
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client

from demandes.cycle import Etat, paires
from demandes.models import Acte, Convocation, Demande, Evenement, Message, Notification, Piece, Prefecture, Usager
from demandes.selectors import acteur_agent, calculer_echeance
from demandes.services import completude, convocation
from demandes.services.actes import contexte_pdf, preparer_accuse
from demandes.services.convocation import USAGE, expirer_les_convocations
from demandes.services.depot import ouvrir_au_guichet
from demandes.services.echeances import classer_les_incompletes
from demandes.services.envoi import vider
from demandes.services.journal import verifier
from guichet.models import CompteurTicket, Passage, Phase, Titre
from guichet.services.absences import constater_les_absences
from guichet.services.accueil import enregistrer_sans_rdv
from planipref.commun.horloge import maintenant
from planipref.commun.jetons import deriver
from planipref.pages.chargement.chargeur import repartir
from planning.models import Creneau, RendezVous
from planning.selectors import creneaux_proposes
from planning.selectors_lien import semaine_proposee
from planning.services.annonces import donnees_ics
from planning.services.reservation import reserver
from tests.demandes.factories import AgentFactory
from tests.parcours import verifier_contraintes

pytestmark = pytest.mark.django_db

NOMBRE = 300
GARDES = """
SELECT 'fk', conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated::text
  FROM pg_constraint WHERE contype IN ('f', 'c', 'u', 'x') AND connamespace = 'public'::regnamespace
UNION ALL SELECT 'index', tablename, indexname, indexdef, '' FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'declencheur', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), tgenabled::text
  FROM pg_trigger WHERE NOT tgisinternal
ORDER BY 1, 2, 3
"""
PLACES = """
SELECT count(*) FROM planning_creneau c WHERE c.prises <> (
  SELECT count(*) FROM planning_rendezvous r WHERE r.creneau_id = c.id AND r.etat IN ('pris', 'honore', 'absent')
) + (SELECT count(*) FROM planning_prolongement p WHERE p.creneau_id = c.id)
"""


def charger(nombre: int = NOMBRE, *, graine: int = 42, prefectures: str = "56") -> None:
    call_command("charger", demandes=nombre, graine=graine, prefectures=prefectures, verbosity=0)


@pytest.fixture
def vannes(db: None, capsys) -> Prefecture:
    """The Morbihan, loaded."""
    charger()
    capsys.readouterr()
    return Prefecture.objects.get(departement="56")


def lire(requete: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as curseur:
        curseur.execute(requete)
        return curseur.fetchall()


def test_charger_leaves_every_guard_as_it_was(db):
    avant = lire(GARDES)
    charger(40)
    apres = lire(GARDES)
    assert apres == avant
    assert {g[4] for g in apres if g[0] == "declencheur"} == {"O"}


def test_charger_tells_lives_that_the_rules_allow(vannes):
    demandes = list(Demande.objects.order_by("pk"))
    assert len(demandes) == NOMBRE
    assert {d.etat for d in demandes} == {str(e) for e in Etat}
    assert lire(PLACES) == [(0,)]
    assert verifier(vannes) is None
    parcours: dict[int | None, list[Evenement]] = {}
    for evenement in Evenement.objects.transitions().order_by("rang"):
        parcours.setdefault(evenement.demande_id, []).append(evenement)
    permises = set(paires())
    for demande in demandes:
        etats = [("brouillon", "brouillon"), *((e.de, e.vers) for e in parcours.get(demande.pk, []))]
        assert all(apres[0] == avant[1] for avant, apres in pairwise(etats))
        assert etats[-1][1] == demande.etat
        assert set(etats[1:]) <= permises
        assert demande.echeance == calculer_echeance(demande)
    assert all(a.le <= b.le for a, b in pairwise(Evenement.objects.order_by("rang")))
    assert max(e.le for e in Evenement.objects.order_by("pk")) < maintenant()


def test_charger_numbers_and_tickets_follow_each_other(vannes):
    numeros = [d.numero or "" for d in Demande.objects.deposees().order_by("deposee_le")]
    par_annee: dict[str, list[int]] = {}
    for numero in numeros:
        par_annee.setdefault(numero[3:7], []).append(int(numero[8:]))
    assert all(rangs == list(range(1, len(rangs) + 1)) for rangs in par_annee.values())
    assert {str(c.annee): c.dernier for c in vannes.compteurs.order_by("pk")} == {
        a: r[-1] for a, r in par_annee.items()
    }
    billets = Counter(Passage.objects.order_by("pk").values_list("site", "jour"))
    assert billets == {(c.site_id, c.jour): c.dernier for c in CompteurTicket.objects.order_by("pk")}


def test_charger_phases_fill_each_visit_from_arrival_to_end(vannes):
    passages = Passage.objects.order_by("pk").prefetch_related("phases")
    de_cote = 0
    for passage in passages:
        phases = list(passage.phases.all())
        assert [p.etat for p in phases[:3]] == ["arrive", "appele", "recu"]
        assert [p.debut for p in phases[:3]] == [passage.arrive_le, passage.appele_le, passage.recu_le]
        assert all(avant.fin == apres.debut for avant, apres in pairwise(phases))
        assert phases[-1].fin == passage.termine_le
        assert phases[0].agent_id is None
        assert {(p.guichet_id, p.agent_id) for p in phases[1:]} == {(passage.guichet_id, passage.agent_id)}
        assert {p.file_id for p in phases} == {passage.file_id}
        de_cote += len(phases) == 5
    assert 0 < de_cote < len(passages) / 5


def test_charger_titles_are_in_stock_until_handed_over(vannes):
    assert {t.etat for t in Titre.objects.order_by("pk")} == {"en_stock", "remis"}
    for titre in Titre.objects.order_by("pk").select_related("demande__usager"):
        demande: Any = titre.demande
        assert titre.numero_etranger == demande.usager.numero_etranger
        assert (titre.etat == "en_stock") == (demande.etat == Etat.A_REMETTRE)
        recu = demande.evenements.get(nature="titre:recu")
        assert (recu.charge["titre_id"], recu.le) == (titre.pk, titre.enregistre_le)
        if titre.etat == "remis":
            assert demande.remise_titre.numero_titre == titre.numero_titre
            assert demande.remise_titre.remise_le == titre.remis_le


def test_charger_leaves_nothing_for_the_worker(vannes):
    instant = maintenant()
    assert vider() == {"actes": 0, "envoyees": 0, "annulees": 0, "reportees": 0, "echecs": 0, "cedees": 0}
    assert constater_les_absences(maintenant=instant) == 0
    assert expirer_les_convocations(maintenant=instant) == 0
    assert classer_les_incompletes(maintenant=instant) == 0


def test_charger_application_goes_on_after_it(vannes):
    par = acteur_agent(AgentFactory(chef_service=True, prefecture=vannes))
    instant = maintenant()
    complete = Demande.objects.filter(prefecture=vannes, etat=Etat.COMPLETE, motif__etapes__contains=[2])[0]
    site = vannes.sites.get(genre="prefecture")
    lien = convocation.convoquer(complete, motivation="Empreintes", sites=[site], par=par, maintenant=instant)
    propose = creneaux_proposes(lien, semaine_proposee(lien, maintenant=instant).lundi, maintenant=instant)[0]
    assert reserver(lien, propose.creneau, par=par, maintenant=instant).etat == RendezVous.Etat.PRIS
    dernier = vannes.compteurs.filter(annee=instant.year).values_list("dernier", flat=True).first() or 0
    identite = {"nom": "Ben Ali", "prenoms": "Amina", "date_naissance": "1990-01-02"}
    nouvelle = ouvrir_au_guichet(complete.motif, site, identite=identite, par=par, maintenant=instant)
    assert nouvelle.numero == f"56-{instant.year}-{dernier + 1:06d}"
    file = site.files.get(code="etrangers")
    file.site = site
    assert enregistrer_sans_rdv(file, demande=nouvelle, par=par, maintenant=instant).ticket == 1
    incomplete = Demande.objects.filter(etat=Etat.A_COMPLETER)[0]
    with pytest.raises(Exception, match="conforme"):
        completude.constater_completude(incomplete, par=par, maintenant=instant)
    verifier_contraintes()
    assert verifier(vannes) is None


def test_charger_again_adds_others(vannes):
    cles = set(Demande.objects.values_list("cle", flat=True).order_by("pk"))
    charger(120)
    assert Demande.objects.count() == NOMBRE + 120
    assert cles < set(Demande.objects.values_list("cle", flat=True).order_by("pk"))
    assert lire(PLACES) == [(0,)]
    assert verifier(vannes) is None


def photographier() -> list[list[str]]:
    """Everything that a load writes but the identifiers, which the sequences give."""
    champs: dict[Any, tuple[str, ...]] = {
        Usager: ("nom", "prenoms", "date_naissance", "courriel", "numero_etranger", "cree_le"),
        Demande: ("cle", "numero", "motif__code", "etat", "reponses", "echeance", "modifiee_le"),
        Piece: ("cle", "piece_requise__code", "verdict", "sha256", "deposee_le"),
        Convocation: ("cle", "etat", "empreinte", "expire_le"),
        Creneau: ("file__code", "debut", "places", "prises"),
        RendezVous: ("convocation__cle", "creneau__debut", "etat", "pris_le"),
        Passage: ("site__code", "jour", "ticket", "arrive_le", "termine_le"),
        Phase: ("passage__ticket", "etat", "debut", "fin"),
        Titre: ("numero_etranger", "etat", "recu_le"),
        Acte: ("code", "contenu", "cree_le"),
        Message: ("demande__cle", "corps"),
        Evenement: ("rang", "nature", "le"),
    }
    return [[repr(ligne) for ligne in m.objects.order_by("pk").values_list(*noms)] for m, noms in champs.items()]


def test_charger_same_seed_same_data_and_another_seed_others(temps_fige):
    photos = []
    for graine in (7, 7, 8):
        point = transaction.savepoint()
        charger(120, graine=graine)
        photos.append(photographier())
        transaction.savepoint_rollback(point)
    assert photos[0] == photos[1]
    assert all(a != b for a, b in zip(photos[1][:4], photos[2][:4], strict=True))


def test_charger_acts_say_what_the_service_says(vannes):
    demande = Demande.objects.filter(etat=Etat.DEPOSEE, canal="en_ligne")[0]
    charge = demande.actes.get(genre=Acte.Genre.ACCUSE_RECEPTION)
    complete = Demande.objects.avec_dossier().get(pk=demande.pk)
    with transaction.atomic():
        vrai = preparer_accuse(complete, maintenant=charge.cree_le)
    assert charge.contenu == vrai.contenu
    # Asked for by usagers, or given by doctors: no step of the history.
    for genre in set(Acte.Genre) - {Acte.Genre.SANS_CRENEAU, Acte.Genre.AVIS_MEDICAL}:
        acte = Acte.objects.filter(genre=genre)[0]
        assert contexte_pdf(acte)["verification"]["code"] == acte.code


def test_charger_links_and_files_open(vannes):
    active = Convocation.objects.actives().filter(rendez_vous__etat="pris")[0]
    client = Client()
    lien = f"/rdv/{deriver(USAGE, str(active.cle))}/"
    assert client.post(lien, {"date_naissance": active.demande.usager.date_naissance}).status_code in (303, 422)
    assert client.get(lien).status_code == 200
    client.force_login(AgentFactory(chef_service=True, prefecture=vannes))
    acte = Acte.objects.select_related("demande")[0]
    assert client.get(f"/agent/demandes/{acte.demande.numero}/").status_code == 200
    pdf: Any = client.get(f"/actes/{acte.code}.pdf")
    assert b"".join(pdf.streaming_content).startswith(b"%PDF")
    assert not Notification.objects.exclude(etat="envoyee").exists()


def test_charger_reports_in_json_and_shows_progress(db, capsys):
    call_command("charger", "--demandes=100", "--prefectures=56,93", "--json")
    sortie = capsys.readouterr()
    rapport = json.loads(sortie.out)
    assert rapport["demandes"] == {"56": 11, "93": 89}
    assert rapport["lignes"] > 1000
    assert "89 demandes sur 89" in sortie.err


def test_charger_refuses_outside_the_demonstration(settings):
    settings.PLANIPREF_DEMO = False
    with pytest.raises(CommandError, match="démonstration"):
        charger()
    assert not Prefecture.objects.exists()


@pytest.mark.parametrize(("nombre", "prefectures", "message"), [(0, "56", "au moins"), (10, "99", "inconnu")])
def test_charger_refuses_nonsense(nombre, prefectures, message):
    with pytest.raises(CommandError, match=message):
        charger(nombre, prefectures=prefectures)


def test_repartir_gives_every_demande_to_a_prefecture():
    prefectures = [Prefecture(departement=d, taille=t) for d, t in (("56", "petite"), ("93", "tres_grande"))]
    assert repartir(1000, prefectures) == {"56": 111, "93": 889}


def test_charger_confirmations_say_what_the_service_says(vannes):
    pris = RendezVous.objects.actifs().select_related("creneau__file__site", "convocation__demande__usager")
    for rendez_vous in pris.exclude(convocation__demande__usager__courriel="")[:5]:
        message = Notification.objects.get(cle=f"rendez_vous:{rendez_vous.pk}")
        assert message.contexte == {"convocation_id": rendez_vous.convocation_id, "rdv": donnees_ics(rendez_vous)}
