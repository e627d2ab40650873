import pytest

from heldout_runner.lane.wire import Message


class TestMessage:
    @pytest.mark.parametrize(
        ("message", "encoded"),
        [  # those of protobuf.dev/programming-guides/encoding
            (Message().integer(1, 150), "089601"),
            (Message().integer(1, -2), "08feffffffffffffffff01"),
            (Message().text(2, "testing"), "120774657374696e67"),
            (Message().message(3, Message().integer(1, 150)), "1a03089601"),
            (Message().single(1, 1.0), "0d0000803f"),
        ],
    )
    def test_is_encoded_as_the_format_says(self, message, encoded):
        assert message.encoded().hex() == encoded
        assert message.size == len(message.encoded())

    def test_holds_arrays_of_any_length(self):
        inner = Message().raw(9, memoryview(bytes(300)))
        assert Message().message(5, inner).encoded()[:6].hex() == "2aaf024aac02"
