"""A few headers of the answers in which posts came, for evidence."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add them to versions; what is there already has none."""
    op.add_column("versions", sa.Column("receipts", sa.JSON(), nullable=True))
