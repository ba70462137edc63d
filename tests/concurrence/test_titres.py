"""One file of titles, one demande, one card: several agents at the same instant make one of each."""

from collections import Counter
from datetime import timedelta

import pytest

from demandes.cycle import Etat
from demandes.models import Demande
from guichet.models import Titre
from guichet.services.remise import remettre
from guichet.services.titres import rattacher_titre, renvoyer_titre
from tests.demandes.factories import INSTANT, DemandeFactory
from tests.guichet.aide_titres import JOUR, arriver, fichier, importer, ligne, qui_attend
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
