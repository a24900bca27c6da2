"""Families of models, a file each, with the networks, the objective, their measures and their export."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
