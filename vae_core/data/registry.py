"""The facts about every data set by its name: from `catalogue`, where a new one begins, or of own sets. Knows no file of theirs."""

from vae_core.data import own
from vae_core.data.catalogue import BUILT_IN, DatasetInfo
from vae_core.errors import DataError


def describe(name: str) -> DatasetInfo:
    """The facts about one data set. Raises DataError, listing the known names, for any other name; also for a damaged own set."""
    info = BUILT_IN.get(name) or own.find(name)
    if info is None:
        raise DataError(f"there is no data set {str(name)[:64]!r}; choose one of {', '.join(names())}")
    return info


def names() -> list[str]:
    """The names of all data sets: first those that come with the program, then those to download, then people's own."""
    return [*BUILT_IN, *(info.name for info in own.infos())]
