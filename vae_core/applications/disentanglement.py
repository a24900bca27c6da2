"""How well single dimensions of codes follow known factors: MIG, DCI and SAP. Knows neither models nor images.

A factor is told twice: as bins for what counts, and as numbers for what fits. A class is a bin, and a column of zeros and ones for each
class; a number is one of 20 equal bins between its ends; an angle is one of 20 equal bins of the circle, and its cosine and sine.
"""

from typing import NamedTuple

import numpy as np

BINS = 20
"""Of a number, an angle, and each dimension of a code, as in Locatello et al. 2019 (arXiv:1811.12359)."""
TREES, LEAST_LEAF = 10, 5
MOST_NUMBERS = 640_000
"""That a forest is fitted to: 10,000 codes of 64 dimensions, fewer of more, which would take minutes."""
SCORES = ("mig", "sap", "disentanglement", "completeness", "informativeness")


class Factor(NamedTuple):
    """One factor of N images: `bins` int64 (N,) from 0 on, `targets` float64 (N, T), and whether it is a class."""

    bins: np.ndarray
    targets: np.ndarray
    is_class: bool = False

    @property
    def entropy(self) -> float:
        """In nats; 0 for a factor that does not vary."""
        shares = np.bincount(self.bins) / len(self.bins)
        seen = shares[shares > 0]
        return float(-(seen * np.log(seen)).sum())


def as_class(labels: np.ndarray) -> Factor:
    """A factor of labels (N,)."""
    classes, bins = np.unique(labels, return_inverse=True)
    return Factor(bins, np.eye(len(classes))[bins], is_class=True)


def as_number(values: np.ndarray, low: float, high: float) -> Factor:
    """A factor of numbers (N,) in [low, high)."""
    return Factor(_bins(values, low, high), values.astype(np.float64)[:, None])


def as_angle(angles: np.ndarray) -> Factor:
    """A factor of angles (N,) in [0, 2 pi) radians."""
    return Factor(_bins(angles, 0, 2 * np.pi), np.stack([np.cos(angles), np.sin(angles)], axis=1))


def scores(codes: np.ndarray, factors: list[Factor], learned: int) -> tuple[np.ndarray, np.ndarray]:
    """`SCORES` (5,) of codes (N, D), whose first `learned` predictors are fitted to, and the informativeness of each factor (F,)."""
    importances, informativeness = zip(*(importance(codes, factor, learned) for factor in factors), strict=True)
    matters = np.stack(importances)
    predicted = np.stack([predictability(codes, factor, learned) for factor in factors])
    found = (mig(information(codes, factors)), sap(predicted), disentanglement(matters), completeness(matters), np.mean(informativeness))
    return np.array(found), np.array(informativeness)


def mixed(codes: np.ndarray) -> np.ndarray:
    """The codes (N, D) in other axes, of which each is a sum over all dimensions: the orthonormal discrete cosine transform of each code.

    Together the new numbers tell exactly as much, so what a score loses by it is what the model's own axes are worth.
    """
    from scipy.fft import dct

    found: np.ndarray = dct(codes, norm="ortho", axis=1)
    return found


def information(codes: np.ndarray, factors: list[Factor]) -> np.ndarray:
    """The share of each factor's entropy that a dimension of the codes (N, D) tells alone: (F, D), from 0 to 1.

    It is I(z_d; v) / H(v), of counts in bins. Few images make it too large: I of A and of B bins by about (A - 1) (B - 1) / 2N nats
    (Miller 1955).
    """
    binned = [_bins(column, column.min(), column.max()) for column in codes.astype(np.float64).T]
    return np.array([[_mutual_information(factor.bins, column) / factor.entropy for column in binned] for factor in factors])


def gap(matrix: np.ndarray) -> np.ndarray:
    """How much larger the largest number in each row of a matrix (F, D) is than the second largest: (F,)."""
    ordered = np.sort(matrix, axis=1)
    difference: np.ndarray = ordered[:, -1] - ordered[:, -2]
    return difference


def mig(shares: np.ndarray) -> float:
    """The mutual information gap of what `information` found: 1/F sum_v (I(z_1st; v) - I(z_2nd; v)) / H(v), from 0 to 1.

    Chen et al. 2018 (arXiv:1802.04942), section 4, with encoded means for codes and equal bins, as Locatello et al. 2019.
    """
    return float(gap(shares).mean())


def disentanglement(importance: np.ndarray) -> float:
    """Whether each dimension matters for one factor alone, from importances (F, D): sum_d rho_d (1 - H_F(P_d)), from 0 to 1.

    P_d is the importance of dimension d by factor, as shares; H_F their entropy to the base F, the number of factors; rho_d the part of all
    importance that d has. Eastwood & Williams 2018, section 2. 0 where nothing matters.
    """
    return _concentration(importance.T)


def completeness(importance: np.ndarray) -> float:
    """Whether each factor needs one dimension alone, from importances (F, D): the same with factors and dimensions exchanged, from 0 to 1.

    Eastwood & Williams 2018, section 2; factors are weighed by their importance, which a forest makes 1 for each that is told at all.
    """
    return _concentration(importance)


def importance(codes: np.ndarray, factor: Factor, learned: int) -> tuple[np.ndarray, float]:
    """How much each dimension of the codes (N, D) matters for predicting a factor, and how well all of them together predict it.

    The predictor is a random forest, one of the two of Eastwood & Williams 2018: 10 trees, leaves of at least 5 images, fitted to the first
    `learned` images. A class is predicted as a column for each class, an angle as cosine and sine.

    Returns:
        Importances (D,), each the share of the variance that splits along the dimension remove (Breiman et al. 1984); and the
        informativeness, in place of their error R^2, the share of the variance of all other images that is predicted.
    """
    from sklearn.ensemble import RandomForestRegressor

    targets = factor.targets[:, 0] if factor.targets.shape[1] == 1 else factor.targets
    forest = RandomForestRegressor(TREES, min_samples_leaf=LEAST_LEAF, random_state=0)
    fitted = min(learned, MOST_NUMBERS // codes.shape[1])
    forest.fit(codes[:fitted], targets[:fitted])
    others = targets[learned:]
    missed = np.square(forest.predict(codes[learned:]) - others).sum()
    return forest.feature_importances_, float(1 - missed / np.square(others - others.mean(0)).sum())


def predictability(codes: np.ndarray, factor: Factor, learned: int) -> np.ndarray:
    """How well each dimension of the codes (N, D) predicts a factor by a straight line, alone: (D,), from 0 to 1.

    For a number it is R^2 of a linear regression; for an angle that of its cosine and sine together; both of the first `learned` images.
    For a class it is the share of all other images that a linear support vector machine is right about (C = 0.01, equal classes).
    Kumar et al. 2018 (arXiv:1711.00848), section 3, with the machine of Locatello et al. 2019.
    """
    if not factor.is_class:
        return _explained(codes[:learned].astype(np.float64), factor.targets[:learned])
    from sklearn.svm import LinearSVC

    def accuracy(column: np.ndarray) -> float:
        machine = LinearSVC(C=0.01, class_weight="balanced", dual=False).fit(column[:learned], factor.bins[:learned])
        return float(machine.score(column[learned:], factor.bins[learned:]))

    return np.array([accuracy(column[:, None]) for column in codes.T])


def sap(found: np.ndarray) -> float:
    """The separated attribute predictability: the mean gap of what `predictability` found (F, D). Kumar et al. 2018, section 3."""
    return float(gap(found).mean())


def _bins(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """The numbers (N,) of equal bins from `low` to `high`, which belongs to the last; all 0 where the ends are equal."""
    bins: np.ndarray = np.digitize(values, np.linspace(low, high, BINS + 1)[1:-1]) if high > low else np.zeros(len(values), np.int64)
    return bins


def _mutual_information(one: np.ndarray, other: np.ndarray) -> float:
    """Of two binnings (N,), in nats: sum p(a, b) ln(p(a, b) / (p(a) p(b)))."""
    joint = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(joint, (one, other), 1 / len(one))
    apart, seen = np.outer(joint.sum(1), joint.sum(0)), joint > 0
    return float((joint[seen] * np.log(joint[seen] / apart[seen])).sum())


def _concentration(weights: np.ndarray) -> float:
    """The mean of 1 - entropy of each row of weights (R, C), to the base C, each row weighed by its sum."""
    total = weights.sum()
    if not total:
        return 0.0
    shares = weights / np.maximum(weights.sum(1, keepdims=True), np.finfo(float).tiny)
    logarithms = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    entropies = -(shares * logarithms).sum(1) / np.log(weights.shape[1])
    return float((weights.sum(1) / total * (1 - entropies)).sum())


def _explained(codes: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """R^2 (D,) of the regression of targets (N, T) on each column of codes (N, D): sum_t cov(z, t)^2 / (var(z) sum_t var(t))."""
    codes, targets = codes - codes.mean(0), targets - targets.mean(0)
    covariance, variance = codes.T @ targets / len(codes), codes.var(0)
    varies = variance > 1e-12
    explained = np.square(covariance).sum(1) / targets.var(0).sum()
    found: np.ndarray = np.divide(explained, variance, out=np.zeros(len(variance)), where=varies)
    return found
