"""Reads of the counter and of the reception desk: page data as frozen dataclasses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db.models import Exists, OuterRef

from demandes.cycle import PIECES_OUVERTES, Etat
from demandes.droits import Droit
from demandes.models import Acte, Agent, Convocation, Demande, Deport, Motif, ParametrageMotif, Piece, Service, Site
from demandes.selectors import PieceAttendue, acteur_agent, pieces_attendues
from demandes.selectors_valeurs import valeurs_posees
from guichet.calculs.ordre import Regles, Retard
from guichet.models import Passage, Pause, PosteAffichage, PriseEmpreintes, RegleAppel, Titre, Venue
from planipref.commun.horloge import aujourdhui
from planipref.commun.jetons import empreinte
from planning.models import FileGuichet, Guichet, RendezVous

CHAMPS_REGLES = [c.name for c in fields(Regles)]
RESULTATS_MAX = 20
# A counter is in use while it has someone, and this long after.
RECENT = timedelta(minutes=20)
SANS_PASSAGE = (Etat.BROUILLON, Etat.CLOTUREE, Etat.SANS_SUITE)


def regles_de(site: Site) -> Regles:
    """Return the rules of call of a site: field by field, its own, else the national ones (one query)."""
    return _regles(valeurs_posees(RegleAppel.objects.all(), [site.pk], CHAMPS_REGLES)[site.pk])


def regles_nationales() -> Regles:
    """Return the rules of call of the country: what is set of them, else the defaults (one query)."""
    return _regles(valeurs_posees(RegleAppel.objects.all(), [], CHAMPS_REGLES)[None])


def _regles(valeurs: dict[str, Any]) -> Regles:
    return Regles(**valeurs | ({"retard": Retard(valeurs["retard"])} if "retard" in valeurs else {}))


def regles_du_site(site: Site) -> dict[str, Any]:
    """Return the rules of call that a site has of its own, by field; empty when it follows the country."""
    ligne = RegleAppel.objects.filter(site=site).values(*CHAMPS_REGLES).first()
    return dict(ligne) if ligne else {}


def minutes_entre(debut: datetime | None, fin: datetime) -> int:
    """Return the whole minutes from an instant to another; 0 when it has not begun."""
    return max(0, int((fin - debut).total_seconds() // 60)) if debut else 0


def sites_de(agent: Agent, droit: Droit) -> list[Site]:
    """Return the sites where the agent holds the right, by préfecture and name."""
    return list(Site.objects.visibles_par(agent, droit).order_by("prefecture", "genre", "nom", "pk"))


def guichets_de(agent: Agent) -> list[Guichet]:
    """Return the counters where the agent may receive, by site and number."""
    sites = Site.objects.visibles_par(agent, Droit.RECEVOIR)
    return list(
        Guichet.objects.filter(site__in=sites, actif=True)
        .select_related("site__prefecture")
        .order_by("site__prefecture", "site__nom", "site", "numero")
    )


def agents_au_guichet(site: Site) -> list[Agent]:
    """Return the agents who may receive at a site today, by name."""
    return list(Agent.objects.au_guichet(site))


@dataclass(frozen=True)
class LigneAttente:
    """Someone who waits, in the order of call.

    Args:
        passage: the visit.
        attente: minutes since the arrival.
        en_retard: came after the hour of the appointment.
    """

    passage: Passage
    attente: int
    en_retard: bool


def lignes_attente(
    site: Site,
    guichet: Guichet | None = None,
    regles: Regles | None = None,
    *,
    deports: Sequence[Deport] = (),
    maintenant: datetime,
) -> list[LigneAttente]:
    """Return who waits today at a site, first the one to call next (one query; one or two more for one counter).

    Args:
        site: with its préfecture loaded.
        guichet: only those that this counter may call now.
        regles: rules of the site, when they are known.
        deports: of the agent at this counter, who is offered nobody at whom they aim.
        maintenant: instant.
    """
    passages = Passage.objects.en_attente()
    if guichet is not None:
        files = list(guichet.files.all())
        regles = regles or regles_de(site)
        passages = Passage.objects.appelables(guichet, regles, maintenant=maintenant)
        passages = passages.filter(file__in=files).sans_deport(deports)
    passages = passages.du_jour(site.pk, aujourdhui(site.prefecture.fuseau, maintenant))
    return [LigneAttente(p, minutes_entre(p.arrive_le, maintenant), _en_retard(p)) for p in passages.avec_ligne()]


def _en_retard(passage: Passage) -> bool:
    return passage.rendez_vous is not None and passage.arrive_le > passage.rendez_vous.creneau.debut


def version_de(*elements: object) -> str:
    """Return a short digest of what a polled fragment shows; the same digest means nothing to send."""
    return sha256(repr(elements).encode()).hexdigest()[:16]


def passage_de(agent: Agent) -> Passage | None:
    """Return the visit that the agent holds, with what the screen shows."""
    return Passage.objects.tenus_par(agent.pk).avec_ecran().first()


def passage_au(guichet: Guichet, *, maintenant: datetime) -> Passage | None:
    """Return the visit under way today at a counter, with its agent."""
    jour = aujourdhui(guichet.site.prefecture.fuseau, maintenant)
    passages = Passage.objects.en_cours().du_jour(guichet.site_id, jour).filter(guichet=guichet)
    return passages.select_related("agent").order_by("pk").first()


def pause_de(agent_id: int) -> Pause | None:
    """Return the pause that an agent is on."""
    return Pause.objects.filter(agent=agent_id, fin=None).select_related("guichet").first()


def suspendus_de(site: Site, *, maintenant: datetime) -> list[Passage]:
    """Return the visits put aside today at a site (one query)."""
    jour = aujourdhui(site.prefecture.fuseau, maintenant)
    return list(Passage.objects.suspendus().du_jour(site.pk, jour).avec_ligne())


def destinations(passage: Passage, *, maintenant: datetime) -> tuple[list[FileGuichet], list[Guichet]]:
    """Return where a visit may be sent: the open queues of its site, and the other counters (three queries).

    Each counter says in ``tenu`` whether somebody has been at it today in the last `RECENT` minutes.
    """
    files = FileGuichet.objects.actives().filter(site=passage.site_id, guichets__actif=True).distinct()
    files = files.order_by("nom", "pk")
    en_service = Passage.objects.du_jour(passage.site_id, passage.jour).filter(guichet=OuterRef("pk"))
    guichets = Guichet.objects.filter(site=passage.site_id, actif=True).exclude(pk=passage.guichet_id or 0)
    guichets = guichets.annotate(tenu=Exists(en_service.en_service_depuis(maintenant - RECENT)))
    return list(files), list(guichets.prefetch_related("files").order_by("numero"))


def est_retablissable(passage: Passage) -> bool:
    """Say whether a visit may be put back: ended before it was received, and with it no appointment was missed."""
    finie = passage.etat in (Passage.Etat.PARTI, Passage.Etat.ABSENT, Passage.Etat.ANNULE)
    return finie and passage.recu_le is None and passage.rendez_vous_id is None and passage.personnes == 1


def passage_recu(demande: Demande) -> Passage | None:
    """Return the visit under way where a demande is received, alone or with its family."""
    passages = Passage.objects.de_la_demande(demande).filter(etat=Passage.Etat.RECU)
    return passages.select_related("site__prefecture").first()


def passage_visible(agent: Agent, pk: int, droit: Droit) -> Passage | None:
    """Return a visit of the sites where the agent holds the right, with what the screen shows."""
    return Passage.objects.visibles_par(agent, droit).filter(pk=pk).avec_ecran().first()


def passage_pour_agir(agent: Agent, pk: int, droit: Droit) -> Passage | None:
    """Return a visit of the sites where the agent holds the right, to act on: the services read the rest, locked."""
    visibles = Passage.objects.visibles_par(agent, droit).filter(pk=pk)
    return visibles.select_related("site__prefecture", "file", "demande").first()


def venues_de(passage: Passage) -> list[Venue]:
    """Return the persons of a family on a visit, with what the screen shows (one query when several came)."""
    if passage.personnes == 1:
        return []
    venues = passage.venues.select_related(
        "demande__usager", "demande__motif", "demande__prefecture", "demande__service"
    )
    return list(venues.order_by("pk"))


def demandes_recues(passage: Passage, venues: list[Venue]) -> list[Demande]:
    """Return the demandes that a visit under way is about: one, or those of the persons of a family who came.

    Args:
        passage: the visit.
        venues: its persons, as `venues_de` reads them.
    """
    if venues:
        return [v.demande for v in venues if v.etat in (Venue.Etat.RECUE, Venue.Etat.FINIE)]
    return [passage.demande] if passage.demande is not None else []


@dataclass(frozen=True)
class PieceAuGuichet:
    """A line of the counter's checklist.

    Args:
        attendue: the piece called for and what was given.
        statut: ``conforme``, ``non_conforme``, ``recue``, ``attendue`` or ``facultative``.
        libelle: the status in words.
        a_verifier: whether the agent may still say that it is right.
        a_un_fichier: whether a file was given, which may then be found wrong.
        a_numeriser: whether a scan may be added: no file has been found right.
        vue_annulable: whether the agent may say that they have not seen the original after all.
    """

    attendue: PieceAttendue
    statut: str
    libelle: str
    a_verifier: bool
    a_un_fichier: bool
    a_numeriser: bool
    vue_annulable: bool


def pieces_au_guichet(demande: Demande) -> list[PieceAuGuichet]:
    """Return the checklist of a demande (two queries); nothing is to check once its pieces are closed."""
    ouverte = demande.etat in PIECES_OUVERTES
    return [_piece_au_guichet(p, ouverte=ouverte) for p in pieces_pour_l_agent(demande)]


def pieces_pour_l_agent(demande: Demande) -> list[PieceAttendue]:
    """Return the pieces that an agent checks: what the person brings to a doctor is for the doctor alone."""
    examen = bool(demande.motif.examen)
    return [p for p in pieces_attendues(demande) if not (examen and p.requise.au_guichet)]


def _piece_au_guichet(attendue: PieceAttendue, *, ouverte: bool) -> PieceAuGuichet:
    piece = attendue.piece
    if piece is None:
        facultative = not attendue.exigee and not attendue.requise.au_guichet
        statut, libelle = ("facultative", "Facultative") if facultative else ("attendue", "À présenter")
    elif piece.verdict == Piece.Verdict.CONFORME:
        statut, libelle = "conforme", "Original vu, conforme" if piece.vue_au_guichet else "Conforme"
    elif piece.verdict == Piece.Verdict.NON_CONFORME:
        statut, libelle = "non_conforme", f"Non conforme : {piece.raison}"
    else:
        statut, libelle = "recue", "Fichier reçu, à vérifier"
    return PieceAuGuichet(
        attendue,
        statut,
        libelle,
        a_verifier=ouverte and statut != "conforme",
        a_un_fichier=ouverte and statut == "recue",
        a_numeriser=ouverte and (piece is None or statut != "conforme" or piece.vue_au_guichet),
        vue_annulable=ouverte and piece is not None and piece.vue_au_guichet,
    )


def empreintes_de(demande: Demande) -> PriseEmpreintes | None:
    """Return when the fingerprints of a demande's person were taken."""
    return PriseEmpreintes.objects.filter(demande=demande).first()


def demande_des_empreintes(demande: Demande) -> bool:
    """Say whether a residence card is made from this demande: it bears fingerprints (Regulation (EC) 1030/2002)."""
    return bool(demande.motif.titre_remis) and demande.motif.genre_service == Service.Genre.ETRANGERS


def numero_en_stock(demande: Demande) -> str:
    """Return the number of the title in stock for a demande; empty when none is."""
    return Titre.objects.en_stock().filter(demande=demande).values_list("numero_titre", flat=True).first() or ""


def dernier_acte(demande: Demande, genre: str) -> Acte | None:
    """Return the newest act of a kind."""
    return demande.actes.filter(genre=genre).order_by("-pk").first()


def prochain_rendez_vous(demande: Demande) -> RendezVous | None:
    """Return the next live appointment of a demande, with its site."""
    actifs = RendezVous.objects.actifs().filter(convocation__in=Convocation.objects.porteuses_de([demande]))
    return actifs.select_related("convocation", "creneau__file__site").order_by("creneau__debut", "pk").first()


def motifs_du_site(site: Site) -> list[Motif]:
    """Return the motifs that a queue of the site serves and that the préfecture has not switched off."""
    return list(
        Motif.objects.actifs()
        .filter(files__site=site, files__actif=True)
        .exclude(pk__in=ParametrageMotif.objects.filter(prefecture=site.prefecture_id, actif=False).values("motif"))
        .distinct()
        .order_by("genre_service", "libelle_court", "pk")
    )


def motifs_a_ouvrir(agent: Agent, site: Site) -> list[Motif]:
    """Return the motifs of a site whose service the agent may open demandes for."""
    services = dict(Service.objects.filter(prefecture=site.prefecture_id).values_list("genre", "pk"))
    par = acteur_agent(agent)
    return [
        m
        for m in motifs_du_site(site)
        if par.peut(Droit.OUVRIR, prefecture_id=site.prefecture_id, service_id=services.get(m.genre_service, 0))
    ]


def motifs_a_la_borne(site: Site) -> list[Motif]:
    """Return the motifs for which a ticket is taken without appointment nor desk (two queries)."""
    locaux = ParametrageMotif.objects.filter(prefecture=site.prefecture_id).exclude(mode_accueil="")
    modes = dict(locaux.values_list("motif", "mode_accueil"))
    sans_rdv = (Motif.ModeAccueil.SANS_RDV, Motif.ModeAccueil.LES_DEUX)
    return [m for m in motifs_du_site(site) if modes.get(m.pk, m.mode_accueil) in sans_rdv]


def borne_de(code: str, jeton: str) -> PosteAffichage | None:
    """Return the kiosk of a site that a token opens."""
    bornes = PosteAffichage.objects.filter(site__code=code, genre=PosteAffichage.Genre.BORNE)
    return bornes.filter(empreinte=empreinte(jeton)).select_related("site__prefecture").first() if jeton else None


def bornes_du_site(site: Site) -> list[PosteAffichage]:
    """Return the kiosks of a site, by name."""
    return list(PosteAffichage.objects.filter(site=site, genre=PosteAffichage.Genre.BORNE).order_by("nom", "pk"))


def site_d_accueil(agent: Agent, code: str) -> Site | None:
    """Return a site where the agent registers arrivals, by its code."""
    sites = Site.objects.visibles_par(agent, Droit.ACCUEILLIR).filter(code=code)
    return sites.select_related("prefecture").first()


def passage_a_la_borne(site: Site, pk: int) -> Passage | None:
    """Return a visit of a site, with its queue."""
    passages = Passage.objects.filter(site=site, pk=pk)
    return passages.select_related("site__prefecture", "file").first()


def passage_du_ticket(pk: int, *, maintenant: datetime) -> Passage | None:
    """Return a visit of today, with its site and counter."""
    passage = Passage.objects.filter(pk=pk).select_related("site__prefecture", "file", "guichet").first()
    du_jour = passage is not None and passage.jour == aujourdhui(passage.site.prefecture.fuseau, maintenant)
    return passage if du_jour else None


def file_pour(motif: Motif, site: Site, *, remise: bool = False) -> FileGuichet | None:
    """Return the queue of a site that serves a motif, or hands titles over."""
    return (
        FileGuichet.objects.pour([motif.pk], [site.pk], remise=remise)
        .select_related("site__prefecture")
        .order_by("lettre", "pk")
        .first()
    )


def rendez_vous_du_jour(demande: Demande, site: Site, *, maintenant: datetime) -> RendezVous | None:
    """Return the live appointment of a demande today at a site."""
    fuseau = site.prefecture.fuseau
    return (
        RendezVous.objects.actifs()
        .du_jour(site.pk, aujourdhui(fuseau, maintenant), fuseau)
        .filter(convocation__in=Convocation.objects.porteuses_de([demande]))
        .select_related("creneau__file__site__prefecture", "convocation__demande")
        .first()
    )


def rendez_vous_visible(agent: Agent, pk: int) -> RendezVous | None:
    """Return an appointment of the sites where the agent registers arrivals."""
    return (
        RendezVous.objects.filter(creneau__file__site__in=Site.objects.visibles_par(agent, Droit.ACCUEILLIR), pk=pk)
        .select_related("creneau__file__site__prefecture", "convocation__demande__usager")
        .first()
    )


def demande_par_numero(agent: Agent, site: Site, numero: str) -> Demande | None:
    """Return the demande that carries a number in the site's préfecture, if the agent may see it."""
    return (
        Demande.objects.visibles_par(agent)
        .filter(prefecture=site.prefecture_id)
        .par_numero(numero)
        .select_related("motif", "usager", "prefecture")
        .first()
    )


def passages_tenus(agent: Agent, *, maintenant: datetime) -> list[Passage]:
    """Return the visits that colleagues have at their counters today, where the agent receives (one query)."""
    en_cours = Passage.objects.visibles_par(agent, Droit.RECEVOIR).filter(
        etat__in=[Passage.Etat.APPELE, Passage.Etat.RECU], arrive_le__gt=maintenant - timedelta(days=1)
    )
    autres = en_cours.exclude(agent=agent.pk).filter(guichet__isnull=False)
    return list(autres.select_related("guichet", "agent", "site", "file").order_by("site", "guichet__numero", "pk"))
