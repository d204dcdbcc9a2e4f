"""Landmark models without the outputs that nobody reads.

MediaPipe's pose model also draws a mask of the person, in a picture of 256 x 256: a third of its
time. What is left computes exactly the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edge.landmarks.int8 import schema


def lean(model: bytes, outputs: Sequence[int]) -> bytes:
    """``model`` with only those of its ``outputs``, by their numbers, and what they need.

    Raises:
        ConfigError: the runtime is not ai-edge-litert.
    """
    import flatbuffers

    tflite = schema()
    made = tflite.ModelT.InitFromPackedBuf(model, 0)
    (graph,) = made.subgraphs
    kept = [graph.outputs[number] for number in outputs]
    needed = {int(index) for index in kept}
    operators: list[Any] = []
    for operator in reversed(graph.operators):
        if needed.intersection(operator.outputs):
            needed.update(int(index) for index in operator.inputs)
            operators.append(operator)
    graph.operators, graph.outputs = operators[::-1], kept
    buffers = {graph.tensors[index].buffer for index in needed if index >= 0}
    for number, buffer in enumerate(made.buffers):
        if number not in buffers:
            buffer.data = None
    made.metadata = made.signatureDefs = None
    made.description = b"lean by ishara-edge"
    builder = flatbuffers.Builder(len(model))
    builder.Finish(made.Pack(builder), b"TFL3")
    return bytes(builder.Output())
