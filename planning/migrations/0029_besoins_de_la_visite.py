import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('demandes', '0014_acces_des_sites'),
        ('planning', '0028_reprise'),
    ]

    operations = [
        migrations.CreateModel(
            name='BesoinVisite',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('codes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=12), blank=True, default=list, size=None)),
                ('langue', models.CharField(blank=True, max_length=2, verbose_name='langue de l’interprète')),
                ('convocation', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='besoin_visite', to='demandes.convocation')),
            ],
            options={
                'verbose_name': 'besoin pour une visite',
                'verbose_name_plural': 'besoins pour une visite',
                'ordering': ['convocation'],
                'constraints': [models.CheckConstraint(condition=models.Q(('codes__contained_by', ['sans_marche', 'boucle', 'signes', 'lecture', 'accompagne']), ('langue__in', ['', 'ar', 'bm', 'bn', 'en', 'es', 'fa', 'ff', 'hy', 'ka', 'pt', 'ps', 'ro', 'ru', 'so', 'sq', 'ta', 'ti', 'tr', 'uk', 'ur', 'vi', 'wo', 'zh']), models.Q(('codes__len__gt', 0), models.Q(('langue', ''), _negated=True), _connector='OR')), name='besoin_visite_codes', violation_error_code='codes', violation_error_message='Des besoins de la liste, un au moins.')],
            },
        ),
    ]
