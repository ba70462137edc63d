"""Import of titles: read in every encoding, each bad line with its reason, the same file twice changes nothing."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from demandes.cycle import Etat
from demandes.models import Demande, Evenement
from guichet.models import Titre
from guichet.services.lecture_titres import LIGNES_MAX, lire_titres
from guichet.services.titres import importer_titres
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.tableur import decoder
from tests.demandes.factories import INSTANT, DemandeFactory
from tests.guichet.aide_titres import ENTETE, JOUR, fichier, importer, ligne, qui_attend
from tests.parcours import acteur, equipe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


def lire(contenu, demande=None):
    e = equipe(demande or DemandeFactory())
    return lire_titres(contenu, e.site, par=acteur(e.chloe), jour=JOUR)


def test_good_lines_are_registered_and_matched():
    attend = qui_attend()
    e = equipe(attend)
    lignes = importer(fichier(ligne(), ligne("CD1", "9900000009")), e.site, e.chloe)
    assert [x.titre.demande for x in lignes if x.titre] == [attend, None]
    assert Demande.objects.get(pk=attend.pk).etat == Etat.A_REMETTRE
    assert set(Titre.objects.values_list("site", "lot", "recu_le")) == {(e.site.pk, "essai", JOUR - timedelta(days=3))}


def test_same_file_again_changes_nothing():
    e = equipe(qui_attend())
    contenu = fichier(ligne(), ligne("CD1", "9900000009"), ligne())
    premier = importer(contenu, e.site, e.chloe)
    assert [x.deja for x in premier] == [False, False, True]
    avant = list(Titre.objects.order_by("pk").values()), Evenement.objects.count()
    assert all(x.deja for x in importer(contenu, e.site, e.chloe))
    assert (list(Titre.objects.order_by("pk").values()), Evenement.objects.count()) == avant


def test_reading_writes_nothing_and_says_what_each_line_would_become():
    demande = qui_attend()
    qui_attend("9900000002")
    qui_attend("9900000002")
    qui_attend("9900000003", etat="a_remettre")
    lignes = lire(
        fichier(ligne(), *[ligne(f"T{n}", f"990000000{n}") for n in (1, 2, 3)], ligne("DOUBLE")),
        demande,
    )
    assert lignes[0].rapprochement.demande == demande
    raisons = [x.rapprochement.raison for x in lignes[1:]]
    attendues = ("Aucune demande", "2 demandes attendent", "déjà « Titre à remettre »", "Un autre titre de ce fichier")
    assert all(attendue in raison for attendue, raison in zip(attendues, raisons, strict=True))
    assert not Titre.objects.exists()


@pytest.mark.parametrize("codage", ["utf-8", "utf-8-sig", "latin-1", "cp1252"])
@pytest.mark.parametrize("separateur", [";", ","])
def test_encodings_and_separators_are_read(codage, separateur):
    brut = fichier(ligne(nom="GÉRARD")).replace(";", separateur).encode(codage)
    (lue,) = lire(decoder(brut, 1000))
    assert lue.recu is not None
    assert (lue.recu.nom, lue.raison) == ("GÉRARD", "")


@pytest.mark.parametrize(
    ("mauvaise", "raison"),
    [
        (ligne(numero=""), "numero_titre : le numéro du titre compte"),
        (ligne(numero="é" * 3), "numero_titre :"),
        (ligne(numero="A" * 21), "numero_titre :"),
        (ligne(etranger="12"), "numero_etranger : le numéro étranger compte 10 chiffres"),
        (ligne(etranger="٩٩١٢٣٤٥٦٧٨"), "numero_etranger :"),
        (ligne(date="31/02/2030"), "date_reception : cette date n’existe pas."),
        (ligne(date="05/03/2030"), "date_reception : cette date n’est pas encore passée."),
        (ligne(date="01/01/2019"), "date_reception : cette date a plus de dix ans."),
        (ligne(date="hier"), "date_reception : la date s’écrit JJ/MM/AAAA."),
        (ligne(nom="N" * 101), "nom : 100 caractères au plus."),
        ("AB1234567", "numero_etranger :"),
    ],
)
def test_bad_line_has_its_number_and_its_reason_and_stops_none(mauvaise, raison):
    lignes = lire(fichier(ligne("BON1"), mauvaise, ligne("BON2")))
    assert [x.rang for x in lignes] == [2, 3, 4]
    assert [bool(x.raison) for x in lignes] == [False, True, False]
    assert raison in lignes[1].raison


def test_number_of_another_person_is_refused():
    e = equipe(DemandeFactory())
    importer(fichier(ligne()), e.site, e.chloe)
    (conflit,) = importer(fichier(ligne(etranger="9900000001")), e.site, e.chloe)
    assert "pour une autre personne" in conflit.raison
    assert Titre.objects.get().numero_etranger == "9912345678"


def test_spaces_and_dashes_of_numbers_and_missing_date_are_forgiven():
    (lue,) = lire(fichier(ligne("ab 12-34", "99 1234 5678", date="")))
    assert lue.recu is not None
    assert (lue.recu.numero_titre, lue.recu.numero_etranger, lue.recu.recu_le) == ("AB1234", "9912345678", JOUR)


@pytest.mark.parametrize(
    ("contenu", "code"),
    [
        ("", "fichier_vide"),
        (ENTETE, "fichier_vide"),
        ("nom;prenoms\nA;B", "colonnes_absentes"),
        ("\n".join([ENTETE, *["x;y"] * (LIGNES_MAX + 1)]), "trop_de_lignes"),
    ],
)
def test_file_that_cannot_be_read_is_refused_on_its_field(contenu, code):
    with pytest.raises(ErreurMetier) as refus:
        lire(contenu)
    assert (refus.value.code, refus.value.champ) == (code, "fichier")


def test_ten_thousand_lines_are_read_in_few_queries():
    contenu = fichier(*[ligne(f"T{n}", f"{9900000000 + n}") for n in range(LIGNES_MAX)])
    e = equipe(DemandeFactory())
    par = acteur(e.chloe)
    with CaptureQueriesContext(connection) as requetes:
        lignes = lire_titres(contenu, e.site, par=par, jour=JOUR)
    assert sum(x.est_bonne for x in lignes) == LIGNES_MAX
    assert len(requetes) <= 11


def test_import_out_of_time_leaves_the_rest_for_the_next_press():
    e = equipe(qui_attend())
    par, contenu = acteur(e.chloe), fichier(ligne(), ligne("CD1"))
    lignes = lire_titres(contenu, e.site, par=par, jour=JOUR)
    importer_titres(lignes, e.site, lot="essai", par=par, maintenant=INSTANT, duree_max=-1)
    assert sum(x.est_bonne for x in lignes) == 2
    importer(contenu, e.site, e.chloe)
    assert Titre.objects.count() == 2
