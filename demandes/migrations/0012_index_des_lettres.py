from django.contrib.postgres.operations import RemoveIndexConcurrently, ValidateConstraint
from django.db import migrations, models

from planipref.commun.operations import AddIndexConcurrentlyAgain


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('demandes', '0011_lettres'),
    ]

    operations = [
        AddIndexConcurrentlyAgain(
            model_name='notification',
            index=models.Index(condition=models.Q(('canal__in', ['courriel', 'sms']), ('etat__in', ['a_envoyer', 'en_envoi'])), fields=['prochain_essai_le', 'id'], name='notification_a_partir'),
        ),
        AddIndexConcurrentlyAgain(
            model_name='notification',
            index=models.Index(condition=models.Q(('canal', 'courrier'), ('etat', 'a_envoyer')), fields=['id'], name='notification_a_imprimer'),
        ),
        AddIndexConcurrentlyAgain(
            model_name='notification',
            index=models.Index(condition=models.Q(('lot__isnull', False)), fields=['lot', 'id'], name='notification_lot'),
        ),
        AddIndexConcurrentlyAgain(
            model_name='notification',
            index=models.Index(condition=models.Q(('etat', 'echec'), ('refusee_le__isnull', False), _connector='OR'), fields=['id'], name='notification_non_remise'),
        ),
        RemoveIndexConcurrently(
            model_name='notification',
            name='notification_a_envoyer',
        ),
        ValidateConstraint('notification', 'notification_lot_de_lettres'),
    ]
