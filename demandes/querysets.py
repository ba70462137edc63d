"""Reads of the shared model: filters, visibility and page loading. Always in a total order.

Grammar: a filter is an adjective (`a_traiter`), visibility is `visibles_par(agent)` and comes first in agents'
views, loading is `avec_<page>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Case, F, FilteredRelation, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce, JSONObject

from demandes.acteur import Acteur
from demandes.calculs.noms import debuts_de_cle
from demandes.cycle import EN_COURS, Etat
from demandes.droits import DROITS_DE_GUICHET, DROITS_PAR_ROLE, Droit, Role
from demandes.querysets_deports import visees
from planipref.commun.horloge import maintenant

if TYPE_CHECKING:
    from demandes.models import (
        Acte,
        Agent,
        Attribution,
        Convocation,
        Demande,
        Deport,
        Evenement,
        LotCourrier,
        Motif,
        Notification,
        Piece,
        PieceJointe,
        Prefecture,
        Site,
        Usager,
    )


CODE_ACCES = "code_acces"  # the message that says one
CODES = (CODE_ACCES, "medecin_code")  # somebody is before their screen


class PrefectureQuerySet(models.QuerySet["Prefecture"]):
    """Reads of préfectures."""

    def visibles_par(self, agent: Agent, droit: Enum | None = None) -> PrefectureQuerySet:
        """Préfectures where the agent holds the right (any right when none is named)."""
        tenues = agent.droits_par_prefecture
        ids = [pk for pk, droits in tenues.items() if droit is None or droit in droits]
        return self.filter(pk__in=ids)

    def ouvertes_au_motif(self, motif: Any) -> PrefectureQuerySet:
        """Préfectures that have not switched the motif off."""
        # `filter` wants both on one row, `exclude` would take two.
        fermees = self.model.objects.filter(parametrages__motif=motif, parametrages__actif=False)
        return self.exclude(pk__in=fermees.values("pk"))


class SiteQuerySet(models.QuerySet["Site"]):
    """Reads of sites."""

    def visibles_par(self, agent: Agent, droit: Enum | None = None) -> SiteQuerySet:
        """Sites of the préfectures where the agent holds the right, narrowed by attributions to a site."""
        attributions = list(agent.attributions.en_vigueur())
        filtre = Q(pk__in=[])
        for attribution in attributions:
            if droit is not None and droit not in DROITS_PAR_ROLE[Role(attribution.role)]:
                continue
            if attribution.site_id:
                filtre |= Q(pk=attribution.site_id)
            else:
                filtre |= Q(prefecture=attribution.prefecture_id)
        visibles = self.filter(filtre).select_related("prefecture")
        return visibles.exclude(genre="visite_medicale") if droit in DROITS_DE_GUICHET else visibles


class AgentQuerySet(models.QuerySet["Agent"]):
    """Reads of agents."""

    def de_la_prefecture(self, prefecture_id: int) -> AgentQuerySet:
        """Agents who hold an attribution there today."""
        jour = maintenant().date()
        return self.filter(
            attributions__prefecture=prefecture_id, attributions__pendant__contains=jour, is_active=True
        ).distinct()

    def qui_peuvent(self, droit: Droit, prefecture_id: int, ou: Q | None = None) -> AgentQuerySet:
        """Agents who hold a right in a préfecture today; ``ou`` narrows to some attributions."""
        return self.filter(
            ou or Q(),
            attributions__role__in=[r for r, droits in DROITS_PAR_ROLE.items() if droit in droits],
            attributions__prefecture=prefecture_id,
            attributions__pendant__contains=maintenant().date(),
            is_active=True,
        ).distinct()

    def au_guichet(self, site: Site) -> AgentQuerySet:
        """Agents who may receive at a site today, by name."""
        tenues = Q(attributions__site=None) | Q(attributions__site=site)
        au_guichet = self.qui_peuvent(Droit.RECEVOIR, site.prefecture_id, tenues)
        return au_guichet.order_by("last_name", "first_name", "pk")


class AttributionQuerySet(models.QuerySet["Attribution"]):
    """Reads of attributions."""

    def en_vigueur(self, jour: date | None = None) -> AttributionQuerySet:
        """Attributions that hold on a day (today)."""
        return self.filter(pendant__contains=jour or maintenant().date())

    def droits_par_portee(self) -> dict[tuple[int, int], frozenset[Enum]]:
        """Union of the rights of the roles, by préfecture and service (0 for all its services)."""
        droits: dict[tuple[int, int], frozenset[Enum]] = {}
        for role, prefecture_id, service_id in self.order_by("pk").values_list("role", "prefecture_id", "service_id"):
            portee = (prefecture_id, service_id or 0)
            droits[portee] = droits.get(portee, frozenset()) | DROITS_PAR_ROLE[Role(role)]
        return droits


class MotifQuerySet(models.QuerySet["Motif"]):
    """Reads of the catalogue."""

    def actifs(self) -> MotifQuerySet:
        """Motifs in use."""
        return self.filter(actif=True)

    def avec_formulaire(self) -> MotifQuerySet:
        """Load the pieces and the questions."""
        return self.prefetch_related("pieces_requises", "questions")


NUMERO = re.compile(r"\d[\dAB]\d?-\d{4}-\d{6,}")
OUVERTS = (*EN_COURS, Etat.ACCORDEE, Etat.A_REMETTRE)
_ORDRE = (Etat.RECUE, Etat.DEPOSEE, Etat.COMPLETE, Etat.EN_INSTRUCTION, Etat.ACCORDEE, Etat.A_REMETTRE)


def urgence() -> Case:
    """Return the rank of what an agent must do next; the index `demande_ordre` holds this very expression."""
    return Case(*[When(etat=e.value, then=Value(rang)) for rang, e in enumerate(_ORDRE)], default=Value(9))


def delai() -> Case:
    """Return the legal deadline while it urges: once answered, it does no more."""
    return Case(When(etat__in=[e.value for e in EN_COURS], then=F("echeance")), output_field=models.DateField())


DOSSIER = ("usager", "motif", "prefecture", "service", "site", "agent", "completude_par", "decision__agent")


class DemandeQuerySet(models.QuerySet["Demande"]):
    """Reads of demandes."""

    def visibles_par(self, agent: Agent) -> DemandeQuerySet:
        """Demandes an agent may see: those within reach, but for whom the agent declared not to handle."""
        return self.a_portee_de(agent).sans_deport(agent.deports_tenus)

    def sans_deport(self, deports: Sequence[Deport]) -> DemandeQuerySet:
        """Demandes at which none of these déports aims."""
        return self.exclude(visees(deports)) if deports else self

    def visees(self, deports: Iterable[Deport]) -> DemandeQuerySet:
        """Demandes at which one of these déports aims."""
        return self.filter(visees(deports))

    def a_portee_de(self, agent: Agent) -> DemandeQuerySet:
        """Demandes of an agent's préfectures, narrowed by service where attributions say so; no drafts."""
        filtre = Q(pk__in=[])
        for attribution in agent.attributions.en_vigueur():
            if Droit.CONSULTER not in DROITS_PAR_ROLE[Role(attribution.role)]:
                continue
            portee = Q(prefecture=attribution.prefecture_id)
            if attribution.service_id:
                portee &= Q(service=attribution.service_id)
            filtre |= portee
        return self.filter(filtre).exclude(etat=Etat.BROUILLON)

    def instruites_par(self, par: Acteur) -> DemandeQuerySet:
        """Demandes, no drafts, that the agent may check or examine; reads nothing to know it."""
        filtre = Q(pk__in=[])
        for (prefecture, service), droits in par.droits.items():
            if not droits & {Droit.VERIFIER, Droit.INSTRUIRE}:
                continue
            filtre |= Q(prefecture=prefecture, service=service) if service else Q(prefecture=prefecture)
        return self.filter(filtre).exclude(etat=Etat.BROUILLON)

    def deposees(self) -> DemandeQuerySet:
        """All but drafts."""
        return self.exclude(etat=Etat.BROUILLON)

    def en_cours(self) -> DemandeQuerySet:
        """Demandes the administration has not answered yet."""
        return self.filter(etat__in=EN_COURS)

    def en_etat(self, *etats: str) -> DemandeQuerySet:
        """Demandes in one of the states."""
        return self.filter(etat__in=etats)

    def en_retard(self, a: date) -> DemandeQuerySet:
        """Demandes whose implicit decision is born before or on a date, still unanswered."""
        return self.en_cours().filter(echeance__lte=a)

    def a_traiter(self) -> DemandeQuerySet:
        """The worklist's order: what an agent must do next comes first, then the legal deadline, then age."""
        return self.annotate(urgence=urgence(), delai=delai()).order_by(
            F("delai").asc(nulls_last=True), "urgence", "pk"
        )

    def avec_liste(self) -> DemandeQuerySet:
        """Load what a row of the worklist shows."""
        return self.select_related("usager", "motif", "agent", "service")

    def avec_dossier(self) -> DemandeQuerySet:
        """Load what the dossier unique shows of the demande itself."""
        return self.select_related(*DOSSIER)

    def avec_destinataire(self) -> DemandeQuerySet:
        """Load what a message about the demande says: planned by PostgreSQL in a tenth of the time of a dossier."""
        return self.select_related("usager", "motif", "prefecture", "service")

    def avec_suivi(self) -> DemandeQuerySet:
        """Load what the pages of the usager show: the dossier, the request for pieces still open, and the family.

        ``famille`` holds the other demandes of its family, as a JSON array: no query more, whoever is alone or not.
        """
        ouvert = FilteredRelation("complements", condition=Q(complements__clos_le__isnull=True))
        moi, tete = OuterRef("pk"), OuterRef("principale")
        autres = self.model.objects.filter(Q(principale=moi) | Q(pk=tete) | Q(principale=tete)).exclude(pk=moi)
        ligne = JSONObject(
            cle="cle",
            numero="numero",
            etat="etat",
            motif="motif__libelle",
            nom="usager__nom",
            prenoms="usager__prenoms",
        )
        famille = ArraySubquery(autres.filter(purgee_le__isnull=True).order_by("pk").values(ligne=ligne))
        # The plugin of mypy does not know filtered relations.
        return self.annotate(complement_ouvert=ouvert, famille=famille).select_related(*DOSSIER, "complement_ouvert")  # type: ignore[misc]

    def recherche(self, texte: str) -> DemandeQuerySet:
        """Filter by number, name (accents or not), or foreigner's number: one table at a time, each with its index."""
        texte = texte.replace("\0", "").strip()
        if not texte:
            return self
        if NUMERO.fullmatch(texte.upper()):
            return self.par_numero(texte.upper())
        usagers: Any = self.model._meta.get_field("usager").related_model  # noqa: SLF001 (models are not imported here)
        nommes = Q(nom__istartswith=texte) | Q(nom_usage__istartswith=texte) | Q(numero_etranger=texte)
        for debut in debuts_de_cle(texte):
            nommes |= Q(cle_identite__startswith=debut)
        return self.filter(usager__in=usagers.objects.filter(nommes).values("pk"))

    def de_franceconnect(self, empreinte: str) -> DemandeQuerySet:
        """Demandes, drafts too, of a FranceConnect identity, the newest first."""
        return (
            self.filter(usager__sub_franceconnect=empreinte)
            .exclude(usager__sub_franceconnect="")
            .select_related("usager", "motif", "prefecture")
            .order_by("-pk")
        )

    def a_purger(self, avant: datetime) -> DemandeQuerySet:
        """Drafts left since an instant, not emptied yet, oldest first."""
        return self.filter(etat=Etat.BROUILLON, purgee_le__isnull=True, modifiee_le__lte=avant).order_by(
            "modifiee_le", "pk"
        )

    def de_la_famille(self, demande: Demande) -> DemandeQuerySet:
        """Demandes of the family of one, itself too, the principal one first; alone, itself."""
        tete = demande.famille_id
        return self.filter(Q(pk=tete) | Q(principale=tete)).order_by(F("principale").asc(nulls_first=True), "pk")

    def par_numero(self, numero: str) -> DemandeQuerySet:
        """The demande that carries this number."""
        return self.filter(numero=numero)


class UsagerQuerySet(models.QuerySet["Usager"]):
    """Reads of usagers."""

    def vivants(self) -> UsagerQuerySet:
        """Usagers not merged into another."""
        return self.filter(fusionne_dans__isnull=True)

    def instruits_par(self, par: Acteur) -> UsagerQuerySet:
        """Usagers of whom the agent may check or examine one demande at least."""
        demandes: Any = self.model._meta.get_field("demandes").related_model  # noqa: SLF001 (as in `recherche`)
        siennes = demandes.objects.instruites_par(par).filter(usager=models.OuterRef("pk"))
        return self.vivants().filter(models.Exists(siennes))

    def ressemblants(self, usager: Usager) -> UsagerQuerySet:
        """Other usagers of the same foreigner's number, or name and year of birth: to compare day and month."""
        meme = Q(pk__in=[])
        if usager.cle_identite:
            meme |= Q(cle_identite=usager.cle_identite)
        if usager.numero_etranger:
            meme |= Q(numero_etranger=usager.numero_etranger)
        return self.vivants().filter(meme).exclude(pk=usager.pk).order_by("pk")

    def de_franceconnect(self, empreinte: str) -> UsagerQuerySet:
        """The usager of a FranceConnect identity."""
        return self.filter(sub_franceconnect=empreinte).exclude(sub_franceconnect="")


class PieceQuerySet(models.QuerySet["Piece"]):
    """Reads of pieces."""

    def courantes(self) -> PieceQuerySet:
        """Pieces not replaced by a newer file, with what they answer."""
        return self.filter(remplacee_le__isnull=True).select_related("piece_requise")

    def vues(self) -> PieceQuerySet:
        """Current pieces of which the original was seen at the counter, without a file."""
        return self.courantes().filter(vue_au_guichet=True)

    def a_scanner(self) -> PieceQuerySet:
        """Files that wait for the antivirus."""
        return self.filter(scan="en_attente").order_by("pk")


class PieceJointeQuerySet(models.QuerySet["PieceJointe"]):
    """Reads of the files joined to messages."""

    def a_scanner(self) -> PieceJointeQuerySet:
        """Files that wait for the antivirus."""
        return self.filter(scan="en_attente").order_by("pk")


class ConvocationQuerySet(models.QuerySet["Convocation"]):
    """Reads of convocations."""

    def actives(self) -> ConvocationQuerySet:
        """Convocations neither used, revoked nor marked expired."""
        return self.filter(etat="active")

    def pour_remise(self, instant: datetime) -> ConvocationQuerySet:
        """Convocations that let their holder come now for a title."""
        return self.actives().filter(objet="remise", expire_le__gt=instant)

    def avec_page(self) -> ConvocationQuerySet:
        """Load what the page of a link shows."""
        return self.select_related("demande__usager", "demande__motif", "demande__prefecture", "demande__service")

    def par_empreinte(self, empreinte: str) -> ConvocationQuerySet:
        """The convocation behind a token's hash, with what its page shows."""
        return self.filter(empreinte=empreinte).avec_page()

    def par_cle(self, cle: UUID) -> ConvocationQuerySet:
        """The convocation of a key, with what its page shows."""
        return self.filter(cle=cle).avec_page()

    def jointes_a(self, *porteuses: int) -> ConvocationQuerySet:
        """Live convocations that share the link and the appointment of one, or several, with what its page shows."""
        return self.actives().filter(jointe_a__in=porteuses).avec_page().order_by("pk")

    def porteuses_de(self, demandes: Iterable[Any]) -> models.QuerySet[Any, Any]:
        """Identifiers of the convocations whose appointment some demandes have, their own or one shared."""
        return self.filter(demande__in=demandes).order_by().values(porteuse=Coalesce("jointe_a", "pk"))

    def a_expirer(self, instant: datetime) -> ConvocationQuerySet:
        """Active convocations past their expiry."""
        return self.actives().filter(expire_le__lte=instant).order_by("expire_le", "pk")


class ActeQuerySet(models.QuerySet["Acte"]):
    """Reads of acts."""

    def a_produire(self) -> ActeQuerySet:
        """Acts whose PDF is not made yet."""
        return self.filter(produit_le__isnull=True).order_by("pk")

    def par_code(self, code: str) -> ActeQuerySet:
        """The act that carries a verification code."""
        return self.filter(code=code).select_related("demande__prefecture")


class EvenementQuerySet(models.QuerySet["Evenement"]):
    """Reads of the journal."""

    def du_dossier(self, demande_id: int) -> EvenementQuerySet:
        """Events of a demande, oldest first."""
        return self.filter(demande=demande_id).order_by("le", "pk")

    def transitions(self) -> EvenementQuerySet:
        """Events that changed a state."""
        return self.exclude(vers="")

    def convocations(self) -> EvenementQuerySet:
        """Events of somebody convoked: each says from which state."""
        return self.filter(nature__in=["transition:convoquer", "transition:reprendre"])


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Reads of the outbox."""

    def envoyables(self, instant: datetime) -> NotificationQuerySet:
        """Rows to send now, of which none older waits for the same demande (order is kept per demande).

        A code of access is no part of that story: it waits for nothing, as somebody does before their screen.
        """
        attente = Q(etat__in=["a_envoyer", "en_envoi"], canal__in=["courriel", "sms"])  # letters go by batches
        anterieures = self.model.objects.exclude(modele=CODE_ACCES).filter(
            attente, demande=models.OuterRef("demande"), pk__lt=models.OuterRef("pk")
        )
        return (
            self.filter(attente, prochain_essai_le__lte=instant)
            .filter(Q(etat="a_envoyer") | Q(etat="en_envoi", reservee_jusqu_a__lte=instant))
            .exclude(Q(demande__isnull=False) & ~Q(modele=CODE_ACCES) & models.Exists(anterieures))
            .order_by("prochain_essai_le", "pk")
        )

    def codes(self) -> NotificationQuerySet:
        """Codes of access: sent before whatever else waits, however much."""
        return self.filter(modele__in=CODES)

    def lettres_en_attente(self) -> NotificationQuerySet:
        """Letters that no batch holds yet, oldest first."""
        return self.filter(canal="courrier", etat="a_envoyer").order_by("pk")

    def clore_sans_envoi(self, lot: LotCourrier | None = None) -> int:
        """Mark as sent at their date messages of an invented past, letters in a batch; returns how many."""
        return self.update(etat="envoyee", envoyee_le=F("prochain_essai_le"), essais=1, lot=lot)
