"""Operations of migrations that may be run again after a failure, outside a transaction."""

from __future__ import annotations

from typing import cast

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from django.db.migrations.state import ProjectState


class AddIndexConcurrentlyAgain(AddIndexConcurrently):
    """Create an index while the table lives; what an interrupted run left of it, often invalid, is dropped first."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Drop the index of that name, if there is one, and create it."""
        modele = to_state.apps.get_model(app_label, self.model_name)
        cast("DatabaseSchemaEditor", schema_editor).remove_index(modele, self.index, concurrently=True)  # IF EXISTS
        super().database_forwards(app_label, schema_editor, from_state, to_state)
