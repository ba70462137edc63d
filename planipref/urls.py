"""The only place that assembles the apps."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

handler400 = "planipref.commun.vues_erreur.requete_incorrecte"
handler403 = "planipref.commun.vues_erreur.acces_refuse"
handler404 = "planipref.commun.vues_erreur.page_introuvable"
handler500 = "planipref.commun.vues_erreur.erreur_serveur"

urlpatterns = [
    path("", include("planipref.pages.urls")),
    path("", include("demandes.urls")),
    path("", include("planning.urls")),
    path("", include("guichet.urls")),
    path("", include("statistiques.urls")),
    path("admin/", admin.site.urls),
]
