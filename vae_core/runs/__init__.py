"""Runs: a folder of plain files each, and the folder that holds them. Reading a run needs no torch."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
