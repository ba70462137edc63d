"""Agents, queues, counters and openings of a préfecture of the demonstration."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from random import Random

from django.contrib.auth.hashers import make_password
from psycopg.types.range import DateRange

from demandes.acteur import Acteur
from demandes.droits import Role
from demandes.models import Agent, Attribution, Delegation, Motif, Prefecture, Service, Site
from demandes.selectors import acteur_agent, jours_feries
from planning.models import FileGuichet, Guichet, Habilitation, PlageOuverture

MOT_DE_PASSE = "Demonstration-2026"
ADMINISTRATEUR = "administrateur"
DEPUIS = DateRange(date(2020, 1, 1), None)
ROLES = {
    "accueil": (Role.ACCUEIL, "Adjoint administratif"),
    "instructeur": (Role.INSTRUCTEUR, "Secrétaire administratif"),
    "signataire": (Role.SIGNATAIRE, "Attaché d’administration de l’État"),
    "chef": (Role.CHEF_SERVICE, "Attaché principal, chef de service"),
    "webmestre": (Role.WEBMESTRE, "Chargé de communication numérique"),
}
NOMS_AGENTS = ("Durand", "Lefèvre", "Nguyen-Van", "Le Bihan", "Ould-Ahmed", "D’Hondt", "Weiss", "Da Costa", "Kone")
PRENOMS_AGENTS = ("Bruno", "Chloé", "Denis", "Étienne", "Fatou", "Gwenaëlle", "Hélène", "Ismaël", "Joséphine")

# Counters of the main site, and of each sous-préfecture.
GUICHETS = {
    Prefecture.Taille.PETITE: (3, 2),
    Prefecture.Taille.MOYENNE: (6, 2),
    Prefecture.Taille.TRES_GRANDE: (12, 3),
}


@dataclass(frozen=True)
class ModeleFile:
    """A queue to open.

    Args:
        code: short name.
        nom: shown name.
        lettre: letter of the tickets.
        genre: service whose motifs it serves; empty for hand-overs.
        pas: length of a slot, in minutes.
        part: share of the counters open to it.
        partout: whether sous-préfectures have it too.
    """

    code: str
    nom: str
    lettre: str
    genre: str
    pas: int
    part: float
    partout: bool = False


FILES = (
    ModeleFile("etrangers", "Titres de séjour", "E", Service.Genre.ETRANGERS, 20, 0.5, partout=True),
    ModeleFile("remises", "Retrait des titres", "T", "", 10, 0.2, partout=True),
    ModeleFile("routiere", "Permis et véhicules", "V", Service.Genre.REGLEMENTATION_ROUTIERE, 15, 0.2),
    ModeleFile("reglementation", "Réglementation", "R", Service.Genre.REGLEMENTATION, 15, 0.1),
    ModeleFile("information", "Information", "N", Service.Genre.COMMUNICATION, 10, 0.1),
)
OUVERTURES = ((time(9), time(12)), (time(13, 30), time(16)))
REMISE_SEULE = "ETR-REMISE"


@dataclass
class Poste:
    """A counter with the agent who holds it, and when it is free in the history."""

    guichet: Guichet
    agent: Agent
    par: Acteur
    libre_le: datetime | None = None


@dataclass
class Monde:
    """A préfecture at work: what the history needs at hand.

    Args:
        prefecture: the préfecture.
        alea: its own source of randomness.
        maintenant: present instant.
        feries: its public holidays.
        sites: main site first.
        files: queues by site identifier then code.
        postes: counters by site identifier.
        agents: principal agents by role name.
        motifs: motifs open here, by code, with pieces and questions loaded.
    """

    prefecture: Prefecture
    alea: Random
    maintenant: datetime
    feries: set[date]
    sites: list[Site]
    files: dict[int, dict[str, FileGuichet]] = field(default_factory=dict)
    postes: dict[int, list[Poste]] = field(default_factory=dict)
    agents: dict[str, Acteur] = field(default_factory=dict)
    motifs: dict[str, Motif] = field(default_factory=dict)

    def file_pour(self, site: Site, motif: Motif, *, remise: bool) -> FileGuichet:
        """Return the queue that serves a motif at a site, or hands its title over."""
        if remise or motif.code == REMISE_SEULE:
            return self.files[site.pk]["remises"]
        code = next(m.code for m in FILES if m.genre == motif.genre_service)
        return self.files[site.pk][code]

    def sites_de(self, motif: Motif) -> list[Site]:
        """Return the sites that serve a motif."""
        return self.sites if motif.genre_service == Service.Genre.ETRANGERS else self.sites[:1]


def mot_de_passe() -> str:
    """Return the hash of the demonstration's password; computed once, it is slow on purpose."""
    return make_password(MOT_DE_PASSE)


def monter(prefecture: Prefecture, *, alea: Random, maintenant: datetime, condensat: str) -> Monde:
    """Give a préfecture its agents, queues, counters and weekly openings; once."""
    annees = {maintenant.year - 1, maintenant.year, maintenant.year + 1}
    sites = sorted(
        prefecture.sites.exclude(genre=Site.Genre.MEDICAL).select_related("prefecture"), key=lambda s: (s.genre, s.code)
    )
    monde = Monde(prefecture, alea, maintenant, jours_feries(prefecture, annees), sites)
    monde.motifs = {
        m.code: m
        for m in Motif.objects.actifs().avec_formulaire().order_by("code")
        if not prefecture.parametrages.filter(motif=m, actif=False).exists()
    }
    for nom, (role, qualite) in ROLES.items():
        agent = _agent(monde, f"{nom}{prefecture.departement}", role, qualite, condensat)
        monde.agents[nom] = acteur_agent(agent)
    grands, petits = GUICHETS[Prefecture.Taille(prefecture.taille)]
    for rang, site in enumerate(sites):
        _monter_site(monde, site, grands if rang == 0 else petits, condensat, principal=rang == 0)
    return monde


def nommer_administrateur(prefectures: list[Prefecture], condensat: str) -> None:
    """Create the national administrator, with the right in each préfecture."""
    agent, _ = Agent.objects.get_or_create(
        username=ADMINISTRATEUR,
        defaults={
            "password": condensat,
            "first_name": "Ada",
            "last_name": "Ministère",
            "qualite": "Administratrice nationale",
            "email": f"{ADMINISTRATEUR}@example.org",
            "is_staff": True,
            "is_superuser": True,
        },
    )
    for prefecture in prefectures:
        Attribution.objects.get_or_create(
            agent=agent, role=Role.ADMINISTRATEUR, prefecture=prefecture, defaults={"pendant": DEPUIS}
        )


def _agent(monde: Monde, identifiant: str, role: Role, qualite: str, condensat: str) -> Agent:
    agent: Agent = Agent.objects.get_or_create(
        username=identifiant,
        defaults={
            "password": condensat,
            "first_name": monde.alea.choice(PRENOMS_AGENTS),
            "last_name": monde.alea.choice(NOMS_AGENTS),
            "qualite": qualite,
            "email": f"{identifiant}@example.org",
        },
    )[0]
    Attribution.objects.get_or_create(agent=agent, role=role, prefecture=monde.prefecture, defaults={"pendant": DEPUIS})
    if role in (Role.SIGNATAIRE, Role.CHEF_SERVICE):
        Delegation.objects.get_or_create(
            agent=agent,
            prefecture=monde.prefecture,
            defaults={"reference": _reference(monde), "pendant": DEPUIS},
        )
    return agent


def _monter_site(monde: Monde, site: Site, nombre: int, condensat: str, *, principal: bool) -> None:
    for modele in FILES:
        if principal or modele.partout:
            monde.files.setdefault(site.pk, {})[modele.code] = _ouvrir_file(monde, site, modele, nombre)
    files = list(monde.files[site.pk].values())
    habilitations = []
    for numero in range(1, nombre + 1):
        guichet, _ = Guichet.objects.get_or_create(site=site, numero=numero)
        guichet.files.set(files)
        agent = _agent(monde, f"guichet-{site.code}-{numero:02d}", Role.SIGNATAIRE, "Agent de guichet", condensat)
        habilitations += [Habilitation(agent=agent, file=f, pendant=DEPUIS) for f in files]
        monde.postes.setdefault(site.pk, []).append(Poste(guichet, agent, acteur_agent(agent)))
    if principal:
        for nom in ("instructeur", "signataire", "chef"):
            habilitations += [Habilitation(agent_id=monde.agents[nom].pk, file=f, pendant=DEPUIS) for f in files]
    Habilitation.objects.bulk_create(
        [h for h in habilitations if not Habilitation.objects.filter(agent=h.agent_id, file=h.file_id).exists()]
    )


def _ouvrir_file(monde: Monde, site: Site, modele: ModeleFile, nombre: int) -> FileGuichet:
    file, creee = FileGuichet.objects.get_or_create(
        site=site,
        code=modele.code,
        defaults={
            "nom": modele.nom,
            "lettre": modele.lettre,
            "pas_minutes": modele.pas,
            "remises": modele.code == "remises",
        },
    )
    if creee:
        file.motifs.set(m for m in monde.motifs.values() if _servi(m, modele))
        guichets = max(1, round(nombre * modele.part))
        PlageOuverture.objects.bulk_create(
            PlageOuverture(
                file=file,
                jour=jour,
                debut=debut,
                fin=fin,
                nb_guichets=guichets,
                reserve_sans_rdv=1 if guichets > 1 else 0,
                pendant=DEPUIS,
            )
            for jour in range(1, 6)
            for debut, fin in OUVERTURES
        )
    file.site = site
    return file


def _servi(motif: Motif, modele: ModeleFile) -> bool:
    """Say whether a queue serves a motif; a mere hand-over goes to the hand-overs' queue."""
    if motif.code == REMISE_SEULE:
        return not modele.genre
    return motif.genre_service == modele.genre


def _reference(monde: Monde) -> str:
    return f"RAA {monde.prefecture.departement}-{monde.maintenant.year}-{monde.alea.randrange(1, 400):03d}"
