"""Tiny models like those of the Kaggle competition, written operator by operator.

The mean of each column over the frames, what is missing counting as 0, times weights: four
characters come out, whatever the number of frames. Needs ai-edge-litert, for its file format.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

COMPETITION = " !#$%&'()*+,-./0123456789:;=?@[_abcdefghijklmnopqrstuvwxyz~"
LENGTH = 4


def folder(
    path: Path,
    columns: Sequence[str],
    texts: Mapping[str, str],
    empty: str = "none",
    arguments: Mapping[str, Any] | None = None,
    **options: Any,
) -> Path:
    """A foreign bundle at ``path``.

    Args:
        columns: that are selected.
        texts: column -> the four characters that the model says if that one's mean is the largest.
        empty: what it says if all are 0.
        arguments: more of ``inference_args.json``.
        options: of `model`.
    """
    path.mkdir(parents=True, exist_ok=True)
    weights = np.zeros((LENGTH, len(COMPETITION), len(columns)), np.float32)
    bias = np.zeros((LENGTH, len(COMPETITION)), np.float32)
    for place, char in enumerate(empty):
        bias[place, COMPETITION.index(char)] = 1
    for column, text in texts.items():
        for place, char in enumerate(text):
            weights[place, COMPETITION.index(char), columns.index(column)] = 1000
    (path / "model.tflite").write_bytes(model(weights, bias, **options))
    selected = {"selected_columns": list(columns), **(arguments or {})}
    (path / "inference_args.json").write_text(json.dumps(selected))
    return path


def model(
    weights: Any,
    bias: Any,
    *,
    signature: str = "serving_default",
    inputs: str = "inputs",
    outputs: str = "outputs",
    frames: int = -1,
    also: bool = False,
) -> bytes:
    """``weights`` [length, characters, columns], ``bias`` [length, characters].

    Args:
        signature, inputs, outputs: the names.
        frames: that the model takes at once; -1: any number.
        also: another input and another output besides.
    """
    tflite = pytest.importorskip("ai_edge_litert.schema_py_generated")
    import flatbuffers

    length, characters, width = weights.shape
    made = tflite.ModelT()
    made.version, made.buffers, made.operatorCodes = 3, [tflite.BufferT()], []
    graph = tflite.SubGraphT()
    graph.tensors, graph.operators = [], []

    def tensor(shape: Sequence[int], kind: int, values: Any = None) -> int:
        found = tflite.TensorT()
        found.shape = [abs(n) for n in shape]
        found.shapeSignature = list(shape)
        found.type, found.buffer = kind, 0
        found.name = f"t{len(graph.tensors)}"
        if values is not None:
            buffer = tflite.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
            made.buffers.append(buffer)
            found.buffer = len(made.buffers) - 1
        graph.tensors.append(found)
        return len(graph.tensors) - 1

    def operator(name: str, into: list[int], out: int, options: str = "", **values: Any) -> None:
        code = tflite.OperatorCodeT()
        code.builtinCode = getattr(tflite.BuiltinOperator, name)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.version = 1
        made.operatorCodes.append(code)
        found = tflite.OperatorT()
        found.opcodeIndex = len(made.operatorCodes) - 1
        found.inputs, found.outputs = into, [out]
        if options:
            found.builtinOptionsType = getattr(tflite.BuiltinOptions, options)
            found.builtinOptions = getattr(tflite, options + "T")()
            for key, value in values.items():
                setattr(found.builtinOptions, key, value)
        graph.operators.append(found)

    kinds = tflite.TensorType
    rows = tensor([frames, width], kinds.FLOAT32)
    there = tensor([frames, width], kinds.BOOL)
    zero = tensor([1, 1], kinds.FLOAT32, np.zeros((1, 1), np.float32))
    clean = tensor([frames, width], kinds.FLOAT32)
    axis = tensor([1], kinds.INT32, np.array([0], np.int32))
    mean = tensor([1, width], kinds.FLOAT32)
    matrix = tensor([length * characters, width], kinds.FLOAT32, weights.astype(np.float32))
    offset = tensor([length * characters], kinds.FLOAT32, bias.astype(np.float32))
    flat = tensor([1, length * characters], kinds.FLOAT32)
    shape = tensor([2], kinds.INT32, np.array([length, characters], np.int32))
    scores = tensor([length, characters], kinds.FLOAT32)
    operator("EQUAL", [rows, rows], there, "EqualOptions")
    operator("SELECT_V2", [there, rows, zero], clean, "SelectV2Options")
    operator("MEAN", [clean, axis], mean, "ReducerOptions", keepDims=True)
    operator("FULLY_CONNECTED", [mean, matrix, offset], flat, "FullyConnectedOptions")
    operator("RESHAPE", [flat, shape], scores, "ReshapeOptions", newShape=[length, characters])
    graph.inputs, graph.outputs = [rows], [scores]
    named = tflite.SignatureDefT()
    named.signatureKey, named.subgraphIndex = signature, 0
    named.inputs = [_named(tflite, inputs, rows)]
    named.outputs = [_named(tflite, outputs, scores)]
    if also:
        second = tensor([1], kinds.FLOAT32)
        graph.inputs.append(second)
        graph.outputs.append(mean)
        named.inputs.append(_named(tflite, "lengths", second))
        named.outputs.append(_named(tflite, "means", mean))
    made.subgraphs = [graph]
    made.signatureDefs = [named] if signature else []
    builder = flatbuffers.Builder(1024)
    builder.Finish(made.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _named(tflite: Any, name: str, index: int) -> Any:
    found = tflite.TensorMapT()
    found.name, found.tensorIndex = name, index
    return found
