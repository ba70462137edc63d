"""Agréé doctors of the demonstration: a practice, a commission, people convoked there, opinions received."""

from __future__ import annotations

from datetime import date, time, timedelta

from demandes.acteur import acteur_usager
from demandes.calculs.avis import Saisie, est_rpps
from demandes.calculs.delais import ajouter_mois
from demandes.cycle import Etat
from demandes.models import Demande, Medecin, Motif
from demandes.services import medecins
from demandes.services.avis import saisir_avis_papier
from demandes.services.convocation import convoquer
from demandes.services.medecins import Identite
from demandes.services.motivation import motivation_usuelle
from planipref.commun.horloge import aujourdhui
from planipref.pages.peuplement.organisation import DEPUIS, Monde
from planning.models import AgendaMedical, Creneau, PlageOuverture
from planning.querysets import bornes_du_jour
from planning.services import agendas, reservation
from planning.services.agendas import Lieu
from planning.services.publication import publier

# Invented; each RPPS ends with its right key.
MEDECINS = (("Hélène", "Roussel", "1000123456"), ("Karim", "Benali", "1010111222"), ("Marc", "Kieffer", "1020304050"))
CONVOQUES = 3
AVIS_RECUS = 2


def installer(monde: Monde) -> None:
    """Put three doctors on the list, open a practice and a commission, convoke a few people; once."""
    prefecture, par, maintenant = monde.prefecture, monde.agents["chef"], monde.maintenant
    motifs = [m for m in monde.motifs.values() if m.examen]
    if not motifs:
        return
    jour = aujourdhui(prefecture.fuseau, maintenant)
    liste = [_medecin(monde, rang, jour) for rang in range(len(MEDECINS))]
    commune, code_postal = monde.sites[0].commune, monde.sites[0].code_postal
    for genre, nom, docteurs in (
        (AgendaMedical.Genre.CABINET, "Cabinet du docteur Roussel", liste[:1]),
        (AgendaMedical.Genre.COMMISSION, "Commission médicale des permis", liste[1:]),
    ):
        examines = [m for m in motifs if (m.examen == Motif.Examen.COMMISSION) == (len(docteurs) > 1)]
        if examines:
            agenda = agendas.ouvrir_agenda(
                prefecture,
                genre=genre,
                lieu=Lieu(nom, "2 rue de l’Essai", code_postal, commune, "Rez-de-chaussée, accès en fauteuil."),
                medecins=docteurs,
                motifs=examines,
                pas_minutes=20,
                par=par,
                maintenant=maintenant,
            )
            _ouvrir(monde, agenda)
    for docteur in liste:
        medecins.envoyer_lien(docteur, par=par, maintenant=maintenant)
    for demande in _demandes(monde, Etat.EN_INSTRUCTION)[:AVIS_RECUS]:
        _avis_recu(monde, demande, liste, jour)


def _medecin(monde: Monde, rang: int, jour: date) -> Medecin:
    prenom, nom, rpps = MEDECINS[rang]
    cle = next(str(k) for k in range(10) if est_rpps(f"{rpps}{k}"))
    debut = ajouter_mois(jour, -12 * (4 - rang) - 10)  # the first one ends in two months
    agrement = medecins.agreer(
        monde.prefecture,
        medecin=Identite(prenom, nom, rpps + cle, f"{nom.lower()}.{monde.prefecture.departement.lower()}@example.org"),
        reference=f"{debut.year}-{monde.prefecture.departement}-{rang + 1:03d}",
        du=debut,
        au=ajouter_mois(debut, 60) - timedelta(days=1),
        par=monde.agents["chef"],
        maintenant=monde.maintenant,
    )
    return agrement.medecin


def _ouvrir(monde: Monde, agenda: AgendaMedical) -> None:
    """Open every morning of the week, and convoke people whose file is complete, from this morning on.

    All of it was done the day before: whoever examines today has people to examine at any hour.
    """
    hier = monde.maintenant - timedelta(days=1)
    for jour in range(1, 7):
        PlageOuverture.objects.create(file=agenda.file, jour=jour, debut=time(8), fin=time(12), pendant=DEPUIS)
    publier(monde.prefecture, une_file=agenda.file, maintenant=hier)
    servis = set(agenda.file.motifs.values_list("pk", flat=True))
    pretes = [d for d in _demandes(monde, Etat.COMPLETE) if d.motif_id in servis]
    matin = bornes_du_jour(aujourdhui(monde.prefecture.fuseau, monde.maintenant), monde.prefecture.fuseau)[0]
    libres = Creneau.objects.libres(hier).filter(file=agenda.file, debut__gte=matin).avec_file()
    for demande, creneau in zip(pretes[:CONVOQUES], list(libres[:CONVOQUES]), strict=False):
        convocation = convoquer(
            demande,
            motivation=motivation_usuelle(demande),
            sites=[agenda.file.site],
            par=monde.agents["instructeur"],
            maintenant=hier,
        )
        reservation.reserver(convocation, creneau, par=acteur_usager(demande.usager_id), maintenant=hier)


def _demandes(monde: Monde, etat: Etat) -> list[Demande]:
    siennes = Demande.objects.filter(prefecture=monde.prefecture, etat=etat).exclude(motif__examen="")
    return list(siennes.select_related("motif", "service", "usager", "prefecture").order_by("pk"))


def _avis_recu(monde: Monde, demande: Demande, liste: list[Medecin], jour: date) -> None:
    en_commission = demande.motif.examen == Motif.Examen.COMMISSION
    saisir_avis_papier(
        demande,
        Saisie("apte_restrictions", ["B"], 24, ["01"]),
        liste[1:] if en_commission else liste[:1],
        examine_le=jour - timedelta(days=10),
        par=monde.agents["instructeur"],
        maintenant=monde.maintenant,
    )
