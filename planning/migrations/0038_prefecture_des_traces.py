import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("demandes", "0019_cle_agenda"),
        ("planning", "0037_index_des_venues"),
    ]

    operations = [
        migrations.AddField(
            model_name="traceconnexion",
            name="prefecture",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="traces",
                to="demandes.prefecture",
                verbose_name="préfecture",
            ),
        ),
    ]
