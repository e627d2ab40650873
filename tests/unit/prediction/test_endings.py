"""The seven rules, one by one: what an ending proves, and what several prove together."""

from __future__ import annotations

import signal

import pytest

from heldout_server.prediction.endings import (
    FATAL,
    Bounds,
    Ending,
    Fault,
    Trace,
    conclude,
    judge,
)

BOUNDS = Bounds(memory_bytes=1000, cpu_seconds=60)
CRASHES = sorted(signal.Signals[name] for name in FATAL)
OTHERS = [
    signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1,
    signal.SIGPIPE,
]  # fmt: skip


def ended(by: signal.Signals, *, peak: int = 100, cpu: float = 1.0, oom_kills: int = 0) -> Ending:
    return Ending(-by, peak, cpu, oom_kills)


def trace(by: signal.Signals, *, full: bool = False) -> Trace:
    return Trace(by.name, full)


class TestJudge:
    def test_1_takes_what_went_with_the_zygote_for_ours(self) -> None:
        assert judge(None, BOUNDS).fault is Fault.OURS

    def test_2_believes_the_runners_own_control_group(self) -> None:
        judged = judge(ended(signal.SIGKILL, oom_kills=1), BOUNDS)
        assert judged.fault is Fault.THEIRS
        assert judged.rejection is not None
        assert judged.rejection.code == "out_of_memory"

    @pytest.mark.parametrize(
        ("ending", "expected"),
        [
            (ended(signal.SIGXCPU, cpu=0), Fault.THEIRS),
            (ended(signal.SIGKILL, cpu=60), Fault.THEIRS),
            (ended(signal.SIGKILL, cpu=59.9), Fault.UNDECIDED),
            (ended(signal.SIGTERM, cpu=61), Fault.UNDECIDED),
        ],
    )
    def test_3_believes_processor_time_that_was_used(self, ending: Ending, expected: Fault) -> None:
        judged = judge(ending, BOUNDS)
        assert judged.fault is expected
        if judged.rejection is not None:
            assert judged.rejection.code == "timeout"

    def test_4_takes_a_forbidden_call_for_theirs(self) -> None:
        judged = judge(ended(signal.SIGSYS, peak=900), BOUNDS)
        assert judged.fault is Fault.THEIRS
        assert judged.rejection is not None
        assert judged.rejection.code == "crashed"

    @pytest.mark.parametrize("by", [*CRASHES, *OTHERS])
    @pytest.mark.parametrize("peak", [100, 900])
    def test_5_and_6_decide_nothing_at_the_first_look(self, by: signal.Signals, peak: int) -> None:
        judged = judge(ended(by, peak=peak), BOUNDS)
        assert judged.fault is Fault.UNDECIDED
        assert judged.rejection is None
        assert judged.trace == Trace(by.name, full=peak == 900)

    @pytest.mark.parametrize("code", [0, 1])
    def test_an_exit_without_a_result_needs_a_second_look_too(self, code: int) -> None:
        assert judge(Ending(code, 100), BOUNDS).trace == Trace(f"exit {code}", full=False)

    def test_the_control_group_goes_before_the_time(self) -> None:
        judged = judge(ended(signal.SIGKILL, cpu=90, oom_kills=1), BOUNDS)
        assert judged.rejection is not None
        assert judged.rejection.code == "out_of_memory"


class TestConclude:
    @pytest.mark.parametrize("by", CRASHES)
    def test_5_the_same_crash_twice_is_theirs(self, by: signal.Signals) -> None:
        assert conclude([], trace(by), most_attempts=3) is None
        inferred = conclude([trace(by)], trace(by), most_attempts=3)
        assert inferred is not None
        assert inferred.code == "crashed"

    def test_5_a_crash_with_full_memory_is_named_so(self) -> None:
        before = [trace(signal.SIGABRT, full=True)]
        inferred = conclude(before, trace(signal.SIGABRT, full=True), most_attempts=3)
        assert inferred is not None
        assert inferred.code == "out_of_memory"

    def test_5_two_different_crashes_are_not_the_same_twice(self) -> None:
        before = [trace(signal.SIGSEGV)]
        assert conclude(before, trace(signal.SIGBUS), most_attempts=3) is None

    @pytest.mark.parametrize("by", OTHERS)
    def test_6_other_signals_are_ours_however_often(self, by: signal.Signals) -> None:
        before: list[Trace] = []
        for _ in range(3):
            assert conclude(before, trace(by), most_attempts=3) is None
            before.append(trace(by))

    def test_6_memory_that_was_full_each_time_is_theirs_in_the_end(self) -> None:
        full = trace(signal.SIGKILL, full=True)
        assert conclude([full], full, most_attempts=3) is None
        inferred = conclude([full, full], full, most_attempts=3)
        assert inferred is not None
        assert inferred.code == "out_of_memory"

    def test_6_memory_that_was_full_all_but_once_is_not(self) -> None:
        full = trace(signal.SIGKILL, full=True)
        assert conclude([full, trace(signal.SIGKILL)], full, most_attempts=3) is None

    def test_the_same_exit_twice_is_theirs(self) -> None:
        once = Trace("exit 0", full=False)
        assert conclude([once], once, most_attempts=3) is not None
        assert conclude([once], Trace("exit 1", full=False), most_attempts=3) is None


class TestTrace:
    def test_comes_back_from_the_row_as_it_was(self) -> None:
        before = trace(signal.SIGSEGV, full=True)
        assert Trace.from_stored(before.to_stored()) == before

    def test_is_none_of_an_attempt_that_ran_nothing(self) -> None:
        assert Trace.from_stored({"ended": "file gone"}) is None
