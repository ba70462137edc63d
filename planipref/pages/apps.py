"""Pages that compose several apps; nobody imports it."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """Configuration of the composed pages."""

    name = "planipref.pages"
    label = "pages"
