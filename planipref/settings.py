"""Settings of PlaniPref, all from the environment; with nothing set, a demonstration runs embedded.

Each `env.…()` declares one variable; `python manage.py configuration` writes docs/configuration.md from them.
"""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF

from planipref.commun.cles import cle_du_dossier
from planipref.commun.environnement import OBLIGATOIRE, Environnement
from planipref.commun.langues import LANGUES, NOMS
from planipref.commun.postgres import ServeurPostgres

BASE_DIR = Path(__file__).resolve().parent.parent

env = Environnement()

env.rubrique = "Général"
PLANIPREF_DATA = Path(
    env.texte(
        "PLANIPREF_DATA",
        BASE_DIR / ".donnees",
        affiche="./.donnees",
        aide="Dossier des données : pièces déposées, fichiers statiques, et PostgreSQL s’il est embarqué.",
    )
).absolute()
_base = env.base(
    "DATABASE_URL",
    affiche="PostgreSQL embarqué dans PLANIPREF_DATA",
    aide="Base PostgreSQL 15 ou plus : `postgres://compte:secret@hôte:5432/planipref`.",
)
PLANIPREF_POSTGRES_EMBARQUE = PLANIPREF_DATA / "postgres" if _base is None else None
PLANIPREF_DEMO = env.booleen(
    "PLANIPREF_DEMO",
    _base is None,
    affiche="`true` sans DATABASE_URL, sinon `false`",
    aide="Démonstration : comptes et boîte aux lettres d’essai, sans TLS. Jamais avec de vraies données.",
)
DEBUG = env.booleen(
    "PLANIPREF_DEBUG", False, aide="Pages d’erreur détaillées de Django ; poste de développement seulement."
)
PLANIPREF_URL = env.texte(
    "PLANIPREF_URL",
    "http://localhost:8000" if PLANIPREF_DEMO else OBLIGATOIRE,
    affiche="(obligatoire ; démonstration : `http://localhost:8000`)",
    aide="Adresse publique du service, sans barre finale : elle forme les liens des courriels et des SMS.",
).rstrip("/")
_hote_public = PLANIPREF_URL.partition("://")[2].partition("/")[0].rpartition(":")
ALLOWED_HOSTS = env.liste(
    "PLANIPREF_HOTES",
    [_hote_public[0] or _hote_public[2], *(["localhost", "127.0.0.1", "[::1]"] if PLANIPREF_DEMO else [])],
    affiche="l’hôte de PLANIPREF_URL",
    aide="Noms d’hôte acceptés, séparés par des virgules.",
)
PLANIPREF_PROCESSUS = env.texte(
    "PLANIPREF_PROCESSUS",
    "commande",
    aide="`web` pour un serveur web (délais courts et réserve de connexions), posé par `planipref.wsgi` ; `migration` "
    "pour `migrate`, qui renonce à un verrou plutôt que de faire attendre tout le monde derrière lui.",
)

env.rubrique = "Secrets"
SECRET_KEY = env.texte(
    "PLANIPREF_CLE_SECRETE",
    (lambda: cle_du_dossier(PLANIPREF_DATA, "cle_secrete")) if PLANIPREF_DEMO else OBLIGATOIRE,
    affiche="(obligatoire ; démonstration : tirée au sort, gardée dans PLANIPREF_DATA)",
    aide="Clé qui signe les sessions ; 50 caractères au hasard ou plus.",
)
SECRET_KEY_FALLBACKS = env.liste(
    "PLANIPREF_CLES_PRECEDENTES", [], aide="Clés secrètes encore acceptées pendant un changement de clé."
)
PLANIPREF_MODULES_ACTUELS = env.liste(
    "PLANIPREF_MODULES_ACTUELS",
    ["gouv.fr"],
    aide="Sites où peut se trouver le module de rendez-vous actuel d’une préfecture, sous-domaines compris.",
)
PLANIPREF_CLE_LIENS = env.texte(
    "PLANIPREF_CLE_LIENS",
    hmac.new(SECRET_KEY.encode(), b"planipref.liens", hashlib.sha256).hexdigest(),
    affiche="dérivée de PLANIPREF_CLE_SECRETE",
    aide="Clé des liens envoyés (convocation, suivi) ; la changer périme tous les liens en cours.",
)

env.rubrique = "Base de données"
_web = PLANIPREF_PROCESSUS == "web"
_attente_verrou = env.entier(
    "PLANIPREF_ATTENTE_VERROU_MS", 3000, aide="Attente d’un verrou par une requête web, en millisecondes."
)
_verrou_migration = env.entier(
    "PLANIPREF_VERROU_MIGRATION_MS", 5000, aide="Attente d’un verrou par `migrate`, en millisecondes."
)
_duree_ordre = env.entier(
    "PLANIPREF_DUREE_ORDRE_MS", 10000, aide="Durée d’un ordre SQL d’une requête web, en millisecondes."
)
_connexions = env.entier("PLANIPREF_CONNEXIONS", 8, aide="Connexions au plus par processus web ; 0 : sans réserve.")
if _base is None:
    _embarque = ServeurPostgres(PLANIPREF_DATA / "postgres")
    _base = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "planipref",
        "USER": "planipref",
        "HOST": str(_embarque.socket),
    }
_options: dict[str, Any] = _base.setdefault("OPTIONS", {})
if _web:
    _options["options"] = f"-c lock_timeout={_attente_verrou} -c statement_timeout={_duree_ordre}"
    if _connexions:
        # No pool outside the web: it does not survive the forks of the task worker.
        _options["pool"] = {"min_size": 1, "max_size": _connexions, "timeout": 5}
elif PLANIPREF_PROCESSUS == "migration":
    # A lock that waits makes everybody wait behind it: better to fail, and to start again.
    _options["options"] = f"-c lock_timeout={_verrou_migration}"
DATABASES = {"default": _base | {"CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

env.rubrique = "HTTP et sécurité"
_tls = env.booleen(
    "PLANIPREF_TLS",
    not PLANIPREF_DEMO,
    affiche="`true`, `false` en démonstration",
    aide="Le service est servi en HTTPS : redirection, témoins sécurisés, HSTS.",
)
_hsts = env.entier("PLANIPREF_HSTS_SECONDES", 31_536_000, aide="Durée de HSTS quand PLANIPREF_TLS, en secondes.")
_entete_tls = env.texte(
    "PLANIPREF_ENTETE_TLS",
    "",
    aide="En-tête par lequel le mandataire dit « https », comme `X-Forwarded-Proto` ; il doit l’écraser.",
)
PLANIPREF_MANDATAIRES = env.liste(
    "PLANIPREF_MANDATAIRES",
    [],
    aide="Adresses IP de nos mandataires, dont `X-Forwarded-For` est cru pour limiter les essais par adresse.",
)
if _entete_tls:
    SECURE_PROXY_SSL_HEADER = (f"HTTP_{_entete_tls.upper().replace('-', '_')}", "https")
SECURE_SSL_REDIRECT = _tls
SECURE_REDIRECT_EXEMPT = [r"^sante/$"]  # load balancers probe without TLS
SECURE_HSTS_SECONDS = _hsts if _tls else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _tls
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"  # addresses hold secret links: they go nowhere else
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _tls
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = env.entier("PLANIPREF_SESSION_SECONDES", 36_000, aide="Durée d’une session, en secondes.")
CSRF_FAILURE_VIEW = "planipref.commun.vues_erreur.csrf_failure"
CSRF_TRUSTED_ORIGINS = [PLANIPREF_URL]
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],  # the pictograms inside the DSFR style sheet
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "media-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "upgrade-insecure-requests": _tls,
    },
}

ROOT_URLCONF = "planipref.urls"
WSGI_APPLICATION = "planipref.wsgi.application"
INSTALLED_APPS = [
    "planipref.commun.administration.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "planipref.commun.statiques.StatiquesConfig",
    "django.contrib.postgres",
    "django.forms",
    "widget_tweaks",
    "dsfr",
    "django_htmx",
    "csp",
    "pgtrigger",
    "django_q",
    "django_linear_migrations",
    "planipref.commun",
    "demandes",
    "planning",
    "guichet",
    "statistiques",
    "planipref.pages",
]
MIDDLEWARE = [
    "planipref.commun.corps.CorpsLuMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "planipref.commun.langues.LangueMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "planipref.commun.vues_erreur.ErreurMetierMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "planipref.pages.contexte.espace",
            ],
        },
    },
]

AUTH_USER_MODEL = "demandes.Agent"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/connexion/"
LOGIN_REDIRECT_URL = "/agent/"
LOGOUT_REDIRECT_URL = "/"

LANGUAGE_CODE = "fr"
LANGUAGES = [(code, NOMS[courte]) for courte, code in LANGUES.items()]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "Europe/Paris"

env.rubrique = "FranceConnect"
_fc = env.texte(
    "PLANIPREF_FRANCECONNECT_EMETTEUR",
    "",
    affiche="(vide : pas de bouton FranceConnect)",
    aide="Émetteur (`iss`) de FranceConnect v2, sans barre finale : `https://oidc.franceconnect.gouv.fr/api/v2`.",
).rstrip("/")
_fc_compte = env.texte("PLANIPREF_FRANCECONNECT_CLIENT", "", aide="Identifiant du service chez FranceConnect.")
_fc_secret = env.texte("PLANIPREF_FRANCECONNECT_SECRET", "", aide="Secret du service chez FranceConnect.")
_fc_adresses = {
    role: env.texte(
        f"PLANIPREF_FRANCECONNECT_{role}",
        f"{_fc}/{chemin}",
        affiche=f"l’émetteur, puis `/{chemin}`",
        aide=f"Adresse de FranceConnect pour {usage}.",
    )
    for role, chemin, usage in (
        ("AUTORISATION", "authorize", "l’autorisation"),
        ("JETON", "token", "le jeton"),
        ("IDENTITE", "userinfo", "l’identité"),
        ("CLES", "jwks", "les clés de signature"),
        ("DECONNEXION", "session/end", "la déconnexion"),
    )
}
_fc_algorithme = env.texte(
    "PLANIPREF_FRANCECONNECT_ALGORITHME", "ES256", aide="Signature choisie chez FranceConnect : `ES256` ou `RS256`."
)
_fc_portees = env.texte(
    "PLANIPREF_FRANCECONNECT_PORTEES",
    "openid given_name family_name birthdate birthplace birthcountry email preferred_username",
    aide="Données demandées, celles de l’habilitation et pas davantage.",
)
PLANIPREF_CLE_FRANCECONNECT = env.texte(
    "PLANIPREF_FRANCECONNECT_CLE",
    hmac.new(PLANIPREF_CLE_LIENS.encode(), b"planipref.franceconnect", hashlib.sha256).hexdigest(),
    affiche="dérivée de PLANIPREF_CLE_LIENS",
    aide="Clé de l’empreinte des identités FranceConnect ; la changer fait oublier qui est qui.",
)
# Names of mozilla-django-oidc; empty: no FranceConnect, no button.
FRANCECONNECT: dict[str, Any] = (
    {
        "EMETTEUR": _fc,
        "DECONNEXION": _fc_adresses["DECONNEXION"],
        "OIDC_OP_AUTHORIZATION_ENDPOINT": _fc_adresses["AUTORISATION"],
        "OIDC_OP_TOKEN_ENDPOINT": _fc_adresses["JETON"],
        "OIDC_OP_USER_ENDPOINT": _fc_adresses["IDENTITE"],
        "OIDC_OP_JWKS_ENDPOINT": _fc_adresses["CLES"],
        "OIDC_RP_CLIENT_ID": _fc_compte,
        "OIDC_RP_CLIENT_SECRET": _fc_secret,
        "OIDC_RP_SIGN_ALGO": _fc_algorithme,
        "OIDC_RP_SCOPES": _fc_portees,
        "OIDC_TIMEOUT": 5,
    }
    if _fc and _fc_compte and _fc_secret
    else {}
)

env.rubrique = "Fichiers"
_pieces = env.texte(
    "PLANIPREF_PIECES",
    PLANIPREF_DATA / "pieces",
    affiche="PLANIPREF_DATA/pieces",
    aide="Dossier privé des pièces déposées, partagé par tous les serveurs ; il n’est jamais servi tel quel.",
)
PLANIPREF_PIECE_OCTETS_MAX = 1_000_000 * env.entier(
    "PLANIPREF_PIECE_MO_MAX", 10, aide="Taille d’une pièce au plus, en mégaoctets."
)
PLANIPREF_CLAMD = env.texte(
    "PLANIPREF_CLAMD",
    "",
    affiche="(vide : pas d’antivirus)",
    aide="Antivirus clamd : chemin de son socket, ou `hôte:port`. Une pièce n’est montrée qu’après son analyse.",
)
STATIC_URL = "/static/"
STATIC_ROOT = PLANIPREF_DATA / "statiques"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # nothing may be stored by default
    "pieces": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": _pieces,
            "base_url": None,  # no address: a piece goes through a view that checks the right
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "planipref.commun.statiques.StockageStatique"},
}
WHITENOISE_MAX_AGE = 3600
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["svg", "png", "jpg", "webp", "ico", "woff", "woff2", "gz", "br"]
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000  # texts of a form, files not counted
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 100  # several photos of each document

env.rubrique = "Courriel"
EMAIL_HOST = env.texte(
    "PLANIPREF_SMTP_HOTE", "", aide="Serveur SMTP ; vide : rien ne part (démonstration : boîte d’essai)."
)
EMAIL_PORT = env.entier("PLANIPREF_SMTP_PORT", 587, aide="Port du serveur SMTP.")
EMAIL_HOST_USER = env.texte("PLANIPREF_SMTP_COMPTE", "", aide="Compte SMTP, s’il en faut un.")
EMAIL_HOST_PASSWORD = env.texte("PLANIPREF_SMTP_SECRET", "", aide="Mot de passe SMTP.")
EMAIL_USE_TLS = env.booleen("PLANIPREF_SMTP_STARTTLS", True, aide="Chiffrer par STARTTLS.")
PLANIPREF_SMTP_PAR_MINUTE = env.entier(
    "PLANIPREF_SMTP_PAR_MINUTE",
    1200,
    aide="Courriels remis au serveur SMTP par minute, au plus, tous processus réunis ; 0 : sans limite.",
)
EMAIL_TIMEOUT = 10
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'dummy'}.EmailBackend"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.texte(
    "PLANIPREF_EXPEDITEUR",
    "PlaniPref <ne-pas-repondre@planipref.invalid>",
    aide="Expéditeur des courriels.",
)

env.rubrique = "Accompagnement"
PLANIPREF_QUOTA_MANDATS = env.entier(
    "PLANIPREF_QUOTA_MANDATS", 200, aide="Mandats en cours au plus par aidant, sauf valeur propre à l’organisme."
)
PLANIPREF_QUOTA_BROUILLONS = env.entier(
    "PLANIPREF_QUOTA_BROUILLONS", 100, aide="Demandes ouvertes au plus par organisme en 24 heures."
)
PLANIPREF_QUOTA_RENDEZ_VOUS = env.entier(
    "PLANIPREF_QUOTA_RENDEZ_VOUS", 10, aide="Rendez-vous pris au plus par organisme, sur un site et un jour."
)

env.rubrique = "Planning"
PLANIPREF_AFFECTATION_SECONDES = env.entier(
    "PLANIPREF_AFFECTATION_SECONDES", 20, aide="Secondes de calcul, au plus, pour affecter les agents d’une semaine."
)

PLANIPREF_CASPER_URL = env.texte(
    "PLANIPREF_CASPER_URL",
    "",
    affiche="(vide : les absences s’importent par fichier)",
    aide="Adresse https où lire les absences de CASPER (CSV ou JSON) ; `{departement}` y devient 67, 974…",
)
PLANIPREF_CASPER_JETON = env.texte("PLANIPREF_CASPER_JETON", "", aide="Jeton présenté à CASPER (`Bearer`).")

PLANIPREF_OUVERTURE_PAR_SECONDE = env.entier(
    "PLANIPREF_OUVERTURE_PAR_SECONDE",
    4,
    aide="Personnes à qui s’ouvre, chaque seconde, une vague de places, par tirage au sort. 0 : toutes à la fois.",
)

env.rubrique = "SMS"
PLANIPREF_SMS_URL = env.texte(
    "PLANIPREF_SMS_URL",
    "",
    affiche="(vide : aucun SMS ; en démonstration, la boîte)",
    aide="Adresse https du fournisseur de SMS, qui reçoit `{id, from, to, text}` en JSON.",
)
PLANIPREF_SMS_JETON = env.texte("PLANIPREF_SMS_JETON", "", aide="Jeton présenté au fournisseur de SMS (`Bearer`).")
PLANIPREF_SMS_EXPEDITEUR = env.texte("PLANIPREF_SMS_EXPEDITEUR", "PREFECTURE", aide="Expéditeur affiché des SMS.")
PLANIPREF_SMS_PAR_SECONDE = env.entier(
    "PLANIPREF_SMS_PAR_SECONDE",
    20,
    aide="SMS remis au fournisseur par seconde, au plus, tous processus réunis ; 0 : sans limite.",
)
PLANIPREF_SMS_SECRET = env.texte(
    "PLANIPREF_SMS_SECRET", "", aide="Secret qui signe les accusés de réception du fournisseur (HMAC-SHA256)."
)

env.rubrique = "Tâches et journaux"
Q_CLUSTER: dict[str, Any] = {
    "name": "planipref",
    "label": "Tâches",
    "orm": "default",
    "workers": env.entier("PLANIPREF_TACHES_PROCESSUS", 2, aide="Processus du travailleur de tâches."),
    "timeout": 120,
    "retry": 180,
    "max_attempts": 3,  # the outbox tables retry by themselves: a task only wakes them
    "ack_failures": True,
    "catch_up": False,
    "save_limit": 1000,
    "poll": 0.5,
    "bulk": 10,
}
_niveau = env.texte("PLANIPREF_NIVEAU_JOURNAL", "INFO", aide="Niveau des journaux (sortie d’erreur).")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "discret": {
            "()": "planipref.commun.journaux.FormatDiscret",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "discret"}},
    "root": {"handlers": ["console"], "level": _niveau},
    "loggers": {
        "django": {"handlers": ["console"], "level": _niveau, "propagate": False},
        "django-q": {"handlers": ["console"], "level": _niveau, "propagate": False},
        "fontTools": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
        "pikepdf": {"level": "WARNING"},
        "pyhanko": {"level": "WARNING"},
    },
}

# The manifest rewrites the addresses inside the style sheets: the published checksums no longer hold.
DSFR_USE_INTEGRITY_CHECKSUMS = False
DSFR_MARK_OPTIONAL_FIELDS = True
