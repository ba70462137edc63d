"""Tools without domain."""

from django.apps import AppConfig
from django.core.checks import Tags, register


class CommunConfig(AppConfig):
    """Configuration of the common tools."""

    name = "planipref.commun"
    label = "commun"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks of a deployment."""
        from planipref.commun.verifications import antivirus_configure

        register(antivirus_configure, Tags.security, deploy=True)
