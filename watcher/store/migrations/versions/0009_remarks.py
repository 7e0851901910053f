"""What a source has to say although it can be read."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the remark, and whether it means that not all could be seen."""
    with op.batch_alter_table("sources") as table:
        table.add_column(sa.Column("remark", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("partial", sa.Boolean(), server_default=sa.false(), nullable=False))
