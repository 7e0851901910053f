"""Posts edited after people were told: noted once, and known again by any of their versions."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the note to cases and the fingerprint to versions; old versions have none."""
    op.add_column("cases", sa.Column("change", sa.String(length=8), nullable=True))
    op.add_column("versions", sa.Column("fingerprint", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_versions_fingerprint"), "versions", ["fingerprint"], unique=False)
