"""A load, from the request to the commit: one préfecture after another, one transaction for all."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from random import Random

from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.db.models import Model

from demandes.models import (
    Acte,
    Convocation,
    Demande,
    DemandeComplement,
    Evenement,
    Piece,
    Prefecture,
    Usager,
)
from demandes.models.piece import reserve_des_pieces
from guichet.models import Passage, Phase, Titre
from planipref.pages.chargement import base
from planipref.pages.chargement.agenda import Agenda
from planipref.pages.chargement.decor import Decor, dresser
from planipref.pages.chargement.ecrits import Ecrits, Specimen
from planipref.pages.chargement.recit import clore, raconter
from planipref.pages.chargement.registre import Registre
from planipref.pages.chargement.salle import Salle
from planipref.pages.chargement.scene import Numeros, Scene
from planipref.pages.chargement.tables import Lot
from planipref.pages.chargement.vies import HISTOIRE_JOURS, tirer
from planipref.pages.peuplement.fichiers import fichiers_d_essai
from planipref.pages.peuplement.organisation import mot_de_passe
from planning.models import Creneau, RendezVous
from planning.services.publication import publier

# Each COPY waits for the interpreter several times: few large ones leave it to the making of lines.
PAR_LOT = 5000
SPECIMEN = "actes/volume/specimen.pdf"
# A very large préfecture receives eight times what a small one does.
POIDS = {Prefecture.Taille.PETITE: 1, Prefecture.Taille.MOYENNE: 3, Prefecture.Taille.TRES_GRANDE: 8}

Progression = Callable[[str, int, int], None]


@dataclass
class Bilan:
    """What a load made.

    Args:
        demandes: number of demandes, by département.
        lignes: number of lines written, all tables together.
        secondes: duration of the transaction, generation and writing together.
    """

    demandes: dict[str, int] = field(default_factory=dict)
    lignes: int = 0
    secondes: float = 0.0


def repartir(nombre: int, prefectures: list[Prefecture]) -> dict[str, int]:
    """Share demandes between préfectures by their size, to the last one."""
    total = sum(POIDS[Prefecture.Taille(p.taille)] for p in prefectures)
    parts, donnees, poids = {}, 0, 0
    for prefecture in prefectures:
        poids += POIDS[Prefecture.Taille(prefecture.taille)]
        jusque_la = nombre * poids // total
        parts[prefecture.departement] = jusque_la - donnees
        donnees = jusque_la
    return parts


def charger(
    nombre: int, prefectures: list[Prefecture], *, graine: int, maintenant: datetime, progression: Progression
) -> Bilan:
    """Add demandes with their history to préfectures.

    Args:
        nombre: how many demandes, all préfectures together.
        prefectures: where.
        graine: seed; the same on the same base gives the same data, a second load adds others.
        maintenant: present instant: the history ends the day before.
        progression: called with the name of the préfecture, the demandes told and how many there will be.
    """
    condensat = mot_de_passe()
    specimen = _specimen()
    decors = []
    for prefecture in prefectures:
        alea = Random(f"{graine}:{prefecture.departement}:decor")  # noqa: S311 (invented data, no secret)
        decors.append(dresser(prefecture, alea=alea, maintenant=maintenant, condensat=condensat))
        publier(prefecture, maintenant=maintenant)
    bilan, depart = Bilan(), time.monotonic()
    parts = repartir(nombre, prefectures)
    with transaction.atomic(durable=True), base.allegement(nombre):
        suivants = base.prochains()
        for decor in decors:
            d = decor.prefecture.departement
            bilan.lignes += _charger(decor, parts[d], graine, suivants, specimen, progression)
            bilan.demandes[d] = parts[d]
        base.avancer(suivants)
    bilan.secondes = time.monotonic() - depart
    base.analyser()
    return bilan


def _specimen() -> Specimen:
    """Store, once, the PDF that stands for every act of the past."""
    pdf = next(f.donnees for _, f in fichiers_d_essai() if f.extension == "pdf")
    reserve = reserve_des_pieces()
    if not reserve.exists(SPECIMEN):
        reserve.save(SPECIMEN, ContentFile(pdf))
    with reserve.open(SPECIMEN) as fichier:
        return Specimen(SPECIMEN, sha256(fichier.read()).hexdigest())


def _charger(
    decor: Decor,
    nombre: int,
    graine: int,
    suivants: dict[type[Model], int],
    specimen: Specimen,
    progression: Progression,
) -> int:
    """Tell and write a préfecture; return the number of lines."""
    prefecture, lot = decor.prefecture, Lot()
    alea = Random(f"{graine}:{prefecture.departement}:{base.dernier_identifiant(prefecture)}")  # noqa: S311
    scene = _scene(decor, lot, alea, suivants, specimen)
    motifs = [m.motif for m in decor.motifs.values()]
    vies = tirer(motifs, nombre, calendrier=decor.calendrier, alea=alea)
    # A thread writes while the next lines are made: PostgreSQL and Python each have a core.
    lignes, ecriture, connexion = 0, _fait(), connection.connection
    with ThreadPoolExecutor(1) as executeur:
        for faites in raconter(scene, vies):
            if faites % PAR_LOT == 0:
                lignes += ecriture.result()
                ecriture = executeur.submit(base.copier, connexion, lot.vider())
                progression(prefecture.nom, faites, nombre)
        clore(scene, decor.calendrier.aujourdhui + 1)
        lot.lignes[Creneau].extend(scene.agenda.lignes())
        lignes += ecriture.result()
        lignes += base.copier(connexion, lot.vider())
    base.ecrire_les_compteurs(
        prefecture,
        numeros=scene.compteurs,
        billets={cle: scene.salle.tickets[cle] for cle in sorted(scene.salle.changes)},
        prises=scene.agenda.changees(),
        chaine=(scene.registre.rang, scene.registre.condensat),
    )
    suivants.update(_suivants(scene))
    progression(prefecture.nom, nombre, nombre)
    return lignes


def _fait() -> Future[int]:
    rien: Future[int] = Future()
    rien.set_result(0)
    return rien


def _scene(decor: Decor, lot: Lot, alea: Random, suivants: dict[type[Model], int], specimen: Specimen) -> Scene:
    prefecture = decor.prefecture
    agenda = Agenda(decor.files, decor.calendrier, suivants[Creneau])
    agenda.poser(base.creneaux(prefecture), decor.calendrier.aujourdhui - HISTOIRE_JOURS)
    return Scene(
        decor,
        lot,
        alea=alea,
        numeros=Numeros(
            usager=suivants[Usager],
            demande=suivants[Demande],
            piece=suivants[Piece],
            complement=suivants[DemandeComplement],
            convocation=suivants[Convocation],
            rendez_vous=suivants[RendezVous],
            passage=suivants[Passage],
            titre=suivants[Titre],
        ),
        compteurs=base.compteurs(prefecture),
        agenda=agenda,
        registre=Registre(prefecture.pk, *base.tete(prefecture), lot.lignes[Evenement]),
        salle=Salle(base.tickets(prefecture), lot.lignes[Passage], lot.lignes[Phase]),
        ecrits=Ecrits(decor, lot, specimen=specimen, prochain=suivants[Acte], alea=alea),
    )


def _suivants(scene: Scene) -> dict[type[Model], int]:
    n = scene.numeros
    return {
        Usager: n.usager,
        Demande: n.demande,
        Piece: n.piece,
        DemandeComplement: n.complement,
        Convocation: n.convocation,
        RendezVous: n.rendez_vous,
        Passage: n.passage,
        Titre: n.titre,
        Acte: scene.ecrits.prochain,
        Creneau: scene.agenda.prochain,
    }
