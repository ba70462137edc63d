"""The side of the base: what is lifted while COPY runs, what is put back, counters read before and written after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Model
from psycopg import sql

from demandes.models import Demande, Evenement, Prefecture
from planipref.pages.chargement.agenda import Case
from planipref.pages.chargement.tables import COLONNES, NUMEROTEES
from planning.models import Creneau, Prolongement, RendezVous

# Triggers that judge the moment a row is born, not what it says: a demande starts as a draft, a slot is booked before
# its hour. A load writes a past that was lived this way. Every other trigger stays in force and checks the load too.
DE_NAISSANCE: tuple[tuple[type[Model], str], ...] = (
    (Demande, "demande_nait_brouillon"),
    (Evenement, "evenement_vierge"),
    (RendezVous, "rendez_vous_occupe"),
    (Prolongement, "prolongement_occupe"),
    (Creneau, "creneau_neuf"),
    (Creneau, "creneau_compte"),
)
_SQL_CLES = """
SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid)
FROM pg_constraint c
WHERE c.contype = 'f' AND c.conrelid::regclass::text = ANY(%s) ORDER BY 1, 2
"""
_SQL_INDEX = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i WHERE i.indrelid::regclass::text = ANY(%s) AND NOT i.indisunique AND NOT i.indisexclusion
  AND i.indpred IS NULL AND i.indexprs IS NULL -- their text would not come back word for word
ORDER BY 1
"""
_SQL_CRENEAUX = """
SELECT c.id, c.file_id, extract(epoch FROM c.debut)::bigint, c.minutes, c.places, c.prises
FROM planning_creneau c JOIN planning_fileguichet f ON f.id = c.file_id JOIN demandes_site s ON s.id = f.site_id
WHERE s.prefecture_id = %s AND c.etat = 'ouvert' ORDER BY c.id
"""
_SQL_PRISES = """
UPDATE planning_creneau c SET prises = c.prises + d.prises, places = GREATEST(c.places, c.prises + d.prises)
FROM unnest(%s::bigint[], %s::int[]) AS d(id, prises) WHERE c.id = d.id
"""
_SQL_NUMEROS = """
INSERT INTO demandes_compteurnumero AS c (prefecture_id, annee, dernier)
SELECT %s, d.annee, d.dernier FROM unnest(%s::int[], %s::int[]) AS d(annee, dernier)
ON CONFLICT (prefecture_id, annee) DO UPDATE SET dernier = EXCLUDED.dernier
"""
_SQL_TICKETS = """
INSERT INTO guichet_compteurticket (site_id, jour, dernier)
SELECT d.site, d.jour, d.dernier FROM unnest(%s::bigint[], %s::date[], %s::int[]) AS d(site, jour, dernier)
ON CONFLICT (site_id, jour) DO UPDATE SET dernier = EXCLUDED.dernier
"""
_SQL_TETE = """
INSERT INTO demandes_tetejournal (prefecture_id, rang, condensat) VALUES (%s, %s, %s)
ON CONFLICT (prefecture_id) DO UPDATE SET rang = EXCLUDED.rang, condensat = EXCLUDED.condensat
"""


@contextmanager
def allegement(nombre: int) -> Iterator[None]:
    """Lift, for the present transaction, what would make COPY slow or wrong; put it back, checked, before it ends.

    All within the rights of the owner of the tables:

    - the triggers of `DE_NAISSANCE`, by name;
    - the foreign keys: checked row by row they cost more than all the rest (4 µs each, seventy-five per demande).
      PostgreSQL checks them all at once when they come back under their own names and definitions, and refuses the
      whole load if one does not hold;
    - when the base more than doubles, the indexes that hold no rule: making them again costs less than keeping them.

    `ALTER TABLE` locks the tables until the end, so that nobody sees them without their guards: the application waits.
    It is transactional too: whatever goes wrong, the base is left as it was, guards included.

    Args:
        nombre: demandes to come.
    """
    tables = [_table(modele) for modele in COLONNES]
    with connection.cursor() as curseur:
        curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")  # ALTER TABLE refuses tables with checks pending
        curseur.execute("SET LOCAL maintenance_work_mem = '256MB'")
        cles = _lire(curseur, _SQL_CLES, tables)
        for table, nom, _ in cles:
            curseur.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(_nom(table), _nom(nom)))
        index = _lire(curseur, _SQL_INDEX, tables) if Demande.objects.count() < nombre else []
        for nom, _ in index:
            curseur.execute(sql.SQL("DROP INDEX {}").format(_nom(nom)))
        _declencheurs(curseur, sql.SQL("DISABLE"))
    yield
    with connection.cursor() as curseur:
        _declencheurs(curseur, sql.SQL("ENABLE"))
        for _, definition in index:
            curseur.execute(sql.SQL(definition))
        for table, nom, definition in cles:
            ordre = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}")
            curseur.execute(ordre.format(_nom(table), _nom(nom), sql.SQL(definition)))
        curseur.execute("SET CONSTRAINTS ALL DEFERRED")


def _lire(curseur: Any, requete: str, tables: list[str]) -> list[tuple[Any, ...]]:
    curseur.execute(requete, [tables])
    lignes: list[tuple[Any, ...]] = curseur.fetchall()
    return lignes


def _table(modele: type[Model]) -> str:
    return modele._meta.db_table  # noqa: SLF001 (Django's public API)


def _nom(nom: str) -> sql.Identifier:
    return sql.Identifier(nom)


def _declencheurs(curseur: Any, verbe: sql.SQL) -> None:
    for modele, nom in DE_NAISSANCE:
        declencheurs = modele._meta.triggers  # type: ignore[attr-defined]  # noqa: SLF001
        identifiants = [d.get_pgid(modele) for d in declencheurs if d.name == nom]
        ordre = sql.SQL("ALTER TABLE {} {} TRIGGER {}")
        curseur.execute(ordre.format(_nom(_table(modele)), verbe, _nom(identifiants[0])))


def prochains() -> dict[type[Model], int]:
    """Return the next identifier of each numbered table; the tables are locked, nobody else takes any."""
    return {modele: _scalaire("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", modele) for modele in NUMEROTEES}


def avancer(suivants: dict[type[Model], int]) -> None:
    """Move the sequences past the identifiers used."""
    with connection.cursor() as curseur:
        for modele, suivant in suivants.items():
            curseur.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)", [_table(modele), suivant])


def _scalaire(requete: str, modele: type[Model]) -> int:
    with connection.cursor() as curseur:
        curseur.execute(requete, [_table(modele)])
        return int(curseur.fetchone()[0])


def dernier_identifiant(prefecture: Prefecture) -> int:
    """Return the last demande of a préfecture: what makes a second load differ from the first."""
    return Demande.objects.filter(prefecture=prefecture).order_by("-pk").values_list("pk", flat=True).first() or 0


def creneaux(prefecture: Prefecture) -> list[Case]:
    """Return the open slots of a préfecture."""
    with connection.cursor() as curseur:
        curseur.execute(_SQL_CRENEAUX, [prefecture.pk])
        return [Case(*ligne) for ligne in curseur.fetchall()]


def compteurs(prefecture: Prefecture) -> dict[int, int]:
    """Return the last number of each year."""
    return dict(prefecture.compteurs.order_by("annee").values_list("annee", "dernier"))


def tickets(prefecture: Prefecture) -> dict[tuple[int, int], int]:
    """Return the last ticket of each site and civil day."""
    lignes = prefecture.sites.order_by("pk").values_list("pk", "compteurs_tickets__jour", "compteurs_tickets__dernier")
    return {(site, jour.toordinal()): dernier for site, jour, dernier in lignes if jour is not None}


def tete(prefecture: Prefecture) -> tuple[int, bytes]:
    """Return rank and hash of the head of the chain."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT rang, condensat FROM demandes_tetejournal WHERE prefecture_id = %s", [prefecture.pk])
        ligne = curseur.fetchone()
    return (int(ligne[0]), bytes(ligne[1])) if ligne else (0, b"")


def ecrire_les_compteurs(
    prefecture: Prefecture,
    *,
    numeros: dict[int, int],
    billets: dict[tuple[int, int], int],
    prises: Iterable[Case],
    chaine: tuple[int, bytes],
) -> None:
    """Write what the load has counted: numbers, tickets, places taken, head of the chain."""
    changees = list(prises)
    with connection.cursor() as curseur:
        curseur.execute(_SQL_NUMEROS, [prefecture.pk, list(numeros), list(numeros.values())])
        jours = [date.fromordinal(jour) for _, jour in billets]
        curseur.execute(_SQL_TICKETS, [[site for site, _ in billets], jours, list(billets.values())])
        curseur.execute(_SQL_PRISES, [[c.id for c in changees], [c.prises_ici for c in changees]])
        curseur.execute(_SQL_TETE, [prefecture.pk, *chaine])


def copier(connexion: Any, donnees: dict[type[Model], bytes]) -> int:
    """Send lines through COPY on a psycopg connection; return their number."""
    nombre = 0
    with connexion.cursor() as curseur:
        for modele, lignes in donnees.items():
            colonnes = sql.SQL(", ").join(map(sql.Identifier, COLONNES[modele].split()))
            ordre = sql.SQL("COPY {} ({}) FROM STDIN").format(_nom(_table(modele)), colonnes)
            with curseur.copy(ordre) as copie:
                copie.write(lignes)
            nombre += curseur.rowcount
    return nombre


def analyser() -> None:
    """Tell the planner of the new sizes: the pages must be quick at once."""
    tables = sql.SQL(", ").join(_nom(_table(modele)) for modele in COLONNES)
    with connection.cursor() as curseur:
        curseur.execute(sql.SQL("ANALYZE {}").format(tables))
