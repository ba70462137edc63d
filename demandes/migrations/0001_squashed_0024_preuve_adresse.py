"""Every table of demandes as it was on 26 November 2026: before, no préfecture used the software."""

import demandes.cycle
import demandes.models.decision
import demandes.models.journal
import demandes.models.organisation
import demandes.models.piece
import django.contrib.auth.validators
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.functions
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
import planipref.commun.declencheurs
import uuid
from django.conf import settings
from django.db import migrations, models


# The canonical text of an event, that its hash covers. Changing it breaks every chain: add a version instead.
CANONIQUE = """
CREATE FUNCTION evenement_canonique(e demandes_evenement, rang bigint) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT concat_ws('|', 'v1', rang, e.prefecture_id, COALESCE(e.demande_id::text, '-'), e.nature, e.de, e.vers,
    e.acteur_genre, e.acteur_id,
    to_char(e.le AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), e.charge::text)
$$
"""


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('demandes', '0001_initial'),
        ('demandes', '0002_journal_canonique'),
        ('demandes', '0003_evenement_transitions'),
        ('demandes', '0004_langue_choisie'),
        ('demandes', '0005_index_de_liste'),
        ('demandes', '0006_declencheurs_infaillibles'),
        ('demandes', '0007_moins_d_index'),
        ('demandes', '0008_gardes'),
        ('demandes', '0009_pieces_de_plusieurs_pages'),
        ('demandes', '0010_pieces_jointes'),
        ('demandes', '0011_accompagnement'),
        ('demandes', '0012_mandat_index'),
        ('demandes', '0013_franceconnect_et_doublons'),
        ('demandes', '0014_cles_d_identite'),
        ('demandes', '0015_index_des_doublons'),
        ('demandes', '0016_mandats_suivent_la_personne'),
        ('demandes', '0017_langue_falc'),
        ('demandes', '0018_purge'),
        ('demandes', '0019_index_de_purge'),
        ('demandes', '0020_exemple_de_reponse'),
        ('demandes', '0021_reglages'),
        ('demandes', '0022_famille'),
        ('demandes', '0023_famille_index'),
        ('demandes', '0024_preuve_adresse'),
    ]

    dependencies = [
        ('commun', '0001_initial'),
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='AlerteOrganisme',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('genre', models.CharField(choices=[('mandats', 'Mandats en cours d’un aidant'), ('brouillons', 'Demandes ouvertes dans la journée'), ('rendez_vous', 'Rendez-vous sur un site et un jour')], max_length=12)),
                ('niveau', models.CharField(choices=[('seuil', '80 % de la limite'), ('refus', 'Limite atteinte, refusé')], max_length=6)),
                ('jour', models.DateField()),
                ('nombre', models.PositiveIntegerField(default=1, verbose_name='fois')),
                ('plafond', models.PositiveIntegerField()),
                ('derniere_le', models.DateTimeField(verbose_name='dernière fois')),
            ],
            options={
                'verbose_name': 'alerte sur un organisme',
                'verbose_name_plural': 'alertes sur les organismes',
                'ordering': ['-jour', 'organisme', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='CompteurNumero',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('annee', models.PositiveSmallIntegerField(verbose_name='année')),
                ('dernier', models.PositiveIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'compteur de numéros',
                'verbose_name_plural': 'compteurs de numéros',
                'ordering': ['prefecture', 'annee'],
            },
        ),
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('canal', models.CharField(choices=[('courriel', 'Courriel'), ('sms', 'SMS'), ('courrier', 'Courrier postal')], default='courriel', max_length=10)),
                ('modele', models.CharField(max_length=40, verbose_name='modèle')),
                ('destinataire', models.CharField(max_length=254)),
                ('contexte', models.JSONField(default=dict, help_text='Identifiants et valeurs figées ; jamais de jeton.')),
                ('cle', models.CharField(max_length=120, unique=True, verbose_name='clé d’idempotence')),
                ('etat', models.CharField(choices=[('a_envoyer', 'À envoyer'), ('en_envoi', 'En cours d’envoi'), ('envoyee', 'Envoyée'), ('echec', 'Échec'), ('annulee', 'Annulée')], db_default='a_envoyer', default='a_envoyer', max_length=10, verbose_name='état')),
                ('essais', models.PositiveSmallIntegerField(default=0)),
                ('prochain_essai_le', models.DateTimeField(verbose_name='prochain essai le')),
                ('reservee_jusqu_a', models.DateTimeField(blank=True, null=True, verbose_name='réservée jusqu’à')),
                ('envoyee_le', models.DateTimeField(blank=True, null=True, verbose_name='envoyée le')),
                ('derniere_erreur', models.CharField(blank=True, max_length=200, verbose_name='dernière erreur')),
            ],
            options={
                'verbose_name': 'notification',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Organisme',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('nom', models.CharField(max_length=160)),
                ('genre', models.CharField(choices=[('association', 'Association'), ('france_services', 'France Services'), ('service_civique', 'Service civique'), ('medecin', 'Médecin agréé')], max_length=16)),
                ('courriel', models.EmailField(max_length=254)),
                ('actif', models.BooleanField(default=True, help_text='Suspendu, un organisme n’a plus aucun accès, tout de suite.')),
                ('quota_mandats', models.PositiveIntegerField(blank=True, help_text='Vide : la valeur nationale.', null=True, verbose_name='mandats en cours par aidant')),
                ('quota_brouillons', models.PositiveIntegerField(blank=True, help_text='Vide : la valeur nationale.', null=True, verbose_name='demandes ouvertes par jour')),
                ('quota_rendez_vous', models.PositiveIntegerField(blank=True, help_text='Vide : la valeur nationale.', null=True, verbose_name='rendez-vous par site et par jour')),
            ],
            options={
                'verbose_name': 'organisme',
                'ordering': ['nom', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='ParametrageMotif',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actif', models.BooleanField(blank=True, null=True)),
                ('guichet_minutes', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='minutes au guichet')),
                ('mode_accueil', models.CharField(blank=True, choices=[('rdv', 'Sur rendez-vous'), ('sans_rdv', 'Sans rendez-vous'), ('les_deux', 'Avec ou sans rendez-vous')], max_length=10, verbose_name='mode d’accueil')),
                ('validite_convocation_jours', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('delai_completude_jours', models.PositiveSmallIntegerField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'paramétrage local d’un motif',
                'verbose_name_plural': 'paramétrages locaux des motifs',
                'ordering': ['prefecture', 'motif'],
            },
        ),
        migrations.CreateModel(
            name='ParametragePiece',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actif', models.BooleanField(blank=True, null=True, verbose_name='demandé ici')),
                ('obligatoire', models.BooleanField(blank=True, null=True)),
                ('condition_propre', models.BooleanField(default=False, verbose_name='condition propre à la préfecture')),
                ('condition', models.JSONField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'paramétrage local d’une pièce',
                'verbose_name_plural': 'paramétrages locaux des pièces',
                'ordering': ['prefecture', 'piece_requise'],
            },
        ),
        migrations.CreateModel(
            name='ParametrageQuestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actif', models.BooleanField(blank=True, null=True, verbose_name='demandé ici')),
                ('obligatoire', models.BooleanField(blank=True, null=True)),
                ('condition_propre', models.BooleanField(default=False, verbose_name='condition propre à la préfecture')),
                ('condition', models.JSONField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'paramétrage local d’une question',
                'verbose_name_plural': 'paramétrages locaux des questions',
                'ordering': ['prefecture', 'question'],
            },
        ),
        migrations.CreateModel(
            name='Piece',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cle', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('fichier', models.FileField(blank=True, max_length=200, storage=demandes.models.piece.reserve_des_pieces, upload_to=demandes.models.piece.chemin)),
                ('nom_origine', models.CharField(blank=True, max_length=150, verbose_name='nom d’origine')),
                ('extension', models.CharField(max_length=5)),
                ('type_contenu', models.CharField(max_length=60, verbose_name='type de contenu')),
                ('taille', models.PositiveIntegerField(help_text='En octets.')),
                ('nb_pages', models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name='pages')),
                ('avis', models.CharField(blank=True, choices=[('floue', 'Photo floue'), ('sombre', 'Photo trop sombre')], db_default='', default='', max_length=8, verbose_name='avis sur la photo')),
                ('sha256', models.CharField(max_length=64)),
                ('scan', models.CharField(choices=[('en_attente', 'Analyse en attente'), ('saine', 'Saine'), ('infectee', 'Infectée'), ('illisible', 'Illisible')], default='en_attente', max_length=10)),
                ('deposee_le', models.DateTimeField(verbose_name='déposée le')),
                ('verdict', models.CharField(choices=[('a_verifier', 'À vérifier'), ('conforme', 'Conforme'), ('non_conforme', 'Non conforme')], default='a_verifier', max_length=12)),
                ('raison', models.CharField(blank=True, max_length=300, verbose_name='raison de non-conformité')),
                ('verifiee_le', models.DateTimeField(blank=True, null=True, verbose_name='vérifiée le')),
                ('vue_au_guichet', models.BooleanField(default=False, verbose_name='original vu au guichet')),
                ('remplacee_le', models.DateTimeField(blank=True, null=True, verbose_name='remplacée le')),
            ],
            options={
                'verbose_name': 'pièce',
                'ordering': ['piece_requise__ordre', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='PieceJointe',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cle', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('fichier', models.FileField(blank=True, max_length=200, storage=demandes.models.piece.reserve_des_pieces, upload_to=demandes.models.piece.chemin)),
                ('nom_origine', models.CharField(blank=True, max_length=150, verbose_name='nom d’origine')),
                ('extension', models.CharField(max_length=5)),
                ('type_contenu', models.CharField(max_length=60, verbose_name='type de contenu')),
                ('taille', models.PositiveIntegerField(help_text='En octets.')),
                ('nb_pages', models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name='pages')),
                ('avis', models.CharField(blank=True, choices=[('floue', 'Photo floue'), ('sombre', 'Photo trop sombre')], db_default='', default='', max_length=8, verbose_name='avis sur la photo')),
                ('sha256', models.CharField(max_length=64)),
                ('scan', models.CharField(choices=[('en_attente', 'Analyse en attente'), ('saine', 'Saine'), ('infectee', 'Infectée'), ('illisible', 'Illisible')], default='en_attente', max_length=10)),
                ('deposee_le', models.DateTimeField(verbose_name='déposée le')),
            ],
            options={
                'verbose_name': 'pièce jointe',
                'verbose_name_plural': 'pièces jointes',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='PieceRequise',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=60)),
                ('libelle', models.CharField(max_length=300, verbose_name='libellé')),
                ('aide', models.TextField(blank=True)),
                ('obligatoire', models.BooleanField(default=True)),
                ('condition', models.JSONField(blank=True, null=True)),
                ('validite_mois', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='validité en mois')),
                ('formats', models.JSONField(default=list)),
                ('indispensable', models.BooleanField(default=True, help_text='Son absence suspend l’instruction (CRPA L114-5, L114-5-1).')),
                ('identite', models.BooleanField(default=False, verbose_name='pièce d’identité')),
                ('au_guichet', models.BooleanField(default=False, verbose_name='présentée au guichet seulement')),
                ('actif', models.BooleanField(db_default=True, default=True, verbose_name='demandée')),
                ('ordre', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'pièce requise',
                'verbose_name_plural': 'pièces requises',
                'ordering': ['motif', 'ordre', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Prefecture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('departement', models.CharField(max_length=3, unique=True, verbose_name='département')),
                ('nom', models.CharField(max_length=120)),
                ('article', models.CharField(help_text='Par exemple « du Bas-Rhin ».', max_length=120, verbose_name='avec l’article')),
                ('fuseau', models.CharField(default='Europe/Paris', max_length=40, verbose_name='fuseau horaire')),
                ('taille', models.CharField(choices=[('petite', 'Petite'), ('moyenne', 'Moyenne'), ('tres_grande', 'Très grande')], default='moyenne', max_length=12)),
                ('calendrier_feries', models.CharField(default='FR', max_length=10, verbose_name='calendrier des jours fériés')),
                ('adresse', models.CharField(max_length=250)),
                ('courriel', models.EmailField(max_length=254)),
                ('telephone', models.CharField(blank=True, max_length=20, verbose_name='téléphone')),
                ('tribunal_nom', models.CharField(max_length=120, verbose_name='tribunal administratif')),
                ('tribunal_adresse', models.CharField(blank=True, max_length=250, verbose_name='adresse du tribunal')),
            ],
            options={
                'verbose_name': 'préfecture',
                'ordering': ['departement'],
            },
        ),
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=60)),
                ('libelle', models.CharField(max_length=300, verbose_name='libellé')),
                ('genre', models.CharField(choices=[('texte', 'Texte court'), ('texte_long', 'Texte long'), ('date', 'Date'), ('choix', 'Choix dans une liste'), ('nombre', 'Nombre'), ('oui_non', 'Oui ou non'), ('commune', 'Commune'), ('telephone', 'Téléphone')], max_length=12)),
                ('aide', models.TextField(blank=True)),
                ('obligatoire', models.BooleanField(default=True)),
                ('options', models.JSONField(blank=True, default=list)),
                ('motif_regex', models.CharField(blank=True, max_length=200, verbose_name='expression régulière')),
                ('message_regex', models.CharField(blank=True, max_length=200, verbose_name='message si elle échoue')),
                ('exemple', models.CharField(blank=True, db_default='', default='', max_length=40, verbose_name='exemple de réponse')),
                ('condition', models.JSONField(blank=True, null=True)),
                ('actif', models.BooleanField(db_default=True, default=True, verbose_name='posée')),
                ('ordre', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'question',
                'ordering': ['motif', 'ordre', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='RegleAiguillage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('libelle', models.CharField(max_length=120, verbose_name='nom de la règle')),
                ('condition', models.JSONField(blank=True, null=True)),
                ('sites_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None, verbose_name='sites proposés')),
                ('ordre', models.PositiveSmallIntegerField(default=0)),
                ('actif', models.BooleanField(default=True)),
            ],
            options={
                'verbose_name': 'règle d’aiguillage',
                'verbose_name_plural': 'règles d’aiguillage',
                'ordering': ['prefecture', 'ordre', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='RegleEligibilite',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('condition', models.JSONField(verbose_name='condition de non-éligibilité')),
                ('message', models.TextField(help_text='Pourquoi cette démarche n’est pas pour lui.', verbose_name='message à l’usager')),
                ('ailleurs', models.TextField(blank=True, help_text='La démarche ou le service qui convient.', verbose_name='où aller')),
                ('bloquante', models.BooleanField(default=False, help_text='Refuse le dépôt ; sinon elle avertit seulement.')),
                ('ordre', models.PositiveSmallIntegerField(default=0)),
                ('actif', models.BooleanField(default=True)),
            ],
            options={
                'verbose_name': 'règle d’éligibilité',
                'verbose_name_plural': 'règles d’éligibilité',
                'ordering': ['motif', 'ordre', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Service',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('genre', models.CharField(choices=[('etrangers', 'Étrangers'), ('reglementation_routiere', 'Réglementation routière'), ('reglementation', 'Réglementation'), ('communication', 'Communication')], max_length=24)),
                ('nom', models.CharField(max_length=160)),
                ('adresse', models.CharField(max_length=250)),
                ('courriel', models.EmailField(max_length=254)),
                ('telephone', models.CharField(max_length=20, verbose_name='téléphone')),
            ],
            options={
                'verbose_name': 'service',
                'ordering': ['prefecture', 'genre'],
            },
        ),
        migrations.CreateModel(
            name='Site',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(unique=True)),
                ('nom', models.CharField(max_length=120)),
                ('genre', models.CharField(choices=[('prefecture', 'Préfecture'), ('sous_prefecture', 'Sous-préfecture')], max_length=16)),
                ('adresse', models.CharField(max_length=250)),
                ('code_postal', models.CharField(blank=True, max_length=5)),
                ('commune', models.CharField(max_length=80)),
                ('insee', models.CharField(max_length=5, verbose_name='code INSEE')),
                ('telephone', models.CharField(blank=True, max_length=20, verbose_name='téléphone')),
                ('acces', models.TextField(blank=True, verbose_name='accès')),
                ('horaires', models.JSONField(blank=True, default=list)),
            ],
            options={
                'verbose_name': 'site',
                'ordering': ['prefecture', 'genre', 'nom'],
            },
        ),
        migrations.CreateModel(
            name='Usager',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('nom', models.CharField(max_length=100, verbose_name='nom de famille')),
                ('nom_usage', models.CharField(blank=True, max_length=100, verbose_name='nom d’usage')),
                ('prenoms', models.CharField(max_length=150, verbose_name='prénoms')),
                ('date_naissance', models.CharField(max_length=10, verbose_name='date de naissance')),
                ('commune_naissance', models.CharField(blank=True, max_length=120, verbose_name='lieu de naissance')),
                ('nationalite', models.CharField(blank=True, max_length=60, verbose_name='nationalité')),
                ('numero_etranger', models.CharField(blank=True, max_length=10, verbose_name='numéro étranger (AGDREF)')),
                ('courriel', models.EmailField(blank=True, max_length=254, verbose_name='courriel')),
                ('telephone', models.CharField(blank=True, max_length=20, verbose_name='téléphone')),
                ('adresse', models.CharField(blank=True, max_length=250)),
                ('code_postal', models.CharField(blank=True, max_length=5)),
                ('commune', models.CharField(blank=True, max_length=80)),
                ('langue', models.CharField(choices=[('fr', 'Français'), ('en', 'English'), ('ar', 'العربية'), ('es', 'Español'), ('pt', 'Português'), ('ru', 'Русский'), ('tr', 'Türkçe'), ('zh', '中文'), ('falc', 'Français facile (FALC)')], default='fr', max_length=5)),
                ('cree_le', models.DateTimeField(verbose_name='créé le')),
                ('sub_franceconnect', models.CharField(blank=True, db_default='', default='', editable=False, max_length=64, verbose_name='empreinte FranceConnect')),
                ('identite_certifiee_le', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='identité certifiée le')),
                ('cle_identite', models.TextField(db_default='', default='', editable=False, verbose_name='clé d’identité')),
            ],
            options={
                'verbose_name': 'usager',
                'ordering': ['nom', 'prenoms', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Agent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('qualite', models.CharField(blank=True, max_length=120, verbose_name='qualité')),
                ('anonymat', models.BooleanField(default=False, help_text='Nom remplacé par un numéro sur les courriers (CRPA L111-2, sécurité publique).')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'agent',
                'ordering': ['last_name', 'first_name', 'pk'],
            },
            managers=[
                ('objects', demandes.models.organisation.AgentManager()),
            ],
        ),
        migrations.CreateModel(
            name='Aidant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actif', models.BooleanField(default=True)),
                ('pendant', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='période')),
                ('agent', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='aidant', to=settings.AUTH_USER_MODEL, verbose_name='compte')),
            ],
            options={
                'verbose_name': 'aidant',
                'ordering': ['organisme', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Attribution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('accueil', 'Agent d’accueil'), ('instructeur', 'Agent instructeur'), ('signataire', 'Agent signataire (délégation)'), ('chef_service', 'Chef de service'), ('webmestre', 'Webmestre'), ('administrateur', 'Administrateur national')], max_length=16, verbose_name='rôle')),
                ('pendant', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='période')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attributions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'attribution',
                'ordering': ['agent', 'role', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Delegation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=80, verbose_name='référence au RAA')),
                ('pendant', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='période')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='delegations', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'délégation de signature',
                'verbose_name_plural': 'délégations de signature',
                'ordering': ['prefecture', 'agent', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Demande',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cle', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='clé publique')),
                ('numero', models.CharField(blank=True, max_length=16, null=True, unique=True, verbose_name='numéro')),
                ('etat', models.CharField(choices=[('brouillon', 'Brouillon'), ('deposee', 'Déposée'), ('a_completer', 'À compléter'), ('complete', 'Complète'), ('convoquee', 'Convoquée'), ('rdv_pris', 'Rendez-vous pris'), ('recue', 'Reçue au guichet'), ('en_instruction', 'En instruction'), ('accordee', 'Accordée'), ('refusee', 'Refusée'), ('a_remettre', 'Titre à remettre'), ('remise', 'Titre remis'), ('sans_suite', 'Sans suite'), ('cloturee', 'Clôturée')], db_default='brouillon', default=demandes.cycle.Etat['BROUILLON'], max_length=16, verbose_name='état')),
                ('canal', models.CharField(choices=[('en_ligne', 'En ligne'), ('guichet', 'Au guichet'), ('courrier', 'Par courrier'), ('telephone', 'Par téléphone'), ('accompagnement', 'Avec un organisme')], default='en_ligne', max_length=16)),
                ('reponses', models.JSONField(blank=True, default=dict, verbose_name='réponses')),
                ('aiguillage', models.JSONField(blank=True, help_text='Règle appliquée au dépôt : regle_id, libelle, raison, sites_ids.', null=True)),
                ('creee_le', models.DateTimeField(verbose_name='créée le')),
                ('deposee_le', models.DateTimeField(blank=True, null=True, verbose_name='déposée le')),
                ('echeance', models.DateField(blank=True, null=True, verbose_name='échéance légale')),
                ('complete_le', models.DateTimeField(blank=True, null=True, verbose_name='complète le')),
                ('modifiee_le', models.DateTimeField(verbose_name='modifiée le')),
                ('purgee_le', models.DateTimeField(blank=True, null=True, verbose_name='purgée le')),
                ('lien_familial', models.CharField(blank=True, choices=[('conjoint', 'Époux, épouse ou partenaire'), ('enfant', 'Enfant'), ('parent', 'Père ou mère'), ('autre', 'Autre personne de la famille')], db_default='', default='', max_length=8, verbose_name='lien de famille')),
                ('representant', models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='représentant légal')),
                ('adresse_prouvee', models.BooleanField(db_default=False, default=False, editable=False, verbose_name='adresse de courriel prouvée')),
                ('rang_acces', models.IntegerField(db_default=0, default=0, editable=False, verbose_name='rang de l’accès')),
                ('agent', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='demandes', to=settings.AUTH_USER_MODEL)),
                ('completude_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='completudes', to=settings.AUTH_USER_MODEL)),
                ('principale', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rattachees', to='demandes.demande', verbose_name='demande principale de la famille')),
            ],
            options={
                'verbose_name': 'demande',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sens', models.CharField(choices=[('accord', 'Accord'), ('refus', 'Refus')], max_length=6)),
                ('motifs_droit', models.TextField(blank=True, verbose_name='motifs de droit')),
                ('motifs_fait', models.TextField(blank=True, verbose_name='motifs de fait')),
                ('au_guichet', models.BooleanField(default=False, verbose_name='prise au guichet')),
                ('prise_le', models.DateTimeField(verbose_name='prise le')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to=settings.AUTH_USER_MODEL)),
                ('delegation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='demandes.delegation')),
                ('demande', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='decision', to='demandes.demande')),
            ],
            options={
                'verbose_name': 'décision',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Convocation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cle', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('objet', models.CharField(choices=[('reception', 'Réception'), ('remise', 'Remise du titre')], max_length=10)),
                ('motivation', models.TextField(max_length=1000, verbose_name='pourquoi l’usager est convoqué')),
                ('personnes', models.PositiveSmallIntegerField(default=1, verbose_name='nombre de personnes')),
                ('etat', models.CharField(choices=[('active', 'Active'), ('honoree', 'Honorée'), ('revoquee', 'Révoquée'), ('expiree', 'Expirée')], db_default='active', default='active', max_length=10, verbose_name='état')),
                ('empreinte', models.CharField(max_length=64, unique=True)),
                ('emise_le', models.DateTimeField(verbose_name='émise le')),
                ('expire_le', models.DateTimeField(verbose_name='expire le')),
                ('terminee_le', models.DateTimeField(blank=True, null=True, verbose_name='terminée le')),
                ('emise_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='convocations', to=settings.AUTH_USER_MODEL)),
                ('jointe_a', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='jointes', to='demandes.convocation', verbose_name='jointe à')),
                ('demande', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='convocations', to='demandes.demande')),
            ],
            options={
                'verbose_name': 'convocation',
                'ordering': ['demande', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='CodeAcces',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('empreinte', models.CharField(max_length=64)),
                ('expire_le', models.DateTimeField(verbose_name='expire le')),
                ('utilise_le', models.DateTimeField(blank=True, null=True, verbose_name='utilisé le')),
                ('demande', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='codes_acces', to='demandes.demande')),
            ],
            options={
                'verbose_name': 'code d’accès',
                'verbose_name_plural': 'codes d’accès',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Acte',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('genre', models.CharField(choices=[('accuse_reception', 'Accusé de réception'), ('demande_pieces', 'Demande de pièces'), ('decision', 'Décision'), ('remise', 'Attestation de remise'), ('sans_creneau', 'Attestation d’absence de créneau')], max_length=18)),
                ('contenu', models.JSONField(help_text='Ce que dit l’acte, figé à sa date.')),
                ('code', models.CharField(max_length=19, unique=True, verbose_name='code de vérification')),
                ('cree_le', models.DateTimeField(verbose_name='créé le')),
                ('pdf', models.FileField(blank=True, max_length=200, storage=demandes.models.piece.reserve_des_pieces, upload_to=demandes.models.decision.chemin_acte)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('produit_le', models.DateTimeField(blank=True, null=True, verbose_name='produit le')),
                ('demande', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='actes', to='demandes.demande')),
            ],
            options={
                'verbose_name': 'acte',
                'ordering': ['demande', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='DemandeComplement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message', models.TextField(blank=True)),
                ('manquants', models.JSONField(default=list, help_text='[{code, libelle, raison}] tels que notifiés.')),
                ('suspensif', models.BooleanField(default=True)),
                ('notifie_le', models.DateTimeField(verbose_name='notifié le')),
                ('limite', models.DateField(verbose_name='date limite')),
                ('produit_le', models.DateTimeField(blank=True, null=True, verbose_name='produit le')),
                ('clos_le', models.DateTimeField(blank=True, null=True, verbose_name='clos le')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='complements_demandes', to=settings.AUTH_USER_MODEL)),
                ('demande', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='complements', to='demandes.demande')),
            ],
            options={
                'verbose_name': 'demande de complément',
                'verbose_name_plural': 'demandes de complément',
                'ordering': ['demande', 'notifie_le', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='DoublonEcarte',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('le', models.DateTimeField(verbose_name='le')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='doublons_ecartes', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'doublon écarté',
                'verbose_name_plural': 'doublons écartés',
                'ordering': ['premier', 'second'],
            },
        ),
        migrations.CreateModel(
            name='Evenement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('nature', models.CharField(max_length=60)),
                ('de', models.CharField(blank=True, max_length=16)),
                ('vers', models.CharField(blank=True, max_length=16)),
                ('acteur_genre', models.CharField(choices=[('agent', 'agent'), ('usager', 'usager'), ('organisme', 'organisme'), ('systeme', 'systeme')], max_length=10)),
                ('acteur_id', models.BigIntegerField()),
                ('le', models.DateTimeField()),
                ('charge', models.JSONField(default=dict)),
                ('transaction', models.BigIntegerField(db_default=demandes.models.journal.TransactionCourante())),
                ('rang', models.BigIntegerField(null=True)),
                ('condensat', models.BinaryField(max_length=32, null=True)),
                ('demande', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='evenements', to='demandes.demande')),
            ],
            options={
                'verbose_name': 'événement',
                'ordering': ['prefecture', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='FusionUsager',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('le', models.DateTimeField(verbose_name='le')),
                ('instantane', models.JSONField(help_text='Fiche gardée avant et après, demandes et mandats déplacés ; la fiche absorbée reste intacte.', verbose_name='instantané')),
                ('defaite_le', models.DateTimeField(blank=True, null=True, verbose_name='défaite le')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fusions', to=settings.AUTH_USER_MODEL)),
                ('defaite_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='fusions_defaites', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'fusion d’usagers',
                'verbose_name_plural': 'fusions d’usagers',
                'ordering': ['-le', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Mandat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cle', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, verbose_name='clé du lien')),
                ('portee', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('deposer', 'remplir et déposer la demande'), ('completer', 'envoyer les documents demandés'), ('reserver', 'prendre, déplacer et annuler les rendez-vous'), ('suivre', 'suivre la demande et écrire au service')], max_length=12), db_default=models.Value(['suivre'], output_field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=12), size=None)), default=list, size=None, verbose_name='portée')),
                ('signature', models.CharField(choices=[('electronique', 'Électronique, par un lien envoyé à la personne'), ('papier', 'Sur papier, l’original gardé par l’organisme')], db_default='electronique', default='electronique', max_length=12)),
                ('signe_le', models.DateField(blank=True, help_text='Jour de la signature ; l’instant et l’auteur sont au journal.', null=True, verbose_name='signé le')),
                ('empreinte', models.CharField(blank=True, db_default='', default='', editable=False, max_length=64, verbose_name='empreinte du lien')),
                ('ouvre_la_demande', models.BooleanField(db_default=False, default=False, verbose_name='demande ouverte par l’organisme')),
                ('cree_le', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='créé le')),
                ('pendant', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='période')),
                ('revoque_le', models.DateTimeField(blank=True, null=True, verbose_name='révoqué le')),
                ('revoque_par_genre', models.CharField(blank=True, choices=[('agent', 'agent'), ('usager', 'usager'), ('organisme', 'organisme'), ('systeme', 'systeme')], db_default='', default='', max_length=10, verbose_name='révoqué par')),
                ('revoque_par_id', models.BigIntegerField(blank=True, null=True, verbose_name='identifiant de qui a révoqué')),
                ('aidant', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mandats', to='demandes.aidant', verbose_name='enregistré par')),
                ('demande', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mandats', to='demandes.demande')),
            ],
            options={
                'verbose_name': 'mandat',
                'ordering': ['organisme', 'usager', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('corps', models.TextField(max_length=5000)),
                ('envoye_le', models.DateTimeField(verbose_name='envoyé le')),
                ('lu_le', models.DateTimeField(blank=True, null=True, verbose_name='lu le')),
                ('agent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to=settings.AUTH_USER_MODEL)),
                ('demande', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='demandes.demande')),
            ],
            options={
                'verbose_name': 'message',
                'ordering': ['demande', 'envoye_le', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Modification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('modele', models.CharField(max_length=24, verbose_name='modèle')),
                ('objet_id', models.BigIntegerField(verbose_name='objet')),
                ('operation', models.CharField(choices=[('insert', 'Ajout'), ('update', 'Changement'), ('delete', 'Suppression')], max_length=6, verbose_name='opération')),
                ('avant', models.JSONField(null=True)),
                ('apres', models.JSONField(null=True, verbose_name='après')),
                ('le', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('agent', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='modifications', to=settings.AUTH_USER_MODEL)),
                ('annule', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='annulations', to='demandes.modification')),
            ],
            options={
                'verbose_name': 'modification du paramétrage',
                'verbose_name_plural': 'modifications du paramétrage',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Motif',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True)),
                ('libelle', models.CharField(max_length=200, verbose_name='libellé')),
                ('libelle_court', models.CharField(max_length=80, verbose_name='libellé court')),
                ('description', models.TextField()),
                ('genre_service', models.CharField(choices=[('etrangers', 'Étrangers'), ('reglementation_routiere', 'Réglementation routière'), ('reglementation', 'Réglementation'), ('communication', 'Communication')], max_length=24, verbose_name='service')),
                ('etapes', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), size=None, verbose_name='étapes')),
                ('plein_droit', models.BooleanField(default=False)),
                ('quatre_yeux', models.BooleanField(default=False, verbose_name='quatre yeux')),
                ('guichet_minutes', models.PositiveSmallIntegerField(verbose_name='minutes au guichet')),
                ('mode_accueil', models.CharField(choices=[('rdv', 'Sur rendez-vous'), ('sans_rdv', 'Sans rendez-vous'), ('les_deux', 'Avec ou sans rendez-vous')], max_length=10, verbose_name='mode d’accueil')),
                ('delai_valeur', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='délai légal')),
                ('delai_unite', models.CharField(blank=True, choices=[('mois', 'mois'), ('jours', 'jours'), ('jours_ouvres', 'jours ouvrés'), ('jours_francs', 'jours francs')], max_length=14, verbose_name='unité du délai')),
                ('delai_fondement', models.CharField(blank=True, max_length=200, verbose_name='fondement du délai')),
                ('delai_base', models.CharField(blank=True, help_text='Vide : la réception de la demande. Sinon un fait que PlaniPref ignore : pas d’échéance calculée.', max_length=200, verbose_name='point de départ du délai')),
                ('silence', models.CharField(blank=True, choices=[('rejet', 'rejet implicite'), ('acceptation', 'acceptation implicite')], max_length=12)),
                ('silence_fondement', models.CharField(blank=True, max_length=200, verbose_name='fondement du silence')),
                ('recours', models.JSONField(blank=True, default=dict)),
                ('titre_remis', models.BooleanField(default=False, verbose_name='un titre est remis')),
                ('taxe', models.JSONField(blank=True, null=True)),
                ('depot_en_ligne', models.BooleanField(default=True, verbose_name='dépôt en ligne')),
                ('orientation', models.TextField(blank=True)),
                ('fiche', models.CharField(blank=True, max_length=12, verbose_name='fiche service-public.fr')),
                ('fiches_liees', models.JSONField(blank=True, default=list, verbose_name='fiches liées')),
                ('fenetre_depot', models.JSONField(blank=True, null=True, verbose_name='fenêtre de dépôt')),
                ('validite_convocation_jours', models.PositiveSmallIntegerField(default=30)),
                ('delai_completude_jours', models.PositiveSmallIntegerField(default=30)),
                ('doutes', models.JSONField(blank=True, default=list)),
                ('actif', models.BooleanField(default=True)),
            ],
            options={
                'verbose_name': 'motif',
                'ordering': ['genre_service', 'code'],
                'constraints': [models.CheckConstraint(condition=models.Q(('etapes__contained_by', [1, 2, 3, 4]), ('etapes__len__gt', 0)), name='motif_etapes_connues', violation_error_code='etapes', violation_error_message='Les étapes d’un motif sont prises parmi 1, 2, 3 et 4.'), models.CheckConstraint(condition=models.Q(models.Q(('delai_valeur__isnull', True), ('delai_unite', ''), ('silence', '')), models.Q(('delai_valeur__gt', 0), ('delai_valeur__isnull', False), models.Q(('delai_unite', ''), _negated=True)), _connector='OR'), name='motif_delai_coherent', violation_error_code='delai', violation_error_message='Un délai a une valeur et une unité ; sans délai, pas de règle du silence.')],
            },
        ),
        migrations.AddField(
            model_name='demande',
            name='motif',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='demandes', to='demandes.motif'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='motif',
            trigger=pgtrigger.compiler.Trigger(name='motif_modifie', sql=planipref.commun.declencheurs.SqlDeclencheur(declare='DECLARE avant jsonb; apres jsonb; ligne jsonb;', func="\n        IF TG_OP <> 'INSERT' THEN avant := to_jsonb(OLD); END IF;\n        IF TG_OP <> 'DELETE' THEN apres := to_jsonb(NEW); END IF;\n        IF avant IS NOT DISTINCT FROM apres THEN RETURN NULL; END IF;\n        ligne := COALESCE(apres, avant);\n        INSERT INTO demandes_modification\n          (modele, objet_id, operation, avant, apres, prefecture_id, agent_id, annule_id)\n        VALUES ('motif', (ligne->>'id')::bigint, lower(TG_OP), avant, apres, (ligne->>'prefecture_id')::bigint,\n          NULLIF(current_setting('planipref.agent', true), '')::bigint,\n          NULLIF(current_setting('planipref.annule', true), '')::bigint);\n        RETURN NULL;\n        ", hash='b1bc63308826b62315089e6943c8efada75a2113', operation='UPDATE', pgid='pgtrigger_motif_modifie_091dd', table='demandes_motif', when='AFTER')),
        ),
        migrations.AddField(
            model_name='notification',
            name='demande',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notifications', to='demandes.demande'),
        ),
        migrations.AddField(
            model_name='message',
            name='organisme',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='demandes.organisme'),
        ),
        migrations.AddField(
            model_name='mandat',
            name='organisme',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mandats', to='demandes.organisme'),
        ),
        migrations.AddField(
            model_name='alerteorganisme',
            name='organisme',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='alertes', to='demandes.organisme'),
        ),
        migrations.AddField(
            model_name='aidant',
            name='organisme',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='aidants', to='demandes.organisme'),
        ),
        migrations.AddField(
            model_name='parametragemotif',
            name='motif',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parametrages', to='demandes.motif'),
        ),
        migrations.AddField(
            model_name='piece',
            name='demande',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pieces', to='demandes.demande'),
        ),
        migrations.AddField(
            model_name='piece',
            name='verifiee_par',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='pieces_verifiees', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='piecejointe',
            name='demande',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pieces_jointes', to='demandes.demande'),
        ),
        migrations.AddField(
            model_name='piecejointe',
            name='message',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='piece_jointe', to='demandes.message'),
        ),
        migrations.AddField(
            model_name='piecerequise',
            name='motif',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pieces_requises', to='demandes.motif'),
        ),
        migrations.AddField(
            model_name='piece',
            name='piece_requise',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pieces', to='demandes.piecerequise'),
        ),
        migrations.AddField(
            model_name='parametragepiece',
            name='piece_requise',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parametrages', to='demandes.piecerequise'),
        ),
        migrations.CreateModel(
            name='TeteJournal',
            fields=[
                ('prefecture', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='tete', serialize=False, to='demandes.prefecture')),
                ('rang', models.BigIntegerField(default=0)),
                ('condensat', models.BinaryField(default=b'')),
            ],
            options={
                'verbose_name': 'tête de journal',
                'verbose_name_plural': 'têtes de journal',
            },
        ),
        migrations.AddField(
            model_name='parametragequestion',
            name='prefecture',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='parametrages_questions', to='demandes.prefecture'),
        ),
        migrations.AddField(
            model_name='parametragepiece',
            name='prefecture',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='parametrages_pieces', to='demandes.prefecture'),
        ),
        migrations.AddField(
            model_name='parametragemotif',
            name='prefecture',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parametrages', to='demandes.prefecture'),
        ),
        migrations.AddField(
            model_name='organisme',
            name='prefectures',
            field=models.ManyToManyField(blank=True, related_name='organismes', to='demandes.prefecture', verbose_name='préfectures où il accompagne'),
        ),
        migrations.AddField(
            model_name='modification',
            name='prefecture',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='modifications', to='demandes.prefecture'),
        ),
        migrations.AddField(
            model_name='evenement',
            name='prefecture',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='evenements', to='demandes.prefecture'),
        ),
        migrations.AddField(
            model_name='demande',
            name='prefecture',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='demandes', to='demandes.prefecture'),
        ),
        migrations.AddField(
            model_name='delegation',
            name='prefecture',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='delegations', to='demandes.prefecture'),
        ),
        migrations.AddField(
            model_name='compteurnumero',
            name='prefecture',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='compteurs', to='demandes.prefecture'),
        ),
        migrations.AddField(
            model_name='attribution',
            name='prefecture',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attributions', to='demandes.prefecture'),
        ),
        migrations.AddField(
            model_name='question',
            name='motif',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='questions', to='demandes.motif'),
        ),
        migrations.AddField(
            model_name='parametragequestion',
            name='question',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parametrages', to='demandes.question'),
        ),
        migrations.AddField(
            model_name='regleaiguillage',
            name='motif',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='regles_aiguillage', to='demandes.motif'),
        ),
        migrations.AddField(
            model_name='regleaiguillage',
            name='prefecture',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='regles_aiguillage', to='demandes.prefecture'),
        ),
        migrations.AddField(
            model_name='regleeligibilite',
            name='motif',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='regles_eligibilite', to='demandes.motif'),
        ),
        migrations.AddField(
            model_name='regleeligibilite',
            name='prefecture',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='regles_eligibilite', to='demandes.prefecture'),
        ),
        migrations.AddField(
            model_name='regleeligibilite',
            name='remplace',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='remplacantes', to='demandes.regleeligibilite'),
        ),
        migrations.AddField(
            model_name='service',
            name='prefecture',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='services', to='demandes.prefecture'),
        ),
        migrations.AddField(
            model_name='regleaiguillage',
            name='service',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='aiguillages', to='demandes.service'),
        ),
        migrations.AddField(
            model_name='demande',
            name='service',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='demandes', to='demandes.service'),
        ),
        migrations.AddField(
            model_name='attribution',
            name='service',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='attributions', to='demandes.service'),
        ),
        migrations.AddField(
            model_name='site',
            name='prefecture',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sites', to='demandes.prefecture'),
        ),
        migrations.AddField(
            model_name='demande',
            name='site',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='demandes', to='demandes.site'),
        ),
        migrations.AddField(
            model_name='convocation',
            name='sites',
            field=models.ManyToManyField(related_name='convocations', to='demandes.site', verbose_name='sites possibles'),
        ),
        migrations.AddField(
            model_name='attribution',
            name='site',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='attributions', to='demandes.site'),
        ),
        migrations.AddField(
            model_name='usager',
            name='fusionne_dans',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='absorbes', to='demandes.usager', verbose_name='fusionné dans'),
        ),
        migrations.AddField(
            model_name='mandat',
            name='usager',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mandats', to='demandes.usager'),
        ),
        migrations.AddField(
            model_name='fusionusager',
            name='absorbe',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fusions_subies', to='demandes.usager'),
        ),
        migrations.AddField(
            model_name='fusionusager',
            name='garde',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fusions_recues', to='demandes.usager'),
        ),
        migrations.AddField(
            model_name='doublonecarte',
            name='premier',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='ecartes_premiers', to='demandes.usager'),
        ),
        migrations.AddField(
            model_name='doublonecarte',
            name='second',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ecartes_seconds', to='demandes.usager'),
        ),
        migrations.AddField(
            model_name='demande',
            name='usager',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='demandes', to='demandes.usager'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('sens', 'accord'), models.Q(models.Q(('motifs_droit', ''), _negated=True), models.Q(('motifs_fait', ''), _negated=True)), _connector='OR'), name='decision_refus_motive', violation_error_code='motifs', violation_error_message='Un refus est motivé en droit et en fait (CRPA L211-5).'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='decision',
            trigger=pgtrigger.compiler.Trigger(name='decision_quatre_yeux', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        PERFORM 1 FROM demandes_demande WHERE id = NEW.demande_id FOR NO KEY UPDATE;\n        IF EXISTS (\n          SELECT 1 FROM demandes_demande d JOIN demandes_motif m ON m.id = d.motif_id\n          WHERE d.id = NEW.demande_id AND m.quatre_yeux AND d.completude_par_id = NEW.agent_id\n        ) THEN\n          RAISE EXCEPTION 'La complétude et la décision reviennent à deux agents différents.' USING ERRCODE = '23514', CONSTRAINT = 'decision_quatre_yeux';\n        END IF;\n        RETURN NEW;\n        ", hash='41c8c7e9750278272791ddc0e0f5235251ee731c', operation='INSERT OR UPDATE OF "agent_id", "demande_id"', pgid='pgtrigger_decision_quatre_yeux_f5a88', table='demandes_decision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='decision',
            trigger=pgtrigger.compiler.Trigger(name='decision_rendue', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        IF EXISTS (\n          SELECT 1 FROM demandes_demande d WHERE d.id = OLD.demande_id\n          AND d.etat IN ('accordee', 'refusee', 'a_remettre', 'remise', 'cloturee')\n        ) THEN\n          RAISE EXCEPTION 'Une décision rendue ne change plus.' USING ERRCODE = '23514', CONSTRAINT = 'decision_rendue';\n        END IF;\n        IF TG_OP = 'DELETE' THEN\n          RETURN OLD;\n        END IF;\n        RETURN NEW;\n        ", hash='d0d7f9d1d32e7f67f2700379693f7be6cba1aab6', operation='DELETE OR UPDATE OF "sens", "demande_id", "agent_id"', pgid='pgtrigger_decision_rendue_abbbc', table='demandes_decision', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='demandecomplement',
            constraint=models.UniqueConstraint(condition=models.Q(('clos_le__isnull', True)), fields=('demande',), name='complement_ouvert_unique'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('etat__in', ['a_envoyer', 'en_envoi'])), fields=['prochain_essai_le', 'id'], name='notification_a_envoyer'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(fields=['demande', 'id'], name='notification_demande'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('etat', 'envoyee'), _negated=True), ('envoyee_le__isnull', False), _connector='OR'), name='notification_envoyee_datee', violation_error_code='envoyee_le', violation_error_message='Une notification envoyée porte sa date d’envoi.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notification',
            trigger=pgtrigger.compiler.Trigger(name='notification_partie', sql=planipref.commun.declencheurs.SqlDeclencheur(condition="WHEN (OLD.etat = 'envoyee' AND NEW.etat <> 'envoyee')", func="RAISE EXCEPTION 'Un message parti ne repart pas.' USING ERRCODE = '23514', CONSTRAINT = 'notification_partie';", hash='e17f44239b637cef9e0bd7cbb7b6341e90c8cbe1', operation='UPDATE OF "etat"', pgid='pgtrigger_notification_partie_c4491', table='demandes_notification', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notification',
            trigger=pgtrigger.compiler.Trigger(name='notification_gardee', sql=planipref.commun.declencheurs.SqlDeclencheur(condition="WHEN (OLD.etat = 'envoyee')", func="RAISE EXCEPTION 'Un message parti ne repart pas.' USING ERRCODE = '23514', CONSTRAINT = 'notification_partie';", hash='5174c83c4c0cb45e10296e88f0a6792f2dfd6277', operation='DELETE', pgid='pgtrigger_notification_gardee_0d687', table='demandes_notification', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='alerteorganisme',
            constraint=models.UniqueConstraint(fields=('organisme', 'genre', 'niveau', 'jour'), name='alerte_unique_par_jour'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='aidant',
            trigger=pgtrigger.compiler.Trigger(name='aidant_sans_role', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        PERFORM 1 FROM demandes_agent WHERE id = NEW.agent_id FOR NO KEY UPDATE;\n        IF EXISTS (SELECT 1 FROM demandes_attribution a WHERE a.agent_id = NEW.agent_id)\n           OR EXISTS (SELECT 1 FROM demandes_agent c WHERE c.id = NEW.agent_id AND c.is_superuser) THEN\n          RAISE EXCEPTION 'Un aidant n’a pas de rôle d’agent : il lui faut un autre compte.' USING ERRCODE = '23514', CONSTRAINT = 'aidant_sans_role';\n        END IF;\n        RETURN NEW;\n        ", hash='d18dbfb942584ae2f7137c905490633f2ce6293a', operation='INSERT OR UPDATE OF "agent_id"', pgid='pgtrigger_aidant_sans_role_ac87d', table='demandes_aidant', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='piecerequise',
            constraint=models.UniqueConstraint(fields=('motif', 'code'), name='piece_requise_unique'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='piecerequise',
            trigger=pgtrigger.compiler.Trigger(name='piecerequise_modifie', sql=planipref.commun.declencheurs.SqlDeclencheur(declare='DECLARE avant jsonb; apres jsonb; ligne jsonb;', func="\n        IF TG_OP <> 'INSERT' THEN avant := to_jsonb(OLD); END IF;\n        IF TG_OP <> 'DELETE' THEN apres := to_jsonb(NEW); END IF;\n        IF avant IS NOT DISTINCT FROM apres THEN RETURN NULL; END IF;\n        ligne := COALESCE(apres, avant);\n        INSERT INTO demandes_modification\n          (modele, objet_id, operation, avant, apres, prefecture_id, agent_id, annule_id)\n        VALUES ('piecerequise', (ligne->>'id')::bigint, lower(TG_OP), avant, apres, (ligne->>'prefecture_id')::bigint,\n          NULLIF(current_setting('planipref.agent', true), '')::bigint,\n          NULLIF(current_setting('planipref.annule', true), '')::bigint);\n        RETURN NULL;\n        ", hash='48ef7d074b7075a1c3244e832e222612072654f4', operation='UPDATE', pgid='pgtrigger_piecerequise_modifie_051d8', table='demandes_piecerequise', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='piece',
            constraint=models.UniqueConstraint(condition=models.Q(('remplacee_le__isnull', True)), fields=('demande', 'piece_requise'), name='piece_courante_unique'),
        ),
        migrations.AddConstraint(
            model_name='piece',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('verdict', 'non_conforme'), _negated=True), models.Q(('raison', ''), _negated=True), _connector='OR'), name='piece_non_conforme_motivee', violation_error_code='raison', violation_error_message='Une pièce non conforme porte sa raison.'),
        ),
        migrations.AddConstraint(
            model_name='piece',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('verdict', 'conforme'), _negated=True), ('scan', 'saine'), _connector='OR'), name='piece_conforme_saine', violation_error_code='scan', violation_error_message='Une pièce ne peut être conforme avant d’être analysée.'),
        ),
        migrations.AddConstraint(
            model_name='parametragepiece',
            constraint=models.UniqueConstraint(fields=('prefecture', 'piece_requise'), name='parametrage_piece_unique'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='parametragepiece',
            trigger=pgtrigger.compiler.Trigger(name='parametragepiece_modifie', sql=planipref.commun.declencheurs.SqlDeclencheur(declare='DECLARE avant jsonb; apres jsonb; ligne jsonb;', func="\n        IF TG_OP <> 'INSERT' THEN avant := to_jsonb(OLD); END IF;\n        IF TG_OP <> 'DELETE' THEN apres := to_jsonb(NEW); END IF;\n        IF avant IS NOT DISTINCT FROM apres THEN RETURN NULL; END IF;\n        ligne := COALESCE(apres, avant);\n        INSERT INTO demandes_modification\n          (modele, objet_id, operation, avant, apres, prefecture_id, agent_id, annule_id)\n        VALUES ('parametragepiece', (ligne->>'id')::bigint, lower(TG_OP), avant, apres, (ligne->>'prefecture_id')::bigint,\n          NULLIF(current_setting('planipref.agent', true), '')::bigint,\n          NULLIF(current_setting('planipref.annule', true), '')::bigint);\n        RETURN NULL;\n        ", hash='c07091a0c8313a3bf9fa4787ec7f9516401348c2', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_parametragepiece_modifie_aed1c', table='demandes_parametragepiece', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='parametragemotif',
            constraint=models.UniqueConstraint(fields=('prefecture', 'motif'), name='parametrage_unique'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='parametragemotif',
            trigger=pgtrigger.compiler.Trigger(name='parametragemotif_modifie', sql=planipref.commun.declencheurs.SqlDeclencheur(declare='DECLARE avant jsonb; apres jsonb; ligne jsonb;', func="\n        IF TG_OP <> 'INSERT' THEN avant := to_jsonb(OLD); END IF;\n        IF TG_OP <> 'DELETE' THEN apres := to_jsonb(NEW); END IF;\n        IF avant IS NOT DISTINCT FROM apres THEN RETURN NULL; END IF;\n        ligne := COALESCE(apres, avant);\n        INSERT INTO demandes_modification\n          (modele, objet_id, operation, avant, apres, prefecture_id, agent_id, annule_id)\n        VALUES ('parametragemotif', (ligne->>'id')::bigint, lower(TG_OP), avant, apres, (ligne->>'prefecture_id')::bigint,\n          NULLIF(current_setting('planipref.agent', true), '')::bigint,\n          NULLIF(current_setting('planipref.annule', true), '')::bigint);\n        RETURN NULL;\n        ", hash='7ce82fe32d30366c9b365dc8fbcd885b02ff16b4', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_parametragemotif_modifie_24501', table='demandes_parametragemotif', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='modification',
            index=models.Index(fields=['prefecture', '-id'], name='modification_liste'),
        ),
        migrations.AddIndex(
            model_name='modification',
            index=models.Index(fields=['modele', 'objet_id', '-id'], name='modification_objet'),
        ),
        migrations.AddIndex(
            model_name='evenement',
            index=models.Index(fields=['demande', 'le'], name='evenement_demande'),
        ),
        migrations.AddIndex(
            model_name='evenement',
            index=models.Index(condition=models.Q(('vers', ''), _negated=True), fields=['prefecture', 'nature', 'le'], include=('demande',), name='evenement_transitions'),
        ),
        migrations.AddConstraint(
            model_name='evenement',
            constraint=models.UniqueConstraint(fields=('prefecture', 'rang'), name='evenement_rang_unique'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='evenement',
            trigger=pgtrigger.compiler.Trigger(name='evenement_vierge', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (NEW.rang IS NOT NULL OR NEW.condensat IS NOT NULL)', func="RAISE EXCEPTION 'Un événement est scellé par la base, à la validation.' USING ERRCODE = '23514', CONSTRAINT = 'evenement_vierge';", hash='ce5bfec0e4dfc1cba8b6a094c85b7003abb13b6d', operation='INSERT', pgid='pgtrigger_evenement_vierge_34227', table='demandes_evenement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='evenement',
            trigger=pgtrigger.compiler.Trigger(name='evenement_scelle', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (NEW.condensat IS NULL)', constraint='CONSTRAINT', declare='DECLARE tete record; scelle bytea;', func="\n        INSERT INTO demandes_tetejournal (prefecture_id, rang, condensat)\n          VALUES (NEW.prefecture_id, 0, '\\x')\n          ON CONFLICT (prefecture_id) DO NOTHING;\n        SELECT * INTO tete FROM demandes_tetejournal WHERE prefecture_id = NEW.prefecture_id FOR UPDATE;\n        scelle := sha256(tete.condensat || convert_to(evenement_canonique(NEW, tete.rang + 1), 'UTF8'));\n        UPDATE demandes_evenement SET rang = tete.rang + 1, condensat = scelle WHERE id = NEW.id;\n        UPDATE demandes_tetejournal SET rang = tete.rang + 1, condensat = scelle\n          WHERE prefecture_id = NEW.prefecture_id;\n        RETURN NULL;\n        ", hash='462fd9b74df5443bb394e83d7de4b78a2302d2f2', operation='INSERT', pgid='pgtrigger_evenement_scelle_95773', table='demandes_evenement', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='evenement',
            trigger=pgtrigger.compiler.Trigger(name='evenement_immuable', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n            IF OLD.condensat IS NULL AND NEW.condensat IS NOT NULL AND\n               to_jsonb(OLD) - 'rang' - 'condensat' = to_jsonb(NEW) - 'rang' - 'condensat' THEN\n              RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'Le journal ne se modifie pas.' USING ERRCODE = '23514', CONSTRAINT = 'evenement_immuable';\n            ", hash='91869aa927dcb5087d789e173eb471fbececd72b', operation='UPDATE', pgid='pgtrigger_evenement_immuable_6f40f', table='demandes_evenement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='evenement',
            trigger=pgtrigger.compiler.Trigger(name='evenement_ineffacable', sql=planipref.commun.declencheurs.SqlDeclencheur(func="RAISE EXCEPTION 'Le journal ne se modifie pas.' USING ERRCODE = '23514', CONSTRAINT = 'evenement_immuable';", hash='2a59c8c1652d9bacccd4b84fcb5665581ca4997c', operation='DELETE', pgid='pgtrigger_evenement_ineffacable_07315', table='demandes_evenement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='evenement',
            trigger=pgtrigger.compiler.Trigger(name='evenement_intronquable', sql=planipref.commun.declencheurs.SqlDeclencheur(func="RAISE EXCEPTION 'Le journal ne se modifie pas.' USING ERRCODE = '23514', CONSTRAINT = 'evenement_immuable';", hash='4141fbe2ada08661b8901f5fe9103408a0670b12', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_evenement_intronquable_07802', table='demandes_evenement', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='delegation',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('agent', '='), ('prefecture', '='), ('pendant', '&&')], name='delegation_sans_chevauchement', violation_error_code='chevauchement', violation_error_message='Cet agent a déjà une délégation à ces dates.'),
        ),
        migrations.AddConstraint(
            model_name='compteurnumero',
            constraint=models.UniqueConstraint(fields=('prefecture', 'annee'), name='compteur_unique'),
        ),
        migrations.AddConstraint(
            model_name='question',
            constraint=models.UniqueConstraint(fields=('motif', 'code'), name='question_unique'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='question',
            trigger=pgtrigger.compiler.Trigger(name='question_modifie', sql=planipref.commun.declencheurs.SqlDeclencheur(declare='DECLARE avant jsonb; apres jsonb; ligne jsonb;', func="\n        IF TG_OP <> 'INSERT' THEN avant := to_jsonb(OLD); END IF;\n        IF TG_OP <> 'DELETE' THEN apres := to_jsonb(NEW); END IF;\n        IF avant IS NOT DISTINCT FROM apres THEN RETURN NULL; END IF;\n        ligne := COALESCE(apres, avant);\n        INSERT INTO demandes_modification\n          (modele, objet_id, operation, avant, apres, prefecture_id, agent_id, annule_id)\n        VALUES ('question', (ligne->>'id')::bigint, lower(TG_OP), avant, apres, (ligne->>'prefecture_id')::bigint,\n          NULLIF(current_setting('planipref.agent', true), '')::bigint,\n          NULLIF(current_setting('planipref.annule', true), '')::bigint);\n        RETURN NULL;\n        ", hash='020f3c8e03c4d068fee63e6cb5b477548920bed7', operation='UPDATE', pgid='pgtrigger_question_modifie_57420', table='demandes_question', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='parametragequestion',
            constraint=models.UniqueConstraint(fields=('prefecture', 'question'), name='parametrage_question_unique'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='parametragequestion',
            trigger=pgtrigger.compiler.Trigger(name='parametragequestion_modifie', sql=planipref.commun.declencheurs.SqlDeclencheur(declare='DECLARE avant jsonb; apres jsonb; ligne jsonb;', func="\n        IF TG_OP <> 'INSERT' THEN avant := to_jsonb(OLD); END IF;\n        IF TG_OP <> 'DELETE' THEN apres := to_jsonb(NEW); END IF;\n        IF avant IS NOT DISTINCT FROM apres THEN RETURN NULL; END IF;\n        ligne := COALESCE(apres, avant);\n        INSERT INTO demandes_modification\n          (modele, objet_id, operation, avant, apres, prefecture_id, agent_id, annule_id)\n        VALUES ('parametragequestion', (ligne->>'id')::bigint, lower(TG_OP), avant, apres, (ligne->>'prefecture_id')::bigint,\n          NULLIF(current_setting('planipref.agent', true), '')::bigint,\n          NULLIF(current_setting('planipref.annule', true), '')::bigint);\n        RETURN NULL;\n        ", hash='4305e7303d20a92e2f42e9c0cbc356df1d69ffa5', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_parametragequestion_modifie_e37e6', table='demandes_parametragequestion', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='regleeligibilite',
            index=models.Index(fields=['motif', 'prefecture'], name='regle_eligibilite_motif'),
        ),
        migrations.AddConstraint(
            model_name='regleeligibilite',
            constraint=models.UniqueConstraint(fields=('remplace', 'prefecture'), name='regle_eligibilite_remplacee_une_fois'),
        ),
        migrations.AddConstraint(
            model_name='regleeligibilite',
            constraint=models.CheckConstraint(condition=models.Q(('remplace__isnull', True), ('prefecture__isnull', False), _connector='OR'), name='regle_eligibilite_remplace_ici', violation_error_code='remplace', violation_error_message='Seule une règle locale en remplace une nationale.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='regleeligibilite',
            trigger=pgtrigger.compiler.Trigger(name='regleeligibilite_modifie', sql=planipref.commun.declencheurs.SqlDeclencheur(declare='DECLARE avant jsonb; apres jsonb; ligne jsonb;', func="\n        IF TG_OP <> 'INSERT' THEN avant := to_jsonb(OLD); END IF;\n        IF TG_OP <> 'DELETE' THEN apres := to_jsonb(NEW); END IF;\n        IF avant IS NOT DISTINCT FROM apres THEN RETURN NULL; END IF;\n        ligne := COALESCE(apres, avant);\n        INSERT INTO demandes_modification\n          (modele, objet_id, operation, avant, apres, prefecture_id, agent_id, annule_id)\n        VALUES ('regleeligibilite', (ligne->>'id')::bigint, lower(TG_OP), avant, apres, (ligne->>'prefecture_id')::bigint,\n          NULLIF(current_setting('planipref.agent', true), '')::bigint,\n          NULLIF(current_setting('planipref.annule', true), '')::bigint);\n        RETURN NULL;\n        ", hash='69165ef302af9b928488a47903e14f5fe0a632f6', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_regleeligibilite_modifie_f66da', table='demandes_regleeligibilite', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='service',
            constraint=models.UniqueConstraint(fields=('prefecture', 'genre'), name='service_unique_par_genre'),
        ),
        migrations.AddIndex(
            model_name='regleaiguillage',
            index=models.Index(fields=['prefecture', 'ordre'], name='regle_aiguillage_ordre'),
        ),
        migrations.AddConstraint(
            model_name='regleaiguillage',
            constraint=models.CheckConstraint(condition=models.Q(('service__isnull', False), ('sites_ids__len__gt', 0), _connector='OR'), name='regle_aiguillage_a_un_but', violation_error_code='but', violation_error_message='Une règle d’aiguillage propose un site ou un service.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='regleaiguillage',
            trigger=pgtrigger.compiler.Trigger(name='regleaiguillage_modifie', sql=planipref.commun.declencheurs.SqlDeclencheur(declare='DECLARE avant jsonb; apres jsonb; ligne jsonb;', func="\n        IF TG_OP <> 'INSERT' THEN avant := to_jsonb(OLD); END IF;\n        IF TG_OP <> 'DELETE' THEN apres := to_jsonb(NEW); END IF;\n        IF avant IS NOT DISTINCT FROM apres THEN RETURN NULL; END IF;\n        ligne := COALESCE(apres, avant);\n        INSERT INTO demandes_modification\n          (modele, objet_id, operation, avant, apres, prefecture_id, agent_id, annule_id)\n        VALUES ('regleaiguillage', (ligne->>'id')::bigint, lower(TG_OP), avant, apres, (ligne->>'prefecture_id')::bigint,\n          NULLIF(current_setting('planipref.agent', true), '')::bigint,\n          NULLIF(current_setting('planipref.annule', true), '')::bigint);\n        RETURN NULL;\n        ", hash='e07bd121f44b5e762df1abb16def46879db41cdc', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_regleaiguillage_modifie_bb456', table='demandes_regleaiguillage', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='convocation',
            index=models.Index(condition=models.Q(('etat', 'active')), fields=['expire_le'], name='convocation_a_expirer'),
        ),
        migrations.AddIndex(
            model_name='convocation',
            index=models.Index(condition=models.Q(('jointe_a__isnull', False)), fields=['jointe_a'], name='convocation_jointes'),
        ),
        migrations.AddConstraint(
            model_name='convocation',
            constraint=models.UniqueConstraint(condition=models.Q(('etat', 'active')), fields=('demande', 'objet'), name='convocation_active_unique', violation_error_code='deja_convoquee', violation_error_message='Une convocation est déjà active pour cette demande.'),
        ),
        migrations.AddConstraint(
            model_name='convocation',
            constraint=models.CheckConstraint(condition=models.Q(('personnes__gte', 1), ('personnes__lte', 10)), name='convocation_personnes', violation_error_code='personnes', violation_error_message='Une convocation vaut pour 1 à 10 personnes.'),
        ),
        migrations.AddConstraint(
            model_name='convocation',
            constraint=models.CheckConstraint(condition=models.Q(('expire_le__gt', models.F('emise_le'))), name='convocation_expire_apres', violation_error_code='expire_le', violation_error_message='Une convocation expire après son émission.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='convocation',
            trigger=pgtrigger.compiler.Trigger(name='convocation_jointe', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (NEW.jointe_a_id IS NOT NULL)', func="\n        IF NEW.jointe_a_id = NEW.id\n           OR EXISTS (SELECT 1 FROM demandes_convocation WHERE jointe_a_id = NEW.id AND etat = 'active')\n           OR NOT EXISTS (\n             SELECT 1 FROM demandes_convocation c\n             JOIN demandes_demande t ON t.id = c.demande_id\n             JOIN demandes_demande d ON d.id = NEW.demande_id\n             WHERE c.id = NEW.jointe_a_id AND c.jointe_a_id IS NULL AND c.objet = NEW.objet AND t.id <> d.id\n               AND COALESCE(t.principale_id, t.id) = COALESCE(d.principale_id, d.id)\n           ) THEN\n          RAISE EXCEPTION 'On ne joint que les convocations d’une même famille, pour le même objet.' USING ERRCODE = '23514', CONSTRAINT = 'convocation_jointe';\n        END IF;\n        RETURN NEW;\n        ", hash='08229cdf4c6f1b7b0d60f2a5b765a1f9f3abcf05', operation='INSERT OR UPDATE OF "jointe_a_id", "demande_id", "objet"', pgid='pgtrigger_convocation_jointe_76e80', table='demandes_convocation', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='attribution',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('agent', '='), ('role', '='), ('prefecture', '='), (django.db.models.functions.comparison.Coalesce('site', 0), '='), (django.db.models.functions.comparison.Coalesce('service', 0), '='), ('pendant', '&&')], name='attribution_sans_chevauchement', violation_error_code='chevauchement', violation_error_message='Cet agent a déjà ce rôle à ces dates.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='attribution',
            trigger=pgtrigger.compiler.Trigger(name='attribution_sans_aidant', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        PERFORM 1 FROM demandes_agent WHERE id = NEW.agent_id FOR NO KEY UPDATE;\n        IF EXISTS (SELECT 1 FROM demandes_aidant a WHERE a.agent_id = NEW.agent_id) THEN\n          RAISE EXCEPTION 'Un aidant n’a pas de rôle d’agent : il lui faut un autre compte.' USING ERRCODE = '23514', CONSTRAINT = 'aidant_sans_role';\n        END IF;\n        RETURN NEW;\n        ", hash='83fec5e5b2d0b4723060be057afa9e319d0eabe9', operation='INSERT OR UPDATE OF "agent_id"', pgid='pgtrigger_attribution_sans_aidant_3d627', table='demandes_attribution', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='usager',
            index=models.Index(fields=['nom', 'date_naissance'], name='usager_identite'),
        ),
        migrations.AddIndex(
            model_name='usager',
            index=models.Index(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('nom'), name='text_pattern_ops'), name='usager_nom_debut'),
        ),
        migrations.AddIndex(
            model_name='usager',
            index=models.Index(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('nom_usage'), name='text_pattern_ops'), name='usager_nom_usage_debut'),
        ),
        migrations.AddIndex(
            model_name='usager',
            index=models.Index(condition=models.Q(('numero_etranger', ''), _negated=True), fields=['numero_etranger'], name='usager_etranger'),
        ),
        migrations.AddIndex(
            model_name='usager',
            index=models.Index(condition=models.Q(('fusionne_dans__isnull', True), models.Q(('cle_identite', ''), _negated=True)), fields=['cle_identite', 'id'], name='usager_doublon_identite'),
        ),
        migrations.AddIndex(
            model_name='usager',
            index=models.Index(condition=models.Q(('fusionne_dans__isnull', True), models.Q(('numero_etranger', ''), _negated=True)), fields=['numero_etranger', 'id'], name='usager_doublon_numero'),
        ),
        migrations.AddIndex(
            model_name='usager',
            index=models.Index(condition=models.Q(('fusionne_dans__isnull', False)), fields=['fusionne_dans'], name='usager_absorbe'),
        ),
        migrations.AddConstraint(
            model_name='usager',
            constraint=models.CheckConstraint(condition=models.Q(('date_naissance__regex', '^(19|20)\\d\\d-(0\\d|1[0-2])-([0-2]\\d|3[01])$'), ('date_naissance', ''), _connector='OR'), name='usager_date_naissance', violation_error_code='date_naissance', violation_error_message='La date de naissance s’écrit JJ/MM/AAAA.'),
        ),
        migrations.AddConstraint(
            model_name='usager',
            constraint=models.CheckConstraint(condition=models.Q(('numero_etranger__regex', '^\\d{9,10}$'), ('numero_etranger', ''), _connector='OR'), name='usager_numero_etranger', violation_error_code='numero_etranger', violation_error_message='Le numéro étranger compte 10 chiffres (9 sur d’anciens titres).'),
        ),
        migrations.AddConstraint(
            model_name='usager',
            constraint=models.UniqueConstraint(condition=models.Q(('sub_franceconnect', ''), _negated=True), fields=('sub_franceconnect',), name='usager_franceconnect_unique', violation_error_code='franceconnect', violation_error_message='Cette identité FranceConnect a déjà une fiche.'),
        ),
        migrations.AddConstraint(
            model_name='usager',
            constraint=models.CheckConstraint(condition=models.Q(('sub_franceconnect', ''), ('identite_certifiee_le__isnull', False), _connector='OR'), name='usager_franceconnect_certifie', violation_error_code='identite_certifiee_le', violation_error_message='Une identité FranceConnect porte la date de sa certification.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='usager',
            trigger=pgtrigger.compiler.Trigger(name='usager_cle_identite', sql=planipref.commun.declencheurs.SqlDeclencheur(declare='DECLARE brut text;', func="\n        brut := NEW.nom || '|' || split_part(translate(btrim(NEW.prenoms), '-', ' '), ' ', 1);\n        brut := regexp_replace(normalize(brut, NFD), '[\\u0300-\\u036f]', '', 'g');\n        brut := regexp_replace(regexp_replace(lower(brut), '[Œœ]', 'oe', 'g'), '[Ææ]', 'ae', 'g');\n        brut := replace(brut, 'ß', 'ss');\n        brut := translate(brut, 'ŁłØøĐđİı -''’.', 'llooddii');\n        IF NEW.nom = '' OR NEW.prenoms = '' OR NEW.date_naissance = '' THEN\n          NEW.cle_identite := '';\n        ELSE\n          NEW.cle_identite := brut || '|' || left(NEW.date_naissance, 4);\n        END IF;\n        RETURN NEW;\n        ", hash='357f72dc084b191b2180c629262d56164657d504', operation='INSERT OR UPDATE OF "nom", "prenoms", "date_naissance"', pgid='pgtrigger_usager_cle_identite_eb7f3', table='demandes_usager', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='mandat',
            index=models.Index(condition=models.Q(('empreinte', ''), _negated=True), fields=['empreinte'], name='mandat_empreinte'),
        ),
        migrations.AddConstraint(
            model_name='mandat',
            constraint=models.UniqueConstraint(condition=models.Q(('revoque_le__isnull', True)), fields=('organisme', 'demande'), name='mandat_actif_unique'),
        ),
        migrations.AddConstraint(
            model_name='mandat',
            constraint=models.CheckConstraint(condition=models.Q(('pendant__isempty', False), ('pendant__upper_inf', False), ('pendant__lower_inf', False), django.db.models.lookups.LessThanOrEqual(models.Func(models.F('pendant'), output_field=models.IntegerField(), template='(upper(%(expressions)s) - lower(%(expressions)s))'), 366)), name='mandat_un_an_au_plus', violation_error_code='mandat_trop_long', violation_error_message='Un mandat dure un an au plus.'),
        ),
        migrations.AddConstraint(
            model_name='mandat',
            constraint=models.CheckConstraint(condition=models.Q(('portee__contained_by', ['deposer', 'completer', 'reserver', 'suivre']), ('portee__len__gt', 0)), name='mandat_portee', violation_error_code='portee', violation_error_message='Un mandat dit ce qu’il permet : au moins une action connue.'),
        ),
        migrations.AddConstraint(
            model_name='mandat',
            constraint=models.CheckConstraint(condition=models.Q(('signe_le__isnull', True), ('pendant__startswith__gte', models.F('signe_le')), _connector='OR'), name='mandat_signe_avant_de_courir', violation_error_code='signe_le', violation_error_message='Un mandat ne commence pas avant sa signature.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='mandat',
            trigger=pgtrigger.compiler.Trigger(name='mandat_du_titulaire', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        PERFORM 1 FROM demandes_demande WHERE id = NEW.demande_id AND usager_id = NEW.usager_id FOR KEY SHARE;\n        IF NOT FOUND THEN\n          RAISE EXCEPTION 'Le mandat vient de la personne à qui appartient la demande.' USING ERRCODE = '23514', CONSTRAINT = 'mandat_du_titulaire';\n        END IF;\n        RETURN NEW;\n        ", hash='625f96dacdd213842b0128daa4c14d0d1a92501d', operation='INSERT OR UPDATE OF "usager_id", "demande_id"', pgid='pgtrigger_mandat_du_titulaire_7a963', table='demandes_mandat', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='mandat',
            trigger=pgtrigger.compiler.Trigger(name='mandat_fige', sql=planipref.commun.declencheurs.SqlDeclencheur(func="\n        IF OLD.revoque_le IS NOT NULL AND (\n          NEW.revoque_le IS DISTINCT FROM OLD.revoque_le OR NEW.signe_le IS DISTINCT FROM OLD.signe_le\n        ) THEN\n          RAISE EXCEPTION 'Un mandat révoqué ne revient pas.' USING ERRCODE = '23514', CONSTRAINT = 'mandat_fige';\n        END IF;\n        IF OLD.signe_le IS NOT NULL AND\n           (OLD.organisme_id, OLD.demande_id, OLD.portee, OLD.signature, OLD.signe_le, OLD.pendant)\n           IS DISTINCT FROM\n           (NEW.organisme_id, NEW.demande_id, NEW.portee, NEW.signature, NEW.signe_le, NEW.pendant)\n        THEN\n          RAISE EXCEPTION 'Un mandat signé ne change plus : il se révoque.' USING ERRCODE = '23514', CONSTRAINT = 'mandat_fige';\n        END IF;\n        RETURN NEW;\n        ", hash='571795ab59c13383a67f402c44565b2f422b6750', operation='UPDATE OF "organisme_id", "demande_id", "portee", "signature", "signe_le", "pendant", "revoque_le"', pgid='pgtrigger_mandat_fige_4016c', table='demandes_mandat', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='fusionusager',
            constraint=models.UniqueConstraint(condition=models.Q(('defaite_le__isnull', True)), fields=('absorbe',), name='fusion_absorbe_une_fois'),
        ),
        migrations.AddConstraint(
            model_name='fusionusager',
            constraint=models.CheckConstraint(condition=models.Q(('garde', models.F('absorbe')), _negated=True), name='fusion_de_deux_usagers', violation_error_code='absorbe', violation_error_message='Une fusion réunit deux fiches.'),
        ),
        migrations.AddConstraint(
            model_name='doublonecarte',
            constraint=models.UniqueConstraint(fields=('premier', 'second'), name='doublon_ecarte_unique'),
        ),
        migrations.AddConstraint(
            model_name='doublonecarte',
            constraint=models.CheckConstraint(condition=models.Q(('premier__lt', models.F('second'))), name='doublon_ecarte_ordonne', violation_error_code='second', violation_error_message='Le premier usager est le plus ancien des deux.'),
        ),
        migrations.AddIndex(
            model_name='demande',
            index=models.Index(fields=['prefecture', 'etat', 'echeance'], name='demande_a_traiter'),
        ),
        migrations.AddIndex(
            model_name='demande',
            index=models.Index(fields=['prefecture', 'deposee_le'], name='demande_deposees'),
        ),
        migrations.AddIndex(
            model_name='demande',
            index=models.Index(fields=['agent', 'etat'], name='demande_agent'),
        ),
        migrations.AddIndex(
            model_name='demande',
            index=models.Index(condition=models.Q(('etat', 'brouillon'), ('purgee_le__isnull', True)), fields=['modifiee_le'], name='demande_a_purger'),
        ),
        migrations.AddIndex(
            model_name='demande',
            index=models.Index(models.F('prefecture'), models.Case(models.When(etat__in=['deposee', 'a_completer', 'complete', 'convoquee', 'rdv_pris', 'recue', 'en_instruction'], then=models.F('echeance')), output_field=models.DateField()), models.Case(models.When(etat='recue', then=models.Value(0)), models.When(etat='deposee', then=models.Value(1)), models.When(etat='complete', then=models.Value(2)), models.When(etat='en_instruction', then=models.Value(3)), models.When(etat='accordee', then=models.Value(4)), models.When(etat='a_remettre', then=models.Value(5)), default=models.Value(9)), models.F('id'), condition=models.Q(('etat__in', ['deposee', 'a_completer', 'complete', 'convoquee', 'rdv_pris', 'recue', 'en_instruction', 'accordee', 'a_remettre'])), name='demande_ordre'),
        ),
        migrations.AddIndex(
            model_name='demande',
            index=models.Index(condition=models.Q(('principale__isnull', False)), fields=['principale'], name='demande_famille'),
        ),
        migrations.AddConstraint(
            model_name='demande',
            constraint=models.CheckConstraint(condition=models.Q(('etat__in', ['brouillon', 'deposee', 'a_completer', 'complete', 'convoquee', 'rdv_pris', 'recue', 'en_instruction', 'accordee', 'refusee', 'a_remettre', 'remise', 'sans_suite', 'cloturee'])), name='demande_etat_connu', violation_error_code='etat', violation_error_message='Cet état n’existe pas.'),
        ),
        migrations.AddConstraint(
            model_name='demande',
            constraint=models.CheckConstraint(condition=models.Q(('etat', demandes.cycle.Etat['BROUILLON']), models.Q(('numero__isnull', False), ('deposee_le__isnull', False)), _connector='OR'), name='demande_deposee_numerotee', violation_error_code='numero', violation_error_message='Une demande déposée a un numéro et une date de dépôt.'),
        ),
        migrations.AddConstraint(
            model_name='demande',
            constraint=models.CheckConstraint(condition=models.Q(('principale__isnull', True), models.Q(('lien_familial', ''), _negated=True), _connector='OR'), name='demande_lien_familial', violation_error_code='lien_familial', violation_error_message='Une demande rattachée dit le lien de famille.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='demande',
            trigger=pgtrigger.compiler.Trigger(name='demande_etat_permis', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (OLD.etat IS DISTINCT FROM NEW.etat)', func="\n        IF (OLD.etat, NEW.etat) NOT IN (('a_completer', 'complete'), ('a_completer', 'deposee'), ('a_completer', 'sans_suite'), ('a_remettre', 'remise'), ('accordee', 'a_remettre'), ('accordee', 'cloturee'), ('brouillon', 'deposee'), ('complete', 'a_remettre'), ('complete', 'convoquee'), ('complete', 'en_instruction'), ('complete', 'recue'), ('complete', 'sans_suite'), ('convoquee', 'complete'), ('convoquee', 'rdv_pris'), ('convoquee', 'recue'), ('convoquee', 'sans_suite'), ('deposee', 'a_completer'), ('deposee', 'a_remettre'), ('deposee', 'complete'), ('deposee', 'convoquee'), ('deposee', 'en_instruction'), ('deposee', 'recue'), ('deposee', 'sans_suite'), ('en_instruction', 'accordee'), ('en_instruction', 'refusee'), ('en_instruction', 'sans_suite'), ('rdv_pris', 'complete'), ('rdv_pris', 'convoquee'), ('rdv_pris', 'recue'), ('rdv_pris', 'sans_suite'), ('recue', 'a_remettre'), ('recue', 'accordee'), ('recue', 'cloturee'), ('recue', 'en_instruction'), ('recue', 'sans_suite'), ('refusee', 'cloturee'), ('remise', 'cloturee'), ('sans_suite', 'cloturee')) THEN\n          RAISE EXCEPTION 'Transition interdite par la table.' USING ERRCODE = '23514', CONSTRAINT = 'demande_etat_permis';\n        END IF;\n        RETURN NEW;\n        ", hash='a58ef486e41b08195fa9bfd43e5945a82419af05', operation='UPDATE OF "etat"', pgid='pgtrigger_demande_etat_permis_7f2b0', table='demandes_demande', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='demande',
            trigger=pgtrigger.compiler.Trigger(name='demande_nait_brouillon', sql=planipref.commun.declencheurs.SqlDeclencheur(condition="WHEN (NEW.etat <> 'brouillon')", func="RAISE EXCEPTION 'Une demande naît en brouillon.' USING ERRCODE = '23514', CONSTRAINT = 'demande_nait_brouillon';", hash='983a9db16151a7cc87f03a35b4d21a4efc2c03ed', operation='INSERT', pgid='pgtrigger_demande_nait_brouillon_983e4', table='demandes_demande', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='demande',
            trigger=pgtrigger.compiler.Trigger(name='demande_etat_journalise', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (OLD.etat IS DISTINCT FROM NEW.etat)', constraint='CONSTRAINT', func="\n        IF NOT EXISTS (\n          SELECT 1 FROM demandes_evenement e\n          WHERE e.demande_id = NEW.id AND e.transaction = pg_current_xact_id()::text::bigint\n            AND e.de = OLD.etat AND e.vers = NEW.etat\n        ) THEN\n          RAISE EXCEPTION 'Changement d’état sans événement au journal.' USING ERRCODE = '23514', CONSTRAINT = 'demande_etat_journalise';\n        END IF;\n        RETURN NULL;\n        ", hash='4c65854fd06a172a9d8816684c68f6c863bbc504', operation='UPDATE OF "etat"', pgid='pgtrigger_demande_etat_journalise_def1d', table='demandes_demande', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='demande',
            trigger=pgtrigger.compiler.Trigger(name='demande_completude_figee', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (OLD.completude_par_id IS DISTINCT FROM NEW.completude_par_id OR OLD.motif_id <> NEW.motif_id)', func="\n        IF OLD.completude_par_id IS NOT NULL AND OLD.completude_par_id IS DISTINCT FROM NEW.completude_par_id THEN\n          RAISE EXCEPTION 'L’auteur du constat de complétude ne change pas.' USING ERRCODE = '23514', CONSTRAINT = 'demande_completude_figee';\n        END IF;\n        IF EXISTS (\n          SELECT 1 FROM demandes_decision d JOIN demandes_motif m ON m.id = NEW.motif_id\n          WHERE d.demande_id = NEW.id AND m.quatre_yeux AND d.agent_id = NEW.completude_par_id\n        ) THEN\n          RAISE EXCEPTION 'La complétude et la décision reviennent à deux agents différents.' USING ERRCODE = '23514', CONSTRAINT = 'decision_quatre_yeux';\n        END IF;\n        RETURN NEW;\n        ", hash='24634e522d9f71c80a7eb46f903b80225eb5dcea', operation='UPDATE OF "completude_par_id", "motif_id"', pgid='pgtrigger_demande_completude_figee_abd75', table='demandes_demande', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='demande',
            trigger=pgtrigger.compiler.Trigger(name='demande_decision_presente', sql=planipref.commun.declencheurs.SqlDeclencheur(condition="WHEN (OLD.etat IS DISTINCT FROM NEW.etat AND NEW.etat IN ('accordee', 'refusee'))", constraint='CONSTRAINT', func="\n        IF NOT EXISTS (\n          SELECT 1 FROM demandes_decision d\n          WHERE d.demande_id = NEW.id AND d.sens = CASE NEW.etat WHEN 'accordee' THEN 'accord' ELSE 'refus' END\n        ) THEN\n          RAISE EXCEPTION 'Une demande accordée ou refusée porte la décision qui le dit.' USING ERRCODE = '23514', CONSTRAINT = 'demande_decision_presente';\n        END IF;\n        RETURN NULL;\n        ", hash='7b0e39a258ec16096c8c3959b9c17c91c96aaa7d', operation='UPDATE OF "etat"', pgid='pgtrigger_demande_decision_presente_5d9e7', table='demandes_demande', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='demande',
            trigger=pgtrigger.compiler.Trigger(name='demande_titulaire_fige', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (OLD.usager_id <> NEW.usager_id)', constraint='CONSTRAINT', func="\n        IF EXISTS (\n          SELECT 1 FROM demandes_mandat m JOIN demandes_demande d ON d.id = m.demande_id\n          WHERE d.id = NEW.id AND m.usager_id <> d.usager_id\n        ) THEN\n          RAISE EXCEPTION 'Le mandat vient de la personne à qui appartient la demande.' USING ERRCODE = '23514', CONSTRAINT = 'mandat_du_titulaire';\n        END IF;\n        RETURN NULL;\n        ", hash='77db5f3958225129b2d9281267ccfa0da40859c0', operation='UPDATE OF "usager_id"', pgid='pgtrigger_demande_titulaire_fige_eaa7c', table='demandes_demande', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='demande',
            trigger=pgtrigger.compiler.Trigger(name='demande_famille_permise', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (NEW.principale_id IS NOT NULL)', declare='DECLARE tete record;', func="\n        SELECT prefecture_id, principale_id INTO tete FROM demandes_demande\n          WHERE id = NEW.principale_id FOR NO KEY UPDATE;\n        IF tete.prefecture_id <> NEW.prefecture_id THEN\n          RAISE EXCEPTION 'Une famille dépose dans une seule préfecture.' USING ERRCODE = '23514', CONSTRAINT = 'demande_famille_prefecture';\n        END IF;\n        IF tete.principale_id IS NOT NULL THEN\n          RAISE EXCEPTION 'Une demande se rattache à la demande principale de la famille.' USING ERRCODE = '23514', CONSTRAINT = 'demande_famille_principale';\n        END IF;\n        IF (SELECT count(*) FROM demandes_demande WHERE principale_id = NEW.principale_id) >= 9 THEN\n          RAISE EXCEPTION 'Une famille dépose dix demandes au plus.' USING ERRCODE = '23514', CONSTRAINT = 'demande_famille_dix';\n        END IF;\n        RETURN NEW;\n        ", hash='69904290202a90c0097b78e220ea4b515caaa17c', operation='INSERT', pgid='pgtrigger_demande_famille_permise_20b4f', table='demandes_demande', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='demande',
            trigger=pgtrigger.compiler.Trigger(name='demande_famille_fixe', sql=planipref.commun.declencheurs.SqlDeclencheur(condition='WHEN (OLD.principale_id IS DISTINCT FROM NEW.principale_id OR OLD.prefecture_id <> NEW.prefecture_id)', func="\n        IF NEW.principale_id IS NOT NULL OR OLD.principale_id IS NULL AND EXISTS (\n          SELECT 1 FROM demandes_demande WHERE principale_id = NEW.id\n        ) THEN\n          RAISE EXCEPTION 'Une demande entre dans une famille en naissant, et n’en change pas.' USING ERRCODE = '23514', CONSTRAINT = 'demande_famille_fixe';\n        END IF;\n        IF EXISTS (\n          SELECT 1 FROM demandes_convocation c WHERE c.demande_id = NEW.id AND c.etat = 'active' AND (\n            c.jointe_a_id IS NOT NULL\n            OR EXISTS (SELECT 1 FROM demandes_convocation j WHERE j.jointe_a_id = c.id AND j.etat = 'active')\n          )\n        ) THEN\n          RAISE EXCEPTION 'Cette personne est convoquée avec sa famille.' USING ERRCODE = '23514', CONSTRAINT = 'demande_famille_convoquee';\n        END IF;\n        RETURN NEW;\n        ", hash='6aa81621e8593d8e13be92a24d84e94f62ee9124', operation='UPDATE OF "principale_id", "prefecture_id"', pgid='pgtrigger_demande_famille_fixe_68ad9', table='demandes_demande', when='BEFORE')),
        ),
        migrations.RunSQL(CANONIQUE, "DROP FUNCTION evenement_canonique(demandes_evenement, bigint)"),
    ]
