"""What the pages that show slots ask every few seconds: which are still free."""

from __future__ import annotations

from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from planipref.commun.acces import public
from planipref.commun.horloge import maintenant
from planning.selectors_libres import encore_libres


@public
@require_GET
def libres(request: HttpRequest, question: str) -> HttpResponse:
    """Answer a page's question, the same for all who look at the same week; no session is read."""
    try:
        restent = encore_libres(question, maintenant=maintenant())
    except BadSignature:
        raise Http404 from None
    return JsonResponse({"libres": restent}, headers={"Cache-Control": "no-store"})
