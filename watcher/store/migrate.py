"""Bringing the schema up to date with Alembic, without an ini file."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from watcher.store.database import Database, StoreError, wait_for_turn


def migrate(database: Database) -> None:
    """Run the migrations that are missing, in one transaction. Raises StoreError for a newer schema."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    scripts = ScriptDirectory.from_config(config)
    with database.writing() as connection:
        wait_for_turn(connection)
        current = MigrationContext.configure(connection).get_current_revision()
        if current == scripts.get_current_head():
            return
        if current and current not in {script.revision for script in scripts.walk_revisions()}:
            raise StoreError(
                f"the database (schema {current}) is newer than this program; install the newer program"
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
