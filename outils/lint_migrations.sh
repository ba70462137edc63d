#!/usr/bin/env bash
# Checks of the migrations that need a database; started by lint.sh with a throwaway one.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/python manage.py check --fail-level WARNING
.venv/bin/python manage.py makemigrations --check --dry-run
.venv/bin/python manage.py lintmigrations --settings=planipref.settings_test --quiet ok ignore --no-cache \
    --include-apps demandes planning guichet statistiques commun
