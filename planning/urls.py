"""Addresses of planning."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from planning.views import (
    absences,
    attente,
    casper,
    conflits,
    demandes_agents,
    demandes_ouverture,
    dossiers,
    fiches,
    lien,
    medecin,
    medecins,
    mes_demandes,
    mon_planning,
    ouvertures,
    regles,
    semaine,
    surreservation,
)

app_name = "planning"

urlpatterns: list[URLPattern | URLResolver] = [
    path("rdv/<str:jeton>/", lien.lien, name="lien"),
    path("rdv/<str:jeton>/reserver/", lien.reserver, name="reserver"),
    path("rdv/<str:jeton>/deplacer/", lien.deplacer, name="deplacer"),
    path("rdv/<str:jeton>/annuler/", lien.annuler, name="annuler"),
    path("rdv/<str:jeton>/attente/", attente.attente, name="attente"),
    path("rdv/<str:jeton>/offre/", attente.offre, name="offre"),
    path("rdv/<str:jeton>/attestation/", lien.attestation, name="attestation"),
    path("rdv/<str:jeton>/rendez-vous.ics", lien.calendrier, name="calendrier"),
    path("planning/", ouvertures.ouvertures, name="ouvertures"),
    path("planning/plages/ajouter/", ouvertures.plage_ajouter, name="plage_ajouter"),
    path("planning/plages/<int:pk>/", ouvertures.plage_modifier, name="plage_modifier"),
    path("planning/plages/<int:pk>/supprimer/", ouvertures.plage_supprimer, name="plage_supprimer"),
    path("planning/horaires/ajouter/", ouvertures.horaire_ajouter, name="horaire_ajouter"),
    path("planning/horaires/<int:pk>/supprimer/", ouvertures.horaire_supprimer, name="horaire_supprimer"),
    path("planning/fermetures/ajouter/", ouvertures.fermeture_ajouter, name="fermeture_ajouter"),
    path("planning/fermetures/<int:pk>/supprimer/", ouvertures.fermeture_supprimer, name="fermeture_supprimer"),
    path("planning/regles/", regles.regles, name="regles"),
    path("planning/files/<int:pk>/rythme/", regles.rythme, name="rythme"),
    path("planning/conflits/", conflits.conflits, name="conflits"),
    path("planning/conflits/<int:pk>/", conflits.conflit, name="conflit"),
    path("planning/conflits/<int:pk>/resoudre/", conflits.conflit_resoudre, name="conflit_resoudre"),
    path("planning/dossiers/", dossiers.dossiers, name="dossiers"),
    path("planning/dossiers/proposer/", dossiers.dossiers_proposer, name="dossiers_proposer"),
    path("planning/dossiers/<int:pk>/", dossiers.dossiers_liste, name="dossiers_liste"),
    path("planning/dossiers/<int:pk>/etat/", dossiers.dossiers_etat, name="dossiers_etat"),
    *[
        path(f"planning/dossiers/<int:pk>/{geste}/", dossiers.dossiers_agir, {"geste": geste}, name=f"dossiers_{geste}")
        for geste in dossiers.GESTES
    ],
    path("planning/ouvertures/<int:pk>/", demandes_ouverture.ouverture_repondre, name="ouverture_repondre"),
    path("planning/publier/", ouvertures.publier_creneaux, name="publier"),
    path("planning/files/<int:pk>/creneaux/", ouvertures.creneaux, name="creneaux"),
    path("planning/surreservation/", surreservation.surreservation, name="surreservation"),
    path(
        "planning/surreservation/appliquer/", surreservation.surreservation_appliquer, name="surreservation_appliquer"
    ),
    path(
        "planning/surreservation/apprendre/", surreservation.surreservation_apprendre, name="surreservation_apprendre"
    ),
    path("planning/surreservation/retirer/", surreservation.surreservation_retirer, name="surreservation_retirer"),
    path(
        "planning/surreservation/regles/<slug:site>/",
        surreservation.surreservation_regles,
        name="surreservation_regles",
    ),
    path("planning/presences/", surreservation.presences, name="presences"),
    path("planning/semaine/", semaine.semaine, name="semaine"),
    path("planning/absences/", absences.absences, name="absences"),
    path("planning/absences/ajouter/", absences.absence_ajouter, name="absence_ajouter"),
    path("planning/absences/<int:pk>/supprimer/", absences.absence_supprimer, name="absence_supprimer"),
    path("planning/agents/", fiches.fiches, name="fiches"),
    path("planning/agents/<int:pk>/", fiches.fiche, name="fiche"),
    path("planning/agents/<int:pk>/habilitations/ajouter/", fiches.habilitation_ajouter, name="habilitation_ajouter"),
    path("planning/habilitations/<int:pk>/", fiches.habilitation_modifier, name="habilitation_modifier"),
    path("planning/habilitations/<int:pk>/retirer/", fiches.habilitation_retirer, name="habilitation_retirer"),
    path("planning/agents/<int:pk>/regimes/ajouter/", fiches.regime_ajouter, name="regime_ajouter"),
    path("planning/regimes/<int:pk>/", fiches.regime_modifier, name="regime_modifier"),
    path("planning/regimes/<int:pk>/retirer/", fiches.regime_retirer, name="regime_retirer"),
    path("planning/semaine/regles/", fiches.regles_semaine, name="regles_semaine"),
    path("planning/casper/", casper.casper, name="casper"),
    path("planning/casper/confirmer/", casper.casper_confirmer, name="casper_confirmer"),
    path("planning/casper/correspondances/", casper.casper_correspondances, name="casper_correspondances"),
    path("planning/casper/colonnes/", casper.casper_colonnes, name="casper_colonnes"),
    path("planning/casper/codes/ajouter/", casper.casper_code_ajouter, name="casper_code_ajouter"),
    path("planning/casper/agents/ajouter/", casper.casper_agent_ajouter, name="casper_agent_ajouter"),
    *[
        path(
            f"planning/casper/{sorte}/<int:pk>/supprimer/",
            casper.casper_oublier,
            {"sorte": sorte},
            name=f"casper_oublier_{sorte}",
        )
        for sorte in ("codes", "agents")
    ],
    path("agent/planning/", mon_planning.mon_planning, name="mon_planning"),
    path("agent/planning/flux/", mon_planning.flux_ouvrir, name="flux_ouvrir"),
    path("agent/planning/conges/demander/", mes_demandes.conge_demander, name="conge_demander"),
    path("agent/planning/conges/<int:pk>/retirer/", mes_demandes.conge_retirer, name="conge_retirer"),
    path("agent/planning/postes/<int:pk>/echanger/", mes_demandes.echange_proposer, name="echange_proposer"),
    path("agent/planning/echanges/<int:pk>/accepter/", mes_demandes.echange_accepter, name="echange_accepter"),
    path("agent/planning/echanges/<int:pk>/decliner/", mes_demandes.echange_decliner, name="echange_decliner"),
    path("planning/demandes/", demandes_agents.demandes_agents, name="demandes_agents"),
    path("planning/demandes/conges/<int:pk>/", demandes_agents.conge_repondre, name="conge_repondre"),
    path("planning/demandes/echanges/<int:pk>/", demandes_agents.echange_repondre, name="echange_repondre"),
    path("planning/flux/<str:jeton>.ics", mon_planning.flux, name="flux"),
    path("planning/plans/ajouter/", semaine.plan_creer, name="plan_creer"),
    path("planning/plans/<int:pk>/etat/", semaine.plan_etat, name="plan_etat"),
    path("planning/plans/<int:pk>/supprimer/", semaine.plan_supprimer, name="plan_supprimer"),
    path("planning/plans/<int:pk>/reparer/", semaine.plan_reparer, name="plan_reparer"),
    path("planning/plans/<int:pk>/echanger/", semaine.plan_echanger, name="plan_echanger"),
    path("planning/plans/<int:pk>/<int:agent>-<int:demi_journee>/", semaine.plan_case, name="plan_case"),
    *[
        path(f"planning/plans/<int:pk>/{geste}/", semaine.plan_agir, {"geste": geste}, name=f"plan_{geste}")
        for geste in semaine.GESTES
    ],
    path("planning/medecins/", medecins.medecins, name="medecins"),
    path("planning/medecins/ajouter/", medecins.medecin_ajouter, name="medecin_ajouter"),
    path("planning/medecins/<int:pk>/agrement/", medecins.medecin_renouveler, name="medecin_renouveler"),
    *[
        path(f"planning/medecins/<int:pk>/{geste}/", medecins.medecin_agir, {"geste": geste}, name=f"medecin_{geste}")
        for geste in medecins.FAITS
    ],
    path("planning/medecins/<int:pk>/courriel/", medecins.medecin_courriel, name="medecin_courriel"),
    path("planning/agrements/<int:pk>/retirer/", medecins.agrement_retirer, name="agrement_retirer"),
    path("agent/demandes/<str:numero>/avis/", medecins.avis_papier, name="avis_papier"),
    path("planning/lieux-d-examen/ajouter/", medecins.agenda_ajouter, name="agenda_ajouter"),
    path("agent/demandes/<str:numero>/avis/ecarter/", medecins.avis_ecarter, name="avis_ecarter"),
    path("planning/lieux-d-examen/<int:pk>/medecins/", medecins.agenda_medecins, name="agenda_medecins"),
    path("planning/lieux-d-examen/<int:pk>/fermer/", medecins.agenda_fermer, name="agenda_fermer"),
    path("medecin/<str:jeton>/", medecin.medecin, name="medecin"),
    path("medecin/<str:jeton>/quitter/", medecin.medecin_quitter, name="medecin_quitter"),
    path("medecin/<str:jeton>/examens/<int:pk>/", medecin.medecin_examen, name="medecin_examen"),
    path("medecin/<str:jeton>/examens/<int:pk>/absent/", medecin.medecin_absent, name="medecin_absent"),
    path("medecin/<str:jeton>/examens/<int:pk>/deport/", medecin.medecin_deport, name="medecin_deport"),
    path("medecin/<str:jeton>/avis/<int:pk>/signer/", medecin.medecin_contresigner, name="medecin_contresigner"),
    path("medecin/<str:jeton>/avis/<int:pk>/", medecin.medecin_avis, name="medecin_avis"),
    path("medecin/<str:jeton>/plages/ajouter/", medecin.medecin_plage, name="medecin_plage"),
    path(
        "medecin/<str:jeton>/plages/<int:pk>/supprimer/",
        medecin.medecin_plage_supprimer,
        name="medecin_plage_supprimer",
    ),
    path("medecin/<str:jeton>/absences/ajouter/", medecin.medecin_fermeture, name="medecin_fermeture"),
    path(
        "medecin/<str:jeton>/absences/<int:pk>/supprimer/",
        medecin.medecin_fermeture_supprimer,
        name="medecin_fermeture_supprimer",
    ),
]
