"""The slots of a link's page: the soonest, the nearest, a part of the day, and where the next one is."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from psycopg.types.range import DateRange

from demandes.cycle import Etat
from demandes.models import Convocation, Site, Usager
from planipref.commun.jetons import deriver
from planning.calculs.creneaux import Moment
from planning.models import Creneau, Fermeture, RegleCreneaux, RendezVous
from planning.selectors_lien import Choix, semaine_proposee
from tests.demandes.factories import INSTANT, DemandeFactory, SiteFactory
from tests.parcours import amener_a, convocation_active, equipe
from tests.planning.factories import CreneauFactory, FileGuichetFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


@pytest.fixture
def amina(db: None) -> Convocation:
    return convocation_active(amener_a(DemandeFactory(), Etat.CONVOQUEE))


def creneau(convocation: Convocation, jour: int, heure: int, **champs: Any) -> Creneau:
    """Make a slot in March, at an hour of Greenwich: one less than in Paris."""
    file = champs.pop("file", None) or equipe(convocation.demande).file
    return CreneauFactory(file=file, debut=datetime(2030, 3, jour, heure, tzinfo=UTC), **champs)


def autre_file(convocation: Convocation, **site: Any) -> Any:
    ailleurs = SiteFactory(code="ailleurs", prefecture=convocation.demande.prefecture, **site)
    convocation.sites.add(ailleurs)
    return FileGuichetFactory(site=ailleurs, motifs=[convocation.demande.motif])


def numeros(creneaux: Any) -> list[object]:
    return [c.id for c in creneaux]


def semaine(convocation: Convocation, **choix: Any) -> Any:
    return semaine_proposee(convocation, maintenant=INSTANT, choix=Choix(**choix))


def ouvrir(client: Client, convocation: Convocation, nom: str = "lien") -> str:
    jeton = deriver("convocation", str(convocation.cle))
    client.post(reverse("planning:lien", args=[jeton]), {"date_naissance": "17/05/1980"})
    return reverse(f"planning:{nom}", args=[jeton])


def test_soonest_are_three_over_all_sites_and_one_press_books(client: Client, amina: Convocation) -> None:
    loin = autre_file(amina)
    ici = [creneau(amina, 12, h) for h in (8, 9)]
    la = [creneau(amina, 11, h, file=loin) for h in (9, 10)]
    assert numeros(semaine(amina).plus_tot) == [la[0].pk, la[1].pk, ici[0].pk]
    assert numeros(semaine(amina, site_id=ici[0].file.site_id).plus_tot)[0] == la[0].pk
    page = client.get(ouvrir(client, amina)).content.decode()
    assert page.count('data-action="reserver-direct"') == 3
    client.post(ouvrir(client, amina, "reserver"), {"creneau": la[0].pk})
    assert RendezVous.objects.actifs().get().creneau_id == la[0].pk


def test_soonest_of_a_long_visit_find_all_their_slots(amina: Convocation) -> None:
    Convocation.objects.filter(pk=amina.pk).update(personnes=2)
    amina = convocation_active(amina.demande)
    seul = creneau(amina, 11, 8)
    premier = creneau(amina, 12, 10, minutes=15)
    suite = CreneauFactory(file=premier.file, debut=premier.debut + timedelta(minutes=15))
    assert numeros(semaine(amina).plus_tot) == [premier.pk]
    assert seul.pk != suite.pk
    # The last slot of a morning goes on in the afternoon: it is a morning's all the same.
    midi = CreneauFactory(file=premier.file, debut=datetime(2030, 3, 13, 10, 45, tzinfo=UTC))
    CreneauFactory(file=premier.file, debut=datetime(2030, 3, 13, 11, 0, tzinfo=UTC))
    assert midi.pk in numeros(semaine(amina, moment=Moment.MATIN).plus_tot)


def test_nearest_is_the_site_of_their_own_town_and_comes_first(amina: Convocation) -> None:
    loin = autre_file(amina, commune="Sélestat", nom="Sous-préfecture de Sélestat", code_postal="67600")
    creneau(amina, 11, 9), creneau(amina, 11, 10), creneau(amina, 11, 11)
    proche = creneau(amina, 20, 9, file=loin)
    assert semaine(amina).plus_pres == ()  # nothing is known of where they live
    Usager.objects.filter(pk=amina.demande.usager_id).update(commune="SELESTAT", code_postal="")
    lue = semaine(convocation_active(amina.demande))
    assert numeros(lue.plus_pres) == [proche.pk]
    assert lue.sites[0] == loin.site
    Usager.objects.filter(pk=amina.demande.usager_id).update(commune="", code_postal="67600")
    assert numeros(semaine(convocation_active(amina.demande)).plus_pres) == [proche.pk]


def test_nearest_already_said_among_the_soonest_is_not_said_twice(amina: Convocation) -> None:
    loin = autre_file(amina, commune="Sélestat")
    creneau(amina, 11, 9, file=loin)
    Usager.objects.filter(pk=amina.demande.usager_id).update(commune="Sélestat")
    assert semaine(convocation_active(amina.demande)).plus_pres == ()


def test_part_of_day_goes_by_the_clock_of_the_prefecture(amina: Convocation) -> None:
    matin, midi = creneau(amina, 12, 10), creneau(amina, 12, 11)  # 11:00 and 12:00 in Paris
    lue = {m: [c.id for j in semaine(amina, moment=m).jours for c in j.creneaux] for m in (*Moment, None)}
    assert lue == {Moment.MATIN: [matin.pk], Moment.APRES_MIDI: [midi.pk], None: [matin.pk, midi.pk]}


def test_part_of_day_combines_with_site_and_week(client: Client, amina: Convocation) -> None:
    loin = autre_file(amina)
    creneau(amina, 12, 9)
    voulu = creneau(amina, 19, 14, file=loin)
    creneau(amina, 19, 9, file=loin)
    adresse = ouvrir(client, amina)
    page = client.get(adresse, {"site": loin.site_id, "moment": "apres-midi", "semaine": "2030-W12"})
    assert [c.id for j in page.context["semaine"].jours for c in j.creneaux] == [voulu.pk]
    assert "moment=apres-midi" in page.content.decode()
    assert client.get(adresse, {"moment": "nuit"}).context["semaine"].moment is None


def test_empty_week_says_where_the_next_slot_is_as_the_filters_have_it(client: Client, amina: Convocation) -> None:
    creneau(amina, 12, 9)
    suivant = creneau(amina, 20, 14)
    page = client.get(ouvrir(client, amina), {"moment": "apres-midi", "semaine": "2030-W11"})
    assert page.context["semaine"].est_vide
    assert page.context["semaine"].prochain.debut == suivant.debut
    assert "semaine=2030-W12" in page.content.decode()
    avant = semaine(amina, lundi=datetime(2030, 3, 25).date(), moment=Moment.APRES_MIDI)  # noqa: DTZ001
    assert avant.prochain.debut == suivant.debut


def test_days_past_are_not_shown_and_empty_ones_are_said_in_one_line(client: Client, amina: Convocation) -> None:
    creneau(amina, 5, 9)
    creneau(amina, 8, 9)
    with time_machine.travel(INSTANT + timedelta(days=2), tick=False):  # on the Wednesday
        page = client.get(ouvrir(client, amina))
    assert re.findall(r"(\S+, )?(\w+)\s: aucun créneau", page.content.decode()) == [("mercredi, ", "jeudi")]
    assert [jour.date.day for jour in page.context["jours"]] == [8]


def test_week_without_an_empty_day_says_nothing_of_them(client: Client, amina: Convocation) -> None:
    for jour in range(4, 9):
        creneau(amina, jour, 12)
    page = client.get(ouvrir(client, amina)).content.decode()
    assert page.count('class="pp-jour"') == 5
    assert "aucun créneau" not in page


def test_queries_do_not_grow_with_slots_nor_sites(django_assert_max_num_queries: Any, amina: Convocation) -> None:
    for rang in range(3):
        file = (
            autre_file(amina)
            if rang == 0
            else FileGuichetFactory(
                site=SiteFactory(code=f"s{rang}", prefecture=amina.demande.prefecture), motifs=[amina.demande.motif]
            )
        )
        amina.sites.add(file.site)
        for jour in range(11, 16):
            for heure in range(8, 14):
                creneau(amina, jour, heure, file=file)
    with django_assert_max_num_queries(11):
        semaine(amina)


# --- The appointment ---------------------------------------------------------------------------------


def prendre(client: Client, convocation: Convocation) -> RendezVous:
    pris = creneau(convocation, 12, 9)
    client.post(ouvrir(client, convocation, "reserver"), {"creneau": pris.pk})
    return RendezVous.objects.actifs().get()


def test_page_offers_to_take_back_what_was_just_cancelled(client: Client, amina: Convocation) -> None:
    pris = prendre(client, amina)
    client.post(ouvrir(client, amina, "annuler"))
    page = client.get(ouvrir(client, amina)).content.decode()
    assert 'data-action="reprendre"' in page
    assert client.post(ouvrir(client, amina, "reprendre")).status_code == 303
    assert RendezVous.objects.actifs().get().creneau_id == pris.creneau_id
    assert 'data-action="reprendre"' not in client.get(ouvrir(client, amina)).content.decode()


@pytest.mark.parametrize(
    ("minutes", "dit"), [(30, "pendant dix minutes"), (4, "le reprendre jusqu’à 9\u00a0h\u00a004")]
)
def test_page_that_asks_whether_to_cancel_says_until_when_it_is_taken_back(
    client: Client, amina: Convocation, minutes: int, dit: str
) -> None:
    debut = INSTANT + timedelta(hours=2, minutes=minutes)  # two hours before, nothing is cancelled nor taken back
    pris = CreneauFactory(file=equipe(amina.demande).file, debut=debut)
    client.post(ouvrir(client, amina, "reserver"), {"creneau": pris.pk})
    assert dit in client.get(ouvrir(client, amina, "annuler")).content.decode()
    client.post(ouvrir(client, amina, "annuler"))
    client.post(ouvrir(client, amina, "reprendre"))
    page = client.get(ouvrir(client, amina, "annuler")).content.decode()
    assert "vous ne pourrez pas le reprendre" in page


def test_reprendre_with_nothing_to_take_back_says_so(client: Client, amina: Convocation) -> None:
    prendre(client, amina)
    page = client.post(ouvrir(client, amina, "reprendre"), follow=True).content.decode()
    assert "trop tard pour reprendre" in page


@pytest.mark.parametrize(("deplacer", "annuler"), [(168, 168), (168, 0), (0, 168)])
def test_page_past_a_limit_says_so_gives_the_telephone_and_changes_nothing(
    client: Client, amina: Convocation, deplacer: int, annuler: int
) -> None:
    RegleCreneaux.objects.create(site=None, deplacer_heures=deplacer, annuler_heures=annuler)
    Site.objects.filter(pk=equipe(amina.demande).site.pk).update(telephone="+33388214000")
    pris, autre = creneau(amina, 6, 9), creneau(amina, 20, 9)
    client.post(ouvrir(client, amina, "reserver"), {"creneau": pris.pk})
    page = client.get(ouvrir(client, amina)).content.decode()
    assert ('data-action="deplacer"' in page) == (deplacer == 0)
    assert ('data-action="annuler"' in page) == (annuler == 0)
    assert "tel:+33388214000" in page
    for geste, permis in (("deplacer", deplacer == 0), ("annuler", annuler == 0)):
        if not permis:
            assert client.get(ouvrir(client, amina, geste)).status_code == 303
            assert client.post(ouvrir(client, amina, geste), {"creneau": autre.pk}).status_code == 303
    assert RendezVous.objects.actifs().get().creneau_id == pris.pk


def test_card_has_the_appointment_and_no_name(client: Client, amina: Convocation) -> None:
    assert client.get(ouvrir(client, amina, "carte")).status_code == 303
    prendre(client, amina)
    page = client.get(ouvrir(client, amina, "carte")).content.decode()
    carte = page[page.index('class="pp-carte"') :]
    assert str(amina.demande.numero) in carte
    assert "<svg" in carte
    assert amina.demande.usager.nom not in page
    assert amina.demande.usager.prenoms not in page


def test_map_is_a_link_only_where_the_place_is_known(client: Client, amina: Convocation) -> None:
    prendre(client, amina)
    adresse, site = ouvrir(client, amina), equipe(amina.demande).site
    assert "openstreetmap" not in client.get(adresse).content.decode()
    Site.objects.filter(pk=site.pk).update(latitude="48.586", longitude="7.752", sans_marche=True)
    page = client.get(adresse).content.decode()
    assert "https://www.openstreetmap.org/?mlat=48.586000&amp;mlon=7.752000" in page
    assert 'rel="noopener external"' in page
    assert "Entrée sans marche" in page
    assert "7.752" not in str(client.get(adresse).headers)


@pytest.mark.parametrize(("latitude", "longitude"), [(91, 0), (0, 181), (48, None), (None, 7)])
def test_place_is_on_earth_or_unknown(latitude: int | None, longitude: int | None) -> None:
    with pytest.raises(IntegrityError, match="site_sur_terre"):
        SiteFactory(code="nulle-part", latitude=latitude, longitude=longitude)


def test_opening_hours_are_those_of_the_day(client: Client, amina: Convocation) -> None:
    heures = [{"jours": [2], "debut": "13:30", "fin": "16:00"}, {"jours": [3], "debut": "08:15", "fin": "09:45"}]
    Site.objects.filter(pk=equipe(amina.demande).site.pk).update(horaires=heures)
    prendre(client, amina)  # on a Tuesday
    page = client.get(ouvrir(client, amina))
    assert page.context["ouvert"] == [(time(13, 30), time(16))]


@pytest.mark.parametrize("partout", [False, True])
@pytest.mark.parametrize(("du", "au", "dit"), [(12, 13, True), (5, 13, True), (13, 14, False), (11, 12, False)])
def test_closure_on_the_day_is_said_though_the_slot_stands(
    client: Client, amina: Convocation, partout: bool, du: int, au: int, dit: bool
) -> None:
    """Also one that begins that very day: a publication begins tomorrow, and leaves what is taken."""
    pris, site = prendre(client, amina), equipe(amina.demande).site
    Site.objects.filter(pk=site.pk).update(horaires=[{"jours": [2], "debut": "08:15", "fin": "16:00"}])
    autre = SiteFactory(code="ailleurs", prefecture=site.prefecture)
    for ou in (None,) if partout else (site, autre):
        jours = DateRange(date(2030, 3, du), date(2030, 3, au))
        Fermeture.objects.create(prefecture=site.prefecture, site=ou, pendant=jours, libelle="Inventaire")
    with time_machine.travel(pris.creneau.debut - timedelta(hours=1), tick=False):  # that very day
        page = client.get(ouvrir(client, amina))
    assert ("data-ferme" in page.content.decode()) == dit
    assert bool(page.context["ouvert"]) != dit
    assert "Inventaire" not in page.content.decode()


def test_closure_elsewhere_or_of_an_appointment_that_is_kept_is_not_said(client: Client, amina: Convocation) -> None:
    pris, site = prendre(client, amina), equipe(amina.demande).site
    jour = DateRange(date(2030, 3, 12), date(2030, 3, 13))
    ailleurs = SiteFactory(code="ailleurs", prefecture=site.prefecture)
    Fermeture.objects.create(prefecture=site.prefecture, site=ailleurs, pendant=jour, libelle="Inventaire")
    assert "data-ferme" not in client.get(ouvrir(client, amina)).content.decode()
    Fermeture.objects.create(prefecture=site.prefecture, pendant=jour, libelle="Inventaire")
    assert "data-ferme" in client.get(ouvrir(client, amina)).content.decode()
    Creneau.objects.filter(pk=pris.creneau_id).update(surplus=1)  # a manager keeps it
    assert "data-ferme" not in client.get(ouvrir(client, amina)).content.decode()


def test_what_to_bring_is_ticked_on_the_device_only(client: Client, amina: Convocation) -> None:
    page = client.get(ouvrir(client, amina)).content.decode()
    cases = re.findall(r"<input type=\"checkbox\"[^>]*data-case-a-cocher=\"[^\"]+\"[^>]*>", page)
    assert cases
    assert all("name=" not in case for case in cases)  # no form would send it
