"""How well a score tells two groups apart: the ROC curve and the area below it. Knows no image."""

import numpy as np


def roc_curve(known: np.ndarray, anomalous: np.ndarray) -> np.ndarray:
    """The ROC curve (K, 2) from (0, 0) to (1, 1): of an alarm at each threshold, the share of `known` and of `anomalous` that raise it.

    An image raises the alarm if its score is the threshold or more. Corners alone are kept.
    """
    thresholds = np.unique(np.concatenate([known, anomalous]))[::-1]
    shares = np.stack([_share_from(np.sort(group), thresholds) for group in (known, anomalous)], axis=1)
    points = np.concatenate([np.zeros((1, 2)), shares])
    steps = np.sign(np.diff(points, axis=0))
    turns = (steps[1:] != steps[:-1]).any(1) | (steps[1:] == 1).all(1)
    corners: np.ndarray = points[np.concatenate([[True], turns, [True]])]
    return corners


def roc_auc(known: np.ndarray, anomalous: np.ndarray) -> float:
    """The area under the ROC curve, AUC: how often an anomalous image has a larger score than a known one, equal ones counting half.

    0.5 is chance, and below it the score is misled (Hanley & McNeil 1982).
    """
    ordered = np.sort(known)
    below, not_above = (np.searchsorted(ordered, anomalous, side=side) for side in ("left", "right"))
    return float((below + not_above).mean() / (2 * len(known)))


def _share_from(ordered: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """The share of ordered scores (N,) that are each threshold or more."""
    share: np.ndarray = 1 - np.searchsorted(ordered, thresholds, side="left") / len(ordered)
    return share
