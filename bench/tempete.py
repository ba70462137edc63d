"""A storm of bookings, moves, cancellations, publications and offers; then the listing of a week among 100,000 slots.

What is asked of it: no deadlock, and each slot's counter equal to its appointments counted again.
"""

from __future__ import annotations

import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, connections
from django.db.models import F

from bench.rapport import dire, quantile
from bench.reservations import compteurs
from demandes.acteur import acteur_usager
from demandes.models import Convocation, Prefecture
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import maintenant
from planning.calculs.creneaux import lundi_de
from planning.models import Creneau, FileGuichet, OffreAttente, PlageOuverture
from planning.selectors import files_de
from planning.services import attente, reservation
from planning.services.publication import publier

SECONDES, SECONDES_RAPIDE = 60.0, 2.0
PERSONNES, CRENEAUX, LISTES = 48, 6, 200
LIGNES, LIGNES_RAPIDE = 100_000, 2_000
PAR_JOUR = 33

_SQL_INTERBLOCAGES = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
# Slots whose counter is not what their appointments say, or that pass their places.
_SQL_FAUX = """
SELECT count(*) FROM planning_creneau c
WHERE c.prises > c.places OR c.prises <>
  (SELECT count(*) FROM planning_rendezvous r WHERE r.creneau_id = c.id AND r.etat NOT IN ('annule', 'deplace'))
  + (SELECT count(*) FROM planning_prolongement p WHERE p.creneau_id = c.id)
"""
_SQL_LIGNES = """
INSERT INTO planning_creneau (file_id, debut, minutes, places)
SELECT f.id, date_trunc('day', now()) + interval '600 days' + (j / %(par_jour)s) * interval '1 day'
       + interval '8 hours' + (j %% %(par_jour)s) * interval '15 minutes', 15, 8
FROM (SELECT id FROM planning_fileguichet ORDER BY id) f, generate_series(0, %(chacune)s) j
"""


def mesurer(prefecture: Prefecture, *, rapide: bool) -> dict[str, Any]:
    """Let the storm loose, then list weeks."""
    tempete = _tempete(prefecture, SECONDES_RAPIDE if rapide else SECONDES)
    return tempete | _listes(LIGNES_RAPIDE if rapide else LIGNES, 20 if rapide else LISTES)


def _tempete(prefecture: Prefecture, secondes: float) -> dict[str, Any]:
    convocations = list(
        Convocation.objects.actives()
        .avec_page()
        .exclude(rendez_vous__creneau__debut__lte=maintenant() + timedelta(days=1))
        .filter(
            demande__etat__in=("convoquee", "rdv_pris"),
            objet="reception",
            personnes=1,
            expire_le__gt=maintenant() + timedelta(days=4),
        )
        .order_by("-pk")[:PERSONNES]
    )
    creneaux = _creneaux(convocations)
    publier(prefecture, maintenant=maintenant())  # what follows publishes what changes only, as each night does
    with connection.cursor() as curseur:
        curseur.execute("VACUUM planning_creneau")
    interblocages, avant = _valeur(_SQL_INTERBLOCAGES), compteurs()
    fin = time.monotonic() + secondes
    roles: list[Callable[[], Counter[str]]] = [
        *[_usager(c, creneaux, rang, fin) for rang, c in enumerate(convocations) if c.pk in creneaux],
        _repete(fin, _publie(prefecture)),
        _repete(fin, lambda: Counter(attente.proposer_places(maintenant=maintenant()))),
    ]
    bilan = _ensemble(roles)
    apres = compteurs()
    dire(f"tempête : {sum(bilan.values())} gestes en {secondes:.0f} s")
    modifies = apres[0] - avant[0]
    return {
        "personnes": len(convocations),
        "secondes": secondes,
        "gestes": dict(sorted(bilan.items())),
        "interblocages": _valeur(_SQL_INTERBLOCAGES) - interblocages,
        "creneaux_faux": _valeur(_SQL_FAUX),
        "part_hot": round((apres[1] - avant[1]) / modifies, 4) if modifies else 0.0,
    }


def _creneaux(convocations: Sequence[Convocation]) -> dict[int, list[Creneau]]:
    """Return the few slots that each person fights for: the first published ones of a queue that serves them."""
    siens: dict[int, list[Creneau]] = {}
    for convocation in convocations:
        file = files_de(convocation)[0]
        libres = Creneau.objects.libres(maintenant()).filter(file=file, debut__gt=maintenant() + timedelta(days=2))
        siens[convocation.pk] = list(libres.order_by("debut")[:CRENEAUX])
    return {pk: creneaux for pk, creneaux in siens.items() if creneaux}


def _publie(prefecture: Prefecture) -> Callable[[], Counter[str]]:
    """Return a manager who opens one counter more, then one less, and publishes."""
    sens = itertools.cycle((1, -1))

    def publie() -> Counter[str]:
        PlageOuverture.objects.filter(file__site__prefecture=prefecture).update(
            nb_guichets=F("nb_guichets") + next(sens)
        )
        publier(prefecture, maintenant=maintenant())
        return Counter(publier=1)

    return publie


def _usager(
    convocation: Convocation, creneaux: dict[int, list[Creneau]], graine: int, fin: float
) -> Callable[[], Counter[str]]:
    """Return somebody who books, moves, cancels, waits and answers offers, at random."""
    hasard, par = random.Random(graine), acteur_usager(convocation.demande.usager_id)
    siens = creneaux[convocation.pk]

    def agir() -> Counter[str]:
        geste: Any = hasard.choice(
            (reservation.reserver, reservation.deplacer, reservation.annuler, attente.inscrire, attente.accepter)
        )
        cible: tuple[Any, ...] = ()
        if geste in (reservation.reserver, reservation.deplacer):
            cible = (hasard.choice(siens),)
        elif geste is attente.accepter:
            offre = OffreAttente.objects.filter(inscription__convocation=convocation).order_by("-pk").first()
            cible = (offre.pk if offre else 0,)
        fraiche = Convocation.objects.avec_page().get(pk=convocation.pk)
        try:
            geste(fraiche, *cible, par=par, maintenant=maintenant())
        except ErreurMetier as erreur:
            return Counter([f"refus : {erreur.code}"])
        return Counter([geste.__name__])

    return _repete(fin, agir)


def _repete(fin: float, geste: Callable[[], Counter[str]]) -> Callable[[], Counter[str]]:
    def boucle() -> Counter[str]:
        faits: Counter[str] = Counter()
        while time.monotonic() < fin:
            faits.update(geste())
        return faits

    return boucle


def _ensemble(roles: Sequence[Callable[[], Counter[str]]]) -> Counter[str]:
    """Run all in threads, each with its connection; what no rule refused stops the measures."""
    bilan: Counter[str] = Counter()
    erreurs: list[BaseException] = []

    def fil(role: Callable[[], Counter[str]]) -> None:
        try:
            bilan.update(role())
        except BaseException as erreur:  # noqa: BLE001 - raised again below
            erreurs.append(erreur)
        finally:
            connections.close_all()

    fils = [threading.Thread(target=fil, args=(role,)) for role in roles]
    for f in fils:
        f.start()
    for f in fils:
        f.join()
    if erreurs:
        raise erreurs[0]
    return bilan


def _listes(lignes: int, tours: int) -> dict[str, Any]:
    """Time the listing of a week for three queues, by PostgreSQL itself."""
    files = list(FileGuichet.objects.order_by("pk").values_list("pk", flat=True))
    with connection.cursor() as curseur:
        curseur.execute(_SQL_LIGNES, {"par_jour": PAR_JOUR, "chacune": lignes // len(files)})
        curseur.execute("VACUUM ANALYZE planning_creneau")
    hasard, jours = random.Random(1), lignes // len(files) // PAR_JOUR
    durees = []
    for _ in range(tours):
        semaine = lundi_de((maintenant() + timedelta(days=600 + hasard.randrange(max(1, jours)))).date())
        servent = hasard.sample(files, min(3, len(files)))
        libres = Creneau.objects.libres(maintenant()).filter(file__in=servent).de_la_semaine(semaine, "Europe/Paris")
        durees.append(float(json.loads(libres.avec_file().explain(analyze=True, format="json"))[0]["Execution Time"]))
    return {
        "creneaux": Creneau.objects.count(),
        "semaine_p50_ms": round(quantile(durees, 0.5), 3),
        "semaine_p95_ms": round(quantile(durees, 0.95), 3),
    }


def _valeur(requete: str) -> int:
    with connection.cursor() as curseur:
        curseur.execute(requete)
        return int(curseur.fetchone()[0])
