"""The aidants' worklist: who, which démarche, where it stands, what to do next and by when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.urls import reverse

from demandes.cycle import LIBELLES, Etat
from demandes.droits import Portee
from demandes.models import Aidant, Convocation, Demande, DemandeComplement, Mandat, Motif
from demandes.querysets_accompagnement import MandatQuerySet
from planipref.commun.horloge import aujourdhui
from planipref.commun.templatetags.planipref import heure, jour_long
from planning.selectors import debuts_par_demande

PAR_PAGE = 25
RESULTATS_MAX = 50
SITUATIONS: dict[str, str] = {"en-cours": "En cours", "a-signer": "À signer", "termines": "Terminés"}
CONVOQUES = (Etat.CONVOQUEE, Etat.RDV_PRIS, Etat.A_REMETTRE)
CHOIX_ETATS = [(e.value, LIBELLES[e]) for e in Etat if e is not Etat.CLOTUREE]


@dataclass(frozen=True)
class Pas:
    """What comes next for a person.

    Args:
        phrase: what to do, or who is at work.
        limite: last day to do it.
        a_faire: whether the aidant must act, and the mandate lets them.
    """

    phrase: str
    limite: date | None = None
    a_faire: bool = False


@dataclass(frozen=True)
class LigneAccompagnee:
    """One row of the worklist.

    Args:
        mandat: with usager and demande loaded.
        situation: value of `Mandat.Situation` today.
        pas: what comes next.
    """

    mandat: Mandat
    situation: str
    pas: Pas

    @property
    def demande(self) -> Demande:
        """The file."""
        return self.mandat.demande

    @property
    def libelle_situation(self) -> str:
        """Where the mandate stands, in words."""
        return str(Mandat.Situation(self.situation).label)

    @property
    def lien(self) -> str:
        """Address of the file while the mandate opens it."""
        return lien_dossier(self.demande) if self.situation == Mandat.Situation.EN_COURS else ""


def lien_dossier(demande: Demande) -> str:
    """Return the page where an aidant works on a demande: the deposit of a draft, else its follow-up."""
    if demande.etat == Etat.BROUILLON:
        return reverse("demandes:depot", args=[demande.cle])
    return reverse("pages:suivi_dossier", args=[demande.numero])


def selection(aidant: Aidant, situation: str, etat: str, *, maintenant: datetime) -> MandatQuerySet:
    """Return the mandates of an aidant's organisation, in a situation and, if given, with the demande in a state."""
    jour = aujourdhui("Europe/Paris", maintenant)
    mandats = Mandat.objects.visibles_par_l_organisme(aidant.organisme_id)
    filtres = {"a-signer": mandats.a_signer, "termines": mandats.finis}
    choisis = filtres.get(situation, mandats.en_cours)(jour)
    return choisis.filter(demande__etat=etat) if etat in LIBELLES else choisis


def trouves(aidant: Aidant, texte: str) -> MandatQuerySet:
    """Return the mandates of an aidant's organisation that a search finds, the first ones."""
    mandats = Mandat.objects.visibles_par_l_organisme(aidant.organisme_id).recherche(texte)
    return mandats.avec_liste()[:RESULTATS_MAX]


def mandat_visible(aidant: Aidant, pk: int) -> Mandat | None:
    """Return a mandate of an aidant's organisation, with what its page shows."""
    return Mandat.objects.visibles_par_l_organisme(aidant.organisme_id).filter(pk=pk).avec_parties().first()


def lignes(mandats: Iterable[Mandat], *, maintenant: datetime) -> list[LigneAccompagnee]:
    """Return the rows of a page: three queries, however many rows."""
    page = list(mandats)
    ids = [m.demande_id for m in page]
    limites = _par_demande(DemandeComplement.objects.filter(demande__in=ids, clos_le__isnull=True), "limite")
    expirations = _par_demande(
        Convocation.objects.actives().filter(demande__in=ids, demande__etat__in=CONVOQUES, expire_le__gt=maintenant),
        "expire_le",
    )
    rendez_vous = debuts_par_demande(ids)
    resultat = []
    for mandat in page:
        fuseau, cle = mandat.demande.prefecture.fuseau, mandat.demande_id
        situation = mandat.situation(aujourdhui(fuseau, maintenant))
        pas = _pas(mandat, situation, limites.get(cle), expirations.get(cle), rendez_vous.get(cle))
        resultat.append(LigneAccompagnee(mandat, situation, pas))
    return resultat


def _par_demande(objets: QuerySet[Any], champ: str) -> dict[int, Any]:
    return dict(objets.order_by("pk").values_list("demande", champ))


def _pas(
    mandat: Mandat, situation: str, limite: date | None, expire_le: datetime | None, debut: datetime | None
) -> Pas:
    if situation == Mandat.Situation.A_SIGNER:
        return Pas("La personne n’a pas encore répondu au lien qu’elle a reçu.")
    if situation != Mandat.Situation.EN_COURS:
        return Pas("Vous n’avez plus accès à cette demande.")
    demande, zone = mandat.demande, ZoneInfo(mandat.demande.prefecture.fuseau)
    if debut is not None:
        local = debut.astimezone(zone)
        return Pas(f"Rendez-vous le {jour_long(local.date())} à {heure(local.time())}.", local.date())
    if demande.etat in (Etat.BROUILLON, Etat.A_COMPLETER):
        portee = Portee.DEPOSER if demande.etat == Etat.BROUILLON else Portee.COMPLETER
        phrase = (
            "Remplir et déposer la demande." if demande.etat == Etat.BROUILLON else "Envoyer les documents demandés."
        )
        return _selon(mandat, portee, phrase, limite)
    if expire_le is not None:
        return _selon(mandat, Portee.RESERVER, "Choisir un rendez-vous.", expire_le.astimezone(zone).date())
    return Pas(PHRASES.get(Etat(demande.etat), "La préfecture examine la demande. Rien à faire."))


def _selon(mandat: Mandat, portee: Portee, phrase: str, limite: date | None) -> Pas:
    permis = portee.value in mandat.portee
    return Pas(phrase if permis else f"{phrase} La personne le fait elle-même : hors du mandat.", limite, permis)


PHRASES: dict[Etat, str] = {
    Etat.ACCORDEE: "Demande acceptée : lire la décision.",
    Etat.REFUSEE: "Demande refusée : lire la décision, et comment contester.",
    Etat.A_REMETTRE: "Le titre est prêt. L’invitation à prendre rendez-vous va venir.",
    Etat.REMISE: "Titre remis. Terminé.",
    Etat.SANS_SUITE: "Demande arrêtée : retirée, ou restée incomplète.",
    Etat.CLOTUREE: "Terminé.",
}


def motifs_en_ligne() -> list[tuple[str, str]]:
    """Return the démarches that are deposited online, as choices."""
    actifs = Motif.objects.actifs().filter(depot_en_ligne=True).order_by("libelle", "pk")
    return list(actifs.values_list("code", "libelle"))


def partage_de(principale: Demande) -> dict[str, str]:
    """Return what the form of the next person of a family starts from: where, what for, and how to reach them."""
    usager = principale.usager
    return {
        "prefecture": principale.prefecture.departement,
        "motif": principale.motif.code,
        "courriel": usager.courriel,
        "telephone": usager.telephone,
    }


def prefectures_de(aidant: Aidant) -> list[tuple[str, str]]:
    """Return the préfectures where an organisation helps, as choices."""
    return list(aidant.organisme.prefectures.order_by("departement").values_list("departement", "nom"))
