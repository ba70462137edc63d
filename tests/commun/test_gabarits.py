from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.conf import settings as reglages
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.test import Client

GABARITS = sorted((Path(reglages.BASE_DIR) / "templates").rglob("*.html"))
DSFR = [Path(str(finders.find(f"dsfr/dist/{nom}"))) for nom in ("dsfr/dsfr.min.css", "utility/utility.min.css")]


@pytest.fixture
def html(settings):
    settings.ROOT_URLCONF = "tests.commun.adresses"
    settings.MIDDLEWARE = [
        "csp.middleware.CSPMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ]
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    settings.MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
    processeurs = ["request", "csrf"]
    settings.TEMPLATES = [
        {
            **reglages.TEMPLATES[0],
            "OPTIONS": {
                "context_processors": [
                    *(f"django.template.context_processors.{nom}" for nom in processeurs),
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ]
    return lambda adresse="/": Client().get(adresse).content.decode()


def test_page_has_its_landmarks_title_and_language(html):
    page = html()
    assert '<html lang="fr"' in page
    assert "<title>Accueil — PlaniPref</title>" in page
    assert page.count("<main") == page.count("<header") == page.count("<footer") == 1
    for cible in re.findall(r'class="fr-link" href="#(\w+)"', page):
        assert f'id="{cible}"' in page
    htmx = json.loads(re.findall(r"name=\"htmx-config\"\s+content='([^']+)'", page)[0])
    assert [htmx[nom] for nom in ("allowEval", "allowScriptTags", "includeIndicatorStyles")] == [False] * 3


def test_every_script_is_a_file_with_the_nonce(html):
    page = html()
    scripts = re.findall(r"<script[^>]*>", page)
    assert len(scripts) == 6
    assert all(re.search(r'nonce="[^"]{10,}"', script) and "src=" in script for script in scripts)
    assert not re.search(r"\sstyle=|\son[a-z]+=\"|javascript:", page)


def test_message_is_escaped(html):
    assert "Bonjour &lt;b&gt;Amina&lt;/b&gt;" in html()


def test_agents_have_their_own_navigation(html):
    agent, usager = html("/?espace=agent"), html()
    assert "À faire" in agent
    assert "À faire" not in usager
    assert "Suivre ma demande" in usager
    assert "Suivre ma demande" not in agent


def test_demonstration_says_so(html):
    assert "Site de démonstration" in html()


@pytest.mark.parametrize("gabarit", GABARITS, ids=lambda chemin: chemin.name)
def test_templates_hold_no_inline_code(gabarit):
    if gabarit.parent.name in {"courriels", "pdf"}:
        return
    texte = gabarit.read_text()
    assert not re.search(r"\sstyle=|<style|\son(click|change|submit|load|input)=|\|safe\b", texte)
    assert all("src=" in script for script in re.findall(r"<script[^>]*>", texte))


def test_static_files_name_no_other_host():
    for nom in ("planipref.css", "planipref.js", "pdf/courrier.css"):
        texte = (Path(reglages.BASE_DIR) / "static" / nom).read_text()
        assert not re.search(r"https?://", texte)
        assert "eval(" not in texte


def test_icons_used_exist_in_the_design_system():
    feuilles = "".join(feuille.read_text() for feuille in DSFR)
    utilisees = {classe for gabarit in GABARITS for classe in re.findall(r"\bfr-icon-[a-z0-9-]+", gabarit.read_text())}
    assert {classe for classe in utilisees if f".{classe}:" not in feuilles} == set()


@pytest.mark.parametrize("extension", ["html", "txt"])
def test_mail_says_who_writes_and_that_no_money_is_asked(extension):
    contexte = {"titre": "Votre « rendez-vous »", "url_site": "https://exemple.fr", "demonstration": True}
    courriel = render_to_string(f"courriels/base.{extension}", contexte)
    assert "République française" in courriel
    assert "Votre « rendez-vous »" in courriel
    assert "démonstration" in courriel
    assert "https://exemple.fr" in courriel


def test_steps_say_their_status_in_words():
    etapes = [
        {"libelle": "Vérifier", "statut": "faite", "detail": ""},
        {"libelle": "Recevoir", "statut": "en_cours", "detail": "avant le 10 mars"},
        {"libelle": "Décider", "statut": "a_venir", "detail": ""},
        {"libelle": "Remettre", "statut": "sans_objet", "detail": ""},
    ]
    html = render_to_string("_partials/etapes.html", {"etapes": etapes})
    for mot in ("Fait", "En cours", "À venir", "Ne vous concerne pas", "avant le 10 mars"):
        assert mot in html
    assert html.count('aria-current="step"') == 1
