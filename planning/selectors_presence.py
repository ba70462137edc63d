"""Reads for the presence estimates: what was known of each appointment before its day, and nothing about the person.

The only fact about a person is how many appointments they missed in the year before: neither name, nationality, sex,
age, language nor address is read (`quant.md` §1.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Count, DateTimeField, ExpressionWrapper, IntegerField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, TruncDay

from demandes.models import Notification, Prefecture, Site
from planning.calculs.presence import Circonstances, Dixieme, Modele
from planning.models import FileGuichet, ModelePresence, RendezVous
from planning.querysets import RendezVousQuerySet, bornes_du_jour

HISTOIRE = timedelta(days=365)
FAITS_MAX = 50_000
# Appointments of a queue that say what its next ones will be like.
FAITS_D_UNE_FILE = 200
# The outbox names so the messages that remind of an appointment.
RAPPEL = "rappel_rendez_vous"


@dataclass(frozen=True)
class RendezVousLu:
    """An appointment as the estimate sees it.

    Args:
        debut: when.
        circonstances: what was known before its day.
        venu: whether somebody came; False while it is to come.
        instants: starts of the slots that it takes.
    """

    debut: datetime
    circonstances: Circonstances
    venu: bool
    instants: tuple[datetime, ...]


def faits_avant(
    prefecture: Prefecture, jour: date, *, file: FileGuichet | None = None, au_plus: int = FAITS_MAX
) -> list[RendezVousLu]:
    """Return the appointments that came to an end in the year before a day, the newest first (one query).

    Args:
        prefecture: whose appointments.
        jour: nothing of this day nor after is read.
        file: only this queue.
        au_plus: how many.
    """
    fin = bornes_du_jour(jour, prefecture.fuseau)[0]
    # Doctors' appointments are of another kind.
    lignes = RendezVous.objects.filter(
        creneau__file__site__prefecture=prefecture,
        creneau__debut__gte=fin - HISTOIRE,
        creneau__debut__lt=fin,
        etat__in=[RendezVous.Etat.HONORE, RendezVous.Etat.ABSENT],
    ).exclude(creneau__file__site__genre=Site.Genre.MEDICAL)
    if file is not None:
        lignes = lignes.filter(creneau__file=file)
    return _lire(lignes.order_by("-creneau__debut", "-pk")[:au_plus], prefecture.fuseau)


def attendus_le(file: FileGuichet, jour: date) -> list[RendezVousLu]:
    """Return the appointments taken on a day to come, by hour (one query).

    Args:
        file: with its site and préfecture loaded.
        jour: the day.
    """
    fuseau = file.site.prefecture.fuseau
    debut, fin = bornes_du_jour(jour, fuseau)
    lignes = RendezVous.objects.actifs().filter(creneau__file=file, creneau__debut__gte=debut, creneau__debut__lt=fin)
    return _lire(lignes.order_by("creneau__debut", "pk"), fuseau)


def modele_appris(prefecture: Prefecture, jour: date) -> ModelePresence | None:
    """Return the model learned for a day, from the days before it."""
    return ModelePresence.objects.filter(prefecture=prefecture, jour=jour).first()


def dernier_modele(prefecture: Prefecture, jour: date) -> ModelePresence | None:
    """Return the last model kept, of a day or of one before; None as long as nothing was learned."""
    return ModelePresence.objects.filter(prefecture=prefecture, jour__lte=jour).order_by("-jour").first()


def modele_de(garde: ModelePresence) -> Modele:
    """Return the model that a version keeps."""
    colonnes = tuple((nom, valeur) for nom, valeur, _ in garde.coefficients)
    return Modele(np.array([c for _, _, c in garde.coefficients], dtype=np.float64), colonnes, garde.faits)


def calibration_de(garde: ModelePresence) -> list[Dixieme]:
    """Return what a version expected, against who came."""
    return [Dixieme(*ligne) for ligne in garde.calibration]


def _lire(lignes: RendezVousQuerySet, fuseau: str) -> list[RendezVousLu]:
    zone = ZoneInfo(fuseau)
    lues = lignes.annotate(
        minuit=TruncDay("creneau__debut", tzinfo=zone),
        rappels=_rappels(),
        suite=Count("prolongements"),
    ).annotate(manques=_manques())
    champs = ("creneau__debut", "creneau__minutes", "pris_le", "choisi", "convocation__demande__motif", "etat")
    return [
        RendezVousLu(
            debut,
            _circonstances(motif_id, choisi, pris_le, debut.astimezone(zone), rappels, manques),
            etat == RendezVous.Etat.HONORE,
            tuple(debut + i * timedelta(minutes=minutes) for i in range(1 + suite)),
        )
        for debut, minutes, pris_le, choisi, motif_id, etat, rappels, manques, suite in lues.values_list(
            *champs, "rappels", "manques", "suite"
        )
    ]


def _circonstances(
    motif_id: int, choisi: bool, pris_le: datetime, local: datetime, rappels: int, manques: int
) -> Circonstances:
    delai = max(0.0, (local - pris_le) / timedelta(days=1))
    heure = local.hour + local.minute / 60
    return Circonstances(motif_id, choisi, delai, rappels, manques, heure, local.weekday())


def _rappels() -> Any:
    """Count the reminders sent between the booking and the appointment."""
    envoyes = Notification.objects.filter(
        demande=OuterRef("convocation__demande"),
        modele__startswith=RAPPEL,
        envoyee_le__gte=OuterRef("pris_le"),
        envoyee_le__lt=OuterRef("creneau__debut"),
    )
    return _compte(envoyes, "demande")


def _manques() -> Any:
    """Count what the person missed in the year before the day of the appointment: that very day is not known yet."""
    avant = ExpressionWrapper(OuterRef("minuit") - Value(HISTOIRE), output_field=DateTimeField())
    manques = RendezVous.objects.filter(
        convocation__demande__usager=OuterRef("convocation__demande__usager"),
        etat=RendezVous.Etat.ABSENT,
        creneau__debut__gte=avant,
        creneau__debut__lt=OuterRef("minuit"),
    )
    return _compte(manques, "convocation__demande__usager")


def _compte(lignes: Any, par: str) -> Any:
    compte = lignes.order_by().values(par).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(compte, output_field=IntegerField()), 0)
