from django.db import migrations, models

GENRES = [
    ("telephone", "Même téléphone"),
    ("courriel", "Même courriel"),
    ("connexion", "Même adresse de connexion"),
    ("cession", "Places rendues puis reprises"),
    ("ailleurs", "Places rendues, reprises ailleurs"),
    ("repetee", "Places rendues à répétition"),
]
HASARD = "Et seulement quand le hasard ne l’explique pas."
# Field, label, hint, least and greatest value.
SEUILS = [
    (
        "cedants",
        "personnes différentes dont la place, rendue depuis une même connexion, est reprise ailleurs par d’autres",
        HASARD,
        2,
        50,
    ),
    ("rendues", "places rendues par une même personne, puis reprises par d’autres", HASARD, 2, 50),
    ("cession_jours", "nombre de jours où l’on regarde ces places rendues", "", 1, 30),
]


class Migration(migrations.Migration):
    dependencies = [
        ("demandes", "0024_index_des_codes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="signalement",
            name="genre",
            field=models.CharField(choices=GENRES, max_length=10),
        ),
        *[
            migrations.AddField(
                model_name="reglesignalements",
                name=nom,
                field=models.PositiveSmallIntegerField(blank=True, help_text=aide, null=True, verbose_name=libelle),
            )
            for nom, libelle, aide, _, _ in SEUILS
        ],
        *[
            migrations.AddConstraint(
                model_name="reglesignalements",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (f"{nom}__isnull", True),
                        models.Q((f"{nom}__gte", least), (f"{nom}__lte", greatest)),
                        _connector="OR",
                    ),
                    name=f"regle_signalements_{nom}",
                    violation_error_code=nom,
                    violation_error_message=f"Une valeur de {least} à {greatest}.",
                ),
            )
            for nom, _, _, least, greatest in SEUILS
        ],
    ]
