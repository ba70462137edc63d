"""The dossier unique: same page at every state, acts from the table of the cycle, readings journaled once."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from demandes.cycle import Etat
from demandes.models import Agent, Demande, Evenement, Notification
from demandes.selectors import acteur_agent
from demandes.services.envoi import vider
from demandes.services.transitions import actions_possibles
from planipref.commun.masque import LIEN
from planipref.pages.actions import PAR_TRANSITION
from tests.demandes.factories import INSTANT, DemandeFactory, MotifFactory
from tests.parcours import acteur, amener_a, equipe, juger_les_pieces

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

TITRES = (
    "Actions",
    "Pièces",
    "Usager",
    "Convocations et rendez-vous",
    "Décision, actes et envois",
    "Messages",
    "Journal",
)


def adresse(demande: Demande, hook: str = "") -> str:
    return f"/agent/demandes/{demande.numero}/{f'{hook}/' if hook else ''}"


def recharger(demande: Demande) -> Demande:
    return Demande.objects.get(pk=demande.pk)


def actions_de(page: str) -> set[str]:
    bloc = page.partition('id="actions"')[2].partition("</section>")[0]
    return set(re.findall(r'data-action="([a-z-]+)"', bloc))


@pytest.mark.parametrize("etat", [e for e in Etat if e != Etat.BROUILLON])
def test_dossier_at_every_state_has_the_same_blocks_and_the_acts_of_the_table(
    client: Client, denis: Agent, etat: Etat
) -> None:
    demande = amener_a(DemandeFactory(), etat)
    client.force_login(denis)
    reponse = client.get(adresse(demande))
    page = reponse.content.decode()
    assert reponse.status_code == 200
    assert f'data-numero="{demande.numero}"' in page
    assert f'data-etat="{etat}"' in page
    for titre in TITRES:
        assert f">{titre}</h2>" in page
    attendues = {
        PAR_TRANSITION[t.nom].hook for t in actions_possibles(demande, acteur_agent(denis)) if t.nom in PAR_TRANSITION
    }
    if etat == Etat.A_REMETTRE:
        attendues.add("convoquer")
    if etat in (Etat.DEPOSEE, Etat.A_COMPLETER):
        attendues -= {"constater-completude"}  # pieces remain to be found right
    assert actions_de(page) == attendues


def test_dossier_shown_to_the_desk_offers_no_act(client: Client, bruno: Agent) -> None:
    demande = amener_a(DemandeFactory(), "deposee")
    client.force_login(bruno)
    page = client.get(adresse(demande)).content.decode()
    assert actions_de(page) == set()
    assert 'data-action="conforme"' not in page


def test_dossier_of_another_prefecture_is_404(client: Client, etienne: Agent) -> None:
    demande = amener_a(DemandeFactory(), "deposee")
    client.force_login(etienne)
    assert client.get(adresse(demande)).status_code == 404
    assert client.post(adresse(demande, "constater-completude")).status_code == 404


def test_dossier_unknown_or_draft_is_404(client: Client, chloe: Agent) -> None:
    client.force_login(chloe)
    assert client.get("/agent/demandes/67-2030-999999/").status_code == 404


def test_act_without_the_right_is_403(client: Client, bruno: Agent, chloe: Agent) -> None:
    demande = amener_a(DemandeFactory(), "en_instruction")
    client.force_login(chloe)
    assert client.get(adresse(demande, "refuser")).status_code == 403
    assert client.post(adresse(demande, "accorder")).status_code == 403
    client.force_login(bruno)
    assert client.post(adresse(demande, "retirer")).status_code == 403
    assert recharger(demande).etat == "en_instruction"


def test_act_without_the_right_keeps_the_agents_header_and_menu(client: Client, bruno: Agent) -> None:
    demande = amener_a(DemandeFactory(), "deposee")
    client.force_login(bruno)
    page = client.post(adresse(demande, "retirer")).content.decode()
    assert "Erreur 403" in page
    assert 'href="/agent/">Revenir au travail' in page
    assert "Espace des agents" in page
    assert "Suivre ma demande" not in page


def test_dossier_opened_twice_in_ten_minutes_is_journaled_once_per_agent(
    client: Client, chloe: Agent, denis: Agent
) -> None:
    demande = amener_a(DemandeFactory(), "deposee")
    for agent in (chloe, chloe, denis):
        client.force_login(agent)
        client.get(adresse(demande))
    lectures = Evenement.objects.filter(demande=demande, nature="lecture:dossier")
    assert sorted(lectures.values_list("acteur_id", flat=True)) == sorted([chloe.pk, denis.pk])


def test_completude_without_the_pieces_checked_is_422_and_explains(client: Client, chloe: Agent) -> None:
    demande = amener_a(DemandeFactory(), "deposee")
    client.force_login(chloe)
    reponse = client.post(adresse(demande, "constater-completude"))
    assert reponse.status_code == 422
    assert "pas encore conforme" in reponse.content.decode()


def test_completude_is_offered_once_the_pieces_are_right_and_the_pieces_come_first(
    client: Client, chloe: Agent
) -> None:
    demande = amener_a(DemandeFactory(motif=MotifFactory(pieces=2)), "deposee")
    client.force_login(chloe)
    page = client.get(adresse(demande)).content.decode()
    assert "Il reste 2 pièces à vérifier" in page
    assert 'href="#pieces"' in page
    assert "constater-completude" not in actions_de(page)
    assert page.index('id="pieces"') < page.index('id="actions"')
    juger_les_pieces(demande, conforme=True, par=acteur(chloe))
    page = client.get(adresse(demande)).content.decode()
    assert "à vérifier</a>" not in page
    assert "constater-completude" in actions_de(page)


def test_completude_with_refused_pieces_says_that_they_are_to_ask_for(client: Client, chloe: Agent) -> None:
    demande = amener_a(DemandeFactory(motif=MotifFactory(pieces=1)), "deposee")
    juger_les_pieces(demande, conforme=False, par=acteur(chloe))
    client.force_login(chloe)
    assert "1 pièce manque ou n’est pas conforme" in client.get(adresse(demande)).content.decode()


def test_whole_way_from_deposit_to_handover_through_the_forms(client: Client, denis: Agent) -> None:
    demande = amener_a(DemandeFactory(), "deposee")
    e = equipe(demande)
    juger_les_pieces(demande, conforme=True, par=acteur(e.chloe))
    client.force_login(denis)

    def agir(hook: str, **champs) -> None:
        reponse = client.post(adresse(demande, hook), champs)
        assert (reponse.status_code, reponse.headers.get("Location")) == (303, adresse(demande)), (
            reponse.content.decode()
        )

    agir("constater-completude")
    agir("convoquer", motivation="Empreintes", sites=[e.site.pk], personnes=1)
    assert recharger(demande).etat == "convoquee"
    amener_a(recharger(demande), "en_instruction")
    agir("accorder", motifs_fait="")
    agir("titre-pret")
    agir("convoquer", motivation="Retrait", sites=[e.site.pk], personnes=1)
    assert recharger(demande).etat == "a_remettre"
    assert "convoquer" not in actions_de(client.get(adresse(demande)).content.decode())
    assert (
        client.post(
            adresse(demande, "convoquer"), {"motivation": "Encore", "sites": [e.site.pk], "personnes": 1}
        ).status_code
        == 409
    )


def test_convoquer_form_is_filled_in_and_kept_when_refused(client: Client, chloe: Agent) -> None:
    demande = amener_a(DemandeFactory(), "complete")
    e = equipe(demande)
    client.force_login(chloe)
    page = client.get(adresse(demande)).content.decode()
    assert "empreintes" in page
    assert "aucune place libre" in page
    refus = client.post(adresse(demande, "convoquer"), {"motivation": "Mon texte", "personnes": 99})
    texte = refus.content.decode()
    assert refus.status_code == 422
    assert "Mon texte" in texte
    assert "Choisissez au moins un site." in texte
    assert (
        client.post(
            adresse(demande, "convoquer"), {"motivation": "X", "sites": [e.site.pk + 999], "personnes": 1}
        ).status_code
        == 422
    )


def test_completer_asks_for_the_missing_pieces_with_the_default_deadline(client: Client, chloe: Agent) -> None:
    demande = amener_a(DemandeFactory(), "deposee")
    juger_les_pieces(demande, conforme=False, par=acteur(chloe))
    client.force_login(chloe)
    assert 'value="03/04/2030"' in client.get(adresse(demande)).content.decode()
    refus = client.post(adresse(demande, "completer"), {"limite": "01/01/2030", "message": "Merci"})
    assert refus.status_code == 422
    assert "Merci" in refus.content.decode()
    assert client.post(adresse(demande, "completer"), {"limite": "03/04/2030"}).status_code == 303
    assert recharger(demande).etat == "a_completer"


def test_refuser_without_motives_is_422(client: Client, denis: Agent) -> None:
    demande = amener_a(DemandeFactory(), "en_instruction")
    client.force_login(denis)
    assert client.post(adresse(demande, "refuser"), {"motifs_droit": "court", "motifs_fait": "x"}).status_code == 422
    champs = {"motifs_droit": "Article L432-1 du CESEDA.", "motifs_fait": "Conditions non remplies."}
    assert client.post(adresse(demande, "refuser"), champs).status_code == 303
    assert recharger(demande).etat == "refusee"


def test_act_page_in_a_state_that_forbids_it_is_409(client: Client, denis: Agent) -> None:
    demande = amener_a(DemandeFactory(), "cloturee")
    client.force_login(denis)
    assert client.get(adresse(demande, "retirer")).status_code == 409
    assert client.post(adresse(demande, "retirer")).status_code == 409


def test_retirer_asks_first_then_withdraws(client: Client, chloe: Agent) -> None:
    demande = amener_a(DemandeFactory(), "convoquee")
    client.force_login(chloe)
    assert "On ne revient pas en arrière" in client.get(adresse(demande, "retirer")).content.decode()
    assert client.post(adresse(demande, "retirer")).status_code == 303
    assert recharger(demande).etat == "sans_suite"


@pytest.mark.parametrize("etapes", [[2, 3], [1, 3, 4]])
def test_steps_are_numbered_from_one_without_a_gap(client: Client, chloe: Agent, etapes: list[int]) -> None:
    demande = amener_a(DemandeFactory(motif=MotifFactory(etapes=etapes)), "deposee")
    client.force_login(chloe)
    page = client.get(adresse(demande)).content.decode()
    bloc = page.partition('class="pp-etapes"')[2].partition("</ol>")[0]
    marques = re.findall(r'aria-hidden="true">\s*(\d*)\s*</span>', bloc)
    assert marques == [str(rang) for rang in range(1, len(etapes) + 1)]


def test_journal_reads_as_sentences(client: Client, chloe: Agent) -> None:
    demande = amener_a(DemandeFactory(), "remise")
    client.force_login(chloe)
    page = client.get(adresse(demande)).content.decode()
    assert "L’usager a déposé la demande." in page
    assert "a accordé la demande." in page
    assert "a fait :" not in page


@pytest.mark.parametrize("combien", [1, 6])
def test_dossier_asks_the_same_queries_whatever_the_pieces(
    client: Client, chloe: Agent, combien: int, django_assert_num_queries
) -> None:
    demande = amener_a(DemandeFactory(motif=MotifFactory(pieces=combien)), "deposee")
    client.force_login(chloe)
    client.get(adresse(demande))
    with django_assert_num_queries(23):
        client.get(adresse(demande))


class TestEnvois:
    """What left is read in the dossier itself, whoever may read it."""

    def test_words_of_a_message_are_read_word_for_word_and_escaped(self, client: Client, denis: Agent) -> None:
        demande = amener_a(DemandeFactory(motif__libelle="Carte <b>d’essai</b>"), "deposee")
        vider()
        client.force_login(denis)
        page = client.get(adresse(demande)).content.decode()
        bloc = page.partition("<summary>Lire ce qui est parti")[2].partition("</details>")[0]
        assert demande.usager.courriel in bloc
        assert "Carte &lt;b&gt;d’essai&lt;/b&gt;" in bloc
        assert LIEN in bloc
        assert "/suivi/" not in bloc

    def test_message_sent_before_words_were_kept_says_so(self, client: Client, denis: Agent) -> None:
        demande = amener_a(DemandeFactory(), "deposee")
        Notification.objects.filter(demande=demande).update(etat="envoyee", envoyee_le=INSTANT)
        client.force_login(denis)
        page = client.get(adresse(demande)).content.decode()
        assert "Son texte n’a pas été gardé" in page
        assert "Lire ce qui est parti" not in page

    def test_code_of_access_says_why_its_words_are_not_there(self, client: Client, denis: Agent) -> None:
        demande = amener_a(DemandeFactory(), "deposee")
        Notification.objects.filter(demande=demande).update(modele="code_acces", etat="envoyee", envoyee_le=INSTANT)
        client.force_login(denis)
        assert "il donnait un code d’accès" in client.get(adresse(demande)).content.decode()

    def test_letter_printed_and_not_posted_yet_has_said_nothing(self, client: Client, denis: Agent) -> None:
        demande = amener_a(DemandeFactory(), "deposee")
        Notification.objects.filter(demande=demande).update(etat="en_envoi", objet="Objet", texte="Lettre imprimée")
        client.force_login(denis)
        assert "Lettre imprimée" not in client.get(adresse(demande)).content.decode()
