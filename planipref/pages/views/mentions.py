"""Static pages that the law asks for."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from planipref.commun.acces import public


@public
@require_safe
def accessibilite(request: HttpRequest) -> HttpResponse:
    """State of accessibility, honestly."""
    return render(request, "pages/accessibilite.html")


@public
@require_safe
def donnees_personnelles(request: HttpRequest) -> HttpResponse:
    """What is kept, why, and the person's rights."""
    return render(request, "pages/donnees_personnelles.html")
