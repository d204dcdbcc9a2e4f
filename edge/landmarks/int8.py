"""Hand models in 8 bits: half the time of the fetched float ones where XNNPACK has int8 kernels.

The weights are MediaPipe's and are not in this repository, so neither are 8-bit ones: they are made
where the float ones were fetched, from them and from the ranges of their activations, which this
project measured on hands (``models/landmark_ranges.toml``; `models.calibrate` made it).

The scheme is TFLite's own (its "8-bit quantization specification"): weights symmetric per channel,
activations asymmetric per tensor, biases 32-bit at the product of both scales. What follows the
last convolution, the mean and the four fully connected heads, stays float: it costs next to
nothing, and its answers are coordinates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.errors import BadSetup

Ranges = Mapping[str, tuple[float, float]]
Floats = NDArray[np.float32]

_LEVELS = 255
_ZERO = -128
# The axis of a weight along which output channels lie.
_CHANNELS = {"CONV_2D": 0, "DEPTHWISE_CONV_2D": 3}
_WHOLE = {*_CHANNELS, "ADD", "MAX_POOL_2D"}
_PICTURE = (0.0, 1.0)


def schema() -> Any:
    """The runtime's own module of TFLite's file format.

    Raises:
        BadSetup: this runtime brings none: tflite-runtime, which has no fast int8 either.
    """
    try:
        from ai_edge_litert import schema_py_generated
    except ImportError as error:
        raise BadSetup(
            "8-bit hand models need ai-edge-litert: pip install ai-edge-litert"
        ) from error
    return schema_py_generated


def int8(model: bytes, ranges: Ranges) -> bytes:
    """``model``, a float hand model of MediaPipe, with int8 input and convolutions.

    The input is int8 [1, side, side, 3]: RGB 0-255 less 128.

    Args:
        model: the file's content.
        ranges: (lowest, highest) value of each activation, by the name of its tensor.

    Raises:
        BadSetup: an activation has no range, or the runtime is not ai-edge-litert.
    """
    return _Quantizer(schema(), model, ranges).pack()


def activations(model: bytes) -> dict[str, int]:
    """The tensors of ``model`` that need a range: index by name."""
    return _Quantizer(schema(), model, {}).activations()


class _Quantizer:
    """One model being rewritten: tensors in place, operators in a new list."""

    def __init__(self, tflite: Any, model: bytes, ranges: Ranges) -> None:
        self._tflite = tflite
        self._model = tflite.ModelT.InitFromPackedBuf(model, 0)
        self._graph = self._model.subgraphs[0]
        self._ranges = ranges
        names = {n: name for name, n in vars(tflite.BuiltinOperator).items() if isinstance(n, int)}
        self._kinds = [
            names[max(code.builtinCode, code.deprecatedBuiltinCode)]
            for code in self._model.operatorCodes
        ]
        self._constant = self._constants()
        self._floats: dict[int, int] = {}

    def pack(self) -> bytes:
        import flatbuffers

        graph = self._graph
        for index in graph.inputs:
            self._activation(index, _PICTURE)
        operators, graph.operators = graph.operators, []
        for operator in operators:
            kind = self._kinds[operator.opcodeIndex]
            if kind == "DEQUANTIZE":
                if self._kept(operator, operators):
                    graph.operators.append(operator)
            elif kind in _WHOLE:
                self._convert(operator, kind)
                graph.operators.append(operator)
            else:
                operator.inputs = [self._as_float(index) for index in operator.inputs]
                graph.operators.append(operator)
        self._drop_unused()
        self._model.description = b"int8 by ishara-edge"
        builder = flatbuffers.Builder(len(self._model.buffers) * 1024)
        builder.Finish(self._model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def activations(self) -> dict[str, int]:
        outputs = [
            operator.outputs[0]
            for operator in self._graph.operators
            if self._kinds[operator.opcodeIndex] in _WHOLE - {"MAX_POOL_2D"}
        ]
        return {self._graph.tensors[index].name.decode(): index for index in outputs}

    def _drop_unused(self) -> None:
        """Empty the buffers that no tensor in use has: the float16 weights."""
        used = {index for operator in self._graph.operators for index in operator.inputs}
        kept = {self._graph.tensors[index].buffer for index in used if index >= 0}
        for number, buffer in enumerate(self._model.buffers):
            if number not in kept:
                buffer.data = None
        self._model.metadata = None

    def _constants(self) -> dict[int, Floats]:
        """float32 values of the constants that the file stores as float16 or float32."""
        found: dict[int, Floats] = {}
        for operator in self._graph.operators:
            if self._kinds[operator.opcodeIndex] == "DEQUANTIZE":
                found[operator.outputs[0]] = self._stored(operator.inputs[0], np.float16)
        for index, tensor in enumerate(self._graph.tensors):
            if (
                tensor.type == self._tflite.TensorType.FLOAT32
                and self._model.buffers[tensor.buffer].data is not None
            ):
                found[index] = self._stored(index, np.float32)
        return found

    def _stored(self, index: int, kind: type[np.floating[Any]]) -> Floats:
        tensor = self._graph.tensors[index]
        raw = np.asarray(self._model.buffers[tensor.buffer].data, np.uint8).tobytes()
        return np.frombuffer(raw, kind).astype(np.float32).reshape(tensor.shape)

    def _kept(self, dequantize: Any, operators: list[Any]) -> bool:
        """Whether some operator that stays float reads the weights it widens."""
        (made,) = dequantize.outputs
        return any(
            made in operator.inputs and self._kinds[operator.opcodeIndex] not in _WHOLE
            for operator in operators
        )

    def _convert(self, operator: Any, kind: str) -> None:
        (out,) = operator.outputs
        if kind == "MAX_POOL_2D":
            # Its output must have the scale of its input.
            self._graph.tensors[out].type = self._tflite.TensorType.INT8
            source = self._graph.tensors[operator.inputs[0]]
            self._graph.tensors[out].quantization = source.quantization
            return
        self._activation(out, self._range(out))
        if kind in _CHANNELS:
            source, weight, bias = operator.inputs
            scales = self._weight(weight, _CHANNELS[kind])
            self._bias(bias, scales * self._scale(source))

    def _range(self, index: int) -> tuple[float, float]:
        name = self._graph.tensors[index].name.decode()
        if name not in self._ranges:
            raise BadSetup(f"no range of the activation {name!r}: install ishara-edge again")
        return self._ranges[name]

    def _scale(self, index: int) -> float:
        return float(self._graph.tensors[index].quantization.scale[0])

    def _activation(self, index: int, span: tuple[float, float]) -> None:
        low, high = min(span[0], 0.0), max(span[1], 0.0)
        scale = np.float32(max(high - low, 1e-6) / _LEVELS)
        zero = int(np.clip(_ZERO - np.rint(low / scale), -128, 127))
        self._quantized(index, self._tflite.TensorType.INT8, [float(scale)], [zero], 0)

    def _weight(self, index: int, axis: int) -> NDArray[np.float64]:
        """Make the weights int8; the scale of each channel."""
        values = self._constant[index].astype(np.float64)
        others = tuple(n for n in range(values.ndim) if n != axis)
        scales = _float32(np.maximum(np.abs(values).max(others), 1e-9) / 127)
        shape = [-1 if n == axis else 1 for n in range(values.ndim)]
        stored = np.clip(np.rint(values / scales.reshape(shape)), -127, 127).astype(np.int8)
        kind = self._tflite.TensorType.INT8
        self._quantized(index, kind, scales.tolist(), [0] * len(scales), axis)
        self._store(index, stored)
        return scales

    def _bias(self, index: int, scales: NDArray[np.float64]) -> None:
        stored = np.rint(self._constant[index] / scales)
        stored = np.clip(stored, -(2**31) + 1, 2**31 - 1).astype(np.int32)
        kind = self._tflite.TensorType.INT32
        self._quantized(index, kind, _float32(scales).tolist(), [0] * len(scales), 0)
        self._store(index, stored)

    def _quantized(
        self, index: int, kind: int, scales: list[float], zeros: list[int], axis: int
    ) -> None:
        tensor = self._graph.tensors[index]
        tensor.type = kind
        tensor.quantization = self._tflite.QuantizationParametersT()
        tensor.quantization.scale = scales
        tensor.quantization.zeroPoint = zeros
        tensor.quantization.quantizedDimension = axis

    def _store(self, index: int, values: NDArray[Any]) -> None:
        buffer = self._tflite.BufferT()
        buffer.data = np.frombuffer(values.tobytes(), np.uint8)
        self._model.buffers.append(buffer)
        self._graph.tensors[index].buffer = len(self._model.buffers) - 1

    def _as_float(self, index: int) -> int:
        """The float form of tensor ``index``: itself, or the output of a new DEQUANTIZE."""
        tensor = self._graph.tensors[index]
        if index < 0 or tensor.type != self._tflite.TensorType.INT8:
            return index
        if index not in self._floats:
            made = self._tflite.TensorT()
            made.name = tensor.name + b"/float"
            made.shape = tensor.shape
            made.shapeSignature = tensor.shapeSignature
            made.type = self._tflite.TensorType.FLOAT32
            self._graph.tensors.append(made)
            self._floats[index] = len(self._graph.tensors) - 1
            operator = self._tflite.OperatorT()
            operator.opcodeIndex = self._kinds.index("DEQUANTIZE")
            operator.inputs, operator.outputs = [index], [self._floats[index]]
            self._graph.operators.append(operator)
        return self._floats[index]


def _float32(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """``values`` rounded to what the file can hold."""
    return values.astype(np.float32).astype(np.float64)
