"""Addresses of statistiques."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from statistiques.views import tableau

app_name = "statistiques"

urlpatterns: list[URLPattern | URLResolver] = [
    path("statistiques/", tableau.tableau, name="tableau"),
    path("statistiques/export.csv", tableau.export, name="export"),
]
