from .anomaly import SCORES as SCORES
from .anomaly import Scored as Scored
from .anomaly import measure as measure
from .roc import area as area
from .roc import curve as curve
