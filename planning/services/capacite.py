"""How many more people may be convoked in a préfecture: what is free until their links end, and who it is promised to.

Places count from the slots published, bookable now or from a later wave, and from the days that the waves will open.
They are promised to the live convocations without an appointment, and to those that a lot is about to send.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Sum

from demandes.models import Convocation, Demande, Prefecture, Site
from demandes.services.convocation import expiration_de
from planipref.commun.horloge import aujourdhui
from planning.calculs.capacite import POUR_TOUS, Bilan, Rangee, Visite, mesurer
from planning.calculs.regles import Quota
from planning.models import Creneau, FileGuichet, LigneConvocation, RendezVous
from planning.querysets import bornes_du_jour
from planning.selectors import MINUTES_REMISE, Besoin, besoins_de, minutes_au_guichet
from planning.selectors_regles import quotas_de
from planning.services.publication import places_des_vagues


def capacite(
    prefecture: Prefecture, demandes: Sequence[Demande], sites: Collection[Site], *, maintenant: datetime
) -> Bilan:
    """Say which demandes may be convoked without promising more than there is.

    Args:
        prefecture: of all of them.
        demandes: to be received, with their motifs and préfectures; in the order in which they are served.
        sites: where they may come.
        maintenant: instant.
    """
    return mesurer_en_plus(prefecture, visites_de(demandes, sites, maintenant=maintenant), maintenant=maintenant)


def mesurer_en_plus(prefecture: Prefecture, souhaitees: Sequence[Visite], *, maintenant: datetime) -> Bilan:
    """Say which visits find a place beside those already promised.

    Args:
        prefecture: where.
        souhaitees: the visits, in the order in which they are served.
        maintenant: instant.
    """
    promises = visites_promises(prefecture, maintenant=maintenant)
    files, promises = _qui_se_partagent(souhaitees, promises)
    fin = max((v.jusqu_au for v in souhaitees), default=aujourdhui(prefecture.fuseau, maintenant))
    fin = max(fin, *(v.jusqu_au for v in promises)) if promises else fin
    return mesurer(rangees(prefecture, files, fin, maintenant=maintenant), promises, souhaitees)


def visites_de(demandes: Sequence[Demande], sites: Collection[Site], *, maintenant: datetime) -> list[Visite]:
    """Return what each demande, convoked now and alone, would need (four queries, and those of the rules).

    Args:
        demandes: of one préfecture, to be received.
        sites: where they may come.
        maintenant: instant.
    """
    if not demandes:
        return []
    prefecture = demandes[0].prefecture
    files = list(FileGuichet.objects.actives().filter(site__in=sites).prefetch_related("motifs").order_by("pk"))
    servis = {f.pk: {m.pk for m in f.motifs.all()} for f in files}
    motifs = {d.motif_id: d for d in demandes}
    siennes = {m: [f for f in files if m in servis[f.pk]] for m in motifs}
    minutes = minutes_au_guichet([d.motif for d in motifs.values()], prefecture, remise=False)
    fins = {m: aujourdhui(prefecture.fuseau, expiration_de(d, maintenant)) for m, d in motifs.items()}
    quotas = quotas_de([([Convocation(demande=d)], {f.site_id for f in siennes[d.motif_id]}) for d in demandes])
    besoins = (
        (d, Besoin(tuple(siennes[d.motif_id]), minutes[d.motif_id], prefecture.fuseau, siens))
        for d, siens in zip(demandes, quotas, strict=True)
    )
    return [_visite(besoin, fins[d.motif_id], maintenant) for d, besoin in besoins]


def _visite(besoin: Besoin, jusqu_au: date, maintenant: datetime) -> Visite:
    """Return the visit of somebody who needs that, until the last day of their link."""
    quotas = frozenset(quota.value for quota in besoin.quotas(maintenant))
    return Visite(tuple(besoin.longueurs.items()), jusqu_au, quotas)


def visites_de_remise(groupes: Sequence[tuple[Site, Sequence[Demande]]], *, maintenant: datetime) -> list[Visite]:
    """Return what the handing over of titles would need (one query, and those of the rules).

    Args:
        groupes: of one préfecture: a site, and the demandes, with motifs, whose titles it hands over in one visit.
        maintenant: instant.
    """
    files = list(FileGuichet.objects.pour([], {site.pk for site, _ in groupes}, remise=True).order_by("pk"))
    quotas = quotas_de([([Convocation(demande=d) for d in demandes], {site.pk}) for site, demandes in groupes])
    visites = []
    for (site, demandes), siens in zip(groupes, quotas, strict=True):
        fuseau = demandes[0].prefecture.fuseau
        siennes = tuple(f for f in files if f.site_id == site.pk)
        fin = aujourdhui(fuseau, min(expiration_de(d, maintenant) for d in demandes))
        visites.append(_visite(Besoin(siennes, MINUTES_REMISE * len(demandes), fuseau, siens), fin, maintenant))
    return visites


def visites_promises(prefecture: Prefecture, *, maintenant: datetime) -> list[Visite]:
    """Return the visits that people already convoked may still book, and those of the lots under way."""
    pris = RendezVous.objects.actifs().filter(convocation=OuterRef("pk"))
    convocations = list(
        Convocation.objects.actives()
        .filter(~Exists(pris), demande__prefecture=prefecture, expire_le__gt=maintenant, jointe_a=None)
        .select_related("demande__motif", "demande__prefecture")
        .order_by("pk")
    )
    promises = zip(convocations, besoins_de(convocations).values(), strict=True)
    visites = [_visite(b, aujourdhui(prefecture.fuseau, c.expire_le), maintenant) for c, b in promises]
    return visites + _en_route(prefecture, maintenant)


def _en_route(prefecture: Prefecture, maintenant: datetime) -> list[Visite]:
    """Return the visits of the demandes that a lot has not convoked yet."""
    lignes = LigneConvocation.objects.filter(etat=LigneConvocation.Etat.A_FAIRE, lot__prefecture=prefecture)
    par_lot: dict[int, list[Demande]] = {}
    sites: dict[int, list[Site]] = {}
    lues = lignes.select_related("demande__motif", "demande__prefecture", "lot").prefetch_related("lot__sites")
    for ligne in lues.order_by("pk"):
        par_lot.setdefault(ligne.lot_id, []).append(ligne.demande)
        sites[ligne.lot_id] = list(ligne.lot.sites.all())
    return [v for lot, siennes in par_lot.items() for v in visites_de(siennes, sites[lot], maintenant=maintenant)]


def _qui_se_partagent(souhaitees: Iterable[Visite], promises: Sequence[Visite]) -> tuple[set[int], list[Visite]]:
    """Return the queues that matter to the visits wished for, and the promised ones that compete for them."""
    files = {f for v in souhaitees for f, _ in v.longueurs}
    rivales: list[Visite] = []
    autres = list(promises)
    while nouvelles := [v for v in autres if any(f in files for f, _ in v.longueurs)]:
        rivales += nouvelles
        files |= {f for v in nouvelles for f, _ in v.longueurs}
        autres = [v for v in autres if not any(f in files for f, _ in v.longueurs)]
    return files, rivales


def rangees(
    prefecture: Prefecture, files: Collection[int], jusqu_au: date, *, maintenant: datetime
) -> dict[Rangee, list[int]]:
    """Return the places that may still be booked in some queues until a day, row by row.

    Args:
        prefecture: whose queues.
        files: identifiers.
        jusqu_au: last day.
        maintenant: instant.
    """
    par_jour: dict[tuple[int, date], dict[datetime, dict[str, int]]] = {}
    pas: dict[tuple[int, date], int] = {}
    creneaux = Creneau.objects.a_prendre(maintenant).filter(
        file__in=files, debut__lt=bornes_du_jour(jusqu_au, prefecture.fuseau)[1]
    )
    champs = ("file", "debut", "minutes", "vides", *(f"vides_{q}" for q in Quota))
    for file, debut, minutes, vides, *gardees in creneaux.order_by("debut", "pk").values_list(*champs):
        cle = (file, aujourdhui(prefecture.fuseau, debut))
        pas[cle] = minutes
        par_jour.setdefault(cle, {})[debut] = partager_vides(vides, gardees)
    lues = FileGuichet.objects.filter(pk__in=files).select_related("site__prefecture").order_by("pk")
    for (file_lue, debut), partage in places_des_vagues(list(lues), jusqu_au, maintenant=maintenant).items():
        cle = (file_lue.pk, aujourdhui(prefecture.fuseau, debut))
        pas.setdefault(cle, file_lue.pas_minutes)
        par_jour.setdefault(cle, {}).setdefault(debut, partager_vides(partage.places, partage.gardees))
    rangees: dict[Rangee, list[int]] = {}
    for (file, jour), creneaux_du_jour in par_jour.items():
        for quota in (POUR_TOUS, *(q.value for q in Quota)):
            rangees[Rangee(file, jour, quota)] = _en_ligne(creneaux_du_jour, pas[file, jour], quota)
    return rangees


def partager_vides(vides: int, gardees: Sequence[int]) -> dict[str, int]:
    """Split the places left of a slot: those for all, then those kept, never more in all than are left.

    Args:
        vides: places left, kept ones among them.
        gardees: those kept, in the order of `Quota`.
    """
    parts = {POUR_TOUS: max(0, vides - sum(gardees))}
    reste = vides - parts[POUR_TOUS]
    for quota, gardee in zip(Quota, gardees, strict=True):
        parts[quota.value] = min(gardee, reste)
        reste -= parts[quota.value]
    return parts


def _en_ligne(creneaux: Mapping[datetime, Mapping[str, int]], pas: int, quota: str) -> list[int]:
    """Return the places of one kind in the order of the day, with 0 wherever the next slot does not follow at once."""
    places: list[int] = []
    attendu: datetime | None = None
    for debut in sorted(creneaux):
        if attendu is not None and debut != attendu:
            places.append(0)
        places.append(creneaux[debut][quota])
        attendu = debut + timedelta(minutes=pas)
    return places


def places_offertes(file: FileGuichet, depuis: datetime, jusqu_au: date, *, maintenant: datetime) -> int:
    """Return the places of a queue over some days, taken or not, those that the waves will open among them.

    What managers open makes it grow; time that passes does not.

    Args:
        file: with its site and préfecture.
        depuis: instant from which slots count, now or in the past.
        jusqu_au: last day.
        maintenant: instant.
    """
    fin = bornes_du_jour(jusqu_au, file.site.prefecture.fuseau)[1]
    publies = Creneau.objects.filter(file=file, etat=Creneau.Etat.OUVERT, debut__gt=depuis, debut__lt=fin)
    vagues = places_des_vagues([file], jusqu_au, maintenant=maintenant)
    publiees = set(publies.order_by("pk").values_list("debut", flat=True)) if vagues else set()
    attendues = sum(partage.places for (_, debut), partage in vagues.items() if debut not in publiees)
    return int(publies.aggregate(somme=Sum("places"))["somme"] or 0) + attendues
