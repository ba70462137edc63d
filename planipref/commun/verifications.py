"""Checks of a deployment, run by `manage.py check --deploy`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage
from django.core.checks import Warning as Avertissement

from planipref.commun import antivirus


def antivirus_configure(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn of a production service that would show files which no antivirus has seen."""
    if settings.PLANIPREF_DEMO or antivirus.est_configure():
        return []
    return [
        Avertissement(
            "Aucun antivirus n’est réglé : les pièces déposées seront montrées sans analyse.",
            hint="Réglez PLANIPREF_CLAMD.",
            id="planipref.W001",
        )
    ]
