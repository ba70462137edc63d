"""The second convocation in bulk: those whose title is in stock are asked to come to the site that keeps it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from demandes.acteur import Acteur
from demandes.models import Demande
from demandes.services.convocation import convoquer
from demandes.services.motivation import motivation_remise
from guichet.models import Titre
from guichet.services.titres import Bilan
from planipref.commun.erreurs import ErreurMetier
from planning.models import FileGuichet

PERSONNES_MAX = 10


def convoquer_pour_remise(titres: Iterable[Titre], *, par: Acteur, maintenant: datetime) -> Bilan:
    """Convoke the holders, each in an act of its own; of a family, those kept at one site come together.

    Args:
        titres: with their site, and their demande with its usager and motif.
        par: agent.
        maintenant: instant.
    """
    bilan, groupes = Bilan(), _par_famille(titres)
    ouverts = set(
        FileGuichet.objects.pour([], {site_id for site_id, _ in groupes}, remise=True).values_list("site", flat=True)
    )
    for (site_id, _), groupe in groupes.items():
        if site_id not in ouverts:
            bilan.refus |= dict.fromkeys((t.pk for t in groupe), "Aucune file de ce site ne remet de titres.")
        elif len(groupe) == 1 or len(groupe) > PERSONNES_MAX or not _convoquer(groupe, bilan, par, maintenant):
            for titre in groupe:
                _convoquer([titre], bilan, par, maintenant)
    return bilan


def _par_famille(titres: Iterable[Titre]) -> dict[tuple[int, int], list[Titre]]:
    """Group the titles by site and family; one that is not matched is alone."""
    groupes: dict[tuple[int, int], list[Titre]] = defaultdict(list)
    for titre in titres:
        groupes[titre.site_id, titre.demande.famille_id if titre.demande else -titre.pk].append(titre)
    return groupes


def _convoquer(groupe: Sequence[Titre], bilan: Bilan, par: Acteur, maintenant: datetime) -> bool:
    """Convoke some persons together, as their titles are now; a group that is refused leaves no trace.

    It is then tried one by one.
    """
    pks = [t.pk for t in groupe]
    frais = Titre.objects.filter(pk__in=pks).select_related("site", "demande__usager", "demande__motif")
    groupe = list(frais.order_by("pk"))
    demandes = [t.demande for t in groupe if t.demande]
    try:
        _exiger_rapproches(groupe, demandes)
        convoquer(
            demandes[0],
            motivation=motivation_remise(demandes[0]),
            sites=[groupe[0].site],
            avec=demandes[1:],
            par=par,
            maintenant=maintenant,
        )
    except ErreurMetier as erreur:
        if len(groupe) == 1:
            bilan.refus[groupe[0].pk] = erreur.message
        return False
    bilan.faits += groupe
    bilan.sans_courriel += sum(not d.usager.courriel for d in demandes)
    return True


def _exiger_rapproches(groupe: Sequence[Titre], demandes: Sequence[Demande]) -> None:
    if len(demandes) < len(groupe):
        raise ErreurMetier("non_rapproche", "On ne sait pas encore de quelle demande est ce titre.", statut=409)
    if any(t.etat != Titre.Etat.EN_STOCK for t in groupe):
        raise ErreurMetier("titre_change", "Ce titre n’est plus en stock.", statut=409)
