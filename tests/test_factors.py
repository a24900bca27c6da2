"""Known factors: MIG, DCI and SAP against scikit-learn and SciPy, what they say of codes that are known, and of a run."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import entropy
from sklearn.ensemble import GradientBoostingClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mutual_info_score, r2_score
from sklearn.svm import LinearSVC

from vae_core import data, models, runs
from vae_core.applications import answers, disentanglement, factors, questions
from vae_core.applications.disentanglement import SCORES, Factor, as_angle, as_class, as_number
from vae_core.data import shapes
from vae_core.errors import RunError
from vae_core.models import weights
from vae_core.presets import configure
from vae_core.runs.run import Run

COUNT, LEARNED = 1500, 1000
TINY = {"dataset": "shapes", "images": 60, "channels": "4,8,8", "hidden": "8", "device": "cpu", "latent_dim": 4}


def known() -> tuple[np.ndarray, list[Factor]]:
    """The values of a class, a number and an angle (N, 3), and the factors that they are."""
    random = np.random.default_rng(0)
    label, number, angle = random.integers(0, 3, COUNT), random.uniform(2, 5, COUNT), random.uniform(0, 2 * np.pi, COUNT)
    return np.stack([label, number, angle], axis=1), [as_class(label), as_number(number, 2, 5), as_angle(angle)]


def entangled() -> np.ndarray:
    """Codes (N, 4) float32 that say something of each factor, by bends, sums and noise; the last says nothing."""
    values, _ = known()
    label, number, angle = values.T
    noise = np.random.default_rng(1).standard_normal((4, COUNT))
    columns = (label + 0.3 * number + 0.4 * noise[0], number**2 + noise[1], np.cos(angle) + 0.5 * np.sin(angle) + 0.2 * noise[2], noise[3])
    return np.stack(columns, axis=1).astype(np.float32)


def reference_bins(column: np.ndarray) -> np.ndarray:
    return np.digitize(column, np.histogram(column, 20)[1][:-1])


def test_information_and_mig_are_those_of_scikit_learn() -> None:
    (values, found), codes = known(), entangled().astype(np.float64)
    binned = [values[:, 0], np.floor((values[:, 1] - 2) / 3 * 20), np.floor(values[:, 2] / (2 * np.pi) * 20)]
    entropies = [mutual_info_score(bins, bins) for bins in binned]
    expected = np.array(
        [
            [mutual_info_score(bins, reference_bins(column)) / nats for column in codes.T]
            for bins, nats in zip(binned, entropies, strict=True)
        ]
    )
    shares = disentanglement.information(entangled(), found)
    np.testing.assert_allclose([factor.entropy for factor in found], entropies, atol=1e-9)
    np.testing.assert_allclose(shares, expected, atol=1e-6)
    first, second = np.sort(expected, axis=1).T[[-1, -2]]
    assert disentanglement.mig(shares) == pytest.approx(np.mean(first - second), abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_disentanglement_and_completeness_are_weighed_entropies(seed: int) -> None:
    importance = np.random.default_rng(seed).exponential(size=(5, 7)) ** 3
    importance[2, 1:4] = 0
    by_dimension = 1 - entropy(importance + 1e-11, base=5)
    by_factor = 1 - entropy(importance.T + 1e-11, base=7)
    expected = np.average(by_dimension, weights=importance.sum(0)), np.average(by_factor, weights=importance.sum(1))
    assert disentanglement.disentanglement(importance) == pytest.approx(expected[0], abs=1e-6)
    assert disentanglement.completeness(importance) == pytest.approx(expected[1], abs=1e-6)
    assert disentanglement.disentanglement(np.zeros((5, 7))) == 0


def test_importance_and_informativeness_are_those_of_a_random_forest() -> None:
    (values, found), codes = known(), entangled()
    targets = [np.eye(3)[values[:, 0].astype(int)], values[:, 1], np.stack([np.cos(values[:, 2]), np.sin(values[:, 2])], axis=1)]
    for factor, target in zip(found, targets, strict=True):
        forest = RandomForestRegressor(n_estimators=10, min_samples_leaf=5, random_state=0).fit(codes[:LEARNED], target[:LEARNED])
        importance, informativeness = disentanglement.importance(codes, factor, LEARNED)
        np.testing.assert_allclose(importance, forest.feature_importances_, atol=1e-6)
        expected = r2_score(target[LEARNED:], forest.predict(codes[LEARNED:]), multioutput="variance_weighted")
        assert informativeness == pytest.approx(expected, abs=1e-6)
        boosted = GradientBoostingClassifier(n_estimators=3, random_state=0).fit(codes[:400], factor.bins[:400])
        assert importance.argmax() == boosted.feature_importances_.argmax()


def test_predictability_and_sap_are_those_of_lines_by_scikit_learn() -> None:
    (values, found), codes = known(), entangled().astype(np.float64)
    predicted = np.stack([disentanglement.predictability(codes, factor, LEARNED) for factor in found])
    for dimension, column in enumerate(codes.T[:, :, None]):
        machine = LinearSVC(C=0.01, class_weight="balanced").fit(column[:LEARNED], values[:LEARNED, 0])
        assert predicted[0, dimension] == pytest.approx(machine.score(column[LEARNED:], values[LEARNED:, 0]), abs=1e-6)
        for row, target in ((1, values[:LEARNED, 1:2]), (2, found[2].targets[:LEARNED])):
            line = LinearRegression().fit(column[:LEARNED], target).predict(column[:LEARNED])
            assert predicted[row, dimension] == pytest.approx(r2_score(target, line, multioutput="variance_weighted"), abs=1e-6)
    first, second = np.sort(predicted, axis=1).T[[-1, -2]]
    assert disentanglement.sap(predicted) == pytest.approx(np.mean(first - second), abs=1e-6)


def scored(codes: np.ndarray, found: list[Factor]) -> dict[str, float]:
    return dict(zip(SCORES, disentanglement.scores(codes, found, LEARNED)[0], strict=True))


def test_codes_that_are_the_factors_score_high_and_lose_that_when_mixed() -> None:
    values, found = known()
    codes, numbers = values[:, :2] - values[:, :2].mean(0), found[:2]
    perfect, mixed = scored(codes, numbers), scored(disentanglement.mixed(codes), numbers)
    assert min(perfect[name] for name in ("mig", "disentanglement", "completeness", "informativeness")) > 0.95
    assert perfect["sap"] > 0.5
    assert max(mixed[name] for name in ("mig", "sap", "disentanglement", "completeness")) < 0.3
    assert mixed["informativeness"] > 0.95
    np.testing.assert_allclose(np.linalg.norm(disentanglement.mixed(codes), axis=1), np.linalg.norm(codes, axis=1))


def test_codes_that_say_nothing_score_nothing() -> None:
    _, found = known()
    noise = scored(np.random.default_rng(2).standard_normal((COUNT, 3)), found)
    assert max(abs(noise[name]) for name in ("mig", "sap", "disentanglement")) < 0.1
    assert noise["informativeness"] < 0.05
    constant = scored(np.zeros((COUNT, 3)), found)
    assert max(constant.values()) == pytest.approx(0, abs=1e-9)


def test_an_angle_is_predicted_across_its_seam_by_two_dimensions() -> None:
    values, found = known()
    circle = np.stack([np.cos(values[:, 2]), np.sin(values[:, 2])], axis=1)
    importance, informativeness = disentanglement.importance(circle, found[2], LEARNED)
    assert informativeness > 0.99
    np.testing.assert_allclose(importance, 0.5, atol=0.1)
    np.testing.assert_allclose(disentanglement.predictability(circle, found[2], LEARNED), 0.5, atol=0.05)
    assert disentanglement.gap(disentanglement.information(circle, found[2:])) < 0.05


@pytest.mark.parametrize(("shape", "turn"), [(0, np.pi / 2), (1, np.pi), (2, 2 * np.pi)])
def test_a_rotation_is_the_same_where_a_sprite_looks_the_same(shape: int, turn: float) -> None:
    sprites = np.array([[shape, 0.9, 0.3 + part * turn, 30, 35] for part in (0, 0.5, 1)], np.float32)
    begun, half, whole = shapes.render(sprites)
    assert np.abs(begun.astype(int) - whole).max() <= 1
    assert np.abs(begun.astype(int) - half).max() > 100
    angles = shapes.visible_rotation(sprites)
    assert angles[2] == pytest.approx(angles[0], abs=1e-5)
    assert (angles[1] - angles[0]) % (2 * np.pi) == pytest.approx(np.pi, abs=1e-5)


def test_every_set_with_factors_names_them() -> None:
    for name in data.names():
        info = data.describe(name)
        if info.factors:
            assert data.load(name, images=20).factors.shape == (20, len(info.factors))
    assert data.describe("shapes").factors == ("Shape", "Scale", "Rotation", "x", "y")


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """make(family="vae") -> a run of an untrained network's weights, to be measured on few images."""
    monkeypatch.setattr(factors, "LEARNED", 300)
    monkeypatch.setattr(factors, "TESTED", 100)

    def make(**settings: object) -> Run:
        run = runs.create(configure("mnist-2d-quick", {**TINY, **settings}), tmp_path / "checkpoints")
        weights.save_weights(models.build(run.config.model, seed=1), run.weights)
        return run

    return make


def asked(run: Run) -> factors.Followed:
    """The answer as a page gets it: through the process's text and back."""
    text = answers.answer(questions.Question("factors", run).as_text())
    return factors.Followed(**questions.decoded(text.encode()))


@pytest.mark.parametrize("family", ["vae", "conditional", "ladder", "autoencoder"])
def test_a_run_is_measured_on_images_that_no_training_has_seen(make, family: str) -> None:
    run = make(family=family)
    found = asked(run)
    trained, (images, places) = data.load("shapes", images=60), factors.new_images(run.config.train)
    assert not (images.factors[:60] == trained.factors).all(1).any()
    assert len(places) == 400
    assert found.factors.tolist() == [0, 1, 2, 3, 4]
    assert found.information.shape == (5, run.config.model.latent_dim)
    assert found.scores.shape == found.mixed.shape == (len(SCORES),)
    assert found.along.shape == (len(found.dimensions), factors.STEPS, 1, 64, 64)
    model = weights.load_model(run)
    with torch.inference_mode():
        x = torch.from_numpy(images.images / np.float32(255))
        labels = torch.from_numpy(images.labels) if run.config.model.traits.is_conditional else None
        codes = model.encode(x, labels).mean.numpy()
    kinds = [factor for _, factor in factors.varying(images.factors)]
    np.testing.assert_allclose(found.information, disentanglement.information(codes, kinds), atol=1e-3)


def test_a_class_left_out_is_no_factor_when_one_is_left(make) -> None:
    found = asked(make(without=(0, 1)))
    assert found.factors.tolist() == [1, 2, 3, 4]
    assert found.information.shape == (4, 4)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"dataset": "digits"}, factors.NO_FACTORS),
        ({"family": "vq"}, factors.DISCRETE),
        ({"latent_dim": 1}, factors.ONE_DIMENSION),
    ],
)
def test_where_there_is_nothing_to_measure_a_sentence_says_why(make, settings: dict, sentence: str) -> None:
    run = make(**settings)
    assert factors.refusal(run) == sentence
    with pytest.raises(RunError, match=sentence[:30]):
        asked(run)
