from django.conf import settings
from django.db import migrations, models

COLLISIONS = [
    ("sans_creneau", "Aucun créneau à cette heure"),
    ("complet", "Créneau complet"),
    ("pas_ouvert", "Créneau pas encore ouvert à la réservation"),
    ("ferme", "Jour fermé"),
    ("passe", "Rendez-vous passé"),
    ("doublon", "Même personne, même démarche, sur une autre ligne"),
    ("deja_rdv", "Cette personne a déjà un rendez-vous ici"),
    ("identite", "Identité incomplète, ou autre que celle de la demande"),
    ("demarche", "La demande de ce numéro est d’une autre démarche"),
    ("plusieurs", "Plusieurs demandes possibles"),
    ("etat", "La demande ne se convoque pas en ce moment"),
    ("droit", "Hors de vos droits"),
    ("deplacee", "Déplacée dans l’ancien module"),
    ("disparue", "Absente du dernier fichier, ou annulée"),
    ("erreur", "Erreur inattendue"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("planning", "0034_venue_a_confirmer"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="demandeouverture",
            name="jointe_par",
            field=models.ManyToManyField(
                blank=True,
                related_name="ouvertures_jointes",
                to=settings.AUTH_USER_MODEL,
                verbose_name="demandée aussi par",
            ),
        ),
        migrations.AlterField(
            model_name="lignereprise",
            name="collision",
            field=models.CharField(blank=True, choices=COLLISIONS, max_length=12),
        ),
    ]
