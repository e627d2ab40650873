"""A disk that is really full: refused in words, nothing half-written, healed when there is room."""

import errno
import os
import subprocess
from contextlib import suppress

import httpx
import pytest
from support.cluster import fresh, single, slug_of

from participant import Participant, npy
from waiting import run_until

pytestmark = pytest.mark.acceptance

ROOM = "48m"


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own that a test may fill."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("needs the right to mount a file system")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def cluster(small_disk):
    running = single(fresh(small_disk / "cluster"), HELDOUT_MODEL_WORKERS="0")
    try:
        running.start_all()
        yield running
    finally:
        running.stop()


def fill(path):
    """Write until not one more byte fits."""
    ballast = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for size in (1 << 20, 1 << 12, 1):
        with suppress(OSError):
            while True:
                os.write(ballast, b"x" * size)
    os.close(ballast)
    assert os.statvfs(path).f_bavail == 0


def test_is_said_and_heals(cluster, small_disk):
    slug = slug_of(cluster)
    with httpx.Client(base_url=f"http://127.0.0.1:{cluster.webs[0].port}", timeout=30) as web:
        examples = web.get(f"/api/v1/competitions/{slug}").json()["dataset"]["test_examples"]
        ada = Participant.join(web, "Ada")
        ada.submit(npy([1] * examples))
        board = web.get(f"/api/v1/competitions/{slug}/leaderboard").json()
        fill(small_disk / "ballast")

        refused = ada.open(npy([2] * examples))
        assert (refused.status_code, refused.json()["code"]) == (507, "storage_full")
        assert "submit it again" in refused.json()["hint"]
        assert web.get(f"/c/{slug}").status_code == 200
        assert web.get(f"/api/v1/competitions/{slug}/leaderboard").json() == board
        full = os.strerror(errno.ENOSPC)
        run_until(lambda: web.get("/ready").json()["checks"]["storage"] == full)

        (small_disk / "ballast").unlink()
        assert ada.submit(npy([2] * examples))["state"] == "scored"
        run_until(lambda: web.get("/ready").status_code == 200)
        assert len(ada.get("/me/submissions").json()["submissions"]) == 2
