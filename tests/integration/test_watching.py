"""The dashboard and the alert rules ask for what the server really counts."""

import json
import re

import pytest
import yaml
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.openmetrics.exposition import generate_latest

from conftest import ROOT
from heldout_server.processes.server import embedded
from heldout_server.web.gauges import Gauges

DEPLOY = ROOT / "deploy"
NAME = re.compile(r"\b(?:heldout|process)_\w+")
LABEL = re.compile(r'(\w+)(?:=~?|!=|!~)"|by \(([\w, ]+)\)')
# Added by Prometheus itself, or by the scrape that deploy.md describes.
OF_PROMETHEUS = {"job", "instance", "le"}


def rules():
    [group] = yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"]
    return group["rules"]


def panels():
    return json.loads((DEPLOY / "grafana.json").read_text())["panels"]


def expressions():
    asked = [target["expr"] for panel in panels() for target in panel["targets"]]
    return asked + [rule["expr"] for rule in rules()]


@pytest.fixture
def counted(installed):
    """Everything that `/metrics` says, as text."""
    everything = CollectorRegistry()
    for collector in (REGISTRY, Gauges(embedded(installed).services)):
        everything.register(collector)
    return generate_latest(everything).decode()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_metric_that_is_asked_for_exists(counted):
    families = re.findall(r"^# TYPE (\w+) (\w+)", counted, re.MULTILINE)
    ends = {
        "counter": ["_total"],
        "gauge": [""],
        "histogram": ["_bucket", "_count", "_sum"],
    }
    known = {name + end for name, kind in families for end in ends.get(kind, [""])}
    asked = {name for expression in expressions() for name in NAME.findall(expression)}
    assert asked
    assert asked - known == set()


def test_every_label_that_is_asked_for_is_one():
    labels = {name for found in expressions() for both in LABEL.findall(found) for name in both}
    asked = {one.strip() for name in labels for one in name.split(",") if one.strip()}
    known = {"pool", "state", "stage", "step", "outcome", "method", "route", "status"}
    assert asked - known - OF_PROMETHEUS == set()


def test_every_rule_says_what_is_wrong_and_what_to_do():
    assert len({rule["alert"] for rule in rules()}) == len(rules())
    for rule in rules():
        assert set(rule["annotations"]) == {"summary", "cure"}
        assert rule["labels"]["severity"] in {"page", "warn"}


def test_panels_have_names_of_their_own_and_do_not_overlap():
    taken = set()
    for panel in panels():
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken
        taken |= cells
    assert len({panel["title"] for panel in panels()}) == len(panels())
