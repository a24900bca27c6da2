"""Foreign picture files: recognised, decoded within limits, prepared as a model's input. Knows no model, data set or page."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
