"""Cases in which those who decide stand themselves: the safeguarding lead accused, the head named."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add both flags to cases; none of the old ones has them."""
    for name in ("concerns_dsl", "names_head"):
        op.add_column("cases", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
