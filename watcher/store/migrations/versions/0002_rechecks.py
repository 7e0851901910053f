"""When the open cases of a source were last looked at for deletions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the time."""
    with op.batch_alter_table("sources") as table:
        table.add_column(sa.Column("rechecked_at", sa.DateTime(timezone=True)))
