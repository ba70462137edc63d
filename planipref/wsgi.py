"""WSGI entry point: the web processes, with their short time limits in the database."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planipref.settings")
os.environ.setdefault("PLANIPREF_PROCESSUS", "web")

application = get_wsgi_application()
