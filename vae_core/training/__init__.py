"""Training: the loop, its optimizer and its state on disk, a run carried out, and trainings as processes of their own."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
