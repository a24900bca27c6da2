"""A table of numbers as a Streamlit component: the larger a number, the darker its cell. Knows no experiment."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from ui.components.mount import component


@dataclass(frozen=True)
class Column:
    """A column: its heading, its numbers, and whether its cells are shaded."""

    name: str
    values: Sequence[float]
    shaded: bool = True


def shaded_table(caption: str, rows: Sequence[str], columns: Sequence[Column], *, key: str) -> None:
    """Show numbers with two digits; `caption` says what they are to those who do not see them. The largest shaded number is darkest."""
    _VIEW(data={"caption": caption, "rows": rows, "columns": [asdict(column) for column in columns]}, key=key)


_VIEW = component("shaded_table", script="shaded_table/shaded_table.js", styles=("shaded_table/shaded_table.css",))
