"""Health of the service, for load balancers and monitoring."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from planipref.commun.acces import public
from planipref.commun.horloge import maintenant
from planipref.pages.sante import PANNE, etat_du_service


@require_safe
@never_cache
@public
def sante(request: HttpRequest) -> JsonResponse:
    """Say how the service is; 503 when the database or the store of the pieces is down."""
    etat = etat_du_service(maintenant=maintenant())
    return JsonResponse(etat, status=503 if etat["etat"] == PANNE else 200)
