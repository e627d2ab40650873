"""What runs were set differently."""

from heldout_server.runs.comparing import compared, differences


def card(**hyperparameters: object) -> dict[str, object]:
    return {"hyperparameters": hyperparameters}


class TestCompared:
    def test_differences_come_first(self) -> None:
        found = compared([card(optimizer="adam", dropout=0.5), card(optimizer="adam", dropout=0)])
        assert [(s.name, s.differs) for s in found] == [("dropout", True), ("optimizer", False)]

    def test_a_missing_value_is_a_difference(self) -> None:
        (setting,) = compared([card(l2=0.1), card()])
        assert setting.values == (0.1, None)
        assert setting.differs

    def test_the_same_number_written_otherwise_is_none(self) -> None:
        assert differences([card(batch_size=128, optimizer="Adam"),
                            card(batch_size=128.0, optimizer="adam")]) == ()  # fmt: skip

    def test_what_nobody_chose_is_left_out_of_differences(self) -> None:
        assert (
            differences([card(device="GPU", epochs_run=3), card(device="CPU", epochs_run=9)]) == ()
        )

    def test_strange_cards_do_no_harm(self) -> None:
        assert compared([{}, {"hyperparameters": 3}, {"hyperparameters": {"a": [1, {}]}}])
