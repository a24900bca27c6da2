"""Child processes: started, alone or in turn; their priority; questions that they answer. Knows no training and no projection."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
