"""Titles received: matched or not, attached by hand, handed over by their number, sent back when nobody came."""

from datetime import date, timedelta

import pytest

from demandes.cycle import Etat
from demandes.models import Convocation, Demande, Evenement, Notification, Usager
from demandes.services.convocation import expiration_de, revoquer_convocation
from guichet.models import Titre
from guichet.services.convocation_titres import SANS_PLACE, convoquer_pour_remise, places_pour
from guichet.services.remise import remettre
from guichet.services.titres import detacher_titre, enregistrer_titre, rattacher_titre, renvoyer_titre
from planipref.commun.erreurs import ErreurMetier
from planning.models import Creneau, FileGuichet
from tests.contraintes import refuse_par
from tests.demandes.factories import INSTANT, DemandeFactory, MotifFactory, SiteFactory
from tests.demandes.outils_famille import famille
from tests.guichet.aide_titres import JOUR, arriver, places_de_remise, qui_attend, recu
from tests.guichet.factories import TitreFactory
from tests.parcours import acteur, equipe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

ANCIEN = JOUR - timedelta(days=91)


def frais(demande):
    return Demande.objects.get(pk=demande.pk)


def natures(demande):
    return list(demande.evenements.order_by("pk").values_list("nature", flat=True))


def convoquer(titres, par):
    """Convoke the holders of titles, at a site with places for all."""
    places_de_remise(titres[0].site)
    return convoquer_pour_remise(titres, par=par, maintenant=INSTANT)


def remis(demande, numero):
    return remettre(
        frais(demande),
        numero_titre=numero,
        identite_verifiee=True,
        signature_nom="Amina",
        par=acteur(equipe(demande).chloe),
        maintenant=INSTANT,
    )


class TestEnregistrer:
    def test_only_demande_that_waits_is_matched_and_ready_in_the_same_act(self):
        demande = qui_attend()
        titre = arriver(demande)
        assert titre.demande == demande
        assert frais(demande).etat == Etat.A_REMETTRE
        assert natures(demande)[-2:] == ["titre:recu", "transition:constater_titre_pret"]
        assert demande.evenements.latest("pk").charge["titre_id"] == titre.pk

    @pytest.mark.parametrize(
        "etat", ["deposee", "complete", "recue", "en_instruction", "refusee", "a_remettre", "remise"]
    )
    def test_demande_whose_state_the_table_does_not_let_is_not_matched(self, etat):
        demande = qui_attend(etat=etat)
        assert arriver(demande).demande is None
        assert frais(demande).etat == etat

    def test_motif_of_step_four_only_is_matched_once_deposited(self):
        demande = qui_attend(etat="deposee", motif=MotifFactory(remise_seule=True))
        assert arriver(demande).demande == demande

    def test_nobody_waits_is_kept_without_demande(self):
        demande = qui_attend("9900000001")
        e = equipe(demande)
        titre = enregistrer_titre(e.site, recu(), par=acteur(e.chloe), maintenant=INSTANT)
        assert titre.demande is None
        evenement = Evenement.objects.latest("pk")
        assert (evenement.nature, evenement.demande, evenement.charge["titre_id"]) == ("titre:recu", None, titre.pk)
        assert "9912345678" not in str(evenement.charge)

    def test_two_demandes_wait_is_kept_without_demande(self):
        demandes = [qui_attend(), qui_attend()]
        assert arriver(demandes[0]).demande is None
        assert {frais(d).etat for d in demandes} == {Etat.ACCORDEE}

    def test_demande_of_another_prefecture_is_not_matched(self):
        ailleurs, ici = qui_attend(prefecture__departement="93"), DemandeFactory()
        e = equipe(ici)
        assert enregistrer_titre(e.site, recu(), par=acteur(e.chloe), maintenant=INSTANT).demande is None
        assert frais(ailleurs).etat == Etat.ACCORDEE

    def test_second_title_of_a_demande_is_kept_without_demande(self):
        demande = qui_attend()
        arriver(demande)
        assert arriver(demande, "CD7654321").demande is None

    def test_same_number_twice_is_refused_beside_the_field(self):
        demande = qui_attend()
        arriver(demande)
        with pytest.raises(ErreurMetier) as refus:
            arriver(demande)
        assert (refus.value.code, refus.value.champ) == ("deja_enregistre", "numero_titre")
        assert Titre.objects.count() == 1

    def test_same_number_in_another_prefecture_is_another_title(self):
        arriver(qui_attend())
        assert arriver(qui_attend(prefecture__departement="93")).demande is not None

    def test_without_right_is_refused(self, bruno, etienne):
        demande = qui_attend()
        for agent in (bruno, etienne):
            with pytest.raises(ErreurMetier) as refus:
                enregistrer_titre(equipe(demande).site, recu(), par=acteur(agent), maintenant=INSTANT)
            assert refus.value.statut == 403


class TestRattacher:
    def attacher(self, titre, demande, **options):
        par = acteur(equipe(demande).chloe)
        return rattacher_titre(titre, str(demande.numero), par=par, maintenant=INSTANT, **options)

    def test_chosen_among_two_becomes_ready(self):
        demandes = [qui_attend(), qui_attend()]
        titre = arriver(demandes[0])
        self.attacher(titre, demandes[1])
        assert [frais(d).etat for d in demandes] == [Etat.ACCORDEE, Etat.A_REMETTRE]
        assert natures(demandes[1])[-2:] == ["titre:rattache", "transition:constater_titre_pret"]

    def test_demande_ready_without_title_takes_it_and_stays_ready(self):
        demande = qui_attend(etat="a_remettre")
        titre = arriver(demande)
        assert self.attacher(titre, demande).demande == demande
        assert natures(demande)[-1] == "titre:rattache"

    @pytest.mark.parametrize("etat", ["complete", "en_instruction", "remise"])
    def test_demande_in_another_state_is_refused_beside_its_number(self, etat):
        demande = qui_attend(etat=etat)
        with pytest.raises(ErreurMetier) as refus:
            self.attacher(arriver(demande), demande)
        assert (refus.value.code, refus.value.champ) == ("transition_interdite", "numero")

    def test_demande_with_a_title_in_stock_is_refused(self):
        demande = qui_attend()
        arriver(demande)
        with pytest.raises(ErreurMetier) as refus:
            self.attacher(arriver(demande, "CD7654321"), demande)
        assert refus.value.code == "titre_en_stock"

    def test_unknown_or_foreign_number_is_refused(self):
        ici, ailleurs = qui_attend("9900000001"), qui_attend(prefecture__departement="93")
        titre = TitreFactory(site=equipe(ici).site)
        with pytest.raises(ErreurMetier) as refus:
            rattacher_titre(titre, str(ailleurs.numero), par=acteur(equipe(ici).chloe), maintenant=INSTANT)
        assert refus.value.code == "demande_inconnue"

    def test_person_of_another_foreigners_number_must_be_confirmed(self):
        demande = qui_attend("9900000001")
        titre = TitreFactory(site=equipe(demande).site, numero_etranger="9900000002")
        with pytest.raises(ErreurMetier) as refus:
            self.attacher(titre, demande)
        assert refus.value.champ == "malgre_le_numero"
        assert self.attacher(titre, demande, malgre_le_numero=True).demande == demande

    def test_attached_twice_is_a_conflict(self):
        demande = qui_attend(etat="a_remettre")
        titre = arriver(demande)
        self.attacher(titre, demande)
        with pytest.raises(ErreurMetier) as refus:
            self.attacher(titre, demande)
        assert refus.value.code == "titre_change"


class TestDetacher:
    def test_title_attached_by_mistake_is_not_matched_any_more_and_may_go_elsewhere(self):
        fausse, vraie = qui_attend("9900000001"), qui_attend("9900000002")
        titre, par = arriver(fausse), acteur(equipe(fausse).chloe)
        detache = detacher_titre(titre, par=par, maintenant=INSTANT)
        assert (detache.demande, detache.etat) == (None, Titre.Etat.EN_STOCK)
        assert frais(fausse).etat == Etat.A_REMETTRE
        evenement = fausse.evenements.latest("pk")
        assert (evenement.nature, evenement.charge["titre_id"]) == ("titre:detache", titre.pk)
        rattacher_titre(detache, str(vraie.numero), malgre_le_numero=True, par=par, maintenant=INSTANT)
        assert frais(vraie).etat == Etat.A_REMETTRE

    def test_demande_left_ready_takes_its_own_title_by_hand(self):
        demande = qui_attend()
        par = acteur(equipe(demande).chloe)
        detacher_titre(arriver(demande), par=par, maintenant=INSTANT)
        sien = arriver(demande, "CD7654321")
        assert sien.demande is None
        assert rattacher_titre(sien, str(demande.numero), par=par, maintenant=INSTANT).demande == demande

    def test_convoked_is_refused_until_revoked(self):
        demande = qui_attend()
        titre, par = arriver(demande), acteur(equipe(demande).chloe)
        convoquer([titre], par)
        with pytest.raises(ErreurMetier) as refus:
            detacher_titre(titre, par=par, maintenant=INSTANT)
        assert (refus.value.code, refus.value.statut) == ("titre_convoque", 409)
        revoquer_convocation(frais(demande), par=par, maintenant=INSTANT)
        assert detacher_titre(titre, par=par, maintenant=INSTANT).demande is None

    def test_handed_over_or_not_matched_is_a_conflict(self):
        demande = qui_attend()
        titre, par = arriver(demande), acteur(equipe(demande).chloe)
        remis(demande, titre.numero_titre)
        for inchange in (titre, TitreFactory(site=titre.site)):
            with pytest.raises(ErreurMetier) as refus:
                detacher_titre(inchange, par=par, maintenant=INSTANT)
            assert refus.value.code == "titre_change"

    def test_without_right_is_refused(self, bruno, etienne):
        titre = arriver(qui_attend())
        for agent in (bruno, etienne):
            with pytest.raises(ErreurMetier) as refus:
                detacher_titre(titre, par=acteur(agent), maintenant=INSTANT)
            assert refus.value.statut == 403


class TestRemettre:
    def test_title_in_stock_is_handed_over_with_its_demande(self):
        demande = qui_attend()
        titre = arriver(demande)
        assert remis(demande, "ab 123 4567").numero_titre == "AB1234567"
        titre.refresh_from_db()
        assert (titre.etat, titre.remis_le) == (Titre.Etat.REMIS, INSTANT)
        assert demande.evenements.get(nature="transition:remettre").charge["titre_id"] == titre.pk

    def test_another_number_is_refused_beside_the_field_and_changes_nothing(self):
        demande = qui_attend()
        arriver(demande)
        with pytest.raises(ErreurMetier) as refus:
            remis(demande, "ZZ0000000")
        assert refus.value.champ == "numero_titre"
        assert refus.value.message == "Ce n’est pas le numéro du titre reçu pour cette demande (AB1234567)."
        assert frais(demande).etat == Etat.A_REMETTRE

    def test_demande_without_title_is_handed_over_as_before(self):
        demande = qui_attend(etat="a_remettre")
        assert remis(demande, "zz-1").numero_titre == "ZZ-1"

    def test_title_of_somebody_else_is_refused(self):
        autre, demande = qui_attend("9900000001"), qui_attend("9900000002", etat="a_remettre")
        arriver(autre, "XX1")
        with pytest.raises(ErreurMetier) as refus:
            remis(demande, "XX1")
        assert refus.value.message == "Ce titre est arrivé pour une autre demande."

    def test_title_not_matched_of_the_same_person_is_attached_on_the_way(self):
        demande = qui_attend(etat="a_remettre")
        titre = arriver(demande)
        remis(demande, titre.numero_titre)
        titre.refresh_from_db()
        assert (titre.demande, titre.etat) == (demande, Titre.Etat.REMIS)

    def test_title_not_matched_of_another_person_is_refused(self):
        demande = qui_attend(etat="a_remettre")
        titre = TitreFactory(site=equipe(demande).site)
        with pytest.raises(ErreurMetier) as refus:
            remis(demande, titre.numero_titre)
        assert refus.value.code == "autre_titre"

    def test_title_sent_back_is_not_handed_over(self):
        demande = qui_attend()
        titre = arriver(demande, recu_le=ANCIEN)
        par = acteur(equipe(demande).chloe)
        renvoyer_titre(titre, motif="non_retire", par=par, maintenant=INSTANT)
        for numero, code in ((titre.numero_titre, "autre_titre"), ("NEUF1", "titre_renvoye")):
            with pytest.raises(ErreurMetier) as refus:
                remis(demande, numero)
            assert refus.value.code == code


class TestConvoquer:
    def test_each_holder_is_convoked_and_written_to_and_the_others_say_why(self):
        un, deux, seul = qui_attend("9900000001"), qui_attend("9900000002"), qui_attend("9900000003", etat="complete")
        titres = [arriver(d, f"T{rang}") for rang, d in enumerate((un, deux, seul))]
        e = equipe(un)
        bilan = convoquer(titres, acteur(e.chloe))
        assert {t.demande_id for t in bilan.faits} == {un.pk, deux.pk}
        assert bilan.refus == {titres[2].pk: "On ne sait pas encore de quelle demande est ce titre."}
        assert Convocation.objects.filter(objet="remise", sites=e.site).count() == 2
        for demande in (un, deux):
            assert Notification.objects.filter(demande=demande, modele="convocation").exists()

        encore = convoquer(titres[:1], acteur(e.chloe))
        assert encore.refus == {titres[0].pk: "L’usager est déjà convoqué pour la remise."}

    def test_site_without_queue_for_titles_is_refused(self):
        demande = qui_attend()
        titre = arriver(demande)
        FileGuichet.objects.filter(site=titre.site).update(remises=False)
        bilan = convoquer_pour_remise([titre], par=acteur(equipe(demande).chloe), maintenant=INSTANT)
        assert bilan.refus == {titre.pk: "Aucune file de ce site ne remet de titres."}

    def test_family_kept_at_one_site_comes_together_with_one_link(self):
        demandes = famille(3, "a_remettre")
        e = equipe(demandes[0])
        titres = [TitreFactory(site=e.site, demande=d) for d in demandes]
        bilan = convoquer(titres, acteur(e.chloe))
        assert (len(bilan.faits), bilan.refus) == (3, {})
        porteuse = Convocation.objects.get(objet="remise", jointe_a=None)
        assert (porteuse.personnes, porteuse.jointes.count()) == (3, 2)
        assert Notification.objects.filter(modele="convocation", cle__contains=str(porteuse.cle)).count() == 1

    def test_family_of_whom_one_is_convoked_already_comes_one_by_one(self):
        demandes = famille(3, "a_remettre")
        e = equipe(demandes[0])
        titres, par = [TitreFactory(site=e.site, demande=d) for d in demandes], acteur(e.chloe)
        convoquer(titres[1:2], par)
        bilan = convoquer(titres, par)
        assert {t.pk for t in bilan.faits} == {titres[0].pk, titres[2].pk}
        assert bilan.refus == {titres[1].pk: "L’usager est déjà convoqué pour la remise."}
        assert not Convocation.objects.filter(objet="remise", jointe_a__isnull=False).exists()

    def test_no_more_are_convoked_than_the_places_open_can_take(self):
        demandes = [qui_attend(f"990000000{n}") for n in range(4)]
        titres, e = [arriver(d, f"T{n}") for n, d in enumerate(demandes)], equipe(demandes[0])
        places_de_remise(e.site, 3)
        premiere = convoquer_pour_remise(titres[:1], par=acteur(e.chloe), maintenant=INSTANT)
        assert premiere.faits == titres[:1]
        bilan = convoquer_pour_remise(titres[1:], par=acteur(e.chloe), maintenant=INSTANT)
        assert (bilan.faits, bilan.refus) == (titres[1:3], {titres[3].pk: SANS_PLACE})
        assert places_pour(titres, maintenant=INSTANT).debout == 1

    def test_places_after_the_end_of_the_link_promise_nothing(self):
        demande = qui_attend()
        titre, e = arriver(demande), equipe(demande)
        creneau = places_de_remise(e.site)
        Creneau.objects.filter(pk=creneau.pk).update(debut=expiration_de(demande, INSTANT) + timedelta(hours=9))
        bilan = convoquer_pour_remise([titre], par=acteur(e.chloe), maintenant=INSTANT)
        assert bilan.refus == {titre.pk: SANS_PLACE}

    def test_who_is_refused_takes_no_place_of_the_others(self):
        demandes = [qui_attend(f"990000000{n}") for n in range(2)]
        titres, e = [arriver(d, f"T{n}") for n, d in enumerate(demandes)], equipe(demandes[0])
        seul = TitreFactory(site=e.site)
        places_de_remise(e.site, 2)
        bilan = convoquer_pour_remise([seul, *titres], par=acteur(e.chloe), maintenant=INSTANT)
        assert bilan.faits == titres
        assert list(bilan.refus) == [seul.pk]

    def test_without_mail_is_counted(self):
        demande = qui_attend()
        Usager.objects.filter(pk=demande.usager_id).update(courriel="")
        titre = arriver(demande)
        bilan = convoquer([titre], acteur(equipe(demande).chloe))
        assert (len(bilan.faits), bilan.sans_courriel) == (1, 1)


class TestRenvoyer:
    def test_title_never_collected_goes_back_and_the_demande_stays(self):
        demande = qui_attend()
        titre = arriver(demande, recu_le=ANCIEN)
        renvoye = renvoyer_titre(titre, motif="non_retire", par=acteur(equipe(demande).chloe), maintenant=INSTANT)
        assert (renvoye.etat, renvoye.renvoye_le, renvoye.motif_renvoi) == ("renvoye", INSTANT, "non_retire")
        assert frais(demande).etat == Etat.A_REMETTRE
        assert natures(demande)[-1] == "titre:renvoye"

    @pytest.mark.parametrize("jours", [0, 90])
    def test_recent_title_is_refused(self, jours):
        demande = qui_attend()
        titre = arriver(demande, recu_le=JOUR - timedelta(days=jours))
        with pytest.raises(ErreurMetier) as refus:
            renvoyer_titre(titre, motif="non_retire", par=acteur(equipe(demande).chloe), maintenant=INSTANT)
        assert refus.value.code == "titre_recent"

    def test_title_whose_holder_is_convoked_is_refused(self):
        demande = qui_attend()
        titre, par = arriver(demande, recu_le=ANCIEN), acteur(equipe(demande).chloe)
        convoquer([titre], par)
        with pytest.raises(ErreurMetier) as refus:
            renvoyer_titre(titre, motif="non_retire", par=par, maintenant=INSTANT)
        assert refus.value.code == "titre_convoque"

    def test_title_not_matched_goes_back_too(self):
        demande = qui_attend(etat="complete")
        titre = arriver(demande, recu_le=ANCIEN)
        assert (
            renvoyer_titre(titre, motif="depart", par=acteur(equipe(demande).chloe), maintenant=INSTANT).demande is None
        )

    def test_without_reason_is_refused_beside_the_field(self):
        demande = qui_attend()
        with pytest.raises(ErreurMetier) as refus:
            renvoyer_titre(
                arriver(demande, recu_le=ANCIEN), motif="x", par=acteur(equipe(demande).chloe), maintenant=INSTANT
            )
        assert refus.value.champ == "motif"


class TestContraintes:
    def test_same_number_in_a_prefecture_is_refused(self):
        titre = TitreFactory()
        with refuse_par("titre_numero_unique"):
            TitreFactory(site=titre.site, numero_titre=titre.numero_titre)

    def test_two_titles_in_stock_for_a_demande_are_refused(self):
        demande = qui_attend()
        titre = arriver(demande)
        with refuse_par("titre_un_en_stock"):
            TitreFactory(site=titre.site, demande=demande)

    @pytest.mark.parametrize(
        ("champs", "contrainte"),
        [
            ({"etat": "remis", "remis_le": INSTANT}, "titre_remis_a_quelqu_un"),
            ({"etat": "remis"}, "titre_remis_a_quelqu_un"),
            ({"remis_le": INSTANT}, "titre_remis_a_quelqu_un"),
            ({"etat": "renvoye", "renvoye_le": INSTANT}, "titre_renvoye_pourquoi"),
            ({"etat": "renvoye", "motif_renvoi": "deces"}, "titre_renvoye_pourquoi"),
            ({"motif_renvoi": "deces"}, "titre_renvoye_pourquoi"),
            ({"numero_titre": "ab 12"}, "titre_numeros"),
            ({"numero_etranger": "12"}, "titre_numeros"),
        ],
    )
    def test_state_without_what_it_needs_is_refused(self, champs, contrainte):
        titre = TitreFactory()
        with refuse_par(contrainte):
            Titre.objects.filter(pk=titre.pk).update(**champs)

    def test_site_or_demande_of_another_prefecture_is_refused(self):
        titre, ailleurs = TitreFactory(), qui_attend(prefecture__departement="93")
        with refuse_par("titre_de_la_prefecture"):
            Titre.objects.filter(pk=titre.pk).update(demande=ailleurs)
        with refuse_par("titre_de_la_prefecture"):
            Titre.objects.filter(pk=titre.pk).update(site=SiteFactory(prefecture=ailleurs.prefecture, code="93-x"))

    def test_title_that_left_the_stock_does_not_come_back(self):
        titre = TitreFactory(etat="renvoye", renvoye_le=INSTANT, motif_renvoi="deces", recu_le=date(2029, 1, 1))
        with refuse_par("titre_sorti"):
            Titre.objects.filter(pk=titre.pk).update(etat="en_stock", renvoye_le=None, motif_renvoi="")
