"""The admin for support: same login and same rate limit as everybody, superusers only."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.apps import AdminConfig
from django.contrib.admin.sites import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.decorators import method_decorator
from psycopg.errors import CheckViolation


class SiteAdministration(AdminSite):
    """Django's admin, for support; it has no login form of its own."""

    site_title = site_header = "PlaniPref — administration"
    index_title = "Support"
    site_url = "/agent/"

    def has_permission(self, request: HttpRequest) -> bool:
        """Let only active superusers in: staff status gives nothing."""
        return bool(request.user.is_active and request.user.is_superuser)

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send to the agents' login, which limits tries; refuse who is already logged in without the right.

        Raises:
            PermissionDenied: an agent who is no superuser.
        """
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        retour = request.GET.get("next", "/admin/")
        return HttpResponseRedirect(f"/connexion/?{urlencode({'next': retour})}")


class LectureSeule(ModelAdmin):  # type: ignore[type-arg]
    """A fact: shown, never added, changed nor removed."""

    show_full_result_count = False
    list_per_page = 50
    actions = None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False


class Parametre(ModelAdmin):  # type: ignore[type-arg]
    """A parameter: edited here, never removed while facts may point to it."""

    list_per_page = 50
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: switch it off, or end its dates, instead."""
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Save; what a trigger refuses is said in its words, on the page as it was."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except IntegrityError as erreur:
            diagnostic = getattr(erreur.__cause__, "diag", None)
            if diagnostic is None or diagnostic.sqlstate != CheckViolation.sqlstate:
                raise
            self.message_user(request, diagnostic.message_primary, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


class AdministrationConfig(AdminConfig):
    """Django's admin with our site in place of its own."""

    default_site = "planipref.commun.administration.SiteAdministration"
