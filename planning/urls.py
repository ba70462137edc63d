"""Addresses of planning."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from planning.views import lien, ouvertures

app_name = "planning"

urlpatterns: list[URLPattern | URLResolver] = [
    path("rdv/<str:jeton>/", lien.lien, name="lien"),
    path("rdv/<str:jeton>/reserver/", lien.reserver, name="reserver"),
    path("rdv/<str:jeton>/deplacer/", lien.deplacer, name="deplacer"),
    path("rdv/<str:jeton>/annuler/", lien.annuler, name="annuler"),
    path("rdv/<str:jeton>/attestation/", lien.attestation, name="attestation"),
    path("rdv/<str:jeton>/rendez-vous.ics", lien.calendrier, name="calendrier"),
    path("planning/", ouvertures.ouvertures, name="ouvertures"),
    path("planning/plages/ajouter/", ouvertures.plage_ajouter, name="plage_ajouter"),
    path("planning/plages/<int:pk>/", ouvertures.plage_modifier, name="plage_modifier"),
    path("planning/plages/<int:pk>/supprimer/", ouvertures.plage_supprimer, name="plage_supprimer"),
    path("planning/fermetures/ajouter/", ouvertures.fermeture_ajouter, name="fermeture_ajouter"),
    path("planning/fermetures/<int:pk>/supprimer/", ouvertures.fermeture_supprimer, name="fermeture_supprimer"),
    path("planning/publier/", ouvertures.publier_creneaux, name="publier"),
    path("planning/files/<int:pk>/creneaux/", ouvertures.creneaux, name="creneaux"),
]
