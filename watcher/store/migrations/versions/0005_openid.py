"""The account elsewhere with which somebody signs in."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add who vouches for a person, and under which name."""
    op.add_column("people", sa.Column("issuer", sa.String(length=200), nullable=True))
    op.add_column("people", sa.Column("subject", sa.String(length=255), nullable=True))
    columns = ["federation_id", "issuer", "subject"]
    op.create_index(op.f("ix_people_federation_id_issuer_subject"), "people", columns, unique=True)
