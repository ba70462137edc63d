"""The addresses of the booking module left behind: what has changed, and where to go now. Nobody is sent elsewhere."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from demandes.selectors_bascule import destinations_du_jour
from planipref.commun.acces import public
from planipref.commun.horloge import maintenant


@public
@require_safe
def ancienne_adresse(request: HttpRequest, reste: str = "") -> HttpResponse:
    """Say which démarche an old address was about, and where it is done today; all of them when it is not known."""
    departement = request.GET.get("prefecture", "").replace("\0", "")[:3]
    trouvees = destinations_du_jour(request.path_info, departement, maintenant=maintenant())
    contexte = {"destinations": trouvees, "ailleurs": any(d.bascule for d in trouvees)}
    return render(request, "pages/ancienne_adresse.html", contexte, status=200 if trouvees else 404)
