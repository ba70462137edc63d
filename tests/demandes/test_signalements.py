"""What several persons share where they should not: found by machine, judged by an agent, never acted upon."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from demandes.calculs.signalements import Geste, ReglesSignalements, cessions, personnes_en_une_heure
from demandes.models import AdresseConnue, Demande, Evenement, RegleSignalements, Signalement, Usager
from demandes.selectors import acteur_agent
from demandes.selectors_signalements import lire_signalement, seuils_des_prefectures, signalements_visibles
from demandes.services.deports import Vise, declarer_deport
from demandes.services.signalements import declarer_connue, juger, oublier_signalements, signaler, signaler_les_contacts
from demandes.tasks import purger
from planipref.commun.champs import ChampTelephone
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.transactions import acte
from tests.demandes.factories import (
    INSTANT,
    AgentFactory,
    DemandeFactory,
    MandatFactory,
    MotifFactory,
    PrefectureFactory,
    UsagerFactory,
)
from tests.parcours import acteur, amener_a

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
SEUILS = ReglesSignalements(contacts=2)


def deposees(n: int, **usager) -> list[Demande]:
    motif = MotifFactory(pieces=0)
    return [amener_a(DemandeFactory(motif=motif, usager=UsagerFactory(**usager)), "deposee") for _ in range(n)]


def chercher(seuils=SEUILS, maintenant=INSTANT) -> dict[str, int]:
    signaler_les_contacts(PrefectureFactory(), seuils, maintenant=maintenant)
    return dict(Signalement.objects.order_by("pk").values_list("genre", "nombre"))


def le_signalement(genre="connexion", nombre=6, **champs) -> Signalement:
    demande = champs.pop("demande", None) or deposees(1)[0]
    instants = {"premier_le": INSTANT, "dernier_le": INSTANT} | champs
    return acte(signaler)(demande.prefecture_id, genre, "empreinte", nombre=nombre, demandes=[demande.pk], **instants)


def test_same_phone_of_different_persons_is_signaled_and_kept_as_a_hash():
    demandes = deposees(2, telephone="+33612345678")
    assert chercher() == {"telephone": 2}
    signalement = Signalement.objects.get()
    assert set(signalement.demandes.all()) == set(demandes)
    assert "612345678" not in signalement.cle
    assert chercher() == {"telephone": 2}  # again: the same one


def test_same_mail_is_compared_without_its_capitals():
    for courriel in ("Vente@Example.org", "vente@example.org"):
        deposees(1, courriel=courriel, telephone="")
    assert chercher() == {"courriel": 2}


def test_spellings_of_one_mailbox_are_one_mailbox_whoever_typed_them():
    ecrites = ("jean+1@gmail.com", "j.ean@gmail.com", "JEAN@googlemail.com")
    demandes = [d for c in ecrites for d in deposees(1, courriel=c, telephone="")]
    deposees(1, courriel="jean@x.fr", telephone="")
    assert chercher(ReglesSignalements(contacts=3)) == {"courriel": 3}
    assert set(Signalement.objects.get().demandes.all()) == set(demandes)


def test_one_person_with_several_spellings_of_their_mail_counts_once():
    """The first look counts spellings, the second persons."""
    motif, usager = MotifFactory(pieces=0), UsagerFactory(courriel="jean+1@x.fr", telephone="")
    amener_a(DemandeFactory(motif=motif, usager=usager), "deposee")
    enfant = UsagerFactory(courriel="jean+2@x.fr", telephone="")
    tete = Demande.objects.get()
    amener_a(DemandeFactory(motif=motif, usager=enfant, principale=tete, lien_familial="enfant"), "deposee")
    assert chercher() == {}


def test_phone_is_compared_as_it_is_kept_whatever_its_spelling():
    for saisi in ("06 12 34 56 78", "+33 (0)6.12.34.56.78", "0033612345678"):
        deposees(1, telephone=ChampTelephone().clean(saisi))
    assert set(Usager.objects.values_list("telephone", flat=True)) == {"+33612345678"}
    assert chercher() == {"telephone": 3}


def test_number_of_queries_does_not_follow_the_number_of_demandes():
    deposees(2, telephone="", courriel="vente@example.org")
    seuils, lus = ReglesSignalements(contacts=2), []
    for _ in range(2):
        with CaptureQueriesContext(connection) as requetes:
            signaler_les_contacts(PrefectureFactory(), seuils, maintenant=INSTANT)
        lus.append(len([r for r in requetes if "demandes_usager" in r["sql"]]))
        deposees(5, telephone="")
    assert lus == [3, 3]  # phones once: none is given; mails twice


def test_below_the_threshold_or_before_the_window_nothing_is_signaled():
    deposees(2, telephone="+33612345678")
    assert chercher(ReglesSignalements(contacts=3)) == {}
    assert chercher(maintenant=INSTANT + timedelta(days=31)) == {}


def test_one_person_with_several_demandes_counts_once():
    usager = UsagerFactory(telephone="+33612345678")
    for _ in range(3):
        amener_a(DemandeFactory(motif=MotifFactory(pieces=0), usager=usager), "deposee")
    assert chercher() == {}


def test_family_counts_for_one_person():
    (tete,) = deposees(1, telephone="+33612345678")
    enfant = UsagerFactory(telephone="+33612345678")
    amener_a(DemandeFactory(motif=tete.motif, usager=enfant, principale=tete, lien_familial="enfant"), "deposee")
    assert chercher() == {}


def test_persons_whom_an_organisation_helps_do_not_count():
    un, deux = deposees(2, telephone="+33612345678")
    MandatFactory(demande=un)
    assert chercher() == {}
    Demande.objects.filter(pk=deux.pk).update(canal=Demande.Canal.ACCOMPAGNEMENT)
    assert chercher() == {}


def test_drafts_and_other_prefectures_do_not_count():
    DemandeFactory(usager=UsagerFactory(telephone="+33612345678"))
    deposees(1, telephone="+33612345678")
    amener_a(
        DemandeFactory(
            motif=MotifFactory(pieces=0),
            prefecture=PrefectureFactory(departement="93"),
            usager=UsagerFactory(telephone="+33612345678"),
        ),
        "deposee",
    )
    assert chercher() == {}


def test_thresholds_are_those_of_the_prefecture_else_of_the_country_else_of_the_code():
    prefecture = PrefectureFactory()
    RegleSignalements.objects.create(prefecture=None, contacts=7, personnes=8)
    RegleSignalements.objects.create(prefecture=prefecture, contacts=3)
    seuils = seuils_des_prefectures([prefecture.pk])[prefecture.pk]
    assert (seuils.contacts, seuils.personnes, seuils.cessions) == (3, 8, ReglesSignalements().cessions)


def test_judged_signal_comes_back_only_when_it_grows():
    chloe = AgentFactory(instructeur=True)
    signalement = le_signalement()
    juger(signalement, confirme=False, par=acteur(chloe), maintenant=INSTANT)
    demande = signalement.demandes.get()
    assert le_signalement(demande=demande).etat == "ecarte"
    assert le_signalement(demande=demande, nombre=7).etat == "a_examiner"


def test_judged_signal_comes_back_with_as_many_persons_again():
    chloe = AgentFactory(instructeur=True)
    signalement = le_signalement(nombre=2)
    juger(signalement, confirme=False, par=acteur(chloe), maintenant=INSTANT)
    assert le_signalement(nombre=2).etat == "ecarte"  # one more person
    neuves = [d.pk for d in deposees(2)]
    revenu = acte(signaler)(
        signalement.prefecture_id, "connexion", "empreinte", nombre=2, demandes=neuves, premier_le=INSTANT,
        dernier_le=INSTANT,
    )  # fmt: skip
    assert revenu.etat == "a_examiner"
    assert revenu.demandes.count() == 4


def test_deport_hides_the_signal_of_its_person_and_forbids_to_judge_it():
    chloe, signalement = AgentFactory(instructeur=True), le_signalement()
    demande = signalement.demandes.get()
    signalement.demandes.add(deposees(1)[0])
    assert lire_signalement(acteur(chloe), signalement.pk) is not None
    vise = Vise(numero_demande=demande.numero or "")
    declarer_deport(chloe, vise, jusqu_au=None, par=acteur(chloe), maintenant=INSTANT)
    assert not signalements_visibles(acteur(chloe), "a_examiner")
    with pytest.raises(DroitRefuse):
        juger(signalement, confirme=False, par=acteur(chloe), maintenant=INSTANT)


def test_facts_that_leave_the_window_do_not_undo_a_signal():
    signalement = le_signalement()
    plus_tard = INSTANT + timedelta(days=2)
    autre = le_signalement(demande=deposees(1)[0], nombre=6, premier_le=plus_tard, dernier_le=plus_tard)
    assert (autre.pk, autre.premier_le, autre.dernier_le) == (signalement.pk, INSTANT, plus_tard)
    assert autre.demandes.count() == 2


def test_juger_writes_who_and_the_journal_and_changes_nothing_for_the_person():
    chloe, signalement = AgentFactory(instructeur=True), le_signalement()
    demande = signalement.demandes.get()
    with pytest.raises(ErreurMetier) as refus:
        juger(signalement, confirme=True, par=acteur(chloe), maintenant=INSTANT)
    assert refus.value.champ == "note"
    juger(signalement, confirme=True, note="Revente.", par=acteur(chloe), maintenant=INSTANT)
    signalement.refresh_from_db()
    assert (signalement.etat, signalement.traite_par, signalement.note) == ("confirme", chloe, "Revente.")
    assert Evenement.objects.get(nature="signalement:confirme").charge == {"signalement_id": signalement.pk}
    avant = demande.modifiee_le
    demande.refresh_from_db()
    assert (demande.etat, demande.modifiee_le) == ("deposee", avant)
    with pytest.raises(ErreurMetier, match="déjà traité"):
        juger(signalement, confirme=False, par=acteur(chloe), maintenant=INSTANT)


def test_signal_is_seen_and_judged_only_by_who_handles_one_of_its_demandes():
    signalement = le_signalement()
    ailleurs = AgentFactory(instructeur=True, prefecture=PrefectureFactory(departement="93"))
    for agent in (ailleurs, AgentFactory(accueil=True)):
        par = acteur_agent(agent)
        assert lire_signalement(par, signalement.pk) is None
        assert not signalements_visibles(par, "a_examiner")
        with pytest.raises(DroitRefuse):
            juger(signalement, confirme=False, par=par, maintenant=INSTANT)


def test_demandes_of_another_service_are_counted_and_not_shown():
    signalement = le_signalement()
    loin = amener_a(
        DemandeFactory(motif=MotifFactory(pieces=0), prefecture=PrefectureFactory(departement="93")), "deposee"
    )
    signalement.demandes.add(loin)
    lu = lire_signalement(acteur(AgentFactory(instructeur=True)), signalement.pk)
    assert lu is not None
    assert ([d.prefecture.departement for d in lu.demandes], lu.ailleurs) == (["67"], 1)


def test_shared_connection_is_declared_until_a_day_within_a_year():
    chloe, signalement = AgentFactory(instructeur=True), le_signalement()
    jour = INSTANT.date()
    for mauvais in (jour, jour + timedelta(days=400)):
        with pytest.raises(ErreurMetier) as refus:
            declarer_connue(
                signalement, raison="France Services", jusqu_au=mauvais, par=acteur(chloe), maintenant=INSTANT
            )
        assert refus.value.champ == "jusqu_au"
    fin = jour + timedelta(days=90)
    declarer_connue(signalement, raison="France Services", jusqu_au=fin, par=acteur(chloe), maintenant=INSTANT)
    assert AdresseConnue.objects.get().jusqu_au == fin
    signalement.refresh_from_db()
    assert signalement.etat == "ecarte"
    telephone = le_signalement(genre="telephone")
    with pytest.raises(ErreurMetier, match="pas celui d’une connexion"):
        declarer_connue(telephone, raison="Foyer", jusqu_au=fin, par=acteur(chloe), maintenant=INSTANT)


def test_purger_erases_the_hash_of_a_connection_after_thirty_days_and_what_ended(temps_fige):
    chloe, signalement = AgentFactory(instructeur=True), le_signalement()
    telephone = le_signalement(genre="telephone")
    AdresseConnue.objects.create(
        prefecture=signalement.prefecture, cle="x", raison="Foyer", jusqu_au=INSTANT.date(), agent=chloe, le=INSTANT
    )
    assert oublier_signalements(maintenant=INSTANT + timedelta(hours=1)) == 0
    temps_fige.move_to(INSTANT + timedelta(days=31))
    assert purger()["signalements_oublies"] == 2
    assert purger()["signalements_oublies"] == 0
    signalement.refresh_from_db()
    telephone.refresh_from_db()
    assert (signalement.cle, telephone.cle) == (f"efface:{signalement.pk}", "empreinte")
    assert not AdresseConnue.objects.exists()


@pytest.mark.parametrize("genre", ["telephone", "courriel"])
def test_purger_erases_the_hash_of_a_phone_or_of_a_mail_after_ninety_days(temps_fige, genre):
    signalement = le_signalement(genre=genre)
    temps_fige.move_to(INSTANT + timedelta(days=90))
    assert purger()["signalements_oublies"] == 0
    temps_fige.move_to(INSTANT + timedelta(days=90, minutes=1))
    assert purger()["signalements_oublies"] == 1
    signalement.refresh_from_db()
    assert signalement.cle == f"efface:{signalement.pk}"
    assert signalement.demandes.count() == 1
    autre = le_signalement(genre=genre, demande=signalement.demandes.get())
    assert autre.pk != signalement.pk  # nothing tells that it is the same phone


def test_purger_erases_a_whole_signal_a_year_after_its_last_fact(temps_fige):
    chloe, signalement = AgentFactory(instructeur=True), le_signalement(genre="telephone")
    demande = signalement.demandes.get()
    juger(signalement, confirme=True, note="Revente.", par=acteur(chloe), maintenant=INSTANT)
    temps_fige.move_to(INSTANT + timedelta(days=365, minutes=1))
    purger()
    assert not Signalement.objects.exists()
    assert Demande.objects.filter(pk=demande.pk).exists()
    assert Evenement.objects.filter(nature="signalement:confirme").exists()


def test_judged_signal_whose_facts_go_on_is_not_forgotten_meanwhile(temps_fige):
    """Else the same facts, no greater, would make another one to judge."""
    chloe, signalement = AgentFactory(instructeur=True), le_signalement(genre="telephone")
    demande = signalement.demandes.get()
    juger(signalement, confirme=False, par=acteur(chloe), maintenant=INSTANT)
    le_signalement(genre="telephone", demande=demande, dernier_le=INSTANT + timedelta(days=80))
    temps_fige.move_to(INSTANT + timedelta(days=100))
    purger()
    encore = le_signalement(genre="telephone", demande=demande, dernier_le=INSTANT + timedelta(days=95))
    assert (encore.pk, encore.etat) == (signalement.pk, "ecarte")


def geste(minute: int, personne: int, creneau: int, *, prise: bool) -> Geste:
    return Geste(INSTANT + timedelta(minutes=minute), personne, creneau, prise)


def test_personnes_en_une_heure_is_the_busiest_hour_and_counts_a_person_once():
    gestes = [geste(m, p, 1, prise=True) for m, p in ((0, 1), (10, 1), (50, 2), (60, 3), (61, 4), (200, 5))]
    assert personnes_en_une_heure(gestes) == 4  # from minute 10 on; 1 took two
    assert personnes_en_une_heure([geste(0, 1, 1, prise=False)]) == 0


def test_cessions_want_the_same_slot_another_person_and_little_time():
    duree = timedelta(minutes=10)
    rendue = geste(0, 1, 7, prise=False)
    assert cessions([rendue, geste(10, 2, 7, prise=True)], duree) == [(rendue, geste(10, 2, 7, prise=True))]
    assert cessions([rendue, geste(11, 2, 7, prise=True)], duree) == []
    assert cessions([rendue, geste(5, 1, 7, prise=True)], duree) == []
    assert cessions([rendue, geste(5, 2, 8, prise=True)], duree) == []
    assert len(cessions([rendue, geste(5, 2, 7, prise=True), geste(6, 3, 7, prise=True)], duree)) == 1


def test_usager_without_phone_nor_mail_shares_nothing():
    deposees(3, telephone="")
    Usager.objects.update(courriel="")
    assert chercher() == {}
