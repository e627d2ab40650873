"""Every table either travels with an event or stays, and somebody has decided which."""

from heldout_server.exporting.event_rows import ID_LISTS, STAYING, TABLES
from heldout_server.models import metadata


class TestTables:
    def test_each_is_in_one_of_the_lists(self):
        """A new table fails here: does it belong to an event, and may it leave the server?"""
        undecided = set(metadata.tables) - set(TABLES) - STAYING
        assert undecided == set()

    def test_none_is_in_both(self):
        assert set(TABLES) & STAYING == set()

    def test_what_a_row_refers_to_travels_before_it(self):
        order = list(TABLES)
        for place, name in enumerate(order):
            for key in metadata.tables[name].foreign_keys:
                target = key.column.table.name
                assert target == name or order.index(target) < place, (name, target)

    def test_lists_of_ids_name_real_columns(self):
        for (table, column), target in ID_LISTS.items():
            assert column in metadata.tables[table].c
            assert target in TABLES
