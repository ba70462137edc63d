"""The over-booking page: the plans of a day, applied and taken back, the rules of a site, who is expected."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from demandes.models import Agent, Evenement
from planipref.commun.erreurs import DroitRefuse
from planning import tasks
from planning.models import Creneau, FileGuichet, ModelePresence, RegleSurreservation
from planning.services import presences
from planning.services.presences import modele_du_jour
from planning.services.publication import publier
from tests.demandes.factories import INSTANT, PrefectureFactory, SiteFactory
from tests.parcours import acteur, occuper
from tests.planning.aide_presence import MARDI, apprendre, file_ouverte, histoire
from tests.planning.factories import CreneauFactory, FileGuichetFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

PAGE = "/planning/surreservation/"


@pytest.fixture
def file(client: Client, denis: Agent) -> FileGuichet:
    """A queue of three counters on Tuesday morning, where four in ten do not come; Denis is logged in."""
    ouverte = file_ouverte()
    histoire(ouverte)
    apprendre(ouverte)
    client.force_login(denis)
    return ouverte


def page(client: Client, file: FileGuichet, adresse: str = PAGE) -> str:
    reponse = client.get(f"{adresse}?file={file.pk}&jour={MARDI.isoformat()}")
    assert reponse.status_code == 200
    return re.sub(r"\s+", " ", reponse.content.decode())


def du_mardi(file: FileGuichet) -> list[Creneau]:
    return list(Creneau.objects.filter(file=file).du_jour(MARDI, "Europe/Paris").order_by("debut"))


def envoi(client: Client, file: FileGuichet) -> dict[str, Any]:
    """What the form of the page sends."""
    vue = re.search(r'name="vue" value="(\w+)"', page(client, file))
    return {"file": str(file.pk), "jour": MARDI.isoformat(), "vue": vue.group(1) if vue else ""}


def places(file: FileGuichet) -> list[tuple[int, int]]:
    return [(c.places, c.ecart) for c in du_mardi(file)]


@pytest.mark.parametrize("adresse", [PAGE, "/planning/presences/"])
def test_without_right_is_403(client: Client, chloe: Agent, adresse: str) -> None:
    client.force_login(chloe)
    assert client.get(adresse).status_code == 403


def test_page_compares_the_plans_and_says_what_it_rests_on(client: Client, file: FileGuichet) -> None:
    lue = page(client, file)
    couts = dict(re.findall(r'data-plan="(\w+)".*?data-cout="(\d+)"', lue))
    assert set(couts) == {"actuel", "base", "taux", "propose"}
    assert couts["actuel"] == couts["base"]
    assert int(couts["propose"]) < int(couts["base"])
    assert "apprise des rendez-vous passés de la préfecture" in lue
    assert "surtout d’après le catalogue des démarches : 0 passage seulement mesuré" in lue
    assert "le calcul suppose que personne ne vient sans rendez-vous" in lue
    assert 'data-action="retirer-surreservation"' not in lue


def test_few_past_appointments_are_said_and_give_one_place_more_at_most(client: Client, denis: Agent) -> None:
    file = file_ouverte()
    apprendre(file)
    client.force_login(denis)
    assert "0 rendez-vous passé de cette file seulement" in page(client, file)
    client.post(f"{PAGE}appliquer/", envoi(client, file))
    assert all(ecart <= 1 for _, ecart in places(file))


def test_foreign_queue_is_404_and_an_unknown_day_shows_the_first_one(client: Client, file: FileGuichet) -> None:
    etrangere = FileGuichetFactory(site=SiteFactory(prefecture=PrefectureFactory(departement="93")))
    assert client.get(PAGE, {"file": etrangere.pk}).status_code == 404
    assert client.get(PAGE, {"file": "x"}).status_code == 404
    for jour in ("2030-03-04", "2031-01-01", "demain"):
        assert "mardi 5 mars 2030" in client.get(PAGE, {"file": file.pk, "jour": jour}).content.decode()
    for acte in ("appliquer", "retirer"):
        assert client.post(f"{PAGE}{acte}/", envoi(client, file) | {"jour": "2030-03-04"}).status_code == 404
        assert client.post(f"{PAGE}{acte}/", envoi(client, file) | {"file": etrangere.pk}).status_code == 404


def test_queue_without_slots_says_so(client: Client, denis: Agent) -> None:
    file = FileGuichetFactory()
    client.force_login(denis)
    assert "Aucun créneau n’est publié" in client.get(PAGE, {"file": file.pk}).content.decode()


def test_appliquer_offers_the_places_and_is_journaled(client: Client, denis: Agent, file: FileGuichet) -> None:
    reponse = client.post(f"{PAGE}appliquer/", envoi(client, file))
    assert (reponse.status_code, reponse["Location"]) == (303, f"{PAGE}?file={file.pk}&jour=2030-03-05")
    apres = places(file)
    assert sum(ecart for _, ecart in apres) > 0
    assert all(n == 3 + ecart and -1 <= ecart <= 2 for n, ecart in apres)
    evenement = Evenement.objects.get(nature="planning:surreservation_appliquee")
    assert (evenement.acteur_id, evenement.prefecture_id) == (denis.pk, file.site.prefecture_id)
    assert evenement.charge["file_id"] == file.pk
    assert evenement.charge["jour"] == "2030-03-05"
    changes = Creneau.objects.exclude(ecart=0).values_list("pk", "places")
    assert sorted((pk, n) for pk, _, n in evenement.charge["creneaux"]) == sorted(changes)
    suite = page(client, file)
    assert "La proposition est déjà en place." in suite
    assert f"Proposition appliquée par {denis}, lundi 4 mars 2030 à 9 h." in suite


def test_publication_keeps_what_was_applied(client: Client, file: FileGuichet) -> None:
    client.post(f"{PAGE}appliquer/", envoi(client, file))
    avant = places(file)
    publier(file.site.prefecture, maintenant=INSTANT, horizon_jours=3)
    assert places(file) == avant


def test_retirer_goes_back_to_the_base_but_for_those_taken(client: Client, file: FileGuichet) -> None:
    client.post(f"{PAGE}appliquer/", envoi(client, file))
    occuper(next(c for c in du_mardi(file) if c.ecart > 0), 4)
    assert client.post(f"{PAGE}retirer/", envoi(client, file)).status_code == 303
    au_dessus = [(c.places, c.ecart, c.prevues, c.surplus) for c in du_mardi(file) if c.places > 3]
    assert au_dessus == [(4, 0, 3, 1)]  # kept for who has it, not offered again, no conflict
    suite = page(client, file)
    assert "1 créneau reste au-dessus de sa base" in suite
    assert "Retour à la base par" in suite
    assert Evenement.objects.filter(nature="planning:surreservation_retiree").count() == 1


def test_nothing_is_cut_below_what_is_taken(client: Client, file: FileGuichet) -> None:
    """So many come without appointment that every slot would be reduced; a full one is not."""
    RegleSurreservation.objects.create(site=file.site, surplus_max=0, retrait_max=3, poids_inoccupation=0)
    occuper(du_mardi(file)[0], 3)
    assert client.post(f"{PAGE}appliquer/", envoi(client, file)).status_code == 303
    assert places(file)[0] == (3, 0)
    assert all(n < 3 for n, _ in places(file)[1:])


def test_stale_form_is_409_and_writes_nothing(client: Client, file: FileGuichet) -> None:
    vu = envoi(client, file)
    Creneau.objects.filter(file=file).update(places=4, ecart=1)
    reponse = client.post(f"{PAGE}appliquer/", vu)
    assert reponse.status_code == 409
    assert "rien n’a été appliqué" in reponse.content.decode()
    assert 'data-action="appliquer-surreservation"' in reponse.content.decode(), "the new proposal is there"
    assert set(places(file)) == {(4, 1)}


def test_a_booking_meanwhile_that_changes_no_place_does_not_refuse_the_form(client: Client, file: FileGuichet) -> None:
    RegleSurreservation.objects.create(site=file.site, surplus_max=1, retrait_max=0, poids_attente=0)
    vu = envoi(client, file)
    occuper(du_mardi(file)[-1])
    assert client.post(f"{PAGE}appliquer/", vu).status_code == 303


def test_site_that_opts_out_is_proposed_nothing(client: Client, file: FileGuichet) -> None:
    vu = envoi(client, file)
    client.post(f"{PAGE}appliquer/", vu)
    RegleSurreservation.objects.create(site=file.site, active=False)
    lue = page(client, file)
    assert "Ce site a choisi de ne pas surréserver" in lue
    assert 'data-action="appliquer-surreservation"' not in lue
    assert client.post(f"{PAGE}appliquer/", vu).status_code == 409
    assert client.post(f"{PAGE}retirer/", vu).status_code == 303, "what was applied can still be taken back"
    assert {ecart for _, ecart in places(file)} == {0}


def test_national_rule_holds_where_the_site_has_none(client: Client, file: FileGuichet) -> None:
    RegleSurreservation.objects.create(active=False, surplus_max=5)
    assert "Ce site a choisi de ne pas surréserver" in page(client, file)
    RegleSurreservation.objects.create(site=file.site, active=True)
    assert 'data-action="appliquer-surreservation"' in page(client, file)


def test_regles_are_saved_journaled_and_given_back_to_the_country(client: Client, denis: Agent) -> None:
    site = SiteFactory()
    adresse = f"{PAGE}regles/{site.code}/"
    client.force_login(denis)
    assert "la valeur nationale, 0,5" in client.get(adresse).content.decode()
    assert client.post(adresse, {"active": "non", "surplus_max": "4", "poids_attente": "0,8"}).status_code == 303
    regle = RegleSurreservation.objects.get()
    assert (regle.site, regle.active, regle.surplus_max, regle.poids_attente) == (site, False, 4, 0.8)
    assert regle.retrait_max is None
    charge = Evenement.objects.get(nature="planning:surreservation_reglee").charge
    assert charge == {"site_id": site.pk, "active": False, "surplus_max": 4, "poids_attente": 0.8}
    lue = client.get(adresse).content.decode()
    assert 'value="0,8"' in lue
    assert client.post(adresse, {"active": ""}).status_code == 303
    assert not RegleSurreservation.objects.exists()


@pytest.mark.parametrize(
    "saisie", [{"surplus_max": "-1"}, {"surplus_max": "abc"}, {"poids_attente": "101"}, {"active": "peut-être"}]
)
def test_regles_refused_are_422_and_keep_what_was_typed(client: Client, denis: Agent, saisie: dict[str, str]) -> None:
    client.force_login(denis)
    reponse = client.post(f"{PAGE}regles/{SiteFactory().code}/", {"retrait_max": "7"} | saisie)
    assert reponse.status_code == 422
    assert 'value="7"' in reponse.content.decode()
    assert not RegleSurreservation.objects.exists()


def test_regles_of_a_foreign_site_are_404(client: Client, denis: Agent) -> None:
    client.force_login(denis)
    etranger = SiteFactory(prefecture=PrefectureFactory(departement="93"))
    assert client.get(f"{PAGE}regles/{etranger.code}/").status_code == 404


def test_presences_say_why_without_a_name(client: Client, file: FileGuichet) -> None:
    pris = occuper(du_mardi(file)[0])
    lue = page(client, file, "/planning/presences/")
    demande = pris.convocation.demande
    assert demande.motif.libelle in lue
    assert demande.usager.nom not in lue
    assert str(demande.numero) not in lue
    assert re.search(r"\([+−]\d+\)", lue)
    assert "Prévu et constaté" in lue
    assert "120 rendez-vous passés" in lue


def test_presences_without_history_say_that_it_is_too_early(client: Client, denis: Agent) -> None:
    file = file_ouverte()
    apprendre(file)
    client.force_login(denis)
    lue = page(client, file, "/planning/presences/")
    assert "il est trop tôt pour dire" in lue
    assert "Personne n’a encore pris rendez-vous" in lue


@pytest.mark.parametrize("adresse", [PAGE, "/planning/presences/"])
def test_page_learns_nothing_and_reads_the_last_model_kept(client: Client, denis: Agent, adresse: str) -> None:
    file = file_ouverte()
    client.force_login(denis)
    assert 'data-action="apprendre-presences"' in page(client, file, adresse)
    assert not ModelePresence.objects.exists()
    histoire(file)
    ancien = modele_du_jour(file.site.prefecture, maintenant=INSTANT - timedelta(days=3))
    lue = page(client, file, adresse)
    assert "vendredi 1er mars 2030" in lue
    assert 'data-action="apprendre-presences"' not in lue
    assert list(ModelePresence.objects.all()) == [ancien]


def test_learning_now_is_for_the_worker_and_for_one_prefecture(
    client: Client, denis: Agent, chloe: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    reveils: list[tuple[Any, ...]] = []
    monkeypatch.setattr(presences, "reveiller", lambda *quoi: reveils.append(quoi))
    file, autre = file_ouverte(), PrefectureFactory(departement="93")
    envoye = {"file": str(file.pk), "jour": MARDI.isoformat()}
    client.force_login(denis)
    for geste in ("appliquer", "retirer"):
        reponse = client.post(f"{PAGE}{geste}/", envoye | {"vue": ""})
        assert reponse.status_code == 409
        assert "encore rien appris" in reponse.content.decode()
    reponse = client.post(f"{PAGE}apprendre/", envoye)
    assert (reponse.status_code, reponse["Location"]) == (303, f"{PAGE}?file={file.pk}&jour=2030-03-05")
    assert not ModelePresence.objects.exists()
    ((tache, prefecture_id),) = reveils
    assert tache == "planning.tasks.estimer_presences"
    assert tasks.estimer_presences(prefecture_id) == {"67": 0}
    assert not autre.modeles_presence.exists()
    assert client.post(f"{PAGE}apprendre/", envoye).status_code == 409, "somebody, or the night, did it meanwhile"
    assert len(reveils) == 1
    with pytest.raises(DroitRefuse):
        presences.demander_modele(autre, par=acteur(denis), maintenant=INSTANT)
    client.force_login(chloe)
    assert client.post(f"{PAGE}apprendre/", envoye).status_code == 403


@pytest.mark.parametrize("adresse", [PAGE, "/planning/presences/"])
def test_number_of_queries_does_not_grow(
    client: Client, file: FileGuichet, django_assert_max_num_queries: Any, adresse: str
) -> None:
    occuper(du_mardi(file)[0])
    page(client, file, adresse)
    with django_assert_max_num_queries(13) as peu:
        page(client, file, adresse)
    for creneau in du_mardi(file)[1:4]:
        occuper(creneau)
    for rang in range(3):
        CreneauFactory(file=file, debut=INSTANT + timedelta(days=20 + rang))
        FileGuichetFactory(site=file.site, code=f"autre-{rang}")
    with django_assert_max_num_queries(len(peu)):
        page(client, file, adresse)


def test_over_booking_leaves_conflicts_as_they_are(client: Client, file: FileGuichet) -> None:
    """More is taken than planned: nothing covers it up, neither places added nor those taken back."""
    creneau = du_mardi(file)[0]
    occuper(creneau, 3)
    Creneau.objects.filter(pk=creneau.pk).update(prevues=2)
    for geste in ("appliquer", "retirer"):
        assert client.post(f"{PAGE}{geste}/", envoi(client, file)).status_code in (303, 409)
        creneau.refresh_from_db()
        assert (creneau.prevues, creneau.prises) == (2, 3)
        assert Creneau.objects.filter(pk=creneau.pk).en_conflit(INSTANT).exists()
