"""Two organisations in each préfecture of the demonstration, and mandates in every situation."""

from __future__ import annotations

from datetime import date, timedelta

from psycopg.types.range import DateRange

from demandes.acteur import acteur_organisme
from demandes.cycle import Etat
from demandes.droits import Portee
from demandes.models import Agent, Aidant, Mandat, Organisme, Prefecture
from demandes.services import mandats
from demandes.services.mandats import Termes
from planipref.commun.horloge import aujourdhui
from planipref.pages.peuplement.noms import identite
from planipref.pages.peuplement.organisation import DEPUIS, Monde
from planipref.pages.peuplement.vies import Vie

TOUT = [p.value for p in Portee]
ORGANISMES = {
    "association": (Organisme.Genre.ASSOCIATION, "Entraide et accueil", ("Fatou", "Diarra")),
    "franceservices": (Organisme.Genre.FRANCE_SERVICES, "France Services", ("Yann", "Le Goff")),
}
# State of the demandes mandated, and how long ago the mandate was signed: the last one is past its year.
MANDATS = ((Etat.A_COMPLETER, 5), (Etat.CONVOQUEE, 12), (Etat.RDV_PRIS, 20), (Etat.EN_INSTRUCTION, 40))


def identifiants(departement: str) -> list[str]:
    """Return the logins of the aidants of a préfecture."""
    return [f"{nom}{departement}" for nom in ORGANISMES]


def nommer_aidants(prefecture: Prefecture, condensat: str) -> list[Aidant]:
    """Create the organisations of a préfecture, each with one aidant; once."""
    aidants = []
    for nom, (genre, intitule, (prenom, patronyme)) in ORGANISMES.items():
        identifiant = f"{nom}{prefecture.departement}"
        organisme, _ = Organisme.objects.get_or_create(
            nom=f"{intitule} {prefecture.departement}",
            defaults={"genre": genre, "courriel": f"{identifiant}.accueil@example.org"},
        )
        organisme.prefectures.add(prefecture)
        noms = {"first_name": prenom, "last_name": patronyme, "email": f"{identifiant}@example.org"}
        compte, _ = Agent.objects.get_or_create(username=identifiant, defaults={"password": condensat, **noms})
        aidant, _ = Aidant.objects.get_or_create(agent=compte, defaults={"organisme": organisme, "pendant": DEPUIS})
        aidants.append(aidant)
    return aidants


def accompagner(monde: Monde, vies: list[Vie], condensat: str) -> None:
    """Give each organisation mandates that run, one to sign, one revoked and one past its end."""
    jour = aujourdhui(monde.prefecture.fuseau, monde.maintenant)
    libres = {e: [v for v in vies if v.cible == e] for e in {*(e for e, _ in MANDATS), Etat.ACCORDEE, Etat.DEPOSEE}}
    for aidant in nommer_aidants(monde.prefecture, condensat):
        for etat, depuis in MANDATS:
            _mandater(aidant, libres[etat], jour - timedelta(days=depuis), 180, monde)
        _mandater(aidant, libres[Etat.ACCORDEE], jour - timedelta(days=380), 365, monde)
        revoque = _mandater(aidant, libres[Etat.DEPOSEE], jour - timedelta(days=3), 90, monde)
        if revoque is not None:
            mandats.revoquer(revoque, par=mandats.titulaire(revoque), maintenant=monde.maintenant)
        for signature in (Mandat.Signature.PAPIER, Mandat.Signature.ELECTRONIQUE):
            _nouvelle(aidant, signature.value, jour, monde)


def _mandater(aidant: Aidant, vies: list[Vie], signe_le: date, duree: int, monde: Monde) -> Mandat | None:
    """Give a mandate on a demande that has none yet; signed in the past, which no service does."""
    if not vies:
        return None
    dossier = vies.pop().dossier
    return Mandat.objects.create(
        organisme_id=aidant.organisme_id,
        usager_id=dossier.usager_id,
        demande=dossier,
        aidant=aidant,
        portee=TOUT,
        signature=Mandat.Signature.PAPIER,
        signe_le=signe_le,
        pendant=DateRange(signe_le, signe_le + timedelta(days=duree)),
        cree_le=monde.maintenant,
    )


def _nouvelle(aidant: Aidant, signature: str, jour: date, monde: Monde) -> None:
    """Register a person, as the form does: a draft with its mandate, signed or to sign."""
    site = monde.sites[0]
    champs = identite(monde.alea, etranger=True, commune=site.commune, code_postal=site.code_postal)
    termes = Termes(TOUT, jour + timedelta(days=180), signature, jour if signature == "papier" else None)
    mandats.ouvrir_pour(
        monde.motifs["ETR-RES10-REN"],
        monde.prefecture,
        identite=champs,
        termes=termes,
        par=acteur_organisme(aidant.organisme_id, aidant.pk),
        maintenant=monde.maintenant,
    )
