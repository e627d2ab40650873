"""The filter, judged by a small machine that runs classic BPF as the kernel does."""

from __future__ import annotations

import struct

import pytest

from heldout_runner.seccomp import (
    ABSENT,
    ALLOW,
    ALLOWED,
    ARCHITECTURES,
    KILL,
    KILLED,
    REFUSE,
    Architecture,
    Instruction,
    assemble,
)

OWN = 4242
THREAD = 0x003D0F00  # the flags that glibc starts a thread with
NEW_USER = 0x10000000


def verdict(program: list[Instruction], audit: int, number: int, *arguments: int) -> int:
    """What the kernel would do with this call."""
    filled = (*arguments, *[0] * (6 - len(arguments)))
    words = struct.unpack("<16I", struct.pack("<IIQ6Q", number, audit, 0, *filled))
    position, loaded = 0, 0
    while True:
        code, when_true, when_false, operand = program[position]
        position += 1
        if code == 0x06:
            return operand
        if code == 0x20:
            loaded = words[operand // 4]
            continue
        holds = {0x15: loaded == operand, 0x35: loaded >= operand, 0x45: bool(loaded & operand)}
        position += when_true if holds[code] else when_false


@pytest.fixture(params=sorted(ARCHITECTURES))
def architecture(request: pytest.FixtureRequest) -> Architecture:
    return ARCHITECTURES[request.param]


def judged(architecture: Architecture, name: str, *arguments: int, gpu: bool = False) -> int:
    program = assemble(architecture, process_id=OWN, gpu=gpu)
    return verdict(program, architecture.audit, architecture.numbers[name], *arguments)


class TestAssemble:
    def test_allows_what_tensorflow_needs(self, architecture: Architecture) -> None:
        for name in set(ALLOWED) & set(architecture.numbers):
            assert judged(architecture, name) == ALLOW, name

    @pytest.mark.parametrize("name", KILLED)
    def test_kills_for_other_programs_and_processes(
        self, architecture: Architecture, name: str
    ) -> None:
        assert judged(architecture, name) == KILL

    def test_refuses_what_is_not_listed(self, architecture: Architecture) -> None:
        program = assemble(architecture, process_id=OWN)
        known = set(architecture.numbers.values())
        for number in set(range(600)) - known:
            assert verdict(program, architecture.audit, number) == REFUSE

    def test_kills_calls_of_another_architecture(self, architecture: Architecture) -> None:
        program = assemble(architecture, process_id=OWN)
        assert verdict(program, 0x40000003, 11) == KILL

    def test_kills_calls_of_the_x32_interface(self) -> None:
        architecture = ARCHITECTURES["x86_64"]
        program = assemble(architecture, process_id=OWN)
        assert verdict(program, architecture.audit, 0x40000000 + 1) == KILL

    def test_starts_threads_and_no_processes(self, architecture: Architecture) -> None:
        assert judged(architecture, "clone", THREAD) == ALLOW
        assert judged(architecture, "clone", 17) == REFUSE
        assert judged(architecture, "clone", THREAD | NEW_USER) == REFUSE
        assert judged(architecture, "clone3") == ABSENT

    def test_reads_limits_and_sets_none(self, architecture: Architecture) -> None:
        assert judged(architecture, "prlimit64", 0, 9, 0, 1 << 40) == ALLOW
        assert judged(architecture, "prlimit64", 0, 9, 0x7FFF) == REFUSE
        assert judged(architecture, "prlimit64", 0, 9, 0x7FFF << 32) == REFUSE

    def test_signals_itself_alone(self, architecture: Architecture) -> None:
        assert judged(architecture, "tgkill", OWN, OWN, 6) == ALLOW
        assert judged(architecture, "tgkill", 1, 1, 9) == REFUSE

    @pytest.mark.parametrize("gpu", [False, True])
    def test_has_nobody_signalled_through_descriptors(
        self, architecture: Architecture, gpu: bool
    ) -> None:
        set_owner, set_signal, file_set_owner = 8, 10, 0x8901
        assert judged(architecture, "fcntl", 3, set_owner, 1, gpu=gpu) == REFUSE
        assert judged(architecture, "fcntl", 3, set_signal, 9, gpu=gpu) == REFUSE
        assert judged(architecture, "ioctl", 3, file_set_owner, gpu=gpu) == REFUSE
        assert judged(architecture, "fcntl", 3, 3, gpu=gpu) == ALLOW

    @pytest.mark.parametrize("gpu", [False, True])
    def test_locks_no_file(self, architecture: Architecture, gpu: bool) -> None:
        flock = {"x86_64": 73, "aarch64": 32}
        number = next(flock[name] for name, found in ARCHITECTURES.items() if found is architecture)
        program = assemble(architecture, process_id=OWN, gpu=gpu)
        assert verdict(program, architecture.audit, number, 3, 2) == REFUSE
        for command in (5, 6, 7, 36, 37, 38, 1024):  # locks of ranges, and leases
            assert judged(architecture, "fcntl", 3, command, gpu=gpu) == REFUSE

    def test_leaves_a_gpu_driver_its_own_numbers(self, architecture: Architecture) -> None:
        driver = 0xC0104652
        assert judged(architecture, "ioctl", 3, driver) == REFUSE
        assert judged(architecture, "ioctl", 3, driver, gpu=True) == ALLOW
