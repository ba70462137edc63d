from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("planning", "0022_sans_date_d_attente"),
    ]

    operations = [
        # In the order of the bookings, which go on meanwhile: no deadlock with them.
        migrations.RunSQL(
            "LOCK TABLE planning_rendezvous, planning_prolongement, planning_creneau IN ACCESS EXCLUSIVE MODE",
            migrations.RunSQL.noop,
        ),
        migrations.AddField(
            model_name='creneau',
            name='gardees_accompagne',
            field=models.SmallIntegerField(db_default=0, default=0, verbose_name='gardées, personnes accompagnées'),
        ),
        migrations.AddField(
            model_name='creneau',
            name='gardees_accompagne_prises',
            field=models.SmallIntegerField(db_default=0, default=0, verbose_name='dont prises'),
        ),
        migrations.AddField(
            model_name='creneau',
            name='gardees_titre',
            field=models.SmallIntegerField(db_default=0, default=0, verbose_name='gardées, titre bientôt expiré'),
        ),
        migrations.AddField(
            model_name='creneau',
            name='gardees_titre_prises',
            field=models.SmallIntegerField(db_default=0, default=0, verbose_name='dont prises'),
        ),
        migrations.AddField(
            model_name='creneau',
            name='gardees_vulnerable',
            field=models.SmallIntegerField(db_default=0, default=0, verbose_name='gardées, personnes vulnérables'),
        ),
        migrations.AddField(
            model_name='creneau',
            name='gardees_vulnerable_prises',
            field=models.SmallIntegerField(db_default=0, default=0, verbose_name='dont prises'),
        ),
        migrations.AddField(
            model_name='reglecreneaux',
            name='accompagne_pourcent',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Par une association ou une France Services.', null=True, verbose_name='part des places gardée pour les personnes accompagnées, en %'),
        ),
        migrations.AddField(
            model_name='reglecreneaux',
            name='titre_pourcent',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Chaque part est gardée à part : une place gardée pour les uns n’est pas prise par les autres.', null=True, verbose_name='part des places gardée pour les titres bientôt expirés, en %'),
        ),
        migrations.AddField(
            model_name='reglecreneaux',
            name='vulnerable_pourcent',
            field=models.PositiveSmallIntegerField(blank=True, help_text='À qui un agent les donne en convoquant.', null=True, verbose_name='part des places gardée pour les personnes vulnérables, en %'),
        ),
        migrations.AddField(
            model_name='rendezvous',
            name='quota',
            field=models.CharField(blank=True, choices=[('titre', 'titre'), ('vulnerable', 'vulnerable'), ('accompagne', 'accompagne')], db_default='', default='', max_length=10, verbose_name='compte dans les places gardées'),
        ),
        migrations.AddField(
            model_name='prolongement',
            name='quota',
            field=models.CharField(blank=True, choices=[('titre', 'titre'), ('vulnerable', 'vulnerable'), ('accompagne', 'accompagne')], db_default='', default='', max_length=10, verbose_name='compte dans les places gardées'),
        ),
        migrations.AlterField(
            model_name='reglecreneaux',
            name='urgence_jours',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='un titre expire bientôt quand c’est dans ce nombre de jours'),
        ),
        migrations.AddConstraint(
            model_name='reglecreneaux',
            constraint=models.CheckConstraint(condition=models.Q(('titre_pourcent__isnull', True), models.Q(('titre_pourcent__gte', 0), ('titre_pourcent__lte', 80)), _connector='OR'), name='regle_creneaux_titre_pourcent', violation_error_code='titre_pourcent', violation_error_message='Une valeur de 0 à 80.'),
        ),
        migrations.AddConstraint(
            model_name='reglecreneaux',
            constraint=models.CheckConstraint(condition=models.Q(('vulnerable_pourcent__isnull', True), models.Q(('vulnerable_pourcent__gte', 0), ('vulnerable_pourcent__lte', 80)), _connector='OR'), name='regle_creneaux_vulnerable_pourcent', violation_error_code='vulnerable_pourcent', violation_error_message='Une valeur de 0 à 80.'),
        ),
        migrations.AddConstraint(
            model_name='reglecreneaux',
            constraint=models.CheckConstraint(condition=models.Q(('accompagne_pourcent__isnull', True), models.Q(('accompagne_pourcent__gte', 0), ('accompagne_pourcent__lte', 80)), _connector='OR'), name='regle_creneaux_accompagne_pourcent', violation_error_code='accompagne_pourcent', violation_error_message='Une valeur de 0 à 80.'),
        ),
    ]
