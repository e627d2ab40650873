"""the host of a webhook, since its address is to be sealed

Revision ID: a81f6d3c92e0
Revises: f7c25d81b604
Create Date: 2026-11-29 03:00:00.000000+00:00
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

revision: str = "a81f6d3c92e0"
down_revision: str | None = "f7c25d81b604"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WEBHOOK = sa.table("webhook", sa.column("id"), sa.column("url"), sa.column("host"))


def upgrade() -> None:
    op.add_column(
        "webhook", sa.Column("host", sa.String(), nullable=False, server_default=sa.text("''"))
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(WEBHOOK.c.id, WEBHOOK.c.url)).all():
        host = urlsplit(row.url).hostname or ""
        change = sa.update(WEBHOOK).where(WEBHOOK.c.id == row.id).values(host=host)
        connection.execute(change)


def downgrade() -> None:
    # Sealed addresses stay so: the version before can't send to them, and webhooks are added again.
    op.drop_column("webhook", "host")
