"""The settings of production: `check --deploy` is clean, and a setting missing or wrong is said in one sentence."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from manage import PROCESSUS

RACINE = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "DATABASE_URL": "postgres://planipref:secret@base.exemple.invalid:5432/planipref",
    "PLANIPREF_URL": "https://demarches.exemple.invalid",
    "PLANIPREF_CLE_SECRETE": secrets.token_urlsafe(64),
    "PLANIPREF_CLE_LIENS": secrets.token_urlsafe(64),
    "PLANIPREF_ENTETE_TLS": "X-Forwarded-Proto",
    "PLANIPREF_CLAMD": "/run/clamav/clamd.ctl",
    "PLANIPREF_SMTP_HOTE": "smtp.exemple.invalid",
    "PLANIPREF_EXPEDITEUR": "Préfecture <ne-pas-repondre@exemple.invalid>",
}


def gerer(tmp_path, *arguments, sans=(), **reglages):
    """Run a management command as an operator does, with the settings of production and nothing else of ours."""
    environnement = {c: v for c, v in os.environ.items() if not c.startswith(("PLANIPREF_", "DJANGO_"))}
    environnement |= PRODUCTION | {"PLANIPREF_DATA": str(tmp_path / "donnees")} | reglages
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=RACINE,
        env={c: v for c, v in environnement.items() if c not in sans},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def verifier(tmp_path, **options):
    return gerer(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **options)


def test_check_deploy_with_production_settings_is_clean(tmp_path):
    resultat = verifier(tmp_path)
    assert resultat.returncode == 0, resultat.stderr
    assert "no issues" in resultat.stdout
    assert resultat.stderr == ""


def test_check_deploy_without_tls_is_refused(tmp_path):
    resultat = verifier(tmp_path, PLANIPREF_TLS="false")
    assert resultat.returncode == 1
    assert "security.W008" in resultat.stderr


@pytest.mark.parametrize("variable", ["PLANIPREF_URL", "PLANIPREF_CLE_SECRETE"])
def test_command_without_a_mandatory_setting_says_so_in_one_sentence(tmp_path, variable):
    resultat = verifier(tmp_path, sans=(variable,))
    assert resultat.returncode == 1
    assert resultat.stderr.startswith(f"La variable {variable} est obligatoire : ")
    assert resultat.stderr.count("\n") == 1
    assert not (tmp_path / "donnees").exists(), "aucune clé n’est tirée au sort hors démonstration"


@pytest.mark.parametrize(
    ("variable", "valeur", "phrase"),
    [
        # `oui` was once read as `false`, and TLS was off without a word.
        ("PLANIPREF_TLS", "oui", "n’est pas un booléen valable."),
        ("PLANIPREF_CONNEXIONS", "huit", "n’est pas un entier valable."),
        ("DATABASE_URL", "planipref", "n’est pas une adresse « postgres://… »."),
        ("DATABASE_URL", "mysql://a:b@c/d", "n’est pas une adresse « postgres://… »."),
    ],
)
def test_command_with_a_setting_it_cannot_read_says_so_in_one_sentence(tmp_path, variable, valeur, phrase):
    resultat = verifier(tmp_path, **{variable: valeur})
    assert resultat.returncode == 1
    assert resultat.stderr == f"La variable {variable} {phrase}\n"


def test_command_says_nothing_of_the_secrets_it_was_given(tmp_path):
    resultat = verifier(tmp_path, PLANIPREF_CLE_SECRETE="trop-courte-42", PLANIPREF_CONNEXIONS="0")
    assert resultat.returncode == 1
    assert "security.W009" in resultat.stderr
    for secret in ("trop-courte-42", PRODUCTION["PLANIPREF_CLE_LIENS"], "secret@"):
        assert secret not in resultat.stdout + resultat.stderr


def test_migrate_gives_a_lock_up_and_the_other_commands_wait(tmp_path):
    assert PROCESSUS["migrate"] == "migration"
    assert "lock_timeout=5000" in gerer(tmp_path, "diffsettings", PLANIPREF_PROCESSUS=PROCESSUS["migrate"]).stdout
    assert "lock_timeout" not in gerer(tmp_path, "diffsettings").stdout
