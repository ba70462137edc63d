"""The words of a message without the links that open something."""

import pytest

from planipref.commun.jetons import deriver
from planipref.commun.masque import LIEN, masquer

SITE = "https://rdv.exemple.gouv.fr"
JETON = deriver("convocation", "x")
CLE = "6f1c2f0e-5a0b-4d7e-9d3c-2b7f6f3d8a11"


@pytest.mark.parametrize("autour", ["{}", "Ici : {}.", "({})", "« {} »", "<{}>", "{}, puis", "A\n{}\nB"])
def test_a_link_known_goes_and_what_stands_around_it_stays(autour):
    lien = f"{SITE}/court/"
    assert masquer(autour.format(lien), [lien], site=SITE) == autour.format(LIEN)


@pytest.mark.parametrize("autour", ["{}", "Ici : {}.", "({})", "« {} »", "<{}>", "{}, puis", "A\n{}\nB"])
@pytest.mark.parametrize(
    "lien",
    [
        f"{SITE}/rdv/{JETON}/",
        f"{SITE}/suivi/lien/{CLE}/{JETON}/",
        f"{SITE}/depot/{CLE}/",
        f"{SITE}/rdv/{JETON}/creneaux/?jour=2030-03-04",
        f"http://rdv.exemple.gouv.fr/rdv/{JETON}/",
        f"rdv.exemple.gouv.fr/rdv/{JETON}",
    ],
)
def test_a_link_that_bears_a_token_goes_though_nobody_told_it(autour, lien):
    assert masquer(autour.format(lien), [], site=SITE) == autour.format(LIEN)


def test_the_longest_link_goes_first_and_nothing_of_it_is_left():
    lien = f"{SITE}/suivi/abc/"
    assert masquer(f"{lien}suite/ {lien}", [lien, f"{lien}suite/"], site=SITE) == f"{LIEN} {LIEN}"


@pytest.mark.parametrize(
    "texte",
    [
        "Voir https://www.service-public.fr/particuliers/vosdroits/F12345-une-page-au-nom-vraiment-tres-long",
        f"Site : {SITE}",
        f"{SITE}/demarches/titre-de-sejour/ et 12 place de la République",
    ],
)
def test_what_opens_nothing_of_ours_stays(texte):
    assert masquer(texte, [], site=SITE) == texte
