from .fused import accelerate as accelerate
from .fused import available as available
from .mode import mode as mode
from .report import Report as Report
