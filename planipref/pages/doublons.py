"""What the pages of duplicates show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch

from demandes.acteur import Acteur
from demandes.cycle import Etat
from demandes.droits import Droit
from demandes.forms.doublons import libelle, valeur_lisible
from demandes.models import Demande, FusionUsager, Usager
from demandes.selectors import Paire, paires_proposees
from demandes.services.depot import IDENTITE

PAR_PAGE = 20
FUSIONS_MONTREES = 20
CRITERES = {"identite": "Même nom et même naissance", "numero": "Même numéro étranger"}


@dataclass(frozen=True)
class LigneComparaison:
    """One field of the two records."""

    libelle: str
    premier: str
    second: str

    @property
    def differe(self) -> bool:
        """Say whether the two differ."""
        return self.premier != self.second


@dataclass(frozen=True)
class DemandeLue:
    """A demande that whoever deposited it for their family reads too.

    Args:
        demande: it.
        proche: who reads it; empty when theirs is still a draft, or another service follows it.
    """

    demande: Demande
    proche: str


def _lue(demande: Demande, principale: Demande, par: Acteur) -> DemandeLue:
    visible = principale.etat != Etat.BROUILLON and par.peut_sur(Droit.CONSULTER, principale)  # no agent reads a draft
    return DemandeLue(demande, principale.usager.nom_complet if visible else "")


def contexte_liste(par: Acteur, critere: str, apres: str) -> dict[str, Any]:
    """Return a page of pairs, and on the first one the merges that may be undone."""
    critere = critere if critere in CRITERES else "identite"
    depart = _lire(apres)
    ids = paires_proposees(par, critere, apres=depart, combien=PAR_PAGE + 1)
    siennes = Demande.objects.instruites_par(par).select_related("motif").order_by("-pk")
    usagers = Usager.objects.prefetch_related(Prefetch("demandes", siennes, to_attr="siennes")).in_bulk(
        {pk for paire in ids[:PAR_PAGE] for pk in paire}
    )
    fusions = FusionUsager.objects.filter(defaite_le__isnull=True, garde__in=Usager.objects.instruits_par(par))
    return {
        "criteres": [(code, nom, code == critere) for code, nom in CRITERES.items()],
        "critere": critere,
        "paires": [Paire(usagers[a], usagers[b]) for a, b in ids[:PAR_PAGE]],
        "suite": "{}-{}".format(*ids[PAR_PAGE - 1]) if len(ids) > PAR_PAGE else "",
        "fusions": list(fusions.select_related("garde", "agent").order_by("-le", "-pk")[:FUSIONS_MONTREES])
        if depart == (0, 0)
        else [],
    }


def _lire(apres: str) -> tuple[int, int]:
    premier, _, second = apres.partition("-")
    correct = premier.isascii() and premier.isdigit() and second.isascii() and second.isdigit() and len(apres) < 38
    return (int(premier), int(second)) if correct else (0, 0)


def contexte_comparaison(paire: Paire, par: Acteur) -> dict[str, Any]:
    """Return the two records side by side, with the demandes of each and how many are followed elsewhere."""
    ids = [paire.premier.pk, paire.second.pk]
    siennes = list(
        Demande.objects.instruites_par(par)
        .filter(usager__in=ids)
        .select_related("motif", "prefecture", "principale__usager")
        .order_by("-pk")
    )
    return {
        "paire": paire,
        "lignes": [
            LigneComparaison(libelle(c), valeur_lisible(paire.premier, c), valeur_lisible(paire.second, c))
            for c in IDENTITE
        ],
        "demandes": [[d for d in siennes if d.usager_id == pk] for pk in ids],
        "lues": [_lue(d, d.principale, par) for d in siennes if d.principale is not None],
        "ailleurs": Demande.objects.deposees().filter(usager__in=ids).count() - len(siennes),
    }
