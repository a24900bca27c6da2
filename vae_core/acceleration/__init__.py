"""Layers compiled for this CPU, for training steps alone: what, when, how to turn it off and how to verify it is in README.md here."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
