"""A network as a Streamlit component: its layers as blocks, and as a table. Knows no run."""

from collections.abc import Mapping, Sequence
from typing import Any

from ui.components.mount import component


def network_layers(layers: Sequence[Mapping[str, Any]], *, key: str) -> None:
    """Show layers, each with the fields of `vae_core.models.summary.Layer`."""
    _VIEW(data={"layers": layers}, key=key)


_VIEW = component("network_layers", script="network_layers/network_layers.js", styles=("network_layers/network_layers.css",))
