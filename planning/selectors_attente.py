"""Reads of the waiting list: which places were freed, and whom each goes to first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef

from demandes.models import Convocation
from demandes.selectors import membres
from planning.models import Creneau, InscriptionAttente, OffreAttente, RendezVous, RetenuePlace
from planning.selectors import besoin_de
from planning.selectors_regles import fin_du_titre, regles_des_sites


@dataclass(frozen=True)
class Attente:
    """One who waits, and what a freed place would make them take.

    Args:
        inscription: on the list.
        convocation: theirs, with its demande, motif and préfecture.
        creneaux: the slots that their visit takes from the freed one on.
    """

    inscription: InscriptionAttente
    convocation: Convocation
    creneaux: Sequence[int]


def places_liberees(*, maintenant: datetime) -> list[Creneau]:
    """Return the slots where a freed place waits to be offered, one for each place, the soonest first (two queries)."""
    lignes = (
        RetenuePlace.objects.filter(offre=None, jusqu_a__gt=maintenant, creneau__debut__gt=maintenant)
        .select_related("creneau__file__site__prefecture")
        .order_by("creneau__debut", "creneau", "pk")
    )
    creneaux = [ligne.creneau for ligne in lignes]
    regles = regles_des_sites({c.file.site_id for c in creneaux}) if creneaux else {}
    return [c for c in creneaux if c.debut >= maintenant + timedelta(hours=regles[c.file.site_id].offre_heures)]


def attentes_possibles(creneau: Creneau, *, maintenant: datetime) -> Iterator[Attente]:
    """Give who may be offered a freed place, in the order of the list, looking at each only when asked for the next.

    Those whose link still lives, who would come earlier than now, who hold no other offer, and were not offered that
    very slot before: what presses most first, then who has waited longest.
    """
    candidates = (
        InscriptionAttente.objects.ouvertes()
        .filter(
            convocation__etat=Convocation.Etat.ACTIVE,
            convocation__expire_le__gte=creneau.debut,
            convocation__jointe_a=None,
            convocation__sites=creneau.file.site_id,
        )
        .exclude(Exists(OffreAttente.objects.filter(inscription=OuterRef("pk"), etat="proposee")))
        .exclude(Exists(OffreAttente.objects.filter(inscription=OuterRef("pk"), creneau=creneau)))
        .exclude(
            Exists(
                RendezVous.objects.actifs().filter(
                    convocation=OuterRef("convocation"), creneau__debut__lte=creneau.debut
                )
            )
        )
    )
    inscriptions = {i.convocation_id: i for i in candidates.order_by("inscrite_le", "pk")}
    convocations = list(Convocation.objects.avec_page().filter(pk__in=inscriptions).order_by("pk"))

    def rang(convocation: Convocation) -> tuple[date, datetime, int]:
        inscription = inscriptions[convocation.pk]
        return (_presse(convocation), inscription.inscrite_le, inscription.pk)

    for convocation in sorted(convocations, key=rang):
        creneaux = _visite(convocation, creneau)
        if creneaux:
            yield Attente(inscriptions[convocation.pk], convocation, creneaux)


def _presse(convocation: Convocation) -> date:
    """Return the nearest of the legal deadlines and ends of titles of a visit."""
    dates = [d for c in membres(convocation) for d in (c.demande.echeance, fin_du_titre(c.demande)) if d is not None]
    return min(dates, default=date.max)


def _visite(convocation: Convocation, creneau: Creneau) -> list[int]:
    """Return the slots that a visit takes from one on; none when the queue does not serve it, or lacks them."""
    besoin = besoin_de(convocation)
    file = next((f for f in besoin.files if f.pk == creneau.file_id), None)
    if file is None:
        return []
    instants = [creneau.debut + timedelta(minutes=creneau.minutes * i) for i in range(1, besoin.longueur(file))]
    suivants = Creneau.objects.filter(file=file, debut__in=instants, etat="ouvert").order_by("pk")
    suite = list(suivants.values_list("pk", flat=True))
    return [creneau.pk, *suite] if len(suite) == len(instants) else []


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
