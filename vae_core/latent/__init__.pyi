from .codes import Codes as Codes
from .encoded_sets import encode_set as encode_set
from .geometry import Plane as Plane
from .geometry import lerp as lerp
from .geometry import principal_directions as principal_directions
from .geometry import raw_plane as raw_plane
from .geometry import slerp as slerp
