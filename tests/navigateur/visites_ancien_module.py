"""Leaving the former booking module: what managers, webmestres and the public see, in the audit of accessibility."""

from __future__ import annotations

from datetime import date

from demandes.models import AncienneAdresse, Bascule
from demandes.services.convocation import USAGE
from planipref.commun.horloge import maintenant
from planipref.commun.jetons import deriver
from planning.models import LigneReprise, MotifRepris, RendezVous
from planning.services import ancien_module
from planning.views.acces import CLE_SESSION
from tests.demandes.factories import AgentFactory, DemandeFactory
from tests.navigateur.visites import Visites
from tests.parcours import amener_a, convocation_active
from tests.planning.aide_reprise import ENTETE, MARDI
from tests.planning.factories import CreneauFactory, FileGuichetFactory

AILLEURS = "https://www.bas-rhin.gouv.fr/booking/create/12345/0"
LIGNES = (
    "A1;05/03/2030;09:00;Titre repris;Sarkissian;Nune;12/12/1971;nune@example.org;;;;",
    "R2;05/03/2030;09:00;Titre repris;Diallo;Fatou;02/01/1990;;0612345678;;;",
    "R3;05/03/2030;18:00;Titre repris;Okoye;Ada;03/02/1991;;;;;",
    "R4;05/03/2030;midi;Titre repris;Silva;Ana;04/03/1992;;;;;",
    "R5;05/03/2030;10:00;Permis;Petrov;Ivan;05/04/1993;;;;;",
)


def reprendre_l_ancien_module(v: Visites) -> None:
    """Say what the words of the module mean, import a file with a line of each sort, and resolve one."""
    with v.a_la_main():
        file = FileGuichetFactory(site=v.equipe.site, code="reprise", nom="Reprise", motifs=[v.motif])
        CreneauFactory(file=file, debut=MARDI, places=1, prevues=1)
        CreneauFactory(file=file, debut=MARDI.replace(hour=9), places=5)
        MotifRepris.objects.create(
            prefecture=v.equipe.site.prefecture, libelle="Titre repris", motif=v.motif, file=file
        )
    v.devient("chef_service", v.equipe.denis)
    v.va("/planning/reprise/colonnes/", "les colonnes de l’ancien module", erreurs=False)
    v.va("/planning/reprise/motifs/ajouter/", "un motif de l’ancien module")
    v.va("/planning/reprise/lignes/", "rien à résoudre ou presque")
    v.va("/planning/reprise/", "un fichier de l’ancien module")
    fichier = "\n".join([ENTETE, *LIGNES]).encode()
    v.auditeur.page.locator('main input[type="file"]').set_input_files(
        {"name": "rdv.csv", "mimeType": "text/csv", "buffer": fichier}
    )
    v.fait("verifier", "un aperçu de la reprise")
    v.fait("importer", "la reprise commence")
    v.va("/planning/reprise/correspondances/", "avec un motif")  # the page of the import reloads itself once it is done
    with v.a_la_main():
        ancien_module.reprendre_en_attente(maintenant=maintenant)
    v.va("/planning/reprise/", "la reprise faite")
    v.va("/planning/reprise/lignes/", "à résoudre")
    complete = LigneReprise.objects.get(reference="R2")
    v.va(f"/planning/reprise/lignes/{complete.pk}/", "complet", erreurs=False)
    v.fait("ecarter", "sans raison", statut=422)
    v.va(f"/planning/reprise/lignes/{complete.pk}/", "complet, en surplus", erreurs=False)
    v.fait("surplus", "repris en surplus")
    with v.a_la_main():
        LigneReprise.objects.filter(reference="A1").update(etat="collision", collision="deplacee", debut_nouveau=MARDI)
    v.va(f"/planning/reprise/lignes/{LigneReprise.objects.get(reference='A1').pk}/", "déplacé", erreurs=False)
    faire_confirmer(v)


def faire_confirmer(v: Visites) -> None:
    """Look at who has not said that they will come; free one place, and note what another said by telephone."""
    with v.a_la_main():
        libere = RendezVous.objects.a_confirmer(maintenant()).latest("pk")
    v.va("/planning/reprise/a-confirmer/", "à confirmer", erreurs=False)
    v.va(f"/planning/reprise/a-confirmer/{libere.pk}/", "avant de libérer", erreurs=False)
    v.fait("liberer", "libérée")
    v.fait("confirmer", "confirmé par téléphone")


def dire_que_l_on_vient(v: Visites) -> None:
    """Confirm, by the link, an appointment that comes from the former module."""
    with v.a_la_main():
        demande = amener_a(DemandeFactory(motif=v.motif), "rdv_pris")
        convocation = convocation_active(demande)
        RendezVous.objects.filter(convocation=convocation).update(a_confirmer=True)
    v.usager(demande, session={CLE_SESSION: [str(convocation.cle)]})
    v.va(f"/rdv/{deriver(USAGE, str(convocation.cle))}/", "à confirmer", erreurs=False)
    v.fait("confirmer", "confirmé")


def basculer(v: Visites) -> None:
    """Set the day of a démarche, and an old address."""
    with v.a_la_main():
        webmestre = AgentFactory(webmestre=True, prefecture=v.equipe.site.prefecture)
    v.devient("webmestre", webmestre)
    v.va("/parametrage/67/bascule/", "aucune bascule")
    v.fait("enregistrer", "une bascule", motif=v.motif.code, du="20/03/2030", adresse=AILLEURS)
    v.fait("enregistrer", "une bascule passée", motif=v.motif.code, du="01/03/2030", adresse=AILLEURS)
    v.va("/parametrage/67/anciennes-adresses/", "une ancienne adresse")
    v.fait("enregistrer", "ajoutée", chemin="/booking/create/777", motif=v.motif.code)
    v.va("/parametrage/67/historique/", "avec une bascule")
    with v.a_la_main():
        Bascule.objects.all().delete()


def suivre_une_ancienne_adresse(v: Visites) -> None:
    """Follow an old address, known or not, and come to a démarche that is still elsewhere."""
    ici = {"prefecture": v.equipe.site.prefecture, "motif": v.motif}
    with v.a_la_main():
        AncienneAdresse.objects.create(**ici, chemin="/booking/create/12345")
        Bascule.objects.create(**ici, du=date(2030, 3, 20), adresse=AILLEURS)
    v.va("/booking/create/12345/0", "ancienne adresse")
    v.va("/booking/create/9/0", "ancienne adresse inconnue", statut=404)
    with v.a_la_main():
        Bascule.objects.update(du=date(2030, 3, 1))
    v.va("/booking/create/12345/0", "ancienne adresse, démarche servie ici")
    with v.a_la_main():
        Bascule.objects.update(du=date(2030, 3, 20))
    v.va(f"/demarches/{v.motif.code}/?prefecture=67", "encore ailleurs")
    with v.a_la_main():
        Bascule.objects.all().delete()
