"""Is this act authentic? Open to all, says nothing of the person."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from demandes.services.fichiers import acte_public
from demandes.views.acces import limiter_adresse
from planipref.commun.acces import public
from planipref.commun.reponses import vers

CODE = re.compile(r"[2-9A-HJ-NP-Z]{16}")


@public
@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """Ask for the code printed on the document."""
    saisi = request.GET.get("code", "")[:40]
    code = _code(saisi)
    if code:
        return vers("pages:acte_verifie", code)
    erreur = "Le code compte 16 lettres et chiffres. Il est écrit au bas du document." if "code" in request.GET else ""
    contexte = {"saisi": saisi, "erreur": erreur}
    return render(request, "pages/verifier.html", contexte, status=422 if erreur else 200)


@public
@require_safe
def acte_verifie(request: HttpRequest, code: str) -> HttpResponse:
    """Say whether an act carries this code: its kind, date, préfecture and checksum."""
    limiter_adresse(request)
    acte = acte_public(_code(code)) if _code(code) else None
    contexte = {"acte": acte, "code": code[:40]}
    return render(request, "pages/acte_verifie.html", contexte, status=200 if acte else 404)


def _code(saisi: str) -> str:
    brut = re.sub(r"[\s-]", "", saisi).upper()
    return "-".join(brut[i : i + 4] for i in range(0, 16, 4)) if CODE.fullmatch(brut) else ""
