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
    pass


class DataError(ExplorerError):
    pass


class ImageError(DataError):
    pass


class DeviceError(ExplorerError):
    pass


class RunError(ExplorerError):
    pass


class RunNotFound(RunError):
    pass


class RunDamaged(RunError):
    pass


class ExportError(ExplorerError):
    pass


class Diverged(ExplorerError):
    pass
