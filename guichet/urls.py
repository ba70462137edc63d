"""Addresses of guichet."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from guichet.views import (
    accueil,
    affichage,
    borne,
    guichet,
    mouvements,
    papier,
    rattachement,
    regles,
    suite,
    ticket,
    titres,
    titres_import,
)

app_name = "guichet"

urlpatterns: list[URLPattern | URLResolver] = [
    path("guichet/", guichet.guichet, name="guichet"),
    path("guichet/poste/", guichet.poste, name="poste"),
    path("guichet/file/", guichet.file, name="file"),
    path("guichet/appeler/", guichet.appeler, name="appeler"),
    *(
        path(f"guichet/passages/<int:pk>/{action}/", guichet.agir, {"action": action}, name=action)
        for action in guichet.PASSAGES
    ),
    path("guichet/passages/<int:pk>/transferer/", mouvements.transferer, name="transferer"),
    path("guichet/passages/<int:pk>/reprendre/", mouvements.reprendre, name="reprendre"),
    path("guichet/passages/<int:pk>/prendre-la-suite/", mouvements.prendre_la_suite, name="prendre_la_suite"),
    path("guichet/passages/<int:pk>/rattacher/", rattachement.rattacher, name="rattacher_demande"),
    path("guichet/passages/<int:pk>/ouvrir/", rattachement.ouvrir, name="ouvrir_demande"),
    path("guichet/passages/<int:pk>/scan/", suite.scan, name="scan"),
    path("guichet/passages/<int:pk>/rendez-vous/", suite.donner, name="donner_rendez_vous"),
    path("guichet/passages/<int:pk>/rendez-vous/<slug:numero>/", suite.imprimer, name="imprimer_rendez_vous"),
    path("guichet/passages/<int:pk>/empreintes/", mouvements.empreintes, name="empreintes"),
    path("guichet/pause/", mouvements.pause, name="pause"),
    path("guichet/pause/fin/", mouvements.fin_de_pause, name="fin_de_pause"),
    path("guichet/passages/<int:pk>/finir/", guichet.finir, name="finir"),
    path("guichet/passages/<int:pk>/pieces/", guichet.pieces, name="pieces"),
    path("guichet/passages/<int:pk>/demande/<slug:action>/", guichet.decider, name="decider"),
    path("guichet/passages/<int:pk>/remettre/", guichet.remettre, name="remettre"),
    *(
        path(f"guichet/passages/<int:pk>/{action.replace('_', '-')}/", accueil.agir, {"action": action}, name=action)
        for action in accueil.PASSAGES
    ),
    path("guichet/passages/<int:pk>/ticket/", ticket.ticket, name="ticket"),
    path("borne/<slug:code>/", borne.accueil, name="borne"),
    path("borne/<slug:code>/rendez-vous/", borne.rendez_vous, name="borne_rendez_vous"),
    path("borne/<slug:code>/sans-rdv/", borne.sans_rdv, name="borne_sans_rdv"),
    path("borne/<slug:code>/tickets/<int:pk>/", borne.ticket, name="borne_ticket"),
    path("borne/<slug:code>/installer/", borne.installer, name="borne_installer"),
    path("borne/<slug:code>/<int:pk>/retirer/", borne.retirer, name="borne_retirer"),
    path("ticket/<str:jeton>/", borne.ticket_telephone, name="ticket_telephone"),
    path("guichet/accueil/", accueil.accueil, name="accueil"),
    path("guichet/accueil/liste/", papier.liste, name="liste_papier"),
    path("guichet/accueil/rattrapage/", papier.rattraper, name="rattraper"),
    path("guichet/accueil/rattrapage/sans-rdv/", papier.sans_rdv, name="papier_sans_rdv"),
    path("guichet/accueil/site/", accueil.choisir_site, name="choisir_site"),
    path("guichet/accueil/jour/", accueil.jour, name="jour"),
    path("guichet/accueil/rendez-vous/<int:pk>/arrivee/", accueil.arrivee, name="arrivee"),
    path("guichet/accueil/sans-rdv/", accueil.sans_rdv, name="sans_rdv"),
    path("guichet/accueil/rattacher/", accueil.rattacher, name="rattacher"),
    path("guichet/regles/<slug:code>/", regles.regles, name="regles_appel"),
    path("guichet/titres/", titres.titres, name="titres"),
    path("guichet/titres/nouveau/", titres.nouveau, name="titres_nouveau"),
    path("guichet/titres/import/", titres_import.importer, name="titres_import"),
    path("guichet/titres/import/confirmer/", titres_import.confirmer, name="titres_import_confirmer"),
    path("guichet/titres/import/modele.csv", titres_import.modele, name="titres_import_modele"),
    path("guichet/titres/export.csv", titres.exporter, name="titres_export"),
    path("guichet/titres/convoquer/", titres.convoquer, name="titres_convoquer"),
    path("guichet/titres/renvoyer/", titres.renvoyer, name="titres_renvoyer"),
    path("guichet/titres/<int:pk>/rattacher/", titres.rattacher, name="titre_rattacher"),
    path("guichet/titres/<int:pk>/detacher/", titres.detacher, name="titre_detacher"),
    path("affichage/<slug:site>/", affichage.affichage, name="affichage"),
    path("affichage/<slug:site>/appels/", affichage.appels, name="affichage_appels"),
]
