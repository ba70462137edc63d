"""The second convocation in bulk: those whose title is in stock are asked to come to the site that keeps it.

Never more than the places open can take until the links end: what fits is settled under the lock of the lots of
convocations (`planning.services.lots`), and the convocations are written before it is given back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from django.db import transaction

from demandes.acteur import Acteur
from demandes.models import Convocation, Demande, Prefecture, Site
from demandes.services.convocation import convoquer_ensemble
from demandes.services.motivation import motivation_remise
from guichet.models import Titre
from guichet.services.titres import Bilan
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.transactions import acte, etape
from planipref.commun.verrous import un_seul
from planning.calculs.capacite import Manque
from planning.models import FileGuichet
from planning.services.capacite import mesurer_en_plus, visites_de_remise
from planning.services.lots import VERROU

PERSONNES_MAX = 10
SANS_FILE = "Aucune file de ce site ne remet de titres."
SANS_PLACE = "Plus de place avant la fin du lien : faites ouvrir des créneaux de remise, puis convoquez."
Groupe = Sequence[Titre]


@dataclass
class Places:
    """Who has a place among the groups that may be convoked.

    Args:
        assis: identifiers of the titles of those who have one.
        debout: how many holders have none.
        manques: what is missing for the others, by préfecture, then by queue.
    """

    assis: set[int] = field(default_factory=set)
    debout: int = 0
    manques: dict[Prefecture, Mapping[int, Manque]] = field(default_factory=dict)


def convoquer_pour_remise(titres: Iterable[Titre], *, par: Acteur, maintenant: datetime) -> Bilan:
    """Convoke the holders who have a place, in one act; of a family, those kept at one site come together.

    A group that is refused leaves no trace, and is then tried one by one; one title that is refused stops no other.

    Args:
        titres: with their site and its préfecture, and their demande with its usager, motif and préfecture.
        par: agent.
        maintenant: instant.
    """
    bilan, titres = Bilan(), list(titres)
    reste = _convoquer_des_groupes(_groupes(titres, maintenant), bilan, par=par, maintenant=maintenant)
    seuls = [[titre] for titre in chain.from_iterable(reste)]
    if seuls:
        _convoquer_des_groupes(seuls, bilan, par=par, maintenant=maintenant)
    return bilan


def places_pour(titres: Iterable[Titre], *, maintenant: datetime) -> Places:
    """Say who of the holders of some titles would have a place, were they convoked now.

    Args:
        titres: as for `convoquer_pour_remise`.
        maintenant: instant.
    """
    groupes = _groupes(list(titres), maintenant)
    return _places(groupes, _possibles(chain.from_iterable(groupes), maintenant), maintenant)


def _groupes(titres: Sequence[Titre], maintenant: datetime) -> list[Groupe]:
    """Group the titles by site and family; one that is not to be convoked makes its family come one by one."""
    groupes: dict[tuple[int, int], list[Titre]] = defaultdict(list)
    for titre in titres:
        groupes[titre.site_id, titre.demande.famille_id if titre.demande else -titre.pk].append(titre)
    possibles = _possibles(titres, maintenant)
    resultat: list[Groupe] = []
    for groupe in groupes.values():
        ensemble = len(groupe) <= PERSONNES_MAX and possibles.issuperset(t.pk for t in groupe)
        resultat += [groupe] if ensemble else [[t] for t in groupe]
    return resultat


def _possibles(titres: Iterable[Titre], maintenant: datetime) -> set[int]:
    """Return the titles in stock whose holder is known and not convoked yet (one query)."""
    en_stock = [t for t in titres if t.demande and t.etat == Titre.Etat.EN_STOCK]
    deja = Convocation.objects.pour_remise(maintenant).filter(demande__in=[t.demande_id for t in en_stock])
    convoquees = set(deja.order_by("pk").values_list("demande", flat=True))
    return {t.pk for t in en_stock if t.demande_id not in convoquees}


def _places(groupes: Sequence[Groupe], possibles: Collection[int], maintenant: datetime) -> Places:
    places = Places()
    par_prefecture: dict[Prefecture, list[Groupe]] = defaultdict(list)
    for groupe in groupes:
        if all(t.pk in possibles for t in groupe):
            par_prefecture[groupe[0].site.prefecture].append(groupe)
    for prefecture, siens in par_prefecture.items():
        souhaitees = visites_de_remise([_visite(g) for g in siens], maintenant=maintenant)
        mesure = mesurer_en_plus(prefecture, souhaitees, maintenant=maintenant)
        places.assis |= {t.pk for g, assis in zip(siens, mesure.assises, strict=True) if assis for t in g}
        places.debout += sum(len(g) for g, assis in zip(siens, mesure.assises, strict=True) if not assis)
        if mesure.manques:
            places.manques[prefecture] = mesure.manques
    return places


def _visite(groupe: Groupe) -> tuple[Site, list[Demande]]:
    return groupe[0].site, [t.demande for t in groupe if t.demande]


@acte
def _convoquer_des_groupes(
    groupes: Sequence[Groupe], bilan: Bilan, *, par: Acteur, maintenant: datetime
) -> list[Groupe]:
    """Convoke those of some groups who have a place; return the families refused as such."""
    _verrouiller(groupes)
    possibles = _possibles(chain.from_iterable(groupes), maintenant)
    assis = _places(groupes, possibles, maintenant).assis
    sites = {g[0].site_id for g in groupes}
    ouverts = set(FileGuichet.objects.pour([], sites, remise=True).values_list("site", flat=True))
    refuses = []
    for groupe in groupes:
        if groupe[0].site_id not in ouverts:
            bilan.refus |= dict.fromkeys((t.pk for t in groupe), SANS_FILE)
        elif any(t.pk in possibles and t.pk not in assis for t in groupe):
            bilan.refus |= dict.fromkeys((t.pk for t in groupe), SANS_PLACE)
        elif not _convoquer(groupe, bilan, par, maintenant):
            refuses.append(groupe)
    return refuses


@etape
def _verrouiller(groupes: Sequence[Groupe]) -> None:
    """Lock the demandes, the principal ones first as acts on a family do, then the capacity of their préfectures.

    In that order, that of who convokes one person: neither waits for the other in a circle.
    """
    demandes = [t.demande for t in chain.from_iterable(groupes) if t.demande]
    for pks in ({d.famille_id for d in demandes}, {d.pk for d in demandes}):
        lues = Demande.objects.filter(pk__in=pks).order_by("pk")
        list(lues.select_for_update(of=("self",), no_key=True).values_list("pk"))
    for prefecture_id in sorted({g[0].site.prefecture_id for g in groupes}):
        un_seul(VERROU, prefecture_id)


@etape
def _convoquer(groupe: Groupe, bilan: Bilan, par: Acteur, maintenant: datetime) -> bool:
    """Convoke some persons together, as their titles are now; False when a family is refused, and leaves no trace."""
    pks = [t.pk for t in groupe]
    frais = Titre.objects.filter(pk__in=pks).select_related("site", "demande__usager", "demande__motif")
    groupe = list(frais.order_by("pk"))
    demandes = [t.demande for t in groupe if t.demande]
    try:
        with transaction.atomic():
            _exiger_rapproches(groupe, demandes)
            convoquer_ensemble(
                demandes[0],
                motivation=motivation_remise(demandes[0]),
                sites=[groupe[0].site],
                avec=demandes[1:],
                par=par,
                maintenant=maintenant,
            )
    except ErreurMetier as erreur:
        if len(groupe) > 1:
            return False
        bilan.refus[groupe[0].pk] = erreur.message
        return True
    bilan.faits += groupe
    bilan.sans_courriel += sum(not d.usager.courriel for d in demandes)
    return True


def _exiger_rapproches(groupe: Groupe, demandes: Sequence[Demande]) -> None:
    if len(demandes) < len(groupe):
        raise ErreurMetier("non_rapproche", "On ne sait pas encore de quelle demande est ce titre.", statut=409)
    if any(t.etat != Titre.Etat.EN_STOCK for t in groupe):
        raise ErreurMetier("titre_change", "Ce titre n’est plus en stock.", statut=409)
