"""What the follow-up page says: steps with their dates, what to do next and by when, the wait of a ticket.

At most nine queries, and those of `attentes_de` while a ticket waits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _

from demandes.acteur import Acteur, acteur_usager
from demandes.calculs.ages import est_mineur
from demandes.cycle import COMPLETUDE, DECISION, LIBELLES, RECEPTION, REMISE, Etat
from demandes.droits import Droit
from demandes.models import Acte, Convocation, Demande, DemandeComplement, Mandat, Message
from demandes.selectors import PieceAttendue, etapes_suivies, pieces_attendues, proche_qui_lit
from demandes.services.convocation import USAGE
from demandes.services.lien_convocation import jeton_de_l_aidant
from demandes.services.transitions import actions_possibles
from guichet.models import Passage
from guichet.selectors_attente import Ticket, attentes_de, passage_attendu
from planipref.commun.horloge import aujourdhui
from planipref.commun.jetons import deriver
from planipref.commun.langues import isoler
from planipref.commun.templatetags.planipref import heure, jour_long, traduit
from planipref.pages.catalogue import DelaiObserve, delais_observes
from planning.models import RendezVous

# The state whose date tells that a step is done.
FIN_D_ETAPE = {
    COMPLETUDE: (Etat.COMPLETE,),
    RECEPTION: (Etat.RECUE,),
    DECISION: (Etat.ACCORDEE, Etat.REFUSEE),
    REMISE: (Etat.REMISE,),
}
ETATS_D_ATTENTE = (Etat.DEPOSEE, Etat.COMPLETE, Etat.RECUE, Etat.EN_INSTRUCTION)
ETATS_CONVOQUES = (Etat.CONVOQUEE, Etat.RDV_PRIS, Etat.A_REMETTRE)


@dataclass(frozen=True)
class LigneEtape:
    """One step of the demande, as the fragment `_partials/etapes.html` reads it."""

    libelle: str
    statut: str
    detail: str


@dataclass(frozen=True)
class Suite:
    """What happens next.

    Args:
        titre: in a few words.
        phrase: what to do, and by when.
        lien: address of the button; empty when there is nothing to do.
        bouton: what the button says.
        urgente: whether the usager must act.
    """

    titre: str
    phrase: str
    lien: str = ""
    bouton: str = ""
    urgente: bool = False


@dataclass(frozen=True)
class Proche:
    """Another demande of the family.

    Args:
        nom: of the person; empty in a draft just begun.
        numero: of the demande; empty in a draft.
        motif: its label.
        etat: its state.
        adresse: its follow-up, or its deposit while it is a draft.
    """

    nom: str
    numero: str
    motif: str
    etat: str
    adresse: str

    @property
    def libelle_etat(self) -> str:
        """The state in words."""
        return LIBELLES[self.etat]


@dataclass(frozen=True)
class PageSuivi:
    """All that the follow-up page shows besides the demande itself."""

    etapes: list[LigneEtape]
    suite: Suite
    echeance: str
    complement: DemandeComplement | None
    pieces: list[PieceAttendue]
    rendez_vous: RendezVous | None
    messages: list[Message]
    actes: list[Acte]
    retirable: bool
    delai: DelaiObserve | None
    completable: bool
    ecrivable: bool
    mandats: list[Mandat]
    passage: Passage | None
    ticket: Ticket | None
    famille: list[Proche]
    rattachable: bool
    detachable: bool
    proche: str

    @property
    def a_des_nouveaux(self) -> bool:
        """Say whether the service wrote something not read yet."""
        return any(m.agent_id and m.lu_le is None for m in self.messages)


@dataclass(frozen=True)
class LigneSuivi:
    """A demande in the list of a person, with what comes next."""

    demande: Demande
    suite: Suite


def lignes_suivi(demandes: list[Demande], *, maintenant: datetime) -> list[LigneSuivi]:
    """Say what comes next for each demande (three queries, however many demandes)."""
    ids = [d.pk for d in demandes]
    complements = {c.demande_id: c for c in DemandeComplement.objects.filter(demande__in=ids, clos_le__isnull=True)}
    actives = Convocation.objects.actives().filter(demande__in=ids).select_related("jointe_a").order_by("pk")
    convocations = {c.demande_id: c.porteuse for c in actives}
    pris = RendezVous.objects.actifs().filter(convocation__in=[c.pk for c in convocations.values()])
    rendez_vous = {r.convocation_id: r for r in pris.select_related("creneau__file__site").order_by("pk")}
    lignes = []
    for demande in demandes:
        convocation = convocations.get(demande.pk) if demande.etat in ETATS_CONVOQUES else None
        rdv = rendez_vous.get(convocation.pk) if convocation else None
        if convocation and rdv is None and convocation.expire_le <= maintenant:
            convocation = None
        lignes.append(
            LigneSuivi(
                demande,
                _suite(demande, complements.get(demande.pk), convocation, rdv, acteur_usager(demande.usager_id)),
            )
        )
    return lignes


def page_suivi(demande: Demande, *, par: Acteur, maintenant: datetime) -> PageSuivi:
    """Read the follow-up page of a demande already loaded by `avec_suivi`, as its reader may act on it."""
    complement, pieces = None, []
    if demande.etat == Etat.A_COMPLETER:
        complement = cast("DemandeComplement | None", getattr(demande, "complement_ouvert", None))
        pieces = [p for p in pieces_attendues(demande) if p.manque]
    convocation, rendez_vous = _convocation(demande, maintenant)
    passage = passage_attendu(demande, maintenant=maintenant)
    jour = aujourdhui(demande.prefecture.fuseau, maintenant)
    return PageSuivi(
        etapes=_etapes(demande),
        suite=_suite(demande, complement, convocation, rendez_vous, par),
        echeance=phrase_echeance(demande, complement, jour),
        complement=complement,
        pieces=pieces,
        rendez_vous=rendez_vous,
        messages=list(demande.messages.select_related("organisme", "piece_jointe")),
        actes=list(demande.actes.all()),
        retirable=any(t.nom == "retirer" for t in actions_possibles(demande, par)),
        delai=_delai(demande, maintenant),
        completable=par.peut_sur(Droit.COMPLETER, demande),
        ecrivable=par.peut_sur(Droit.SUIVRE, demande),
        mandats=[] if par.est_organisme else list(demande.mandats.suivis(jour)),
        passage=passage,
        ticket=attentes_de(passage.site, maintenant=maintenant).ticket(passage) if passage else None,
        famille=_famille(demande, par),
        rattachable=par.est_proche or demande.principale_id is None,
        detachable=_detachable(demande, jour),
        proche=proche_qui_lit(demande, par),
    )


def _famille(demande: Demande, par: Acteur) -> list[Proche]:
    """Return the rest of the family, to who holds the principal demande; a person's own access shows them only.

    An aidant finds each person in their own list: a mandate speaks of one.
    """
    if par.est_organisme or (demande.principale_id and not par.est_proche):
        return []
    return [
        Proche(
            f"{p['nom'].upper()} {p['prenoms']}".strip(),
            p["numero"] or "",
            p["motif"],
            p["etat"],
            reverse("demandes:depot", args=[p["cle"]])
            if p["etat"] == Etat.BROUILLON
            else reverse("pages:suivi_dossier", args=[p["numero"]]),
        )
        for p in getattr(demande, "famille", [])
    ]


def _detachable(demande: Demande, jour: date) -> bool:
    """Say whether the person may be given an access of their own: of age, and not under a mandate's reader."""
    return bool(demande.principale_id) and not est_mineur(demande.usager.date_naissance, jour)


def _delai(demande: Demande, maintenant: datetime) -> DelaiObserve | None:
    """Return how long this motif takes here, while the usager waits for the service rather than it for them."""
    if demande.etat not in ETATS_D_ATTENTE or DECISION not in demande.motif.etapes:
        return None
    observes = delais_observes(demande.motif, maintenant=maintenant, prefecture=demande.prefecture)
    return observes[0] if observes else None


def phrase_echeance(demande: Demande, complement: DemandeComplement | None, jour: date) -> str:
    """Return what silence will be worth, and when; empty when nothing is due (CRPA L231-1, L231-4)."""
    limite, silence = demande.echeance, demande.motif.silence
    if limite is None or demande.est_repondue:
        return ""
    quand = jour_long(limite)
    if complement is not None and complement.suspensif and silence == "rejet" and jour <= complement.limite:
        return _("Le délai de réponse est arrêté jusqu’à l’envoi de vos documents, et au plus tard le %s.") % jour_long(
            complement.limite
        )
    if jour > limite:
        return {
            "rejet": _(
                "La préfecture n’a pas répondu avant le %s. Votre demande est réputée rejetée. "
                "Votre accusé de réception dit comment contester."
            ),
            "acceptation": _("La préfecture n’a pas répondu avant le %s. Votre demande est réputée acceptée."),
        }.get(silence, _("La préfecture devait répondre avant le %s. Écrivez-lui pour savoir où elle en est.")) % quand
    return {
        "rejet": _("Sans réponse le %s, votre demande sera réputée rejetée."),
        "acceptation": _("Sans réponse le %s, votre demande sera réputée acceptée."),
    }.get(silence, _("La préfecture doit vous répondre avant le %s.")) % quand


def _convocation(demande: Demande, maintenant: datetime) -> tuple[Convocation | None, RendezVous | None]:
    if demande.etat not in ETATS_CONVOQUES:
        return None, None
    convocation = demande.convocations.actives().select_related("jointe_a").order_by("-pk").first()
    if convocation is None:
        return None, None
    convocation = convocation.porteuse
    rendez_vous = RendezVous.objects.actifs().de_la_convocation(convocation.pk).first()
    vivante = rendez_vous is not None or convocation.expire_le > maintenant
    return (convocation if vivante else None), rendez_vous


def _etapes(demande: Demande) -> list[LigneEtape]:
    if demande.etat == Etat.SANS_SUITE:
        return []
    zone = ZoneInfo(demande.prefecture.fuseau)
    dates = {e.vers: e.le.astimezone(zone).date() for e in demande.evenements.transitions().order_by("le", "pk")}
    return [LigneEtape(e.libelle, e.statut, _detail(e.numero, e.statut, dates)) for e in etapes_suivies(demande)]


def _detail(numero: int, statut: str, dates: dict[str, date]) -> str:
    if statut == "faite":
        jours = [dates[e] for e in FIN_D_ETAPE[numero] if e in dates]
        return _("Le %s") % jour_long(jours[0]) if jours else ""
    if statut == "en_cours" and numero == COMPLETUDE and Etat.DEPOSEE in dates:
        return _("Depuis le %s") % jour_long(dates[Etat.DEPOSEE])
    return ""


def _suite(
    demande: Demande,
    complement: DemandeComplement | None,
    convocation: Convocation | None,
    rendez_vous: RendezVous | None,
    par: Acteur,
) -> Suite:
    if demande.etat == Etat.A_COMPLETER:
        limite = jour_long(complement.limite) if complement else ""
        phrase = _("Il manque des documents. Envoyez-les avant le %s au soir.") % limite
        return Suite(
            _("Envoyez les documents demandés"), phrase, "#documents", _("Envoyer mes documents"), urgente=True
        )
    if rendez_vous is not None and convocation is not None:
        return _suite_rendez_vous(demande, convocation, rendez_vous, par)
    if convocation is not None:
        zone = ZoneInfo(demande.prefecture.fuseau)
        limite = jour_long(convocation.expire_le.astimezone(zone).date())
        phrase = _("Choisissez le jour et l’heure avant le %s.") % limite
        return Suite(
            _("Prenez rendez-vous"), phrase, lien_rdv(convocation, par), _("Choisir mon rendez-vous"), urgente=True
        )
    titre, phrase = _phrases(demande)
    return Suite(titre, phrase)


def _suite_rendez_vous(demande: Demande, convocation: Convocation, rendez_vous: RendezVous, par: Acteur) -> Suite:
    debut = rendez_vous.creneau.debut.astimezone(ZoneInfo(demande.prefecture.fuseau))
    site = rendez_vous.creneau.file.site
    phrase = _("Venez le %(jour)s à %(heure)s : %(site)s, %(adresse)s, %(commune)s. Apportez les originaux.") % {
        "jour": jour_long(debut.date()),
        "heure": heure(debut.time()),
        "site": isoler(site.nom),
        "adresse": isoler(site.adresse),
        "commune": isoler(site.commune),
    }
    return Suite(
        _("Venez à votre rendez-vous"), phrase, lien_rdv(convocation, par), _("Voir ou changer mon rendez-vous")
    )


def lien_rdv(convocation: Convocation, par: Acteur) -> str:
    """Return the path of the nominative link, on this very site.

    An aidant gets one that the mandate opens and that dies with it; none when the mandate lets them book nothing.
    """
    if not par.est_organisme:
        return reverse("planning:lien", args=[deriver(USAGE, str(convocation.cle))])
    if not any(Droit.RESERVER in droits for droits in par.droits.values()):
        return ""
    return reverse("planning:lien", args=[jeton_de_l_aidant(convocation)])


def _phrases(demande: Demande) -> tuple[str, str]:
    rien = _("Vous n’avez rien à faire.")
    reception = RECEPTION in demande.motif.etapes
    suite_complete = (
        _("La préfecture va vous inviter à prendre rendez-vous, par courriel.")
        if reception
        else _("Un agent examine votre demande.")
    )
    suite_accord = (
        _("Nous vous écrirons quand votre titre sera prêt.")
        if REMISE in demande.motif.etapes
        else _("Lisez la décision.")
    )
    return {
        Etat.BROUILLON: (_("Votre demande n’est pas encore déposée"), _("Ouvrez-la pour la finir.")),
        Etat.DEPOSEE: (_("Un agent vérifie votre dossier"), rien),
        Etat.COMPLETE: (_("Votre dossier est complet"), f"{rien} {suite_complete}"),
        Etat.CONVOQUEE: (_("Votre lien de rendez-vous n’est plus valable"), _("Écrivez au service, plus bas.")),
        Etat.RDV_PRIS: (_("Votre rendez-vous est en train de changer"), _("Rechargez cette page.")),
        Etat.RECUE: (_("Vous avez été reçu(e)"), _("Un agent termine votre dossier. Vous n’avez rien à faire.")),
        Etat.EN_INSTRUCTION: (_("Un agent examine votre demande"), rien),
        Etat.ACCORDEE: (_("Votre demande est acceptée"), suite_accord),
        Etat.REFUSEE: (
            _("Votre demande est refusée"),
            _("Lisez la décision. Elle dit pourquoi, et comment contester."),
        ),
        Etat.A_REMETTRE: (
            _("Votre titre est prêt"),
            _("Attendez l’invitation à prendre rendez-vous. Elle vient par courriel."),
        ),
        Etat.REMISE: (_("Votre titre vous a été remis"), _("Votre demande est terminée.")),
        Etat.SANS_SUITE: (
            _("Votre demande est arrêtée"),
            _("Elle a été retirée, ou elle est restée incomplète. Vous pouvez en déposer une nouvelle."),
        ),
        Etat.CLOTUREE: (_("Votre demande est terminée"), _("Gardez bien vos documents.")),
    }[Etat(demande.etat)]


def libelles_manquants(pieces: Iterable[PieceAttendue]) -> str:
    """Return the names of the pieces still missing, in one line."""
    return " ; ".join(traduit(p.requise.libelle) for p in pieces if p.manque)
