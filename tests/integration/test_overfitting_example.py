"""How the example waits for its server."""

from __future__ import annotations

import importlib.util
import sys
from types import SimpleNamespace

import httpx
import pytest

from conftest import ROOT


@pytest.fixture
def example():
    name = "overfit_the_leaderboard"
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    yield module
    del sys.modules[name]


def test_sleeps_between_looks_also_where_the_server_answers(example, monkeypatch, tmp_path):
    answers, slept = iter([503, None, 503, 200]), []

    def get(url):
        if (code := next(answers)) is None:
            raise httpx.ConnectError("not yet")
        return SimpleNamespace(status_code=code)

    monkeypatch.setattr(example.httpx, "get", get)
    monkeypatch.setattr(example.time, "sleep", slept.append)
    example._await_health("http://here", SimpleNamespace(poll=lambda: None), tmp_path / "log")
    assert slept == [0.2] * 3
