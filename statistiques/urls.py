"""Addresses of statistiques."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from statistiques.views import tableau, temps

app_name = "statistiques"

urlpatterns: list[URLPattern | URLResolver] = [
    path("statistiques/", tableau.tableau, name="tableau"),
    path("statistiques/export.csv", tableau.export, name="export"),
    path("statistiques/temps/", temps.temps, name="temps"),
    path("statistiques/temps/export.csv", temps.export, name="temps_export"),
]
