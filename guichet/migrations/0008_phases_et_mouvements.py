"""Phases of a visit, pauses, fingerprints; visits put aside, sent on, or undone. The version before goes on serving."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import F, Q

ETATS = [
    ("arrive", "Arrivé"),
    ("appele", "Appelé"),
    ("recu", "Reçu"),
    ("suspendu", "Mis de côté"),
    ("termine", "Terminé"),
    ("absent", "Absent à l’appel"),
    ("parti", "Parti sans être reçu"),
    ("annule", "Arrivée annulée"),
]
RAISONS = [
    ("repos", "Pause"),
    ("reunion", "Réunion"),
    ("renfort", "Aide à un collègue"),
    ("dossiers", "Travail sur dossiers"),
    ("panne", "Panne du poste"),
    ("autre", "Autre raison"),
]
CLE = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")
PROTECT, CASCADE = django.db.models.deletion.PROTECT, django.db.models.deletion.CASCADE

CONTRAINTES_DU_PASSAGE = [
    models.CheckConstraint(
        condition=Q(etat__in=["arrive", "parti", "absent", "annule"])
        | (Q(agent__isnull=False) & Q(guichet__isnull=False) & Q(appele_le__isnull=False)),
        name="passage_appele_par",
        violation_error_code="agent",
        violation_error_message="Un passage appelé a son agent et son guichet.",
    ),
    models.CheckConstraint(
        condition=(~Q(etat__in=["recu", "suspendu", "termine"]) | Q(recu_le__isnull=False))
        & (~Q(etat="termine") | Q(termine_le__isnull=False)),
        name="passage_heures",
        violation_error_code="heures",
        violation_error_message="Un passage reçu ou terminé porte ses heures.",
    ),
    models.CheckConstraint(
        condition=Q(guichet_voulu__isnull=True) | Q(transfere_le__isnull=False),
        name="passage_transfere",
        violation_error_code="transfere_le",
        violation_error_message="Un guichet voulu a l’heure de son choix.",
    ),
]


def _au_plus(champ: str) -> Q:
    return Q(**{f"{champ}__isnull": True}) | Q(**{f"{champ}__lte": 240})


CONTRAINTES_DE_LA_REGLE = [
    models.CheckConstraint(
        condition=_au_plus("avance_rdv")
        & _au_plus("tolerance_retard")
        & _au_plus("avance_priorite")
        & _au_plus("garde_guichet"),
        name="regle_appel_bornee",
        violation_error_code="minutes",
        violation_error_message="Chaque durée est de quatre heures (240 minutes) au plus.",
    ),
    models.CheckConstraint(
        condition=Q(appels_avant_absence__isnull=True)
        | (Q(appels_avant_absence__gte=1) & Q(appels_avant_absence__lte=5)),
        name="regle_appel_appels",
        violation_error_code="appels_avant_absence",
        violation_error_message="De 1 à 5 appels.",
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("demandes", "0002_personne_au_depot"),
        ("guichet", "0001_squashed_0007_venue"),
        ("planning", "0001_squashed_0009_un_rendez_vous_par_famille"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "passage",
            "guichet_voulu",
            models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=PROTECT,
                related_name="attendus",
                to="planning.guichet",
            ),
        ),
        migrations.AddField("passage", "note", models.CharField(blank=True, db_default="", max_length=300)),
        migrations.AddField(
            "passage", "transfere_le", models.DateTimeField(blank=True, null=True, verbose_name="transféré le")
        ),
        migrations.AlterField(
            "passage",
            "etat",
            models.CharField(choices=ETATS, default="arrive", max_length=8, verbose_name="état"),
        ),
        migrations.AddField(
            "regleappel",
            "appels_avant_absence",
            models.PositiveSmallIntegerField(
                blank=True,
                help_text="Une personne appelée moins de fois ne peut être notée absente ni remise en attente.",
                null=True,
                verbose_name="appels avant de noter une absence",
            ),
        ),
        migrations.AddField(
            "regleappel",
            "garde_guichet",
            models.PositiveSmallIntegerField(
                blank=True,
                help_text="Après un envoi vers un guichet, les autres peuvent appeler la personne passé ce temps.",
                null=True,
                verbose_name="garde pour le guichet voulu, en minutes",
            ),
        ),
        *[migrations.RemoveConstraint("passage", c.name) for c in CONTRAINTES_DU_PASSAGE[:2]],
        *[AddConstraintNotValid("passage", c) for c in CONTRAINTES_DU_PASSAGE],
        migrations.RemoveConstraint("regleappel", "regle_appel_bornee"),
        *[migrations.AddConstraint("regleappel", c) for c in CONTRAINTES_DE_LA_REGLE],
        migrations.CreateModel(
            name="Pause",
            fields=[
                ("id", CLE.clone()),
                ("raison", models.CharField(choices=RAISONS, max_length=8)),
                ("debut", models.DateTimeField(verbose_name="début")),
                ("fin", models.DateTimeField(blank=True, null=True)),
                (
                    "agent",
                    models.ForeignKey(
                        db_index=False, on_delete=PROTECT, related_name="pauses", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "guichet",
                    models.ForeignKey(on_delete=PROTECT, related_name="pauses", to="planning.guichet"),
                ),
            ],
            options={
                "verbose_name": "pause",
                "ordering": ["agent", "pk"],
                "indexes": [models.Index(fields=["agent", "debut"], name="pause_agent")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(fin__isnull=True),
                        fields=("agent",),
                        name="pause_ouverte_unique",
                        violation_error_code="en_pause",
                        violation_error_message="Vous êtes déjà en pause.",
                    ),
                    models.CheckConstraint(
                        condition=Q(fin__isnull=True) | Q(fin__gte=F("debut")),
                        name="pause_fin_apres_debut",
                        violation_error_code="fin",
                        violation_error_message="Une pause finit après son début.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Phase",
            fields=[
                ("id", CLE.clone()),
                ("etat", models.CharField(choices=ETATS, max_length=8, verbose_name="état")),
                ("debut", models.DateTimeField(verbose_name="début")),
                ("fin", models.DateTimeField(null=True)),
                (
                    "agent",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        db_index=False, on_delete=PROTECT, related_name="+", to="planning.fileguichet"
                    ),
                ),
                (
                    "guichet",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=PROTECT, related_name="+", to="planning.guichet"
                    ),
                ),
                (
                    "passage",
                    models.ForeignKey(
                        db_index=False, on_delete=CASCADE, related_name="phases", to="guichet.passage"
                    ),
                ),
            ],
            options={
                "verbose_name": "phase d’un passage",
                "verbose_name_plural": "phases des passages",
                "ordering": ["passage", "pk"],
                "indexes": [models.Index(fields=["passage", "debut"], name="phase_passage")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(fin__isnull=True), fields=("passage",), name="phase_ouverte_unique"
                    ),
                    models.CheckConstraint(
                        condition=Q(fin__isnull=True) | Q(fin__gte=F("debut")),
                        name="phase_fin_apres_debut",
                        violation_error_code="fin",
                        violation_error_message="Une phase finit après son début.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PriseEmpreintes",
            fields=[
                ("id", CLE.clone()),
                ("prises_le", models.DateTimeField(verbose_name="prises le")),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=PROTECT, related_name="prises_empreintes", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "demande",
                    models.OneToOneField(
                        on_delete=PROTECT, related_name="prise_empreintes", to="demandes.demande"
                    ),
                ),
                (
                    "passage",
                    models.ForeignKey(
                        on_delete=PROTECT, related_name="prises_empreintes", to="guichet.passage"
                    ),
                ),
            ],
            options={
                "verbose_name": "prise d’empreintes",
                "verbose_name_plural": "prises d’empreintes",
                "ordering": ["-pk"],
            },
        ),
    ]
