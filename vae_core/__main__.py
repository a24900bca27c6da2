"""The command line: train, resume, layers, evaluate, encode, list, export, download, import. The same run folders as the app."""

import argparse
import json
import signal
import sys
import textwrap
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from vae_core import console, data, runs
from vae_core.config import SETTINGS, RunConfig
from vae_core.data import own
from vae_core.errors import ConfigError, ExplorerError, RunDamaged
from vae_core.files import storage
from vae_core.files.records import read_json
from vae_core.presets import PRESETS, configure
from vae_core.runs import titles
from vae_core.runs.measurements import Card
from vae_core.runs.run import Run
from vae_core.runs.source import source_of
from vae_core.schema import Setting
from vae_core.training import conditions, jobs
from vae_core.traits import Traits

if TYPE_CHECKING:
    from vae_core.training.loop import Record, Training


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit status: 0 done, 1 refused or failed (one sentence on standard error)."""
    console.tolerate_encoding_errors()
    options = _parser().parse_args(arguments)
    try:
        command: Callable[[argparse.Namespace], int] = options.command
        return command(options)
    except ExplorerError as error:
        console.write_error(f"{error}\n")
    except OSError as error:
        console.write_error(f"{storage.sentence(error)}\n")
    return 1


def train(options: argparse.Namespace) -> int:
    """Train a new model, from a preset or from the config of another run."""
    config = _config(options)
    if not data.is_available(config.train.dataset):
        data.load(config.train.dataset)
    _check_start(config)
    title = "" if options.name else titles.unique(titles.suggest(config), {run.title for run in runs.list_runs()})
    run = runs.create(config, name=options.name, title=options.title or title)
    _say(f"run {run.id} in {run.path}")
    return _execute(run)


def _check_start(config: RunConfig) -> None:
    """Raises RunError when the run that a training is to start from is not there, damaged, or of quite another network."""
    source = source_of(config)
    if source:
        from vae_core.models import transfer

        transfer.plan(source, config.model)


def _config(options: argparse.Namespace) -> RunConfig:
    if options.config is None:
        return configure(options.preset, _settings(options.set))
    if options.set:
        raise ConfigError("--set changes a preset; a config file is repeated as it is")
    return RunConfig.from_json(read_json(options.config))


def resume(options: argparse.Namespace) -> int:
    """Go on with a training exactly where it stopped."""
    run = runs.find(options.run)
    if not run.resume.exists():
        raise ConfigError(f"run {run.id} has nothing to resume: it is {run.status.state}")
    return _execute(run)


def evaluate(options: argparse.Namespace) -> int:
    """Measure a trained model afresh and print its card."""
    from vae_core.training.execution import measure

    _say(json.dumps(measure(runs.find(options.run)), indent=2))
    return 0


def encode(options: argparse.Namespace) -> int:
    """Encode a whole data set by a trained model."""
    from vae_core.latent.encoded_sets import encode_set

    found = encode_set(runs.find(options.run), options.data, lambda done, total: _bar(done / total, f"{done:,} of {total:,} images"))
    console.write_error("\n")
    _say(f"{options.data}: {len(found.mean):,} codes of {found.mean.shape[1]} numbers, {found.validation:,} of them held out")
    return 0


def list_runs(options: argparse.Namespace) -> int:
    """Print every run with its state and what a held-out image costs."""
    for run in runs.list_runs():
        status = run.status
        _say(f"{run.id:24} {status.state:12} {_elbo(run):14} {status.message}".rstrip())
    return 0


def layers(options: argparse.Namespace) -> int:
    """Print the layers of a run's network."""
    from vae_core.models import summary

    _say(summary.as_text(summary.layers(runs.find(options.run).config.model)))
    return 0


def export(options: argparse.Namespace) -> int:
    """Write encoder and decoder for the browser."""
    from vae_core.files.atomic import write_atomic
    from vae_core.models.export import export as program
    from vae_core.models.weights import load_model

    run = runs.find(options.run)
    blob = program(load_model(run), half=not options.float32)
    target = options.to or run.network
    try:
        write_atomic(target, blob)
    except OSError as error:
        raise ExplorerError(f"{target} cannot be written ({error.strerror or error}); choose another place with --to") from None
    _say(f"{target}: {len(blob):,} bytes")
    return 0


def download(options: argparse.Namespace) -> int:
    """Download a data set."""
    data.download(options.dataset, lambda fraction, sentence: _bar(fraction, sentence))
    console.write_error("\n")
    return 0


def import_set(options: argparse.Namespace) -> int:
    """Make a data set of people's own pictures."""
    take = own.import_folder if options.path.is_dir() else own.import_zip
    shape = (1 if options.grey else 3, options.side, options.side)
    title = own.title_of(options.path) if options.title is None else options.title
    reading = own.Reading(options.encoding, options.level, options.table, options.column)
    name, result = take(options.path, title=title, image_shape=shape, fit=options.fit, reading=reading, progress=_bar)
    console.write_error("\n")
    _say(f"{name}: {result.sentence}")
    return 0


def _elbo(run: Run) -> str:
    """-ELBO of a measured run, reconstruction of an autoencoder; nothing without a card that can be read, or where it is no measure."""
    with suppress(RunDamaged):
        card = run.card() or {}
        given = " | y" if run.config.model.traits.is_conditional else ""
        return f"{-card['elbo']:8.2f} nats{given}" if "elbo" in card else ""
    return ""


def _execute(run: Run) -> int:
    """Train in this process with a progress bar; Ctrl-C stops after the current step and keeps everything."""
    from vae_core.training.execution import execute

    with jobs.held(run):
        with storage.CHECKPOINTS.writing("the training cannot go on"):
            run.stop_file.unlink(missing_ok=True)
        signal.signal(signal.SIGINT, lambda *_: _stop(run))
        status = execute(run, _Progress())
    _say(f"\n{status.state}{': ' if status.message else ''}{status.message}")
    if start := conditions.start(run):
        _say(start)
    card = run.card()
    if card:
        _say(f"validation {_measured(card, run.config.model.traits)}")
    return 0 if status.state in ("finished", "stopped") else 1


def _measured(card: Card, traits: Traits) -> str:
    """What a held-out image costs; the sum of its parts only where that is a bound."""
    if not traits.is_bound:
        return f"reconstruction {card['reconstruction']:.2f} nats per image" + (f", KL {card['kl']:.2f}" if traits.has_prior else "")
    given = " given its label" if traits.is_conditional else ""
    parts = f"{card['reconstruction']:.2f} reconstruction + {card['kl']:.2f} KL"
    return f"-ELBO {-card['elbo']:.2f} nats per image{given} ({parts})"


def _stop(run: Run) -> None:
    """Ask for a stop; who presses Ctrl-C again ends the process."""
    jobs.stop(run)
    signal.signal(signal.SIGINT, signal.default_int_handler)


class _Progress:
    """The bar of one training: where it is, what it costs, how long it will take."""

    def __init__(self) -> None:
        self.validation = ""

    def __call__(self, record: "Record", training: "Training") -> None:
        is_sum = training.config.model.traits.minimises_total
        if record.split == "validation" and is_sum:
            self.validation = f", validation {record.total:.1f}"
        left = record.seconds / record.step * (training.steps - record.step)
        total = f"{record.total:.1f} = " if is_sum else ""
        losses = f"{total}{record.reconstruction:.1f} + {record.kl:.1f} nats{self.validation}"
        _bar(record.step / training.steps, f"epoch {record.epoch:.1f}  {losses}  {int(left) // 60}:{int(left) % 60:02} left")


def _bar(fraction: float, sentence: str) -> None:
    filled = int(20 * min(1.0, fraction))
    console.write_error(f"\r{'#' * filled}{'.' * (20 - filled)} {sentence}\x1b[K")


def _say(line: str) -> None:
    console.write_output(f"{line}\n")


def _settings(pairs: Sequence[str]) -> dict[str, str]:
    wrong = [pair for pair in pairs if "=" not in pair]
    if wrong:
        raise ConfigError(f"--set {wrong[0]}: expected field=value, such as --set epochs=5")
    return dict(pair.split("=", 1) for pair in pairs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m vae_core", description="Train and inspect variational autoencoders.")
    commands = parser.add_subparsers(required=True, metavar="command")
    wide = argparse.RawDescriptionHelpFormatter
    one = commands.add_parser("train", help="train a new model", description=_train_help(), formatter_class=wide)
    start = one.add_mutually_exclusive_group(required=True)
    start.add_argument("--preset", metavar="NAME", help="where to start from")
    start.add_argument("--config", type=Path, metavar="FILE", help="repeat the training of a run's config.json")
    one.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="change one setting; may be repeated")
    one.add_argument("--name", metavar="RUN", help="name of the run folder (default: the preset and a number)")
    one.add_argument("--title", help="what to call it on the pages (default: what differs from the preset, or the name)")
    one.set_defaults(command=train)
    for name, command, text in (
        ("resume", resume, "go on with a stopped run"),
        ("layers", layers, "print the layers of a run's network with their shapes and parameters"),
        ("evaluate", evaluate, "measure a trained model, and write its codes again"),
    ):
        one = commands.add_parser(name, help=text, description=text)
        one.add_argument("run")
        one.set_defaults(command=command)
    one = commands.add_parser("encode", help="keep the codes of a data set", description="keep the codes of a data set, for projections")
    one.add_argument("run")
    one.add_argument("--data", required=True, metavar="NAME", help="the data set; its images have the shape that the run takes")
    one.set_defaults(command=encode)
    commands.add_parser("list", help="list the runs").set_defaults(command=list_runs)
    one = commands.add_parser("export", help="write the program for the browser", description="write the program for the browser")
    one.add_argument("run")
    one.add_argument("--to", type=Path, metavar="FILE", help="where to write (default: network.bin in the run folder)")
    one.add_argument("--float32", action="store_true", help="full instead of half precision")
    one.set_defaults(command=export)
    one = commands.add_parser("download", help="download a data set", description="download a data set")
    one.add_argument("dataset")
    one.set_defaults(command=download)
    one = commands.add_parser(
        "import", help="make a data set of a ZIP or a folder of pictures", description="Folders, or a table of labels, tell the classes."
    )
    one.add_argument("path", type=Path)
    one.add_argument("--title", help="what to call it, 1 to 60 characters (default: the file's name)")
    one.add_argument("--side", type=int, default=64, help="pixels of a side, 8 to 128 (default: 64)")
    one.add_argument("--grey", action="store_true", help="shades of grey instead of colour")
    one.add_argument("--fit", choices=("crop", "pad"), default="crop", help="the middle of a picture, or all of it")
    one.add_argument(
        "--encoding", default="", metavar="NAME", help="how names are written that do not tell it, as cp932 (default: guessed)"
    )
    one.add_argument("--level", type=int, metavar="N", help="which folder is the class, 1 for the first that differs, 0 for none")
    one.add_argument("--table", default="", metavar="PATH", help="the table in the ZIP or folder that tells the classes, as labels.csv")
    one.add_argument("--column", default="", metavar="NAME", help="its column (default: the likeliest)")
    one.set_defaults(command=import_set)
    return parser


def _train_help() -> str:
    lines = ["Train a new model.", "", "presets:"]
    lines += [f"  {name:16} {preset.about}" for name, preset in PRESETS.items()]
    lines += ["", f"data sets: {', '.join(data.names())}", "", "settings:"]
    for name, item in SETTINGS.items():
        wrapped = textwrap.wrap(f"{item.help} {_allowed(item)}", 90)
        lines += [f"  {name:16} {wrapped[0]}", *(f"{'':19}{more}" for more in wrapped[1:])]
    return "\n".join(lines)


def _allowed(item: Setting) -> str:
    shown = ",".join(map(str, item.default)) if isinstance(item.default, tuple) else item.default
    shown = "empty" if shown == "" else shown
    if item.choices:
        return f"[{' | '.join(item.choices)}; default {shown}]"
    if item.minimum is not None:
        return f"[{item.minimum:g} to {item.maximum:g}; default {shown}]"
    return f"[default {shown}]"


if __name__ == "__main__":
    sys.exit(main())
