"""Reads of visits and of titles. Always in a total order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, When, Window
from django.db.models.functions import Cast, Greatest

from demandes.droits import Droit
from demandes.models import Convocation, Demande, Site
from demandes.querysets_deports import visees
from guichet.calculs.ordre import MINUTE, Regles

if TYPE_CHECKING:
    from demandes.models import Agent, Deport
    from guichet.models import Passage, Titre
    from planning.models import Guichet


class PassageQuerySet(models.QuerySet["Passage"]):
    """Reads of visits."""

    def visibles_par(self, agent: Agent, droit: Droit) -> PassageQuerySet:
        """Visits of the sites where the agent holds the right."""
        return self.filter(site__in=Site.objects.visibles_par(agent, droit))

    def de_la_demande(self, demande: Demande) -> PassageQuerySet:
        """Visits of a demande: its own, or those where its family is expected or received together."""
        venues = demande.venues.filter(etat__in=["attendue", "recue"]).values("passage")
        return self.filter(Q(demande=demande) | Q(pk__in=venues)).order_by("pk")

    def tenus_par(self, agent_id: int) -> PassageQuerySet:
        """The visit that an agent has called or received: one at most."""
        return self.en_cours().filter(agent=agent_id).order_by("pk")

    def du_jour(self, site_id: int, jour: date) -> PassageQuerySet:
        """Visits of a site on a day."""
        return self.filter(site=site_id, jour=jour)

    def en_attente(self) -> PassageQuerySet:
        """Visits that wait, in the order of call: see `guichet.calculs.ordre`."""
        return self.filter(etat="arrive").order_by("rang", "pk")

    def appelables(self, guichet: Guichet, regles: Regles, *, maintenant: datetime) -> PassageQuerySet:
        """Visits that a counter may call, in the order of call: those kept for another one are not among them yet."""
        gardes_depuis = maintenant - regles.garde_guichet * MINUTE
        libres = Q(guichet_voulu=None) | Q(guichet_voulu=guichet) | Q(transfere_le__lte=gardes_depuis)
        return self.en_attente().filter(libres, site=guichet.site_id)

    def sans_deport(self, deports: Sequence[Deport]) -> PassageQuerySet:
        """Visits of nobody at whom these déports aim, alone or with their family."""
        return self.exclude(visees(deports, "demande__") | visees(deports, "venues__demande__")) if deports else self

    def suspendus(self) -> PassageQuerySet:
        """Visits put aside, the oldest first."""
        return self.filter(etat="suspendu").order_by("recu_le", "pk")

    def en_cours(self) -> PassageQuerySet:
        """Visits called or received."""
        return self.filter(etat__in=["appele", "recu"])

    def sans_reception(self) -> PassageQuerySet:
        """Visits ended before anybody received them."""
        return self.filter(etat__in=["parti", "absent", "annule"])

    def en_service_depuis(self, depuis: datetime) -> PassageQuerySet:
        """Visits that show that somebody is at a counter: under way, or ended since an instant."""
        return self.filter(Q(etat__in=["appele", "recu"]) | Q(termine_le__gte=depuis))

    def a_afficher(self, depuis: datetime) -> PassageQuerySet:
        """Visits that the public display speaks of, the newest call first, those who wait last.

        Each row has `dernier_appel`, None for who waits, even again, and `en_attente`, how many wait in all. Whoever
        is received stays when called after `depuis`.
        """
        affiches = Q(etat__in=["arrive", "appele"]) | Q(etat="recu", dernier_appel__gt=depuis)
        return (
            self.annotate(
                dernier_appel=Case(When(etat="arrive", then=None), default=Greatest("appele_le", "rappele_le"))
            )
            .filter(affiches)
            .annotate(en_attente=Window(Count("pk", filter=Q(etat="arrive"))))
            .select_related("file", "guichet")
            .only("ticket", "lettre", "etat", "file__lettre", "guichet__numero")
            .order_by(F("dernier_appel").desc(nulls_last=True), "-pk")
        )

    def avec_ligne(self) -> PassageQuerySet:
        """Load what a row of the counter's or the desk's list shows."""
        return self.select_related(
            "file",
            "guichet",
            "guichet_voulu",
            "agent",
            "motif",
            "demande__usager",
            "demande__motif",
            "rendez_vous__creneau",
        )

    def avec_ecran(self) -> PassageQuerySet:
        """Load what the counter's screen and the ticket show."""
        return self.select_related(
            "site__prefecture",
            "file",
            "guichet",
            "agent",
            "motif",
            "demande__usager",
            "demande__motif",
            "demande__prefecture",
            "demande__service",
            "rendez_vous__creneau__file",
        )


# A card never collected goes back after this many days.
ANCIEN_JOURS = 90


class TitreQuerySet(models.QuerySet["Titre"]):
    """Reads of titles."""

    def visibles_par(self, agent: Agent) -> TitreQuerySet:
        """Titles of the sites where the agent hands titles over; once matched, of demandes the agent may see."""
        sites = Site.objects.visibles_par(agent, Droit.REMETTRE).values("pk")
        siennes = Q(demande=None) | Q(demande__in=Demande.objects.visibles_par(agent).values("pk"))
        return self.filter(siennes, site__in=sites)

    def en_stock(self) -> TitreQuerySet:
        """Titles that wait for their holder, the oldest first."""
        return self.filter(etat="en_stock").order_by("recu_le", "pk")

    def sortis(self, etat: str) -> TitreQuerySet:
        """Titles handed over, or sent back, the newest first."""
        return self.filter(etat=etat).order_by("-pk")

    def non_rapproches(self) -> TitreQuerySet:
        """Titles in stock whose demande is not known."""
        return self.en_stock().filter(demande=None)

    def convoques(self, instant: datetime) -> TitreQuerySet:
        """Titles in stock whose holder may come for them now."""
        return self.en_stock().filter(Exists(_convocation(instant)))

    def a_convoquer(self, instant: datetime) -> TitreQuerySet:
        """Titles in stock whose holder is known, and not asked to come."""
        return self.en_stock().filter(~Exists(_convocation(instant)), demande__isnull=False)

    def anciens(self, instant: datetime) -> TitreQuerySet:
        """Titles in stock for more than `ANCIEN_JOURS` days, as each préfecture counts its own."""
        sur_place = models.Func(
            F("prefecture__fuseau"), models.Value(instant), function="timezone", output_field=models.DateTimeField()
        )
        limite = models.ExpressionWrapper(
            sur_place - models.Value(timedelta(days=ANCIEN_JOURS)), output_field=models.DateTimeField()
        )
        return self.en_stock().filter(recu_le__lt=Cast(limite, models.DateField()))

    def avec_liste(self, instant: datetime) -> TitreQuerySet:
        """Load what a row of the stock shows; ``convoque_jusqu_au`` is None for who is not asked to come."""
        fin = _convocation(instant).order_by("-pk").values("expire_le")[:1]
        return self.select_related("site__prefecture", "demande__usager", "demande__motif").annotate(
            convoque_jusqu_au=models.Subquery(fin)
        )


def _convocation(instant: datetime) -> models.QuerySet[Convocation]:
    return Convocation.objects.pour_remise(instant).filter(demande=OuterRef("demande"))
