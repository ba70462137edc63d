"""Every address says who may use it: a right, or nobody in particular on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, path

# Django's own administration checks its permissions by itself; the static files are public by nature.
EXCLUES = ("admin/", "static/")


def vues(motifs: list[Any], prefixe: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    """Walk the resolver: each address with its view."""
    for motif in motifs:
        adresse = prefixe + str(motif.pattern)
        if adresse.startswith(EXCLUES):
            continue
        if isinstance(motif, URLResolver):
            yield from vues(motif.url_patterns, adresse)
        elif isinstance(motif, URLPattern):
            yield adresse, motif.callback


def sans_droit(motifs: list[Any]) -> list[str]:
    """List the addresses whose view declares neither a right nor that it is public."""
    return [adresse for adresse, vue in vues(motifs) if not (getattr(vue, "droit", ()) or est_publique(vue))]


def est_publique(vue: Callable[..., Any]) -> bool:
    """Tell whether a view is marked public, for us and for the login middleware alike."""
    return getattr(vue, "public", False) is True and getattr(vue, "login_required", True) is False


def test_every_view_declares_a_right_or_is_public():
    assert sans_droit(get_resolver().url_patterns) == []


def test_no_view_is_both_public_and_under_a_right():
    deux = [
        adresse
        for adresse, vue in vues(get_resolver().url_patterns)
        if getattr(vue, "droit", ()) and getattr(vue, "public", False)
    ]
    assert deux == []


def test_view_without_declaration_is_found():
    def vue_oubliee(request):
        return HttpResponse()

    assert sans_droit([path("oubli/", vue_oubliee)]) == ["oubli/"]
