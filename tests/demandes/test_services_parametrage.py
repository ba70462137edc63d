"""Settings: who may change what, where it then holds, and how it is undone."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.db.models import ProtectedError

from demandes.acteur import acteur_usager
from demandes.models import Modification, Motif, ParametrageMotif, RegleAiguillage, RegleEligibilite
from demandes.selectors import acteur_agent, motifs_de_la_prefecture, parametres_motif, pieces_attendues
from demandes.selectors_reglages import avis_eligibilite, questions_de, regles_du_motif
from demandes.services import parametrage
from demandes.services.depot import deposer, ouvrir_brouillon
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import maintenant
from tests.demandes.factories import (
    AgentFactory,
    DemandeFactory,
    MotifFactory,
    PrefectureFactory,
    QuestionFactory,
    ServiceFactory,
    SiteFactory,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]

ICI = {"actif": None, "obligatoire": None, "condition_propre": False, "condition": ""}


@pytest.fixture
def webmestre():
    return AgentFactory(webmestre=True)


@pytest.fixture
def par(webmestre):
    return acteur_agent(webmestre)


@pytest.fixture
def national():
    return acteur_agent(AgentFactory(administrateur=True))


@pytest.fixture
def demande():
    return DemandeFactory()


REGLE = {"message": "Pas pour vous.", "ailleurs": "Allez en mairie.", "bloquante": True, "actif": True}


def interdire(demande, par, condition, **valeurs):
    neuve = RegleEligibilite(motif=demande.motif)
    champs = {**REGLE, **valeurs}
    return parametrage.enregistrer_eligibilite(neuve, demande.prefecture, {**champs, "condition": condition}, par=par)


def test_local_parameter_holds_here_only_and_goes_back_to_the_national_one(demande, par):
    parametrage.regler_motif(demande.motif, demande.prefecture, {"guichet_minutes": 25}, par=par)
    assert parametres_motif(demande.motif, demande.prefecture).guichet_minutes == 25
    assert parametres_motif(demande.motif, PrefectureFactory(departement="68")).guichet_minutes == 15
    parametrage.regler_motif(demande.motif, demande.prefecture, {"guichet_minutes": None}, par=par)
    assert not ParametrageMotif.objects.exists()


def test_webmestre_sets_neither_national_values_nor_another_prefecture(demande, par, national):
    autre = PrefectureFactory(departement="68")
    for ou in (None, autre):
        with pytest.raises(DroitRefuse):
            parametrage.regler_motif(demande.motif, ou, {"guichet_minutes": 25}, par=par)
    parametrage.regler_motif(demande.motif, None, {"guichet_minutes": 25}, par=national)
    demande.motif.refresh_from_db()
    assert demande.motif.guichet_minutes == 25


def test_piece_switched_off_here_is_no_longer_asked_for(demande, par):
    piece = demande.motif.pieces_requises.get()
    parametrage.regler_exigence(piece, demande.prefecture, {**ICI, "actif": False}, par=par)
    assert pieces_attendues(demande) == []
    ailleurs = DemandeFactory(motif=demande.motif, prefecture=PrefectureFactory(departement="68"))
    assert len(pieces_attendues(ailleurs)) == 1
    parametrage.revenir_exigence(piece, demande.prefecture, par=par)
    assert len(pieces_attendues(demande)) == 1


def test_piece_asked_for_here_under_a_condition_on_a_fact(demande, par):
    piece = demande.motif.pieces_requises.get()
    valeurs = {**ICI, "condition_propre": True, "condition": 'commune est "Haguenau" ou age < 18'}
    parametrage.regler_exigence(piece, demande.prefecture, valeurs, par=par)
    assert pieces_attendues(demande) == []
    demande.usager.commune = "HAGUENAU"
    assert len(pieces_attendues(demande)) == 1


def test_question_asked_here_only_when_mandatory_there(demande, par):
    question = QuestionFactory(motif=demande.motif, code="revenu", genre="nombre")
    parametrage.regler_exigence(question, demande.prefecture, {**ICI, "obligatoire": False}, par=par)
    assert [q.obligatoire for q in questions_de(demande)] == [False]
    question.refresh_from_db()
    assert question.obligatoire


def test_wrong_condition_is_refused_on_its_field(demande, par):
    premiere = QuestionFactory(motif=demande.motif, code="a", genre="oui_non", ordre=0)
    QuestionFactory(motif=demande.motif, code="b", genre="oui_non", ordre=1)
    valeurs = {**ICI, "condition_propre": True, "condition": "b est oui"}
    with pytest.raises(ErreurMetier, match="posée plus tard") as refus:
        parametrage.regler_exigence(premiere, demande.prefecture, valeurs, par=par)
    assert (refus.value.champ, refus.value.statut) == ("condition", 422)


def test_blocking_rule_refuses_the_deposit_and_says_where_to_go(demande, par):
    demande.motif.pieces_requises.all().delete()
    regle = interdire(demande, par, 'departement est "67"')
    usager = acteur_de(demande)
    with pytest.raises(ErreurMetier, match=r"Pas pour vous\. Allez en mairie\.") as refus:
        deposer(demande, par=usager, maintenant=maintenant())
    assert (refus.value.code, refus.value.statut) == ("non_eligible", 422)
    parametrage.basculer_regle(regle, demande.prefecture, par=par)
    assert deposer(demande, par=usager, maintenant=maintenant()).numero


def acteur_de(demande):
    return acteur_usager(demande.usager_id)


def test_warning_rule_lets_the_deposit_through(demande, par):
    demande.motif.pieces_requises.all().delete()
    interdire(demande, par, "age > 18", bloquante=False)
    assert [a.bloquante for a in avis_eligibilite(demande)] == [False]
    assert deposer(demande, par=acteur_de(demande), maintenant=maintenant()).numero


def test_local_rule_takes_the_place_of_the_national_one_and_gives_it_back(demande, par, national):
    neuve = RegleEligibilite(motif=demande.motif)
    valeurs = {"message": "Non.", "ailleurs": "", "bloquante": True, "actif": True, "condition": "age > 18"}
    nationale = parametrage.enregistrer_eligibilite(neuve, None, valeurs, par=national)
    assert len(avis_eligibilite(demande)) == 1
    locale = parametrage.basculer_regle(nationale, demande.prefecture, par=par)
    assert avis_eligibilite(demande) == []
    assert regles_du_motif(demande.motif_id, demande.prefecture_id) == [locale]
    parametrage.supprimer_regle(locale, par=par)
    assert len(avis_eligibilite(demande)) == 1


def test_rule_that_prefectures_replaced_is_not_removed_from_under_theirs(demande, par, national):
    nationale = parametrage.enregistrer_eligibilite(
        RegleEligibilite(motif=demande.motif), None, {**REGLE, "condition": "age < 18"}, par=national
    )
    locale = parametrage.enregistrer_eligibilite(
        nationale, demande.prefecture, {**REGLE, "condition": "age < 16"}, par=par
    )
    assert locale.remplace == nationale
    with pytest.raises(ErreurMetier) as refus:
        parametrage.supprimer_regle(nationale, par=national)
    assert (refus.value.code, refus.value.statut) == ("regle_remplacee", 409)
    with pytest.raises(ProtectedError):
        RegleEligibilite.objects.filter(pk=nationale.pk).delete()
    assert regles_du_motif(demande.motif_id, demande.prefecture_id) == [locale]
    parametrage.supprimer_regle(locale, par=par)
    parametrage.supprimer_regle(RegleEligibilite.objects.get(pk=nationale.pk), par=national)
    assert not RegleEligibilite.objects.exists()


@pytest.mark.parametrize("geste", ["enregistrer", "basculer"])
def test_rule_replaced_from_another_page_is_not_replaced_twice(demande, par, national, geste):
    champs = {**REGLE, "condition": "age < 18"}
    nationale = parametrage.enregistrer_eligibilite(RegleEligibilite(motif=demande.motif), None, champs, par=national)
    parametrage.basculer_regle(RegleEligibilite.objects.get(pk=nationale.pk), demande.prefecture, par=par)
    gestes = {
        "basculer": lambda: parametrage.basculer_regle(nationale, demande.prefecture, par=par),
        "enregistrer": lambda: parametrage.enregistrer_eligibilite(nationale, demande.prefecture, champs, par=par),
    }
    with pytest.raises(ErreurMetier) as refus:
        gestes[geste]()
    assert (refus.value.code, refus.value.statut) == ("regle_remplacee", 409)
    assert RegleEligibilite.objects.filter(remplace=nationale).count() == 1


@pytest.mark.parametrize(
    ("national_ouvert", "local", "ouvert"),
    [(True, None, True), (True, True, True), (True, False, False), (False, True, False), (False, None, False)],
)
def test_prefecture_closes_a_motif_but_never_opens_one_that_the_national_setting_closes(
    demande, national_ouvert, local, ouvert
):
    motif, prefecture = demande.motif, demande.prefecture
    Motif.objects.filter(pk=motif.pk).update(actif=national_ouvert)
    motif.refresh_from_db()
    ParametrageMotif.objects.create(motif=motif, prefecture=prefecture, actif=local)
    assert parametres_motif(motif, prefecture).actif is ouvert
    assert (motif in motifs_de_la_prefecture(prefecture)) is ouvert
    try:
        with transaction.atomic():
            etat = ouvrir_brouillon(motif, prefecture, "en_ligne", maintenant=maintenant()).etat
    except ErreurMetier as erreur:
        etat = erreur.code
    assert etat == ("brouillon" if ouvert else "motif_ferme")


def test_first_rule_of_routing_that_holds_wins_and_is_kept(demande, par):
    demande.motif.pieces_requises.all().delete()
    pref, site = demande.prefecture, SiteFactory(code="67-haguenau")
    service = ServiceFactory(prefecture=pref, genre="reglementation")
    commun = {"motif": None, "actif": True}
    for condition, lieux, bureau in (
        ("age < 18", [site], None),
        ('code_postal est "67000"', [site], service),
        ("", [site], None),
    ):
        valeurs = {**commun, "libelle": f"Si {condition}", "condition": condition, "service": bureau}
        parametrage.enregistrer_aiguillage(RegleAiguillage(prefecture=pref), valeurs, sites=lieux, par=par)
    deposee = deposer(demande, par=acteur_de(demande), maintenant=maintenant())
    deposee.refresh_from_db()
    assert deposee.service == service
    choix = deposee.aiguillage or {}
    assert (choix["libelle"], choix["sites_ids"]) == ('Si code_postal est "67000"', [site.pk])
    assert deposee.evenements.filter(nature="aiguillage:applique").count() == 1


def test_routing_to_another_prefecture_is_refused(demande, par):
    ailleurs = SiteFactory(code="68-siege", prefecture=PrefectureFactory(departement="68"))
    valeurs = {"motif": None, "actif": True, "libelle": "X", "condition": "", "service": None}
    with pytest.raises(DroitRefuse):
        parametrage.enregistrer_aiguillage(
            RegleAiguillage(prefecture=demande.prefecture), valeurs, sites=[ailleurs], par=par
        )


def test_rules_move_up_and_down(demande, par):
    a, b = interdire(demande, par, "age < 18"), interdire(demande, par, "age > 60")
    parametrage.deplacer_regle(b, vers_le_haut=True, par=par)
    assert regles_du_motif(demande.motif_id, demande.prefecture_id) == [b, a]
    parametrage.deplacer_regle(b, vers_le_haut=True, par=par)
    assert regles_du_motif(demande.motif_id, demande.prefecture_id) == [b, a]


class TestHistory:
    def test_names_who_changed_what_and_undoes_it_twice(self, demande, par, webmestre):
        parametrage.regler_motif(demande.motif, demande.prefecture, {"guichet_minutes": 25}, par=par)
        ajout = Modification.objects.get()
        assert (ajout.agent, ajout.operation, ajout.prefecture) == (webmestre, "insert", demande.prefecture)
        assert (ajout.apres or {})["guichet_minutes"] == 25
        parametrage.annuler(ajout, par=par)
        assert not ParametrageMotif.objects.exists()
        retrait = Modification.objects.latest("pk")
        assert (retrait.operation, retrait.annule) == ("delete", ajout)
        parametrage.annuler(retrait, par=par)
        assert ParametrageMotif.objects.get().guichet_minutes == 25

    def test_gives_back_a_rule_as_it_was(self, demande, par):
        regle = interdire(demande, par, "age < 18")
        valeurs = {"message": "Autre.", "ailleurs": "", "bloquante": False, "actif": True, "condition": "age < 16"}
        parametrage.enregistrer_eligibilite(regle, demande.prefecture, valeurs, par=par)
        parametrage.annuler(Modification.objects.latest("pk"), par=par)
        regle.refresh_from_db()
        assert (regle.message, regle.condition["valeur"], regle.bloquante) == ("Pas pour vous.", 18, True)

    def test_of_a_national_value_is_undone_by_a_national_administrator_only(self, par, national):
        motif = MotifFactory()
        parametrage.regler_motif(motif, None, {"guichet_minutes": 40}, par=national)
        modification = Modification.objects.get()
        with pytest.raises(DroitRefuse):
            parametrage.annuler(modification, par=par)
        parametrage.annuler(modification, par=national)
        motif.refresh_from_db()
        assert motif.guichet_minutes == 15

    def test_older_change_is_not_undone_over_a_newer_one(self, demande, par):
        for minutes in (20, 30):
            parametrage.regler_motif(demande.motif, demande.prefecture, {"guichet_minutes": minutes}, par=par)
        with pytest.raises(ErreurMetier) as refus:
            parametrage.annuler(Modification.objects.earliest("pk"), par=par)
        assert (refus.value.code, refus.value.statut) == ("modifie_depuis", 409)
        assert ParametrageMotif.objects.get().guichet_minutes == 30

    def test_keeps_a_change_made_outside_the_pages_and_nothing_when_nothing_changes(self, demande):
        motif = demande.motif
        type(motif).objects.filter(pk=motif.pk).update(guichet_minutes=15)
        assert not Modification.objects.exists()
        type(motif).objects.filter(pk=motif.pk).update(guichet_minutes=16)
        assert Modification.objects.get().agent is None
