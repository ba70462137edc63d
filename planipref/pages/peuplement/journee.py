"""Today: slots for the rest of the day, people who wait, people at the counters; alive at any hour."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from demandes.cycle import Etat
from demandes.models import Convocation
from guichet.models import Passage
from guichet.services import accueil, guichet
from planipref.commun.horloge import aujourdhui
from planipref.commun.horloge import maintenant as horloge
from planipref.pages.peuplement import passe
from planipref.pages.peuplement.noms import identite
from planipref.pages.peuplement.organisation import OUVERTURES, Monde
from planipref.pages.peuplement.temps import est_ouvre
from planipref.pages.peuplement.vies import Vie, reserver
from planning.calculs.creneaux import debuts, lundi_de
from planning.models import Creneau, RendezVous
from planning.selectors import creneaux_proposes
from planning.services import reservation

MARGE = timedelta(minutes=2)  # a slot must still be in the future when the database, whose clock is real, looks
SOIREE = timedelta(hours=3)
FIN_DU_JOUR = time(23, 45)
ATTENDENT = 4


def ouvrir_la_journee(monde: Monde) -> None:
    """Open today's slots still to come, and outside office hours an exceptional opening of three hours."""
    fuseau = monde.prefecture.fuseau
    jour = aujourdhui(fuseau, monde.maintenant)
    local = monde.maintenant.astimezone(ZoneInfo(fuseau))
    plages = list(OUVERTURES) if est_ouvre(jour, monde.feries) else []
    if not any(debut <= local.time() and (local + SOIREE / 2).time() < fin for debut, fin in plages):
        depart = local.replace(minute=local.minute // 20 * 20, second=0, microsecond=0)
        terme = depart + SOIREE
        fin = terme.time() if terme.date() == jour else FIN_DU_JOUR
        plages.append((depart.time(), min(fin, FIN_DU_JOUR)))
    Creneau.objects.bulk_create(
        (
            Creneau(file=file, debut=instant, minutes=file.pas_minutes, places=max(2, len(monde.postes[site_id]) // 3))
            for site_id, files in monde.files.items()
            for file in files.values()
            for instant in sorted(
                {i for d, f in plages for i in debuts(jour, d, f, pas_minutes=file.pas_minutes, fuseau=fuseau)}
            )
            if instant > monde.maintenant + MARGE
        ),
        ignore_conflicts=True,
    )


def prendre_rendez_vous(monde: Monde, vies: list[Vie]) -> list[RendezVous]:
    """Book: two thirds of those who must come today, the others in the weeks to come."""
    attendus = [v for v in vies if v.cible == Etat.RDV_PRIS]
    retraits = [v for v in vies if v.cible == Etat.A_REMETTRE and v.dossier.convocations.actives().exists()]
    pris = []
    for rang, vie in enumerate(attendus + retraits):
        instant = monde.maintenant - timedelta(hours=monde.alea.randrange(2, 9))
        rendez_vous = _reserver_aujourdhui(monde, vie, instant) if rang % 3 != 2 else None
        if rendez_vous is None:
            reserver(monde, vie, instant)
        else:
            pris.append(rendez_vous)
    return sorted(pris, key=lambda r: (r.creneau.debut, r.pk))


def _reserver_aujourdhui(monde: Monde, vie: Vie, instant: datetime) -> RendezVous | None:
    fuseau = monde.prefecture.fuseau
    jour = aujourdhui(fuseau, monde.maintenant)
    active: Convocation = vie.convocation()
    proposes = [
        p.creneau
        for p in creneaux_proposes(active, lundi_de(jour), maintenant=horloge() + MARGE)
        if aujourdhui(fuseau, p.creneau.debut) == jour
    ]
    if not proposes:
        return None
    proches = proposes[: max(2, len(proposes) // 2)]
    return reservation.reserver(active, monde.alea.choice(proches), par=vie.usager, maintenant=instant)


def accueillir(monde: Monde, vies: list[Vie], attendus: list[RendezVous]) -> None:
    """Put people at the counters, then others on the chairs."""
    _au_guichet(monde, vies)
    par = monde.agents["accueil"]
    for rendez_vous in attendus[:ATTENDENT]:
        accueil.enregistrer_arrivee(rendez_vous, par=par, maintenant=_il_y_a(monde, monde.alea.randrange(4, 22)))
    _sans_rendez_vous(monde)


def _il_y_a(monde: Monde, minutes: int) -> datetime:
    """Return an instant some minutes ago, of today all the same."""
    zone = ZoneInfo(monde.prefecture.fuseau)
    minuit = datetime.combine(aujourdhui(zone.key, monde.maintenant), time.min, tzinfo=zone)
    return max(monde.maintenant - timedelta(minutes=minutes), minuit)


def _au_guichet(monde: Monde, vies: list[Vie]) -> None:
    """A title being handed over, a person received, another one called."""
    postes = iter(monde.postes[monde.sites[0].pk])
    for vie in [v for v in vies if v.cible == Etat.REMISE]:
        file = monde.file_pour(vie.site, vie.motif, remise=True)
        poste = monde.postes[vie.site.pk][-1] if vie.site.pk != monde.sites[0].pk else next(postes)
        debut = _il_y_a(monde, 9)
        accueil.enregistrer_sans_rdv(file, demande=vie.dossier, par=monde.agents["accueil"], maintenant=debut)
        passage = guichet.appeler_suivant(poste.guichet, [file], par=poste.par, maintenant=debut)
        if passage is not None:
            guichet.recevoir(passage, par=poste.par, maintenant=_il_y_a(monde, 7))
            passe.signer(monde, vie.dossier, par=poste.par, maintenant=_il_y_a(monde, 2))
    for recu in (True, False):
        poste = next(postes)
        _ouvrir(monde, "ETR-ADR" if recu else "COM-INFO", minutes=16)
        files = list(monde.files[monde.sites[0].pk].values())
        passage = guichet.appeler_suivant(poste.guichet, files, par=poste.par, maintenant=_il_y_a(monde, 5))
        if passage is not None and recu:
            guichet.recevoir(passage, par=poste.par, maintenant=_il_y_a(monde, 4))


def _sans_rendez_vous(monde: Monde) -> None:
    """People without an appointment; one of them has priority."""
    _ouvrir(monde, "ETR-DUP", minutes=12, priorite=Passage.Priorite.PRIORITAIRE)
    _ouvrir(monde, "COM-INFO", minutes=6)


def _ouvrir(monde: Monde, code: str, *, minutes: int, priorite: int = Passage.Priorite.NORMALE) -> Passage:
    site = monde.sites[0]
    motif = monde.motifs[code]
    etranger = motif.genre_service == "etrangers"
    champs = identite(monde.alea, etranger=etranger, commune=site.commune, code_postal=site.code_postal)
    return accueil.ouvrir_sans_rdv(
        monde.file_pour(site, motif, remise=False),
        motif,
        identite=champs | {"courriel": ""},
        par=monde.agents["accueil"],
        maintenant=_il_y_a(monde, minutes),
        priorite=priorite,
    )
