"""Configs of Keras 2: after the rules they pass the same check as Keras 3's own."""

import copy
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heldout_server.kit.errors import Rejection
from heldout_server.prediction.config_summary import summarize
from heldout_server.prediction.keras_config import check_config
from heldout_server.prediction.keras_upgrade import RULES, upgrade, uses_hard_sigmoid

CONFIGS = sorted((Path(__file__).parent / "configs_keras2").glob("*.json"))


def old(name: str) -> dict[str, Any]:
    path = Path(__file__).parent / "configs_keras2" / f"{name}.json"
    return dict(json.loads(path.read_text()))


def upgraded(tree: dict[str, Any]) -> list[dict[str, Any]]:
    return list(check_config(upgrade(tree).tree).tree["config"]["layers"])


def keras_2(*layers: dict[str, Any]) -> dict[str, Any]:
    """A Sequential model as Keras 2.2 wrote it into an .h5 file."""
    return {"class_name": "Sequential", "config": list(layers)}


def dense(**config: Any) -> dict[str, Any]:
    return {"class_name": "Dense", "config": {"name": "dense_1", "units": 10, **config}}


class TestRealConfigs:
    @pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
    def test_pass_the_check(self, path: Path) -> None:
        tree = json.loads(path.read_text())
        before = copy.deepcopy(tree)
        result = upgrade(tree)
        summary = summarize(check_config(result.tree).tree)
        assert tree == before
        assert set(result.applied) <= set(RULES)
        assert "input-layers" in result.applied
        assert len(summary.input_shapes) == 1

    def test_an_upgraded_config_needs_no_upgrade(self) -> None:
        once = upgrade(old("attention_in_keywords_h5")).tree
        assert upgrade(once).applied == ()


class TestRules:
    def test_a_bare_list_becomes_a_model_with_an_input(self) -> None:
        layers = upgraded(keras_2(dense(batch_input_shape=[None, 784], dtype="float32")))
        assert [layer["class_name"] for layer in layers] == ["InputLayer", "Dense"]
        assert layers[0]["config"]["batch_shape"] == [None, 784]
        assert "batch_input_shape" not in layers[1]["config"]

    def test_an_input_layer_keeps_its_place(self) -> None:
        first = {
            "class_name": "InputLayer",
            "config": {"batch_input_shape": [None, 9], "name": "i"},
        }
        assert len(upgraded(keras_2(first, dense(batch_input_shape=[None, 9])))) == 2

    def test_initializers_find_their_module(self) -> None:
        kernel = {"class_name": "VarianceScaling", "config": {"distribution": "normal"}}
        zeros = {"class_name": "Zeros", "config": {"dtype": "float32"}}
        layers = upgraded(keras_2(dense(kernel_initializer=kernel, bias_initializer=zeros)))
        config = layers[0]["config"]
        assert config["kernel_initializer"]["module"] == "keras.initializers"
        assert config["kernel_initializer"]["config"]["distribution"] == "truncated_normal"
        assert config["bias_initializer"]["config"] == {}

    def test_a_setting_that_matters_is_not_dropped(self) -> None:
        lstm = {"class_name": "LSTM", "config": {"name": "l", "time_major": True, "units": 3}}
        assert upgraded(keras_2(lstm))[0]["config"]["time_major"] is True

    def test_calls_of_a_nested_sequential_are_counted_from_zero(self) -> None:
        layers = upgraded(old("nested_sequential_h5"))
        tensor = layers[-1]["inbound_nodes"][0]["args"][0]
        assert tensor["config"]["keras_history"][1:] == [0, 0]

    def test_calls_of_a_nested_functional_model_are_counted_from_zero(self) -> None:
        ends = {"input_layers": [["i", 0, 0]], "output_layers": [["d", 0, 0]]}
        inner = {"layers": [], **ends}
        after = {"class_name": "Dense", "name": "d", "config": {"name": "d"}}
        model = {
            "class_name": "Functional",
            "config": {
                "layers": [
                    {"class_name": "Model", "name": "m", "config": inner, "inbound_nodes": []},
                    {**after, "inbound_nodes": [[["m", 1, 0, {}], ["m", 2, 0, {}]]]},
                ],
                **ends,
            },
        }
        layers = upgrade(model).tree["config"]["layers"]
        calls = layers[1]["inbound_nodes"][0]["args"][0]
        assert [c["config"]["keras_history"] for c in calls] == [["m", 0, 0], ["m", 1, 0]]

    def test_one_output_is_no_list(self) -> None:
        config = {"layers": [], "input_layers": [["i", 0, 0]], "output_layers": [["m", 1, 0]]}
        config = upgrade({"class_name": "Functional", "config": config}).tree["config"]
        assert config["input_layers"] == ["i", 0, 0]
        assert config["output_layers"] == ["m", 1, 0]

    def test_keywords_may_be_connections(self) -> None:
        attention = upgraded(old("attention_in_keywords_h5"))[1]
        value = attention["inbound_nodes"][0]["kwargs"]["value"]
        assert value["class_name"] == "__keras_tensor__"

    def test_a_policy_gets_its_present_name(self) -> None:
        policy = upgraded(old("mixed_precision_h5"))[2]["config"]["dtype"]
        assert policy["config"] == {"name": "mixed_float16"}

    def test_hard_sigmoid_is_noticed(self) -> None:
        assert uses_hard_sigmoid(old("hard_sigmoid_h5"))
        assert not uses_hard_sigmoid(old("convolutions_h5"))


class TestHostileConfigs:
    @pytest.mark.parametrize("class_name", ["Lambda", "TFOpLambda", "MyLayer", "StringLookup"])
    def test_are_refused_after_the_rules_too(self, class_name: str) -> None:
        layer = {"class_name": class_name, "config": {"name": "x", "function": "os.system"}}
        with pytest.raises(Rejection) as refused:
            upgraded(keras_2(layer))
        assert refused.value.code == "layer_not_allowed"

    @pytest.mark.parametrize("module", ["os", "subprocess", "builtins", "kerasevil"])
    def test_a_foreign_module_is_not_replaced(self, module: str) -> None:
        with pytest.raises(Rejection) as refused:
            upgraded(keras_2({**dense(), "module": module}))
        assert refused.value.code == "layer_not_allowed"

    def test_depth_is_bounded(self) -> None:
        node: Any = {}
        for _ in range(500):
            node = {"config": node}
        with pytest.raises(Rejection) as refused:
            upgrade({"class_name": "Sequential", "config": node})
        assert refused.value.code == "config_invalid"

    @settings(max_examples=100, deadline=None)
    @given(data=st.data())
    def test_nothing_else_is_raised(self, data: st.DataObject) -> None:
        tree = old(data.draw(st.sampled_from(["nested_sequential_h5", "first_layer_shape_h5"])))
        place = data.draw(st.sampled_from(dictionaries(tree)))
        key = data.draw(st.sampled_from(sorted(place)))
        small = st.none() | st.integers(-3, 3) | st.text(max_size=3) | st.just([["a", 0, 0, {}]])
        place[key] = data.draw(small | st.lists(small, max_size=3) | st.just({"config": []}))
        with suppress(Rejection):
            summarize(check_config(upgrade(tree).tree).tree)


def dictionaries(node: Any) -> list[dict[str, Any]]:
    inside = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    found = [d for part in inside for d in dictionaries(part)]
    return [node, *found] if isinstance(node, dict) and node else found
