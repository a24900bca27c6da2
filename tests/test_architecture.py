"""The house rules, held by the build: who may import whom, and what stays out of the server."""

import ast
import importlib
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import house_rules
import pytest

from vae_core.traits import FAMILIES

ROOT = Path(__file__).parents[1]
CORE, UI, PAGES = ROOT / "vae_core", ROOT / "ui", [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]
SCREEN = [*UI.rglob("*.py"), *PAGES]
SOURCES = [*CORE.rglob("*.py"), *SCREEN]
TORCH_FREE = (
    *(
        "console",
        "errors",
        "config",
        "presets",
        "files",
        "processes.asking",
        "data",
        "data.own",
        "data.own.intake",
        "data.pictures.preparation",
    ),
    *(
        "runs",
        "runs.collection",
        "runs.previews",
        "runs.findings",
        "models.program",
        "latent.codes",
        "latent.encoded_sets",
        "latent.aggregate",
    ),
    *("training.jobs", "training.worker", "training.conditions", "projections.jobs", "projections.worker", "projections.algorithms"),
    *(
        "applications.anomaly",
        "applications.compression",
        "applications.denoising",
        "applications.disentanglement",
        "applications.factors",
        "applications.images",
        "applications.questions",
        "applications.roc",
    ),
)
REFUSED_NAMES = {"utils.py", "helpers.py", "common.py", "misc.py"}


def imports(path: Path) -> set[str]:
    """Modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(house_rules.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


def offences(paths: Iterable[Path], found: Callable[[Path], object]) -> dict[str, object]:
    """What is found in files where nothing should be, by their names."""
    return {str(path.relative_to(ROOT)): wrong for path in paths if (wrong := found(path))}


def test_the_core_knows_no_screen():
    assert offences(CORE.rglob("*.py"), lambda path: roots(path) & {"streamlit", "ui", "pages", "app"}) == {}


def test_the_screen_loads_no_torch_and_imports_no_page():
    assert offences(SCREEN, lambda path: roots(path) & {"torch", "torchvision", "pages", "app"}) == {}


def test_nobody_imports_the_worker():
    assert offences(SOURCES, lambda path: [name for name in imports(path) if name.endswith(".worker")]) == {}


def test_what_looks_at_runs_loads_without_torch_and_streamlit():
    question = """
import importlib, sys
for module in sys.argv[1:]:
    importlib.import_module(f"vae_core.{module}")
    loaded = [heavy for heavy in ("torch", "streamlit", "sklearn", "torchvision") if heavy in sys.modules]
    assert not loaded, f"{module} loads {loaded}"
"""
    asked = subprocess.run([sys.executable, "-c", question, *TORCH_FREE], cwd=ROOT, capture_output=True, text=True)
    assert asked.returncode == 0, asked.stderr


def test_a_training_loads_neither_pytorchs_compiler_nor_scikit_learn(tmp_path):
    work = """
import sys, pathlib
from vae_core import runs
from vae_core.training import jobs
from vae_core.presets import configure
from vae_core.training.execution import execute
small = {"dataset": "digits", "images": 200, "channels": "4,4", "hidden": "8", "batch_size": 32, "epochs": 1}
run = runs.create(configure("mnist-2d-quick", small), pathlib.Path(sys.argv[1]))
with jobs.held(run):
    print(execute(run).state, "knn_accuracy" in run.card(), [m for m in ("torch._dynamo", "sklearn", "streamlit") if m in sys.modules])
"""
    answer = subprocess.run([sys.executable, "-c", work, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert answer.strip() == "finished True []"


def test_nothing_is_unpickled_and_no_html_is_injected():
    for path in SOURCES:
        text = path.read_text()
        assert not roots(path) & {"pickle", "joblib", "dill", "marshal"}, path
        assert "torch.load" not in text, path
        assert "allow_pickle=True" not in text, path
        assert "unsafe_allow_html" not in text, path
        assert "st.html" not in text or path.name == "style_sheets.py", path


MARKDOWN = {
    *("markdown", "write", "caption", "header", "subheader", "title", "error", "warning", "info", "success", "toast", "progress"),
    *("metric", "button", "download_button", "page_link", "expander", "popover", "tabs", "pills", "segmented_control", "radio"),
    *("toggle", "checkbox", "file_uploader", "text_input", "number_input", "selectbox", "status", "spinner", "image"),
    *("form_submit_button", "link_button", "dialog"),
}
OF_PEOPLE = {"title", "message", "sentence", "licence", "class_names", "folder", "error", "refusal"}
OURS = {"METHODS", "PRESETS", "method", "item", "step"}
WORDS = {"label", "body", "text", "caption", "help", "title", "delta", "format_func"}


def shown_as_markdown(call: ast.Call) -> Iterator[ast.AST]:
    """What Streamlit reads as markdown of a call; the options of a list have their own place, and a select box shows them as text."""
    given = call.args[:1] if call.func.attr in ("pills", "segmented_control", "radio", "selectbox", "image") else call.args
    yield from given
    words = WORDS - ({"format_func"} if call.func.attr == "selectbox" else set())
    yield from (keyword.value for keyword in call.keywords if keyword.arg in words)


def not_escaped(node: ast.AST) -> Iterator[str]:
    """Names and attributes that may hold people's text and stand outside `escape(...)`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("escape", "len"):
        return
    if isinstance(node, ast.Attribute) and {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} & OURS:
        return
    if isinstance(node, ast.Attribute | ast.Name):
        yield from {getattr(node, "attr", None), getattr(node, "id", None)} & OF_PEOPLE
    for part in ast.iter_child_nodes(node):
        yield from not_escaped(part)


def bare_markdown(path: Path) -> list[tuple[int, str]]:
    """Lines and names of what people wrote and markdown shows as it is."""
    calls = [node for node in ast.walk(house_rules.parse(path.read_text())) if isinstance(node, ast.Call)]
    shown = [(call, part) for call in calls if ast.unparse(call.func).removeprefix("st.") in MARKDOWN for part in shown_as_markdown(call)]
    return [(call.lineno, name) for call, part in shown for name in not_escaped(part)]


def test_what_people_wrote_is_escaped_before_it_is_markdown(tmp_path):
    assert offences(SCREEN, bare_markdown) == {}
    planted = tmp_path / "planted.py"
    planted.write_text("st.caption(run.title)\nst.caption(escape(run.title))\n")
    assert bare_markdown(planted) == [(1, "title")]


@pytest.mark.parametrize("stub", sorted(CORE.rglob("__init__.pyi")), ids=lambda path: str(path.parent.relative_to(ROOT)))
def test_every_name_that_a_package_offers_is_there(stub):
    package = importlib.import_module(".".join(stub.parent.relative_to(ROOT).parts))
    assert [name for name in package.__all__ if not hasattr(package, name)] == []


def test_no_drawer_for_everything():
    assert not {path.name for path in SOURCES} & REFUSED_NAMES


def undocumented(path: Path) -> list[str]:
    """Public functions and classes without a docstring, and the file itself if it has none."""
    tree = house_rules.parse(path.read_text())
    public = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")]
    return [getattr(node, "name", "the file") for node in (tree, *public) if not ast.get_docstring(node)]


def test_every_file_says_what_it_is_and_every_public_function_what_it_does():
    assert offences(SOURCES, undocumented) == {}


ORDER = (
    *(
        "errors",
        "console",
        "schema",
        "traits",
        "migration",
        "config",
        "files",
        "processes",
        "data",
        "presets",
        "runs",
        "device",
        "acceleration",
        "models",
        "latent",
    ),
    *("training", "projections", "applications", "__main__"),
)
"""The rooms of vae_core: each may import from those before it, and from itself."""
LONG = {"ui.state": "all URL parameters and session keys are declared in one file"}
LARGE = {
    "vae_core.config.model.ModelConfig": "a setting is a field",
    "vae_core.config.train.TrainConfig": "a setting is a field",
    "vae_core.runs.measurements.Card": "a measured fact is a field",
    "vae_core.training.loop.Training": "the state of a training is what a resume brings back",
    "vae_core.runs.run.Run": "a file of the folder is a member",
    "ui.state.Address": "a URL parameter is a field",
}
ALL = house_rules.read(ROOT, "vae_core", "ui", "pages", "app.py")
SCRIPTS = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in (ROOT / "ui" / "components").rglob("*.js")}


def test_no_modules_import_each_other_in_a_circle():
    assert house_rules.circles(ALL) == []


def test_arrows_between_the_rooms_of_the_core_run_downwards_only():
    assert house_rules.upward(ALL, "vae_core", ORDER) == []


def test_only_state_names_url_parameters_and_session_keys():
    assert house_rules.undeclared_keys(ALL, "ui.state") == []


def test_modules_classes_and_functions_are_short_or_have_a_reason():
    assert house_rules.too_long(ALL).keys() == LONG.keys()
    assert house_rules.too_many_members(ALL).keys() == LARGE.keys()
    assert house_rules.too_long_functions(ALL) == {}


def test_nobody_asks_for_a_family_of_models_by_its_name():
    assert house_rules.families_by_name(ALL | SCRIPTS, FAMILIES) == []


OFFENCES = {
    "a circle through a function": {"vae_core.files.atomic": "def f():\n    from vae_core.runs import find\n"},
    "a circle through a package": {"vae_core.files.atomic": "from vae_core import runs\ndef f():\n    runs.find('')\n"},
    "an arrow up": {"vae_core.data.shapes": "from vae_core.training.loop import Training\n"},
    "a room without a place": {"vae_core.cellar": '"""Things."""'},
    "a long module": {"vae_core.files.atomic": "x = 1\n" * 301},
    "a large class": {"ui.state": "class Many:\n    def __init__(self):\n" + "".join(f"        self.x{i} = 0\n" for i in range(25))},
    "a widget with a key of its own": {"ui.facts": "st.button('Facts', key='facts')\n"},
    "a key put together": {"ui.facts": "def f(run):\n    key = f'facts.{run.id}'\n    st.button('Facts', key=key)\n"},
    "a value that one file remembers": {"ui.facts": "st.session_state['facts.seen'] = True\n"},
    "a value that one file looks up": {"ui.facts": "seen = st.session_state.get('facts.seen')\n"},
    "a widget that is given its value": {"ui.facts": "state.initialise('facts.split', None, 'train')\n"},
    "a key made of text": {"ui.facts": "KEY = state.Key('facts')\n"},
    "a URL parameter of one page": {"pages.train": "def f():\n    state.update_url(colour='red')\n"},
    "a URL read past the state": {"pages.train": "colour = st.query_params.get('colour')\n"},
    "a family by its name": {"ui.facts": "is_plain = run.config.model.family != 'autoencoder'\n"},
    "a family by its name in a script": {"ui/model.js": "const isVae = about.family === 'vae';\n"},
    "a long function": {"ui.state": "def long():\n" + "    x = 1\n" * 60},
}


@pytest.mark.parametrize("offence", OFFENCES)
def test_each_rule_notices_a_planted_offence(offence):
    planted = ALL | OFFENCES[offence]
    noticed = {
        "a circle through a function": lambda: house_rules.circles(planted),
        "a circle through a package": lambda: house_rules.circles(planted),
        "an arrow up": lambda: house_rules.upward(planted, "vae_core", ORDER),
        "a room without a place": lambda: house_rules.upward(planted, "vae_core", ORDER),
        "a long module": lambda: house_rules.too_long(planted).keys() - LONG.keys(),
        "a large class": lambda: house_rules.too_many_members(planted).keys() - LARGE.keys(),
        "a family by its name": lambda: house_rules.families_by_name(planted, FAMILIES),
        "a family by its name in a script": lambda: house_rules.families_by_name(planted, FAMILIES),
        "a long function": lambda: house_rules.too_long_functions(planted),
    }.get(offence, lambda: house_rules.undeclared_keys(planted, "ui.state"))()
    assert noticed, offence


def test_the_shipped_settings_are_safe():
    settings = (ROOT / ".streamlit" / "config.toml").read_text()
    for line in (
        'address = "127.0.0.1"',
        'allowedHosts = ["localhost", "127.0.0.1"]',
        "gatherUsageStats = false",
        'fileWatcherType = "none"',
        "enableStaticServing = false",
        'showErrorDetails = "none"',
        'toolbarMode = "viewer"',
        "postScriptGC = false",
        "showEmailPrompt = false",
        "showSidebarNavigation = false",
    ):
        assert line in settings
