"""`python -m heldout_runner RESULT_FD DEVICE THREADS`: import TensorFlow, warm up, run one job.

Started ahead of time, so that the seconds TensorFlow needs to import are spent before a
submission arrives. It serves one job and ends: nothing of one model's run can reach the next.
"""

from __future__ import annotations

import os
import sys
from typing import BinaryIO

from heldout_runner import protocol


def main() -> None:
    """Say ready, read one job from standard input, write one result."""
    result = os.fdopen(int(sys.argv[1]), "wb")
    device, threads = sys.argv[2], int(sys.argv[3])
    try:
        # Imported here so that a broken installation is reported instead of dying mute.
        from heldout_runner import scoring

        scoring.prepare(device, threads)
        scoring.warm_up()
    except BaseException as error:
        detail = f"{type(error).__name__}: {error}"
        _say(result, protocol.Header(protocol.UNAVAILABLE, detail=detail).pack())
        raise
    _say(result, protocol.READY)
    line = sys.stdin.buffer.readline()
    if line:
        announce = scoring.Announcements(
            loaded=lambda: _say(result, protocol.LOADED),
            predicted=lambda values: _say(result, protocol.PREDICTED + values),
        )
        header, _ = scoring.run(protocol.Job.from_line(line), announce)
        _say(result, header.pack())
    # Whatever the model registered to run at exit is not given the chance.
    os._exit(0)


def _say(result: BinaryIO, content: bytes) -> None:
    result.write(content)
    result.flush()


if __name__ == "__main__":
    main()
