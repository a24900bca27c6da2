"""Whether images differ at all: of equal ones nothing can be learned. Knows no data set."""

import numpy as np

_NOISE = 2  # of 255 levels
_AT_ONCE = 64


def are_the_same(images: np.ndarray, places: np.ndarray | None = None) -> bool:
    """Whether there are images (N, C, H, W), or some at `places`, of which none differs from the first by more than two of 255 levels."""
    places = np.arange(len(images)) if places is None else places
    first = images[places[0]].astype(np.int16)
    parts = (places[start : start + _AT_ONCE] for start in range(0, len(places), _AT_ONCE))
    return len(places) > 1 and all((np.abs(images[some] - first) <= _NOISE).all() for some in parts)


def refusal(count: int) -> str:
    """The sentence for so many equal images."""
    return f"all {count:,} images are the same: there is nothing to learn; choose pictures that differ"
