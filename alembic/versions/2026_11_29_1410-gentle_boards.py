"""who sees whose row of a board, and under which names

Revision ID: 3b9e5d07c2f1
Revises: 2d9b47c0e5a1
Create Date: 2026-11-29 14:00:00.000000+00:00
"""

import secrets
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "3b9e5d07c2f1"
down_revision: str | None = "2d9b47c0e5a1"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NAMED = ("team", "participant")
AT_ONCE = 1000
TRIES = 50
# What the models drew from on that day, so that this goes on meaning the same.
COLOURS = (
    "Amber", "Apricot", "Auburn", "Azure", "Beige", "Black", "Blue", "Bronze", "Brown", "Cherry",
    "Cobalt", "Copper", "Coral", "Cream", "Crimson", "Cyan", "Ebony", "Emerald", "Fawn", "Golden",
    "Green", "Grey", "Hazel", "Indigo", "Ivory", "Jade", "Lavender", "Lemon", "Lilac", "Lime",
    "Maroon", "Mint", "Mustard", "Navy", "Ochre", "Olive", "Opal", "Orange", "Pearl", "Pink",
    "Plum", "Purple", "Red", "Ruby", "Rust", "Saffron", "Sandy", "Scarlet", "Sepia", "Silver",
    "Tawny", "Teal", "Topaz", "Turquoise", "Umber", "Vanilla", "Violet", "White", "Yellow",
)  # fmt: skip
ANIMALS = (
    "Albatross", "Antelope", "Badger", "Bat", "Bear", "Beaver", "Bison", "Bittern", "Bumblebee",
    "Buzzard", "Camel", "Chamois", "Cicada", "Condor", "Coot", "Cormorant", "Cougar", "Crab",
    "Crane", "Cricket", "Crow", "Curlew", "Deer", "Dolphin", "Dormouse", "Dragonfly", "Duck",
    "Eagle", "Egret", "Elk", "Falcon", "Ferret", "Finch", "Firefly", "Flamingo", "Fox", "Frog",
    "Gazelle", "Gecko", "Giraffe", "Goose", "Grouse", "Gull", "Hare", "Hawk", "Hedgehog", "Heron",
    "Hoopoe", "Ibex", "Ibis", "Jackdaw", "Jay", "Kestrel", "Kingfisher", "Kite", "Koala", "Lark",
    "Lemur", "Lizard", "Lynx", "Magpie", "Marmot", "Marten", "Mole", "Moose", "Moth", "Newt",
    "Octopus", "Oriole", "Osprey", "Otter", "Owl", "Panda", "Partridge", "Pelican", "Penguin",
    "Pheasant", "Plover", "Puffin", "Quail", "Rabbit", "Raven", "Robin", "Salmon", "Seahorse",
    "Seal", "Shrew", "Sparrow", "Squirrel", "Starling", "Stoat", "Stork", "Swallow", "Swan",
    "Swift", "Tapir", "Tern", "Thrush", "Toad", "Tortoise", "Trout", "Turtle", "Vole", "Walrus",
    "Warbler", "Weasel", "Whale", "Wolf", "Wombat", "Woodpecker", "Wren", "Zebra",
)  # fmt: skip


def upgrade() -> None:
    with op.batch_alter_table("competition") as batch:
        rule = sa.Column("board_rule", sa.String(20), nullable=False, server_default="everybody")
        batch.add_column(rule)
        batch.add_column(sa.Column("board_top", sa.Integer(), nullable=False, server_default="10"))
    for table in NAMED:
        with op.batch_alter_table(table) as batch:
            batch.add_column(
                sa.Column("pseudonym", sa.String(60), nullable=False, server_default="")
            )
    taken: dict[int, set[str]] = {}
    for table in NAMED:
        _give(table, taken)


def _give(name: str, taken: dict[int, set[str]]) -> None:
    table = sa.table(
        name, sa.column("id"), sa.column("competition_id"), sa.column("pseudonym", sa.String)
    )
    connection = op.get_bind()
    given = []
    for row, competition in connection.execute(sa.select(table.c.id, table.c.competition_id)):
        new = _pseudonym(here := taken.setdefault(competition, set()))
        here.add(new)
        given.append({"row": row, "new": new})
    statement = (
        sa.update(table)
        .where(table.c.id == sa.bindparam("row"))
        .values(pseudonym=sa.bindparam("new"))
    )
    for start in range(0, len(given), AT_ONCE):
        connection.execute(statement, given[start : start + AT_ONCE])


def _pseudonym(taken: Collection[str]) -> str:
    for _ in range(TRIES):
        found = f"{secrets.choice(COLOURS)} {secrets.choice(ANIMALS)}"
        if found not in taken:
            return found
    return f"{found} {len(taken) + 1}"


def downgrade() -> None:
    for table in NAMED:
        with op.batch_alter_table(table) as batch:
            batch.drop_column("pseudonym")
    with op.batch_alter_table("competition") as batch:
        batch.drop_column("board_top")
        batch.drop_column("board_rule")
