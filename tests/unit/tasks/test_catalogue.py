"""Finding a metric by its name, also one that an operator installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from heldout_server.tasks import additions, catalogue
from heldout_server.tasks.catalogue import METRICS, UnknownMetric, for_kind, installed, metric
from heldout_server.tasks.kinds import Kind


class TestMetric:
    @pytest.mark.parametrize("name", METRICS)
    def test_finds_each_by_its_name(self, name: str) -> None:
        assert metric(name).name == name

    @pytest.mark.parametrize(
        ("old", "name"), [("macro_f1", "f1_macro"), ("macro_recall", "recall_macro")]
    )
    def test_knows_the_old_names(self, old: str, name: str) -> None:
        assert metric(old) is METRICS[name]

    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("acuracy", "accuracy"),
            ("log_loss", "neg_log_loss"),
            ("RMSE", "neg_root_mean_squared_error"),
            ("mape", "neg_mean_absolute_percentage_error"),
            ("F1_Macro", "f1_macro"),
            ("macro_F1", "f1_macro"),
            ("brier_score", "neg_brier_score"),
        ],
    )
    def test_suggests_the_nearest(self, written: str, meant: str) -> None:
        with pytest.raises(UnknownMetric, match=f"Did you mean '{meant}'\\?$"):
            metric(written)

    def test_suggests_nothing_where_nothing_is_near(self) -> None:
        with pytest.raises(UnknownMetric) as refused:
            metric("quux")
        assert str(refused.value) == "There is no metric 'quux'."


class TestForKind:
    @pytest.mark.parametrize(
        ("kind", "default", "count"),
        [
            (Kind.BINARY, "accuracy", 8),
            (Kind.MULTICLASS, "accuracy", 8),
            (Kind.MULTILABEL, "f1_samples", 6),
            (Kind.REGRESSION, "neg_root_mean_squared_error", 6),
        ],
    )
    def test_lists_each_once_the_default_first(self, kind: Kind, default: str, count: int) -> None:
        found = [one.name for one in for_kind(kind)]
        assert found[0] == default
        assert len(found) == len(set(found)) == count
        assert all(kind in METRICS[name].kinds for name in found)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Makes a distribution with entry points, as pip would leave it; they point at this file."""
    (tmp_path / "operators_metrics.py").write_text(
        "from dataclasses import replace\n"
        "from heldout_server.tasks.catalogue import METRICS\n"
        "SPREAD = replace(METRICS['accuracy'], name='spread', label='Spread')\n"
        "ACCURACY = METRICS['accuracy']\n"
        "TEXT = 'accuracy'\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    def write(points: str, name: str = "operators") -> None:
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{additions.GROUP}]\n{points}\n")
        additions._points.cache_clear()

    additions._points.cache_clear()
    yield write
    additions._points.cache_clear()


class TestInstalled:
    def test_nothing_is_installed_here(self) -> None:
        assert installed() == ()

    def test_one_is_found_by_its_name_and_listed(self, install) -> None:
        install("spread = operators_metrics:SPREAD")
        assert [one.label for one in installed()] == ["Spread"]
        assert metric("spread").label == "Spread"

    def test_it_is_suggested_like_any_other(self, install) -> None:
        install("spread = operators_metrics:SPREAD")
        with pytest.raises(UnknownMetric, match="'spread'"):
            metric("spred")

    @pytest.mark.parametrize(
        ("points", "why"),
        [
            ("accuracy = operators_metrics:ACCURACY", "name of a shipped metric"),
            ("macro_f1 = operators_metrics:SPREAD", "name of a shipped metric"),
            ("other = operators_metrics:SPREAD", "calls itself 'spread'"),
            ("text = operators_metrics:TEXT", "is a str"),
            ("gone = operators_metrics:GONE", "can't be loaded"),
            ("gone = no_such_module:GONE", "can't be loaded"),
        ],
    )
    def test_what_is_unusable_is_refused(self, install, points: str, why: str) -> None:
        install(points)
        with pytest.raises(additions.UnusableMetric, match=f"operators .*{why}"):
            installed()

    def test_a_shipped_name_stays_the_shipped_metric(self, install) -> None:
        install("accuracy = operators_metrics:ACCURACY")
        assert metric("accuracy") is METRICS["accuracy"]

    def test_two_of_one_name_are_refused(self, install) -> None:
        install("spread = operators_metrics:SPREAD")
        install("spread = operators_metrics:SPREAD", "others")
        with pytest.raises(additions.UnusableMetric, match="have one name"):
            catalogue.metric("spread")
