"""The model as TFLite: one file, a signature for each length of window, and one for a symbol.

============= =====================================================================================
``encode_T``  features [1, T, width] and inside [1, T] to CTC's logits [1, T, symbols], then keys
              and values of each decoder layer [1, heads, M, D], M that of the longest window
``decode``    symbols [N], place [1], what is hidden [1, 1, 1, M], keys and values of the frames,
              then those of what was read [N, heads, slots, D]; to logits [N, symbols], confidence
              [N, 1], and what was read with it
============= =====================================================================================

Inputs are called ``args_0``, ``args_1``, ..., outputs ``output_0``, ``output_1``, ..., in this
order.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.training.second.decoder import Memory, Pair
from models.training.second.model import Model
from models.training.second.size import REDUCTION

Precision = Literal["float", "dynamic", "dynamic-tensor"]
"""Of the weights: int8 a channel, or int8 a tensor, which tflite-runtime 2.14 needs."""


@dataclass(frozen=True)
class Limits:
    """Attributes:
    windows: ticks of each, ascending.
    beams: texts that are decoded together.
    characters: of a text.
    """

    windows: tuple[int, ...] = (128, 256, 512)
    beams: int = 4
    characters: int = 64


class Encode(nn.Module):
    def __init__(self, model: Model, frames: int) -> None:
        super().__init__()
        self.model, self.frames = model, frames

    def forward(self, features: Tensor, inside: Tensor) -> tuple[Tensor, ...]:
        model = self.model
        frames, left = model.encoder(features, inside)
        pairs = model.decoder.memory(frames, left).pairs
        more = self.frames - frames.shape[1]
        flat = [functional.pad(one, (0, 0, 0, more)) for pair in pairs for one in pair]
        return (model.every_tick(frames), *flat)


class Decode(nn.Module):
    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, symbol: Tensor, place: Tensor, hidden: Tensor, *pairs: Tensor
    ) -> tuple[Tensor, ...]:
        model, joined = self.model, paired(pairs)
        half = len(joined) // 2
        memory = Memory(joined[:half], hidden)
        state, after = model.decoder.step(symbol, place, memory, joined[half:])
        return model.next(state), model.sure(state), *(one for pair in after for one in pair)


def paired(flat: tuple[Tensor, ...]) -> list[Pair]:
    return list(zip(flat[::2], flat[1::2], strict=True))


def examples(model: Model, limits: Limits) -> tuple[Tensor, ...]:
    """Inputs of `Decode`, all zero."""
    size, frames = model.size, limits.windows[-1] // REDUCTION
    each = size.dim // size.heads
    shapes = (1, size.heads, frames, each), (
        limits.beams, size.heads, limits.characters + 1, each,
    )  # fmt: skip
    # Each a tensor of its own: the exporter takes one that comes twice for one input.
    flat = [torch.zeros(shape) for shape in shapes for _ in range(2 * size.layers)]
    symbol = torch.full((limits.beams,), size.forward_start, dtype=torch.int32)
    return symbol, torch.zeros(1), torch.zeros(1, 1, 1, frames), *flat


def convert(model: Model, limits: Limits) -> bytes:
    """The float graph with all signatures."""
    import litert_torch

    model = model.eval()
    frames = limits.windows[-1] // REDUCTION
    made: Any = litert_torch
    for window in limits.windows:
        example = torch.zeros(1, window, model.size.width), torch.ones(1, window)
        made = made.signature(f"encode_{window}", Encode(model, frames).eval(), example)
    made = made.signature("decode", Decode(model).eval(), examples(model, limits))
    content = made.convert().model_content
    return bytes(content() if callable(content) else content)


def quantise(graph: bytes, precision: Precision) -> bytes:
    """The weights of all matrix products in int8; all between them stays float.

    Depthwise convolutions stay float: they are a hundredth of the multiplications.
    """
    if precision == "float":
        return graph
    from ai_edge_quantizer import qtyping, quantizer

    whole = precision == "dynamic-tensor"
    grain = qtyping.QuantGranularity.TENSORWISE if whole else qtyping.QuantGranularity.CHANNELWISE
    made = quantizer.Quantizer(bytearray(graph))
    for name in (qtyping.TFLOperationName.FULLY_CONNECTED,):
        made.update_quantization_recipe(
            regex=".*",
            operation_name=name,
            op_config=qtyping.OpQuantizationConfig(
                weight_tensor_config=qtyping.TensorQuantizationConfig(
                    num_bits=8, symmetric=True, granularity=grain
                ),
                compute_precision=qtyping.ComputePrecision.INTEGER,
            ),
        )
    return bytes(made.quantize().quantized_model)


def operators(graph: bytes) -> dict[str, int]:
    """How many of each the first signature has."""
    from ai_edge_litert.interpreter import Interpreter

    ops = Interpreter(model_content=graph)._get_ops_details()
    return dict(Counter(op["op_name"] for op in ops if op["op_name"] != "DELEGATE"))
