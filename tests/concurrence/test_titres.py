"""One file of titles, one demande, one card: several agents at the same instant make one of each."""

from collections import Counter
from datetime import timedelta

import pytest

from demandes.cycle import Etat
from demandes.models import Convocation, Demande
from demandes.services.convocation import convoquer
from guichet.models import Titre
from guichet.services import convocation_titres
from guichet.services.convocation_titres import convoquer_pour_remise
from guichet.services.remise import remettre
from guichet.services.titres import rattacher_titre, renvoyer_titre
from tests.demandes.factories import INSTANT, DemandeFactory
from tests.guichet.aide_titres import JOUR, arriver, fichier, importer, ligne, places_de_remise, qui_attend
from tests.guichet.factories import TitreFactory
from tests.parcours import acteur, equipe

pytestmark = pytest.mark.usefixtures("temps_fige")


def test_same_file_imported_six_times_at_once_makes_one_title_each(courir):
    demandes = [qui_attend(f"990000000{n}") for n in range(3)]
    e = equipe(demandes[0])
    lignes = [ligne(f"T{n}", f"990000000{n}") for n in range(6)]

    def appel(rang):
        contenu = fichier(*(lignes if rang % 2 else reversed(lignes)))  # in both orders: no deadlock either
        return lambda: sum(x.titre is not None for x in importer(contenu, e.site, e.chloe))

    issues = courir([appel(rang) for rang in range(6)])
    assert sum(issues) == 6
    assert Titre.objects.count() == 6
    assert set(Titre.objects.filter(demande__isnull=False).values_list("demande", flat=True)) == {
        d.pk for d in demandes
    }
    assert {d.etat for d in Demande.objects.filter(pk__in=[d.pk for d in demandes])} == {Etat.A_REMETTRE}
    for demande in demandes:
        assert demande.evenements.filter(nature="transition:constater_titre_pret").count() == 1


def test_two_titles_attached_at_once_to_one_demande_leave_one_in_stock(courir):
    demande = qui_attend(etat="a_remettre")
    e = equipe(demande)
    titres = [TitreFactory(site=e.site, numero_etranger="9912345678") for _ in range(6)]
    par = acteur(e.chloe)
    issues = courir(
        [
            lambda t=t: rattacher_titre(t, str(demande.numero), par=par, maintenant=INSTANT) and "rattache"
            for t in titres
        ]
    )
    assert Counter(issues) == {"rattache": 1, "titre_en_stock": 5}
    assert Titre.objects.filter(demande=demande).count() == 1


def test_handed_over_against_sent_back_does_one_of_them(courir):
    demande = qui_attend()
    titre = arriver(demande, recu_le=JOUR - timedelta(days=100))
    par = acteur(equipe(demande).chloe)

    def remise():
        remettre(
            Demande.objects.get(pk=demande.pk),
            numero_titre=titre.numero_titre,
            identite_verifiee=True,
            signature_nom="Amina",
            par=par,
            maintenant=INSTANT,
        )
        return "remis"

    def renvoi():
        return renvoyer_titre(titre, motif="non_retire", par=par, maintenant=INSTANT).etat

    issues = set(courir([remise, renvoi]))
    titre.refresh_from_db()
    assert titre.etat in issues
    assert issues in ({"remis", "titre_change"}, {"renvoye", "autre_titre"})


def test_titles_of_nobody_do_not_wait_for_each_other(courir):
    e = equipe(DemandeFactory())
    issues = courir([lambda n=n: len(importer(fichier(ligne(f"T{n}")), e.site, e.chloe)) for n in range(4)])
    assert issues == [1] * 4
    assert Titre.objects.count() == 4


def _qui_viennent(nombre, places):
    titres = [arriver(qui_attend(f"990000000{n}"), f"T{n}") for n in range(nombre)]
    places_de_remise(titres[0].site, places)
    return titres, Titre.objects.select_related(
        "site__prefecture", "demande__usager", "demande__motif", "demande__prefecture"
    )


def _convoquer(titres, lus):
    par, pks = acteur(equipe(titres[0].demande).chloe), [t.pk for t in titres]
    return lambda: len(convoquer_pour_remise(lus.filter(pk__in=pks).order_by("pk"), par=par, maintenant=INSTANT).faits)


def test_four_agents_at_once_convoke_no_more_than_the_places(courir):
    titres, lus = _qui_viennent(8, places=5)
    issues = courir([_convoquer(titres[n : n + 2], lus) for n in range(0, 8, 2)])
    assert sum(issues) == 5
    assert Convocation.objects.filter(objet="remise").count() == 5


def test_without_the_lock_titles_would_be_promised_the_same_places(courir, monkeypatch):
    """The control: this set-up does show the race that the lock ends."""
    monkeypatch.setattr(convocation_titres, "un_seul", lambda travail, numero: None)
    titres, lus = _qui_viennent(8, places=2)
    assert sum(courir([_convoquer(titres[n : n + 2], lus) for n in range(0, 8, 2)])) > 2


def test_persons_convoked_alone_and_in_number_do_not_wait_in_a_circle(courir):
    titres, lus = _qui_viennent(6, places=10)
    e = equipe(titres[0].demande)

    def seule(titre):
        return lambda: bool(
            convoquer(titre.demande, motivation="Titre", sites=[e.site], par=acteur(e.chloe), maintenant=INSTANT)
        )

    issues = courir([_convoquer(titres, lus), _convoquer(titres[::-1], lus), *map(seule, titres)])
    assert {i for i in issues if not isinstance(i, int)} <= {"deja_convoquee"}
    assert Convocation.objects.filter(objet="remise", etat="active").count() == 6
