"""What an opening needs: persons who hold their links, verified, and places that open at an instant."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.urls import reverse

from demandes.models import Convocation, Demande, Usager
from demandes.services.convocation import USAGE
from planipref.commun.horloge import maintenant
from planipref.commun.jetons import deriver, nouvelle_cle
from planning.models import Creneau, RendezVous
from planning.selectors import files_de

VALIDITE, PREMIER, PAS = timedelta(days=60), timedelta(days=3), timedelta(minutes=15)
NUMERO_FICTIF = "MES-{:08d}"
_LOTS = 2_000
# The base is thrown away after the measure.
_SQL_NES_CONVOQUES = """
DO $$ DECLARE nom name; BEGIN
  SELECT tgname INTO nom FROM pg_trigger WHERE tgname LIKE 'pgtrigger_demande_nait_brouillon%';
  EXECUTE format('ALTER TABLE demandes_demande DISABLE TRIGGER %I', nom);
END $$
"""


def convoquer(nombre: int) -> list[tuple[str, str]]:
    """Convoke persons alike to one of the load; return the address of each link, and its session already verified.

    Their demandes are written in their state, without the story that led to it: the measure begins at the link.
    """
    modele = _modele()
    demande, instant = modele.demande, maintenant()
    usagers = Usager.objects.bulk_create(
        (
            Usager(nom=f"Mesure{i}", prenoms="Jeanne", date_naissance="1990-01-02", courriel=f"m{i}@exemple.fr",
                   cree_le=instant)
            for i in range(nombre)
        ),
        batch_size=_LOTS,
    )  # fmt: skip
    with connection.cursor() as curseur:
        curseur.execute(_SQL_NES_CONVOQUES)
    demandes = Demande.objects.bulk_create(
        (
            Demande(
                cle=uuid.uuid4(), numero=NUMERO_FICTIF.format(i), usager=usager, motif_id=demande.motif_id,
                prefecture_id=demande.prefecture_id, service_id=demande.service_id, site_id=demande.site_id,
                etat="convoquee", canal="en_ligne", reponses={}, creee_le=instant, deposee_le=instant,
                modifiee_le=instant,
            )
            for i, usager in enumerate(usagers)
        ),
        batch_size=_LOTS,
    )  # fmt: skip
    cles = [nouvelle_cle(USAGE) for _ in demandes]
    convocations = Convocation.objects.bulk_create(
        (
            Convocation(
                cle=cle, empreinte=empreinte, demande=d, objet="reception", motivation="Mesure",
                emise_par_id=modele.emise_par_id, emise_le=instant, expire_le=instant + VALIDITE,
            )
            for d, (cle, empreinte) in zip(demandes, cles, strict=True)
        ),
        batch_size=_LOTS,
    )  # fmt: skip
    sites = list(modele.sites.values_list("pk", flat=True))
    lien_site = Convocation.sites.through
    lien_site.objects.bulk_create(
        (lien_site(convocation_id=c.pk, site_id=s) for c in convocations for s in sites), batch_size=_LOTS
    )
    with connection.cursor() as curseur:
        curseur.execute("ANALYZE demandes_demande, demandes_convocation, demandes_usager")
    return [(reverse("planning:lien", args=[deriver(USAGE, str(c.cle))]), _session(str(c.cle))) for c in convocations]


def _modele() -> Convocation:
    """Return a convocation of the load whose queue opens places."""
    seules = Convocation.objects.actives().filter(objet="reception", demande__etat="convoquee", personnes=1)
    return next(c for c in seules.avec_page().order_by("pk") if files_de(c))


def _session(cle: str) -> str:
    """Return the key of a new session in which the second check of a link is passed."""
    magasin = SessionStore()
    numero = uuid.uuid4().hex
    donnees = magasin.encode({"convocations_verifiees": [cle]})
    Session.objects.create(session_key=numero, session_data=donnees, expire_date=maintenant() + timedelta(hours=2))
    return numero


def ouvrir_des_places(places: int, *, par_creneau: int, dans: timedelta) -> datetime:
    """Close what is open, and make slots that open all at one instant; return it."""
    modele = Convocation.objects.avec_page().filter(motivation="Mesure")[0]
    file, instant = files_de(modele)[0], maintenant()
    Creneau.objects.filter(debut__gt=instant).update(etat="ferme")
    ouvre_le = instant + dans
    debut = instant.replace(hour=7, minute=0, second=30, microsecond=0) + PREMIER
    Creneau.objects.bulk_create(
        Creneau(
            file=file, debut=debut + timedelta(days=i // 30) + PAS * (i % 30), minutes=15, places=par_creneau,
            ouvre_le=ouvre_le,
        )
        for i in range(places // par_creneau)
    )  # fmt: skip
    return ouvre_le


def inscrits(ouvre_le: datetime) -> int:
    """Return how many live appointments the places that opened at an instant have, as the base counts them."""
    return RendezVous.objects.actifs().filter(creneau__ouvre_le=ouvre_le).count()


def prises_par_creneau(ouvre_le: datetime) -> dict[int, float]:
    """Return when the last place of each slot that opened then was taken, as a wall-clock time; full slots only."""
    pleins = Creneau.objects.filter(ouvre_le=ouvre_le, prises__gte=1).values_list("pk", "places")
    pris = {}
    for pk, places in pleins:
        instants = sorted(RendezVous.objects.actifs().filter(creneau=pk).values_list("pris_le", flat=True))
        if len(instants) >= places:
            pris[pk] = instants[places - 1].timestamp()
    return pris
