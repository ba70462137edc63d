"""How the browser tests open a browser of their own."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext

# The design system asks for a frame without end, sixty times a second on every page that is open: ten are enough here.
MOINS_D_IMAGES = """(() => {
  const image = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (suite) => setTimeout(() => image(suite), 100);
  window.cancelAnimationFrame = clearTimeout;
})()"""


def ouvrir_contexte(browser: Browser, **options: Any) -> BrowserContext:
    """Open the cookies and the pages of one person, who is in France."""
    contexte = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris", **options)
    contexte.add_init_script(MOINS_D_IMAGES)
    return contexte
