"""Images by name: the built-in sets, those to download, people's own. Pixels, labels and a fixed split; needs no torch."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
