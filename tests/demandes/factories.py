"""Factories of the shared model. They never forge a state: `tests.parcours.amener_a` walks the table."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from typing import Any

import factory
from psycopg.types.range import DateRange

from demandes.droits import Portee, Role
from demandes.models import (
    Agent,
    Aidant,
    Attribution,
    Delegation,
    Demande,
    Mandat,
    Motif,
    Organisme,
    PieceRequise,
    Prefecture,
    Question,
    Service,
    Site,
    Usager,
)
from planipref.commun.jetons import deriver
from planipref.commun.jetons import empreinte as empreinte_de

# A Monday, 9:00 in Paris, in the future on purpose: database triggers compare with the real now().
INSTANT = datetime(2030, 3, 4, 8, 0, tzinfo=UTC)
TOUJOURS = DateRange(date(2020, 1, 1), None)
MOT_DE_PASSE = "ouvre-toi-sesame"


class PrefectureFactory(factory.django.DjangoModelFactory[Prefecture]):
    """The Bas-Rhin by default, always the same row."""

    class Meta:
        model = Prefecture
        django_get_or_create = ("departement",)

    class Params:
        reunion = factory.Trait(
            departement="974", nom="Préfecture de La Réunion", article="de La Réunion", fuseau="Indian/Reunion"
        )

    departement = "67"
    nom = factory.LazyAttribute(lambda o: f"Préfecture du {o.departement}")
    article = factory.LazyAttribute(lambda o: f"du {o.departement}")
    adresse = "5 place de la République, 67000 Strasbourg"
    courriel = "contact@prefecture.example"
    telephone = "+33388216768"
    tribunal_nom = "Tribunal administratif de Strasbourg"
    tribunal_adresse = "31 avenue de la Paix, 67000 Strasbourg"


class SiteFactory(factory.django.DjangoModelFactory[Site]):
    """The seat of the préfecture by default; another code makes another site."""

    class Meta:
        model = Site
        django_get_or_create = ("code",)

    prefecture = factory.SubFactory(PrefectureFactory)
    code = factory.LazyAttribute(lambda o: f"{o.prefecture.departement}-siege")
    nom = factory.LazyAttribute(lambda o: f"Site {o.code}")
    genre = Site.Genre.PREFECTURE
    adresse = "5 place de la République"
    code_postal = "67000"
    commune = "Strasbourg"
    insee = "67482"


class ServiceFactory(factory.django.DjangoModelFactory[Service]):
    """One service of each kind per préfecture."""

    class Meta:
        model = Service
        django_get_or_create = ("prefecture", "genre")

    prefecture = factory.SubFactory(PrefectureFactory)
    genre = Service.Genre.ETRANGERS
    nom = factory.LazyAttribute(lambda o: f"Service {o.genre}")
    adresse = "5 place de la République, 67000 Strasbourg"
    courriel = "service@prefecture.example"
    telephone = "+33388216768"


class AttributionFactory(factory.django.DjangoModelFactory[Attribution]):
    """A role without end."""

    class Meta:
        model = Attribution

    agent = factory.SubFactory("tests.demandes.factories.AgentFactory")
    role = Role.INSTRUCTEUR.value
    prefecture = factory.SubFactory(PrefectureFactory)
    pendant = TOUJOURS


class DelegationFactory(factory.django.DjangoModelFactory[Delegation]):
    """A delegation of signature without end."""

    class Meta:
        model = Delegation

    agent = factory.SubFactory("tests.demandes.factories.AgentFactory")
    prefecture = factory.SubFactory(PrefectureFactory)
    reference = "RAA 2030-001"
    pendant = TOUJOURS


class AgentFactory(factory.django.DjangoModelFactory[Agent]):
    """An agent; a trait gives the role in `prefecture` (the Bas-Rhin unless told).

    `AgentFactory(instructeur=True)`, `AgentFactory(signataire=True, prefecture=p)`, `AgentFactory(role="accueil")`.
    Who may decide also gets a delegation, unless `delegation=False`.
    """

    class Meta:
        model = Agent
        django_get_or_create = ("username",)
        skip_postgeneration_save = True

    class Params:
        accueil = factory.Trait(role=Role.ACCUEIL.value)
        instructeur = factory.Trait(role=Role.INSTRUCTEUR.value)
        signataire = factory.Trait(role=Role.SIGNATAIRE.value)
        chef_service = factory.Trait(role=Role.CHEF_SERVICE.value)
        webmestre = factory.Trait(role=Role.WEBMESTRE.value)
        administrateur = factory.Trait(role=Role.ADMINISTRATEUR.value)

    role = None
    prefecture = None
    delegation = True
    username = factory.Sequence(lambda n: f"agent-{n}")
    first_name = "Camille"
    last_name = factory.Sequence(lambda n: f"Martin-{n}")
    qualite = "Secrétaire administrative"
    password = factory.django.Password(MOT_DE_PASSE)

    @classmethod
    def _create(cls, model_class: type[Agent], *args: Any, **kwargs: Any) -> Agent:
        role, prefecture, delegation = (kwargs.pop(c) for c in ("role", "prefecture", "delegation"))
        agent: Agent = super()._create(model_class, *args, **kwargs)
        if role and not agent.attributions.filter(role=role).exists():
            prefecture = prefecture or PrefectureFactory()
            AttributionFactory(agent=agent, role=role, prefecture=prefecture)
            if delegation and role in (Role.SIGNATAIRE, Role.CHEF_SERVICE):
                DelegationFactory(agent=agent, prefecture=prefecture)
        return agent


class MotifFactory(factory.django.DjangoModelFactory[Motif]):
    """A residence permit by default: four steps, rejection after four months of silence, one piece asked for.

    `MotifFactory(pieces=0)` asks for none; `MotifFactory(pieces=3)` for three.
    """

    class Meta:
        model = Motif
        skip_postgeneration_save = True

    class Params:
        plein_droit_guichet = factory.Trait(plein_droit=True)
        sans_remise = factory.Trait(etapes=[1, 2, 3], titre_remis=False)
        sans_reception = factory.Trait(etapes=[1, 3], titre_remis=False)
        sans_completude = factory.Trait(etapes=[2, 3], titre_remis=False)
        remise_seule = factory.Trait(etapes=[4])
        accueil_seul = factory.Trait(etapes=[2], titre_remis=False, delai_valeur=None, delai_unite="", silence="")
        acceptation = factory.Trait(silence=Motif.Silence.ACCEPTATION, delai_valeur=2)
        sans_delai = factory.Trait(delai_valeur=None, delai_unite="", silence="")
        hors_ligne = factory.Trait(depot_en_ligne=False)

    code = factory.Sequence(lambda n: f"TST-{n}")
    libelle = factory.LazyAttribute(lambda o: f"Demande d’essai {o.code}")
    libelle_court = factory.LazyAttribute(lambda o: f"Essai {o.code}")
    description = "Une démarche d’essai."
    genre_service = Service.Genre.ETRANGERS
    etapes = factory.LazyFunction(lambda: [1, 2, 3, 4])
    plein_droit = False
    quatre_yeux = False
    guichet_minutes = 15
    mode_accueil = Motif.ModeAccueil.LES_DEUX
    delai_valeur = 4
    delai_unite = Motif.UniteDelai.MOIS
    delai_fondement = "CESEDA R432-2"
    silence = Motif.Silence.REJET
    silence_fondement = "CESEDA R*432-1"
    titre_remis = True

    @factory.post_generation
    def pieces(self: Motif, create: bool, extracted: int | None, **_: Any) -> None:
        """Ask for pieces, one unless told."""
        for rang in range(1 if extracted is None else extracted):
            PieceRequiseFactory(motif=self, code=f"piece-{rang}", ordre=rang)


class PieceRequiseFactory(factory.django.DjangoModelFactory[PieceRequise]):
    """A mandatory piece."""

    class Meta:
        model = PieceRequise

    motif = factory.SubFactory(MotifFactory, pieces=0)
    code = factory.Sequence(lambda n: f"piece-{n}")
    libelle = factory.LazyAttribute(lambda o: f"Pièce {o.code}")
    formats = factory.LazyFunction(lambda: ["pdf", "jpg", "png"])


class QuestionFactory(factory.django.DjangoModelFactory[Question]):
    """A mandatory short text."""

    class Meta:
        model = Question

    motif = factory.SubFactory(MotifFactory)
    code = factory.Sequence(lambda n: f"question-{n}")
    libelle = factory.LazyAttribute(lambda o: f"Question {o.code} ?")
    genre = Question.Genre.TEXTE


class UsagerFactory(factory.django.DjangoModelFactory[Usager]):
    """Amina Ben Ali by default."""

    class Meta:
        model = Usager

    class Params:
        sans_courriel = factory.Trait(courriel="")

    nom = "Ben Ali"
    prenoms = "Amina"
    date_naissance = "1980-05-17"
    nationalite = "tunisienne"
    courriel = factory.Sequence(lambda n: f"amina-{n}@example.org")
    telephone = "+33612345678"
    adresse = "1 rue de la Paix"
    code_postal = "67000"
    commune = "Strasbourg"
    cree_le = INSTANT


class OrganismeFactory(factory.django.DjangoModelFactory[Organisme]):
    """An association."""

    class Meta:
        model = Organisme
        skip_postgeneration_save = True

    nom = factory.Sequence(lambda n: f"Association {n}")
    genre = Organisme.Genre.ASSOCIATION
    courriel = factory.Sequence(lambda n: f"association-{n}@example.org")

    @factory.post_generation
    def prefectures(self: Organisme, create: bool, extracted: list[Prefecture] | None, **_: Any) -> None:
        """Help in the Bas-Rhin unless told."""
        self.prefectures.set([PrefectureFactory()] if extracted is None else extracted)


class AidantFactory(factory.django.DjangoModelFactory[Aidant]):
    """A named aidant of an association, without end."""

    class Meta:
        model = Aidant

    agent = factory.SubFactory(AgentFactory)
    organisme = factory.SubFactory(OrganismeFactory)
    pendant = TOUJOURS


class DemandeFactory(factory.django.DjangoModelFactory[Demande]):
    """A draft, always: a demande reaches another state through `tests.parcours.amener_a`."""

    class Meta:
        model = Demande

    usager = factory.SubFactory(UsagerFactory)
    motif = factory.SubFactory(MotifFactory)
    prefecture = factory.SubFactory(PrefectureFactory)
    service = factory.LazyAttribute(lambda o: ServiceFactory(prefecture=o.prefecture, genre=o.motif.genre_service))
    creee_le = INSTANT
    modifiee_le = INSTANT


class MandatFactory(factory.django.DjangoModelFactory[Mandat]):
    """A mandate on paper of six months, for everything; `a_signer`, `expire` and `revoque` are other situations."""

    class Meta:
        model = Mandat

    organisme = factory.SubFactory(OrganismeFactory)
    demande = factory.SubFactory(DemandeFactory)
    usager = factory.LazyAttribute(lambda o: o.demande.usager)
    aidant = factory.SubFactory(
        "tests.demandes.factories.AidantFactory", organisme=factory.SelfAttribute("..organisme")
    )
    portee = factory.LazyFunction(lambda: [p.value for p in Portee])
    signature = Mandat.Signature.PAPIER
    signe_le = date(2030, 3, 1)
    pendant = DateRange(date(2030, 3, 1), date(2030, 9, 1))

    class Params:
        a_signer = factory.Trait(signature=Mandat.Signature.ELECTRONIQUE, signe_le=None)
        expire = factory.Trait(signe_le=date(2029, 9, 1), pendant=DateRange(date(2029, 9, 1), date(2030, 3, 4)))
        revoque = factory.Trait(revoque_le=INSTANT, revoque_par_genre="usager")

    @factory.lazy_attribute
    def empreinte(self) -> str:
        """The hash of the link, as the service stores it."""
        return empreinte_de(deriver("mandat", str(self.cle)))

    cle = factory.LazyFunction(uuid.uuid4)
    cree_le = INSTANT
