"""Where the provider of text messages says what became of them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from demandes.services import accuses
from planipref.commun.acces import public
from planipref.commun.horloge import maintenant

OCTETS_MAX = 10_000


@public
@csrf_exempt
@require_POST
def accuse_sms(request: HttpRequest) -> HttpResponse:
    """Take a signed statement; 204 whatever it changes, so that the provider stops telling it."""
    corps, instant = request.body[: OCTETS_MAX + 1], maintenant()
    entetes = request.headers
    accuses.exiger_signature(corps, entetes.get("X-Horodatage", ""), entetes.get("X-Signature", ""), maintenant=instant)
    if (dit := accuses.lire(corps)) is not None:
        accuses.noter_accuse(dit[0], recu=dit[1], maintenant=instant)
    return HttpResponse(status=204)
