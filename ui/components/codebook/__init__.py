"""A codebook as a Streamlit component: a map of codes to paint on, and maps drawn from a prior. Knows no run folders."""

from collections.abc import Callable
from typing import Literal

from ui.components.mount import nothing
from ui.components.pair import Pair

Prior = Literal["learned", "uniform"]
PRIORS: tuple[Prior, ...] = ("learned", "uniform")


def codebook(
    bundle: bytes,
    *,
    run: str,
    key: str,
    codes: str = "",
    prior: Prior = "learned",
    seed: int = 0,
    on_change: Callable[[], None] | None = None,
) -> None:
    """Draw the codes of a `bundle`, whose model is discrete; the browser decodes, and this reruns once when the user lets go.

    Args:
        bundle: the model with its codes.
        run: names the model in links and in files.
        key: the state is also at `st.session_state[key]["view"]` for `on_change`, as a dict with `run` and what follows here.
        codes: a map as the browser writes it: letters for each place; what is no map of the model stands for that of its first image.
        prior: what maps are drawn from.
        seed: of such a draw (0 to 99,999).
        on_change: is called before the rerun.
    """
    _PAIR(bundle, {"run": run, "codes": codes, "prior": prior, "seed": seed}, key=key, on_view_change=on_change or nothing)


_PAIR = Pair("codebook", script="codebook/codebook.js", styles=("view/controls.css", "codebook/codebook.css"))
