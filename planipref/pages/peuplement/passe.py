"""Appointments and visits of past days. As the database refuses to book the past, they are born with their outcome."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F
from django.db.models.functions import Greatest

from demandes.acteur import SYSTEME, Acteur
from demandes.models import Convocation, Demande, Site
from demandes.services import decision
from demandes.services.transitions import appliquer
from guichet.models import Passage
from guichet.selectors import numero_en_stock
from guichet.services import guichet
from guichet.services.accueil import creer_passage
from guichet.services.remise import remettre as remettre_titre
from planipref.commun.transactions import acte
from planipref.pages.peuplement.organisation import Monde, Poste
from planning.models import Creneau, FileGuichet, RendezVous

ATTENTE_MAX = timedelta(minutes=40)


@acte
def prendre(convocation: Convocation, *, par: Acteur, maintenant: datetime) -> None:
    """Move the demande to ``rdv_pris``; the appointment's row is made by `manquer` or `recevoir`."""
    appliquer(convocation.demande, "reserver", par=par, maintenant=maintenant)


@acte
def manquer(monde: Monde, convocation: Convocation, site: Site, *, pris_le: datetime, instant: datetime) -> None:
    """Record a past appointment that nobody came to."""
    file = monde.file_pour(site, convocation.demande.motif, remise=False)
    termine_le = instant + timedelta(hours=2)
    rendez_vous = _rendez_vous(convocation, file, RendezVous.Etat.ABSENT, pris_le, instant, termine_le)
    appliquer(
        convocation.demande,
        "constater_absence",
        par=SYSTEME,
        maintenant=termine_le,
        rendez_vous_id=rendez_vous.pk,
    )


def recevoir(
    monde: Monde, demande: Demande, site: Site, *, pris_le: datetime | None, instant: datetime, decider: bool
) -> None:
    """Play a whole visit: arrival, call, reception, the decision when it falls there, the end."""
    file = monde.file_pour(site, demande.motif, remise=False)
    poste, appele_le, fin = _horaire(monde, site, instant, demande.motif.guichet_minutes)
    passage = _appeler(monde, demande, file, poste, pris_le=pris_le, instant=instant, appele_le=appele_le)
    passage = guichet.recevoir(passage, par=poste.par, maintenant=appele_le + timedelta(seconds=50))
    if decider:
        decision.accorder(demande, par=poste.par, maintenant=fin - timedelta(minutes=1))
    guichet.terminer(passage, par=poste.par, maintenant=fin)
    demande.refresh_from_db()


def remettre(monde: Monde, demande: Demande, site: Site, *, instant: datetime) -> None:
    """Play the visit that ends with the title handed over."""
    file = monde.file_pour(site, demande.motif, remise=True)
    poste, appele_le, fin = _horaire(monde, site, instant, 6)
    pris_le = instant - timedelta(days=1) if monde.alea.random() < 0.6 else None
    passage = _appeler(monde, demande, file, poste, pris_le=pris_le, instant=instant, appele_le=appele_le)
    passage = guichet.recevoir(passage, par=poste.par, maintenant=appele_le + timedelta(seconds=40))
    signer(monde, demande, par=poste.par, maintenant=fin - timedelta(seconds=30))
    guichet.terminer(passage, par=poste.par, maintenant=fin)


def signer(monde: Monde, demande: Demande, *, par: Acteur, maintenant: datetime) -> None:
    """Hand the title over, signed for by its holder."""
    tire = f"Z{monde.alea.randrange(10**8):08d}"
    remettre_titre(
        demande,
        numero_titre=numero_en_stock(demande) or tire,
        identite_verifiee=True,
        signature_nom=demande.usager.nom_complet,
        par=par,
        maintenant=maintenant,
    )


def _appeler(
    monde: Monde,
    demande: Demande,
    file: FileGuichet,
    poste: Poste,
    *,
    pris_le: datetime | None,
    instant: datetime,
    appele_le: datetime,
) -> Passage:
    """Register the arrival then call; nobody else waits that day, so the person called is this one."""
    arriver(monde, demande, file, pris_le=pris_le, instant=instant)
    passage = guichet.appeler_suivant(poste.guichet, [file], par=poste.par, maintenant=appele_le)
    if passage is None:
        raise RuntimeError("La personne arrivée n’a pas été appelée.")
    return passage


@acte
def arriver(
    monde: Monde, demande: Demande, file: FileGuichet, *, pris_le: datetime | None, instant: datetime
) -> Passage:
    """Register an arrival of the past, to an appointment when one was taken."""
    rendez_vous = None
    active = demande.convocations.actives().first()
    if pris_le is not None and active is not None:
        prevu = instant + timedelta(minutes=monde.alea.randrange(0, 12))
        rendez_vous = _rendez_vous(active, file, RendezVous.Etat.HONORE, pris_le, prevu, instant)
    return creer_passage(
        file, demande=demande, rendez_vous=rendez_vous, par=monde.agents["accueil"], maintenant=instant
    )


def _rendez_vous(
    convocation: Convocation,
    file: FileGuichet,
    etat: str,
    pris_le: datetime,
    prevu: datetime,
    termine_le: datetime,
) -> RendezVous:
    debut = prevu.replace(second=0, microsecond=0)
    debut -= timedelta(minutes=debut.minute % file.pas_minutes)
    creneau, _ = Creneau.objects.get_or_create(
        file=file, debut=debut, defaults={"minutes": file.pas_minutes, "places": 2}
    )
    Creneau.objects.filter(pk=creneau.pk).update(places=Greatest(F("places"), F("prises") + 1))
    return RendezVous.objects.create(
        convocation=convocation, creneau=creneau, etat=etat, pris_le=pris_le, termine_le=termine_le
    )


def _horaire(monde: Monde, site: Site, instant: datetime, minutes: int) -> tuple[Poste, datetime, datetime]:
    """Return the counter free first, when it calls and when the visit ends."""
    poste = min(monde.postes[site.pk], key=lambda p: (p.libre_le or instant, p.guichet.numero))
    libre_le = min(poste.libre_le or instant, instant + ATTENTE_MAX)
    appele_le = max(libre_le, instant + timedelta(minutes=monde.alea.randrange(1, 14)))
    duree = max(4.0, minutes * monde.alea.uniform(0.6, 1.5))
    poste.libre_le = appele_le + timedelta(minutes=duree)
    return poste, appele_le, poste.libre_le
