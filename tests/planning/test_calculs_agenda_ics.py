"""A calendar file read as a table, whatever a stranger wrote in it."""

import pytest

from planning.calculs.agenda_ics import LIGNE_MAX, lire_agenda

MODELE = """BEGIN:VCALENDAR
BEGIN:VEVENT
UID:1
DTSTART:{debut}
DESCRIPTION:{description}
END:VEVENT
END:VCALENDAR
"""


def lire(debut="20300305T080000Z", description=""):
    return lire_agenda(MODELE.format(debut=debut, description=description), "Europe/Paris")


def test_lines_of_the_description_are_fields_by_their_titles():
    (dits,) = lire(description="Nom : Diallo\\nsans titre\\n: vide\\nTéléphone:  06 12 34 56 78 ")
    assert (dits["Nom"], dits["Téléphone"], dits["heure"]) == ("Diallo", "06 12 34 56 78", "09:00")
    assert "" not in dits


def test_a_line_without_end_is_read_from_its_beginning():
    (dits,) = lire(description="Nom:x" + " " * 100_000 + "x")
    assert dits["Nom"] == "x"
    (dits,) = lire(description="Nom:" + "x" * 100_000)
    assert len(dits["Nom"]) < LIGNE_MAX


def test_an_hour_at_the_end_of_time_is_no_calendar():
    with pytest.raises(ValueError, match=r"."):
        lire(debut="99991231T235959Z")
