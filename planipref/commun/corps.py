"""Reads what the browser still sends when a page refuses it, so that the page arrives."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase, UnreadablePostError

MORCEAU = 1 << 16
OCTETS_MAX = 200_000_000  # beyond, the connection is cut


class CorpsLuMiddleware:
    """Read the body to its end, and forget it, once the answer is made.

    A view or a middleware that refuses without reading (no cookie, unknown address) would otherwise make the server
    close while a phone sends 30 MB: the browser then shows its own « connection reset » instead of our page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, then read what is left."""
        reponse = self.get_response(request)
        if request.META.get("CONTENT_LENGTH"):
            vidanger(request)
        return reponse


def vidanger(request: HttpRequest) -> None:
    """Read and forget what is left of a body, up to a limit."""
    reste = OCTETS_MAX
    try:
        while reste > 0 and (lu := request.read(MORCEAU)):
            reste -= len(lu)
    except UnreadablePostError:
        return  # gone: nobody waits for the answer
