"""Addresses of pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from planipref.pages.actions import HOOKS
from planipref.pages.views import (
    accompagnement,
    accueil,
    anciennes,
    bascule,
    convocations,
    demo,
    dossier,
    doublons,
    importation,
    langue,
    mandats,
    mentions,
    organismes,
    parametrage,
    parametrage_messages,
    parametrage_modeles,
    parametrage_regles,
    sante,
    signalements,
    suivi,
    suivi_actions,
    suivi_demandes,
    suivi_famille,
    travail,
    verifier,
)

app_name = "pages"

urlpatterns: list[URLPattern | URLResolver] = [
    path("agent/", travail.travail, name="agent"),
    path("agent/convoquer/", convocations.convoquer, name="convoquer_lot"),
    path("agent/convocations/<int:pk>/", convocations.lot, name="lot"),
    path("agent/convocations/<int:pk>/etat/", convocations.lot_etat, name="lot_etat"),
    path("agent/demandes/<str:numero>/", dossier.dossier, name="dossier"),
    *[
        path(f"agent/demandes/<str:numero>/{hook}/", dossier.action, {"hook": hook}, name=f"action_{hook}")
        for hook in HOOKS
    ],
    path("agent/demandes/<str:numero>/mandats/<int:pk>/revoquer/", mandats.dossier_mandat, name="dossier_mandat"),
    path("agent/organismes/", organismes.organismes, name="organismes"),
    path("agent/organismes/<int:pk>/", organismes.organisme, name="organisme"),
    path("agent/organismes/<int:pk>/suspendre/", organismes.suspendre, name="organisme_suspendre"),
    path("agent/organismes/<int:pk>/retablir/", organismes.retablir, name="organisme_retablir"),
    path("agent/organismes/<int:pk>/mandats/<int:mandat>/revoquer/", organismes.revoquer, name="organisme_mandat"),
    path("agent/doublons/", doublons.doublons, name="doublons"),
    path("agent/doublons/fusions/<int:pk>/defaire/", doublons.fusion_defaire, name="fusion_defaire"),
    path("agent/doublons/<int:premier>/<int:second>/", doublons.doublon, name="doublon"),
    path(
        "agent/doublons/<int:premier>/<int:second>/distinguer/", doublons.doublon_distinguer, name="doublon_distinguer"
    ),
    path("agent/signalements/", signalements.signalements, name="signalements"),
    path("agent/signalements/<int:pk>/", signalements.signalement, name="signalement"),
    path("parametrage/", parametrage.parametrage, name="parametrage"),
    path("parametrage/<str:ou>/", parametrage.parametrage, name="parametrage_motifs"),
    path("parametrage/<str:ou>/historique/", parametrage.parametrage_historique, name="parametrage_historique"),
    path(
        "parametrage/<str:ou>/historique/<int:pk>/annuler/", parametrage.parametrage_annuler, name="parametrage_annuler"
    ),
    path("parametrage/<str:ou>/bascule/", bascule.parametrage_bascule, name="parametrage_bascule"),
    path("parametrage/<str:ou>/anciennes-adresses/", bascule.parametrage_adresses, name="parametrage_adresses"),
    path("parametrage/<str:ou>/messages/", parametrage_messages.parametrage_messages, name="parametrage_messages"),
    path("parametrage/<str:ou>/modeles/", parametrage_modeles.parametrage_modeles, name="parametrage_modeles"),
    path(
        "parametrage/<str:ou>/modeles/<slug:etape>/<slug:canal>/<slug:langue>/<slug:code>/",
        parametrage_modeles.parametrage_modele,
        name="parametrage_modele",
    ),
    path(
        "parametrage/<str:ou>/modeles/<slug:etape>/<slug:canal>/<slug:langue>/<slug:code>/html/",
        parametrage_modeles.parametrage_modele_html,
        name="parametrage_modele_html",
    ),
    path(
        "parametrage/<str:ou>/modeles/<slug:etape>/<slug:canal>/<slug:langue>/<slug:code>/lettre.pdf",
        parametrage_modeles.parametrage_modele_pdf,
        name="parametrage_modele_pdf",
    ),
    path(
        "parametrage/<str:ou>/signalements/",
        signalements.parametrage_signalements,
        name="parametrage_signalements",
    ),
    path("parametrage/<str:ou>/aiguillage/", parametrage_regles.parametrage_aiguillage, name="parametrage_aiguillage"),
    path(
        "parametrage/<str:ou>/aiguillage/ajouter/",
        parametrage_regles.parametrage_aiguillage_regle,
        name="parametrage_aiguillage_ajouter",
    ),
    path(
        "parametrage/<str:ou>/aiguillage/<int:pk>/",
        parametrage_regles.parametrage_aiguillage_regle,
        name="parametrage_aiguillage_regle",
    ),
    path(
        "parametrage/<str:ou>/aiguillage/<int:pk>/agir/",
        parametrage_regles.parametrage_aiguillage_agir,
        name="parametrage_aiguillage_agir",
    ),
    path("parametrage/<str:ou>/<slug:code>/", parametrage.parametrage_motif, name="parametrage_motif"),
    path("parametrage/<str:ou>/<slug:code>/essai/", parametrage.parametrage_essai, name="parametrage_essai"),
    path(
        "parametrage/<str:ou>/<slug:code>/pieces/<slug:piece>/", parametrage.parametrage_piece, name="parametrage_piece"
    ),
    path(
        "parametrage/<str:ou>/<slug:code>/questions/<slug:question>/",
        parametrage.parametrage_question,
        name="parametrage_question",
    ),
    path(
        "parametrage/<str:ou>/<slug:code>/eligibilite/",
        parametrage_regles.parametrage_eligibilite,
        name="parametrage_eligibilite_ajouter",
    ),
    path(
        "parametrage/<str:ou>/<slug:code>/eligibilite/<int:pk>/",
        parametrage_regles.parametrage_eligibilite,
        name="parametrage_eligibilite",
    ),
    path(
        "parametrage/<str:ou>/<slug:code>/eligibilite/<int:pk>/agir/",
        parametrage_regles.parametrage_eligibilite_agir,
        name="parametrage_eligibilite_agir",
    ),
    path("demo/boite/", demo.boite, name="demo_boite"),
    path("demo/boite.json", demo.boite_json, name="demo_boite_json"),
    path("demo/boite/<int:pk>/", demo.message, name="demo_message"),
    path("demo/boite/<int:pk>/pieces/<int:rang>/", demo.piece, name="demo_piece"),
    path("sante/", sante.sante, name="sante"),
    path("", accueil.accueil, name="accueil"),
    path("demarches/", accueil.demarches, name="demarches"),
    path("demarches/<slug:code>/", accueil.demarche, name="demarche"),
    path("demarches/<slug:code>/commencer/", accueil.demarche_commencer, name="demarche_commencer"),
    *[
        path(f"{ancien}/{reste}", anciennes.ancienne_adresse, name=f"ancienne_{ancien}{'_suite' if reste else ''}")
        for ancien in ("booking", "rdvpref")
        for reste in ("", "<path:reste>")
    ],
    path("langue/", langue.langue, name="langue"),
    path("suivi/", suivi.suivi, name="suivi"),
    path("suivi/code/", suivi.suivi_code, name="suivi_code"),
    path("suivi/quitter/", suivi.suivi_quitter, name="suivi_quitter"),
    path("suivi/mes-demandes/", suivi_demandes.suivi_demandes, name="suivi_demandes"),
    path("suivi/mes-demandes/<uuid:cle>/", suivi_demandes.suivi_ouvrir, name="suivi_ouvrir"),
    path("suivi/lien/<uuid:cle>/<str:jeton>/", suivi.suivi_lien, name="suivi_lien"),
    path("suivi/<slug:numero>/", suivi.suivi_dossier, name="suivi_dossier"),
    path("suivi/<slug:numero>/pieces/", suivi_actions.suivi_completer, name="suivi_completer"),
    path("suivi/<slug:numero>/message/", suivi_actions.suivi_ecrire, name="suivi_ecrire"),
    path("suivi/<slug:numero>/retirer/", suivi_actions.suivi_retirer, name="suivi_retirer"),
    path("suivi/<slug:numero>/acces-propre/", suivi_famille.suivi_acces_propre, name="suivi_acces_propre"),
    path("suivi/<slug:numero>/mandats/<int:pk>/retirer/", mandats.suivi_mandat_retirer, name="suivi_mandat_retirer"),
    path("accompagnement/", accompagnement.accompagnement, name="accompagnement"),
    path("accompagnement/nouvelle/", accompagnement.nouvelle, name="accompagnement_nouvelle"),
    path("accompagnement/inviter/", accompagnement.inviter, name="accompagnement_inviter"),
    path("accompagnement/mandats/<int:pk>/", accompagnement.mandat, name="accompagnement_mandat"),
    path("accompagnement/mandats/<int:pk>/renvoyer/", accompagnement.renvoyer, name="accompagnement_renvoyer"),
    path("accompagnement/mandats/<int:pk>/terminer/", accompagnement.terminer, name="accompagnement_terminer"),
    path("accompagnement/import/", importation.importer, name="accompagnement_import"),
    path("accompagnement/import/confirmer/", importation.confirmer, name="accompagnement_import_confirmer"),
    path("accompagnement/import/modele.csv", importation.modele, name="accompagnement_import_modele"),
    path("verifier/", verifier.verifier, name="verifier"),
    path("verifier/<str:code>/", verifier.acte_verifie, name="acte_verifie"),
    path("accessibilite/", mentions.accessibilite, name="accessibilite"),
    path("donnees-personnelles/", mentions.donnees_personnelles, name="donnees_personnelles"),
]
