"""Exports the networks of random weights that stand for those that are not published.

    .venv-training/bin/python -m benchmarks.baselines.networks FOLDER

``ishara-176.tflite`` is Ishara's at its published size: 8 blocks of 256 channels, a window of 176
frames, full context, float16. ``window-70.tflite`` is one in the style of the ASLFR competition
over a window of 70 frames; no size of Real-Time ASL's own is known, and it is run so rarely that
its size hardly matters. Both read both hands, face and pose. Random weights: latency only.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from models.training.architecture import HOLISTIC, Form, get_model
from models.training.architecture.export import convert_window

SYMBOLS = 60
"""The 59 characters of the ASLFR competition, and blank."""


def export(dim: int, ticks: int) -> bytes:
    """The float16 graph of a window: [1, 1, ticks, 280] to logits [1, 1, ticks, `SYMBOLS`]."""
    torch.manual_seed(0)
    model = get_model(dim, 2, 2, (11, 5, 3), 3, 0.2, sets=HOLISTIC, symbols=SYMBOLS)
    return halved(convert_window(model.eval(), Form.FULL, ticks))


def halved(graph: bytes) -> bytes:
    """``graph`` with its weights as float16."""
    from ai_edge_quantizer import qtyping, quantizer
    from ai_edge_quantizer.algorithm_manager import AlgorithmName

    weights = qtyping.TensorQuantizationConfig(16, dtype=qtyping.TensorDataType.FLOAT)
    made = quantizer.Quantizer(bytearray(graph))
    made.update_quantization_recipe(
        regex=".*",
        operation_name=qtyping.TFLOperationName.ALL_SUPPORTED,
        op_config=qtyping.OpQuantizationConfig(
            weight_tensor_config=weights,
            compute_precision=qtyping.ComputePrecision.FLOAT,
            explicit_dequantize=True,
        ),
        algorithm_key=AlgorithmName.FLOAT_CASTING,
    )
    return bytes(made.quantize().quantized_model)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    for name, dim, ticks in (("ishara-176", 256, 176), ("window-70", 192, 70)):
        (folder / f"{name}.tflite").write_bytes(export(dim, ticks))


if __name__ == "__main__":
    main()
