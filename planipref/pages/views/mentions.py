"""Static pages that the law asks for."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from planipref.commun.acces import public
from planipref.pages.catalogue import prefectures_a_joindre
from planipref.pages.declaration import declaration

CHIFFRES = {
    "pages": _("Pages différentes"),
    "ecrans": _("Écrans regardés (une page dans chaque état, pour chaque personne)"),
    "langues": _("Langues essayées"),
    "regles": _("Règles vérifiées par l’outil"),
    "fautes": _("Défauts trouvés"),
    "a_voir": _("Points que l’outil laisse à juger par une personne"),
    "parcours_clavier": _("Parcours faits au clavier seul"),
}


@public
@require_safe
def accessibilite(request: HttpRequest) -> HttpResponse:
    """The statement of accessibility, in the form of the law (decree 2019-768): what is measured, and what is not."""
    etablie = declaration()
    chiffres = [(nom, libelle, getattr(etablie, nom)) for nom, libelle in CHIFFRES.items()]
    contexte = {
        "declaration": etablie,
        "chiffres": chiffres,
        "prefectures": prefectures_a_joindre(),
    }
    return render(request, "pages/accessibilite.html", contexte)


@public
@require_safe
def donnees_personnelles(request: HttpRequest) -> HttpResponse:
    """What is kept, why, and the person's rights."""
    return render(request, "pages/donnees_personnelles.html")
