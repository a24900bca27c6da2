"""All pages of the app, seen by nobody: `python tests/looked_at.py FOLDER REHEARSAL` prints what each of them shows."""

import json
import sys
from pathlib import Path

import streamlit as st
from places import ROOT, become_nobody
from refused import World
from streamlit.testing.v1 import AppTest
from visiting import EMBEDDINGS, EXPERIMENTS, HOME, INTERPOLATE, LATENT_MAP, RECONSTRUCT, TIMED, TRAIN

from vae_core.processes import asking
from vae_core.projections import jobs as projection_jobs

LINKS = {HOME: "", LATENT_MAP: "old", RECONSTRUCT: "old", INTERPOLATE: "old", EMBEDDINGS: "old", EXPERIMENTS: "old", TRAIN: "busy"}


def look(page: str, run: str) -> dict[str, list[str]]:
    """What a page says, and what went wrong."""
    app = AppTest.from_file(str(ROOT / HOME), default_timeout=60)
    if run:
        app.query_params["run"] = run
    if page != HOME:
        app.switch_page(page)
    app.run()
    texts = [item.value for item in (*app.error, *app.warning, *app.caption)]
    return {"exceptions": [f"{error.value} {error.stack_trace}" for error in app.exception], "texts": texts}


def main(folder: Path, rehearsal: Path) -> None:
    """Look at the rehearsal first, so that nothing is left to be imported."""
    asking.ask = lambda *question: TIMED
    projection_jobs.SLOTS = 0
    for place in (rehearsal, folder):
        World(place).settle()
        if place == folder:
            become_nobody()
        st.cache_data.clear()
        shown = {page: look(page, run) for page, run in LINKS.items()}
    print(json.dumps(shown))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
