"""Which losses of a training are shown, under which names: what is minimised, −ELBO where that is something else, and their parts."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import cycle

from ui.components.losses import Line, Loss
from ui.glossary import term_html
from vae_core.config import RunConfig
from vae_core.runs.measurements import Metrics

MAX_POINTS = 400
OBJECTIVE, ELBO, RECONSTRUCTION, KL, TERMS = "#6366F1", "#C2417C", "#0E9F8E", "#D9730D", ("#8B5CF6", "#64748B", "#A16207")


def losses_of(config: RunConfig, records: Sequence[Metrics], *, validated: bool) -> list[Loss]:
    """The losses of a training, the one that is minimised first.

    Args:
        config: what is trained.
        records: its metrics, oldest first.
        validated: whether there are enough held-out images for their losses to mean something; without, they are left out.
    """
    shown = _thin(records) if validated else _thin([record for record in records if record["split"] == "train"])

    def loss(name: str, meaning: str, colour: str, values: Sequence[float], digits: int = 1) -> Loss:
        return _loss(shown, name, meaning, colour, values, digits)

    traits = config.model.traits
    of_terms = [
        _loss(with_term, term.label, f"{term.about}, {term.unit}", colour, [record["terms"][name] for record in with_term], 2)
        for (name, term), colour in zip(traits.terms.items(), cycle(TERMS), strict=False)
        for with_term in [[record for record in shown if name in record.get("terms", {})]]
    ]
    return [*_usual(config, shown, loss), *of_terms]


def _usual(config: RunConfig, shown: Sequence[Metrics], loss: Callable[..., Loss]) -> list[Loss]:
    """The losses that every family has."""
    traits = config.model.traits
    reconstruction, kl = [record["reconstruction"] for record in shown], [record["kl"] for record in shown]
    pixels = "pixels, given the code" if traits.has_prior else f"{term_html('objective', 'objective')} of an autoencoder"
    of_pixels = loss(term_html("reconstruction", "Reconstruction"), pixels, RECONSTRUCTION, reconstruction)
    if not traits.has_prior:
        return [of_pixels]
    elbo = [record["total"] for record in shown]
    of_code = loss(term_html("kl", "KL"), "of the code", KL, kl, 2)
    if not traits.is_bound:
        return [replace(of_pixels, meaning="pixels, given the code; measured alone"), of_code]
    if traits.is_discrete:
        return [loss(term_html("elbo", "−ELBO"), "reconstruction + what the prior takes for the codes", ELBO, elbo), of_pixels, of_code]
    if config.train.bound == "importance":  # which the records do not hold
        return [loss(term_html("elbo", "−ELBO"), "the objective is a tighter bound", ELBO, elbo), of_pixels, of_code]
    given = ", given the label" if traits.is_conditional else ""
    if _is_bound(config):
        return [loss(term_html("elbo", "−ELBO"), "objective: reconstruction + KL" + given, OBJECTIVE, elbo), of_pixels, of_code]
    weights = [record.get("beta", config.train.beta) for record in shown]
    weighed = [pixel + weight * code for pixel, weight, code in zip(reconstruction, weights, kl, strict=True)]
    return [
        loss(term_html("objective", "Objective"), _formula(config, weights), OBJECTIVE, weighed),
        loss(term_html("elbo", "−ELBO"), "reconstruction + KL" + given, ELBO, elbo),
        of_pixels,
        of_code,
    ]


def _loss(shown: Sequence[Metrics], name: str, meaning: str, colour: str, values: Sequence[float], digits: int) -> Loss:
    lines: dict[str, Line] = {"train": [], "validation": []}
    for record, value in zip(shown, values, strict=True):
        lines[record["split"]].append((round(record["epoch"], 4), value))
    return Loss(name, meaning, colour, digits, lines["train"], lines["validation"])


def _is_bound(config: RunConfig) -> bool:
    """Whether what is minimised is −ELBO."""
    return config.train.beta == 1 and config.train.beta_schedule == "constant" and not config.train.free_bits


def _formula(config: RunConfig, weights: Sequence[float]) -> str:
    """What is minimised, with the present β; of free bits the records do not tell."""
    weight = weights[-1] if weights else config.train.beta
    return f"reconstruction + {weight:.3g} · KL" + (" (free bits not counted)" if config.train.free_bits else "")


def _thin(records: Sequence[Metrics]) -> list[Metrics]:
    """All validation records, and at most 400 training records, evenly; in their order."""
    training = sum(record["split"] == "train" for record in records)
    every, kept = max(1, -(-training // MAX_POINTS)), []
    for record in records:
        if record["split"] == "validation" or (training := training - 1) % every == 0:
            kept.append(record)
    return kept
