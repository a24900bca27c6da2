"""Train, evaluate and explore variational autoencoders. Everything here works without the app, from a notebook or a shell.

from vae_core import Training, configure, load

config = configure("mnist-2d-quick", {"epochs": 5})
training = Training(config, load(config.train.dataset))
for record in training:
    print(f"{record.split} {record.epoch:.1f}: {record.total:.1f} nats")
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
