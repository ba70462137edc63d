"""Times of the phases at the counter: what is measured, of whom, by what, and the page that shows them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from demandes.models import Agent, Prefecture
from guichet.models import Passage, Phase
from guichet.services import guichet as services
from guichet.services.absences import clore_les_passages
from guichet.services.accueil import annuler_arrivee
from guichet.services.mouvements import reprendre, suspendre, transferer
from statistiques.calculs.periode import Periode
from statistiques.selectors import Selection
from statistiques.selectors_portee import motifs
from statistiques.selectors_temps import ENTETES_EXPORT, TableauTemps, files_de, temps_au_guichet
from tests.demandes.factories import INSTANT, MotifFactory, PrefectureFactory, SiteFactory
from tests.guichet.aide import MINUTE, Salle, salle
from tests.parcours import acteur
from tests.planning.factories import FileGuichetFactory
from tests.statistiques.aide import JOUR, MARS, selection
from tests.statistiques.test_views_tableau import lignes_csv

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


def venir(lieu: Salle, agent: Agent, attente: int, entretien: int, *, a: Any = INSTANT) -> Passage:
    """Wait, be called, be received two minutes later, leave."""
    passage = lieu.entrer(lieu.demande(), agent, a=a)
    appel = a + attente * MINUTE
    services.appeler_suivant(lieu.guichet, [lieu.file], par=acteur(agent), maintenant=appel)
    passage.refresh_from_db()
    services.recevoir(passage, par=acteur(agent), maintenant=appel + 2 * MINUTE)
    passage.refresh_from_db()
    services.terminer(passage, par=acteur(agent), maintenant=appel + (2 + entretien) * MINUTE)
    return passage


def lire(choix: Selection) -> TableauTemps:
    return temps_au_guichet(choix, motifs(), files_de(choix), None)


def durees(tableau: TableauTemps) -> dict[str, tuple[int, float, float]]:
    """Return count, median and ninth decile of each phase that was measured."""
    return {etat: (t.nombre, round(t.mediane, 1), round(t.p90, 1)) for etat, _, _, t in tableau.phases if t}


@pytest.fixture
def prefecture(db: None) -> Prefecture:
    return PrefectureFactory()


def test_median_and_ninth_decile_of_each_phase(denis: Agent, prefecture: Prefecture) -> None:
    lieu = salle()
    for rang, (attente, entretien) in enumerate([(10, 5), (20, 15), (30, 25)]):
        venir(lieu, denis, attente, entretien, a=INSTANT + rang * 60 * MINUTE)
    tableau = lire(selection(prefecture))
    assert durees(tableau) == {"arrive": (3, 20.0, 28.0), "appele": (3, 2.0, 2.0), "recu": (3, 15.0, 23.0)}
    du_jour = next(ligne for jours, ligne in tableau.tranches if jours.du == JOUR)
    assert du_jour.attente == tableau.phases[0][3]
    assert sum(ligne.attente is not None for _, ligne in tableau.tranches) == 1
    assert [(x.libelle, x.attente) for x in tableau.files] == [(f"{lieu.site.nom} : Étrangers", du_jour.attente)]
    assert [x.libelle for x in tableau.motifs] == [lieu.motif.libelle_court]
    dessin, entretiens = tableau.graphiques
    assert tableau.sommet == 40
    assert [b.hauteur for b in dessin.medianes if b.hauteur] == [50]
    assert [b.hauteur for b in dessin.p90 if b.hauteur] == [70]
    assert entretiens.total == tableau.phases[2][3]


def test_put_aside_is_one_interview_and_its_own_time(denis: Agent, prefecture: Prefecture) -> None:
    lieu, par = salle(), acteur(denis)
    passage = lieu.recevoir(lieu.demande(), denis)
    suspendre(passage, par=par, maintenant=INSTANT + 5 * MINUTE)
    passage.refresh_from_db()
    reprendre(passage, lieu.guichet, par=par, maintenant=INSTANT + 15 * MINUTE)
    passage.refresh_from_db()
    services.terminer(passage, par=par, maintenant=INSTANT + 18 * MINUTE)
    mesures = durees(lire(selection(prefecture)))
    assert (mesures["recu"], mesures["suspendu"]) == ((1, 8.0, 8.0), (1, 10.0, 10.0))


def test_sent_on_waits_in_both_queues(denis: Agent, prefecture: Prefecture) -> None:
    lieu, par = salle(), acteur(denis)
    caisse = FileGuichetFactory(site=lieu.site, code="caisse", nom="Caisse", lettre="Z")
    lieu.guichet.files.add(caisse)
    passage = lieu.recevoir(lieu.demande(), denis)
    transferer(passage, caisse, note="", par=par, maintenant=INSTANT + 4 * MINUTE)
    services.appeler_suivant(lieu.guichet, [caisse], par=par, maintenant=INSTANT + 10 * MINUTE)
    tableau = lire(selection(prefecture))
    par_file: dict[str, Any] = {x.file.nom: x for x in tableau.files if x.file}
    assert (par_file["Caisse"].attente.mediane, par_file["Étrangers"].attente.mediane) == (6.0, 0.0)
    choix = selection(prefecture)
    seule = temps_au_guichet(choix, motifs(), files_de(choix), caisse)
    assert durees(seule) == {"arrive": (1, 6.0, 6.0)}


def test_cancelled_forgotten_or_under_way_do_not_count(denis: Agent, bruno: Agent, prefecture: Prefecture) -> None:
    lieu = salle()
    annule = lieu.entrer(lieu.demande(), bruno)
    annuler_arrivee(annule, par=acteur(bruno), maintenant=INSTANT + MINUTE)
    lieu.entrer(lieu.demande(), bruno)
    assert durees(lire(selection(prefecture))) == {}
    assert clore_les_passages(maintenant=INSTANT + timedelta(days=1)) == 1
    assert Phase.objects.filter(fin=None).count() == 0
    assert durees(lire(selection(prefecture))) == {}


def test_filters_keep_site_service_motif_and_days(denis: Agent, prefecture: Prefecture) -> None:
    lieu = salle()
    venir(lieu, denis, 10, 5)
    ailleurs = SiteFactory(code="67-autre")
    for vide in (
        selection(prefecture, sites=[ailleurs]),
        selection(prefecture, services=[]),
        selection(prefecture, motif=MotifFactory()),
        selection(prefecture, Periode(date(2030, 3, 5), date(2030, 3, 31))),
    ):
        assert durees(lire(vide)) == {}
    assert durees(lire(selection(prefecture, MARS, motif=lieu.motif)))["arrive"] == (1, 10.0, 10.0)


class TestPage:
    ADRESSE = "/statistiques/temps/"

    def test_page_shows_the_times_and_names_no_agent(self, client: Client, denis: Agent) -> None:
        lieu = salle()
        venir(lieu, denis, 10, 5)
        client.force_login(denis)
        page = client.get(self.ADRESSE, {"du": "01/03/2030", "au": "31/03/2030"}).content.decode()
        corps = page.split("<main", 1)[1]
        assert "médiane 10 min, 90ᵉ centile 10 min" in corps
        assert str(denis) not in corps
        assert f"file={lieu.file.pk}" in corps
        seule = client.get(self.ADRESSE, {"file": lieu.file.pk}).content.decode()
        assert "Toutes les files" in seule

    @pytest.mark.parametrize("parametres", [{"file": "999999"}, {"file": "x"}, {"site": "inconnu"}])
    def test_unknown_queue_or_filter_is_404(self, client: Client, denis: Agent, parametres: dict[str, str]) -> None:
        SiteFactory()
        client.force_login(denis)
        assert client.get(self.ADRESSE, parametres).status_code == 404
        assert client.get(f"{self.ADRESSE}export.csv", parametres).status_code == 404

    def test_queue_of_another_prefecture_is_404(self, client: Client, denis: Agent) -> None:
        salle()
        file = FileGuichetFactory(site=SiteFactory(prefecture=PrefectureFactory(departement="93")))
        client.force_login(denis)
        assert client.get(self.ADRESSE, {"file": file.pk}).status_code == 404

    def test_dates_that_make_no_period_are_422(self, client: Client, denis: Agent) -> None:
        SiteFactory()
        client.force_login(denis)
        assert client.get(self.ADRESSE, {"du": "32/01/2030"}).status_code == 422
        assert client.get(f"{self.ADRESSE}export.csv", {"du": "32/01/2030"}).status_code == 422

    @pytest.mark.parametrize("combien", [1, 6])
    def test_same_queries_whatever_the_visits(
        self, client: Client, denis: Agent, combien: int, django_assert_num_queries: Any
    ) -> None:
        lieu = salle()
        for rang in range(combien):
            venir(lieu, denis, 3, 5, a=INSTANT + rang * 20 * MINUTE)
        client.force_login(denis)
        with django_assert_num_queries(11):
            page = client.get(self.ADRESSE).content.decode()
        assert f"<td>{combien}</td>" in page

    def test_export_has_a_row_for_each_phase_queue_and_bar_then_by_motif(self, client: Client, denis: Agent) -> None:
        lieu = salle(libelle_court="Carte ; dix ans")
        venir(lieu, denis, 10, 5)
        client.force_login(denis)
        reponse = client.get(f"{self.ADRESSE}export.csv", {"du": "01/03/2030", "au": "31/03/2030"})
        assert reponse["Content-Disposition"] == 'attachment; filename="temps-67-2030-03-01-2030-03-31.csv"'
        lignes = [tuple(ligne.values()) for ligne in lignes_csv(reponse.content)]
        jour, file, motif = (
            "04/03/2030",
            (lieu.site.nom, "Étrangers", "", ""),
            ("", "", lieu.motif.code, "Carte ; dix ans"),
        )
        assert len(ENTETES_EXPORT) == len(lignes[0])
        assert lignes == [
            (phase, jour, jour, *qui, "1", minutes, minutes)
            for qui in (file, motif)
            for phase, minutes in (("Attente", "10"), ("Appel", "2"), ("Entretien", "5"))
        ]
