"""Static files: each published name carries the hash of its content, so that browsers keep it for ever."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StatiquesConfig(StaticFilesConfig):
    """Publishes what the pages use: not the parts of the DSFR that its bundled sheets already hold."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        *(f"dsfr/dist/{partie}/*" for partie in ("analytics", "component", "core", "layout", "legacy", "scheme")),
        "dsfr/dist/dsfr.*",
        "*.legacy.min.css",
        "*.md",
    ]


class StockageStatique(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Manifest storage; a file missing from the manifest is an error at start, not a broken page."""

    keep_only_hashed_files = True

    def create_compressor(self, **options: Any) -> Compressor:
        """Return the compressor; the demonstration does without Brotli, 9 s of its first start."""
        return Compressor(**options | {"use_brotli": not settings.PLANIPREF_DEMO})
