"""Drawings of a class as a Streamlit component: each with what it is, one's own with a button to remove it. Knows no collection."""

from collections.abc import Sequence

from ui.components.mount import as_text, component, nothing
from vae_core.data.own import Drawing


def drawing_list(drawings: Sequence[Drawing], *, author: str, key: str) -> str | None:
    """Show drawings, uint8 (C, H, W), in their order. Returns the id of one by `author` that is to be removed, once; else None."""
    shown = [
        {
            "id": drawing.id,
            "label": drawing.label,
            "mine": drawing.author == author,
            "shape": list(drawing.image.shape),
            "image": as_text(drawing.image),
        }
        for drawing in drawings
    ]
    requested = _CLASS_DRAWINGS(data={"drawings": shown}, key=key, on_remove_change=nothing).get("remove")
    return requested if requested in [drawing["id"] for drawing in shown if drawing["mine"]] else None


_CLASS_DRAWINGS = component("class_drawings", script="class_drawings/class_drawings.js", styles=("class_drawings/class_drawings.css",))
