"""The figures, as a table for people and a file for machines."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SEUIL_RESERVATION, SEUIL_HOT = 0.40, 0.90
SEUIL_SEMAINE_MS = 2.0
_depart = time.monotonic()


def dire(texte: str) -> None:
    """Tell where the measures are, on the error output."""
    print(f"[{time.monotonic() - _depart:5.0f} s] {texte}", file=sys.stderr, flush=True)


@dataclass
class Rapport:
    """Everything measured.

    Args:
        machine: where.
        chargement: the load.
        sql: bookings in SQL, beside the bare UPDATE.
        service: bookings through the service.
        pages: each page.
        attente: an announcement of the wait.
        depot: a PDF of 10 MB sent.
        direct: counters, displays and phones that poll together.
        planning: a week allotted, the places of a day optimised.
        tempete: everybody at once on few slots; then the listing of a week.
    """

    machine: dict[str, Any] = field(default_factory=dict)
    chargement: dict[str, Any] = field(default_factory=dict)
    sql: dict[str, Any] = field(default_factory=dict)
    service: dict[str, Any] = field(default_factory=dict)
    pages: dict[str, dict[str, Any]] = field(default_factory=dict)
    attente: dict[str, Any] = field(default_factory=dict)
    depot: dict[str, Any] = field(default_factory=dict)
    direct: dict[str, Any] = field(default_factory=dict)
    planning: dict[str, Any] = field(default_factory=dict)
    tempete: dict[str, Any] = field(default_factory=dict)

    @property
    def tenu(self) -> bool:
        """Say whether the thresholds are held."""
        reservations = self.sql["rapport"] >= SEUIL_RESERVATION and self.sql["part_hot"] >= SEUIL_HOT
        t = self.tempete
        return bool(
            reservations and t["interblocages"] == t["creneaux_faux"] == 0 and t["semaine_p50_ms"] <= SEUIL_SEMAINE_MS
        )

    def ecrire(self, fichier: Path) -> None:
        """Write the figures as JSON."""
        contenu: dict[str, Any] = {"machine": self.machine, "chargement": self.chargement, "sql": self.sql}
        contenu |= {"service": self.service, "pages": self.pages, "attente": self.attente}
        contenu |= {"depot": self.depot, "direct": self.direct, "planning": self.planning}
        contenu["tempete"] = self.tempete
        contenu["seuils"] = {"rapport": SEUIL_RESERVATION, "part_hot": SEUIL_HOT, "tenus": self.tenu}
        contenu["secondes"] = round(time.monotonic() - _depart)
        fichier.write_text(json.dumps(contenu, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

    def tableau(self) -> str:
        """Return the table."""
        m, c, s, v = self.machine, self.chargement, self.sql, self.service
        lignes = [
            f"PostgreSQL {m['postgresql']}, fsync {m['fsync']} ({m['fdatasync_us']} µs), {m['coeurs']} cœurs, "
            f"charge {m['charge_au_depart']}",
            "",
            f"Chargement : {c['demandes']} demandes, {c['lignes']} lignes en {c['secondes']} s "
            f"({c['lignes_par_seconde']} lignes/s)",
            "",
            f"Réservation en SQL, {s['tours']} tours alternés (médianes)",
            *_comparaison(s, f"{s['clients']} clients, créneaux épars", f" (seuil {SEUIL_RESERVATION:.2f})"),
            *_comparaison(s["un_creneau"], f"{s['un_creneau']['clients']} clients, un seul créneau et une seule ligne"),
            *_comparaison(s["affluence"], f"{s['affluence']['clients']} clients, créneaux épars"),
            f"  mises à jour HOT du créneau          {s['part_hot']:>9.1%} (seuil {SEUIL_HOT:.0%})",
            "",
            f"Réservation par le service, {v['processus']} processus",
            f"  reserver()                         {v['par_seconde']:>9.0f} /s   rapport {v['rapport']:.3f}, "
            f"p50 {v['p50_ms']:.0f} ms, p95 {v['p95_ms']:.0f} ms",
            "",
            f"Tempête de {self.tempete['personnes']} personnes, {self.tempete['secondes']:.0f} s, "
            f"{sum(self.tempete['gestes'].values())} gestes",
            f"  interblocages {self.tempete['interblocages']}, créneaux mal comptés {self.tempete['creneaux_faux']}, "
            f"mises à jour HOT {self.tempete['part_hot']:.1%}, publications comprises",
            f"  semaine parmi {self.tempete['creneaux']} créneaux  p50 {self.tempete['semaine_p50_ms']:.2f} ms "
            f"(seuil {SEUIL_SEMAINE_MS:.0f}), p95 {self.tempete['semaine_p95_ms']:.2f} ms",
            "",
            f"Attente annoncée, {self.attente['personnes']} personnes et {self.attente['guichets']} guichets",
            f"  annoncer()                         p50 {self.attente['p50_ms']:.1f} ms, "
            f"p95 {self.attente['p95_ms']:.1f} ms",
            "",
            f"Semaine de {self.planning['agents']} agents et {self.planning['postes']} postes, "
            f"{self.planning['secondes']} s",
            f"  affecter                           coût {self.planning['objectif']}, minimum prouvé "
            f"{self.planning['borne']}, référence {self.planning['reference']}",
            f"  places d’une journée               {self.planning['optimiser_ms']} ms",
            "",
            f"PDF de {self.depot['octets'] / 1e6:.1f} Mo envoyé {self.depot['envois']} fois au dépôt",
            f"  réponse                            p50 {self.depot['p50_ms']} ms, max {self.depot['max_ms']} ms",
            "",
            f"Salle en direct : {self.direct['guichets']} guichets, {self.direct['ecrans']} écrans, "
            f"{self.direct['telephones']} téléphones",
            f"  {self.direct['par_seconde']} demandes/s (voulues {self.direct['voulues_par_seconde']}), "
            f"p95 {self.direct['p95_ms']} ms, {self.direct['coeurs_occupes']} cœurs, "
            f"{self.direct['transactions_par_seconde']} transactions/s",
            "",
            f"{'Page':<28}{'requêtes SQL':>13}{'p50 ms':>9}{'p95 ms':>9}{'SQL ms':>9}",
        ]
        lignes += [
            f"{nom:<28}{p['requetes']:>13}{p['p50_ms']:>9.0f}{p['p95_ms']:>9.0f}{p['sql_ms']:>9.0f}"
            for nom, p in self.pages.items()
        ]
        return "\n".join(lignes)


def _comparaison(c: dict[str, Any], titre: str, seuil: str = "") -> list[str]:
    return [
        f"  {titre}",
        f"    UPDATE d’une ligne                 {c['base_tps']:>9} /s",
        f"    réservation                        {c['reservation_tps']:>9} /s   rapport {c['rapport']:.2f}{seuil}",
    ]


def quantile(valeurs: list[float], part: float) -> float:
    """Return a quantile by rank."""
    ordonnees = sorted(valeurs)
    return ordonnees[min(len(ordonnees) - 1, int(part * len(ordonnees)))]
