from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('demandes', '0013_modele_message'),
    ]

    operations = [
        migrations.AddField(
            model_name='site',
            name='latitude',
            field=models.DecimalField(blank=True, decimal_places=6, max_digits=8, null=True),
        ),
        migrations.AddField(
            model_name='site',
            name='longitude',
            field=models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True),
        ),
        migrations.AddField(
            model_name='site',
            name='sans_marche',
            field=models.BooleanField(blank=True, help_text='Vide : on ne sait pas, la page n’en dit rien.', null=True, verbose_name='accès sans marche'),
        ),
        migrations.AddConstraint(
            model_name='site',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('latitude__isnull', True), ('longitude__isnull', True)), models.Q(('latitude__isnull', False), ('latitude__range', (-90, 90)), ('longitude__isnull', False), ('longitude__range', (-180, 180))), _connector='OR'), name='site_sur_terre', violation_error_code='latitude', violation_error_message='Une latitude de -90 à 90 et une longitude de -180 à 180, ou aucune des deux.'),
        ),
    ]
