from .model import ModelConfig as ModelConfig
from .run import FORMAT as FORMAT
from .run import SETTINGS as SETTINGS
from .run import RunConfig as RunConfig
from .run import field_names as field_names
from .run import parse_setting as parse_setting
from .train import MIN_IMAGES as MIN_IMAGES
from .train import TrainConfig as TrainConfig
