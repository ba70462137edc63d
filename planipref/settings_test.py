"""Settings of the tests: fast hashes, files in memory, and limits that turn a deadlock into a failure."""

from __future__ import annotations

import os

os.environ.setdefault("DATABASE_URL", "postgres://planipref@%2Fbase-de-test-non-demarree/planipref")
os.environ["PLANIPREF_DEMO"] = "true"
os.environ["PLANIPREF_CLE_SECRETE"] = "cle-des-tests-sans-valeur-" + 30 * "x"

from planipref.settings import *  # noqa: F403
from planipref.settings import DATABASES, INSTALLED_APPS, STORAGES, TEMPLATES

DATABASES["default"]["OPTIONS"]["options"] = "-c lock_timeout=10000 -c statement_timeout=60000"
INSTALLED_APPS += ["django_migration_linter"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES |= {
    "pieces": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
TEMPLATES[0]["OPTIONS"]["debug"] = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ALLOWED_HOSTS = ["*"]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True  # static files straight from their sources
