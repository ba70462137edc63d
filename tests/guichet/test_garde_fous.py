"""What a counter must not undo, give away or break: each was done once by a reader who tried."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from demandes.models import Agent, Convocation, Demande, Notification
from demandes.services import convocation
from guichet.models import Passage, Titre
from guichet.selectors_rapprochement import porte_un_autre_nom
from guichet.selectors_titres import rapprochements_de
from guichet.services import accueil, borne
from guichet.services import guichet as services
from guichet.services.borne import TICKETS
from guichet.services.convocation_titres import convoquer_pour_remise
from guichet.services.lecture_titres import TitreRecu
from guichet.services.remise import remettre
from guichet.services.titres import enregistrer_titre, rattacher_titre, renvoyer_titre
from planipref.commun.erreurs import ErreurMetier
from planning.models import RendezVous
from tests.demandes.factories import INSTANT, DemandeFactory, SiteFactory, UsagerFactory
from tests.guichet.aide import MINUTE, Salle, salle
from tests.guichet.aide_titres import JOUR, arriver, qui_attend, recu
from tests.guichet.factories import PosteAffichageFactory
from tests.parcours import acteur, amener_a, convocation_active, equipe
from tests.planning import aide_medical
from tests.planning.factories import CreneauFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


def recue(demande: Demande | None, lieu: Salle, agent: Agent, **venue: Any) -> Passage:
    """A visit received at the counter."""
    accueil.enregistrer_sans_rdv(lieu.file, demande=demande, par=acteur(agent), maintenant=INSTANT, **venue)
    passage = services.appeler_suivant(lieu.guichet, [lieu.file], par=acteur(agent), maintenant=INSTANT)
    assert passage is not None
    return services.recevoir(passage, par=acteur(agent), maintenant=INSTANT)


def test_visit_to_ask_something_keeps_the_appointment_at_a_doctor_s(chloe: Agent) -> None:
    motif = aide_medical.motif_examen("commission")
    examen = aide_medical.examen(aide_medical.agenda([aide_medical.medecin(0), aide_medical.medecin(1)], motif), motif)
    lieu = salle()
    lieu.file.motifs.add(motif)
    passage = recue(examen.demande, lieu, chloe)
    services.terminer(passage, par=acteur(chloe), maintenant=INSTANT)
    for objet in (examen.demande, examen.rendez_vous, examen.convocation):
        objet.refresh_from_db()
    assert (examen.demande.etat, examen.rendez_vous.etat, examen.convocation.etat) == ("rdv_pris", "pris", "active")
    assert not Notification.objects.filter(demande=examen.demande, modele="rendez_vous_annule").exists()


def test_number_typed_shows_whose_it_is_before_anything_is_done(client: Client, chloe: Agent) -> None:
    lieu = salle()
    passage = recue(None, lieu, chloe, motif=lieu.motif)
    autre = amener_a(DemandeFactory(motif=lieu.motif), "rdv_pris")
    client.force_login(chloe)
    client.post("/guichet/poste/", {"guichet": lieu.guichet.pk})
    adresse = f"/guichet/passages/{passage.pk}/rattacher/"
    page = client.post(adresse, {"numero": autre.numero})
    assert page.status_code == 200
    assert autre.usager.nom_complet in page.content.decode()
    assert "Rendez-vous déjà pris" in page.content.decode()
    passage.refresh_from_db()
    assert passage.demande is None
    client.post(adresse, {"numero": autre.numero, "confirme": "oui"})
    passage.refresh_from_db()
    assert passage.demande == autre


def test_title_sent_back_meanwhile_calls_nobody() -> None:
    demande = qui_attend()
    titre = arriver(demande, recu_le=JOUR - timedelta(days=100))
    e = equipe(demande)
    lu = Titre.objects.select_related("site", "demande__usager", "demande__motif").get(pk=titre.pk)
    renvoyer_titre(titre, motif="non_retire", par=acteur(e.chloe), maintenant=INSTANT)
    bilan = convoquer_pour_remise([lu], par=acteur(e.chloe), maintenant=INSTANT)
    assert titre.pk in bilan.refus
    with pytest.raises(ErreurMetier, match="vient de changer"):
        convocation.convoquer(demande, motivation="x", sites=[e.site], par=acteur(e.chloe), maintenant=INSTANT)
    assert not Convocation.objects.filter(objet="remise").exists()


def test_title_kept_at_another_site_is_not_handed_over_here(chloe: Agent) -> None:
    demande = qui_attend()
    ailleurs = SiteFactory(prefecture=demande.prefecture, code="67-autre")
    enregistrer_titre(
        ailleurs, recu("AB1234567", demande.usager.numero_etranger), par=acteur(chloe), maintenant=INSTANT
    )
    lieu = salle()
    recue(Demande.objects.get(pk=demande.pk), lieu, chloe)
    with pytest.raises(ErreurMetier, match="gardé ailleurs") as refus:
        remettre(
            demande,
            numero_titre="AB1234567",
            identite_verifiee=True,
            signature_nom="X",
            par=acteur(chloe),
            maintenant=INSTANT,
        )
    assert refus.value.champ == "numero_titre"


def test_who_is_already_here_is_not_told_to_stay_away(chloe: Agent) -> None:
    lieu = salle()
    demande = amener_a(DemandeFactory(motif=lieu.motif), "rdv_pris")
    rendez_vous = RendezVous.objects.get()
    passage = Passage.objects.create(
        site=rendez_vous.creneau.file.site,
        file=rendez_vous.creneau.file,
        demande=demande,
        rendez_vous=rendez_vous,
        ticket=900,
        jour=INSTANT.date(),
        arrive_le=INSTANT,
        rang=INSTANT,
    )
    with pytest.raises(ErreurMetier, match="déjà sur place"):
        convocation.revoquer_convocation(demande, par=acteur(chloe), maintenant=INSTANT)
    passage.etat = "annule"
    passage.save()
    rendez_vous.refresh_from_db()
    assert rendez_vous.etat == "pris"


def test_closed_demande_is_given_no_ticket(chloe: Agent) -> None:
    lieu = salle()
    demande = amener_a(DemandeFactory(motif=lieu.motif), "sans_suite")
    with pytest.raises(ErreurMetier, match="n’appelle pas de passage"):
        accueil.enregistrer_sans_rdv(lieu.file, demande=demande, par=acteur(chloe), maintenant=INSTANT)


def test_slot_lost_meanwhile_leaves_the_form_at_the_counter(client: Client, chloe: Agent) -> None:
    lieu = salle()
    demande = amener_a(DemandeFactory(motif=lieu.motif), "recue")
    recue(demande, lieu, chloe)
    CreneauFactory(file=lieu.file, debut=INSTANT + 30 * MINUTE)
    CreneauFactory(file=lieu.file, debut=INSTANT + 1500 * MINUTE)
    client.force_login(chloe)
    client.post("/guichet/poste/", {"guichet": lieu.guichet.pk})
    convocation.convoquer(demande, motivation="x", sites=[lieu.file.site], par=acteur(chloe), maintenant=INSTANT)
    page = client.get("/guichet/").content.decode()
    assert 'data-action="donner-rendez-vous"' in page
    assert page.count("<option") >= 1
    assert "8 h 30" not in page.replace("\u00a0", " "), "nobody is told to come back in half an hour"
    assert convocation_active(demande).objet == "reception"


def test_only_plein_droit_is_granted_at_the_counter(client: Client, denis: Agent) -> None:
    lieu = salle()
    lieu.motif.plein_droit = False
    lieu.motif.save()
    demande = amener_a(DemandeFactory(motif=lieu.motif), "recue")
    passage = recue(demande, lieu, denis)
    client.force_login(denis)
    client.post("/guichet/poste/", {"guichet": lieu.guichet.pk})
    reponse = client.post(f"/guichet/passages/{passage.pk}/demande/accorder/", {"numero": demande.numero})
    assert reponse.status_code == 409
    demande.refresh_from_db()
    assert demande.etat != "accordee"


@pytest.mark.parametrize("numero", ["9" * 5000, "1" * 19])
def test_absurd_identifier_is_unknown(client: Client, chloe: Agent, numero: str) -> None:
    lieu = salle()
    passage = recue(lieu.demande("complete"), lieu, chloe)
    client.force_login(chloe)
    client.post("/guichet/poste/", {"guichet": lieu.guichet.pk})
    assert client.post(f"/guichet/passages/{passage.pk}/pieces/", {"conforme": numero}).status_code == 404
    assert client.get("/guichet/accueil/?q=%00").status_code == 200


def test_kiosk_gives_few_tickets_in_a_minute() -> None:
    lieu = salle()
    poste = PosteAffichageFactory(site=lieu.file.site)
    for _ in range(TICKETS):
        borne.prendre_ticket(poste, lieu.motif, maintenant=INSTANT)
    with pytest.raises(ErreurMetier) as refus:
        borne.prendre_ticket(poste, lieu.motif, maintenant=INSTANT)
    assert refus.value.statut == 429


@pytest.mark.parametrize("texte", ["nguyen", "NGUYỄN", "nguyen van", "linh nguyen van", "nguyễn văn linh"])
def test_desk_finds_a_name_without_its_accents(client: Client, bruno: Agent, texte: str) -> None:
    lieu = salle()
    usager = UsagerFactory(nom="Nguyễn-Văn", prenoms="Linh Đan")
    demande = amener_a(DemandeFactory(motif=lieu.motif, usager=usager), "complete")
    client.force_login(bruno)
    page = client.get("/guichet/accueil/", {"q": texte})
    assert str(demande.numero) in page.content.decode()
    assert "no-store" in page["Cache-Control"]


def test_visit_left_by_a_colleague_is_taken_over(client: Client, chloe: Agent, denis: Agent, etienne: Agent) -> None:
    lieu = salle()
    passage = recue(lieu.demande("complete"), lieu, chloe)
    adresse = f"/guichet/passages/{passage.pk}/prendre-la-suite/"
    client.force_login(etienne)
    assert client.post(adresse).status_code == 404
    client.force_login(denis)
    page = client.get("/guichet/poste/").content.decode()
    assert f"Chloé Durand, ticket {passage.numero_ticket}" in page
    client.post(adresse)
    passage.refresh_from_db()
    assert (passage.agent_id, passage.guichet_id, passage.etat) == (denis.pk, lieu.guichet.pk, "recu")
    assert passage.phases.filter(fin=None).get().agent_id == denis.pk
    assert 'data-action="terminer"' in client.get("/guichet/").content.decode()
    refus = client.post(adresse, follow=True).content.decode()
    assert "n’est plus en cours à un autre guichet" in refus


def test_title_that_bears_another_name_is_matched_by_nobody_but_who_looked(chloe: Agent) -> None:
    demande = qui_attend()
    e = equipe(demande)
    carte = TitreRecu("AB1234567", demande.usager.numero_etranger, "DUPONT", "Amina", JOUR)
    titre = enregistrer_titre(e.site, carte, par=acteur(e.chloe), maintenant=INSTANT)
    assert titre.demande is None
    assert "nom imprimé" in rapprochements_de([titre], acteur(e.chloe))[titre.pk].raison
    with pytest.raises(ErreurMetier, match="autre nom : DUPONT") as refus:
        rattacher_titre(titre, str(demande.numero), par=acteur(e.chloe), maintenant=INSTANT)
    assert refus.value.champ == "malgre_le_numero"
    rattacher_titre(titre, str(demande.numero), malgre_le_numero=True, par=acteur(e.chloe), maintenant=INSTANT)
    titre.refresh_from_db()
    assert titre.demande == demande


@pytest.mark.parametrize(
    ("imprime", "autre"), [("BEN ALI", False), ("BENALI HADDAD", False), ("BEN", False), ("DUPONT", True)]
)
def test_printed_name_is_compared_without_its_accents(imprime: str, *, autre: bool) -> None:
    assert porte_un_autre_nom(imprime, UsagerFactory.build(nom="Bén-Ali")) is autre
