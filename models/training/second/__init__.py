"""The second reading's model: it reads a whole segment once more, and says how sure it is.

The architecture of the solution that won the competition (Henkel, Hanley and Darragh): an encoder
of Squeezeformer blocks with rotary positions over landmark sets, each with a stem of its own; a
Transformer decoder of two layers; a head for confidence. It is trained in two rounds: the readings
of models that have never seen a signer are what the confidence of that signer's samples learns.

    python -m models.training.second one --minutes 240       # one model for each fold of signers
    python -m models.training.second two --minutes 240       # scores them, then the final model
    python -m models.training.second evaluate .runs/second/two/checkpoint.pt
    python -m models.training.second export .runs/second/two/checkpoint.pt --out my-second

The same command goes on with a run that was stopped or killed.
"""

from models.training.second.model import Model, Reading
from models.training.second.size import Size

__all__ = ["Model", "Reading", "Size"]
