"""Reads that are not one queryset: page data as frozen dataclasses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

import holidays
from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext

from demandes.acteur import Acteur, GenreActeur
from demandes.calculs.conditions import est_vraie
from demandes.calculs.delais import Suspension, echeance
from demandes.calculs.fenetre import fenetre_de_depot
from demandes.calculs.ressemblance import naissances_compatibles
from demandes.calculs.territoire import departement
from demandes.cycle import DECISION, LIBELLES_ETAPES, Etat
from demandes.droits import Droit
from demandes.models import (
    Agent,
    Convocation,
    Demande,
    DoublonEcarte,
    FusionUsager,
    Motif,
    ParametrageMotif,
    Piece,
    PieceRequise,
    Prefecture,
    Usager,
)
from demandes.selectors_reglages import (
    AvisEligibilite,
    avis_eligibilite,
    pieces_de,
    pieces_du_motif,
    valeurs_de,
)
from planipref.commun.horloge import aujourdhui

PIECE_TIMBRE = "timbre_fiscal"


@dataclass(frozen=True)
class Paire:
    """Two usagers who may be one person.

    Args:
        premier: the oldest record.
        second: the other.
    """

    premier: Usager
    second: Usager


# `{cle}` and `{dates}` are constants below. The inner part reads the index of the key alone, in order, and OFFSET 0
# keeps it so: the rest is looked at for pairs only, until the page is full. On a million usagers, see exploitation.md.
# The cursor is a pair of identifiers: a key holds a name, and addresses hold none.
_MODELE_PAIRES = """
WITH depart AS MATERIALIZED (
  SELECT COALESCE((SELECT {cle} FROM demandes_usager WHERE id = %(premier)s), '') AS cle
)
SELECT a.id, b.id FROM (
  SELECT u.{cle} AS cle, u.id AS premier, v.id AS second
  FROM demandes_usager u JOIN demandes_usager v ON v.{cle} = u.{cle} AND v.id > u.id
  WHERE u.fusionne_dans_id IS NULL AND u.{cle} <> '' AND u.{cle} >= (SELECT cle FROM depart)
    AND v.fusionne_dans_id IS NULL AND v.{cle} <> '' AND v.{cle} >= (SELECT cle FROM depart)
    AND (u.{cle}, u.id, v.id) > ((SELECT cle FROM depart), %(premier)s, %(second)s)
  ORDER BY u.{cle}, u.id, v.id OFFSET 0
) AS p
JOIN demandes_usager a ON a.id = p.premier
JOIN demandes_usager b ON b.id = p.second
WHERE (a.sub_franceconnect = '' OR b.sub_franceconnect = '') AND {dates}
  AND EXISTS (SELECT 1 FROM demandes_demande d
    JOIN unnest(%(prefectures)s::bigint[], %(services)s::bigint[]) AS s (prefecture, service)
      ON s.prefecture = d.prefecture_id AND s.service IN (0, d.service_id)
    WHERE d.usager_id = a.id AND d.etat <> 'brouillon')
  AND EXISTS (SELECT 1 FROM demandes_demande d
    JOIN unnest(%(prefectures)s::bigint[], %(services)s::bigint[]) AS s (prefecture, service)
      ON s.prefecture = d.prefecture_id AND s.service IN (0, d.service_id)
    WHERE d.usager_id = b.id AND d.etat <> 'brouillon')
  AND NOT EXISTS (SELECT 1 FROM demandes_doublonecarte e WHERE e.premier_id = a.id AND e.second_id = b.id)
ORDER BY p.cle, p.premier, p.second LIMIT %(combien)s
"""
_MEME_JOUR = """
(substr(a.date_naissance, 6, 2) IN ('00', substr(b.date_naissance, 6, 2)) OR substr(b.date_naissance, 6, 2) = '00')
AND (substr(a.date_naissance, 9) IN ('00', substr(b.date_naissance, 9)) OR substr(b.date_naissance, 9) = '00')
"""
_SQL_PAIRES = {
    "identite": _MODELE_PAIRES.replace("{cle}", "cle_identite").replace("{dates}", _MEME_JOUR),
    "numero": _MODELE_PAIRES.replace("{cle}", "numero_etranger").replace("{dates}", "TRUE"),
}


def paires_proposees(
    par: Acteur, critere: str, *, apres: tuple[int, int] = (0, 0), combien: int
) -> list[tuple[int, int]]:
    """Return pairs of usagers who are probably one person, of whom the agent handles a demande each (one query).

    Args:
        par: agent.
        critere: ``identite`` (name and birth) or ``numero`` (foreigner's number).
        apres: last pair of the page before.
        combien: how many at most.
    """
    portees = [p for p, droits in par.droits.items() if droits & {Droit.VERIFIER, Droit.INSTRUIRE}]
    valeurs: dict[str, Any] = {
        "premier": apres[0],
        "second": apres[1],
        "prefectures": [prefecture for prefecture, _ in portees],
        "services": [service for _, service in portees],
        "combien": combien,
    }
    with connection.cursor() as curseur:
        curseur.execute(_SQL_PAIRES[critere], valeurs)
        return [(premier, second) for premier, second in curseur.fetchall()]


def se_ressemblent(un: Usager, autre: Usager) -> bool:
    """Say whether two usagers may be one person, as the search does; two certified ones are two people."""
    if un.est_certifie and autre.est_certifie:
        return False
    if un.numero_etranger and un.numero_etranger == autre.numero_etranger:
        return True
    meme_nom = bool(un.cle_identite) and un.cle_identite == autre.cle_identite
    return meme_nom and naissances_compatibles(un.date_naissance, autre.date_naissance)


def paire_proposee(premier: int, second: int, par: Acteur) -> Paire | None:
    """Return a pair still to settle, of whom the agent handles a demande each; None otherwise."""
    siens = Usager.objects.instruits_par(par).filter(pk__in=[premier, second]).order_by("pk")
    usagers = list(siens) if premier < second else []
    if len(usagers) != 2 or not se_ressemblent(*usagers):
        return None
    if DoublonEcarte.objects.filter(premier=premier, second=second).exists():
        return None
    return Paire(*usagers)


def fusion_instruite(pk: int, par: Acteur) -> FusionUsager | None:
    """Return a merge whose kept usager the agent handles a demande of."""
    return FusionUsager.objects.filter(pk=pk, garde__in=Usager.objects.instruits_par(par)).first()


def doublon_de(usager: Usager, par: Acteur) -> tuple[int, int] | None:
    """Return a pair to settle that this usager is part of, the oldest record first (one query)."""
    ecarte = DoublonEcarte.objects.filter(
        Q(premier=usager, second=OuterRef("pk")) | Q(premier=OuterRef("pk"), second=usager)
    )
    autres = Usager.objects.instruits_par(par).ressemblants(usager).filter(~Exists(ecarte))[:5]
    trouve = next((a.pk for a in autres if se_ressemblent(usager, a)), None)
    return None if trouve is None else (min(usager.pk, trouve), max(usager.pk, trouve))


# Nobody has more; a list is no archive.
DEMANDES_PAR_PERSONNE = 50


def demandes_identifiees(empreinte: str) -> list[Demande]:
    """Return the demandes of a FranceConnect identity, the newest first."""
    return list(Demande.objects.de_franceconnect(empreinte)[:DEMANDES_PAR_PERSONNE])


@dataclass(frozen=True)
class ParametresMotif:
    """Parameters of a motif in a préfecture: the local value, or the national one.

    Args:
        actif: whether the motif is offered here.
        guichet_minutes: minutes at the counter.
        mode_accueil: with or without appointment.
        validite_convocation_jours: days a link stays valid.
        delai_completude_jours: days proposed to produce missing pieces.
    """

    actif: bool
    guichet_minutes: int
    mode_accueil: str
    validite_convocation_jours: int
    delai_completude_jours: int


def parametres_motif(motif: Motif, prefecture: Prefecture) -> ParametresMotif:
    """Return the parameters in force for a motif in a préfecture."""
    return parametres_motifs([motif], prefecture)[motif.pk]


def parametres_motifs(motifs: Iterable[Motif], prefecture: Prefecture) -> dict[int, ParametresMotif]:
    """Return the parameters in force for some motifs in a préfecture, by identifier of the motif (one query)."""
    par_pk = {m.pk: m for m in motifs}
    locaux = {p.motif_id: p for p in ParametrageMotif.objects.filter(motif__in=par_pk, prefecture=prefecture)}
    return {pk: _parametres(m, locaux.get(pk) or ParametrageMotif()) for pk, m in par_pk.items()}


def _parametres(motif: Motif, local: ParametrageMotif) -> ParametresMotif:
    return ParametresMotif(
        actif=motif.actif and local.actif is not False,
        guichet_minutes=motif.guichet_minutes if local.guichet_minutes is None else local.guichet_minutes,
        mode_accueil=local.mode_accueil or motif.mode_accueil,
        validite_convocation_jours=local.validite_convocation_jours or motif.validite_convocation_jours,
        delai_completude_jours=local.delai_completude_jours or motif.delai_completude_jours,
    )


def motifs_de_la_prefecture(prefecture: Prefecture) -> list[Motif]:
    """Return the démarches that a préfecture takes online, by service (one query)."""
    ouverts = Motif.objects.actifs().filter(depot_en_ligne=True, genre_service__in=prefecture.services.values("genre"))
    fermes = ParametrageMotif.objects.filter(prefecture=prefecture, actif=False).values("motif")
    return list(ouverts.exclude(pk__in=fermes).order_by("genre_service", "libelle", "pk"))


def membres(convocation: Convocation) -> list[Convocation]:
    """Return the convocations of one visit, the one that bears the link first (one query when several may come)."""
    if convocation.personnes == 1:
        return [convocation]
    return [convocation, *Convocation.objects.jointes_a(convocation.pk)]


def acteur_agent(agent: Agent) -> Acteur:
    """Return the actor of an agent, with the rights held today."""
    droits = cast("dict[tuple[int, int], frozenset[Droit]]", agent.droits_par_portee)
    return Acteur(GenreActeur.AGENT, agent.pk, droits)


def jours_feries(prefecture: Prefecture, annees: Iterable[int]) -> set[date]:
    """Return the public holidays of a préfecture, those of its département included (``FR``, ``FR-67``)."""
    pays, _, subdivision = prefecture.calendrier_feries.partition("-")
    subdivision = _SUBDIVISIONS.get(subdivision or prefecture.departement, "")
    return set(holidays.country_holidays(pays, subdiv=subdivision or None, years=list(annees)))


# Départements and territories with holidays of their own: Alsace-Moselle (ordonnance du 16 août 1892) and overseas
# (code du travail L3422-2; `holidays` adds days that custom keeps in 971, 972 and 978: exceptional hours lift them).
_SUBDIVISIONS = {"57": "57", "67": "6AE", "68": "6AE", "975": "PM", "977": "BL", "978": "MF"}
_SUBDIVISIONS |= {"986": "WF", "987": "PF", "988": "NC"} | {d: d for d in ("971", "972", "973", "974", "976")}


@dataclass(frozen=True)
class PieceAttendue:
    """A piece that a demande calls for, and what was given.

    Args:
        requise: what the texts ask for.
        piece: the current file, if any.
    """

    requise: PieceRequise
    piece: Piece | None

    @property
    def exigee(self) -> bool:
        """Say whether it must be in the file before completeness."""
        return self.requise.obligatoire and not self.requise.au_guichet

    @property
    def manque(self) -> bool:
        """Say whether the usager still has to give it, or to give it again."""
        refusee = self.piece is not None and self.piece.verdict == Piece.Verdict.NON_CONFORME
        return refusee or (self.exigee and self.piece is None)

    @property
    def empeche_la_completude(self) -> bool:
        """Say whether completeness waits for it: called for or given, and not found right yet.

        A piece that is not indispensable never stops the instruction once it has been looked at (CRPA L114-5-1).
        """
        if self.est_conforme:
            return False
        if self.piece is not None and self.piece.verdict == Piece.Verdict.A_VERIFIER:
            return True
        return self.requise.indispensable and (self.exigee or self.piece is not None)

    @property
    def est_conforme(self) -> bool:
        """Say whether an agent found it right."""
        return self.piece is not None and self.piece.verdict == Piece.Verdict.CONFORME


def pieces_attendues(demande: Demande) -> list[PieceAttendue]:
    """Return the pieces in force there whose condition holds, and those given, in order (two queries)."""
    courantes = {p.piece_requise_id: p for p in demande.pieces.courantes()}
    valeurs = valeurs_de(demande)
    return [
        PieceAttendue(requise, courantes.get(requise.pk))
        for requise in pieces_du_motif(demande.motif, demande.prefecture_id)
        if (requise.actif and est_vraie(requise.condition, valeurs)) or requise.pk in courantes
    ]


def pieces_a_apporter(demande: Demande) -> list[PieceRequise]:
    """Return the originals to bring to the counter: identity, and what is only shown there (one query).

    The fee is left out: the motif tells its amount and when it is due.
    """
    valeurs = valeurs_de(demande)
    return [
        requise
        for requise in pieces_de(demande)
        if (requise.identite or requise.au_guichet)
        and requise.code != PIECE_TIMBRE
        and est_vraie(requise.condition, valeurs)
    ]


@dataclass(frozen=True)
class PersonneAVenir:
    """One person of a visit, and what they must bring.

    Args:
        demande: theirs.
        apporter: originals to bring.
        identite_demandee: whether an identity document is among them already.
    """

    demande: Demande
    apporter: list[PieceRequise]
    identite_demandee: bool


def proche_qui_lit(demande: Demande, par: Acteur) -> str:
    """Return the name of who began a demande for its person, and still reads it; empty unless that person is `par`."""
    if demande.principale is None or par.est_proche or par.est_organisme:
        return ""
    return demande.principale.usager.nom_complet


def personne_a_venir(demande: Demande) -> PersonneAVenir:
    """Return what a person must bring to the counter (one query)."""
    apporter = pieces_a_apporter(demande)
    return PersonneAVenir(demande, apporter, any(p.identite and p.obligatoire for p in apporter))


def calculer_echeance(demande: Demande) -> date | None:
    """Return the day of the implicit decision, from the deposit and the requests for missing pieces."""
    if demande.deposee_le is None or demande.motif.delai_base:
        return None
    zone = ZoneInfo(demande.prefecture.fuseau)
    depot = demande.deposee_le.astimezone(zone).date()
    suspensions, produite = [], None
    for complement in demande.complements.all():
        fin = complement.produit_le or complement.clos_le
        jour = min(fin.astimezone(zone).date(), complement.limite) if fin else complement.limite
        if complement.suspensif:
            suspensions.append(Suspension(complement.notifie_le.astimezone(zone).date(), jour))
            produite = max(produite or jour, jour)
    motif = demande.motif
    return echeance(
        depot,
        motif.delai_valeur,
        motif.delai_unite,
        silence=motif.silence,
        suspensions=suspensions,
        produite=produite,
        feries=jours_feries(demande.prefecture, range(depot.year, depot.year + 3)),
    )


@dataclass(frozen=True)
class AvisFenetre:
    """A deposit out of its window: a warning, never a refusal.

    Args:
        trop_tot: before the window opens; else it has closed.
        jour: first day of the window when it is too early, last day when it is late.
        droit: what a late deposit may cost, as the catalogue names it; empty when nothing is known.
        euros: its amount; None when not known.
    """

    trop_tot: bool
    jour: date
    droit: str = ""
    euros: int | None = None


def avis_fenetre(demande: Demande, *, maintenant: datetime) -> AvisFenetre | None:
    """Return the warning due to a draft deposited now; None in the window, or when its date is not known."""
    regle = demande.motif.fenetre_depot
    if not regle:
        return None
    terme = demande.reponses.get(regle["question"])
    if not terme:
        return None
    jour = aujourdhui(demande.prefecture.fuseau, maintenant)
    fenetre = fenetre_de_depot(regle, date.fromisoformat(terme))
    if jour < fenetre.ouverture:
        return AvisFenetre(trop_tot=True, jour=fenetre.ouverture)
    if jour <= fenetre.fermeture:
        return None
    retard = regle["retard"] or {}
    return AvisFenetre(
        trop_tot=False, jour=fenetre.fermeture, droit=retard.get("libelle", ""), euros=retard.get("montant_euros")
    )


@dataclass(frozen=True)
class AvisTerritoire:
    """An address that looks like another préfecture's: a warning, never a refusal.

    Args:
        departement: code of the département of the address.
        prefecture: name of its préfecture when PlaniPref knows it and it takes this motif; else empty.
    """

    departement: str
    prefecture: str = ""


def avis_territoire(demande: Demande) -> AvisTerritoire | None:
    """Return the warning due to a draft whose address is not in its préfecture's département; one query then."""
    ou = departement(demande.usager.code_postal)
    if not ou or ou == demande.prefecture.departement:
        return None
    ouverte = Prefecture.objects.ouvertes_au_motif(demande.motif).filter(departement=ou).first()
    return AvisTerritoire(ou, ouverte.nom if ouverte else "")


@dataclass(frozen=True)
class AvisDepot:
    """All that a draft is warned of before the deposit.

    Args:
        eligibilite: rules that hold, those that refuse the deposit first.
        territoire: the address looks like another préfecture's.
        fenetre: the date is out of the window.
    """

    eligibilite: list[AvisEligibilite]
    territoire: AvisTerritoire | None
    fenetre: AvisFenetre | None


def avis_du_depot(demande: Demande, *, maintenant: datetime) -> AvisDepot:
    """Return the warnings due to a draft deposited now (one query, two when the address looks foreign)."""
    return AvisDepot(avis_eligibilite(demande), avis_territoire(demande), avis_fenetre(demande, maintenant=maintenant))


@dataclass(frozen=True)
class EtapeSuivi:
    """One of the steps shown to the usager and to the agent.

    Args:
        numero: 1 to 4.
        libelle: its name.
        statut: ``faite``, ``en_cours`` or ``a_venir``.
    """

    numero: int
    libelle: str
    statut: str


_AVANCEMENT = {
    Etat.DEPOSEE: (1, False),
    Etat.A_COMPLETER: (1, False),
    Etat.COMPLETE: (1, True),
    Etat.CONVOQUEE: (2, False),
    Etat.RDV_PRIS: (2, False),
    Etat.RECUE: (2, True),
    Etat.EN_INSTRUCTION: (3, False),
    Etat.ACCORDEE: (3, True),
    Etat.REFUSEE: (3, True),
    Etat.A_REMETTRE: (4, False),
    Etat.REMISE: (4, True),
}


def _avant_cloture(demande: Demande) -> str:
    """Return the state that a closed demande left, as the journal tells it."""
    return str(demande.evenements.filter(vers=Etat.CLOTUREE).values_list("de", flat=True).first() or Etat.SANS_SUITE)


def etapes_suivies(demande: Demande) -> list[EtapeSuivi]:
    """Return the steps that the motif uses, with where the demande stands; once closed, where it ended."""
    etat = _avant_cloture(demande) if demande.etat == Etat.CLOTUREE else demande.etat
    rang, achevee = _AVANCEMENT.get(Etat(etat), (0, False))
    etapes = []
    courante_marquee = False
    for numero in sorted(demande.motif.etapes):
        faite = numero < rang or (numero == rang and achevee)
        if etat == Etat.REFUSEE and numero > DECISION:
            break
        if faite:
            statut = "faite"
        elif not courante_marquee and rang:
            statut, courante_marquee = "en_cours", True
        else:
            statut = "a_venir"
        etapes.append(EtapeSuivi(numero, gettext(LIBELLES_ETAPES[numero]), statut))
    return etapes
