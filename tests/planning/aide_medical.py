"""A commission and a practice: agréé doctors, their agendas, a person convoked there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.test import Client
from django.urls import reverse
from psycopg.types.range import DateRange

from demandes.acteur import acteur_usager
from demandes.calculs.avis import Saisie
from demandes.cycle import Etat
from demandes.models import Agrement, Convocation, Demande, Medecin, Motif, Notification, Site
from demandes.services import medecins
from demandes.services.convocation import convoquer
from demandes.services.courriels import code_derive
from demandes.services.medecins import USAGE_CODE
from planipref.commun.horloge import maintenant
from planipref.commun.jetons import deriver
from planning.models import AgendaMedical, RendezVous
from planning.services import reservation
from tests.demandes.factories import DemandeFactory, MotifFactory, PrefectureFactory, QuestionFactory
from tests.parcours import acteur, amener_a, equipe
from tests.planning.factories import CreneauFactory, FileGuichetFactory

CINQ_ANS = DateRange(date(2027, 1, 1), date(2031, 12, 31))
RPPS = ("10001234565", "10101112224", "10203040505", "11111111115")
APTE = Saisie("apte", ["B"])


def medecin(rang: int = 0, *, pendant: DateRange | None = CINQ_ANS, **champs: Any) -> Medecin:
    """Return a doctor agréé by the préfecture of tests; without agrément when `pendant` is None."""
    noms = {"prenom": "Anne", "nom": f"Martin{rang}", "courriel": f"medecin{rang}@cabinet.example"}
    ou = champs.pop("prefecture", None) or PrefectureFactory()
    docteur, _ = Medecin.objects.get_or_create(rpps=RPPS[rang], prefecture=ou, defaults=noms | champs)
    if pendant is not None:
        agreer(docteur, pendant)
    return docteur


def agreer(docteur: Medecin, pendant: DateRange = CINQ_ANS, **champs: Any) -> Agrement:
    """Give a doctor an agrément."""
    valeurs = {"reference": f"2027-{docteur.pk}"} | champs
    return Agrement.objects.create(medecin=docteur, pendant=pendant, **valeurs)


def motif_examen(examen: str = "commission", **champs: Any) -> Motif:
    """Return a démarche that doctors are heard on, with the NEPH and a question that is none of theirs."""
    motif = MotifFactory(examen=examen, sans_remise=True, pieces=0, **champs)
    QuestionFactory(motif=motif, code="neph", libelle="Numéro NEPH", genre="texte")
    QuestionFactory(motif=motif, code="metier", libelle="Quel est votre métier ?", genre="texte")
    return motif


def agenda(docteurs: list[Medecin], motif: Motif, code: str = "67-medical-1") -> AgendaMedical:
    """Return an agenda of these doctors at a place of its own."""
    file = FileGuichetFactory(site__code=code, code="examens", motifs=[motif], remises=False)
    Site.objects.filter(pk=file.site_id).update(genre=Site.Genre.MEDICAL, nom=f"Cabinet {code}")
    genre = AgendaMedical.Genre.COMMISSION if len(docteurs) > 1 else AgendaMedical.Genre.CABINET
    ouvert = AgendaMedical.objects.create(file=file, genre=genre)
    ouvert.medecins.set(docteurs)
    return AgendaMedical.objects.avec_lieu().get(pk=ouvert.pk)


@dataclass
class Examen:
    """Somebody with an appointment at an agenda, on Tuesday 5 March 2030 at 9:00."""

    agenda: AgendaMedical
    demande: Demande
    convocation: Convocation
    rendez_vous: RendezVous


def convoquer_a(lieu: AgendaMedical, demande: Demande, *autres: Site) -> Convocation:
    """Convoke somebody, whose demande is complete, to an agenda, and perhaps to other sites."""
    sites = [lieu.file.site, *autres]
    return convoquer(
        demande, motivation="Examen.", sites=sites, par=acteur(equipe(demande).chloe), maintenant=maintenant()
    )


def examen(lieu: AgendaMedical, motif: Motif, *autres: Site, **champs: Any) -> Examen:
    """Return somebody convoked to an agenda, who took its next slot."""
    demande = amener_a(DemandeFactory(motif=motif, **champs), Etat.COMPLETE)
    convocation = convoquer_a(lieu, demande, *autres)
    creneau = CreneauFactory(file=lieu.file, places=1)
    pris = reservation.reserver(convocation, creneau, par=acteur_usager(demande.usager_id), maintenant=maintenant())
    return Examen(lieu, Demande.objects.get(pk=demande.pk), convocation, pris)


def lien(docteur: Medecin) -> str:
    """Mail a doctor their link, as an agent does, and return its token."""
    chef = acteur(equipe(DemandeFactory()).denis)
    medecins.envoyer_lien(docteur, par=chef, maintenant=maintenant())
    docteur.refresh_from_db()
    return deriver("medecin", str(docteur.cle))


def ouvrir(client: Client, docteur: Medecin) -> str:
    """Open the page of a doctor with the code that was mailed; return the token."""
    jeton = lien(docteur)
    adresse = reverse("planning:medecin", args=[jeton])
    client.post(adresse, {"envoyer": "1"})
    mail = Notification.objects.filter(modele="medecin_code").latest("pk")
    code = code_derive(mail.contexte["code_medecin_id"], usage=USAGE_CODE)
    assert client.post(adresse, {"code": code}).status_code == 303
    return jeton
