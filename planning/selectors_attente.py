"""Reads of the waiting list: which places were freed, and whom each goes to first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef

from demandes.models import Convocation
from planning.models import Creneau, InscriptionAttente, OffreAttente, RendezVous, RetenuePlace
from planning.querysets import InscriptionAttenteQuerySet
from planning.selectors import Besoin, besoins_de, membres_de
from planning.selectors_regles import fin_du_titre, regles_des_sites


@dataclass(frozen=True)
class Attente:
    """One who waits, and what a freed place would make them take.

    Args:
        inscription: on the list.
        convocation: theirs, with its demande, motif and préfecture.
        creneaux: the slots that their visit takes from the freed one on.
        besoin: what it needs.
    """

    inscription: InscriptionAttente
    convocation: Convocation
    creneaux: Sequence[int]
    besoin: Besoin


def places_liberees(*, maintenant: datetime) -> list[Creneau]:
    """Return the slots where a freed place waits to be offered, one for each place, the soonest first (two queries)."""
    lignes = (
        RetenuePlace.objects.a_personne(maintenant)
        .filter(jusqu_a__gt=maintenant, creneau__debut__gt=maintenant)
        .select_related("creneau__file__site__prefecture")
        .order_by("creneau__debut", "creneau", "pk")
    )
    creneaux = [ligne.creneau for ligne in lignes]
    regles = regles_des_sites({c.file.site_id for c in creneaux}) if creneaux else {}
    return [c for c in creneaux if c.debut >= maintenant + timedelta(hours=regles[c.file.site_id].offre_heures)]


def inscriptions_possibles(creneau: Creneau) -> InscriptionAttenteQuerySet:
    """Return who waits for such a place, whether or not their visit finds all its slots.

    Those whose link still lives, who would come earlier than now, who hold no other offer, and were not offered that
    very slot before.
    """
    offres = OffreAttente.objects.filter(inscription=OuterRef("pk"))
    plus_tot = RendezVous.objects.actifs().filter(
        convocation=OuterRef("convocation"), creneau__debut__lte=creneau.debut
    )
    return (
        InscriptionAttente.objects.ouvertes()
        .filter(
            convocation__etat=Convocation.Etat.ACTIVE,
            convocation__expire_le__gte=creneau.debut,
            convocation__jointe_a=None,
            convocation__sites=creneau.file.site_id,
        )
        .exclude(Exists(offres.filter(etat="proposee")))
        .exclude(Exists(offres.filter(creneau=creneau)))
        .exclude(Exists(plus_tot))
    )


def attentes_possibles(creneau: Creneau, *, maintenant: datetime) -> Iterator[Attente]:
    """Give who may be offered a freed place, in the order of the list, in a number of queries that it does not change.

    What presses most first, then who has waited longest.
    """
    candidates = inscriptions_possibles(creneau)
    inscriptions = {i.convocation_id: i for i in candidates.order_by("inscrite_le", "pk")}
    convocations = list(Convocation.objects.avec_page().filter(pk__in=inscriptions).order_by("pk"))
    reunies = membres_de(convocations)

    def rang(convocation: Convocation) -> tuple[date, datetime, int]:
        inscription = inscriptions[convocation.pk]
        return (_presse(reunies[convocation.pk]), inscription.inscrite_le, inscription.pk)

    besoins = besoins_de(convocations)
    suites = _suites(creneau, besoins)
    for convocation in sorted(convocations, key=rang):
        if convocation.pk in suites:
            attend = inscriptions[convocation.pk]
            yield Attente(attend, convocation, suites[convocation.pk], besoins[convocation.pk])


def _presse(reunies: Sequence[Convocation]) -> date:
    """Return the nearest of the legal deadlines and ends of titles of a visit."""
    dates = [d for c in reunies for d in (c.demande.echeance, fin_du_titre(c.demande)) if d is not None]
    return min(dates, default=date.max)


def _suites(creneau: Creneau, besoins: Mapping[int, Besoin]) -> dict[int, list[int]]:
    """Return the slots that each visit takes from one on, of those that its queue serves and that find them all."""
    longueurs = {
        pk: besoin.longueur(file)
        for pk, besoin in besoins.items()
        for file in besoin.files
        if file.pk == creneau.file_id
    }
    pas = timedelta(minutes=creneau.minutes)
    instants = [creneau.debut + pas * i for i in range(1, max(longueurs.values(), default=1))]
    suivants = Creneau.objects.filter(file=creneau.file_id, debut__in=instants, etat="ouvert").order_by("debut", "pk")
    trouves = {debut: pk for pk, debut in suivants.values_list("pk", "debut")}
    suites = {pk: [creneau.pk, *(trouves.get(i, 0) for i in instants[: n - 1])] for pk, n in longueurs.items()}
    return {pk: sorted(suite) for pk, suite in suites.items() if 0 not in suite}


@dataclass(frozen=True)
class AttenteUsager:
    """What the page of a link says of the waiting list.

    Args:
        inscription: open one; None when they do not wait.
        offre: the place held for them now, if any.
    """

    inscription: InscriptionAttente | None
    offre: OffreAttente | None


def attente_de(convocation: Convocation, *, maintenant: datetime) -> AttenteUsager:
    """Return whether the person of a link waits, and the place held for them (one query, two when they wait)."""
    inscription = InscriptionAttente.objects.ouvertes().filter(convocation=convocation).first()
    if inscription is None:
        return AttenteUsager(None, None)
    offres = OffreAttente.objects.en_cours(maintenant).filter(inscription=inscription)
    return AttenteUsager(inscription, offres.select_related("creneau__file__site").first())
