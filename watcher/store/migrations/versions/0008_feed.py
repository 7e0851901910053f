"""The address under which a reader shows somebody their open cases."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the hash of the address's secret."""
    op.add_column("people", sa.Column("feed", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_people_feed"), "people", ["feed"], unique=True)
