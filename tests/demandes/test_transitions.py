"""Each transition × state × actor: it passes, or the right error says why; nothing is left behind by a refusal."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from demandes import cycle
from demandes.acteur import SYSTEME, Acteur, GenreActeur, acteur_usager
from demandes.cycle import PAR_NOM, TABLE, Etat
from demandes.models import Demande, Evenement, Notification
from demandes.services import completude, convocation, decision, depot, suites
from demandes.services.transitions import actions_possibles, appliquer
from guichet.models import Passage
from guichet.services import guichet as comptoir
from guichet.services import remise
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planning.models import Creneau, RendezVous
from planning.services import reservation
from tests.demandes.factories import INSTANT, AgentFactory, DemandeFactory, UsagerFactory
from tests.parcours import PAS, acteur, amener_a, convocation_active, creneau_libre, equipe, verifier_contraintes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

# Written by hand, not derived from the code: what each actor may, and what each state lets pass.
INSTRUCTEUR = {
    "deposer",
    "demander_complements",
    "completer",
    "classer_incomplete",
    "constater_completude",
    "convoquer",
    "revoquer_convocation",
    "reserver",
    "annuler",
    "constater_absence",
    "recevoir",
    "instruire",
    "constater_titre_pret",
    "remettre",
    "retirer",
    "cloturer",
}
PERMIS: dict[str, set[str]] = {
    "accueil": {"deposer", "constater_absence"},
    "instructeur": INSTRUCTEUR,
    "signataire": INSTRUCTEUR | {"accorder", "refuser"},
    "chef_service": INSTRUCTEUR | {"accorder", "refuser"},
    "webmestre": set(),
    "administrateur": set(),
    "titulaire": {"deposer", "completer", "reserver", "annuler", "retirer"},
    "autre_usager": set(),
    "autre_prefecture": set(),
    "organisme": set(),
    "systeme": {"annuler", "classer_incomplete", "expirer_convocation", "constater_absence", "cloturer"},
}
COMMUNES: dict[Etat, set[str]] = {
    Etat.BROUILLON: {"deposer"},
    Etat.A_COMPLETER: {"completer", "classer_incomplete", "constater_completude", "retirer"},
    Etat.CONVOQUEE: {"revoquer_convocation", "expirer_convocation", "reserver", "recevoir", "retirer"},
    Etat.RDV_PRIS: {"revoquer_convocation", "annuler", "constater_absence", "recevoir", "retirer"},
    Etat.EN_INSTRUCTION: {"accorder", "refuser", "retirer"},
    Etat.A_REMETTRE: {"remettre"},
    Etat.REFUSEE: {"cloturer"},
    Etat.REMISE: {"cloturer"},
    Etat.SANS_SUITE: {"cloturer"},
    Etat.CLOTUREE: set(),
}
# By kind of motif: the states where its steps matter.
MOTIFS: dict[str, tuple[dict[str, Any], dict[Etat, set[str]]]] = {
    "quatre-etapes": (
        {"etapes": [1, 2, 3, 4]},
        {
            Etat.DEPOSEE: {"demander_complements", "constater_completude", "retirer"},
            Etat.COMPLETE: {"convoquer", "recevoir", "retirer"},
            Etat.RECUE: {"convoquer", "instruire", "retirer"},
            Etat.ACCORDEE: {"constater_titre_pret"},
        },
    ),
    "plein-droit-sans-titre": (
        {"etapes": [1, 2, 3], "plein_droit": True},
        {
            Etat.DEPOSEE: {"demander_complements", "constater_completude", "retirer"},
            Etat.COMPLETE: {"convoquer", "recevoir", "retirer"},
            Etat.RECUE: {"convoquer", "instruire", "accorder", "retirer"},
            Etat.ACCORDEE: {"cloturer"},
        },
    ),
    "sans-reception": (
        {"etapes": [1, 3]},
        {
            Etat.DEPOSEE: {"demander_complements", "constater_completude", "retirer"},
            Etat.COMPLETE: {"instruire", "retirer"},
            Etat.ACCORDEE: {"cloturer"},
        },
    ),
    "accueil-seul": (
        {"etapes": [2]},
        {Etat.DEPOSEE: {"convoquer", "recevoir", "retirer"}, Etat.RECUE: {"convoquer", "cloturer", "retirer"}},
    ),
    "remise-seule": ({"etapes": [4]}, {Etat.DEPOSEE: {"constater_titre_pret", "retirer"}}),
}
CAS = [
    (motif, etat)
    for motif, (_, propres) in MOTIFS.items()
    for etat in Etat
    if etat in propres or (motif == "quatre-etapes" and etat in COMMUNES)
]


@pytest.fixture
def distribution():
    """One actor of each kind; the titulaire is given by the demande."""
    roles = ("accueil", "instructeur", "signataire", "chef_service", "webmestre", "administrateur")
    acteurs = {role: acteur(AgentFactory(role=role)) for role in roles}

    def de(demande: Demande, etranger) -> dict[str, Acteur]:
        return acteurs | {
            "titulaire": acteur_usager(demande.usager_id),
            "autre_usager": acteur_usager(UsagerFactory().pk),
            "autre_prefecture": acteur(etranger),
            "organisme": Acteur(GenreActeur.ORGANISME, 1),
            "systeme": SYSTEME,
        }

    return de


def essayer(demande, nom, par):
    """Try a transition; return the code of the refusal, or the state reached."""
    champs = {"numero": "67-2030-999999", "deposee_le": INSTANT} if nom == "deposer" else {}
    faits = {"convocation_id": 0} if nom == "convoquer" else {}
    try:
        return appliquer(demande, nom, par=par, maintenant=INSTANT, champs=champs, **faits).etat
    except ErreurMetier as erreur:
        return erreur.code, erreur.statut


def essayer_puis_defaire(demande, nom, par):
    """Same, undone."""
    with transaction.atomic():
        issue = essayer(Demande.objects.get(pk=demande.pk), nom, par)
        transaction.set_rollback(True)
    return issue


@pytest.mark.parametrize(("motif", "etat"), CAS, ids=[f"{m}-{e}" for m, e in CAS])
def test_appliquer_each_transition_and_actor_passes_or_says_why(motif, etat, distribution, etienne):
    champs, propres = MOTIFS[motif]
    demande = amener_a(DemandeFactory(**{f"motif__{c}": v for c, v in champs.items()}), etat)
    possibles = propres[etat] if etat in propres else COMMUNES[etat]
    surprises = []
    for genre, par in distribution(demande, etienne).items():
        for t in (t for t in TABLE if not t.reprise):
            attendu: object = t.vers
            if t.nom not in PERMIS[genre]:
                attendu = ("droit_refuse", 403)
            elif t.nom not in possibles:
                attendu = ("transition_interdite", 409)
            passe = attendu == t.vers
            obtenu = essayer_puis_defaire(demande, t.nom, par) if passe else essayer(demande, t.nom, par)
            if obtenu != attendu:
                surprises.append((genre, t.nom, attendu, obtenu))
        boutons = {t.nom for t in actions_possibles(demande, par)}
        if boutons != possibles & PERMIS[genre]:
            surprises.append((genre, "boutons", possibles & PERMIS[genre], boutons))
    assert not surprises
    assert Demande.objects.get(pk=demande.pk).etat == etat


def _appels(demande: Demande, par: Acteur) -> dict[str, Any]:
    """Each transition by its own service."""
    e, instant = equipe(demande), INSTANT
    limite = instant.date() + timedelta(days=10)
    commun: dict[str, Any] = {"par": par, "maintenant": instant}
    motifs: dict[str, Any] = {"motifs_droit": "Article L432-1 du CESEDA.", "motifs_fait": "Conditions non remplies."}
    titre: dict[str, Any] = {"numero_titre": "X1", "identite_verifiee": True, "signature_nom": "Amina"}
    return {
        "deposer": lambda: depot.deposer(demande, **commun),
        "demander_complements": lambda: completude.demander_complements(demande, limite=limite, message="", **commun),
        "completer": lambda: completude.completer(demande, **commun),
        "classer_incomplete": lambda: completude.classer_incomplete(
            demande, par=par, maintenant=instant + timedelta(days=60)
        ),
        "constater_completude": lambda: completude.constater_completude(demande, **commun),
        "convoquer": lambda: convocation.convoquer(demande, motivation="Empreintes", sites=[e.site], **commun),
        "revoquer_convocation": lambda: convocation.revoquer_convocation(demande, **commun),
        "reserver": lambda: reservation.reserver(convocation_active(demande), creneau_libre(demande), **commun),
        "annuler": lambda: reservation.annuler(convocation_active(demande), **commun),
        "instruire": lambda: decision.instruire(demande, **commun),
        "accorder": lambda: decision.accorder(demande, **commun),
        "refuser": lambda: decision.refuser(demande, **motifs, **commun),
        "constater_titre_pret": lambda: suites.constater_titre_pret(demande, **commun),
        "remettre": lambda: remise.remettre(demande, **titre, **commun),
        "retirer": lambda: suites.retirer(demande, **commun),
        "cloturer": lambda: suites.cloturer(demande, **commun),
    }


SERVIS = [
    t.nom for t in TABLE if t.nom not in ("expirer_convocation", "constater_absence", "recevoir", "reprendre")
]  # these four have their own tests below


def _juger(demande, nom):
    """Make ready what the service asks for besides the state."""
    if nom == "constater_completude":
        demande.pieces.courantes().update(verdict="conforme")
    if nom == "demander_complements":
        demande.pieces.courantes().update(verdict="non_conforme", raison="floue")
    if nom == "completer":
        demande.pieces.courantes().update(verdict="a_verifier", raison="")


@pytest.mark.parametrize("nom", SERVIS)
def test_service_by_each_actor_without_the_right_is_refused_and_writes_nothing(nom, distribution, etienne):
    t = PAR_NOM[nom]
    demande = DemandeFactory() if nom != "deposer" else _pret_a_deposer()
    if nom != "deposer":
        demande = amener_a(demande, next(d for d in t.depuis if t.permise(demande.motif.regles, d)))
    _juger(demande, nom)
    avant = (Evenement.objects.count(), Notification.objects.count())
    surprises = []
    acteurs = distribution(demande, etienne)
    for genre, par in acteurs.items():
        if nom in PERMIS[genre]:
            continue
        try:
            _appels(Demande.objects.get(pk=demande.pk), par)[nom]()
        except DroitRefuse:
            continue
        except ErreurMetier as erreur:
            surprises.append((genre, erreur.code))
        else:
            surprises.append((genre, "passé"))
    assert not surprises
    assert Demande.objects.get(pk=demande.pk).etat == demande.etat
    assert (Evenement.objects.count(), Notification.objects.count()) == avant


@pytest.mark.parametrize(
    ("nom", "genre"), [(n, g) for g in ("titulaire", "chef_service") for n in SERVIS if n in PERMIS[g]]
)
def test_service_by_who_may_moves_the_demande_and_writes_its_event(nom, genre, distribution, etienne):
    t = PAR_NOM[nom]
    demande = DemandeFactory() if nom != "deposer" else _pret_a_deposer()
    if nom != "deposer":
        demande = amener_a(demande, next(d for d in t.depuis if t.permise(demande.motif.regles, d)))
    _juger(demande, nom)
    depuis = demande.etat
    par = distribution(demande, etienne)[genre]
    _appels(demande, par)[nom]()
    evenement = Evenement.objects.filter(demande=demande).transitions().latest("pk")
    assert (evenement.nature, evenement.de, evenement.vers) == (f"transition:{nom}", depuis, t.vers)
    assert (evenement.acteur_genre, evenement.acteur_id) == (par.genre, par.pk)
    assert Demande.objects.get(pk=demande.pk).etat == t.vers
    verifier_contraintes()


def _pret_a_deposer():
    demande = DemandeFactory(motif__pieces=0)
    assert demande.etat == Etat.BROUILLON
    return demande


FERMES = [n for n in SERVIS if n not in ("reserver", "annuler")]  # these need a convocation, ended by then


@pytest.mark.parametrize("nom", FERMES)
def test_service_on_closed_demande_is_a_conflict_that_names_the_state(nom):
    demande = amener_a(DemandeFactory(), Etat.CLOTUREE)
    _juger(demande, nom)
    par = acteur(equipe(demande).denis)
    with pytest.raises(ErreurMetier) as refus:
        _appels(demande, par)[nom]()
    assert (refus.value.code, refus.value.statut) == ("transition_interdite", 409)
    assert "Clôturée" in refus.value.message


def test_recevoir_by_agent_without_the_right_is_refused(bruno):
    demande = amener_a(DemandeFactory(), Etat.RDV_PRIS)
    e = equipe(demande)
    with pytest.raises(DroitRefuse):
        comptoir.appeler_suivant(e.guichet, [e.file], par=acteur(bruno), maintenant=INSTANT)


def test_expirer_before_its_date_does_nothing():
    demande = amener_a(DemandeFactory(), Etat.CONVOQUEE)
    assert not convocation.expirer(convocation_active(demande), maintenant=INSTANT)
    assert Demande.objects.get(pk=demande.pk).etat == Etat.CONVOQUEE


def test_expirer_after_a_booking_keeps_the_appointment():
    demande = amener_a(DemandeFactory(), Etat.RDV_PRIS)
    active = convocation_active(demande)
    assert not convocation.expirer(active, maintenant=active.expire_le)
    assert Demande.objects.get(pk=demande.pk).etat == Etat.RDV_PRIS


def test_constater_absence_frees_the_link_for_another_appointment():
    demande = amener_a(DemandeFactory(), Etat.RDV_PRIS)
    PAS["constater_absence"](demande)
    demande.refresh_from_db()
    assert demande.etat == Etat.CONVOQUEE
    assert RendezVous.objects.get().etat == RendezVous.Etat.ABSENT
    assert Passage.objects.get().etat == Passage.Etat.ABSENT
    demande = amener_a(demande, Etat.RDV_PRIS)
    assert RendezVous.objects.count() == 2


def test_appliquer_when_a_reaction_fails_leaves_nothing(monkeypatch):
    demande = amener_a(DemandeFactory(), Etat.RDV_PRIS)
    evenements = Evenement.objects.count()

    def echouer(*_: object, **__: object) -> None:
        raise LookupError

    monkeypatch.setitem(cycle._reactions, "retirer", [*cycle.reactions("retirer"), echouer])
    with pytest.raises(LookupError):
        suites.retirer(demande, par=acteur_usager(demande.usager_id), maintenant=INSTANT)
    assert Demande.objects.get(pk=demande.pk).etat == Etat.RDV_PRIS
    assert Evenement.objects.count() == evenements
    assert Creneau.objects.get().prises == 1
    assert RendezVous.objects.get().etat == RendezVous.Etat.PRIS


@pytest.mark.parametrize("nom", ["retirer", "revoquer_convocation"])
def test_reaction_frees_the_slot_in_the_same_act(nom):
    demande = amener_a(DemandeFactory(), Etat.RDV_PRIS)
    assert Creneau.objects.get().prises == 1
    _appels(demande, acteur(equipe(demande).chloe))[nom]()
    assert Creneau.objects.get().prises == 0
    assert RendezVous.objects.get().etat == RendezVous.Etat.ANNULE
    assert not demande.convocations.actives().exists()
    assert Notification.objects.filter(modele="rendez_vous_annule").count() == 1


def test_appliquer_brings_the_object_given_up_to_date():
    demande = amener_a(DemandeFactory(), Etat.EN_INSTRUCTION)
    suites.retirer(demande, par=acteur_usager(demande.usager_id), maintenant=INSTANT)
    assert demande.etat == Etat.SANS_SUITE
    assert demande.modifiee_le == INSTANT


def test_appliquer_from_a_stale_object_reads_the_row_again():
    """Back button, double click: the object in hand says deposee, the row says sans_suite."""
    demande = amener_a(DemandeFactory(), Etat.DEPOSEE)
    perimee = Demande.objects.get(pk=demande.pk)
    par = acteur_usager(demande.usager_id)
    suites.retirer(demande, par=par, maintenant=INSTANT)
    with pytest.raises(ErreurMetier) as refus:
        suites.retirer(perimee, par=par, maintenant=INSTANT)
    assert refus.value.code == "transition_interdite"
    assert Evenement.objects.filter(nature="transition:retirer").count() == 1


def test_acte_inside_an_acte_is_a_programming_error():
    demande = amener_a(DemandeFactory(), Etat.DEPOSEE)
    with transaction.atomic(), pytest.raises(RuntimeError):
        suites.retirer(demande, par=acteur_usager(demande.usager_id), maintenant=INSTANT)


def test_accorder_without_delegation_is_refused():
    demande = amener_a(DemandeFactory(), Etat.EN_INSTRUCTION)
    with pytest.raises(ErreurMetier) as refus:
        decision.accorder(demande, par=acteur(AgentFactory(signataire=True, delegation=False)), maintenant=INSTANT)
    assert (refus.value.code, refus.value.statut) == ("sans_delegation", 403)


def test_accorder_by_who_checked_completeness_is_refused_where_four_eyes():
    demande: Any = DemandeFactory(motif__quatre_yeux=True, motif__pieces=0)
    denis = AgentFactory(chef_service=True)
    demande = amener_a(demande, Etat.DEPOSEE)
    completude.constater_completude(demande, par=acteur(denis), maintenant=INSTANT)
    demande = amener_a(Demande.objects.get(pk=demande.pk), Etat.EN_INSTRUCTION)
    with pytest.raises(ErreurMetier) as refus:
        decision.accorder(demande, par=acteur(denis), maintenant=INSTANT)
    assert refus.value.code == "quatre_yeux"
    decision.accorder(demande, par=acteur(AgentFactory(chef_service=True)), maintenant=INSTANT)


def test_refuser_without_motives_is_refused_on_the_field():
    demande = amener_a(DemandeFactory(), Etat.EN_INSTRUCTION)
    with pytest.raises(ErreurMetier) as refus:
        decision.refuser(
            demande,
            motifs_droit="Article L432-1 du CESEDA.",
            motifs_fait=" ",
            par=acteur(equipe(demande).denis),
            maintenant=INSTANT,
        )
    assert (refus.value.code, refus.value.champ) == ("motifs_absents", "motifs_fait")
