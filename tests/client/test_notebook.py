"""What a real notebook shows: one card for a result, four lines for an error."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from client.kernel import Kernel

pytest.importorskip("ipykernel")


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    """One kernel for all: each test runs its own cells."""
    with Kernel() as started:
        yield started


CARD = "97.31% ± 0.45"


class TestReceipt:
    @pytest.mark.parametrize("cell", ["client.submit([1, 2])", "sub = client.submit([1, 2])"])
    def test_is_one_card_and_no_text(self, kernel: Kernel, cell: str) -> None:
        shown = kernel.run(cell)
        assert [CARD in html for html in shown.html] == [True]
        assert len(shown.rich) == 1
        assert shown.text == ""

    def test_is_one_card_for_each_submission_of_a_loop(self, kernel: Kernel) -> None:
        shown = kernel.run("for k in range(3):\n    sub = client.submit([1, k])")
        assert [CARD in html for html in shown.html] == [True] * 3

    def test_is_shown_again_in_a_later_cell(self, kernel: Kernel) -> None:
        kernel.run("sub = client.submit([1, 2])")
        assert len(kernel.run("sub").html) == 1
        assert len(kernel.run("display(sub, sub)").html) == 2

    def test_comes_with_the_wait_where_there_was_none(self, kernel: Kernel) -> None:
        shown = kernel.run("sub = client.submit([1, 2], wait=False)\nsub.wait()")
        assert [CARD in html for html in shown.html] == [True]

    def test_a_check_is_one_card_too(self, kernel: Kernel) -> None:
        shown = kernel.run("client.check([1, 2])")
        assert len(shown.rich) == len(shown.html) == 1
        assert "not submitted, nothing counted" in shown.html[0]
        assert shown.text == ""


class TestErrors:
    @pytest.mark.parametrize(
        ("cell", "said"),
        [
            ("client.submit('no.keras')", "FileUnreadable: There is no file 'no.keras'."),
            ("client.submit([1, 2], histroy=1)", "did you mean history?"),
            ("client.submit([1, 2], history='oops')", "WrongArguments: history is the text 'oops'"),
            ("client.leaderbord()", "did you mean leaderboard?"),
            ("heldout.leaderbord()", "did you mean leaderboard?"),
            ("client.check([1], 'x')", "takes only model without a name"),
            ("heldout.join()", "join() also needs url"),
            ("client.submission('s99')", "NotFound: There is no such submission."),
            (
                "server.before.append(('POST', fake_server.refuse('validation', 422)))\n"
                "client.submit([1, 2])",
                "ValidationFailed: No. [validation]",
            ),
            (
                "server.before += [('GET /me/quota', fake_server.unreachable)] * 9\n"
                "client._connection.retries = heldout.Retries(sleep=lambda s: None)\n"
                "client.quota()",
                "ConnectionFailed: No answer from",
            ),
        ],
    )
    def test_are_four_lines(self, kernel: Kernel, cell: str, said: str) -> None:
        lines = "\n".join(kernel.run(cell).traceback).splitlines()
        assert said in "\n".join(lines)
        assert len(lines) <= 4, lines

    def test_name_the_line_of_the_cell(self, kernel: Kernel) -> None:
        shown = kernel.run("a = 1\nfor _ in range(2):\n    client.submit('no.keras')\n")
        assert shown.traceback[-1] == "In line 3: client.submit('no.keras')"

    def test_of_others_keep_their_traceback(self, kernel: Kernel) -> None:
        assert "ZeroDivisionError" in "".join(kernel.run("1 / 0").traceback)

    def test_stopping_a_wait_is_one_word(self, kernel: Kernel) -> None:
        shown = kernel.run(
            "def stop(request):\n    raise KeyboardInterrupt\n"
            "server.before.append(('GET /submissions', stop))\nclient.submit([1, 2])"
        )
        assert shown.traceback == ["Stopped."]
        assert "the submission is safe" in shown.text
