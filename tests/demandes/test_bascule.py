"""The changeover from the former booking module: by motif and date, at the deposit too, and nobody sent astray."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from demandes.cycle import Etat
from demandes.models import AncienneAdresse, Bascule, Demande, Modification, Motif
from demandes.selectors_bascule import module_actuel
from demandes.services import bascule as services
from demandes.services import depot, parametrage
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from tests.demandes.factories import (
    INSTANT,
    AgentFactory,
    DemandeFactory,
    MotifFactory,
    PrefectureFactory,
    ServiceFactory,
    SiteFactory,
)
from tests.parcours import acteur, amener_a

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]
AILLEURS = "https://www.bas-rhin.gouv.fr/booking/create/12345/0"
JOUR = date(2030, 3, 20)


@pytest.fixture
def motif(transactional_db: None) -> Motif:
    """A motif that is taken online in the Bas-Rhin."""
    ServiceFactory()
    return MotifFactory(pieces=0)


def basculer(motif: Motif, du: date = JOUR, adresse: str = AILLEURS) -> Bascule:
    """Say that the present module serves it until a day."""
    webmestre = AgentFactory(username="webmestre", webmestre=True)
    return services.regler_bascule(PrefectureFactory(), motif, du=du, adresse=adresse, par=acteur(webmestre))


def test_without_a_row_the_motif_is_served_here(motif: Motif) -> None:
    assert module_actuel(motif, PrefectureFactory(), maintenant=INSTANT) is None
    assert depot.commencer(motif, PrefectureFactory(), maintenant=INSTANT).etat == Etat.BROUILLON


def test_until_its_day_no_draft_is_begun_nor_deposited_online(motif: Motif) -> None:
    brouillon = depot.commencer(motif, PrefectureFactory(), maintenant=INSTANT)
    basculer(motif)
    identite = {"nom": "Ben Ali", "prenoms": "Amina", "date_naissance": "1980-05-17", "courriel": "a@example.org"}
    par = acteur(brouillon.usager)
    depot.enregistrer_identite(brouillon, identite, par=par, maintenant=INSTANT)
    for geste in (
        lambda: depot.commencer(motif, PrefectureFactory(), maintenant=INSTANT),
        lambda: depot.deposer(brouillon, par=par, maintenant=INSTANT),
    ):
        with pytest.raises(ErreurMetier) as refus:
            geste()
        assert refus.value.code == "module_actuel"
    apres = datetime(2030, 3, 20, 9, tzinfo=UTC)
    assert depot.deposer(brouillon, par=par, maintenant=apres).etat == Etat.DEPOSEE


def test_other_motifs_and_the_counter_go_on_meanwhile(motif: Motif) -> None:
    basculer(motif)
    assert depot.commencer(MotifFactory(), PrefectureFactory(), maintenant=INSTANT).pk
    chloe, identite = AgentFactory(instructeur=True), {"nom": "A", "prenoms": "B", "date_naissance": "1980-05-17"}
    ouverte = depot.ouvrir_au_guichet(motif, SiteFactory(), identite=identite, par=acteur(chloe), maintenant=INSTANT)
    assert ouverte.etat == Etat.DEPOSEE


@pytest.mark.parametrize(
    ("departement", "avant", "apres"),
    [
        ("67", datetime(2030, 3, 19, 22, 59, tzinfo=UTC), datetime(2030, 3, 19, 23, 0, tzinfo=UTC)),
        ("974", datetime(2030, 3, 19, 19, 59, tzinfo=UTC), datetime(2030, 3, 19, 20, 0, tzinfo=UTC)),
    ],
)
def test_day_begins_at_the_midnight_of_the_prefecture(
    motif: Motif, departement: str, avant: datetime, apres: datetime
) -> None:
    prefecture = PrefectureFactory(reunion=True) if departement == "974" else PrefectureFactory()
    Bascule.objects.create(prefecture=prefecture, motif=motif, du=JOUR, adresse=AILLEURS)
    assert module_actuel(motif, prefecture, maintenant=avant) is not None
    assert module_actuel(motif, prefecture, maintenant=apres) is None


@pytest.mark.parametrize(
    "adresse",
    [
        "http://www.bas-rhin.gouv.fr/",
        "https://gouv.fr.evil.example/",
        "https://evilgouv.fr/",
        "https://www.gouv.fr@evil.example/",
        "https://x:y@www.gouv.fr/",
        "https://www.gouv.fr:8443/",
        "https://evil.example\\@www.gouv.fr/",
        "https://[gouv.fr/",
        "javascript:alert(1)//.gouv.fr",
        "//www.gouv.fr/",
    ],
)
def test_address_is_one_of_the_state_in_https(motif: Motif, adresse: str) -> None:
    with pytest.raises(ErreurMetier) as refus:
        basculer(motif, adresse=adresse)
    assert refus.value.champ == "adresse"


def test_address_is_held_by_the_base_too(motif: Motif) -> None:
    for adresse in ("http://www.gouv.fr/", "javascript:x", "https://a@b/", "https://a:8443/"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Bascule.objects.create(prefecture=PrefectureFactory(), motif=motif, du=JOUR, adresse=adresse)


def test_only_a_webmestre_of_the_prefecture_switches(motif: Motif) -> None:
    bascule = basculer(motif)
    autre = AgentFactory(webmestre=True, prefecture=PrefectureFactory(departement="68"))
    for qui in (autre, AgentFactory(chef_service=True)):
        with pytest.raises(DroitRefuse):
            services.regler_bascule(PrefectureFactory(), motif, du=JOUR, adresse=AILLEURS, par=acteur(qui))
        with pytest.raises(DroitRefuse):
            services.retirer_bascule(bascule, par=acteur(qui))


def test_switch_is_kept_in_the_history_and_undone(motif: Motif) -> None:
    basculer(motif)
    basculer(motif, du=date(2030, 4, 1))
    derniere = Modification.objects.filter(modele="bascule").latest("pk")
    webmestre = AgentFactory(username="webmestre")
    assert derniere.agent_id == webmestre.pk
    parametrage.annuler(derniere, par=acteur(webmestre))
    assert Bascule.objects.get().du == JOUR


def test_page_sends_elsewhere_in_plain_words_and_keeps_the_follow_up(client: Client, motif: Motif) -> None:
    basculer(motif)
    page = client.get(f"/demarches/{motif.code}/?prefecture=67").content.decode()
    assert f'href="{AILLEURS}"' in page
    assert "mercredi 20 mars 2030" in page
    assert "data-ailleurs" not in client.get(f"/demarches/{motif.code}/").content.decode()
    reponse = client.post(f"/demarches/{motif.code}/commencer/", {"prefecture": "67"})
    assert reponse.status_code == 409
    assert "data-ailleurs" in reponse.content.decode()
    assert not Demande.objects.exists()


def test_old_address_leads_to_its_demarche_and_never_elsewhere(client: Client, motif: Motif) -> None:
    webmestre = acteur(AgentFactory(webmestre=True))
    services.ajouter_adresse(PrefectureFactory(), "/booking/create/12345/", motif, par=webmestre)
    reponse = client.get("/booking/create/12345/0?next=https://evil.example/")
    assert reponse.status_code == 200
    page = reponse.content.decode()
    assert f"/demarches/{motif.code}/?prefecture=67" in page
    assert "evil" not in page
    longue = "/booking/" + "a/" * 99
    for inconnue in ("/booking/create/123456/0", "/booking/create/1234", "/booking/", "/rdvpref/x", longue):
        reponse = client.get(inconnue)
        assert reponse.status_code == 404
        assert 'href="/demarches/"' in reponse.content.decode()
    assert client.get("/booking/create/12345/?prefecture=68").status_code == 404


def test_old_address_before_the_day_leads_to_the_present_module_and_not_here(client: Client, motif: Motif) -> None:
    basculer(motif, adresse="https://www.bas-rhin.gouv.fr/rendez-vous")
    AncienneAdresse.objects.create(prefecture=PrefectureFactory(), motif=motif, chemin="/booking/create/12345")
    page = client.get("/booking/create/12345/0").content.decode()
    assert "Vous déposez maintenant votre demande ici" not in page
    assert "À partir du mercredi 20 mars 2030, cette démarche se fera ici." in page
    assert 'href="https://www.bas-rhin.gouv.fr/rendez-vous"' in page
    assert f"/demarches/{motif.code}/" not in page
    Bascule.objects.update(du=INSTANT.date())
    page = client.get("/booking/create/12345/0").content.decode()
    assert "Vous déposez maintenant votre demande ici" in page
    assert f"/demarches/{motif.code}/?prefecture=67" in page


def test_present_module_that_is_itself_sent_here_makes_no_circle(client: Client, motif: Motif) -> None:
    basculer(motif)  # at /booking/create/12345/0
    AncienneAdresse.objects.create(prefecture=PrefectureFactory(), motif=motif, chemin="/booking/create/12345")
    page = client.get("/booking/create/12345/0").content.decode()
    assert AILLEURS not in page
    assert 'href="https://www.bas-rhin.gouv.fr/"' in page


def test_page_of_a_demarche_that_is_never_deposited_online_does_not_say_it_will_be_here(
    client: Client, motif: Motif
) -> None:
    basculer(motif)
    Motif.objects.filter(pk=motif.pk).update(depot_en_ligne=False)
    page = client.get(f"/demarches/{motif.code}/?prefecture=67").content.decode()
    assert "data-ailleurs" in page
    assert "Avant le mercredi 20 mars 2030, la préfecture utilise encore" in page
    assert "ne se dépose pas ici" in page
    assert "vous la ferez ici" not in page


def test_longest_beginning_wins_and_each_prefecture_has_its_own(client: Client, motif: Motif) -> None:
    autre, ailleurs = MotifFactory(), PrefectureFactory(departement="68")
    ici = PrefectureFactory()
    AncienneAdresse.objects.create(prefecture=ici, motif=autre, chemin="/booking/create/1")
    AncienneAdresse.objects.create(prefecture=ici, motif=motif, chemin="/booking/create/1/2")
    AncienneAdresse.objects.create(prefecture=ailleurs, motif=autre, chemin="/booking/create/1")
    vues = client.get("/booking/create/1/2/3").context["destinations"]
    assert [(d.ancienne.prefecture.departement, d.ancienne.motif.pk) for d in vues] == [
        ("67", motif.pk),
        ("68", autre.pk),
    ]


@pytest.mark.parametrize("chemin", ["/agent/", "/booking", "booking/create/1", "/booking//x", "/"])
def test_path_that_is_no_old_address_is_refused(motif: Motif, chemin: str) -> None:
    webmestre = acteur(AgentFactory(webmestre=True))
    with pytest.raises(ErreurMetier) as refus:
        services.ajouter_adresse(PrefectureFactory(), chemin, motif, par=webmestre)
    assert refus.value.champ == "chemin"


def test_pages_of_the_webmestre(client: Client, motif: Motif) -> None:
    client.force_login(AgentFactory(webmestre=True))
    valeurs = {"motif": motif.code, "du": "20/03/2030", "adresse": AILLEURS}
    assert client.post("/parametrage/67/bascule/", valeurs | {"adresse": "https://x.example/"}).status_code == 422
    assert client.post("/parametrage/67/bascule/", valeurs).status_code == 303
    bascule = Bascule.objects.get()
    assert AILLEURS in client.get("/parametrage/67/bascule/").content.decode()
    assert "Bascule" in client.get("/parametrage/67/historique/").content.decode()
    assert client.post("/parametrage/67/bascule/", {"retirer": str(bascule.pk)}).status_code == 303
    assert not Bascule.objects.exists()
    assert client.post("/parametrage/67/bascule/", {"retirer": str(bascule.pk)}).status_code == 404
    ancienne = {"motif": motif.code, "chemin": "/booking/create/9"}
    assert client.post("/parametrage/67/anciennes-adresses/", ancienne).status_code == 303
    assert client.post("/parametrage/67/anciennes-adresses/", ancienne).status_code == 422  # twice
    adresse = AncienneAdresse.objects.get()
    assert client.post("/parametrage/67/anciennes-adresses/", {"retirer": str(adresse.pk)}).status_code == 303
    assert not AncienneAdresse.objects.exists()
    assert client.get("/parametrage/68/bascule/").status_code == 404


def test_page_says_where_each_demarche_is_done_today(client: Client, motif: Motif) -> None:
    client.force_login(AgentFactory(webmestre=True))
    basculer(motif)
    page = client.get("/parametrage/67/bascule/").content.decode()
    assert "encore ailleurs, ici à partir du mercredi 20 mars 2030" in " ".join(page.split())
    assert "Servir ici maintenant" in page
    bascule = basculer(motif, du=INSTANT.date())
    page = client.get("/parametrage/67/bascule/").content.decode()
    assert "ailleurs" not in page
    assert "ici, depuis le lundi 4 mars 2030" in " ".join(page.split())
    assert "Servir ici maintenant" not in page
    reponse = client.post("/parametrage/67/bascule/", {"retirer": str(bascule.pk)}, follow=True)
    assert "La date est retirée." in reponse.content.decode()
    passee = {"motif": motif.code, "du": "01/03/2030", "adresse": AILLEURS}
    reponse = client.post("/parametrage/67/bascule/", passee, follow=True)
    assert "Sa date est passée : la démarche est servie ici." in reponse.content.decode()


def test_follow_up_of_a_demande_goes_on(motif: Motif) -> None:
    demande = amener_a(DemandeFactory(motif=motif), Etat.DEPOSEE)
    basculer(motif)
    assert amener_a(demande, Etat.RDV_PRIS).etat == Etat.RDV_PRIS
