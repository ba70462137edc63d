from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("planning", "0035_ouvertures_jointes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="reglecreneaux",
            name="remise_minutes",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text=(
                    "Tiré au sort, contre les robots, à partir du moment où la personne ne peut plus reprendre sa place "
                    "(dix minutes au plus) : d’une minute à ce nombre, trois au moins si quelqu’un attend. 0 : le moins "
                    "possible."
                ),
                null=True,
                verbose_name="délai le plus long avant de reproposer une place libérée, en minutes",
            ),
        ),
    ]
