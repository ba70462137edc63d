"""What every test shares: a throwaway PostgreSQL, and Debian's Chromium for the browser tests."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import shutil
import signal
from collections.abc import Iterable, Iterator, Sequence

import hypothesis
import pytest
import time_machine
from django.conf import settings
from django.core.management.color import Style
from django.db import transaction
from django.db.backends.postgresql.creation import DatabaseCreation
from django.db.backends.postgresql.operations import DatabaseOperations

from demandes.models import Agent, Organisme, Usager
from planipref.commun.environnement import Environnement
from planipref.commun.postgres import serveur_ephemere
from tests.demandes.factories import INSTANT, AgentFactory, OrganismeFactory, PrefectureFactory, UsagerFactory

# Playwright's synchronous API keeps an event loop in the thread of the tests.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# No deadline: how long an example takes says how busy the machine is.
hypothesis.settings.register_profile(
    "planipref", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("planipref")

ADRESSE_DE_BASE = "PLANIPREF_BASE_DE_TEST"
NOS_CONNEXIONS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s AND usename = current_user
"""
_ressources = contextlib.ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Start one server for the whole run; the xdist workers find its address in their environment."""
    if not hasattr(config, "workerinput") and ADRESSE_DE_BASE not in os.environ:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the server is stopped then too
        atexit.register(_ressources.close)
        os.environ[ADRESSE_DE_BASE] = _ressources.enter_context(serveur_ephemere()).adresse()
        _ressources.callback(os.environ.pop, ADRESSE_DE_BASE, None)
    base = Environnement().base(ADRESSE_DE_BASE, aide="", affiche="")
    if base is not None:
        # Django is already set up by pytest-django, but no connection is open yet.
        settings.DATABASES["default"].update({cle: base[cle] for cle in ("NAME", "USER", "HOST", "PORT")})


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser tests last: Playwright leaves an event loop in the thread, where pyHanko wants none."""
    items.sort(key=lambda item: "tests/navigateur/" in item.nodeid)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Look for cycles less often, and no more among what lives as long as the run: it took a fifth of its time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server, whatever the outcome."""
    _ressources.close()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """Drive Debian's Chromium, without windows if it can: nothing to download."""
    chemin = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    options += ["--disable-component-update", "--disable-sync"]
    return {**browser_type_launch_args, "executable_path": chemin, "args": options}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """Drop the test database even when a connection to it is left.

    Django keeps one connection for each event loop and thread. One opened before Playwright's loop began is out of
    reach behind it, and no test can close it.
    """

    def supprimer(creation: DatabaseCreation, test_database_name: str, verbosity: int) -> None:
        with creation.connection._nodb_cursor() as curseur:
            # Ours only: WITH (FORCE) would fail on an autovacuum worker, that a plain DROP sends away.
            curseur.execute(NOS_CONNEXIONS, [test_database_name])
            curseur.execute(f"DROP DATABASE {creation.connection.ops.quote_name(test_database_name)}")

    with pytest.MonkeyPatch.context() as rustine:
        rustine.setattr(DatabaseCreation, "_destroy_test_db", supprimer)
        yield


@pytest.fixture(scope="session", autouse=True)
def _journal_vidable() -> Iterator[None]:
    """Let the flush between transactional tests empty the journal, that a trigger guards.

    It deletes: to truncate every table takes a second, and most of them are empty.
    """

    def effacements(operations: DatabaseOperations, style: Style, tables: Sequence[str], **_: object) -> list[str]:
        return [f"DELETE FROM {operations.quote_name(table)}" for table in tables]

    def vider(operations: DatabaseOperations, sql_list: Iterable[str]) -> None:
        with transaction.atomic(), operations.connection.cursor() as curseur:
            curseur.execute("SET LOCAL session_replication_role = replica")
            curseur.execute(";".join(sql_list))

    with pytest.MonkeyPatch.context() as rustine:
        rustine.setattr(DatabaseOperations, "sql_flush", effacements)
        rustine.setattr(DatabaseOperations, "execute_sql_flush", vider)
        yield


@pytest.fixture
def temps_fige() -> Iterator[time_machine.Traveller]:
    """Stop the clock on Monday 4 March 2030 at 9:00 in Paris."""
    with time_machine.travel(INSTANT, tick=False) as voyageur:
        yield voyageur


@pytest.fixture
def amina(db: None) -> Usager:
    """An usager with an e-mail address."""
    return UsagerFactory(nom="Ben Ali", prenoms="Amina", courriel="amina@example.org")


@pytest.fixture
def bruno(db: None) -> Agent:
    """An agent at the desk of the Bas-Rhin."""
    return AgentFactory(username="bruno", first_name="Bruno", last_name="Klein", accueil=True)


@pytest.fixture
def chloe(db: None) -> Agent:
    """An instructrice of the Bas-Rhin."""
    return AgentFactory(username="chloe", first_name="Chloé", last_name="Durand", instructeur=True)


@pytest.fixture
def denis(db: None) -> Agent:
    """The head of service of the Bas-Rhin, who holds a delegation of signature."""
    return AgentFactory(username="denis", first_name="Denis", last_name="Weber", chef_service=True)


@pytest.fixture
def etienne(db: None) -> Agent:
    """The head of service of another préfecture, with its delegation: he may nothing in the Bas-Rhin."""
    autre = PrefectureFactory(departement="93")
    return AgentFactory(
        username="etienne", first_name="Étienne", last_name="Faure", chef_service=True, prefecture=autre
    )


@pytest.fixture
def fatou(db: None) -> Organisme:
    """An association that helps usagers."""
    return OrganismeFactory(nom="Entraide de Fatou", courriel="fatou@example.org")
