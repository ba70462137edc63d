"""What usagers and aidants see, in the audit of accessibility."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.test import override_settings
from playwright.sync_api import FilePayload, Page

from demandes.acteur import acteur_usager
from demandes.calculs.fichiers import Fichier
from demandes.models import Convocation, Demande, Mandat, Site, Usager
from demandes.services.franceconnect import empreinte_identite
from demandes.services.messages import Jointe, ecrire
from demandes.views.franceconnect import CLE_IDENTITE
from demandes.views.mandat import CLE_SESSION as CLE_MANDATS
from planipref.commun.horloge import maintenant
from planipref.commun.jetons import deriver
from planipref.commun.models import MessageBoite
from planipref.pages.actions import offertes
from planipref.pages.importation import COLONNES, EXEMPLE
from planning.models import RendezVous
from planning.services import attente, reservation, retenues
from planning.views.acces import CLE_SESSION as CLE_LIENS
from tests.demandes.factories import (
    AidantFactory,
    DemandeFactory,
    MandatFactory,
    MotifFactory,
    SiteFactory,
    UsagerFactory,
)
from tests.navigateur.personne import IDENTITE
from tests.navigateur.visites import Visites
from tests.parcours import acteur, amener_a, convocation_active, creneau_libre
from tests.planning.factories import PREMIER_CRENEAU, CreneauFactory, FileGuichetFactory

FRANCECONNECT = {"EMETTEUR": "https://fc.example", "DECONNEXION": "https://fc.example/fin"}
ETATS = ("complete", "convoquee", "rdv_pris", "recue", "en_instruction", "accordee", "a_remettre", "remise", "cloturee")


def chercher(v: Visites) -> None:
    """Look for a démarche, for nothing, for an act."""
    with v.a_la_main():
        MotifFactory(hors_ligne=True, code="HORS", orientation="Écrivez à la préfecture.")
        acte = v.monde.demande.actes.earliest("pk")
        message = MessageBoite.objects.create(
            cle="m", canal="courriel", destinataire="a@b.fr", objet="Essai", texte="Oui"
        )
    v.devient("anonyme")
    v.va("/demarches/?q=zzzz", "rien de trouvé")
    v.va("/demarches/HORS/", "ne se dépose pas en ligne")
    v.va(f"/demarches/{v.motif.code}/", "documents et délais")
    v.va("/verifier/?code=12", "code faux", statut=422)
    v.va("/verifier/AAAA-BBBB-CCCC-DDDD/", "document inconnu", statut=404)
    v.va(f"/verifier/{acte.code}/", "document authentique")
    v.va(f"/demo/boite/{message.pk}/", "un message")
    v.va("/demo/boite/?a=personne@example.org", "boîte vide")
    v.devient("anonyme", session={"suivi_reference": v.monde.demande.numero})
    v.va("/suivi/code/", "code attendu")


def identifier(v: Visites) -> None:
    """Identify with FranceConnect, or fail to."""
    with v.a_la_main():
        zoe = UsagerFactory(nom="Zoé", sub_franceconnect=empreinte_identite("zoe"), identite_certifiee_le=maintenant())
        brouillon = DemandeFactory(motif=v.motif, usager=zoe)
        amener_a(DemandeFactory(motif=v.motif, usager=zoe), "deposee")
    with override_settings(FRANCECONNECT=FRANCECONNECT):
        v.devient("usager", session={CLE_IDENTITE: empreinte_identite("personne")})
        v.va("/suivi/mes-demandes/", "aucune demande")
        v.va("/suivi/", "avec FranceConnect")
        v.va("/franceconnect/retour/", "identification échouée", statut=400)
        v.usager(brouillon, session={CLE_IDENTITE: empreinte_identite("zoe")})
        v.va("/suivi/mes-demandes/", "deux demandes")
        v.va(f"/depot/{brouillon.cle}/identite/", "identité certifiée")


def deposer(v: Visites) -> None:
    """Deposit, each page whole then sent empty, up to the receipt."""
    a = v.auditeur
    v.usager()
    page = commencer(v)
    for _ in range(30):
        if page.locator('[data-action="deposer"]').count():
            break
        v.va(page.url.removeprefix(a.site.url), "à remplir")
        page.goto(page.url)
        a.remplit(**IDENTITE | {"code_postal": "93000"})  # another département: the page warns
        a.repond_a_tout()
        a.joint_tout()
        with page.expect_navigation(wait_until="domcontentloaded"):
            page.locator('[data-action="suivant"]').click()
    v.va(page.url.removeprefix(a.site.url), "à relire")
    page.go_back()
    a.regarde("documents reçus")
    page.go_forward()
    v.fait("deposer", "déposée", sincerite=True)


def commencer(v: Visites) -> Page:
    """Choose the préfecture on the page of the démarche."""
    page = v.auditeur.page
    page.goto(f"{v.auditeur.site.url}/demarches/{v.motif.code}/")
    v.auditeur.remplit(prefecture="67")
    with page.expect_navigation(wait_until="domcontentloaded"):
        page.locator('[data-action="commencer"]').click()
    return page


def suivre(v: Visites) -> None:
    """Follow a demande from its deposit to its end, beside the head of service who reads the same file."""
    with v.a_la_main():
        denis = acteur(v.equipe.denis)
        v.vider_la_file()
        demande = amener_a(DemandeFactory(motif=v.motif, usager__nom="Haddad"), "deposee")
        ecrire(demande, "Ma carte arrive quand ?", par=acteur(demande.usager), maintenant=maintenant())
        jointe = Jointe(Fichier(b"%PDF-1.4 essai", "pdf"), "plan.pdf")
        ecrire(demande, "Bientôt.\nVoici le plan.", jointe=jointe, par=denis, maintenant=maintenant())
        MandatFactory(demande=demande)
    _des_deux_cotes(v, demande, "déposée")
    v.usager(demande)
    v.va(f"/suivi/{demande.numero}/retirer/", "à confirmer")
    v.va(f"/depot/{demande.cle}/confirmation/", "déposée")
    with v.a_la_main():
        demande = amener_a(demande, "a_completer")
    _des_deux_cotes(v, demande, "à compléter")
    for etat in ETATS:
        with v.a_la_main():
            demande = amener_a(demande, etat)
        _des_deux_cotes(v, demande, etat)
    for etat in ("refusee", "sans_suite"):
        with v.a_la_main():
            demande = amener_a(DemandeFactory(motif=v.motif), etat)
        _des_deux_cotes(v, demande, etat)


def _des_deux_cotes(v: Visites, demande: Demande, etat: str) -> None:
    v.usager(demande)
    v.va(f"/suivi/{demande.numero}/", etat)
    v.devient("chef_service", v.equipe.denis)
    page = f"/agent/demandes/{demande.numero}/"
    v.va(page, etat)
    with v.a_la_main():
        actes = offertes(demande, acteur(v.equipe.denis), convoquee_pour_remise=False)
    for acte in actes:
        if f"pages:action_{acte.hook}" not in v.auditeur.releve.montrees:
            v.va(f"{page}{acte.hook}/", etat)


def prendre_rendez_vous(v: Visites) -> None:
    """Open a nominative link: no slot, slots of two places, the appointment, moved, cancelled; a dead link."""
    with v.a_la_main():
        demande = amener_a(DemandeFactory(motif=v.motif), "convoquee")
        convocation = convocation_active(demande)
        morte = convocation_active(amener_a(DemandeFactory(motif=v.motif), "convoquee"))
        Convocation.objects.filter(pk=morte.pk).update(etat="expiree")
    lien = f"/rdv/{deriver('convocation', str(convocation.cle))}/"
    v.usager(demande, session={CLE_LIENS: [str(convocation.cle)]})
    v.va(lien, "aucun créneau")
    with v.a_la_main():
        for _ in range(4):
            CreneauFactory(file=v.equipe.file, places=1)
        _au_plus_pres(convocation)
    v.va(lien, "créneaux")
    v.va(f"{lien}?moment=apres-midi", "créneaux de l’après-midi")
    with v.a_la_main():
        amener_a(demande, "rdv_pris")
    v.va(lien, "rendez-vous pris")
    v.va(f"{lien}carte/", "carte à garder")
    v.va(f"{lien}besoins/", "besoins à dire")
    with v.a_la_main():
        _offrir(demande)
    v.va(lien, "une place proposée")
    v.va(f"{lien}deplacer/", "à déplacer")
    v.va(f"{lien}annuler/", "à annuler")
    v.va(f"/rdv/{deriver('convocation', str(morte.cle))}/", "lien expiré", statut=410)
    v.va("/rdv/inconnu/", "lien inconnu", statut=404)
    with v.a_la_main():
        creneau_libre(demande)
        par = acteur_usager(demande.usager_id)
        reservation.annuler(convocation_active(demande), par=par, maintenant=maintenant())
    v.va(lien, "à reprendre")


def _au_plus_pres(convocation: Convocation) -> None:
    """Give the person a second site, in their own town, on the map and with steps."""
    demande = convocation.demande
    Usager.objects.filter(pk=demande.usager_id).update(commune="Sélestat", code_postal="")
    place = {"latitude": 48.26, "longitude": 7.45, "sans_marche": False}
    site = SiteFactory(code="visite-selestat", prefecture=demande.prefecture, commune="Sélestat", **place)
    Site.objects.filter(convocations=convocation).update(**place, acces="Tram C, arrêt République")
    convocation.sites.add(site)
    CreneauFactory(
        file=FileGuichetFactory(site=site, motifs=[demande.motif]), debut=PREMIER_CRENEAU + timedelta(days=9)
    )


def _offrir(demande: Demande) -> None:
    """Put somebody on the waiting list and offer them a place, avant by a day."""
    rendez_vous = RendezVous.objects.actifs().select_related("creneau__file").get(convocation__demande=demande)
    convocation = Convocation.objects.avec_page().get(pk=rendez_vous.convocation_id)
    attente.inscrire(convocation, par=acteur_usager(demande.usager_id), maintenant=maintenant())
    avant = CreneauFactory(file=rendez_vous.creneau.file, debut=rendez_vous.creneau.debut - timedelta(days=1))
    with transaction.atomic():
        retenues.retenir([avant.pk], jusqu_a=maintenant() + timedelta(hours=1), maintenant=maintenant())
    attente.proposer_places(maintenant=maintenant())


def en_famille(v: Visites) -> None:
    """Add a relative, and give one of age an access of their own."""
    with v.a_la_main():
        tete = amener_a(DemandeFactory(motif=v.motif), "deposee")
        proche = amener_a(DemandeFactory(motif=v.motif, principale=tete, lien_familial="conjoint"), "deposee")
    v.usager(tete)
    v.va(f"/depot/{tete.cle}/famille/", "un proche")
    v.va(f"/suivi/{proche.numero}/", "la demande d’un proche")
    v.va(f"/suivi/{proche.numero}/acces-propre/", "son accès")
    v.usager(proche)
    v.va(f"/suivi/{proche.numero}/", "commencée par un proche")


def mandater(v: Visites) -> None:
    """Give a mandate, keep it, take it back; and what the organisation sees, its import too."""
    with v.a_la_main():
        aidant = AidantFactory()
        commun = {"organisme": aidant.organisme, "aidant": aidant}
        a_signer = MandatFactory(demande=DemandeFactory(motif=v.motif), a_signer=True, ouvre_la_demande=True, **commun)
        en_cours = MandatFactory(demande=amener_a(DemandeFactory(motif=v.motif), "convoquee"), **commun)
        brouillon = MandatFactory(demande=DemandeFactory(motif=v.motif, usager__courriel=""), **commun)
        expire = MandatFactory(demande=DemandeFactory(motif=v.motif), expire=True, **commun)
    connus = {CLE_MANDATS: [str(m.cle) for m in (a_signer, en_cours)]}
    v.usager(session=connus)
    v.va(_lien_de(a_signer), "à signer")
    with v.auditeur.site.pour_rien():
        v.fait("refuser", "refusé")
    v.va(_lien_de(en_cours), "en cours")
    with v.auditeur.site.pour_rien():
        v.fait("revoquer", "retiré")
    v.va(_lien_de(expire), "terminé", statut=410)
    v.devient("aidant", aidant.agent)
    v.va("/accompagnement/", "trois personnes")
    v.va("/accompagnement/?situation=termines", "personne ici")
    for mandat, etat in ((a_signer, "à signer"), (en_cours, "en cours"), (expire, "expiré")):
        v.va(f"/accompagnement/mandats/{mandat.pk}/", etat)
    v.va(f"/suivi/{en_cours.demande.numero}/", "au nom d’une personne")
    v.va(f"/depot/{brouillon.demande.cle}/identite/", "au nom d’une personne")
    convocation = convocation_active(en_cours.demande)
    v.va(f"/rdv/mandat-{convocation.cle}/", "au nom d’une personne")
    _importer(v)


def _lien_de(mandat: Mandat) -> str:
    return f"/mandat/{deriver('mandat', str(mandat.cle))}/"


def _importer(v: Visites) -> None:
    ligne = list(EXEMPLE)
    ligne[0], ligne[6], ligne[8], ligne[10] = "Diallo", v.motif.code, "01/09/2030", "01/03/2030"
    texte = "\n".join(";".join(x) for x in (list(COLONNES), ligne, [*ligne[:2], "17/05/2150", *ligne[3:]]))
    v.auditeur.page.goto(f"{v.auditeur.site.url}/accompagnement/import/")
    fichier: FilePayload = {"name": "mandats.csv", "mimeType": "text/csv", "buffer": texte.encode()}
    v.auditeur.page.locator('main [name="fichier"]').set_input_files([fichier])
    v.fait("verifier", "aperçu")
    v.fait("confirmer", "sans attestation", statut=422)
    v.fait("confirmer", "enregistré", attestation=True)


def en_arabe(v: Visites) -> None:
    """Read from the right."""
    _en_langue(v, "ar")


def en_francais_facile(v: Visites) -> None:
    """Read French that is easy."""
    _en_langue(v, "falc")


def _en_langue(v: Visites, langue: str) -> None:
    """Open the key pages of an usager in another language, errors too."""
    with v.a_la_main():
        complete = amener_a(DemandeFactory(motif=v.motif), "a_completer")
        pris = amener_a(DemandeFactory(motif=v.motif), "rdv_pris")
        convocation, prise = (convocation_active(d) for d in (v.monde.demande, pris))
        libre = convocation_active(amener_a(DemandeFactory(motif=v.motif), "convoquee"))
    verifiees = {CLE_LIENS: [str(c.cle) for c in (convocation, prise, libre)]}
    v.usager(complete, pris, langue=langue, session=verifiees)
    for chemin in ("/", "/demarches/", f"/demarches/{v.motif.code}/", "/suivi/", "/accessibilite/", "/langue/"):
        v.va(chemin, "ouverte")
    v.va(f"/suivi/{complete.numero}/", "à compléter")
    v.va(f"/suivi/{pris.numero}/", "rendez-vous pris")
    v.va(f"/rdv/{deriver('convocation', str(prise.cle))}/", "rendez-vous pris")
    v.va(f"/rdv/{deriver('convocation', str(libre.cle))}/", "créneaux")
    page = commencer(v)
    v.va(page.url.removeprefix(v.auditeur.site.url), "à remplir")
    v.va(page.url.removeprefix(v.auditeur.site.url).replace("identite", "recapitulatif"), "à relire")
