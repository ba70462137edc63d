"""Addresses of the tests of the presentation base."""

from __future__ import annotations

from django.contrib import messages
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from psycopg.errors import DiskFull, LockNotAvailable

from planipref.commun.erreurs import ErreurMetier


def page(request: HttpRequest) -> HttpResponse:
    messages.success(request, "Bonjour <b>Amina</b>")
    espace = request.GET.get("espace", "usager")
    navigation = [{"libelle": "À faire", "url": "/agent/", "actif": True}]
    return render(request, "base.html", {"espace": espace, "navigation": navigation, "DEMO": True})


def refus(request: HttpRequest, statut: int) -> HttpResponse:
    raise ErreurMetier("refus", "Ce lien a <expiré>.", statut=statut)


def base_occupee(request: HttpRequest) -> HttpResponse:
    raise OperationalError("occupée") from LockNotAvailable("verrou")


def base_absente(request: HttpRequest) -> HttpResponse:
    raise OperationalError("absente")


def disque_plein(request: HttpRequest) -> HttpResponse:
    raise OperationalError("plein") from DiskFull("plein")


handler400 = "planipref.commun.vues_erreur.requete_incorrecte"
handler403 = "planipref.commun.vues_erreur.acces_refuse"
handler404 = "planipref.commun.vues_erreur.page_introuvable"
handler500 = "planipref.commun.vues_erreur.erreur_serveur"
urlpatterns = [
    path("", page),
    path("suivi/", page),
    path("suivi/<str:numero>/", page),
    path("refus/<int:statut>/", refus),
    path("occupee/", base_occupee),
    path("absente/", base_absente),
    path("plein/", disque_plein),
]
