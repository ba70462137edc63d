"""Triggers that nothing may switch off.

django-pgtrigger lets a session ignore triggers by a setting, through a function that opens a subtransaction at each
call. Ours guard the law: no setting lifts them, and a booking is 20 % cheaper without that call.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from pgtrigger import compiler

JAMAIS = '"public".declencheur_ignore'  # made by the first migration of commun: always false, inlined


class Declencheur(pgtrigger.Trigger):
    """A trigger of django-pgtrigger without its way to be ignored."""

    def compile(self, model: models.Model) -> compiler.Trigger:
        """Compile the trigger for migrations, with the function that never ignores."""
        ordinaire = super().compile(model)
        arguments = {**ordinaire.sql.kwargs, "ignore_func_name": JAMAIS}
        return compiler.Trigger(name=ordinaire.name, sql=compiler.UpsertTriggerSql(**arguments))
