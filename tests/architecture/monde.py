"""The world that the addresses of `test_acces` speak of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from psycopg.types.range import DateRange, TimestamptzRange

from demandes.models import (
    AncienneAdresse,
    Convocation,
    Demande,
    Deport,
    LotCourrier,
    Mandat,
    Notification,
    Signalement,
)
from guichet.models import Passage, Titre
from guichet.services.accueil import enregistrer_sans_rdv
from planipref.commun.horloge import maintenant
from planipref.commun.jetons import empreinte, nouvelle_cle
from planning import models as planning
from planning.models import AgendaMedical, Fermeture, FileGuichet, PlageOuverture
from planning.services import flux
from tests.demandes.factories import (
    INSTANT,
    TOUJOURS,
    DemandeFactory,
    MandatFactory,
)
from tests.guichet.factories import TitreFactory
from tests.parcours import Equipe, acteur, amener_a, equipe
from tests.planning.aide_medical import agenda, medecin, motif_examen
from tests.planning.factories import AbsenceFactory, HabilitationFactory

# What a POST may answer to a head of service of another préfecture where it speaks of no object of the Bas-Rhin.
A_LUI = {
    "demandes:deports",
    "guichet:appeler",
    "guichet:choisir_site",
    "guichet:fin_de_pause",
    "guichet:pause",
    "guichet:poste",
    "guichet:titres_convoquer",
    "guichet:titres_import",
    "guichet:titres_import_confirmer",
    "guichet:titres_nouveau",
    "guichet:titres_renvoyer",
    "pages:convoquer_lot",
    "planning:absence_ajouter",
    "planning:agenda_ajouter",
    "planning:confirmations",
    "planning:reprise",
    "planning:reprise_colonnes",
    "planning:reprise_confirmer",
    "planning:reprise_correspondances",
    "planning:reprise_etat",
    "planning:reprise_lignes",
    "planning:reprise_motif_ajouter",
    "planning:reprise_rapport",
    "planning:reprise_reessayer",
    "planning:casper",
    "planning:casper_agent_ajouter",
    "planning:casper_code_ajouter",
    "planning:casper_colonnes",
    "planning:casper_confirmer",
    "planning:conge_demander",
    "planning:fermeture_ajouter",
    "planning:flux_ouvrir",
    "planning:medecin_ajouter",
}


@dataclass(frozen=True)
class Monde:
    """What the addresses speak of."""

    demande: Demande
    convocation: Convocation
    passage: Passage
    file: FileGuichet
    plage: PlageOuverture
    fermeture: Fermeture
    mandat: Mandat
    titre: Titre
    agenda: AgendaMedical
    plan: planning.PlanSemaine
    absence: planning.Absence
    casper: planning.AgentCasper
    reprise: planning.LigneReprise


def creer_monde() -> Monde:
    """Make a demande with an appointment in the Bas-Rhin, and somebody who waits."""
    demande = amener_a(DemandeFactory(), "rdv_pris")
    e = equipe(demande)
    passage = enregistrer_sans_rdv(e.file, par=acteur(e.chloe), maintenant=maintenant())
    plage = PlageOuverture.objects.create(
        file=e.file, jour=1, debut="09:00", fin="12:00", nb_guichets=1, reserve_sans_rdv=0, pendant=TOUJOURS
    )
    jours = DateRange(date(2030, 5, 2), date(2030, 5, 3))
    fermeture = Fermeture.objects.create(prefecture=demande.prefecture, pendant=jours, libelle="Inventaire")
    planning.HoraireExceptionnel.objects.create(file=e.file, jour=date(2030, 5, 6), libelle="Inventaire")
    mandat = MandatFactory(demande=demande)
    titre = TitreFactory(site=e.site)
    lieu = agenda([medecin(0, empreinte=empreinte("jeton-du-medecin"))], motif_examen("medecin"))
    HabilitationFactory(agent=e.chloe, file=e.file)
    plan = planning.PlanSemaine.objects.create(
        site=e.site, lundi=date(2030, 3, 11), nom="Brouillon", cree_le=maintenant()
    )
    absence = AbsenceFactory(agent=e.chloe)
    planning.RegimeTravail.objects.create(agent=e.chloe, quotite=80, teletravail=[0], pendant=TOUJOURS)
    planning.CodeCasper.objects.create(prefecture=demande.prefecture, code="CA", genre="conge")
    casper = planning.AgentCasper.objects.create(prefecture=demande.prefecture, agent=e.chloe, identifiant="00123")
    reprise = _reprise(demande, e)
    planning.DemandeConge.objects.create(
        agent=e.chloe,
        prefecture=demande.prefecture,
        genre="conge",
        pendant=TimestamptzRange(maintenant() + timedelta(days=30), maintenant() + timedelta(days=31)),
        cree_le=maintenant(),
    )
    Deport.objects.create(agent=e.chloe, numero_etranger="9900000001", declare_le=maintenant())
    planning.PropositionDossiers.objects.create(
        service=demande.service, demandee_le=maintenant(), calcul="fini", calcul_le=maintenant()
    )
    lot = LotCourrier.objects.create(
        prefecture=demande.prefecture,
        service=demande.service,
        numero=1,
        nb_lettres=1,
        cree_par=e.chloe,
        cree_le=maintenant(),
    )
    Notification.objects.create(
        demande=demande,
        canal="courrier",
        modele="complete",
        cle="l",
        etat="en_envoi",
        lot=lot,
        prochain_essai_le=INSTANT,
    )
    Notification.objects.create(demande=demande, modele="complete", cle="p", etat="echec", prochain_essai_le=INSTANT)
    signalement = Signalement.objects.create(
        prefecture=demande.prefecture,
        genre="connexion",
        cle="empreinte",
        nombre=6,
        premier_le=maintenant(),
        dernier_le=maintenant(),
    )
    signalement.demandes.add(demande)
    planning.LotConvocations.objects.create(
        prefecture=demande.prefecture, agent=e.chloe, motivation="Venez.", cree_le=maintenant()
    )
    planning.DemandeOuverture.objects.create(
        file=e.file,
        places=2,
        attente=2,
        places_alors=0,
        avant=date(2030, 3, 30),
        demandee_par=e.chloe,
        demandee_le=maintenant(),
    )
    cle, condensat = nouvelle_cle(flux.USAGE)
    planning.FluxPlanning.objects.create(agent=e.chloe, cle=cle, empreinte=condensat)
    convocation = demande.convocations.get()
    convocation.rendez_vous.update(a_confirmer=True)
    return Monde(
        demande, convocation, passage, e.file, plage, fermeture, mandat, titre, lieu, plan, absence, casper, reprise
    )


def _reprise(demande: Demande, e: Equipe) -> planning.LigneReprise:
    """Make an appointment of the former booking module that waits for an agent, and an old address."""
    ici = {"prefecture": demande.prefecture, "motif": demande.motif}
    AncienneAdresse.objects.create(**ici, chemin="/booking/create/1")
    planning.MotifRepris.objects.create(**ici, libelle="Titre", file=e.file)
    source = planning.ImportReprise.objects.create(
        prefecture=demande.prefecture, agent=e.denis, demande_le=maintenant()
    )
    return planning.LigneReprise.objects.create(
        **ici,
        source=source,
        agent=e.denis,
        rang=2,
        reference="R1",
        debut=maintenant() + timedelta(days=1),
        file=e.file,
        etat="collision",
        collision="sans_creneau",
    )
