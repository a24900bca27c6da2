"""Which code computes a model's layers, and what compiled code was refused and why. Knows no layer."""

import logging
from collections.abc import Callable

from vae_core.acceleration.mode import VARIABLE, mode

TOLERANCE = 1e-4

log = logging.getLogger(__name__)


class Report:
    """Decides for one model whether compiled code is used: it is compared with PyTorch on its first batch, in mode `check` on every one."""

    def __init__(self) -> None:
        self.mode = mode()
        self._accepted: dict[object, str] = {}
        self._refused: dict[object, str] = {}

    def accepts(self, code: object, name: str, compare: Callable[[], float]) -> bool:
        """Whether to use `code`, called `name`; `compare` runs it and returns its largest error relative to PyTorch's result."""
        if code in self._refused:
            return False
        if code not in self._accepted or self.mode == "check":
            try:
                error = compare()
            except RuntimeError as failure:
                return self._refuse(code, f"{name}: {failure}")
            if not error <= TOLERANCE:
                return self._refuse(code, f"{name}: relative error {error:.1e}")
            self._accepted[code] = name
        return True

    def summary(self) -> str:
        """What computes the layers, for a log and a card; complete after the first training step."""
        if self.mode == "off":
            return f"PyTorch ({VARIABLE}=off)"
        names = [f"{count} compiled" for count in [len(self._accepted)] if count]
        return "; ".join([" and ".join(["PyTorch", *names]), *(f"refused {reason}" for reason in self._refused.values())])

    def _refuse(self, code: object, reason: str) -> bool:
        self._accepted.pop(code, None)
        self._refused[code] = reason
        log.warning("compiled layers are not used, PyTorch's are: %s", reason)
        return False
