"""What the form of a convocation proposes: the sites, the usual words, and who of the family may come along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from demandes.acteur import Acteur
from demandes.cycle import PAR_NOM, RECEPTION, Etat
from demandes.droits import Droit
from demandes.models import Convocation, Demande, Motif, Site
from demandes.services.motivation import motivation_usuelle
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.nombres import nombre
from planning.models import FileGuichet
from planning.selectors import minutes_au_guichet, places_libres, promesses_par_site
from planning.selectors_medical import sites_deportes

PENURIE = (
    "Toutes les places libres sont déjà promises à des personnes convoquées : celle-ci risque de n’en trouver aucune. "
    "Vous pouvez la convoquer quand même. Pour demander l’ouverture de places, choisissez son dossier dans la liste."
)


@dataclass(frozen=True)
class SitePropose:
    """A site that may receive the usager.

    Args:
        pk: its identifier.
        nom: its name.
        places: free places in the weeks published.
        promises: people convoked there who have not chosen yet.
    """

    pk: int
    nom: str
    places: int = field(default=0)
    promises: int = field(default=0)

    @property
    def libelle(self) -> str:
        """Name and free places."""
        places = nombre(self.places, "place libre", "places libres") if self.places else "aucune place libre"
        promises = f", {nombre(self.promises, 'personne', 'personnes')} déjà à y venir" if self.promises else ""
        return f"{self.nom} : {places}{promises}"

    @property
    def est_plein(self) -> bool:
        """Whether those who are already convoked may take every free place."""
        return self.places <= self.promises


def sites_proposes(demande: Demande, *, maintenant: datetime) -> list[SitePropose]:
    """Return the sites whose queues serve the demande, with their free places; every site when none does."""
    remise = demande.etat == Etat.A_REMETTRE
    sites = list(demande.prefecture.sites.order_by("genre", "nom", "pk"))
    files = list(FileGuichet.objects.pour([demande.motif_id], [s.pk for s in sites], remise=remise))
    servis = {f.site_id for f in files}
    deportes = sites_deportes(demande) if any(s.genre == Site.Genre.MEDICAL for s in sites) else set()
    sites = [s for s in sites if s.pk not in deportes]
    # Only doctors see them: the step of the motif is their examination, or there is no other.
    if demande.motif.examen == Motif.Examen.COMMISSION or (
        demande.motif.examen and RECEPTION not in demande.motif.etapes
    ):
        sites = [s for s in sites if s.genre == Site.Genre.MEDICAL] or sites
    places = places_libres([f.pk for f in files], maintenant=maintenant)
    if not servis:
        sites = [s for s in sites if s.genre != Site.Genre.MEDICAL]
    promises = promesses_par_site(files, maintenant=maintenant)
    return [
        SitePropose(s.pk, s.nom, places.get(s.pk, 0), promises.get(s.pk, 0))
        for s in sites
        if s.pk in servis or not servis
    ]


def options_convocation(demande: Demande, par: Acteur, *, maintenant: datetime) -> dict[str, Any]:
    """Return the choices and the first values of the form; who of the family is ready is already ticked.

    While they are, the sites ticked are those where one queue serves everybody.
    """
    sites = sites_proposes(demande, maintenant=maintenant)
    proches = prets_a_venir(demande, par)
    communs = {p.pk: sites_communs([demande, p], [s.pk for s in sites]) for p in proches}
    choisis = [p for p in proches if communs[p.pk]]
    ensemble = sites_communs([demande, *choisis], [s.pk for s in sites]) if choisis else {s.pk for s in sites}
    coches = (
        _aiguilles(demande, sites)
        or [s.pk for s in sites if s.places and s.pk in ensemble]
        or [s.pk for s in sites if s.pk in ensemble]
    )
    avec = [p.pk for p in choisis] if ensemble else []
    return {
        "sites": [(s.pk, _libelle(s, communs)) for s in sites],
        "famille": [(p.pk, _personne(p)) for p in choisis],
        "empechees": _empechees([p for p in proches if not communs[p.pk]]),
        "penurie": PENURIE if sites and all(s.est_plein for s in sites) else "",
        "initial": {
            "motivation": motivation_usuelle(demande),
            "sites": coches or [s.pk for s in sites],
            "personnes": 1 + len(avec),
            "avec": avec,
        },
    }


def prets_a_venir(demande: Demande, par: Acteur) -> list[Demande]:
    """Return the other demandes of the family that the agent may convoke now for the same thing (one query)."""
    siennes = Demande.objects.de_la_famille(demande).exclude(pk=demande.pk)
    if demande.etat == Etat.A_REMETTRE:
        convoquees = Convocation.objects.actives().filter(objet=Convocation.Objet.REMISE).values("demande")
        siennes = siennes.filter(etat=Etat.A_REMETTRE).exclude(pk__in=convoquees)
    convoquer = PAR_NOM["convoquer"]
    return [
        d
        for d in siennes.select_related("usager", "motif", "prefecture", "service")
        if par.peut_sur(Droit.CONVOQUER, d)
        and (demande.etat == Etat.A_REMETTRE or convoquer.permise(d.motif.regles, d.etat))
    ]


def sites_communs(demandes: Sequence[Demande], sites: Sequence[int]) -> set[int]:
    """Return the sites where one queue serves all of these demandes."""
    remise = demandes[0].etat == Etat.A_REMETTRE
    files = FileGuichet.objects.pour({d.motif_id for d in demandes}, sites, remise=remise)
    return set(files.values_list("site", flat=True))


def exiger_file_commune(demandes: Sequence[Demande], sites: Sequence[Site]) -> None:
    """Refuse a site where no queue serves everybody who is convoked together.

    Raises:
        ErreurMetier: ``sans_file_commune`` on ``sites``.
    """
    if len(demandes) == 1:
        return
    communs = sites_communs(demandes, [s.pk for s in sites])
    exclus = [s.nom for s in sites if s.pk not in communs]
    if exclus:
        motifs = " et ".join(sorted({f"« {d.motif.libelle_court} »" for d in demandes}))
        raise ErreurMetier(
            "sans_file_commune",
            f"Aucune file ne sert à la fois {motifs} à : {', '.join(exclus)}. "
            "Décochez ce site, ou convoquez séparément.",
            champ="sites",
        )


def _personne(demande: Demande) -> str:
    remise = demande.etat == Etat.A_REMETTRE
    minutes = minutes_au_guichet([demande.motif], demande.prefecture, remise=remise)[demande.motif_id]
    return f"{demande.usager.nom_complet}, {demande.motif.libelle_court}, {demande.numero} ({minutes} min)"


def _libelle(site: SitePropose, communs: dict[int, set[int]]) -> str:
    exclus = sum(site.pk not in s for s in communs.values() if s)
    return f"{site.libelle} (pas pour toute la famille : aucune file commune)" if exclus else site.libelle


def _empechees(demandes: Sequence[Demande]) -> str:
    """Say who is ready but cannot come to the same visit, and why."""
    if not demandes:
        return ""
    noms = ", ".join(f"{d.usager.nom_complet} ({d.motif.libelle_court})" for d in demandes)
    return f"À convoquer à part, car aucun site n’a de file qui serve les deux démarches : {noms}."


def _aiguilles(demande: Demande, sites: list[SitePropose]) -> list[int]:
    """Return the sites that the rule of routing chose, among those that serve everybody."""
    choisis = (demande.aiguillage or {}).get("sites_ids", [])
    return [s.pk for s in sites if s.pk in choisis]
