"""What agents see, in the audit of accessibility."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import F
from django.test import Client

from demandes.calculs.fichiers import Fichier
from demandes.models import AlerteOrganisme, Motif, RegleAiguillage, RegleEligibilite
from demandes.services.deports import Vise, declarer_deport
from demandes.services.pieces import joindre
from guichet.models import Titre
from guichet.services import accueil, mouvements, pauses
from guichet.services import guichet as services
from guichet.services.borne import installer_borne, prendre_ticket
from guichet.services.suite import donner_rendez_vous
from guichet.views.accueil import CLE_SITE
from guichet.views.borne import CLE_TICKET, adresse_du_ticket
from guichet.views.ecran import CLE_POSTE
from planipref.commun.horloge import maintenant
from planning.calculs.affectation.amorce import amorcer
from planning.models import CodeCasper, Creneau, ModelePresence, PlacePlan, RegimeTravail, RegleSurreservation
from planning.selectors_semaine import lire_semaine
from planning.services import dossiers, plans, reservation
from planning.services.presences import modele_du_jour
from tests.demandes.factories import (
    TOUJOURS,
    AgentFactory,
    DemandeFactory,
    MandatFactory,
    MotifFactory,
    PrefectureFactory,
    UsagerFactory,
)
from tests.navigateur.monde import photo
from tests.navigateur.visites import Visites
from tests.parcours import acteur, amener_a, convocation_active, deposer, occuper
from tests.planning.aide_presence import MARDI, file_ouverte, histoire
from tests.planning.aide_semaine import Service
from tests.planning.factories import AffectationFactory, CreneauFactory, FileGuichetFactory, GuichetFactory


def travailler(v: Visites) -> None:
    """Read the worklist full and empty, a file with its piece shown, and the acts that ask to be confirmed."""
    with v.a_la_main():
        demande = amener_a(DemandeFactory(motif=v.motif), "deposee")
        requise = v.motif.pieces_requises.get(code="passeport")
        image, par = Fichier(photo()["buffer"], "jpg"), acteur(v.equipe.chloe)
        piece = joindre(demande, requise, image, nom="IMG_0001.jpg", par=par, maintenant=maintenant())
        tard = amener_a(DemandeFactory(motif=v.motif), "a_completer")
        ailleurs = AgentFactory(instructeur=True, prefecture=PrefectureFactory(departement="93"))
    v.devient("instructeur", v.equipe.chloe)
    v.va("/agent/?q=zzzz", "rien de trouvé")
    v.va("/agent/?etat=en-instruction&echeance=30", "filtrée")
    v.va(f"/agent/demandes/{demande.numero}/?piece={piece.cle}", "pièce affichée")
    v.va(f"/agent/demandes/{tard.numero}/classer-incomplete/", "à confirmer")
    v.devient("instructeur", ailleurs)
    v.va("/agent/", "vide")
    v.va("/guichet/poste/", "aucun guichet")


def comparer(v: Visites) -> None:
    """Find two records that look alike, merge them, and see that it may be undone."""
    with v.a_la_main():
        motif = MotifFactory(pieces=0)
        for nom, ville in (("O’Neil", "Colmar"), ("ONEIL", "Sélestat")):
            usager = UsagerFactory(nom=nom, prenoms="Zoé", commune=ville)
            amener_a(DemandeFactory(motif=motif, usager=usager), "deposee")
    v.devient("instructeur", v.equipe.chloe)
    v.va("/agent/doublons/", "une paire")
    v.va("/agent/doublons/?critere=numero", "aucune paire")
    page = v.auditeur.page
    page.goto(f"{v.auditeur.site.url}/agent/doublons/")
    v.va(page.locator('[data-action="comparer"]').first.get_attribute("href") or "", "à comparer")
    for champ in page.locator("main form input[type=radio][id$=_0]").all():
        champ.check(force=True)
    v.fait("fusionner", "une fusion")


def surveiller(v: Visites) -> None:
    """See the organisations with an alert, suspended; the statistics with figures and with a bad period."""
    with v.a_la_main():
        mandat = MandatFactory(demande=amener_a(DemandeFactory(motif=v.motif), "deposee"))
        AlerteOrganisme.objects.create(
            organisme=mandat.organisme,
            genre="rendez_vous",
            niveau="refus",
            jour=maintenant().date(),
            plafond=2,
            derniere_le=maintenant(),
        )
        webmestre = AgentFactory(webmestre=True)
    v.devient("webmestre", webmestre)
    v.va("/agent/organismes/", "une alerte")
    v.va(f"/agent/organismes/{mandat.organisme_id}/", "un mandat")
    with v.auditeur.site.pour_rien():
        v.fait("suspendre", "suspendu")
    v.devient("chef_service", v.equipe.denis)
    v.va("/statistiques/?periode=90j", "avec des chiffres")
    v.auditeur.page.locator("summary").first.evaluate("(e) => e.click()")
    v.auditeur.regarde("tableau déplié")
    v.va("/statistiques/?du=32/01/2030", "période fausse", statut=422)
    v.va("/statistiques/temps/?periode=90j", "avec des temps")
    v.auditeur.page.locator("summary").first.evaluate("(e) => e.click()")
    v.auditeur.regarde("tableau déplié")
    v.va("/statistiques/temps/?du=32/01/2030", "période fausse", statut=422)
    v.va("/planning/", "avec une fermeture")
    v.va(f"/planning/files/{v.equipe.file.pk}/creneaux/?semaine=2030-03-04", "avec des places prises")
    v.va(f"/planning/files/{v.equipe.file.pk}/creneaux/?semaine=2031-03-03", "vide")


def planifier(v: Visites) -> None:
    """Plan a week: a draft filled and lacking somebody, the machine at work, a cell refused, a plan in force."""
    with v.a_la_main():
        service = Service(
            agents=4, code="67-plan", nom="Sous-préfecture de Saverne", prefecture=v.equipe.site.prefecture
        )
        plan = service.plan(nom="Lacunes")
        lue = lire_semaine(plan)
        PlacePlan.objects.bulk_create(lue.ecrire(amorcer(lue.semaine)))
        RegimeTravail.objects.create(agent=service.agents[0], teletravail=[2, 3], pendant=TOUJOURS)
        service.plan(nom="Au calcul", calcul="en_cours", secondes=3, objectif=420, borne=300)
        service.plan(nom="En force", etat="publie")
    v.devient("chef_service", v.equipe.denis)
    semaine = f"/planning/semaine/?site={service.site.code}&semaine={plan.lundi}"
    v.va(f"{semaine}&plan={plan.pk}", "un brouillon")
    v.auditeur.page.locator(".pp-manque summary").first.evaluate("(e) => e.click()")
    v.auditeur.regarde("un manque déplié")
    v.va(f"{semaine}&plan={plan.pk + 1}", "la machine cherche")
    v.va(f"{semaine}&plan={plan.pk + 2}", "un planning publié")
    v.va("/planning/semaine/?semaine=2031-03-03", "aucun planning")
    v.va(f"/planning/horaires/ajouter/?site={service.site.code}", "un jour", erreurs=False)
    saisie: dict[str, Any] = {"jour": "14/03/2030", "libelle": "Nocturne", "debut": "17:00", "fin": "19:00"}
    v.fait("enregistrer-horaire", "avec un horaire que personne ne tient", file=str(service.permis.pk), **saisie)
    v.va(f"/planning/regles/?site={v.equipe.site.code}", "règles")
    v.fait("enregistrer-regles", "hors bornes", statut=422, horizon_jours="3")
    v.va(f"/planning/conflits/?site={v.equipe.site.code}", "aucun conflit")
    with v.a_la_main():
        plein = CreneauFactory(file=v.equipe.file, places=1, prevues=0)
        occuper(plein)
    v.va(f"/planning/conflits/?site={v.equipe.site.code}", "un conflit")
    v.va(f"/planning/conflits/{plein.pk}/", "un conflit")
    with v.a_la_main():
        AffectationFactory(agent=v.equipe.denis, site=service.site)
    v.va("/agent/planning/", "des postes")
    (agent, demi_journee), _ = next(iter(lue.nombres.items()), ((service.agents[0].pk, 0), 0))
    v.va(f"/planning/plans/{plan.pk}/{agent}-{demi_journee}/", "une place", erreurs=False)
    v.fait("placer", "refusée", statut=422, poste=f"file-{service.permis.pk}")


def surreserver(v: Visites) -> None:
    """Over-book a day: the plans side by side, applied, stale, refused by the site; who is expected, the rules."""
    with v.a_la_main():
        file = file_ouverte()
        ModelePresence.objects.all().delete()  # learned today on less, by another visit
        histoire(file, 200)
        occuper(Creneau.objects.filter(file=file, debut__gt=maintenant()).order_by("debut")[0], 2)
    v.devient("chef_service", v.equipe.denis)
    jour = f"?file={file.pk}&jour={MARDI}"
    v.va(f"/planning/presences/{jour}", "rien d’appris", erreurs=False)
    v.va(f"/planning/surreservation/{jour}", "rien d’appris", erreurs=False)
    v.fait("apprendre-presences", "à recharger")
    with v.a_la_main():
        modele_du_jour(file.site.prefecture, maintenant=maintenant())
    v.va(f"/planning/surreservation/{jour}", "une proposition")
    with v.a_la_main():
        Creneau.objects.filter(file=file).update(places=F("places") + 1, ecart=1)
    v.fait("appliquer-surreservation", "périmée", statut=409)
    v.fait("appliquer-surreservation", "appliquée")
    v.va(f"/planning/presences/{jour}", "un modèle et sa justesse")
    v.auditeur.page.locator(".pp-donnees summary").first.evaluate("(e) => e.click()")
    v.auditeur.regarde("tableau déplié")
    v.va(f"/planning/surreservation/regles/{file.site.code}/", "les règles", erreurs=False)
    v.fait("enregistrer-regles", "refusées", statut=422, surplus_max="trop")
    with v.a_la_main():
        RegleSurreservation.objects.create(site=file.site, active=False)
    v.va(f"/planning/surreservation/{jour}", "un site qui n’en veut pas")


def tenir_les_fiches(v: Visites) -> None:
    """Give an agent a habilitation and a work regime, refuse what overlaps, set the rules of a site."""
    agent, file = v.equipe.chloe, v.equipe.file
    v.devient("chef_service", v.equipe.denis)
    v.va(f"/planning/agents/?file={file.pk}", "filtrée")
    v.va("/planning/agents/?q=personne", "aucun agent")
    v.va(f"/planning/agents/{agent.pk}/habilitations/ajouter/", "une de trop", erreurs=False)
    v.fait("enregistrer", "refusée", statut=422, file=str(file.pk), niveau="2", du="01/03/2030")
    v.va(f"/planning/agents/{agent.pk}/regimes/ajouter/", "un de trop", erreurs=False)
    v.fait("enregistrer", "refusé", statut=422, quotite="80", du="01/03/2030")
    v.va(f"/planning/agents/{agent.pk}/", "des habilitations")
    v.va(f"/planning/semaine/regles/?site={file.site.code}", "d’un site", erreurs=False)
    v.fait("enregistrer-regles", "enregistrées", agents_accueil="2")


def confier_des_dossiers(v: Visites) -> None:
    """Declare whom one must not handle; give files out: asked, searched, read, applied; the rule refused."""
    with v.a_la_main():
        for _ in range(4):
            deposer(DemandeFactory(motif=v.motif))
        service, instant = v.equipe.chloe.attributions.get().prefecture.services.get(), maintenant()
    v.devient("instructeur", v.equipe.chloe)
    v.va("/agent/deports/", "à déclarer", erreurs=False)
    v.fait("declarer-deport", "deux façons", statut=422, numero_etranger="9900000001", nom="Ouedraogo")
    with v.a_la_main():
        for vise in (Vise(numero_etranger="9900000098"), Vise(nom="Ouedraogo", date_naissance="1980-05-17")):
            declarer_deport(v.equipe.chloe, vise, jusqu_au=None, par=acteur(v.equipe.chloe), maintenant=instant)
    v.va("/agent/deports/", "plusieurs")
    v.devient("chef_service", v.equipe.denis)
    v.va(f"/planning/dossiers/?service={service.pk}", "rien à confier", erreurs=False)
    v.fait("enregistrer-regle-dossiers", "hors bornes", statut=422, horizon_jours="99")
    with v.a_la_main():
        proposition = dossiers.proposer_dossiers(service, graine=1, par=acteur(v.equipe.denis), maintenant=instant)
    v.va(f"/planning/dossiers/?service={service.pk}", "la machine cherche")
    v.auditeur.page.goto("about:blank")  # it would load itself again in the middle of what follows
    with v.a_la_main():
        dossiers.calculer_propositions()
    v.va(f"/planning/dossiers/?service={service.pk}", "une proposition")
    v.va(f"/planning/dossiers/{proposition.pk}/", "chaque dossier")
    with v.a_la_main():
        dossiers.appliquer_proposition(proposition, par=acteur(v.equipe.denis), maintenant=instant)
    v.va(f"/planning/dossiers/?service={service.pk}", "appliquée")


def echanger_des_demi_journees(v: Visites) -> None:
    """Ask for leave, propose a swap, refuse one that breaks a rule, accept, answer."""
    with v.a_la_main():
        service = Service(agents=3, code="67-echange", prefecture=v.equipe.site.prefecture)
        un, deux, sans = service.agents
        sans.habilitations.exclude(file=service.permis).delete()
        plan, chef = service.plan(), acteur(v.equipe.denis)
        for agent, h in ((un, 0), (deux, 2)):
            case = (agent.pk, h)
            plans.placer(plan, case, f"file-{service.sejour.pk}", par=chef, maintenant=maintenant())
        plans.publier_plan(plan, par=chef, maintenant=maintenant())
        poste = un.affectations.get()
    v.devient("instructeur", un)
    v.va("/agent/planning/conges/demander/", "un congé à demander")
    v.fait("demander-conge", "envoyée", genre="conge", du="02/04/2030", au="03/04/2030")
    v.va(f"/agent/planning/postes/{poste.pk}/echanger/", "à proposer")
    v.fait("proposer-echange", "interdit", statut=422, contre=f"{sans.pk}-")
    v.va(f"/agent/planning/postes/{poste.pk}/echanger/", "encore", erreurs=False)
    v.fait("proposer-echange", "proposé", contre=f"{deux.pk}-2", mot="Possible ?")
    v.devient("instructeur", deux)
    v.va("/agent/planning/", "un échange proposé")
    v.fait("accepter-echange", "accepté")
    v.devient("chef_service", v.equipe.denis)
    v.va("/planning/demandes/", "avec un échange")
    demande, echange = un.demandes_conge.get().pk, plan.echanges.get().pk
    v.va(f"/planning/demandes/conges/{demande}/", "un congé demandé", erreurs=False)
    v.fait("refuser-demande", "sans un mot", statut=422)
    v.va(f"/planning/demandes/echanges/{echange}/", "un échange à valider", erreurs=False)
    v.fait("accepter", "validé")


def importer_de_casper(v: Visites) -> None:
    """Say what the words of CASPER mean, then import a file with a line of each sort."""
    chloe = v.equipe.chloe
    with v.a_la_main():
        CodeCasper.objects.create(prefecture=v.equipe.site.prefecture, code="TT")
    v.devient("chef_service", v.equipe.denis)
    v.va("/planning/casper/colonnes/", "les colonnes", erreurs=False)
    v.va("/planning/casper/codes/ajouter/", "un code à ajouter")
    v.fait("enregistrer", "un code", code="CA", genre="conge")
    v.va("/planning/casper/agents/ajouter/", "un agent à relier")
    v.fait("enregistrer", "un agent", identifiant="00456", agent=str(chloe.pk))
    lignes = ("00456;CA;12/03/2030;13/03/2030", "00456;TT;15/03/2030;15/03/2030", "9;CA;12/03/2030;13/03/2030")
    fichier = "\n".join(["agent;code;debut;fin", *lignes]).encode()
    v.va("/planning/casper/", "un fichier")
    page = v.auditeur.page
    page.locator('main input[type="file"]').set_input_files(
        {"name": "casper.csv", "mimeType": "text/csv", "buffer": fichier}
    )
    v.fait("verifier", "un aperçu")
    v.fait("confirmer", "importé")
    v.va("/planning/casper/", "après un import")
    v.va("/planning/absences/", "importées")


def tenir_le_guichet(v: Visites) -> None:
    """Hold a counter: nobody, people who wait, one called, one received with pieces, one title to hand over."""
    with v.a_la_main():
        v.vider_la_file()
        file = FileGuichetFactory(
            site=v.equipe.site, code="remise", nom="Remise des titres", motifs=[v.motif], remises=True
        )
        poste = v.equipe.guichet
        poste.files.set([file])
        chloe = acteur(v.equipe.chloe)
    v.devient("instructeur", v.equipe.chloe, session={CLE_POSTE: poste.pk})
    v.va("/guichet/", "personne")
    with v.a_la_main():
        for rang, etat in enumerate(("deposee", "complete", "a_remettre")):
            demande = amener_a(DemandeFactory(motif=v.motif, usager__nom=f"Diallo-{rang}"), etat)
            accueil.enregistrer_sans_rdv(
                file,
                demande=demande,
                par=chloe,
                maintenant=maintenant() - timedelta(minutes=3 - rang),
                priorite=rang == 1,
            )
    v.va("/guichet/", "trois personnes attendent")
    for attendue in ("prioritaire", "pièces à vérifier", "titre à remettre"):
        with v.a_la_main():
            passage = services.appeler_suivant(poste, [file], par=chloe, maintenant=maintenant())
            assert passage is not None
        v.va("/guichet/", f"{attendue}, appelé")
        with v.a_la_main():
            services.recevoir(passage, par=chloe, maintenant=maintenant())
        v.va("/guichet/", f"{attendue}, reçu")
        v.auditeur.page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
        v.auditeur.regarde(f"{attendue}, tout déplié")
        if attendue == "titre à remettre" and passage.demande is not None:
            with v.a_la_main():
                creneau = CreneauFactory(file=file, debut=maintenant() + timedelta(days=2))
                donner_rendez_vous(passage.demande, creneau, motivation="Revenez.", par=chloe, maintenant=maintenant())
            v.va(f"/guichet/passages/{passage.pk}/rendez-vous/{passage.demande.numero}/", "à imprimer")
        with v.a_la_main():
            services.terminer(passage, par=chloe, maintenant=maintenant())
    with v.a_la_main():
        for _ in range(2):
            accueil.enregistrer_sans_rdv(file, par=chloe, maintenant=maintenant())
        passage = services.appeler_suivant(poste, [file], par=chloe, maintenant=maintenant())
        assert passage is not None
        services.recevoir(passage, par=chloe, maintenant=maintenant())
        mouvements.transferer(passage, file, note="Timbre à vérifier", par=chloe, maintenant=maintenant())
        passage = services.appeler_suivant(poste, [file], par=chloe, maintenant=maintenant())
        assert passage is not None
        services.recevoir(passage, par=chloe, maintenant=maintenant())
    v.va("/guichet/", "venu sans demande")
    v.va(f"/guichet/passages/{passage.pk}/ouvrir/", "une demande à ouvrir")
    with v.a_la_main():
        mouvements.suspendre(passage, par=chloe, maintenant=maintenant())
    v.va("/guichet/", "une personne mise de côté")
    with v.a_la_main():
        pauses.commencer_pause(poste, "reunion", par=chloe, maintenant=maintenant())
    v.va("/guichet/", "en pause")
    with v.a_la_main():
        pauses.finir_pause(par=chloe, maintenant=maintenant())


def garder_les_titres(v: Visites) -> None:
    """Keep the stock of titles: typed, imported from a file, one nobody waits for, old ones sent back."""
    with v.a_la_main():
        v.vider_la_file()
        site, chloe = v.equipe.site, v.equipe.chloe
        for rang in range(3):
            numero = f"991234560{rang}"
            amener_a(
                DemandeFactory(motif=v.motif, usager=UsagerFactory(nom="Diallo", numero_etranger=numero)), "accordee"
            )
        lignes = [f"NAV{rang};991234560{rang};DIALLO;Aïssatou;01/03/2030" for rang in range(2)]
        lignes += ["NAV2;9912345602;DIALLO;Aïssatou;01/11/2029", "NAV3;9900000000;KONE;Awa;01/11/2029", "NAV4;12;X;Y;"]
        contenu = "\n".join(["numero_titre;numero_etranger;nom;prenoms;date_reception", *lignes])
    v.devient("instructeur", chloe)
    page, base = v.auditeur.page, v.auditeur.site.url
    v.va("/guichet/titres/", "vide")
    page.goto(f"{base}/guichet/titres/import/")
    page.select_option("[name=site]", str(site.pk))
    page.set_input_files(
        "[name=fichier]", {"name": "titres.csv", "mimeType": "text/csv", "buffer": contenu.encode("latin-1")}
    )
    v.fait("verifier", "titres à vérifier")
    v.fait("confirmer", "titres importés")
    for liste in ("a-convoquer", "non-rapproches", "anciens"):
        v.va(f"/guichet/titres/?liste={liste}", liste)
    page.goto(f"{base}/guichet/titres/?liste=anciens")
    page.locator("input[name=titre]").first.check(force=True)
    v.fait("renvoyer", "renvoi sans motif", statut=422)
    page.goto(f"{base}/guichet/titres/?liste=a-convoquer")
    page.locator("input[name=titre]").first.check(force=True)
    v.fait("convoquer", "convoquer, à confirmer")
    v.fait("confirmer", "une personne convoquée")
    v.va("/guichet/titres/?liste=convoques", "une personne convoquée")
    v.va(page.locator("a[href$='/revoquer/']").first.get_attribute("href") or "", "convocation à révoquer")
    v.fait("revoquer", "convocation révoquée")
    page.goto(f"{base}/guichet/titres/?liste=a-convoquer")
    v.va(page.locator("a[href$='/detacher/']").first.get_attribute("href") or "", "titre à détacher")
    v.fait("detacher", "titre détaché")
    with v.a_la_main():
        seul = Titre.objects.get(numero_titre="NAV3")
    v.va(f"/guichet/titres/{seul.pk}/rattacher/", "sans demande")


def tenir_l_accueil(v: Visites) -> None:
    """Hold the reception desk on a day with appointments; search, and print a ticket."""
    with v.a_la_main():
        bruno = AgentFactory(accueil=True, username="bruno")
        for rang, nom in enumerate(("Attendu", "Arrivé")):
            demande = amener_a(DemandeFactory(motif=v.motif, usager__nom=nom), "convoquee")
            creneau = CreneauFactory(file=v.equipe.file, debut=maintenant() + timedelta(minutes=10 + rang))
            pris = reservation.reserver(
                convocation_active(demande), creneau, par=acteur(demande.usager), maintenant=maintenant()
            )
        passage = accueil.enregistrer_arrivee(pris, par=acteur(bruno), maintenant=maintenant())
    v.devient("accueil", bruno, session={CLE_SITE: v.equipe.site.pk})
    v.va("/guichet/accueil/", "rendez-vous du jour")
    v.va("/guichet/accueil/?q=attendu", "recherche")
    v.va("/guichet/accueil/liste/", "liste papier")
    v.va("/guichet/accueil/rattrapage/", "un rendez-vous à rattraper")
    v.va("/guichet/accueil/rattrapage/sans-rdv/", "venu sans rendez-vous, du papier")
    v.devient("chef_service", v.equipe.denis)
    v.va(f"/guichet/regles/{v.equipe.site.code}/", "règles d’appel")
    v.fait("enregistrer-regles", "hors bornes", statut=422, avance_rdv="500")
    v.devient("accueil", bruno)
    v.va("/guichet/accueil/?q=zzzz", "rien de trouvé")
    v.va(f"/guichet/passages/{passage.pk}/ticket/", "ticket d’un rendez-vous")


def appeler(v: Visites) -> None:
    """Look at the display of the waiting room: nobody called, one call, several, the sound off."""
    with v.a_la_main():
        file = FileGuichetFactory(site__code="67-ecran", site__prefecture=v.equipe.site.prefecture, lettre="W")
        agents = [AgentFactory(instructeur=True) for _ in range(4)]
    ecran = f"/affichage/{file.site.code}/"
    v.devient("anonyme")
    v.va(ecran, "personne")
    for rang, agent in enumerate(agents):
        with v.a_la_main():
            accueil.enregistrer_sans_rdv(file, par=acteur(agent), maintenant=maintenant())
            guichet = GuichetFactory(site=file.site, numero=rang + 1, files=[file])
            services.appeler_suivant(guichet, [file], par=acteur(agent), maintenant=maintenant())
        if rang in (0, 3):
            v.va(ecran, "un appel" if rang == 0 else "plusieurs appels")
    v.auditeur.page.locator("[data-coupure]").evaluate("(e) => (e.hidden = false)")
    v.auditeur.regarde("réseau coupé")
    v.va(f"{ecran}?son=non", "sans le son")


def presenter(v: Visites) -> None:
    """Stand at the kiosk: with an appointment or without, in French and in Arabic; follow the ticket on a phone."""
    with v.a_la_main():
        site = v.equipe.site
        Motif.objects.filter(pk=v.motif.pk).update(mode_accueil="les_deux")
        FileGuichetFactory(site=site, code="borne", motifs=[v.motif], lettre="H")
        borne, jeton = installer_borne(site, "Hall", par=acteur(v.equipe.chloe), maintenant=maintenant())
        passage = prendre_ticket(borne, v.motif, maintenant=maintenant())
        client = Client()
        session = client.session
        session[CLE_TICKET] = (passage.pk, maintenant().timestamp() + 3600)
        session.save()
        client.cookies["pp_borne"] = jeton
        telephone = adresse_du_ticket(passage)
    base = f"/borne/{site.code}/"
    for langue in ("fr", "ar"):
        v.auditeur.devient("anonyme", client, langue=langue)
        v.va(base, f"borne, {langue}")
        for page in ("rendez-vous/", "sans-rdv/", f"tickets/{passage.pk}/"):
            v.va(f"{base}{page}", f"borne, {langue}")
        v.va(telephone, f"ticket sur le téléphone, {langue}")
    v.devient("accueil", v.equipe.chloe)
    v.va(f"{base}installer/", "une borne en service")


def refuser(v: Visites) -> None:
    """Be refused in every way."""
    v.devient("anonyme")
    v.va("/inconnue/", "page inconnue", statut=404)
    for statut in (400, 403, 409, 410, 422, 429, 500, 503):
        v.auditeur.montre(statut)
    v.auditeur.montre(403, "erreurs/page_expiree.html")
    v.devient("instructeur", v.equipe.chloe)
    v.va("/statistiques/", "droit refusé", statut=403)


def parametrer(v: Visites) -> None:
    """Read and change what a motif asks: a question, a rule that refuses, a rule that leads elsewhere."""
    with v.a_la_main():
        webmestre = AgentFactory(webmestre=True)
        site = v.equipe.site
        cle = {"motif": v.motif, "condition": {"op": "superieur", "question": "age", "valeur": 60}}
        refus = RegleEligibilite.objects.create(**cle, prefecture=site.prefecture, message="Cette démarche est close.")
        renvoi = RegleAiguillage.objects.create(
            **cle, prefecture=site.prefecture, libelle="Vers le site", sites_ids=[site.pk]
        )
        question = v.motif.questions.earliest("ordre")
    base = f"/parametrage/{site.prefecture.departement}/"
    v.devient("webmestre", webmestre)
    v.va(f"{base}{v.motif.code}/questions/{question.code}/", "une question")
    v.va(f"{base}{v.motif.code}/eligibilite/{refus.pk}/", "une règle")
    v.va(f"{base}aiguillage/{renvoi.pk}/", "une règle")
    v.va(f"{base}messages/", "les règles")
    v.fait("enregistrer", "refusées", statut=422, rappels="7, 99")
    v.va(f"{base}modeles/", "aucun texte écrit")
    v.va(f"{base}modeles/rendez_vous/courriel/fr/toutes/", "texte de PlaniPref", erreurs=False)
    v.fait("enregistrer", "texte refusé", statut=422, texte="Venez le {date} sur https://exemple.com")
    v.fait("apercu", "aperçu d’un courriel", texte="Bonjour,\n\nVenez le {jour} à {heure} : {lieu}.")
    v.fait("enregistrer", "texte écrit, une version", texte="Bonjour,\n\nVenez le {jour} à {heure} : {lieu}.")
    v.va(f"{base}modeles/rendez_vous/sms/ar/toutes/", "SMS en arabe", erreurs=False)
    v.fait("apercu", "aperçu d’un SMS")
    v.va(f"{base}modeles/convocation/courrier/fr/toutes/", "texte d’une lettre", erreurs=False)
    v.fait("apercu", "aperçu d’une lettre", texte="Bonjour,\n\nPrenez rendez-vous avant le {limite}.")
    v.va(f"{base}modeles/", "un texte écrit", erreurs=False)
