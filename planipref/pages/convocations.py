"""What the pages of many convocations show: who may be convoked, what fits, and how far a lot has gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F
from django.http import QueryDict

from demandes.acteur import Acteur
from demandes.cycle import PAR_NOM
from demandes.models import Agent, Demande, Site
from demandes.services.motivation import motivation_usuelle
from demandes.services.notifications import canal_prevu
from planipref.commun.graphique import LARGEUR
from planipref.pages.listes import Filtres, delai_de, selection
from planning.calculs.capacite import Bilan, Manque
from planning.forms.lots import FormulaireLot
from planning.models import FileGuichet
from planning.services.demandes_ouverture import PlacesAttendues, places_attendues
from planning.services.lots import LOT_MAX, Projet, projeter, trier

CONVOQUER = PAR_NOM["convoquer"]
# Read at most, to keep those of a filter that their motif lets one convoke.
LUES_MAX = 4 * LOT_MAX


def demandes_choisies(agent: Agent, envoi: QueryDict, filtres: QueryDict) -> list[int]:
    """Return the demandes that an agent ticked, or all those of the filter that may be convoked, the most pressing.

    Args:
        agent: who asks.
        envoi: the form: ``demande``, numbers, or ``toutes``.
        filtres: query string of the list.
    """
    if "toutes" not in envoi:
        numeros = [n for n in envoi.getlist("demande") if "\0" not in n][:LOT_MAX]
        choisies = Demande.objects.a_portee_de(agent).filter(numero__in=numeros)
        return list(choisies.order_by("pk").values_list("pk", flat=True))
    lus = Filtres.lire(filtres.dict())  # type: ignore[arg-type]
    etats = [e for e in lus.etats if e in CONVOQUER.depuis]
    demandes = selection(agent, lus).en_etat(*etats).select_related("motif")
    pressees = demandes.order_by(F("echeance").asc(nulls_last=True), "deposee_le", "pk")[:LUES_MAX]
    return [d.pk for d in pressees if CONVOQUER.permise(d.motif.regles, d.etat)][:LOT_MAX]


@dataclass(frozen=True)
class LigneFile:
    """A queue, drawn as one bar.

    Args:
        nom: its name, with its site.
        offertes: places that some of the persons convoked now may take before their link ends.
        promises: those that people already convoked may take.
        demandees: those that the persons convoked now would take.
        manque: what is missing there; None when nothing is.
    """

    nom: str
    offertes: int
    promises: int
    demandees: int
    manque: Manque | None

    @property
    def restent(self) -> int:
        """Places that stay free for others."""
        return self.offertes - self.promises - self.demandees

    @property
    def libres_pour_d_autres(self) -> bool:
        """Whether places stay free that none of those who have none may take."""
        return self.restent > 0 and self.manque is not None

    @property
    def largeur_promises(self) -> int:
        """Width of the first part of the bar."""
        return self._largeur(self.promises)

    @property
    def largeur_demandees(self) -> int:
        """Width of the second part."""
        return self._largeur(self.promises + self.demandees) - self.largeur_promises

    def _largeur(self, places: int) -> int:
        return places * LARGEUR // self.offertes if self.offertes else 0


def lignes_de_files(bilan: Bilan) -> list[LigneFile]:
    """Return the queues that matter, by site then name (one query)."""
    files = FileGuichet.objects.filter(pk__in={*bilan.offertes, *bilan.manques}).select_related("site")
    return [
        LigneFile(
            f"{f.site.nom}, {f.nom}",
            bilan.offertes.get(f.pk, 0),
            bilan.promises.get(f.pk, 0),
            bilan.demandees.get(f.pk, 0),
            bilan.manques.get(f.pk),
        )
        for f in files.order_by("site__nom", "nom", "pk")
    ]


def sites_possibles(demandes: Sequence[Demande]) -> list[Site]:
    """Return the sites where a counter receives some of these persons (one query).

    Without a number: how many places there are depends on who is convoked, and the table of the page says it.
    """
    if not demandes:
        return []
    files = FileGuichet.objects.actives().filter(
        site__prefecture=demandes[0].prefecture, motifs__in={d.motif_id for d in demandes}
    )
    au_guichet = files.exclude(site__genre=Site.Genre.MEDICAL).select_related("site").distinct().order_by("pk")
    sites = {f.site_id: f.site for f in au_guichet}
    return sorted(sites.values(), key=lambda s: (s.genre, s.nom, s.pk))


@dataclass(frozen=True)
class PageLot:
    """The page that asks before many are convoked.

    Args:
        form: what is said to all.
        projet: who would be convoked.
        sites: those chosen.
    """

    form: FormulaireLot
    projet: Projet
    sites: list[Site]

    def contexte(self, *, maintenant: datetime) -> dict[str, Any]:
        """Return what the template reads."""
        projet, bilan = self.projet, self.projet.bilan
        retenues = projet.retenues
        manques = bilan.manques if bilan else {}
        attendues = places_attendues(manques, maintenant=maintenant)
        return {
            "form": self.form,
            "retenues": [(d, delai_de(d)) for d in retenues],
            "debout": [(d, delai_de(d)) for d in projet.debout],
            "refus": projet.tri.refus,
            "numeros": [d.numero for d in [*retenues, *projet.debout, *(d for d, _ in projet.tri.refus)]],
            "files": lignes_de_files(bilan) if bilan else [],
            "sans_place": bilan.sans_place if bilan else 0,
            "prevenues": Counter(canal_prevu(d, "convocation") or "rien" for d in retenues),
            "manquent": sum(m.places for m in manques.values()),
            "attendues": [attendues[f].demande for f in manques if f in attendues],
            "a_demander": sum(_au_dela(m, attendues.get(f)) for f, m in manques.items()),
        }


def _au_dela(manque: Manque, attendues: PlacesAttendues | None) -> int:
    """Return how many places are missing that nobody has asked for yet."""
    return max(0, manque.places - (attendues.restent if attendues else 0))


def page_lot(pks: Collection[int], envoi: QueryDict, par: Acteur, *, maintenant: datetime) -> PageLot:
    """Return the page of some demandes: with the usual words and every site at first, then as the agent sent it.

    Args:
        pks: of the demandes.
        envoi: the form; unbound as long as it says no ``etape``.
        par: agent.
        maintenant: instant.
    """
    convocables = trier(pks, par).convocables
    possibles = sites_possibles(convocables)
    initial = {
        "motivation": motivation_usuelle(convocables[0]) if convocables else "",
        "sites": [s.pk for s in possibles],
    }
    donnees = envoi if "etape" in envoi else None
    form = FormulaireLot(donnees, sites=[(s.pk, s.nom) for s in possibles], initial=initial)
    valides = form.cleaned_data.get("sites", []) if form.is_bound and (form.is_valid() or form.errors) else None
    choisis = initial["sites"] if valides is None else valides
    sites = [s for s in possibles if s.pk in choisis]
    return PageLot(form, projeter(pks, sites, par=par, maintenant=maintenant), sites)
