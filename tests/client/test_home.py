"""Models of other frameworks: run here, their predictions sent, and said so."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

import heldout
from client.fake_data import (
    ACCURACY,
    AUC,
    LOG_LOSS,
    SPECIES,
    bright_or_dark,
    prices,
    species,
    tags,
    yes_or_no,
)
from client.fake_server import FakeServer, refuse
from client.stand_ins import (
    Booster,
    BoundModule,
    Module,
    Net,
    TorchTensor,
    TrainState,
    UnboundModule,
    XGBClassifier,
    torch_package,
)
from heldout._frameworks import captured, curves, framework_of, model_name


def arrived(server: FakeServer) -> np.ndarray[Any, Any]:
    """The predictions that were sent last."""
    content = server.files[f"s{len(server.submissions)}"]
    array: np.ndarray[Any, Any] = np.load(io.BytesIO(content), allow_pickle=False)
    return array


def card(server: FakeServer) -> dict[str, Any]:
    """The run card that was sent last."""
    found: dict[str, Any] = server.announcements[-1]["run_card"]
    return found


def refused(client: heldout.Client, model: Any, **more: Any) -> str:
    """What `submit` says of a model that can't be run."""
    with pytest.raises(heldout.CannotSubmit) as caught:
        client.submit(model, **more)
    return str(caught.value)


class TestScikitLearn:
    def test_sends_probabilities_and_says_what_was_done(
        self, client: heldout.Client, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.data = species()
        data = client.data()
        model = LogisticRegression(C=0.5, max_iter=500).fit(data.x_train, data.y_train)
        client.submit(model, epochs=3)
        np.testing.assert_allclose(arrived(server), model.predict_proba(data.x_test))
        opened = server.announcements[0]
        assert (opened["kind"], opened["filename"]) == ("predictions", "predictions.npy")
        cells = card(server)["hyperparameters"]
        assert cells["framework"] == "scikit-learn"
        assert cells["model"] == "LogisticRegression"
        assert (cells["C"], cells["max_iter"], cells["epochs"]) == (0.5, 500, 3)
        assert card(server)["predicted_at_home"]["sent"] == "probabilities"
        assert "C" in card(server)["captured"]["hyperparameters"]
        assert "epochs" not in card(server)["captured"]["hyperparameters"]
        said = capsys.readouterr().out
        assert (
            "Predicted at home: LogisticRegression (scikit-learn) ran here on the 20 rows of "
            "x_test. Its probabilities were sent, not the model." in said
        )

    def test_puts_columns_in_the_contest_s_order(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.data = species(classes=("Gentoo", "Adelie", "Chinstrap"))
        data = client.data()
        named = [data.classes[number] for number in data.y_train]
        model = LogisticRegression(max_iter=500).fit(data.x_train, named)
        assert list(model.classes_) == sorted(data.classes)
        client.submit(model)
        assert (arrived(server).argmax(axis=1) == server.data.truth).mean() > 0.9

    def test_a_class_that_it_never_saw_has_no_chance(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.data = species()
        data = client.data()
        some = data.y_train != 1
        client.submit(LogisticRegression().fit(data.x_train[some], data.y_train[some]))
        assert arrived(server).shape == (20, 3)
        assert not arrived(server)[:, 1].any()

    def test_of_two_classes_sends_the_positive_one_s(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.data = yes_or_no()
        data = client.data()
        model = LogisticRegression().fit(data.x_train, data.y_train)
        client.submit(model)
        np.testing.assert_allclose(arrived(server), model.predict_proba(data.x_test)[:, 0])

    def test_without_probabilities_sends_labels(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.data = species()
        data = client.data()
        model = LinearSVC().fit(data.x_train, [SPECIES[n] for n in data.y_train])
        client.submit(model)
        assert arrived(server).tolist() == [SPECIES.index(n) for n in model.predict(data.x_test)]

    def test_what_orders_needs_no_probabilities(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.data = yes_or_no(measure=dict(AUC))
        data = client.data()
        model = LinearSVC().fit(data.x_train, data.y_train)
        client.submit(model)
        np.testing.assert_allclose(arrived(server), -model.decision_function(data.x_test))
        assert card(server)["predicted_at_home"]["sent"] == "scores"

    def test_without_needed_probabilities_says_how_to_get_some(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.data = species(measure=dict(LOG_LOSS))
        data = client.data()
        told = refused(client, LinearSVC().fit(data.x_train, data.y_train))
        assert "LinearSVC gives no probabilities, and Log loss is computed with them" in told
        assert "CalibratedClassifierCV(model).fit(data.x_train, data.y_train)" in told

    def test_a_threshold_of_its_own_counts_where_labels_do(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        from sklearn.model_selection import FixedThresholdClassifier

        server.data = yes_or_no(measure=dict(ACCURACY))
        data = client.data()
        inner = LogisticRegression().fit(data.x_train, data.y_train)
        strict = FixedThresholdClassifier(inner, threshold=0.999).fit(data.x_train, data.y_train)
        client.submit(strict)
        assert arrived(server).tolist() == strict.predict(data.x_test).tolist()
        assert card(server)["predicted_at_home"]["sent"] == "labels"

    def test_predicts_numbers(self, client: heldout.Client, server: FakeServer) -> None:
        server.data = prices()
        data = client.data()
        client.submit(LinearRegression().fit(data.x_train, data.y_train))
        np.testing.assert_allclose(arrived(server), server.data.truth)

    @pytest.mark.parametrize(
        "model", [MultiOutputClassifier(LogisticRegression()), RandomForestClassifier(10)]
    )
    def test_predicts_several_labels(
        self, client: heldout.Client, server: FakeServer, model: Any
    ) -> None:
        server.data = tags()
        data = client.data()
        client.submit(model.fit(data.x_train, data.y_train))
        assert arrived(server).shape == (20, 2)
        assert ((arrived(server) > 0.5) == server.data.truth).mean() > 0.8

    def test_reads_images_flat_and_finds_out_how_they_were_scaled(
        self, client: heldout.Client, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.data = bright_or_dark()
        data = client.data()
        scaled = data.x_train.reshape(60, 16) / 255
        client.submit(KNeighborsClassifier(3).fit(scaled, data.y_train))
        assert (arrived(server).argmax(axis=1) == server.data.truth).all()
        assert (
            "prepared as 0-1 (100.0 % right on practice examples; 50.0 % right as they are; "
            'preprocessing="none" leaves them so)' in capsys.readouterr().out
        )

    def test_of_numbers_says_the_errors(
        self, client: heldout.Client, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.data = prices()
        data = client.data()
        model = LinearRegression().fit(data.standardize(data.x_train), data.y_train)
        client.submit(model)
        np.testing.assert_allclose(arrived(server), server.data.truth, rtol=1e-4)
        told = capsys.readouterr().out
        assert "prepared as standardize (an RMSE of" in told
        assert "as they are" in told

    def test_luck_on_few_practice_examples_changes_nothing(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.data = species()
        data = client.data()
        generator = np.random.default_rng(9)
        model = KNeighborsClassifier(3).fit(data.x_train, generator.integers(0, 3, 60))
        client.submit(model)
        np.testing.assert_array_equal(arrived(server), model.predict_proba(data.x_test))

    def test_takes_the_preprocessing_that_is_asked_for(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.data = bright_or_dark()
        data = client.data()
        scaled = data.standardize(data.x_train).reshape(60, 16)
        model = KNeighborsClassifier(3).fit(scaled, data.y_train)
        client.submit(model, preprocessing="standardize")
        assert server.announcements[0]["preprocessing"] == "auto"
        expected = model.predict_proba(data.standardize(data.x_test).reshape(20, 16))
        np.testing.assert_array_equal(arrived(server), expected)

    def test_a_search_and_a_pipeline_tell_what_they_found(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.data = species()
        data = client.data()
        pipeline = make_pipeline(StandardScaler(), LogisticRegression())
        search = GridSearchCV(pipeline, {"logisticregression__C": [0.01, 1.0]}, cv=2)
        client.submit(search.fit(data.x_train, data.y_train))
        cells = card(server)["hyperparameters"]
        assert cells["model"] == "GridSearchCV: Pipeline: StandardScaler → LogisticRegression"
        assert cells["logisticregression__C"] == search.best_params_["logisticregression__C"]
        assert "logisticregression" not in cells

    def test_that_was_never_fitted_says_how_to(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.data = species()
        told = refused(client, LogisticRegression())
        assert "has not been fitted yet" in told
        assert "model.fit(data.x_train, data.y_train)" in told

    def test_trained_on_other_columns_says_how_many(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.data = species()
        data = client.data()
        told = refused(client, LogisticRegression().fit(data.x_train[:, :2], data.y_train))
        assert "expects 2 columns, and this contest gives 3" in told

    def test_a_curve_goes_along(self) -> None:
        import warnings

        model = MLPClassifier((3,), max_iter=4)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit([[0.0], [1.0]], [0, 1])
        assert len(curves(model)["loss"]) == 4

    def test_is_checked_on_practice_examples(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.data = species()
        data = client.data()
        model = LogisticRegression().fit(data.x_train, data.y_train)
        assert client.check(model).error is None
        checked = np.load(io.BytesIO(server.calls("POST /checks")[0].content))
        np.testing.assert_allclose(checked, model.predict_proba(data.x_practice))


class TestTables:
    @pytest.fixture
    def pandas(self) -> Any:
        return pytest.importorskip("pandas")

    def test_a_pipeline_that_learned_from_a_frame_reads_the_test_table(
        self, client: heldout.Client, server: FakeServer, pandas: Any,
        capsys: pytest.CaptureFixture[str],
    ) -> None:  # fmt: skip
        server.data = species()
        train, _, test = client.data().frames()
        scale = make_column_transformer((StandardScaler(), ["mass", "length"]))
        model = make_pipeline(scale, LogisticRegression())
        model.fit(train.drop(columns="species"), train.species)
        client.submit(model)
        np.testing.assert_allclose(arrived(server), model.predict_proba(test))
        assert "20 rows of the test table" in capsys.readouterr().out

    def test_numbers_that_name_classes_are_names_in_a_table(
        self, client: heldout.Client, server: FakeServer, pandas: Any
    ) -> None:
        server.data = species(classes=("1", "2", "3"))
        data = client.data()
        frame = pandas.DataFrame(data.x_train, columns=list(data.feature_names))
        # As pandas reads the table: the class called 1 is the number 1, and not the second one.
        client.submit(LogisticRegression().fit(frame, data.y_train.astype(int) + 1))
        assert (arrived(server).argmax(axis=1) == server.data.truth).all()

    def test_a_frame_of_the_arrays_will_do(
        self, client: heldout.Client, server: FakeServer, pandas: Any
    ) -> None:
        server.data = yes_or_no()
        data = client.data()
        frame = pandas.DataFrame(data.x_train, columns=list(data.feature_names))
        model = LogisticRegression().fit(frame, data.y_train)
        client.submit(model)
        assert arrived(server).shape == (20,)

    def test_ids_in_another_order_go_along(
        self, client: heldout.Client, server: FakeServer, pandas: Any
    ) -> None:
        server.data = species()
        test = client.data().frames().test.sample(frac=1, random_state=1)
        client.submit(pandas.Series(["Adelie"] * 20, index=test.index, name="species"))
        lines = server.files["s1"].decode().splitlines()
        assert lines[0] == "penguin_id,species"
        assert lines[1] == f"{test.index[0]},Adelie"


class TestStandIns:
    """Classes under the packages' names: the packages themselves are not installed here."""

    @pytest.fixture
    def torch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "torch", torch_package())

    def test_xgboost(self, client: heldout.Client, server: FakeServer) -> None:
        server.data = yes_or_no(positive=1)
        client.submit(XGBClassifier(edges=(1.5,)))
        cells = card(server)["hyperparameters"]
        assert (cells["framework"], cells["max_depth"]) == ("XGBoost", 3)
        assert cells["missing"] is None
        assert card(server)["history"] == {"validation_0_mlogloss": [1.0, 0.5]}
        assert ((arrived(server) > 0.5) == server.data.truth).mean() > 0.9

    def test_a_booster_of_numbers(self, client: heldout.Client, server: FakeServer) -> None:
        server.data = prices()
        client.submit(Booster())
        np.testing.assert_allclose(arrived(server), server.data.truth)

    def test_pytorch_tells_how_large_it_is(
        self, client: heldout.Client, server: FakeServer, torch: None
    ) -> None:
        server.data = species()
        weights = np.array([[-1.0, 0.0, 1.0], [0, 0, 0], [-1.0, 0.0, 1.0]])
        model = Net(weights)
        client.submit(model)
        assert card(server)["hyperparameters"]["parameters"] == 9
        assert card(server)["predicted_at_home"]["framework"] == "PyTorch"
        assert card(server)["predicted_at_home"]["version"] == "2.9.0"
        np.testing.assert_allclose(arrived(server).sum(axis=1), 1)
        logits = client.data().x_test.astype(np.float32) @ weights
        assert arrived(server).argmax(axis=1).tolist() == logits.argmax(axis=1).tolist()

    def test_pytorch_is_run_as_it_is_used_and_left_as_it_was(
        self, client: heldout.Client, server: FakeServer, torch: None
    ) -> None:
        server.data = species()
        model = Net(np.eye(3))
        client.submit(model)
        assert not model.was_training
        assert model.training
        assert TorchTensor.tracking

    def test_pytorch_gets_the_shape_that_it_takes(
        self, client: heldout.Client, server: FakeServer, torch: None
    ) -> None:
        server.data = bright_or_dark()
        weights = np.column_stack([np.full(16, -1.0), np.full(16, 1.0)])
        client.submit(Net(weights, takes=4), preprocessing="0-1")
        expected = client.data().x_test.reshape(20, 16).sum(axis=1) / 255
        logits = np.log(arrived(server)[:, 1]) - np.log(arrived(server)[:, 0])
        np.testing.assert_allclose(logits, 2 * expected, rtol=1e-4)

    @pytest.mark.parametrize("sign", [1.0, -1.0])
    def test_pytorch_with_one_output_may_have_learned_either_class(
        self, client: heldout.Client, server: FakeServer, torch: None, sign: float
    ) -> None:
        server.data = yes_or_no()  # the positive class is number 0
        data = client.data()
        for part in ("x_practice", "x_test"):
            setattr(data, part, getattr(data, part) - 1.5)
        client.submit(Net(np.full((3, 1), sign)))
        assert ((arrived(server) < 0.5) == server.data.truth).mean() > 0.9

    def test_pytorch_that_takes_no_shape_says_what_it_said(
        self, client: heldout.Client, server: FakeServer, torch: None
    ) -> None:
        server.data = species()
        told = refused(client, Net(np.eye(3), takes=7))
        assert "expected 7D input, got 2D" in told
        assert "client.submit(predictions)" in told

    def test_pytorch_with_the_wrong_number_of_outputs(
        self, client: heldout.Client, server: FakeServer, torch: None
    ) -> None:
        server.data = species()
        assert "gives 5 numbers for each input; this contest needs 3" in refused(
            client, Net(np.ones((3, 5)))
        )

    @pytest.mark.parametrize("model", [BoundModule(), TrainState()])
    def test_flax(self, client: heldout.Client, server: FakeServer, model: Any) -> None:
        server.data = yes_or_no(positive=1)
        client.submit(model)
        assert card(server)["hyperparameters"]["framework"] == "Flax"
        assert arrived(server).shape == (20,)
        assert (arrived(server) >= 0).all()
        assert "params" not in card(server)["hyperparameters"]

    def test_flax_without_its_variables_says_how_to_bind_them(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.data = yes_or_no()
        assert "client.submit(model.bind(variables))" in refused(client, UnboundModule())


class FakeKeras:
    """As much of a Keras model as a contest of predictions meets."""

    layers = ()
    built = True

    def save(self, path: str) -> None:
        Path(path).write_bytes(b"PK\x03\x04 a model")

    def get_config(self) -> dict[str, Any]:
        return {}

    def predict(self, x: Any, verbose: int) -> Any:
        assert verbose == 0
        return np.column_stack([-x[:, 0], 0 * x[:, 0], x[:, 0]])

    def count_params(self) -> int:
        return 0


class TestKeras:
    def test_runs_at_home_where_only_predictions_are_taken(
        self, client: heldout.Client, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.data = species()
        server.before.append(("POST /submissions", refuse("kind_not_accepted", 415)))
        client.submit(FakeKeras(), epochs=3)
        assert server.announcements[-1]["kind"] == "predictions"
        assert arrived(server).shape == (20, 3)
        assert card(server)["predicted_at_home"]["framework"] == "Keras"
        assert card(server)["hyperparameters"]["epochs"] == 3
        assert "Predicted at home: FakeKeras (Keras)" in capsys.readouterr().out

    def test_is_sent_itself_everywhere_else(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        client.submit(FakeKeras())
        assert server.announcements[-1]["kind"] == "model"

    def test_a_refused_file_is_not_run(self, client: heldout.Client, server: FakeServer) -> None:
        server.before.append(("POST /submissions", refuse("kind_not_accepted", 415)))
        with pytest.raises(heldout.KindNotAccepted):
            client.submit([1, 2, 3])


class TestDetection:
    def test_is_by_the_modules_of_its_classes(self) -> None:
        assert framework_of(LogisticRegression()) == "sklearn"
        assert framework_of(XGBClassifier()) == "xgboost"
        assert framework_of(Net(np.eye(2))) == "torch"
        assert framework_of(BoundModule()) == "flax"

    @pytest.mark.parametrize("other", [None, 7, "path", [1], np.eye(2), LogisticRegression, len])
    def test_of_other_things_is_nothing(self, other: Any) -> None:
        assert framework_of(other) is None

    def test_a_tensor_is_no_model(self) -> None:
        tensor = type("Tensor", (), {"__module__": "torch"})()
        assert framework_of(tensor) is None

    def test_another_library_with_the_same_interface_is_one(self) -> None:
        names = dict.fromkeys(("fit", "predict", "get_params", "set_params"), lambda _: {})
        model = type("Mine", (), {**names, "__module__": "mine.models"})()
        assert framework_of(model) == "sklearn"
        assert captured("sklearn", model)["framework"] == "scikit-learn and mine"

    def test_layers_are_named_in_order(self) -> None:
        linear = type("Linear", (Module,), {})
        relu = type("ReLU", (Module,), {})
        net = Net(np.eye(2), children=(linear(np.eye(2)), relu(np.eye(1))))
        assert captured("torch", net)["layers"] == "Linear-ReLU"
        assert model_name(net) == "Net"
