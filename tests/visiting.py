"""A page of the app run without a browser, and what stands on it; trainings under way, and waiting for something."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from vae_core import runs
from vae_core.runs.run import Run

ROOT = Path(__file__).parents[1]
HOME, LATENT_MAP, TRAIN = "app.py", "pages/latent_map.py", "pages/train.py"
RECONSTRUCT, INTERPOLATE, EMBEDDINGS = "pages/reconstruct.py", "pages/interpolate.py", "pages/embeddings.py"
EXPERIMENTS = "pages/experiments.py"
TIMED = b'{"images_per_second": 4000}'  # in place of what vae_core.training.speed would answer


def visit(page: str, /, **link: str) -> AppTest:
    """The page behind a link. Nothing that a visitor meets may be an exception."""
    app = AppTest.from_file(str(ROOT / HOME), default_timeout=30)
    app.query_params.update(link)
    if page != HOME:
        app.switch_page(page)
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert [error.value for error in app.exception] == []
    return app


def keys(app: AppTest) -> list[str]:
    """Those of the buttons."""
    return [button.key for button in app.button]


def losses(app: AppTest) -> dict[str, dict]:
    """The losses of a training that are drawn, by their names without markup."""
    given = [json.loads(mount.proto.json) for mount in app.get("bidi_component") if '"losses"' in mount.proto.json]
    return {re.sub("<[^>]*>", "", loss["name"]): loss for data in given for loss in data["losses"]}


def wait_until(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)


def at_work(folder: Path) -> list[Run]:
    return [run for run in runs.list_runs(folder) if run.status.state in ("running", "queued")]
