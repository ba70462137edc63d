"""Settings of the measures: those of the product, without the publication of static files, that no measure asks for."""

from __future__ import annotations

from planipref.settings import *  # noqa: F403
from planipref.settings import STORAGES

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
