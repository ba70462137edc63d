"""Bookings in SQL: the very statement of the service, beside the cheapest write that PostgreSQL knows."""

from __future__ import annotations

import re
from statistics import median
from typing import Any

from django.db import connection

from bench.pgbench import Essai, lancer
from bench.rapport import dire
from bench.socle import Socle
from planning.services.reservation import SQL_PRENDRE

# The connections of the web server of the product (two processes of four threads), where the ratio must hold; then four
# times as many on the same cores, shown beside it: the baseline waits for the disk there, bookings for the processor.
CLIENTS, CLIENTS_AFFLUENCE = 8, 32
LIGNES = 1000
CRENEAUX = 50_000
# Places enough that none of a run is refused: what is measured is bookings, not refusals.
PLACES, PLACES_CHAUDES = 100, 30_000

_SQL_TEMOIN = "CREATE TABLE bench_temoin AS SELECT i AS id, 0 AS n FROM generate_series(1, %s) i"
# Drafts with a live link, made for this: a booking asks the link and the slot only.
_SQL_LIENS = """
WITH d AS (
  INSERT INTO demandes_demande (cle, usager_id, motif_id, prefecture_id, service_id, etat, canal, reponses, creee_le,
                                modifiee_le)
  SELECT gen_random_uuid(), m.usager_id, m.motif_id, m.prefecture_id, m.service_id, 'brouillon', 'en_ligne', '{}',
         now(), now()
  FROM generate_series(1, %(nombre)s),
       (SELECT usager_id, motif_id, prefecture_id, service_id FROM demandes_demande ORDER BY id LIMIT 1) m
  RETURNING id
)
INSERT INTO demandes_convocation (cle, demande_id, objet, motivation, personnes, etat, empreinte, emise_par_id,
                                  emise_le, expire_le)
SELECT gen_random_uuid(), d.id, 'reception', 'Mesure', 1, 'active', md5(random()::text) || d.id,
       (SELECT min(id) FROM demandes_agent), now(), now() + interval '1 day'
FROM d RETURNING id
"""
_SQL_CRENEAUX = """
INSERT INTO planning_creneau (file_id, debut, minutes, places)
SELECT (SELECT min(id) FROM planning_fileguichet), now() + interval '400 days' + i * interval '1 minute', 15,
       CASE WHEN i = 0 THEN %(chaudes)s ELSE %(places)s END
FROM generate_series(0, %(nombre)s) i RETURNING id
"""
_SQL_EFFACER = """
DELETE FROM planning_rendezvous r USING demandes_convocation v
WHERE v.id = r.convocation_id AND v.motivation = 'Mesure'
"""
_SQL_HOT = """
SELECT coalesce(sum(n_tup_upd), 0), coalesce(sum(n_tup_hot_upd), 0)
FROM pg_stat_user_tables WHERE relname = 'planning_creneau'
"""


def _script(creneau: str) -> str:
    """Return the statement of the service as a script: each client has links of its own, one per booking."""
    faits = {"maintenant": "now()", "choisi": "true", "repris": "false", "a_confirmer": "false"}
    sql = re.sub(r"%\((\w+)\)s", lambda trouve: faits.get(trouve[1], f":{trouve[1]}"), SQL_PRENDRE)
    requete = sql.strip()
    return (
        "\\set i :i + 1\n"
        "\\set convocation :premier_lien + :client_id * :par_client + :i - 1\n"
        f"\\set creneau {creneau}\n"
        f"{requete};\n"
    )


def mesurer(socle: Socle, *, rapide: bool) -> dict[str, Any]:
    """Alternate the bare UPDATE and the booking, spread then on one slot; return the medians and their ratios."""
    # Long enough that the first statements of a connection, which plan and load the catalogue, weigh nothing.
    total, tours = (640, 1) if rapide else (32_000, 4)
    nombre = CRENEAUX // 20 if rapide else CRENEAUX
    premier_lien, creneau_chaud = _preparer(total, nombre)
    essais = _essais(total, premier_lien, creneau_chaud, nombre)
    # The first of the measures runs cold: it is not kept.
    debits: dict[str, list[float]] = {e.nom: [] for e in essais}
    mises_a_jour = hot = 0
    for tour in range(tours + (0 if rapide else 1)):
        for essai in essais:
            avant = compteurs()
            debit = lancer(socle, essai)
            apres = compteurs()
            if essai.nom == "reservation":
                mises_a_jour, hot = mises_a_jour + apres[0] - avant[0], hot + apres[1] - avant[1]
            if tour or rapide:
                debits[essai.nom].append(debit)
            if essai.variables:
                _effacer()
        dire(
            f"réservation en SQL : tour {tour + 1}, " + ", ".join(f"{n} {d[-1]:.0f}/s" for n, d in debits.items() if d)
        )
    return _resultat(debits, mises_a_jour, hot)


def _essais(total: int, premier_lien: int, chaud: int, creneaux: int) -> list[Essai]:
    """Return the runs of a round, each booking beside its baseline; every run books as many times."""

    def paire(suffixe: str, clients: int, ligne: str, creneau: str, part: int) -> list[Essai]:
        par_client = total // clients // part
        variables: dict[str, int | str] = {
            "premier_lien": premier_lien,
            "par_client": par_client,
            "sequence": 0,
            "i": 0,
            "quotas": "{}",
        }
        return [
            Essai(f"base{suffixe}", _temoin(ligne), par_client, clients, {}),
            Essai(f"reservation{suffixe}", _script(creneau), par_client, clients, variables),
        ]

    une, epars = f"random(1, {LIGNES})", f"random({chaud + 1}, {chaud + creneaux})"
    return [
        *paire("", CLIENTS, une, epars, 1),
        *paire("_chaud", CLIENTS, "1", str(chaud), 4),
        *paire("_affluence", CLIENTS_AFFLUENCE, une, epars, 1),
    ]


def _temoin(ligne: str) -> str:
    return f"\\set ligne {ligne}\nUPDATE bench_temoin SET n = n + 1 WHERE id = :ligne;\n"


def _resultat(debits: dict[str, list[float]], mises_a_jour: int, hot: int) -> dict[str, Any]:
    def comparer(suffixe: str, clients: int) -> dict[str, Any]:
        bases, reservations = debits[f"base{suffixe}"], debits[f"reservation{suffixe}"]
        rapports = [r / b for r, b in zip(reservations, bases, strict=True)]
        return {
            "clients": clients,
            "base_tps": round(median(bases)),
            "reservation_tps": round(median(reservations)),
            "rapport": round(median(rapports), 3),
            "rapports": [round(r, 3) for r in rapports],
        }

    return {
        **comparer("", CLIENTS),
        "tours": len(debits["base"]),
        "un_creneau": comparer("_chaud", CLIENTS),
        "affluence": comparer("_affluence", CLIENTS_AFFLUENCE),
        "part_hot": round(hot / mises_a_jour, 4) if mises_a_jour else 0.0,
    }


def _preparer(liens: int, creneaux: int) -> tuple[int, int]:
    """Make the table of the baseline, the links and the slots; return the first link and the hot slot."""
    with connection.cursor() as curseur:
        curseur.execute(_SQL_TEMOIN, [LIGNES])
        curseur.execute("ALTER TABLE bench_temoin ADD PRIMARY KEY (id)")
        curseur.execute(_SQL_LIENS, {"nombre": liens})
        premier_lien = min(ligne[0] for ligne in curseur.fetchall())
        curseur.execute(_SQL_CRENEAUX, {"nombre": creneaux, "chaudes": PLACES_CHAUDES, "places": PLACES})
        chaud = min(ligne[0] for ligne in curseur.fetchall())
        curseur.execute("VACUUM ANALYZE bench_temoin, planning_creneau, demandes_convocation")
    return premier_lien, chaud


def _effacer() -> None:
    """Give every place back between two runs: each begins with the same table."""
    with connection.cursor() as curseur:
        curseur.execute(_SQL_EFFACER)
        curseur.execute("VACUUM planning_rendezvous, planning_creneau, bench_temoin")


def compteurs() -> tuple[int, int]:
    """Return updates of the slots, and those of them that touched no index."""
    with connection.cursor() as curseur:
        curseur.execute(_SQL_HOT)
        toutes, hot = curseur.fetchone()
    return int(toutes), int(hot)
