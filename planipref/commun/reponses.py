"""Answers that every page shares."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.cache import add_never_cache_headers

P = ParamSpec("P")
Reponse = TypeVar("Reponse", bound=HttpResponseBase)


def vers(route: str, *args: Any) -> HttpResponseRedirect:
    """Redirect after a success, with 303: the browser reads the next page and sends nothing again.

    Args:
        route: name of the address, with its namespace, or an address of ours.
        args: parts of the address.
    """
    reponse = HttpResponseRedirect(resolve_url(route, *args))
    reponse.status_code = 303
    return reponse


def adresse_ip(request: HttpRequest) -> str:
    """Return the network address of who asks, to limit tries.

    Behind our own proxies it is the last address that they added to ``X-Forwarded-For``: what the client itself wrote
    there stands before and is never believed. Of an IPv6 address, the network (/64) that one subscriber holds.
    """
    adresse = str(request.META.get("REMOTE_ADDR", ""))
    annoncees = [a.strip() for a in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
    while annoncees and adresse in settings.PLANIPREF_MANDATAIRES:
        adresse = annoncees.pop() or adresse
    return _abonne(adresse)


def _abonne(adresse: str) -> str:
    """Return an IPv4 address as it is, mapped into IPv6 too, and the /64 network of an IPv6 one."""
    try:
        lue = ip_address(adresse)
    except ValueError:
        return adresse
    if not isinstance(lue, IPv6Address):
        return adresse
    return str(lue.ipv4_mapped or ip_network((lue, 64), strict=False))


def ne_rien_garder(reponse: Reponse) -> Reponse:
    """Keep a page about a person out of the browser's cache: it is read again when one comes back.

    The answer to a form sent with errors stays: without it, the back button shows the browser's own error page.
    """
    if reponse.status_code != 422:
        add_never_cache_headers(reponse)
    return reponse


def sans_trace(vue: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Keep what a public page shows of a person out of the browser's cache; `droit` does so for what agents read."""

    @wraps(vue)
    def enveloppe(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return ne_rien_garder(vue(*args, **kwargs))

    return enveloppe
