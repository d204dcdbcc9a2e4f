"""Ishara's architecture: Conv1D blocks with channel attention, Squeezeformer and Conformer blocks,
CTC; one set of weights, read as a stream or with the full context.

::

    model = get_model(144, 2, 2, (11, 5, 3), 3, 0.2, symbols=28)
    logits = model(features)                      # [B, T, symbols], streaming form
    logits = model(features, lengths, Form.FULL)
    logits, state = model.step(tick, state)       # equals the streaming window

A stage is ``num_conv_per_block`` Conv1D blocks whose kernels are ``kernel_sizes`` in turn, then
one Squeezeformer block (the first ``num_conv_squeeze_blocks`` stages) or one Conformer block (the
last ``num_conv_conform_blocks``). Ishara publishes the arguments and not the code; read so, its
own (256, 2, 2, [11, 5, 3], 3) gives 9 M parameters, 18 MB at 16 bits, and it states 17.9 MB.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models.training.architecture.model import Model, Step, Whole
from models.training.architecture.shape import HAND, HOLISTIC, LandmarkSet, Shape
from models.training.architecture.time import Form, State

__all__ = [
    "HAND", "HOLISTIC", "Form", "LandmarkSet", "Model", "Shape", "State", "Step", "Whole",
    "get_model",
]  # fmt: skip


def get_model(
    dim: int,
    num_conv_squeeze_blocks: int,
    num_conv_conform_blocks: int,
    kernel_sizes: Sequence[int],
    num_conv_per_block: int,
    dropout_rate: float,
    **more: Any,
) -> Model:
    """A model with random weights; ``more`` are the other fields of `Shape`.

    Raises:
        ValueError: the sizes do not fit each other.
    """
    return Model(
        Shape(
            dim, num_conv_squeeze_blocks, num_conv_conform_blocks, tuple(kernel_sizes),
            num_conv_per_block, dropout_rate, **more,
        )
    )  # fmt: skip
