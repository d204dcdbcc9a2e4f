"""The signer: a rendered hand that fingerspells a text and knows the truth about it."""

from edge.camera.signer.motion import Spelled
from edge.camera.signer.source import Signer

__all__ = ["Signer", "Spelled"]
