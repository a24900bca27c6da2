"""How this program writes and reads files: whole, with checksums, within limits, under locks, in one of two home folders."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
