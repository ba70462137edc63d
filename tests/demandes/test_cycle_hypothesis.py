"""Random lives: whatever is tried, by whomever, in whatever order, on the real services and the real database.

Two kinds of step: what the table permits, done as it should be, must succeed; anything else, by anybody, must either
follow the table or leave nothing behind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Count
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from demandes.acteur import SYSTEME, Acteur, GenreActeur, acteur_usager
from demandes.cycle import PAR_NOM, TABLE, Etat, Transition, permises
from demandes.models import (
    Acte,
    Convocation,
    Decision,
    Demande,
    DemandeComplement,
    Evenement,
    Notification,
    Piece,
)
from demandes.services import completude, convocation, decision, depot, journal, pieces, suites
from guichet.models import Passage, Remise
from guichet.services import remise
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import maintenant
from planning.models import Creneau, Prolongement, RendezVous
from planning.services import reservation
from tests.demandes.factories import AgentFactory, DemandeFactory, MotifFactory, PrefectureFactory, UsagerFactory
from tests.parcours import PAS, PDF, acteur, chemin, creneau_libre, equipe, verifier_contraintes

pytestmark = pytest.mark.django_db

GENRES = (
    "titulaire", "autre_usager", "accueil", "instructeur", "signataire", "chef_service", "webmestre",
    "autre_prefecture", "organisme", "systeme",
)  # fmt: skip
MOTIFS: tuple[dict[str, Any], ...] = (
    {"etapes": [1, 2, 3, 4]},
    {"etapes": [1, 2, 3, 4], "plein_droit": True, "guichet_minutes": 30},
    {"etapes": [1, 3], "silence": "acceptation"},
    {"etapes": [1, 2, 3], "quatre_yeux": True},
    {"etapes": [2, 4], "delai_valeur": 10, "delai_unite": "jours_francs"},
)
BUTS = (Etat.RDV_PRIS, Etat.REMISE, Etat.A_COMPLETER, Etat.REFUSEE, Etat.RECUE, Etat.CLOTUREE)
VIES, PAS_PAR_VIE = 25, 15
# Each life is drawn from one number, that a failure gives: Hypothesis explores steps one by one too unevenly to leave
# the first states often, and to make a life shorter takes minutes.
REGLAGES = settings(
    max_examples=VIES,
    derandomize=True,  # the same lives at each run: the coverage below is part of the test
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ECRITES = tuple(
    modele._meta.db_table
    for modele in (
        Demande, DemandeComplement, Convocation, Piece, Acte, Decision, Evenement, Notification,
        RendezVous, Prolongement, Passage, Remise,
    )
)  # fmt: skip
ESSAIS: dict[str, Callable[[Demande, Acteur], object]] = {}


def essai(fonction: Callable[[Demande, Acteur], object]) -> Callable[[Demande, Acteur], object]:
    """Register an act that anybody may try at any time."""
    ESSAIS[fonction.__name__] = fonction
    return fonction


@essai
def deposer(demande: Demande, par: Acteur) -> object:
    return depot.deposer(demande, par=par, maintenant=maintenant())


@essai
def joindre(demande: Demande, par: Acteur) -> object:
    requise = demande.motif.pieces_requises.get()
    return pieces.joindre(demande, requise, PDF, nom="scan.pdf", par=par, maintenant=maintenant())


@essai
def juger_conforme(demande: Demande, par: Acteur) -> object:
    return _juger(demande, par, conforme=True)


@essai
def juger_non_conforme(demande: Demande, par: Acteur) -> object:
    return _juger(demande, par, conforme=False)


def _juger(demande: Demande, par: Acteur, *, conforme: bool) -> object:
    piece = demande.pieces.courantes().first()
    if piece is None:
        raise ErreurMetier("sans_piece", "")
    raison = "" if conforme else "Floue."
    return pieces.verifier_piece(piece, conforme=conforme, raison=raison, par=par, maintenant=maintenant())


@essai
def demander_complements(demande: Demande, par: Acteur) -> object:
    limite = maintenant().date() + timedelta(days=15)
    return completude.demander_complements(demande, limite=limite, message="", par=par, maintenant=maintenant())


@essai
def completer(demande: Demande, par: Acteur) -> object:
    return completude.completer(demande, par=par, maintenant=maintenant())


@essai
def classer_incomplete(demande: Demande, par: Acteur) -> object:
    return completude.classer_incomplete(demande, par=par, maintenant=maintenant())


@essai
def constater_completude(demande: Demande, par: Acteur) -> object:
    return completude.constater_completude(demande, par=par, maintenant=maintenant())


@essai
def convoquer(demande: Demande, par: Acteur) -> object:
    site = equipe(demande).site
    return convocation.convoquer(demande, motivation="Empreintes", sites=[site], par=par, maintenant=maintenant())


@essai
def revoquer_convocation(demande: Demande, par: Acteur) -> object:
    return convocation.revoquer_convocation(demande, par=par, maintenant=maintenant())


@essai
def expirer_convocation(demande: Demande, par: Acteur) -> object:
    return convocation.expirer(_derniere(demande), par=par, maintenant=maintenant())


@essai
def reserver(demande: Demande, par: Acteur) -> object:
    return reservation.reserver(_derniere(demande), _libre(demande), par=par, maintenant=maintenant())


@essai
def reserver_complet(demande: Demande, par: Acteur) -> object:
    """A slot of no place: never taken, whoever asks."""
    return reservation.reserver(_derniere(demande), _complet(demande), par=par, maintenant=maintenant())


@essai
def deplacer(demande: Demande, par: Acteur) -> object:
    return reservation.deplacer(_derniere(demande), _libre(demande), par=par, maintenant=maintenant())


@essai
def deplacer_vers_complet(demande: Demande, par: Acteur) -> object:
    return reservation.deplacer(_derniere(demande), _complet(demande), par=par, maintenant=maintenant())


@essai
def annuler(demande: Demande, par: Acteur) -> object:
    return reservation.annuler(_derniere(demande), par=par, maintenant=maintenant())


@essai
def instruire(demande: Demande, par: Acteur) -> object:
    return decision.instruire(demande, par=par, maintenant=maintenant())


@essai
def accorder(demande: Demande, par: Acteur) -> object:
    return decision.accorder(demande, par=par, maintenant=maintenant())


@essai
def refuser(demande: Demande, par: Acteur) -> object:
    motifs = {"motifs_droit": "Article L432-1 du CESEDA.", "motifs_fait": "Conditions non remplies."}
    return decision.refuser(demande, **motifs, par=par, maintenant=maintenant())


@essai
def constater_titre_pret(demande: Demande, par: Acteur) -> object:
    return suites.constater_titre_pret(demande, par=par, maintenant=maintenant())


@essai
def remettre(demande: Demande, par: Acteur) -> object:
    titre: dict[str, Any] = {"numero_titre": "X1", "identite_verifiee": True, "signature_nom": "Amina"}
    return remise.remettre(demande, **titre, par=par, maintenant=maintenant())


@essai
def retirer(demande: Demande, par: Acteur) -> object:
    return suites.retirer(demande, par=par, maintenant=maintenant())


@essai
def cloturer(demande: Demande, par: Acteur) -> object:
    return suites.cloturer(demande, par=par, maintenant=maintenant())


def _derniere(demande: Demande) -> Convocation:
    """Return the newest convocation, live or not: an old link may be tried too."""
    convocations = Convocation.objects.select_related("demande__motif", "demande__prefecture", "demande__usager")
    derniere = convocations.filter(demande=demande).order_by("-pk").first()
    if derniere is None:
        raise ErreurMetier("sans_convocation", "")
    return derniere


def _libre(demande: Demande) -> Creneau:
    """Return the first of two new slots in a row: a visit of this file may take both."""
    premier, _ = creneau_libre(demande), creneau_libre(demande)
    return premier


def _complet(demande: Demande) -> Creneau:
    creneau = creneau_libre(demande)
    Creneau.objects.filter(pk=creneau.pk).update(places=0)
    return creneau


class Vie:
    """One demande after the other of one motif, from its draft on, in a transaction that is undone."""

    atteints: Counter[str] = Counter()
    refus: Counter[str] = Counter()

    def __init__(self, motif: dict[str, Any], voyageur: Any, graine: int = 0) -> None:
        self.hasard, self.voyageur, self.depart = Random(graine), voyageur, maintenant()
        self.motif = MotifFactory(**motif)
        self.regles = self.motif.regles
        self.premiere_echeance: date | None = None
        self._ouvrir()
        autre = PrefectureFactory(departement="93")
        roles = ("accueil", "instructeur", "signataire", "chef_service", "webmestre")
        self.acteurs = {role: acteur(AgentFactory(role=role)) for role in roles} | {
            "autre_usager": acteur_usager(UsagerFactory().pk),
            "autre_prefecture": acteur(AgentFactory(role="chef_service", prefecture=autre)),
            "organisme": Acteur(GenreActeur.ORGANISME, self.demande.usager_id),
            "systeme": SYSTEME,
        }

    def _ouvrir(self) -> None:
        self.demande: Demande = DemandeFactory(motif=self.motif)
        self.equipe = equipe(self.demande)
        self.changements, self.premiere_echeance = 0, None
        verifier_contraintes()

    def fraiche(self) -> Demande:
        demande = Demande.objects.select_related("motif", "prefecture", "usager").get(pk=self.demande.pk)
        vars(demande)["_equipe"] = self.equipe
        return demande

    def faire_un_pas(self) -> None:
        """Draw one step, do it, check everything."""
        pas = (self.avancer, self.avancer, self.suivre_la_table, self.tenter, self.tenter, self.tenter, self.attendre)
        self.hasard.choice(pas)()
        self.verifier()

    def verifier(self) -> None:
        """Check what holds at any time."""
        self.un_seul_de_chaque()
        self.compteurs_justes()
        self.journal_entier()
        self.echeance_jamais_avant_celle_du_depot()

    def avancer(self) -> None:
        """Some transitions in a row towards a state, each done by who may and as it should be: they succeed."""
        if self.demande.etat == Etat.CLOTUREE:
            self._ouvrir()  # another life beside it
        noms = chemin(self.regles, self.demande.etat, self.hasard.choice(BUTS)) or []
        for nom in noms[: self.hasard.randint(1, 6)]:
            self._suivre(nom)

    def suivre_la_table(self) -> None:
        """Any transition that the table permits, done as it should be, succeeds."""
        noms = [t.nom for t in permises(self.regles, self.demande.etat)]
        if noms:
            self._suivre(self.hasard.choice(noms))

    def _suivre(self, nom: str) -> None:
        demande = self.fraiche()
        if nom == "reserver" and not _lien_long(demande):
            return
        self._observer(demande, lambda: self._comme_il_faut(demande, nom), attendu=self._arrivee(PAR_NOM[nom]))

    def _arrivee(self, transition: Transition) -> Etat:
        avant = self.demande.evenements.filter(vers=Etat.CONVOQUEE).exclude(de=Etat.RDV_PRIS).order_by("pk").last()
        return transition.arrivee(self.regles, avant.de if avant else None)

    def _comme_il_faut(self, demande: Demande, nom: str) -> None:
        if nom == "reserver":
            reserver(demande, acteur_usager(demande.usager_id))
            return
        donnee = demande.pieces.courantes().exists()
        if nom == "demander_complements" and donnee:  # whatever an agent said before of the piece
            juger_non_conforme(demande, acteur(self.equipe.chloe))
        if nom == "constater_completude" and not donnee:  # deposited by an agent, who may wait for the piece
            joindre(demande, acteur(self.equipe.chloe))
        PAS[nom](demande)

    def tenter(self) -> None:
        """Anything, by anybody: it follows the table, or it leaves nothing."""
        genre = self.hasard.choice((*GENRES, "titulaire", "chef_service", "chef_service"))
        self._tenter(self.hasard.choice(sorted(ESSAIS)), genre)

    def _tenter(self, nom: str, genre: str) -> None:
        demande = self.fraiche()
        par = acteur_usager(demande.usager_id) if genre == "titulaire" else self.acteurs[genre]
        interdit = nom in PAR_NOM and not (
            PAR_NOM[nom].permise(self.regles, demande.etat) and _a_le_droit(demande, nom, par)
        )
        # A title is handed over on a convocation too: the one verb that the table does not hold in that state.
        if nom == "convoquer" and demande.etat == Etat.A_REMETTRE:
            interdit = not _a_le_droit(demande, nom, par)
        if nom in ("reserver", "annuler") and demande.convocations.filter(objet="remise").exists():
            interdit = not _a_le_droit(demande, nom, par)
        interdit = interdit or nom.endswith("complet")
        self._observer(demande, lambda: ESSAIS[nom](demande, par), interdit=interdit)

    def attendre(self) -> None:
        """Let days pass."""
        self.voyageur.shift(timedelta(days=self.hasard.randint(1, 12)))

    def _observer(
        self, demande: Demande, geste: Callable[[], object], *, attendu: str = "", interdit: bool = False
    ) -> None:
        avant, echeance = _photo(), demande.echeance
        dernier = Evenement.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        depart = str(demande.etat)
        rendu, refus = _obtenir(geste)
        if refus:
            assert not attendu, f"{attendu} refusée : {refus}"
            assert _photo() == avant, "un refus a laissé une trace"
            Vie.refus[refus] += 1
            return
        assert not interdit or rendu is False, "ce geste devait être refusé"
        self.demande = self.fraiche()
        assert not attendu or self.demande.etat == attendu
        self._verifier_les_evenements(depart, dernier)
        self.premiere_echeance = self.premiere_echeance or self.demande.echeance
        if echeance is not None and self.demande.etat == Etat.A_COMPLETER != depart:
            assert (self.demande.echeance or date.min) >= echeance, "une suspension a avancé l’échéance"

    def _verifier_les_evenements(self, depart: str, dernier: int) -> None:
        """One event per change of state, each a row of the table, from the state left to the state reached."""
        lignes = Evenement.objects.filter(demande=self.demande, pk__gt=dernier).transitions().order_by("pk")
        etat = depart
        for evenement in lignes:
            t = PAR_NOM[evenement.nature.removeprefix("transition:")]
            assert evenement.de == etat
            assert evenement.vers in t.arrivees
            assert t.permise(self.regles, etat)
            etat = evenement.vers
            self.changements += 1
            Vie.atteints[etat] += 1
        assert etat == self.demande.etat, "un état sans son événement"

    def un_seul_de_chaque(self) -> None:
        doubles = Convocation.objects.actives().values("demande", "objet").annotate(n=Count("pk")).filter(n__gt=1)
        assert not doubles.order_by().exists()
        vivants = RendezVous.objects.actifs().values("convocation").annotate(n=Count("pk")).filter(n__gt=1)
        assert not vivants.order_by().exists()
        reception = RendezVous.objects.actifs().filter(convocation__objet="reception", convocation__etat="active")
        assert reception.filter(convocation__demande=self.demande).exists() == (self.demande.etat == Etat.RDV_PRIS)

    def compteurs_justes(self) -> None:
        tenus = Counter(RendezVous.objects.exclude(etat__in=["annule", "deplace"]).values_list("creneau", flat=True))
        tenus.update(Prolongement.objects.values_list("creneau", flat=True))
        for pk, prises in Creneau.objects.values_list("pk", "prises"):
            assert prises == tenus[pk]

    def journal_entier(self) -> None:
        assert journal.verifier(self.demande.prefecture) is None
        assert Evenement.objects.filter(demande=self.demande).transitions().count() == self.changements

    def echeance_jamais_avant_celle_du_depot(self) -> None:
        if self.premiere_echeance is not None:
            assert self.demande.echeance is not None
            assert self.demande.echeance >= self.premiere_echeance


def _obtenir(geste: Callable[[], object]) -> tuple[object, str]:
    """Do it, as far as a commit would go; return what it gives, and the code of the refusal if any."""
    try:
        rendu = geste()
        verifier_contraintes()
    except ErreurMetier as erreur:
        return None, erreur.code
    return rendu, ""


def _a_le_droit(demande: Demande, nom: str, par: Acteur) -> bool:
    if par.genre is GenreActeur.USAGER and par.pk != demande.usager_id:
        return False
    return any(par.peut(d, prefecture_id=demande.prefecture_id) for d in PAR_NOM[nom].droits)


def _lien_long(demande: Demande) -> bool:
    """Say whether the live link outlasts the slot that the walk makes in three days."""
    active = demande.convocations.actives().filter(objet="reception").first()
    return active is not None and active.expire_le > maintenant() + timedelta(days=5)


def _photo() -> str:
    """Sum up everything an act may write, in one round trip; slots that nobody took are no act's."""
    sommes = ", ".join(f"(SELECT string_agg(t::text, '' ORDER BY t.id) FROM {table} t)" for table in ECRITES)
    with connection.cursor() as curseur:
        curseur.execute(
            f"SELECT md5(concat_ws('|', {sommes}, "
            "(SELECT string_agg(t::text, '' ORDER BY t.id) FROM planning_creneau t WHERE prises > 0)))"
        )
        return str(curseur.fetchone()[0])


@contextmanager
def defait(voyageur: Any) -> Iterator[None]:
    """Run a block in a savepoint that is undone, the clock brought back; its acts may be durable, as in a TestCase."""
    depart, atomique = maintenant(), transaction.atomic()
    atomique._from_testcase = True  # type: ignore[attr-defined]
    with atomique:
        try:
            yield
        finally:
            transaction.set_rollback(True)
            voyageur.move_to(depart)


@pytest.fixture(scope="module")
def bilan() -> Iterator[None]:
    """Once all the lives are over: they went everywhere, so that they would have seen something."""
    Vie.atteints.clear()
    Vie.refus.clear()
    yield
    assert set(Vie.atteints) == {e.value for e in Etat} - {Etat.BROUILLON.value}, Vie.atteints
    assert {"droit_refuse", "transition_interdite"} <= set(Vie.refus), Vie.refus
    assert Vie.refus.total() > VIES, Vie.refus


@REGLAGES
@given(graine=st.integers(0, 2**32))
def test_lives_at_random_follow_the_table_and_keep_every_promise(graine, bilan, temps_fige):
    with defait(temps_fige):
        vie = Vie(MOTIFS[graine % len(MOTIFS)], temps_fige, graine)
        for _ in range(PAS_PAR_VIE):
            vie.faire_un_pas()
        assert not Evenement.objects.filter(condensat=None).exists()
    assert not Demande.objects.exists()


@pytest.mark.parametrize(
    ("faute", "vue"),
    [
        ("UPDATE demandes_evenement SET acteur_id = acteur_id + 1", "journal_entier"),
        ("UPDATE planning_creneau SET prises = 0", "compteurs_justes"),
        ("UPDATE demandes_demande SET echeance = echeance - 1", "echeance_jamais_avant_celle_du_depot"),
    ],
)
def test_control_a_life_with_a_fault_is_seen(faute, vue, temps_fige):
    """The control: each check fails on the damage it watches for."""
    vie = Vie(MOTIFS[0], temps_fige)
    for nom in ("deposer", "constater_completude", "convoquer", "reserver"):
        vie._suivre(nom)
        vie.verifier()
    with connection.cursor() as curseur:
        curseur.execute("SET LOCAL session_replication_role = replica")
        curseur.execute(faute)
        curseur.execute("SET LOCAL session_replication_role = origin")
    vie.demande = vie.fraiche()
    with pytest.raises(AssertionError):
        getattr(vie, vue)()


def test_table_each_transition_is_tried_by_everybody():
    sans = {"constater_absence", "recevoir", "reprendre"}  # acts of the counter, by PAS only, and of the import
    assert {t.nom for t in TABLE} - set(ESSAIS) == sans
