"""The VAE-GAN: its one objective against the paper's three losses, and what is said of a model whose loss is no bound."""

import dataclasses
import re

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from visiting import EMBEDDINGS, HOME, INTERPOLATE, LATENT_MAP, RECONSTRUCT, TRAIN, checked, visit

from ui.training_losses import losses_of
from vae_core import models, runs
from vae_core.__main__ import main
from vae_core.config import ModelConfig, RunConfig, TrainConfig
from vae_core.errors import ConfigError
from vae_core.models import Batch, Model
from vae_core.models.vaegan import FEATURE_WEIGHT, accuracy, diversity, frozen
from vae_core.presets import configure
from vae_core.runs import findings
from vae_core.runs.measurements import Metrics
from vae_core.runs.run import Run
from vae_core.training import execution, jobs
from vae_core.training.loop import Training

BETA = 0.7


def build(**settings: object) -> Model:
    usual = {"family": "vaegan", "image_shape": (1, 10, 14), "channels": (4, 6), "hidden": (8,), "latent_dim": 3}
    return models.build(ModelConfig(**{**usual, **settings}), seed=1)


def images(n: int = 6) -> Tensor:
    return torch.rand(n, 1, 10, 14, generator=torch.Generator().manual_seed(0))


def objective(model: Model, generator: torch.Generator) -> Tensor:
    return model.losses(Batch(images(), images(), None), TrainConfig(), BETA, generator).objective


def papers(model: Model, generator: torch.Generator) -> dict[nn.Module, Tensor]:
    """The loss of each network as algorithm 1 has it, the gradients of all of them going everywhere."""
    x, posterior = images(), model.encode(images())
    z, drawn = posterior.sample(generator), torch.randn(6, 3, generator=generator)
    critic, reconstructed, made = model.discriminator, model.images(z), model.images(drawn)

    def logits(some: Tensor) -> Tensor:
        return critic.verdict(critic.features(some)).squeeze(1)

    distance = (critic.features(reconstructed) - critic.features(x)).square().sum((1, 2, 3)).mean()
    like = distance / 2 / critic.features(x).detach().var()
    variance = posterior.log_var.exp()
    kl = 0.5 * (posterior.mean.square() + variance - 1 - posterior.log_var).sum(1).mean()
    fooled = -functional.logsigmoid(logits(reconstructed)).mean() - functional.logsigmoid(logits(made)).mean()
    real, fake = torch.sigmoid(logits(x)), torch.sigmoid(torch.stack([logits(reconstructed), logits(made)]))
    return {
        model.encoder: BETA * kl + like,
        model.decoder: FEATURE_WEIGHT * like + fooled,
        critic: -(real.log().mean() + (1 - fake[0]).log().mean() + (1 - fake[1]).log().mean()),
    }


@pytest.mark.parametrize("settings", [{}, {"batch_norm": False}, {"likelihood": "gaussian", "output": "linear"}], ids=str)
def test_one_objective_has_the_gradients_of_three_losses_each_for_its_own_network(settings: dict[str, object]) -> None:
    model = build(**settings)
    objective(model, torch.Generator().manual_seed(3)).backward()
    for network, loss in papers(model, torch.Generator().manual_seed(3)).items():
        parameters = list(network.parameters())
        expected = torch.autograd.grad(loss, parameters, retain_graph=True)
        for parameter, gradient in zip(parameters, expected, strict=True):
            torch.testing.assert_close(parameter.grad, gradient, rtol=1e-4, atol=1e-6)


def test_one_optimizer_over_all_networks_is_one_for_each(toy, toy_config) -> None:
    """AdamW moves each number by its own gradients alone."""
    config = vaegan_config(toy_config)
    training, alone = Training(config, toy), Training(config, toy)
    for some in (training, alone):
        some._losses(some.train_indices[:32]).objective.backward()
    training.optimizer.step(1, 0.01)
    for network in (alone.model.encoder, alone.model.decoder, alone.model.discriminator):
        torch.optim.AdamW(network.parameters(), lr=0.01, betas=(0.9, config.train.adam_beta2), weight_decay=0.01).step()
    for one, other in zip(training.model.parameters(), alone.model.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


def vaegan_config(toy_config: RunConfig, **settings: object) -> RunConfig:
    train = dataclasses.replace(toy_config.train, **settings)
    return dataclasses.replace(toy_config, model=dataclasses.replace(toy_config.model, family="vaegan"), train=train)


def test_a_learned_pixel_sigma_follows_the_pixels_alone() -> None:
    model = build(likelihood="gaussian", sigma=0.5)
    losses = model.losses(Batch(images(), images(), None), TrainConfig(), BETA, torch.Generator().manual_seed(0))
    (expected,) = torch.autograd.grad(losses.reconstruction.mean(), model.log_sigma, retain_graph=True)
    losses.objective.backward()
    assert torch.equal(model.log_sigma.grad, expected)


def test_what_is_frozen_passes_gradients_on_and_learns_again_after() -> None:
    layer, fixed, x = nn.Linear(3, 2), nn.Linear(2, 2), torch.ones(1, 3, requires_grad=True)
    fixed.weight.requires_grad_(False)
    whole = nn.Sequential(layer, fixed)
    with frozen(whole):
        y = whole(x)
    y.sum().backward()
    assert x.grad is not None
    assert [parameter.grad for parameter in whole.parameters()] == [None] * 4
    assert [parameter.requires_grad for parameter in whole.parameters()] == [True, True, False, True]


def test_accuracy_is_that_of_verdicts_and_guessing_gives_a_half() -> None:
    assert float(accuracy(torch.tensor([1.0, -1.0]), torch.tensor([-1.0, -1.0, -1.0, 1.0]))) == pytest.approx(62.5)
    assert float(accuracy(torch.ones(5), torch.ones(10))) == float(accuracy(-torch.ones(5), -torch.ones(10))) == 50


def nearest(some: Tensor) -> list[float]:
    return [min(float((one - other).norm()) for place, other in enumerate(some) if place != own) for own, one in enumerate(some)]


def test_diversity_compares_nearest_neighbours() -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(40, 1, 5, 5, generator=generator)
    draws = torch.rand(20, 1, 5, 5, generator=generator) / 2
    expected = (sum(nearest(draws)) / 20) / (sum(nearest(x)) / 40)
    assert float(diversity(draws, x)) == pytest.approx(expected, rel=1e-4)
    few = draws[torch.arange(40) % 3]
    assert float(diversity(few, x)) == pytest.approx(0, abs=1e-3), "three different images are as few as one"
    assert float(diversity(draws[:1], x[:1])) == 0


def test_a_training_tells_its_terms_and_no_other(toy, toy_config) -> None:
    config = vaegan_config(toy_config, epochs=1)
    first, *_ = Training(config, toy)
    assert first.terms.keys() == config.model.traits.terms.keys()
    assert 0 <= first.terms["accuracy"] <= 100


def told(diversity: float, epochs: int = 3) -> list[Metrics]:
    usual: Metrics = {"kl": 9.0, "reconstruction": 90.0, "total": 99.0}
    terms = {"features": 1.0, "accuracy": 70.0, "diversity": diversity}
    records: list[Metrics] = [{**usual, "split": "train", "epoch": float(epoch), "terms": terms} for epoch in range(1, epochs + 1)]
    return [*records, {**usual, "split": "validation", "epoch": float(epochs)}]


def test_mode_collapse_is_named_in_a_sentence_when_it_happens() -> None:
    config = configure("mnist-vaegan")
    assert findings.look(config, {}, told(0.05)) == [findings.REPEATING]
    assert findings.look(config, {}, told(0.05, epochs=1)) == findings.look(config, {}, told(0.7)) == []
    early = [*told(0.01, epochs=2)[:-1], *({**record, "epoch": 4.0} for record in told(0.8, epochs=1))]
    assert findings.look(config, {}, early) == []


def test_its_losses_are_shown_as_no_bound() -> None:
    losses = losses_of(configure("mnist-vaegan"), told(0.7), validated=True)
    names = [re.sub("<[^>]*>", "", loss.name) for loss in losses]
    assert names == ["Reconstruction", "KL", "Feature loss", "Discriminator", "Diversity"]
    assert not any("ELBO" in loss.name + loss.meaning or "objective" in loss.meaning for loss in losses)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small trained VAE-GAN."""
    small = {"dataset": "digits", "images": 200, "epochs": 1, "channels": "4,4", "hidden": "8", "device": "cpu"}
    run = runs.create(configure("mnist-vaegan", small), tmp_path_factory.mktemp("judged") / "checkpoints", name="judged")
    with jobs.held(run):
        assert execution.execute(run).state == "finished"
    return run


@pytest.fixture
def home(judged: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_CHECKPOINTS", str(judged.path.parent))


@pytest.mark.usefixtures("home")
def test_neither_card_nor_console_speaks_of_a_bound(judged: Run, capsys: pytest.CaptureFixture[str]) -> None:
    card = judged.card()
    assert not card.keys() & {"elbo", "bound", "bits_per_dimension"}
    assert {"reconstruction", "kl", "reconstruction_error"} <= card.keys()
    assert main(["list"]) == 0
    assert capsys.readouterr().out.split() == ["judged", "finished"]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("page", [HOME, LATENT_MAP, RECONSTRUCT, INTERPOLATE, EMBEDDINGS, TRAIN])
def test_no_page_speaks_of_a_bound(judged: Run, page: str) -> None:
    app = visit(page, **({} if page == HOME else {"run": judged.id}))
    if page == HOME:
        app = checked(app.menu_button(key="gallery.more.judged").click("Facts").run())
        assert {metric.label for metric in app.metric} >= {"Reconstruction", "KL", "Squared error"}
    words = [element.value for element in (*app.caption, *app.markdown)] + [metric.label for metric in app.metric]
    assert not any("ELBO" in text or "bound" in text.lower() for text in words)
    assert any("typical pixel error" in text and "compared by a discriminator" in text for text in app_text(words))


def app_text(words: list[str]) -> list[str]:
    """Without the addresses of links."""
    return [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text) for text in words]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"samples": 3}, "no bound of several samples"),
        ({"bound": "importance"}, "no bound of several samples"),
        ({"patience": 2}, "set patience to 0"),
    ],
)
def test_settings_that_need_a_bound_are_refused(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        configure("mnist-vaegan", settings)
