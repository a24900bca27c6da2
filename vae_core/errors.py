"""What can go wrong, on one screen. Every message says what was given, what is expected and what to do next.

ExplorerError
├── ConfigError        a setting that is unknown, of the wrong kind or out of range
├── DataError          a data set that is unknown, absent or unusable
│   └── ImageError     an image that is too large, damaged or no image at all
├── DeviceError        a device that this machine does not have
├── RunError
│   ├── RunNotFound    no run of that name
│   └── RunDamaged     a run whose files are missing, truncated, altered or foreign
├── ExportError        a network with a part that the browser cannot run
└── Diverged           a training whose loss stopped being a number
"""


class ExplorerError(Exception):
    """Anything this package refuses; its text is fit to be shown to a person."""


class ConfigError(ExplorerError):
    """A setting that is unknown, of the wrong kind or out of range."""


class DataError(ExplorerError):
    """A data set that is unknown, absent or unusable."""


class ImageError(DataError):
    """An image that is too large, damaged or no image at all."""


class DeviceError(ExplorerError):
    """A device that this machine does not have."""


class RunError(ExplorerError):
    """A run that does not allow what was requested."""


class RunNotFound(RunError):
    """No run of that name."""


class RunDamaged(RunError):
    """A run whose files are missing, truncated, altered or foreign."""


class ExportError(ExplorerError):
    """A network with a part that the browser cannot run."""


class Diverged(ExplorerError):
    """A training whose loss stopped being a number."""
