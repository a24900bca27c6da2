"""The browser's history as a component without a picture: only another page or another run is a new entry in it."""

from ui.components.mount import component


def address(key: str) -> None:
    """To be mounted by every page, before a script changes the URL."""
    _ADDRESS(key=key, height=1, width=1)


_ADDRESS = component("address", script="address/address.js")
