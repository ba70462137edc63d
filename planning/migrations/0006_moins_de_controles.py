"""Two CHECKs that say it all, instead of one more per positive column: each is paid at every booking."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("planning", "0005_un_index_par_convocation"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='creneau',
            name='creneau_minutes',
        ),
        migrations.RemoveConstraint(
            model_name='rendezvous',
            name='rendez_vous_places',
        ),
        migrations.AlterField(
            model_name='creneau',
            name='minutes',
            field=models.SmallIntegerField(verbose_name='durée en minutes'),
        ),
        migrations.AlterField(
            model_name='creneau',
            name='places',
            field=models.SmallIntegerField(),
        ),
        migrations.AlterField(
            model_name='creneau',
            name='prises',
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name='creneau',
            name='reserve',
            field=models.SmallIntegerField(db_default=0, default=0, verbose_name='réserve sans rendez-vous'),
        ),
        migrations.AlterField(
            model_name='rendezvous',
            name='places',
            field=models.SmallIntegerField(db_default=1, default=1),
        ),
        migrations.AlterField(
            model_name='rendezvous',
            name='sequence',
            field=models.SmallIntegerField(db_default=0, default=0, verbose_name='version de l’invitation (ICS)'),
        ),
        migrations.AddConstraint(
            model_name='creneau',
            constraint=models.CheckConstraint(condition=models.Q(('minutes__gte', 5), ('minutes__lte', 120), ('reserve__gte', 0)), name='creneau_minutes', violation_error_code='minutes', violation_error_message='Un créneau dure de 5 à 120 minutes ; sa réserve n’est pas négative.'),
        ),
        migrations.AddConstraint(
            model_name='rendezvous',
            constraint=models.CheckConstraint(condition=models.Q(('places', 1), ('sequence__gte', 0)), name='rendez_vous_places', violation_error_code='places', violation_error_message='Un rendez-vous prend une place ; ses prolongements prennent les suivantes.'),
        ),
    ]
