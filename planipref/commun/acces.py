"""Access of views: each one is public or names the right it asks for; a test walks them all."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from planipref.commun.reponses import ne_rien_garder

Vue = TypeVar("Vue", bound=Callable[..., HttpResponseBase])


def public(vue: Vue) -> Vue:
    """Open a view to everybody; whatever it shows is then checked by the view's own second factor."""
    ouverte = cast("Any", login_not_required(vue))
    ouverte.public = True
    return cast("Vue", ouverte)


def aidant(vue: Vue) -> Vue:
    """Open a view to the aidants of organisations, neither suspended nor out of dates; which person is for the view."""

    @wraps(vue)
    def enveloppe(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.aidant_ouvert():  # type: ignore[union-attr]
            raise PermissionDenied
        return ne_rien_garder(vue(request, *args, **kwargs))

    cast("Any", enveloppe).droit = ("aidant",)
    return cast("Vue", enveloppe)


def droit(*exiges: Enum) -> Callable[[Vue], Vue]:
    """Ask for one of several rights, held in at least one préfecture; the scope is the queryset's business.

    What agents read is about persons: the browser keeps none of it.

    Args:
        exiges: members of ``demandes.droits.Droit``; holding one is enough.
    """

    def decorateur(vue: Vue) -> Vue:
        @wraps(vue)
        def enveloppe(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.a_un_droit(*exiges):  # type: ignore[union-attr]
                raise PermissionDenied
            return ne_rien_garder(vue(request, *args, **kwargs))

        cast("Any", enveloppe).droit = exiges
        return cast("Vue", enveloppe)

    return decorateur
