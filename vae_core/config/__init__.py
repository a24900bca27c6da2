"""Every setting of a model and of its training: default, range and help, written once. Knows neither torch nor disk.

The form on the Train page, the command line's help and the validator all read the same field metadata.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
