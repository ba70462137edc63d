"""Appointments of the former booking module: each takes its place here by the ordinary rules, once, or says why not."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.test import Client
from psycopg.types.range import DateRange

from demandes.cycle import Etat
from demandes.models import Convocation, Demande, Evenement, Notification, Site
from demandes.services.completude import constater_completude
from demandes.services.convocation import USAGE
from demandes.services.courriels import composer
from demandes.services.decision import accorder
from demandes.services.journal import verifier
from demandes.services.reprise import MOTIVATION_DEPLACE, convoquer_pour_reprise
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import maintenant
from planipref.commun.jetons import deriver
from planning.models import (
    Creneau,
    Fermeture,
    ImportReprise,
    LigneConvocation,
    LigneReprise,
    LotConvocations,
    ReglagesReprise,
    RendezVous,
)
from planning.selectors_lecture_reprise import lire_reprise
from planning.services import ancien_module, reservation
from tests.demandes.factories import (
    INSTANT,
    AgentFactory,
    DemandeFactory,
    MotifFactory,
    PrefectureFactory,
    SiteFactory,
)
from tests.parcours import acteur, amener_a
from tests.planning.aide_reprise import MARDI, Ancien, ancien

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]
Collision = LigneReprise.Collision


@pytest.fixture
def a(transactional_db: None) -> Ancien:
    """The préfecture that leaves its module."""
    return ancien()


def etats(lignes: list[LigneReprise]) -> list[tuple[str, str]]:
    return [(x.etat, x.collision) for x in lignes]


def test_line_opens_a_demande_and_takes_the_place_of_its_hour(a: Ancien) -> None:
    creneau = a.creneau(places=1)
    (ligne,) = a.reprendre(a.ligne("R1", telephone="0612345678"))
    assert ligne.etat == "reprise"
    assert ligne.personne == {}
    demande = ligne.demande
    assert demande is not None
    assert (demande.etat, demande.canal, demande.usager.nom) == (Etat.RDV_PRIS, "guichet", "Ben Ali")
    assert demande.usager.telephone == "+33612345678"
    assert demande.complete_le is None  # nobody has looked at its pieces
    rendez_vous = RendezVous.objects.get()
    assert (rendez_vous.creneau_id, rendez_vous.choisi) == (creneau.pk, False)
    assert Creneau.objects.get(pk=creneau.pk).prises == 1
    natures = list(Evenement.objects.filter(demande=demande).order_by("pk").values_list("nature", flat=True))
    assert natures == ["transition:deposer", "transition:reprendre", "transition:reserver"]
    assert verifier(a.prefecture) is None
    assert rendez_vous.attend_confirmation
    assert Notification.objects.filter(modele="confirmation").count() == 1
    assert not Notification.objects.filter(modele="rendez_vous").exists()
    assert not Notification.objects.filter(modele="convocation").exists()
    assert not Notification.objects.filter(modele="depot").exists()  # they deposited nothing
    assert demande.actes.filter(genre="accuse_reception").exists()  # the legal clock runs: the receipt is theirs


def test_same_file_again_changes_nothing(a: Ancien) -> None:
    a.creneau(places=3)
    a.reprendre(a.ligne("R1"))
    a.reprendre(a.ligne("R1"))
    assert RendezVous.objects.count() == Demande.objects.count() == LigneReprise.objects.count() == 1


def test_certain_demande_is_used_rather_than_opened(a: Ancien) -> None:
    a.creneau(places=3)
    demande = amener_a(DemandeFactory(motif=a.motif, prefecture=a.prefecture), Etat.COMPLETE)
    usager = demande.usager
    qui = {
        "nom": usager.nom,
        "prenoms": usager.prenoms,
        "date_naissance": "/".join(reversed(usager.date_naissance.split("-"))),
    }
    (ligne,) = a.reprendre(a.ligne("R1", **qui))
    assert (ligne.etat, ligne.demande_id) == ("reprise", demande.pk)
    nature = "transition:convoquer"
    assert Evenement.objects.filter(demande=demande, nature=nature).exists()
    (_, encore) = a.reprendre(a.ligne("R1", **qui), a.ligne("R2", **qui))
    assert encore.collision == Collision.DOUBLON


def test_number_of_somebody_else_is_refused(a: Ancien) -> None:
    a.creneau(places=3)
    demande = amener_a(DemandeFactory(motif=a.motif, prefecture=a.prefecture), Etat.DEPOSEE)
    lignes = a.reprendre(
        a.ligne("R1", numero=demande.numero or "", nom="Zidane"), a.ligne("R2", numero="67-2030-999999")
    )
    assert [x.collision for x in lignes] == [Collision.IDENTITE, Collision.IDENTITE]


def test_number_of_the_same_person_for_another_demarche_says_that_it_is_another(a: Ancien) -> None:
    a.creneau()
    demande = amener_a(DemandeFactory(motif=MotifFactory(pieces=1), prefecture=a.prefecture), Etat.DEPOSEE)
    sans_nom = {"numero": demande.numero or "", "nom": "", "prenoms": ""}
    dite, seul = a.reprendre(a.ligne("R1", **sans_nom), a.ligne("R2", **sans_nom, date_naissance=""))
    assert dite.get_collision_display() == "La demande de ce numéro est d’une autre démarche"
    assert seul.collision == Collision.IDENTITE  # a number alone says nothing


def test_person_with_an_appointment_here_is_told_apart(a: Ancien) -> None:
    a.creneau(places=3)
    demande = amener_a(DemandeFactory(motif=a.motif, prefecture=a.prefecture), Etat.RDV_PRIS)
    (ligne,) = a.reprendre(a.ligne("R1", numero=demande.numero or "", nom="", prenoms=""))  # and the birth date
    assert ligne.collision == Collision.DEJA_RDV


def test_what_stands_in_the_way_is_said(a: Ancien) -> None:
    a.creneau(places=1)
    a.creneau(MARDI + timedelta(minutes=15), ouvre_le=INSTANT + timedelta(days=10))
    mercredi = DateRange(date(2030, 3, 6), date(2030, 3, 7))
    Fermeture.objects.create(prefecture=a.prefecture, pendant=mercredi, libelle="Travaux")
    lignes = a.reprendre(
        a.ligne("R1"),
        a.ligne("R2", nom="Diallo"),
        a.ligne("R3", nom="Okoye", heure="09h15"),
        a.ligne("R4", nom="Silva", date="06/03/2030"),
        a.ligne("R5", nom="Petrov", heure="17:00"),
        a.ligne("R6", nom="Yilmaz", date="01/03/2030"),
        a.ligne("R7", nom=""),
    )
    assert etats(lignes) == [
        ("reprise", ""),
        ("collision", Collision.COMPLET),
        ("collision", Collision.PAS_OUVERT),
        ("collision", Collision.FERME),
        ("collision", Collision.SANS_CRENEAU),
        ("collision", Collision.PASSE),
        ("collision", Collision.IDENTITE),
    ]
    assert Demande.objects.count() == 1  # a line that stumbles opens nothing


def test_crash_resumes_where_it_stopped(a: Ancien, monkeypatch: pytest.MonkeyPatch) -> None:
    a.creneau(places=3)
    a.importer(*(a.ligne(f"R{n}", nom=nom) for n, nom in enumerate(("Un", "Deux", "Trois"))))
    vraie = ancien_module.prendre_un_creneau  # type: ignore[attr-defined]  # imported there
    faites: list[int] = []

    def meurt_au_second(*args: object, **options: object) -> object:
        if faites:
            raise SystemExit
        faites.append(1)
        return vraie(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(ancien_module, "prendre_un_creneau", meurt_au_second)
    with pytest.raises(SystemExit):
        ancien_module.reprendre_en_attente(maintenant=maintenant)
    assert RendezVous.objects.count() == 1
    monkeypatch.setattr(ancien_module, "prendre_un_creneau", vraie)
    assert ancien_module.reprendre_en_attente(maintenant=maintenant) == 2
    assert RendezVous.objects.count() == Demande.objects.count() == 3


def test_unexpected_error_stops_no_other_line(a: Ancien, monkeypatch: pytest.MonkeyPatch) -> None:
    a.creneau(places=3)
    vraie = ancien_module.ouvrir_etape  # type: ignore[attr-defined]  # imported there

    def casse(*args: object, **options: object) -> object:
        if options["identite"]["nom"] == "Un":  # type: ignore[index]
            raise RuntimeError
        return vraie(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(ancien_module, "ouvrir_etape", casse)
    lignes = a.reprendre(a.ligne("R1", nom="Un"), a.ligne("R2", nom="Deux"))
    assert etats(lignes) == [("collision", Collision.ERREUR), ("reprise", "")]


def test_agent_who_lost_their_right_takes_nothing_over(a: Ancien) -> None:
    a.creneau()
    a.importer(a.ligne("R1"))
    a.denis.attributions.all().delete()
    ancien_module.reprendre_en_attente(maintenant=maintenant)
    assert LigneReprise.objects.get().collision == Collision.DROIT
    with pytest.raises(DroitRefuse):
        a.importer(a.ligne("R2"))


def test_moved_in_the_former_module_is_asked_not_done(a: Ancien) -> None:
    a.creneau()
    onze = a.creneau(MARDI + timedelta(hours=2))
    a.reprendre(a.ligne("R1"))
    (ligne,) = a.reprendre(a.ligne("R1", heure="11:00"))
    assert (ligne.etat, ligne.collision) == ("collision", Collision.DEPLACEE)
    assert RendezVous.objects.actifs().get().creneau.debut == MARDI
    ancien_module.resoudre(ligne, creneau=onze, par=acteur(a.denis), maintenant=INSTANT)
    assert RendezVous.objects.actifs().get().creneau_id == onze.pk
    (ligne,) = a.reprendre(a.ligne("R1", heure="11:00"))
    assert ligne.etat == "reprise"


def test_moved_but_kept_here_is_asked_once(a: Ancien) -> None:
    a.creneau()
    a.reprendre(a.ligne("R1"))
    (ligne,) = a.reprendre(a.ligne("R1", heure="11:00"))
    ancien_module.garder(ligne, par=acteur(a.denis), maintenant=INSTANT)
    (ligne,) = a.reprendre(a.ligne("R1", heure="11:00"))
    assert ligne.etat == "reprise"
    assert RendezVous.objects.actifs().get().creneau.debut == MARDI


@pytest.mark.parametrize("comment", ["annule", "absent"])
def test_cancelled_or_gone_is_asked_then_cancelled_with_a_word(a: Ancien, comment: str) -> None:
    a.creneau(places=3)
    autre = a.ligne("R2", nom="Diallo")
    a.reprendre(a.ligne("R1"), autre)
    if comment == "absent":
        assert a.reprendre(autre)[0].etat == "reprise"  # a file need not hold everything
        ReglagesReprise.objects.update(complet=True)
        ligne, _ = a.reprendre(autre)
    else:
        ligne, _ = a.reprendre(a.ligne("R1", etat="Annulé"), autre)
    assert (ligne.etat, ligne.collision) == ("collision", Collision.DISPARUE)
    assert RendezVous.objects.actifs().count() == 2
    with pytest.raises(ErreurMetier, match="pourquoi"):
        ancien_module.ecarter(ligne, " ", par=acteur(a.denis), maintenant=INSTANT)
    ancien_module.ecarter(ligne, "Annulé là-bas", par=acteur(a.denis), maintenant=INSTANT)
    assert RendezVous.objects.actifs().count() == 1
    assert Notification.objects.filter(modele="rendez_vous_annule").count() == 1


def test_moved_here_by_the_person_stays_as_they_want(a: Ancien) -> None:
    a.creneau()
    onze = a.creneau(MARDI + timedelta(hours=2))
    (ligne,) = a.reprendre(a.ligne("R1"))
    assert ligne.rendez_vous is not None
    assert ligne.demande is not None
    convocation = ligne.rendez_vous.convocation
    reservation.deplacer(convocation, onze, par=acteur(ligne.demande.usager), maintenant=INSTANT)
    (ligne,) = a.reprendre(a.ligne("R1", heure="16:00"))
    assert ligne.etat == "reprise"
    assert RendezVous.objects.actifs().get().creneau_id == onze.pk


def test_another_slot_is_chosen_by_an_agent_of_the_prefecture_only(a: Ancien) -> None:
    onze = a.creneau(MARDI + timedelta(hours=2))
    (ligne,) = a.reprendre(a.ligne("R1"))
    assert ligne.collision == Collision.SANS_CRENEAU
    ailleurs = AgentFactory(chef_service=True, prefecture=PrefectureFactory(departement="68"))
    for qui in (ailleurs, AgentFactory(instructeur=True, prefecture=a.prefecture)):
        with pytest.raises(DroitRefuse):
            ancien_module.resoudre(ligne, creneau=onze, par=acteur(qui), maintenant=INSTANT)
    ancien_module.resoudre(ligne, creneau=onze, par=acteur(a.denis), maintenant=INSTANT)
    assert RendezVous.objects.get().creneau_id == onze.pk


def test_another_slot_is_told_as_moved_from_its_old_hour(a: Ancien) -> None:
    onze = a.creneau(MARDI + timedelta(hours=2))
    (ligne,) = a.reprendre(a.ligne("R1"))
    ancien_module.resoudre(ligne, creneau=onze, par=acteur(a.denis), maintenant=INSTANT)
    courriel = composer(Notification.objects.get(modele="confirmation", canal="courriel"))
    for dit in (courriel.texte, courriel.html):
        assert "du mardi 5 mars 2030 à 9 h, pris sur l’ancien service" in " ".join(dit.split())
        assert "est déplacé au mardi 5 mars 2030 à 11 h" in " ".join(dit.split())
        assert "à la même heure" not in dit
    assert "à une autre date" in RendezVous.objects.get().convocation.motivation


def test_same_hour_is_told_as_kept(a: Ancien) -> None:
    a.creneau()
    a.reprendre(a.ligne("R1"))
    texte = composer(Notification.objects.get(modele="confirmation", canal="courriel")).texte
    assert "à la même heure" in texte
    assert "déplacé au" not in texte
    assert "à la même date" in RendezVous.objects.get().convocation.motivation


def test_reason_of_the_convocation_is_read_in_the_language_of_the_person(client: Client, a: Ancien) -> None:
    onze = a.creneau(MARDI + timedelta(hours=2))
    (ligne,) = a.reprendre(a.ligne("R1"))
    ancien_module.resoudre(ligne, creneau=onze, par=acteur(a.denis), maintenant=INSTANT)
    adresse = f"/rdv/{deriver(USAGE, str(RendezVous.objects.get().convocation.cle))}/"
    client.post(adresse, {"date_naissance": "17/05/1980"})
    assert MOTIVATION_DEPLACE in client.get(adresse).content.decode()
    client.cookies["langue"] = "en"
    page = client.get(adresse).content.decode()
    assert "You had already booked an appointment with the prefecture. It is taken over here, on another date." in page
    assert MOTIVATION_DEPLACE not in page
    Convocation.objects.update(motivation="Apportez l’original.")  # as an agent writes it: in French, and said so
    page = client.get(adresse).content.decode()
    assert re.search(r'<div +lang="fr" dir="ltr">\s*<p>Apportez l’original', page)


def test_line_set_aside_forgets_its_person_and_never_comes_back(a: Ancien) -> None:
    (ligne,) = a.reprendre(a.ligne("R1"))
    ancien_module.ecarter(ligne, "Rappelée : ne vient plus", par=acteur(a.denis), maintenant=INSTANT)
    a.creneau()
    (ligne,) = a.reprendre(a.ligne("R1"))
    assert (ligne.etat, ligne.personne) == ("ecartee", {})


def test_tried_again_once_the_slots_are_open(a: Ancien) -> None:
    a.reprendre(a.ligne("R1"))
    a.creneau()
    assert ancien_module.reessayer(a.prefecture, par=acteur(a.denis), maintenant=INSTANT) == 1
    ancien_module.reprendre_en_attente(maintenant=maintenant)
    assert LigneReprise.objects.get().etat == "reprise"


def test_corrected_file_is_tried_again(a: Ancien) -> None:
    a.creneau(places=2)
    (ligne,) = a.reprendre(a.ligne("R1", prenoms=""))
    assert ligne.collision == Collision.IDENTITE
    (ligne,) = a.reprendre(a.ligne("R1"))
    assert ligne.etat == "reprise"


def test_line_gone_then_back_is_tried_again(a: Ancien) -> None:
    a.reprendre(a.ligne("R1"))
    (ligne,) = a.reprendre(a.ligne("R1", etat="Annulé"))
    assert ligne.collision == Collision.DISPARUE
    a.creneau()
    (ligne,) = a.reprendre(a.ligne("R1"))
    assert ligne.etat == "reprise"


def test_colleague_tries_again_with_their_own_rights(a: Ancien) -> None:
    a.creneau()
    a.importer(a.ligne("R1"))
    a.denis.attributions.all().delete()
    ancien_module.reprendre_en_attente(maintenant=maintenant)
    collegue = AgentFactory(chef_service=True, prefecture=a.prefecture)
    ancien_module.reessayer(a.prefecture, par=acteur(collegue), maintenant=INSTANT)
    ancien_module.reprendre_en_attente(maintenant=maintenant)
    assert LigneReprise.objects.get().etat == "reprise"


def test_past_lines_are_forgotten_after_a_month(a: Ancien) -> None:
    a.reprendre(a.ligne("R1"))
    ancien_module.reprendre_en_attente(maintenant=lambda: INSTANT + timedelta(days=33))
    ligne = LigneReprise.objects.get()
    assert (ligne.etat, ligne.personne) == ("ecartee", {})


def test_line_says_all_its_faults_at_once(a: Ancien) -> None:
    fausse = a.ligne(
        "R1",
        date="2030",
        heure="midi",
        motif="Permis",
        date_naissance="hier",
        courriel="amina",
        telephone="12",
        numero_etranger="123",
    )
    (ligne,) = lire_reprise(a.prefecture, a.fichier(fausse), agent=a.denis, maintenant=INSTANT).lignes
    dites = ("La date s’écrit", "L’heure s’écrit", "Ce motif n’a pas de sens", "Le numéro étranger compte")
    colonnes = ("Date de naissance :", "Courriel :", "Téléphone :")
    assert [x for x in (*dites, *colonnes) if x not in ligne.raison.replace("\N{NO-BREAK SPACE}", " ")] == []
    assert ligne.motif_inconnu == "Permis"
    assert ligne.candidat is None


def test_reprendre_sends_nobody_to_a_doctor_without_agrement(a: Ancien) -> None:
    demande = amener_a(DemandeFactory(motif=a.motif, prefecture=a.prefecture), Etat.DEPOSEE)
    cabinet = SiteFactory(prefecture=a.prefecture, code="67-cabinet", genre=Site.Genre.MEDICAL)
    with pytest.raises(ErreurMetier) as refus, transaction.atomic():
        convoquer_pour_reprise(demande, cabinet, jusqu_au=MARDI, par=acteur(a.denis), maintenant=INSTANT)
    assert refus.value.code == "lieu_ferme"
    # A word that led to it before is said to wait for an agent, not to be an error of ours.
    a.creneau()
    Site.objects.filter(pk=a.file.site_id).update(genre=Site.Genre.MEDICAL)
    LigneReprise.objects.create(
        prefecture=a.prefecture,
        source=ImportReprise.objects.create(prefecture=a.prefecture, agent=a.denis, demande_le=INSTANT),
        agent=a.denis,
        rang=2,
        reference="R1",
        debut=MARDI,
        motif=a.motif,
        file=a.file,
        personne={"nom": "Diallo", "prenoms": "Fatou", "date_naissance": "1990-01-02"},
    )
    ancien_module.reprendre_en_attente(maintenant=maintenant)
    assert LigneReprise.objects.get().collision == Collision.ETAT


def test_reprendre_takes_the_demande_out_of_the_lot_that_would_convoke_it(a: Ancien) -> None:
    demande = amener_a(DemandeFactory(motif=a.motif, prefecture=a.prefecture), Etat.DEPOSEE)
    lot = LotConvocations.objects.create(prefecture=a.prefecture, agent=a.denis, motivation="Venez.", cree_le=INSTANT)
    promise = LigneConvocation.objects.create(lot=lot, demande=demande, etat=LigneConvocation.Etat.A_FAIRE)
    a.creneau()
    usager = demande.usager
    naissance = "/".join(reversed(usager.date_naissance.split("-")))
    (ligne,) = a.reprendre(a.ligne("R1", numero=demande.numero or "", nom=usager.nom, date_naissance=naissance))
    assert (ligne.etat, ligne.demande_id) == ("reprise", demande.pk)
    promise.refresh_from_db()
    assert promise.etat == LigneConvocation.Etat.CONVOQUEE
    assert promise.convocation is not None
    assert promise.convocation.demande_id == demande.pk


def test_completeness_is_established_at_the_counter_and_by_two_pairs_of_eyes() -> None:
    b = ancien(quatre_yeux=True, pieces=0)
    b.creneau()
    (ligne,) = b.reprendre(b.ligne("R1"))
    assert ligne.demande is not None
    demande = amener_a(Demande.objects.get(pk=ligne.demande.pk), Etat.RECUE)
    assert demande.complete_le is None
    demande = amener_a(demande, Etat.EN_INSTRUCTION)
    with pytest.raises(ErreurMetier, match="complétude"):
        accorder(demande, par=acteur(b.denis), maintenant=INSTANT)
    verifie = AgentFactory(instructeur=True, prefecture=b.prefecture)
    constater_completude(demande, par=acteur(verifie), maintenant=INSTANT)
    demande.refresh_from_db()
    assert (demande.etat, demande.completude_par_id) == (Etat.EN_INSTRUCTION, verifie.pk)
    accorder(demande, par=acteur(b.denis), maintenant=INSTANT)
