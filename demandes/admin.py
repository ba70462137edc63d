"""Admin for support: parameters can be edited, facts only read; no state is ever set here."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse

from demandes.models import (
    Acte,
    Agent,
    Aidant,
    AlerteOrganisme,
    Attribution,
    Convocation,
    Decision,
    Delegation,
    Demande,
    DemandeComplement,
    Evenement,
    Mandat,
    Message,
    Motif,
    Notification,
    Organisme,
    ParametrageMotif,
    Piece,
    PieceRequise,
    Prefecture,
    Question,
    Service,
    Site,
    Usager,
)
from demandes.selectors import acteur_agent
from demandes.services.lecture import consulter
from demandes.services.parametrage import signer
from planipref.commun.administration import LectureSeule, Parametre
from planipref.commun.horloge import maintenant

admin.site.unregister(Group)  # rights come from `Attribution` only


class LectureDuDossier(LectureSeule):
    """A fact of somebody's file: opening it is a reading of the file, and enters the journal."""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a fact, the reading journaled."""
        demande = _demande_de(self.get_object(request, object_id))
        if demande is not None and isinstance(request.user, Agent):
            consulter(demande, par=acteur_agent(request.user), maintenant=maintenant(), quoi="admin")
        return super().change_view(request, object_id, form_url, extra_context)


def _demande_de(objet: Any) -> Demande | None:
    """Return the file that a fact belongs to; the last one of a person."""
    if isinstance(objet, Usager):
        return objet.demandes.order_by("-pk").first()
    demande: Demande | None = objet if isinstance(objet, Demande) else getattr(objet, "demande", None)
    return demande


@admin.register(Demande)
class DemandeAdmin(LectureDuDossier):
    """Files."""

    list_display = ("numero", "etat", "motif", "prefecture", "deposee_le")
    list_select_related = ("motif", "prefecture")
    search_fields = ("numero__exact",)
    exclude = ("reponses",)


@admin.register(Evenement)
class EvenementAdmin(LectureSeule):
    """The journal."""

    list_display = ("prefecture", "rang", "nature", "de", "vers", "acteur_genre", "acteur_id", "le")
    list_select_related = ("prefecture",)
    ordering = ("-pk",)


@admin.register(Notification)
class NotificationAdmin(LectureSeule):
    """The outbox."""

    list_display = ("modele", "canal", "etat", "essais", "prochain_essai_le", "envoyee_le", "derniere_erreur")
    list_filter = ("etat", "canal")
    ordering = ("-pk",)
    exclude = ("objet", "texte")  # what was said is read in the file, where the reading is journaled


@admin.register(Usager)
class UsagerAdmin(LectureDuDossier):
    """People, found by identifier or foreigner's number only: support does not browse names."""

    list_display = ("pk", "langue", "cree_le")
    search_fields = ("numero_etranger__exact",)
    ordering = ("-pk",)


for _fait in (Acte, Convocation, Decision, DemandeComplement, Message, Piece):
    admin.site.register(_fait, LectureDuDossier)


@admin.register(Mandat)
class MandatAdmin(LectureDuDossier):
    """Mandates: read only, they are revoked from the dossier or from the organisations' page."""

    list_display = ("pk", "organisme", "aidant", "signature", "signe_le", "pendant", "revoque_le")
    list_select_related = ("organisme", "aidant__agent")
    list_filter = ("signature",)
    ordering = ("-pk",)
    exclude = ("empreinte",)


@admin.register(AlerteOrganisme)
class AlerteOrganismeAdmin(LectureSeule):
    """Alerts against hoarding."""

    list_display = ("organisme", "genre", "niveau", "jour", "nombre", "plafond", "derniere_le")
    list_select_related = ("organisme",)
    ordering = ("-pk",)


class PieceRequiseEnLigne(admin.TabularInline):  # type: ignore[type-arg]
    """Pieces of a motif."""

    model = PieceRequise
    extra = 0
    can_delete = False


class QuestionEnLigne(admin.TabularInline):  # type: ignore[type-arg]
    """Questions of a motif."""

    model = Question
    extra = 0
    can_delete = False


class ParametreSigne(Parametre):
    """A parameter whose history names who changed it."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Save, in the name of the agent; the inlines that follow too."""
        signer(request.user.pk or 0)
        super().save_model(request, obj, form, change)


@admin.register(Motif)
class MotifAdmin(ParametreSigne):
    """The national catalogue."""

    list_display = ("code", "libelle_court", "genre_service", "delai_valeur", "delai_unite", "actif")
    list_filter = ("genre_service", "actif")
    search_fields = ("code", "libelle")
    inlines: ClassVar[list[Any]] = [PieceRequiseEnLigne, QuestionEnLigne]


@admin.register(ParametrageMotif)
class ParametrageMotifAdmin(ParametreSigne):
    """Local overrides."""

    list_display = ("prefecture", "motif", "actif", "guichet_minutes", "mode_accueil")
    list_select_related = ("prefecture", "motif")
    list_filter = ("prefecture",)


@admin.register(Prefecture)
class PrefectureAdmin(Parametre):
    """Préfectures."""

    list_display = ("departement", "nom", "taille", "fuseau")


@admin.register(Site)
class SiteAdmin(Parametre):
    """Sites."""

    list_display = ("nom", "prefecture", "genre", "commune")
    list_select_related = ("prefecture",)


@admin.register(Service)
class ServiceAdmin(Parametre):
    """Services."""

    list_display = ("nom", "prefecture", "genre")
    list_select_related = ("prefecture",)


@admin.register(Organisme)
class OrganismeAdmin(Parametre):
    """Organisations that help usagers."""

    list_display = ("nom", "genre", "actif")
    filter_horizontal = ("prefectures",)


@admin.register(Aidant)
class AidantAdmin(Parametre):
    """Named aidants; their account is made among the others, without any role."""

    list_display = ("agent", "organisme", "actif", "pendant")
    list_select_related = ("agent", "organisme")
    list_filter = ("organisme",)
    raw_id_fields = ("agent",)


@admin.register(Agent)
class AgentAdmin(UserAdmin):  # type: ignore[type-arg]
    """Accounts; Django's own groups and permissions play no part."""

    list_display = ("username", "last_name", "first_name", "is_active", "is_superuser")
    list_filter = ("is_active",)
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Identité", {"fields": ("first_name", "last_name", "email", "qualite", "anonymat")}),
        ("Accès", {"fields": ("is_active", "is_superuser")}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: an agent who left is made inactive, the journal still names them."""
        return False


@admin.register(Attribution)
class AttributionAdmin(Parametre):
    """Roles of agents."""

    list_display = ("agent", "role", "prefecture", "site", "service", "pendant")
    list_select_related = ("agent", "prefecture", "site", "service")
    list_filter = ("role", "prefecture")
    raw_id_fields = ("agent",)


@admin.register(Delegation)
class DelegationAdmin(Parametre):
    """Delegations of signature."""

    list_display = ("agent", "prefecture", "reference", "pendant")
    list_select_related = ("agent", "prefecture")
    raw_id_fields = ("agent",)
