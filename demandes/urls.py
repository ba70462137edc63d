"""Addresses of demandes."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from demandes.views import (
    accuses,
    connexion,
    courriers,
    deports,
    depot,
    famille,
    fichiers,
    franceconnect,
    mandat,
    non_remis,
    parcours,
    verification,
)

app_name = "demandes"

urlpatterns: list[URLPattern | URLResolver] = [
    path("messages/accuses/sms/", accuses.accuse_sms, name="accuse_sms"),
    path("connexion/", connexion.connexion, name="connexion"),
    path("deconnexion/", connexion.deconnexion, name="deconnexion"),
    path("agent/demandes/<str:numero>/pieces/<uuid:cle>/conforme/", verification.conforme, name="piece_conforme"),
    path(
        "agent/demandes/<str:numero>/pieces/<uuid:cle>/non-conforme/",
        verification.non_conforme,
        name="piece_non_conforme",
    ),
    path("agent/demandes/<str:numero>/pieces/<slug:code>/original-vu/", verification.original_vu, name="piece_vue"),
    path("agent/demandes/<str:numero>/pieces/<slug:code>/ajouter/", verification.ajouter, name="piece_ajouter"),
    path("agent/demandes/<str:numero>/ecrire/", verification.message, name="message_agent"),
    path("agent/demandes/<str:numero>/attribution/", verification.attribution, name="attribution"),
    path("agent/deports/", deports.deports, name="deports"),
    path("agent/deports/<int:pk>/retirer/", deports.deport_retirer, name="deport_retirer"),
    path("agent/courriers/", courriers.courriers, name="courriers"),
    path("agent/courriers/services/<int:service>/preparer/", courriers.courriers_preparer, name="courriers_preparer"),
    path("agent/courriers/<int:pk>/", courriers.lot, name="lot"),
    path("agent/courriers/<int:pk>/etat/", courriers.lot_etat, name="lot_etat"),
    path("agent/courriers/<int:pk>/lettres.pdf", courriers.lot_pdf, name="lot_pdf"),
    *[
        path(f"agent/courriers/<int:pk>/{geste}/", courriers.lot_geste, {"geste": geste}, name=f"lot_{geste}")
        for geste in courriers.FAITS
    ],
    path("agent/courriers/<int:pk>/lettres/<int:lettre>/retirer/", courriers.lot_retirer, name="lot_retirer"),
    path("agent/courriers/lettres/<int:pk>/revenue/", non_remis.lettre_revenue, name="lettre_revenue"),
    path("agent/messages-non-remis/", non_remis.non_remis, name="non_remis"),
    path("agent/messages-non-remis/<int:pk>/", non_remis.non_remis_message, name="non_remis_message"),
    path("agent/messages-non-remis/<int:pk>/renvoyer/", non_remis.non_remis_renvoyer, name="non_remis_renvoyer"),
    path("agent/messages-non-remis/<int:pk>/lettre/", non_remis.non_remis_lettre, name="non_remis_lettre"),
    path("agent/messages-non-remis/<int:pk>/corriger/", non_remis.non_remis_corriger, name="non_remis_corriger"),
    path("depot/<uuid:cle>/", depot.depot, name="depot"),
    path("depot/<uuid:cle>/confirmation/", depot.depot_confirmation, name="depot_confirmation"),
    path("depot/<uuid:cle>/famille/", famille.famille, name="famille"),
    path("depot/<uuid:cle>/<slug:etape>/", depot.depot_etape, name="depot_etape"),
    path(
        "depot/<uuid:cle>/questions/<slug:question>/",
        depot.depot_etape,
        {"etape": parcours.QUESTIONS},
        name="depot_question",
    ),
    path("mandat/<str:jeton>/", mandat.mandat, name="mandat"),
    path("mandat/<str:jeton>/donner/", mandat.donner, name="mandat_donner"),
    path("mandat/<str:jeton>/refuser/", mandat.refuser, name="mandat_refuser"),
    path("mandat/<str:jeton>/retirer/", mandat.retirer, name="mandat_retirer"),
    path("franceconnect/", franceconnect.connexion, name="franceconnect"),
    path("franceconnect/retour/", franceconnect.retour, name="franceconnect_retour"),
    path("pieces/<uuid:cle>/", fichiers.piece, name="piece"),
    path("actes/<str:code>.pdf", fichiers.acte, name="acte"),
]
