"""The pages of settings: local beside national, conditions with their mistakes, rules, bench, history."""

from __future__ import annotations

import pytest

from demandes.models import (
    Modification,
    ParametrageMotif,
    ParametragePiece,
    ParametrageQuestion,
    RegleAiguillage,
    RegleEligibilite,
    RegleMessages,
)
from tests.demandes.factories import (
    AgentFactory,
    MotifFactory,
    PieceRequiseFactory,
    PrefectureFactory,
    QuestionFactory,
    ServiceFactory,
    SiteFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
REGLE = {"condition": "age < 18", "message": "Trop jeune.", "ailleurs": "La mairie.", "bloquante": "on", "actif": "on"}


@pytest.fixture
def motif():
    motif = MotifFactory(code="ETR-TEST", libelle_court="Titre d’essai")
    QuestionFactory(
        motif=motif,
        code="hebergement",
        genre="choix",
        ordre=0,
        options=[{"valeur": "soi", "libelle": "Chez moi"}, {"valeur": "tiers", "libelle": "Chez un tiers"}],
    )
    QuestionFactory(motif=motif, code="hote", genre="texte", ordre=1)
    return motif


@pytest.fixture
def web(client):
    client.force_login(AgentFactory(webmestre=True))
    return client


@pytest.fixture
def admin_national(client):
    client.force_login(AgentFactory(administrateur=True))
    return client


def page(client, adresse):
    reponse = client.get(adresse)
    assert reponse.status_code == 200
    return reponse.content.decode()


class TestList:
    def test_finds_a_motif_and_marks_what_differs(self, web, motif):
        MotifFactory(libelle_court="Autre chose", libelle="Autre chose")
        ParametrageMotif.objects.create(prefecture=PrefectureFactory(), motif=motif, guichet_minutes=40, actif=False)
        texte = page(web, "/parametrage/?q=titre+essai")
        assert "Titre d’essai" in texte
        assert "Autre chose" not in texte
        assert 'data-differences="2"' in texte
        assert "Fermée" in texte

    @pytest.mark.parametrize("combien", [3, 20])
    def test_takes_the_same_queries_however_many_motifs(self, web, combien, django_assert_num_queries):
        MotifFactory.create_batch(combien)
        page(web, "/parametrage/67/")
        with django_assert_num_queries(9):
            page(web, "/parametrage/67/")

    def test_scope_of_another_is_unknown(self, web):
        PrefectureFactory(departement="68")
        assert web.get("/parametrage/68/").status_code == 404
        assert web.get("/parametrage/national/").status_code == 404

    def test_national_administrator_begins_with_the_national_values(self, admin_national):
        assert 'data-portee="national"' in page(admin_national, "/parametrage/")


class TestParameters:
    def test_local_value_is_set_beside_the_national_one_and_put_back_in_one_click(self, web, motif):
        adresse = "/parametrage/67/ETR-TEST/"
        assert "Valeur nationale : 15" in page(web, adresse)
        envoi = {"actif": "", "mode_accueil": "", "guichet_minutes": "25", "validite_convocation_jours": ""}
        assert web.post(adresse, envoi).status_code == 303
        assert ParametrageMotif.objects.get().guichet_minutes == 25
        assert "différent ici" in page(web, adresse)
        assert web.post(adresse, {"revenir": "guichet_minutes"}).status_code == 303
        assert not ParametrageMotif.objects.exists()

    def test_national_value_comes_back_to_nothing(self, admin_national, motif):
        avant = motif.guichet_minutes
        reponse = admin_national.post("/parametrage/national/ETR-TEST/", {"revenir": "guichet_minutes"})
        assert reponse.status_code == 200
        motif.refresh_from_db()
        assert motif.guichet_minutes == avant

    def test_wrong_value_is_told_beside_its_field(self, web, motif):
        reponse = web.post("/parametrage/67/ETR-TEST/", {"guichet_minutes": "beaucoup"})
        assert reponse.status_code == 422
        assert 'value="beaucoup"' in reponse.content.decode()
        assert not ParametrageMotif.objects.exists()

    def test_national_value_is_set_by_a_national_administrator(self, admin_national, motif):
        envoi = {
            "actif": "non",
            "mode_accueil": "rdv",
            "guichet_minutes": "20",
            "validite_convocation_jours": "30",
            "delai_completude_jours": "30",
        }
        assert admin_national.post("/parametrage/national/ETR-TEST/", envoi).status_code == 303
        motif.refresh_from_db()
        assert (motif.actif, motif.guichet_minutes) == (False, 20)


class TestRequirements:
    def test_local_condition_is_kept_and_said_in_words(self, web, motif):
        envoi = {
            "actif": "",
            "obligatoire": "non",
            "condition_propre": "on",
            "condition": 'hebergement est "tiers" et age < 18',
        }
        assert web.post("/parametrage/67/ETR-TEST/pieces/piece-0/", envoi).status_code == 303
        assert ParametragePiece.objects.values_list("condition__op", flat=True).get() == "et"
        texte = page(web, "/parametrage/67/ETR-TEST/")
        assert "hebergement est &quot;tiers&quot; et age &lt; 18" in texte
        assert "vous avez répondu « Chez un tiers »" in texte
        assert web.post("/parametrage/67/ETR-TEST/pieces/piece-0/", {"revenir": "1"}).status_code == 303
        assert not ParametragePiece.objects.exists()

    @pytest.mark.parametrize(
        ("condition", "phrase"),
        [
            ('hebergement est "tier"', "Au caractère 17 :"),
            ("agee < 18", "Vouliez-vous dire « age »"),
            ('hote est "x" et', "la condition s’arrête"),
        ],
    )
    def test_wrong_condition_is_told_with_its_place_and_kept(self, web, motif, condition, phrase):
        envoi = {"actif": "", "obligatoire": "", "condition_propre": "on", "condition": condition}
        reponse = web.post("/parametrage/67/ETR-TEST/pieces/piece-0/", envoi)
        texte = reponse.content.decode()
        assert reponse.status_code == 422
        assert phrase in texte
        assert condition.replace('"', "&quot;").replace("<", "&lt;") in texte
        assert "id_condition_error" in texte
        assert not ParametragePiece.objects.exists()

    def test_question_cannot_depend_on_a_later_one(self, web, motif):
        envoi = {"actif": "", "obligatoire": "", "condition_propre": "on", "condition": 'hote est "x"'}
        reponse = web.post("/parametrage/67/ETR-TEST/questions/hebergement/", envoi)
        assert "posée plus tard" in reponse.content.decode()
        assert not ParametrageQuestion.objects.exists()

    def test_hints_list_names_options_and_five_examples(self, web, motif):
        texte = page(web, "/parametrage/67/ETR-TEST/questions/hote/")
        assert 'data-nom="hebergement"' in texte
        assert 'data-nom="age"' in texte
        assert "&quot;soi&quot;, &quot;tiers&quot;" in texte
        assert texte.split("data-exemples")[1].split("</ul>")[0].count("<li>") == 5

    def test_national_condition_is_changed_by_a_national_administrator(self, admin_national, motif):
        envoi = {"actif": "oui", "obligatoire": "oui", "condition": "age > 60"}
        assert admin_national.post("/parametrage/national/ETR-TEST/pieces/piece-0/", envoi).status_code == 303
        assert motif.pieces_requises.get().condition == {"op": "superieur", "question": "age", "valeur": 60}


class TestRules:
    def test_eligibility_is_added_changed_ordered_and_switched_off(self, web, motif):
        base = "/parametrage/67/ETR-TEST/eligibilite/"
        for age in (18, 16):
            assert web.post(base, REGLE | {"condition": f"age < {age}"}).status_code == 303
        premiere, seconde = RegleEligibilite.objects.order_by("ordre")
        assert web.post(f"{base}{seconde.pk}/agir/", {"verbe": "monter"}).status_code == 303
        assert list(RegleEligibilite.objects.order_by("ordre")) == [seconde, premiere]
        assert web.post(f"{base}{premiere.pk}/agir/", {"verbe": "basculer"}).status_code == 303
        assert web.post(f"{base}{seconde.pk}/", REGLE | {"message": "Autre."}).status_code == 303
        premiere.refresh_from_db()
        seconde.refresh_from_db()
        assert (premiere.actif, seconde.message) == (False, "Autre.")
        assert web.post(f"{base}{seconde.pk}/agir/", {"verbe": "supprimer"}).status_code == 303
        assert web.post(f"{base}{premiere.pk}/agir/", {"verbe": "danser"}).status_code == 404
        assert RegleEligibilite.objects.get() == premiere

    def test_national_rule_is_adapted_here_and_not_changed(self, web, motif):
        nationale = RegleEligibilite.objects.create(
            motif=motif, condition={"op": "vide", "question": "age"}, message="Non."
        )
        adresse = f"/parametrage/67/ETR-TEST/eligibilite/{nationale.pk}/"
        assert "C’est une règle nationale" in page(web, adresse)
        assert web.post(adresse, REGLE).status_code == 303
        locale = RegleEligibilite.objects.get(remplace=nationale)
        assert (locale.message, locale.prefecture) == ("Trop jeune.", PrefectureFactory())
        nationale.refresh_from_db()
        assert nationale.message == "Non."
        assert web.post(f"{adresse}agir/", {"verbe": "supprimer"}).status_code == 404

    def test_rule_without_condition_is_refused(self, web, motif):
        reponse = web.post("/parametrage/67/ETR-TEST/eligibilite/", REGLE | {"condition": ""})
        assert reponse.status_code == 422
        assert "Trop jeune." in reponse.content.decode()

    def test_routing_is_added_and_needs_a_place(self, web, motif):
        site, service = SiteFactory(), ServiceFactory()
        adresse = "/parametrage/67/aiguillage/ajouter/"
        envoi = {"libelle": "Mineurs", "motif": "ETR-TEST", "condition": 'hebergement est "tiers"', "actif": "on"}
        reponse = web.post(adresse, envoi)
        assert reponse.status_code == 422
        assert "Choisissez au moins un site" in reponse.content.decode()
        envoi |= {"sites": str(site.pk), "service": str(service.pk)}
        assert web.post(adresse, envoi).status_code == 303
        regle = RegleAiguillage.objects.get()
        assert (regle.motif, regle.sites_ids, regle.service) == (motif, [site.pk], service)
        assert "Mineurs" in page(web, "/parametrage/67/aiguillage/")
        assert web.post(f"/parametrage/67/aiguillage/{regle.pk}/", envoi | {"motif": ""}).status_code == 422
        assert web.post(f"/parametrage/67/aiguillage/{regle.pk}/agir/", {"verbe": "supprimer"}).status_code == 303

    def test_national_scope_routes_nothing(self, admin_national):
        assert admin_national.get("/parametrage/national/aiguillage/").status_code == 404


def test_date_is_written_alike_in_forms_lists_and_history(web, motif):
    QuestionFactory(motif=motif, code="bail", genre="date", ordre=2)
    condition = {"op": "egal", "question": "bail", "valeur": "2026-12-31"}
    PieceRequiseFactory(motif=motif, code="attestation", condition=condition)
    QuestionFactory(motif=motif, code="apres", ordre=3, condition=condition)
    regle = {"prefecture": PrefectureFactory(), "condition": condition, "sites_ids": [SiteFactory().pk]}
    RegleAiguillage.objects.create(libelle="Bail", motif=motif, **regle)
    web.post("/parametrage/67/ETR-TEST/eligibilite/", REGLE | {"condition": "bail est 31/12/2026"})
    for adresse in ("ETR-TEST/", "aiguillage/", "historique/"):
        texte = page(web, f"/parametrage/67/{adresse}")
        assert "bail est 31/12/2026" in texte
        assert "2026-12-31" not in texte


def test_bench_says_what_holds_and_keeps_nothing(web, motif):
    web.post("/parametrage/67/ETR-TEST/eligibilite/", REGLE)
    envoi = {"actif": "", "obligatoire": "", "condition_propre": "on", "condition": 'hebergement est "tiers"'}
    web.post("/parametrage/67/ETR-TEST/questions/hote/", envoi)
    adresse = "/parametrage/67/ETR-TEST/essai/"
    assert "data-essai" not in page(web, adresse)
    texte = web.post(adresse, {"hebergement": "soi", "age": "17"}).content.decode()
    questions = texte.split('data-genre="questions"')[1].split("</ul>")[0]
    assert [q.split('"')[0] for q in questions.split('data-tient="')[1:]] == ["oui", "non"]
    assert 'data-tient="oui"' in texte.split('data-genre="eligibilite"')[1].split("</ul>")[0]
    assert web.post(adresse, {"age": "jeune"}).status_code == 422
    assert 'data-tient="non"' in web.post(adresse, {"age": "40"}).content.decode().split("eligibilite")[-1]


def verdicts(texte, genre):
    partie = texte.split(f'data-genre="{genre}"')[1].split("</ul>")[0]
    return [v.split('"')[0] for v in partie.split('data-tient="')[1:]]


def test_bench_does_not_count_an_answer_to_a_question_that_is_not_asked(web, motif):
    PieceRequiseFactory(motif=motif, code="attestation", condition={"op": "egal", "question": "hote", "valeur": "Ali"})
    envoi = {"actif": "", "obligatoire": "", "condition_propre": "on", "condition": 'hebergement est "tiers"'}
    web.post("/parametrage/67/ETR-TEST/questions/hote/", envoi)
    web.post("/parametrage/67/ETR-TEST/eligibilite/", REGLE | {"condition": 'hote est "Ali"'})
    for hebergement, tient in (("tiers", "oui"), ("soi", "non")):
        envoi = {"hebergement": hebergement, "hote": "Ali"}
        texte = web.post("/parametrage/67/ETR-TEST/essai/", envoi).content.decode()
        assert verdicts(texte, "questions") == ["oui", tient]
        assert verdicts(texte, "pieces")[-1] == tient
        assert verdicts(texte, "eligibilite") == [tient]


def test_bench_tries_the_rule_of_the_prefecture_and_the_first_routing_alone(web, motif):
    nationale = RegleEligibilite.objects.create(
        motif=motif, condition={"op": "inferieur", "question": "age", "valeur": 18}, message="Nationale."
    )
    locale = REGLE | {"condition": "age < 16", "message": "Locale."}
    assert web.post(f"/parametrage/67/ETR-TEST/eligibilite/{nationale.pk}/", locale).status_code == 303
    for libelle, condition in (("Jeunes", "age < 18"), ("Tous", "")):
        envoi = {"libelle": libelle, "motif": "", "condition": condition, "service": str(ServiceFactory().pk)}
        assert web.post("/parametrage/67/aiguillage/ajouter/", envoi | {"actif": "on"}).status_code == 303
    cas = [("17", "non", ["oui", "non"]), ("15", "oui", ["oui", "non"]), ("40", "non", ["non", "oui"])]
    for age, regle, aiguillage in cas:
        texte = web.post("/parametrage/67/ETR-TEST/essai/", {"age": age}).content.decode()
        assert "Nationale." not in texte
        assert (verdicts(texte, "eligibilite"), verdicts(texte, "aiguillage")) == ([regle], aiguillage)


def test_bench_deduces_facts_from_what_is_typed(web, motif):
    web.post("/parametrage/67/ETR-TEST/eligibilite/", REGLE | {"condition": 'region est "grand-est"'})
    for code_postal, tient in (("67000", "oui"), ("75001", "non")):
        texte = web.post("/parametrage/67/ETR-TEST/essai/", {"code_postal": code_postal}).content.decode()
        assert f'data-tient="{tient}"' in texte.split('data-genre="eligibilite"')[1].split("</ul>")[0]


class TestHistory:
    def test_shows_who_changed_what_and_undoes_it(self, web, motif):
        web.post("/parametrage/67/ETR-TEST/", {"guichet_minutes": "25"})
        web.post("/parametrage/67/ETR-TEST/", {"guichet_minutes": "35"})
        texte = page(web, "/parametrage/67/historique/")
        assert "Camille" in texte
        assert "Minutes au guichet : 25 → 35" in texte
        assert texte.count('data-action="annuler-modification"') == 1
        derniere = Modification.objects.latest("pk")
        assert web.post(f"/parametrage/67/historique/{derniere.pk}/annuler/").status_code == 303
        assert ParametrageMotif.objects.get().guichet_minutes == 25
        assert web.post(f"/parametrage/67/historique/{derniere.pk}/annuler/").status_code == 409

    def test_of_another_prefecture_is_unknown(self, web, motif):
        ailleurs = PrefectureFactory(departement="68")
        ParametrageMotif.objects.create(prefecture=ailleurs, motif=motif, guichet_minutes=40)
        modification = Modification.objects.get()
        assert "Aucune modification" in page(web, "/parametrage/67/historique/")
        assert web.post(f"/parametrage/67/historique/{modification.pk}/annuler/").status_code == 404

    @pytest.mark.parametrize("combien", [2, 15])
    def test_takes_the_same_queries_however_long(self, web, motif, combien, django_assert_num_queries):
        for minutes in range(combien):
            web.post("/parametrage/67/ETR-TEST/", {"guichet_minutes": str(10 + minutes)})
        with django_assert_num_queries(9):
            page(web, "/parametrage/67/historique/")

    def test_names_who_changed_a_value_in_the_administration(self, client, motif):
        superutilisateur = AgentFactory(is_superuser=True)
        client.force_login(superutilisateur)
        envoi = {"prefecture": PrefectureFactory().pk, "motif": motif.pk, "guichet_minutes": "25", "actif": "unknown"}
        assert client.post("/admin/demandes/parametragemotif/add/", envoi).status_code == 302
        assert Modification.objects.get().agent == superutilisateur


def test_rules_of_messages_are_set_beside_the_national_ones_and_undone(web, admin_national):
    RegleMessages.objects.create(prefecture=None, rappels=[5], reprises=2)
    client = web
    client.force_login(AgentFactory(webmestre=True))
    adresse = "/parametrage/67/messages/"
    assert "la valeur nationale, 5." in page(client, adresse)
    vide = {"heure": "", "relances": "", "alerte_jours": "", "pieces": "", "delais_jours": "", "reprises": ""}
    assert client.post(adresse, vide | {"rappels": "1 3", "relances": "0"}).status_code == 303
    locales = RegleMessages.objects.get(prefecture__departement="67")
    assert (locales.rappels, locales.relances, locales.reprises) == ([3, 1], [], None)
    assert 'value="3, 1"' in page(client, adresse)
    assert "Messages et rappels" in page(client, "/parametrage/67/historique/")
    derniere = Modification.objects.latest("pk")
    client.post(f"/parametrage/67/historique/{derniere.pk}/annuler/")
    assert not RegleMessages.objects.filter(prefecture__departement="67").exists()


@pytest.mark.parametrize(
    ("champ", "saisie"),
    [("rappels", "40"), ("rappels", "1,2,3,4,5"), ("rappels", "demain"), ("heure", "03:00"), ("reprises", "12")],
)
def test_rule_of_messages_out_of_its_bounds_is_refused_beside_its_field(web, champ, saisie):
    reponse = web.post("/parametrage/67/messages/", {champ: saisie})
    assert reponse.status_code == 422
    assert f"id_{champ}_error" in reponse.content.decode()
    assert not RegleMessages.objects.exists()
