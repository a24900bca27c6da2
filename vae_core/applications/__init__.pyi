from .anomaly import SCORES as SCORES
from .anomaly import Scored as Scored
from .anomaly import measure as measure
from .roc import roc_auc as roc_auc
from .roc import roc_curve as roc_curve
