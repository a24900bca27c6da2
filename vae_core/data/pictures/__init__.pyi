from .decoding import decode as decode
from .picture_file import PictureFile as PictureFile
from .preparation import Preparation as Preparation
from .preparation import prepare as prepare
from .preparation import suggest as suggest
