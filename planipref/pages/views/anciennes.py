"""The addresses of the booking module left behind: what has changed, and where to go now. Nobody is sent elsewhere."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from demandes.selectors_bascule import destinations
from planipref.commun.acces import public


@public
@require_safe
def ancienne_adresse(request: HttpRequest, reste: str = "") -> HttpResponse:
    """Say which démarche an old address was about; all of them when it is not known."""
    trouvees = destinations(request.path_info, request.GET.get("prefecture", "").replace("\0", "")[:3])
    contexte = {"destinations": trouvees}
    return render(request, "pages/ancienne_adresse.html", contexte, status=200 if trouvees else 404)
