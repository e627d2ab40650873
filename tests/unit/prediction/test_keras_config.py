"""Configs: honest ones pass unchanged but for what is dropped; nothing unknown gets through."""

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heldout_server.kit.errors import Rejection
from heldout_server.prediction.allowlist import CLASSES, is_allowed
from heldout_server.prediction.config_json import strict_json
from heldout_server.prediction.config_summary import check_size, summarize
from heldout_server.prediction.keras_config import MARKERS, CheckedConfig, check_config

CONFIGS = sorted((Path(__file__).parent / "configs").glob("*.json"))


def honest(name: str) -> dict[str, Any]:
    return strict_json((Path(__file__).parent / "configs" / f"{name}.json").read_bytes(), what="it")


def objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "class_name" in node:
            yield node
        for value in node.values():
            yield from objects(value)
    elif isinstance(node, list):
        for value in node:
            yield from objects(value)


def without_compile_settings(node: Any) -> Any:
    if isinstance(node, dict):
        kept = {k: v for k, v in node.items() if k != "compile_config"}
        return {k: without_compile_settings(v) for k, v in kept.items()}
    return [without_compile_settings(v) for v in node] if isinstance(node, list) else node


class TestHonestModels:
    @pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
    def test_pass_with_only_their_compile_settings_dropped(self, path: Path) -> None:
        tree = strict_json(path.read_bytes(), what=path.name)
        rebuilt = check_config(tree).tree
        if path.stem == "tensorflow_activation":
            tree["config"]["layers"][2]["config"]["activation"] = "softmax"
        assert rebuilt == without_compile_settings(tree)

    @pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
    def test_hold_nothing_but_allowed_classes(self, path: Path) -> None:
        checked = check_config(strict_json(path.read_bytes(), what=path.name))
        for node in objects(checked.tree):
            allowed = node["class_name"] in MARKERS or is_allowed(
                node["module"], node["class_name"]
            )
            assert allowed, node

    def test_layers_are_listed_in_order(self) -> None:
        names = check_config(honest("starter")).class_names
        assert names == ("Sequential", "InputLayer", "Flatten", "Dense", "Dense", "Dense", "Dense")

    def test_the_input_is_not_changed(self) -> None:
        tree = honest("probability_model")
        before = copy.deepcopy(tree)
        check_config(tree)
        assert tree == before


class TestUpgrades:
    def test_a_renamed_activation_is_told(self) -> None:
        assert check_config(honest("tensorflow_activation")).upgrades == ("activation-names",)
        assert check_config(honest("activations")).upgrades == ()


class TestSummary:
    @pytest.mark.parametrize(
        ("name", "shapes"),
        [
            ("starter", ((None, 28, 28),)),
            ("convolutions", ((None, 28, 28, 1),)),
            ("operations", ((None, 28, 28, 1),)),
            ("probability_model", ((None, 28, 28, 1),)),
            ("fixed_batch", ((32, 28, 28, 1),)),
            ("merges", ((None, 784),)),
        ],
    )
    def test_input_shapes_are_found(self, name: str, shapes: tuple[Any, ...]) -> None:
        assert summarize(check_config(honest(name)).tree).input_shapes == shapes

    def test_parameters_are_a_lower_bound(self) -> None:
        kernels = 784 * 2048 + 2048 * 512 + 512 * 128 + 128 * 10
        summary = summarize(check_config(honest("starter")).tree)
        assert summary.parameters_at_least == kernels

    def test_too_many_parameters_are_refused(self) -> None:
        summary = summarize(check_config(honest("starter")).tree)
        with pytest.raises(Rejection) as refused:
            check_size(summary, most_parameters=1_000_000, input_shapes="(784,)")
        assert refused.value.code == "model_too_large"


class TestCheckConfig:
    def test_what_an_object_does_not_need_is_dropped(self) -> None:
        tree = honest("starter")
        tree["spec_name"] = tree["compile_config"] = {"class_name": "evil", "module": "os"}
        assert "spec_name" not in check_config(tree).tree

    @pytest.mark.parametrize("key", ["seed", "shared_object_id"])
    def test_identities_and_seeds_may_be_large(self, key: str) -> None:
        tree = honest("starter")
        tree["config"]["layers"][1]["config"][key] = 2**60
        check_config(tree)

    @pytest.mark.parametrize("value", [2**20 + 1, -(2**21), float("nan"), float("inf"), "x" * 5000])
    def test_extreme_settings_are_refused(self, value: Any) -> None:
        tree = honest("starter")
        tree["config"]["layers"][1]["config"]["setting"] = value
        with pytest.raises(Rejection) as refused:
            check_config(tree)
        assert refused.value.code == "config_invalid"

    def test_a_class_is_found_wherever_it_hides(self) -> None:
        evil = {"module": "os", "class_name": "system", "config": {}, "registered_name": None}
        tree = honest("starter")
        for place in list(objects(tree["config"])):
            hidden = place["config"]
            hidden["extra"] = [{"deep": evil}]
            with pytest.raises(Rejection) as refused:
                check_config(tree)
            assert refused.value.code == "layer_not_allowed"
            del hidden["extra"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["class_name", "module", "config", "layers", "name", "activation", "dtype", "x"]
            ),
            inner | st.sampled_from(["Dense", "keras.layers", "keras", "Sequential", "function"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


class TestNothingElseIsRaised:
    @settings(max_examples=100, deadline=None)
    @given(tree=st.dictionaries(st.sampled_from(["class_name", "config", "module"]), JSON))
    def test_for_any_tree(self, tree: dict[str, Any]) -> None:
        assert_rejected_or_checked(tree)

    @settings(max_examples=100, deadline=None)
    @given(data=st.data(), name=st.sampled_from(["nested_models", "operations", "recurrent"]))
    def test_for_an_honest_tree_with_one_part_replaced(
        self, data: st.DataObject, name: str
    ) -> None:
        tree = honest(name)
        place = data.draw(st.sampled_from(list(objects(tree))))
        key = data.draw(st.sampled_from(sorted(place)))
        if data.draw(st.booleans()) and isinstance(place["config"], dict) and place["config"]:
            place = place["config"]
            key = data.draw(st.sampled_from(sorted(place)))
        place[key] = data.draw(JSON)
        assert_rejected_or_checked(tree)

    @settings(max_examples=100, deadline=None)
    @given(raw=st.binary(max_size=100) | st.text(alphabet='{}[]",:0123456789eNa ').map(str.encode))
    def test_for_any_bytes(self, raw: bytes) -> None:
        with suppress(Rejection):
            strict_json(raw, what="it")


def assert_rejected_or_checked(tree: dict[str, Any]) -> None:
    checked: CheckedConfig | None = None
    with suppress(Rejection):
        checked = check_config(tree)
        summarize(checked.tree)
    if checked is not None:
        json.dumps(checked.tree, allow_nan=False)
        named = {(n.get("module"), n["class_name"]) for n in objects(checked.tree)}
        assert all(name in MARKERS or name in CLASSES[str(module)] for module, name in named)
