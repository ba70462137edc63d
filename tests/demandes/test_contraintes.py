"""What can never happen to a demande, tried behind the services' back: PostgreSQL refuses by itself."""

import inspect
from datetime import UTC, date, datetime, timedelta

import pytest
from psycopg.types.range import DateRange

from demandes.cycle import Etat, paires
from demandes.models import (
    Agent,
    Convocation,
    Decision,
    Demande,
    DemandeComplement,
    Evenement,
    Mandat,
    Motif,
    Notification,
    Piece,
    Usager,
)
from demandes.services import convocation as convocations
from demandes.services import decision, lien_convocation, suites
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.jetons import deriver
from tests.contraintes import refuse_par, sql
from tests.demandes.factories import (
    INSTANT,
    TOUJOURS,
    AgentFactory,
    AidantFactory,
    AttributionFactory,
    DelegationFactory,
    DemandeFactory,
    MandatFactory,
    MotifFactory,
    UsagerFactory,
)
from tests.parcours import acteur, amener_a, convocation_active, equipe, verifier_contraintes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


@pytest.mark.parametrize("etat", list(Etat))
def test_update_state_along_no_row_of_the_table_is_refused(etat):
    demande = amener_a(DemandeFactory(), etat)
    for vers in Etat:
        if vers != etat and (etat, vers) not in paires():
            with refuse_par("demande_etat_permis"):
                Demande.objects.filter(pk=demande.pk).update(etat=vers)
            with refuse_par("demande_etat_permis"):
                sql("UPDATE demandes_demande SET etat = %s WHERE id = %s", vers, demande.pk)


def test_update_to_unknown_state_is_refused():
    demande = DemandeFactory()
    with refuse_par("demande_etat_permis"):
        Demande.objects.filter(pk=demande.pk).update(etat="perdue")


@pytest.mark.parametrize("etat", [e for e in Etat if e != Etat.BROUILLON])
def test_insert_born_in_a_later_state_is_refused(etat):
    with refuse_par("demande_nait_brouillon"):
        DemandeFactory(etat=etat, numero="67-2030-000001", deposee_le=INSTANT)


def test_insert_unknown_state_is_refused():
    with refuse_par("demande_nait_brouillon"):
        DemandeFactory(etat="perdue")


@pytest.mark.parametrize(("etat", "vers"), paires())
def test_update_allowed_state_without_its_event_is_refused_at_commit(etat, vers):
    motif = {"etapes": [4]} if (etat, vers) == ("deposee", "a_remettre") else {}
    demande = _a_letat(etat, vers, motif)
    if vers in (Etat.ACCORDEE, Etat.REFUSEE):
        agent = AgentFactory(signataire=True)
        Decision.objects.create(
            demande=demande,
            sens="accord" if vers == Etat.ACCORDEE else "refus",
            motifs_droit="L432-1",
            motifs_fait="Essai",
            agent=agent,
            delegation=agent.delegations.get(),
            prise_le=INSTANT,
        )
    verifier_contraintes()
    with refuse_par("demande_etat_journalise"):
        Demande.objects.filter(pk=demande.pk).update(etat=vers, numero="67-2030-1", deposee_le=INSTANT)
        verifier_contraintes()


def _a_letat(etat, vers, motif):
    """The trigger knows the pairs, not the motif: any demande in the state of departure will do."""
    return amener_a(DemandeFactory(**{f"motif__{c}": v for c, v in motif.items()}), etat)


def test_update_state_with_the_event_of_another_demande_is_refused_at_commit():
    demande = amener_a(DemandeFactory(), Etat.DEPOSEE)
    autre = amener_a(DemandeFactory(), Etat.DEPOSEE)
    verifier_contraintes()
    with refuse_par("demande_etat_journalise"):
        inspect.unwrap(suites.retirer)(autre, par=acteur(autre.usager), maintenant=INSTANT)
        Demande.objects.filter(pk=demande.pk).update(etat=Etat.SANS_SUITE)
        verifier_contraintes()


def test_update_deposited_demande_without_number_is_refused():
    demande = amener_a(DemandeFactory(), Etat.DEPOSEE)
    with refuse_par("demande_deposee_numerotee"):
        Demande.objects.filter(pk=demande.pk).update(numero=None)


class TestJournal:
    @pytest.fixture
    def evenement(self):
        demande = amener_a(DemandeFactory(), Etat.DEPOSEE)
        verifier_contraintes()
        return Evenement.objects.filter(demande=demande).first()

    @pytest.mark.parametrize(
        "champs", [{"nature": "autre"}, {"charge": {"x": 1}}, {"acteur_id": 9}, {"rang": 99}, {"condensat": b"x"}]
    )
    def test_update_sealed_event_is_refused(self, evenement, champs):
        with refuse_par("evenement_immuable"):
            Evenement.objects.filter(pk=evenement.pk).update(**champs)

    def test_update_event_not_sealed_yet_is_refused_too(self):
        demande = amener_a(DemandeFactory(), Etat.DEPOSEE)
        with refuse_par("evenement_immuable"):
            Evenement.objects.filter(demande=demande).update(nature="autre")

    def test_delete_event_is_refused(self, evenement):
        with refuse_par("evenement_immuable"):
            sql("DELETE FROM demandes_evenement WHERE id = %s", evenement.pk)

    def test_truncate_events_is_refused(self, evenement):
        with refuse_par("evenement_immuable"):
            sql("TRUNCATE demandes_evenement")

    def test_delete_demande_that_has_events_is_refused(self, evenement):
        with pytest.raises(Exception, match=r"protected|Protected|immuable"):
            Demande.objects.filter(pk=evenement.demande_id).delete()
        assert Demande.objects.filter(pk=evenement.demande_id).exists()

    @pytest.mark.parametrize(("rang", "condensat"), [(1, None), (None, "x"), (99, "x")])
    def test_event_born_sealed_is_refused(self, evenement, rang, condensat):
        with refuse_par("evenement_vierge"):
            sql(
                "INSERT INTO demandes_evenement (prefecture_id, nature, de, vers, acteur_genre, acteur_id, le, charge,"
                " rang, condensat) VALUES (%s, 'faux', '', '', 'agent', 1, now(), '{}', %s, %s)",
                evenement.prefecture_id,
                rang,
                condensat,
            )


class TestConvocation:
    @pytest.fixture
    def convocation(self):
        return convocation_active(amener_a(DemandeFactory(), Etat.CONVOQUEE))

    def test_second_active_for_one_object_is_refused(self, convocation):
        with refuse_par("convocation_active_unique"):
            _copier(convocation)

    def test_ended_one_given_life_again_beside_another_is_refused(self, convocation):
        Convocation.objects.filter(pk=convocation.pk).update(etat="revoquee")
        _copier(convocation)
        with refuse_par("convocation_active_unique"):
            Convocation.objects.filter(pk=convocation.pk).update(etat="active")

    def test_same_token_twice_is_refused(self, convocation):
        with refuse_par_unique("empreinte"):
            _copier(convocation, etat="revoquee", empreinte=convocation.empreinte)

    def test_expiry_before_its_issue_is_refused(self, convocation):
        with refuse_par("convocation_expire_apres"):
            Convocation.objects.filter(pk=convocation.pk).update(expire_le=convocation.emise_le)

    @pytest.mark.parametrize("personnes", [0, 11])
    def test_absurd_number_of_persons_is_refused(self, convocation, personnes):
        with refuse_par("convocation_personnes"):
            Convocation.objects.filter(pk=convocation.pk).update(personnes=personnes)

    def test_token_is_nowhere_in_the_database(self, convocation):
        jeton = deriver("convocation", str(convocation.cle))
        assert len(jeton) == 32  # 192 bits in base64
        ligne = " ".join(str(v) for v in Convocation.objects.filter(pk=convocation.pk).values_list()[0])
        envoi = Notification.objects.get(modele="convocation")
        assert jeton not in ligne + str(envoi.contexte)
        assert lien_convocation.convocation_du_lien(jeton, maintenant=INSTANT).pk == convocation.pk

    def test_link_after_expiry_is_gone(self, convocation):
        jeton = deriver("convocation", str(convocation.cle))
        with pytest.raises(ErreurMetier) as refus:
            lien_convocation.convocation_du_lien(jeton, maintenant=convocation.expire_le)
        assert (refus.value.code, refus.value.statut) == ("lien_expire", 410)
        juste_avant = convocation.expire_le - timedelta(seconds=1)
        assert lien_convocation.convocation_du_lien(jeton, maintenant=juste_avant) == convocation

    @pytest.mark.parametrize("etat", [Etat.SANS_SUITE, Etat.RECUE, Etat.COMPLETE])
    def test_link_after_use_or_revocation_is_gone(self, convocation, etat):
        jeton = deriver("convocation", str(convocation.cle))
        amener_a(Demande.objects.get(pk=convocation.demande_id), etat)
        with pytest.raises(ErreurMetier) as refus:
            lien_convocation.convocation_du_lien(jeton, maintenant=INSTANT)
        assert refus.value.statut == 410

    @pytest.mark.parametrize("jeton", ["", "x" * 32, "é", deriver("suivi", "1")])
    def test_unknown_token_is_not_found(self, convocation, jeton):
        with pytest.raises(ErreurMetier) as refus:
            lien_convocation.convocation_du_lien(jeton, maintenant=INSTANT)
        assert (refus.value.code, refus.value.statut) == ("lien_inconnu", 404)

    def test_token_of_another_usage_with_the_same_key_opens_nothing(self, convocation):
        with pytest.raises(ErreurMetier):
            lien_convocation.convocation_du_lien(deriver("suivi", str(convocation.cle)), maintenant=INSTANT)

    def test_second_check_wrong_birth_date_is_refused_then_limited(self, convocation):
        codes = []
        for _ in range(7):
            with pytest.raises(ErreurMetier) as refus:
                lien_convocation.verifier_naissance(convocation, "1999-01-01", origine="192.0.2.1", maintenant=INSTANT)
            codes.append(refus.value.code)
        assert codes == ["naissance_fausse"] * 5 + ["trop_d_essais"] * 2
        juste = convocation.demande.usager.date_naissance
        with pytest.raises(ErreurMetier) as refus:  # the right answer, too late
            lien_convocation.verifier_naissance(convocation, juste, origine="192.0.2.1", maintenant=INSTANT)
        assert refus.value.statut == 429


def _copier(convocation, **champs):
    valeurs = {
        "demande": convocation.demande,
        "objet": convocation.objet,
        "motivation": "encore",
        "empreinte": f"{convocation.empreinte[:60]}copie"[:64],
        "emise_par": convocation.emise_par,
        "emise_le": INSTANT,
        "expire_le": convocation.expire_le,
    }
    return Convocation.objects.create(**{**valeurs, **champs})


def refuse_par_unique(colonne):
    return refuse_par(
        {
            "empreinte": "demandes_convocation_empreinte_key",
            "numero": "demandes_demande_numero_key",
            "cle": "demandes_notification_cle_key",
        }[colonne]
    )


class TestMandat:
    def test_longer_than_a_year_is_refused(self):
        with refuse_par("mandat_un_an_au_plus"):
            MandatFactory(pendant=DateRange(date(2030, 3, 1), date(2031, 3, 3)))

    def test_exactly_a_year_passes(self):
        MandatFactory(pendant=DateRange(date(2030, 3, 1), date(2031, 3, 1)))

    @pytest.mark.parametrize("pendant", [TOUJOURS, DateRange(None, date(2030, 1, 1)), DateRange(empty=True)])
    def test_without_bounds_is_refused(self, pendant):
        with refuse_par("mandat_un_an_au_plus"):
            MandatFactory(pendant=pendant, signe_le=None)

    def test_given_by_somebody_else_than_the_holder_is_refused(self):
        with refuse_par("mandat_du_titulaire"):
            MandatFactory(usager=UsagerFactory())

    def test_demande_given_to_another_person_under_a_mandate_is_refused(self):
        mandat = MandatFactory()
        with refuse_par("mandat_du_titulaire"):
            Demande.objects.filter(pk=mandat.demande_id).update(usager=UsagerFactory())
            verifier_contraintes()

    def test_mandates_follow_the_record_of_their_person(self):
        mandat, garde = MandatFactory(), UsagerFactory()
        Demande.objects.filter(pk=mandat.demande_id).update(usager=garde)
        Mandat.objects.filter(pk=mandat.pk).update(usager=garde)
        verifier_contraintes()

    @pytest.mark.parametrize("portee", [[], ["retirer"], ["suivre", "decider"]])
    def test_empty_or_unknown_scope_is_refused(self, portee):
        with refuse_par("mandat_portee"):
            MandatFactory(portee=portee)

    def test_running_before_its_signature_is_refused(self):
        with refuse_par("mandat_signe_avant_de_courir"):
            MandatFactory(signe_le=date(2030, 3, 2))

    @pytest.mark.parametrize(
        "champs",
        [{"portee": ["suivre"]}, {"pendant": DateRange(date(2030, 3, 1), date(2030, 12, 1))}, {"signe_le": None}],
    )
    def test_signed_one_changed_is_refused(self, champs):
        mandat = MandatFactory()
        with refuse_par("mandat_fige"):
            Mandat.objects.filter(pk=mandat.pk).update(**champs)

    @pytest.mark.parametrize("champs", [{"revoque_le": None}, {"signe_le": date(2030, 3, 1)}])
    def test_revoked_one_brought_back_is_refused(self, champs):
        mandat = MandatFactory(revoque=True, a_signer="signe_le" in champs)
        with refuse_par("mandat_fige"):
            Mandat.objects.filter(pk=mandat.pk).update(**champs)

    def test_aidant_with_a_role_of_agent_is_refused(self):
        with refuse_par("aidant_sans_role"):
            AidantFactory(agent=AgentFactory(accueil=True))
        with refuse_par("aidant_sans_role"):
            AidantFactory(agent=AgentFactory(is_superuser=True))
        with refuse_par("aidant_sans_role"):
            AttributionFactory(agent=AidantFactory().agent)

    def test_second_live_one_is_refused(self, fatou):
        premier = MandatFactory(organisme=fatou)
        with refuse_par("mandat_actif_unique"):
            MandatFactory(organisme=fatou, demande=premier.demande)
        Mandat.objects.filter(pk=premier.pk).update(revoque_le=INSTANT)
        MandatFactory(organisme=fatou, demande=premier.demande)


class TestPiece:
    @pytest.fixture
    def piece(self):
        return amener_a(DemandeFactory(), Etat.DEPOSEE).pieces.get()

    def test_conforme_before_the_scan_is_refused(self, piece):
        for scan in ("en_attente", "infectee", "illisible"):
            with refuse_par("piece_conforme_saine"):
                Piece.objects.filter(pk=piece.pk).update(scan=scan, verdict="conforme")

    def test_non_conforme_without_reason_is_refused(self, piece):
        with refuse_par("piece_non_conforme_motivee"):
            Piece.objects.filter(pk=piece.pk).update(verdict="non_conforme")

    def test_two_current_files_for_one_piece_is_refused(self, piece):
        piece.pk, piece.cle = None, "00000000-0000-0000-0000-000000000001"
        with refuse_par("piece_courante_unique"):
            piece.save(force_insert=True)


class TestDivers:
    def test_two_open_requests_for_pieces_is_refused(self):
        demande = amener_a(DemandeFactory(), Etat.A_COMPLETER)
        with refuse_par("complement_ouvert_unique"):
            DemandeComplement.objects.create(
                demande=demande, agent=AgentFactory(), notifie_le=INSTANT, limite=date(2030, 5, 1)
            )

    @pytest.mark.parametrize("etat", ["a_envoyer", "en_envoi", "echec"])
    def test_message_that_left_queued_again_is_refused(self, etat):
        demande = amener_a(DemandeFactory(), Etat.DEPOSEE)
        Notification.objects.filter(demande=demande).update(etat="envoyee", envoyee_le=INSTANT)
        with refuse_par("notification_partie"):
            Notification.objects.filter(demande=demande).update(etat=etat)
        with refuse_par("notification_partie"):
            Notification.objects.filter(demande=demande).delete()

    def test_message_with_a_key_already_used_is_refused(self):
        demande = amener_a(DemandeFactory(), Etat.DEPOSEE)
        deja = Notification.objects.get(demande=demande)
        with refuse_par_unique("cle"):
            Notification.objects.create(
                demande=demande, modele="depot", destinataire="a@b.fr", cle=deja.cle, prochain_essai_le=INSTANT
            )

    def test_message_sent_without_its_date_is_refused(self):
        demande = amener_a(DemandeFactory(), Etat.DEPOSEE)
        with refuse_par("notification_envoyee_datee"):
            Notification.objects.filter(demande=demande).update(etat="envoyee")

    def test_same_number_twice_is_refused(self):
        une, autre = (amener_a(DemandeFactory(), Etat.DEPOSEE) for _ in range(2))
        with refuse_par_unique("numero"):
            Demande.objects.filter(pk=une.pk).update(numero=autre.numero)

    @pytest.mark.parametrize("etapes", [[], [0], [1, 5]])
    def test_motif_with_unknown_steps_is_refused(self, etapes):
        with refuse_par("motif_etapes_connues"):
            MotifFactory(etapes=etapes)

    @pytest.mark.parametrize(
        "champs",
        [
            {"delai_valeur": None},
            {"delai_valeur": 0},
            {"delai_unite": ""},
            {"delai_valeur": None, "delai_unite": "", "silence": "rejet"},
        ],
    )
    def test_motif_with_an_incoherent_delay_is_refused(self, champs):
        motif = MotifFactory()
        with refuse_par("motif_delai_coherent"):
            Motif.objects.filter(pk=motif.pk).update(**champs)

    @pytest.mark.parametrize("naissance", ["17/05/1980", "1980-13-01", "1880-01-01", "1980-5-17", "demain"])
    def test_absurd_birth_date_is_refused(self, naissance):
        usager = UsagerFactory()
        with refuse_par("usager_date_naissance"):
            Usager.objects.filter(pk=usager.pk).update(date_naissance=naissance)

    @pytest.mark.parametrize("naissance", ["1980-00-00", "1980-05-00", "2029-12-31", ""])
    def test_birth_date_known_in_part_passes(self, naissance):
        UsagerFactory(date_naissance=naissance)

    def test_same_role_twice_at_the_same_dates_is_refused(self, chloe):
        with refuse_par("attribution_sans_chevauchement"):
            AttributionFactory(agent=chloe, pendant=DateRange(date(2030, 1, 1), date(2030, 2, 1)))

    def test_two_delegations_at_the_same_dates_is_refused(self, denis):
        with refuse_par("delegation_sans_chevauchement"):
            DelegationFactory(agent=denis)


class TestPortee:
    """Seeing a file that is not theirs."""

    def test_visibles_par_agent_of_another_prefecture_holds_nothing(self, chloe, etienne):
        demande = amener_a(DemandeFactory(), Etat.DEPOSEE)
        assert list(Demande.objects.visibles_par(chloe)) == [demande]
        assert not Demande.objects.visibles_par(etienne)

    def test_visibles_par_drafts_are_nobody_s_business(self, chloe):
        DemandeFactory()
        assert not Demande.objects.visibles_par(chloe)

    @pytest.mark.parametrize("role", ["webmestre", "administrateur"])
    def test_visibles_par_roles_without_files_holds_nothing(self, role):
        amener_a(DemandeFactory(), Etat.DEPOSEE)
        assert not Demande.objects.visibles_par(AgentFactory(role=role))

    def test_visibles_par_attribution_to_a_service_holds_its_files_only(self):
        demande = amener_a(DemandeFactory(), Etat.DEPOSEE)
        route = amener_a(DemandeFactory(motif__genre_service="reglementation_routiere"), Etat.DEPOSEE)
        agent = AgentFactory()
        AttributionFactory(agent=agent, service=route.service)
        assert list(Demande.objects.visibles_par(agent)) == [route]
        assert demande.service != route.service

    @pytest.mark.parametrize("fin", [date(2029, 12, 31), date(2030, 3, 4)])
    def test_visibles_par_attribution_ended_holds_nothing(self, fin):
        amener_a(DemandeFactory(), Etat.DEPOSEE)
        agent = AgentFactory()
        AttributionFactory(agent=agent, pendant=DateRange(date(2029, 1, 1), fin))
        assert not Demande.objects.visibles_par(Agent.objects.get(pk=agent.pk))

    def test_decider_with_a_delegation_ended_yesterday_is_refused(self):
        demande = amener_a(DemandeFactory(), Etat.EN_INSTRUCTION)
        agent = AgentFactory(signataire=True, delegation=False)
        DelegationFactory(agent=agent, pendant=DateRange(date(2029, 1, 1), date(2030, 3, 4)))
        with pytest.raises(ErreurMetier) as refus:
            decision.accorder(demande, par=acteur(agent), maintenant=INSTANT)
        assert refus.value.code == "sans_delegation"

    def test_convoquer_to_a_site_of_another_prefecture_is_refused(self, etienne):
        demande = amener_a(DemandeFactory(), Etat.COMPLETE)
        ailleurs = equipe(DemandeFactory(prefecture__departement="93")).site
        with pytest.raises(ErreurMetier) as refus:
            convocations.convoquer(
                demande,
                motivation="x",
                sites=[ailleurs],
                par=acteur(equipe(demande).chloe),
                maintenant=datetime(2030, 3, 4, tzinfo=UTC),
            )
        assert refus.value.champ == "sites"
