"""What agréé doctors see, and the agents who keep their list, in the audit of accessibility."""

from __future__ import annotations

from datetime import timedelta

from demandes.acteur import acteur_usager
from demandes.calculs.avis import Saisie
from demandes.models import Convocation, Demande, Medecin
from planipref.commun.horloge import maintenant
from planipref.commun.jetons import empreinte
from planning.models import AgendaMedical, Creneau, RendezVous
from planning.services import examens, reservation
from planning.views.acces_medecin import CLE_SESSION
from tests.demandes.factories import DemandeFactory
from tests.navigateur.visites import Visites
from tests.parcours import amener_a
from tests.planning.aide_medical import agenda, convoquer_a, medecin, motif_examen
from tests.planning.factories import PlageOuvertureFactory


def examiner(v: Visites) -> None:
    """Open one's page, convened persons, the opinion: typed, wrong, read over, signed; one's slots."""
    with v.a_la_main():
        docteurs = [medecin(1, empreinte=empreinte("jeton-un")), medecin(2, empreinte=empreinte("jeton-deux"))]
        lieu = agenda(docteurs, motif_examen("commission"), code="67-medical-2")
        PlageOuvertureFactory(file=lieu.file, nb_guichets=1)
        attendu, signe = _rendez_vous(lieu, 2), _rendez_vous(lieu, 3)
        examens.rendre_avis(signe, docteurs[0], Saisie("apte_temporaire", ["B"], 12), maintenant=maintenant())
    v.devient("medecin", session=_session(docteurs[0]))
    v.va("/medecin/jeton-un/", "page ouverte")
    v.va(f"/medecin/jeton-un/examens/{attendu.pk}/", "avis à rendre")
    v.fait("relire", "incomplet", statut=422)
    v.auditeur.page.get_by_label("Apte avec restrictions").evaluate("(e) => e.click()")
    v.auditeur.page.get_by_label("B", exact=True).evaluate("(e) => e.click()")
    v.auditeur.page.get_by_label("01 :").evaluate("(e) => e.click()")
    v.fait("relire", "à signer")
    v.va("/medecin/jeton-un/plages/ajouter/", "ouverte")
    v.va("/medecin/jeton-un/absences/ajouter/", "ouverte")
    v.devient("confrere", session=_session(docteurs[1]))
    v.va("/medecin/jeton-deux/", "à contresigner")


def agreer(v: Visites) -> None:
    """Keep the list of doctors; copy an opinion that came on paper."""
    with v.a_la_main():
        demande = amener_a(DemandeFactory(motif=motif_examen("medecin")), "complete")
    v.devient("chef_service", v.equipe.denis)
    v.va("/planning/medecins/", "des médecins")
    v.va(f"/agent/demandes/{demande.numero}/avis/", "avis sur papier")
    v.fait("saisir-avis", "incomplet", statut=422)


def _rendez_vous(lieu: AgendaMedical, heures: int) -> RendezVous:
    demande: Demande = amener_a(DemandeFactory(motif=lieu.file.motifs.get()), "complete")
    convocation: Convocation = convoquer_a(lieu, demande)
    creneau = Creneau.objects.create(file=lieu.file, debut=maintenant() + timedelta(hours=heures), minutes=20, places=1)
    return reservation.reserver(convocation, creneau, par=acteur_usager(demande.usager_id), maintenant=maintenant())


def _session(docteur: Medecin) -> dict[str, list[str]]:
    return {CLE_SESSION: [str(docteur.cle), (maintenant() + timedelta(days=1)).isoformat()]}
