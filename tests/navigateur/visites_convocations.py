"""Many convoked at once, and the places that are asked for, in the audit of accessibility."""

from __future__ import annotations

from planipref.commun.horloge import maintenant
from planning.models import Creneau
from planning.services import lots
from tests.demandes.factories import DemandeFactory
from tests.navigateur.visites import Visites
from tests.parcours import acteur, amener_a, creneau_libre
from tests.planning.factories import CreneauFactory


def convoquer_en_nombre(v: Visites) -> None:
    """Choose files, see that places are missing, ask for some, convoke those who fit; the manager answers."""
    with v.a_la_main():
        demandes = [amener_a(DemandeFactory(motif=v.motif), "complete") for _ in range(3)]
        deja = amener_a(DemandeFactory(motif=v.motif), "convoquee")
        file = v.equipe.file
        file.motifs.add(v.motif)
        debut = creneau_libre(demandes[0]).debut
        CreneauFactory(file=file, debut=debut.replace(hour=15), places=8)
        Creneau.objects.filter(file=file).exclude(places=8).update(etat="ferme")
    v.devient("instructeur", v.equipe.chloe)
    v.va("/agent/?etat=complete", "à choisir")
    page = v.auditeur.page
    for demande in demandes:
        page.locator(f"#demande-{demande.numero}").check(force=True)
    v.fait("convoquer-coches", "tous tiennent")
    with v.a_la_main():
        Creneau.objects.filter(file=file, places=8).update(places=3)
    v.fait("recalculer", "des places manquent")
    v.fait("demander-ouverture", "places demandées")
    v.fait("convoquer", "sans un mot", statut=422, motivation="")
    page.locator("#id_motivation").fill("Apportez les originaux de vos pièces.")
    v.fait("convoquer", "convoquées")
    v.va(f"/agent/demandes/{demandes[2].numero}/convoquer/", "tout est promis")
    with v.a_la_main():
        Creneau.objects.filter(file=file, places=3).update(places=6)
        reste = [demandes[2].pk, deja.pk]
        par = acteur(v.equipe.chloe)
        lot = lots.preparer_lot(reste, motivation="Venez.", sites=[v.equipe.site], par=par, maintenant=maintenant())
    v.va(f"/agent/convocations/{lot.pk}/", "en cours")
    page.goto("about:blank")  # it would load itself again in the middle of what follows
    v.devient("chef_service", v.equipe.denis)
    v.va(f"/planning/?site={v.equipe.site.code}", "places demandées")
    v.va(page.locator('[data-action="repondre-ouverture"]').get_attribute("href") or "", "à clore", erreurs=False)
    v.fait("refuser-ouverture", "sans raison", statut=422)
    v.fait("places-ouvertes", "close")


def juger_un_signalement(v: Visites) -> None:
    """Look at signals, refuse to confirm without saying why, declare a shared connection; read each kind of places."""
    v.devient("instructeur", v.equipe.chloe)
    v.va("/agent/signalements/", "un signalement")
    v.va("/agent/signalements/?etat=confirme", "aucun")
    with v.a_la_main():
        pk = v.monde.demande.signalements.get().pk
    v.va(f"/agent/signalements/{pk}/", "à juger", erreurs=False)
    v.fait("confirmer-signalement", "sans dire pourquoi", statut=422)
    v.fait("declarer-connue", "sans raison", statut=422)
    v.fait("ecarter-signalement", "écarté")
    v.va(f"/agent/signalements/{pk}/", "jugé")
    for genre, nom in (("repetee", "places rendues à répétition"), ("ailleurs", "places reprises ailleurs")):
        with v.a_la_main():
            v.monde.demande.signalements.update(genre=genre, nombre=3, etat="a_examiner")
        v.va(f"/agent/signalements/{pk}/", nom, erreurs=False)
    v.va("/agent/signalements/", "places reprises ailleurs")
