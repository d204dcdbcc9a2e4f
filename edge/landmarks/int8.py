"""The hand model in 8 bits: half the time of the fetched float one where XNNPACK has int8 kernels.

The weights are MediaPipe's and are not in this repository, so 8-bit ones are not either: they are
made on the machine that fetched the float ones, from these and from the ranges of their
activations, which this project measured on hands (``models/landmark_ranges.toml``, made by
`models.calibrate`).

The scheme is TFLite's own (its "8-bit quantization specification"): weights symmetric per channel,
activations asymmetric per tensor, biases 32-bit at the product of both scales. The first third and
the last convolutions stay float, for a quarter of the time: measured on photos of hands, landmarks
then lie 0.30 % of a palm length from the float model's (median; 0.53 root mean square), 0.35 %
(0.74) if only the first six do, and 1.1 % (4.1) if none does. The mean and the heads, whose
outputs are coordinates, stay float too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.errors import ConfigError

Ranges = Mapping[str, tuple[float, float]]
Floats = NDArray[np.float32]

HEAD, TAIL = 17, 5
"""Operators with a range, counted from the first and from the last one, that stay float."""

_LEVELS = 255
_ZERO = -128
# The axis of a weight along which output channels lie.
_CHANNELS = {"CONV_2D": 0, "DEPTHWISE_CONV_2D": 3}
_WHOLE = {*_CHANNELS, "ADD"}


def schema() -> Any:
    """The runtime's own module of TFLite's file format.

    Raises:
        ConfigError: this runtime has none: tflite-runtime, which has no fast int8 either.
    """
    try:
        from ai_edge_litert import schema_py_generated
    except ImportError as error:
        raise ConfigError(
            "8-bit hand models need ai-edge-litert: pip install ai-edge-litert"
        ) from error
    return schema_py_generated


def int8(model: bytes, ranges: Ranges) -> bytes:
    """Convert most of the convolutions of ``model``, a float hand model of MediaPipe, to int8.

    Args:
        model: the file's content.
        ranges: (lowest, highest) value of each activation, by the name of its tensor.

    Raises:
        ConfigError: an activation has no range, or the runtime is not ai-edge-litert.
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
        self._floats: dict[int, int] = {}
        self._ints: dict[int, int] = {}

    def pack(self) -> bytes:
        import flatbuffers

        before, self._graph.operators = self._graph.operators, []
        chosen = [operator for operator in before if self._kind(operator) in _WHOLE][HEAD:-TAIL]
        constants = self._constants(before)
        for operator in before:
            if self._kind(operator) == "DEQUANTIZE":
                # Weights in float16, widened: an operator in int8 no longer reads them.
                (made,) = operator.outputs
                if not any(made in reader.inputs for reader in _without(before, chosen)):
                    continue
            elif any(operator is one for one in chosen):
                self._convert(operator, constants)
            else:
                operator.inputs = [self._as_float(index) for index in operator.inputs]
            self._graph.operators.append(operator)
        self._drop_unused()
        self._model.description = b"int8 by ishara-edge"
        builder = flatbuffers.Builder(len(self._model.buffers) * 1024)
        builder.Finish(self._model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def activations(self) -> dict[str, int]:
        outputs = [op.outputs[0] for op in self._graph.operators if self._kind(op) in _WHOLE]
        return {self._graph.tensors[index].name.decode(): index for index in outputs}

    def _kind(self, operator: Any) -> str:
        kind: str = self._kinds[operator.opcodeIndex]
        return kind

    def _constants(self, operators: Iterable[Any]) -> dict[int, Floats]:
        """float32 values of the constants that the file stores as float16 or float32."""
        found: dict[int, Floats] = {}
        for operator in operators:
            if self._kind(operator) == "DEQUANTIZE":
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

    def _convert(self, operator: Any, constants: Mapping[int, Floats]) -> None:
        """Make ``operator`` int8: its inputs, its weights and its output."""
        kind = self._kind(operator)
        reads = 2 if kind == "ADD" else 1
        inputs = [int(index) for index in operator.inputs]
        operator.inputs = [*(self._as_int(index) for index in inputs[:reads]), *inputs[reads:]]
        (out,) = operator.outputs
        self._activation(out, self._range(out))
        if kind in _CHANNELS:
            source, weight, bias = operator.inputs
            scales = self._weight(weight, constants[weight], _CHANNELS[kind])
            self._bias(bias, constants[bias], scales * self._scale(source))

    def _range(self, index: int) -> tuple[float, float]:
        name = self._graph.tensors[index].name.decode()
        if name not in self._ranges:
            raise ConfigError(f"no range of the activation {name!r}: install ishara-edge again")
        return self._ranges[name]

    def _scale(self, index: int) -> float:
        return float(self._graph.tensors[index].quantization.scale[0])

    def _activation(self, index: int, span: tuple[float, float]) -> None:
        low, high = min(span[0], 0.0), max(span[1], 0.0)
        scale = np.float32(max(high - low, 1e-6) / _LEVELS)
        zero = int(np.clip(_ZERO - np.rint(low / scale), -128, 127))
        self._quantized(index, self._tflite.TensorType.INT8, [float(scale)], [zero], 0)

    def _weight(self, index: int, weights: Floats, axis: int) -> NDArray[np.float64]:
        """Make the weights int8; the scale of each channel."""
        values = weights.astype(np.float64)
        others = tuple(n for n in range(values.ndim) if n != axis)
        scales = _float32(np.maximum(np.abs(values).max(others), 1e-9) / 127)
        shape = [-1 if n == axis else 1 for n in range(values.ndim)]
        stored = np.clip(np.rint(values / scales.reshape(shape)), -127, 127).astype(np.int8)
        kind = self._tflite.TensorType.INT8
        self._quantized(index, kind, scales.tolist(), [0] * len(scales), axis)
        self._store(index, stored)
        return scales

    def _bias(self, index: int, values: Floats, scales: NDArray[np.float64]) -> None:
        stored = np.clip(np.rint(values / scales), -(2**31) + 1, 2**31 - 1).astype(np.int32)
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
        """The float form of tensor ``index``: itself, or the output of a DEQUANTIZE."""
        if index < 0 or self._graph.tensors[index].type != self._tflite.TensorType.INT8:
            return index
        if index not in self._floats:
            self._floats[index] = self._like(index, b"/float", self._tflite.TensorType.FLOAT32)
            self._between("DEQUANTIZE", index, self._floats[index])
        return self._floats[index]

    def _as_int(self, index: int) -> int:
        """The int8 form of activation ``index``: itself, or the output of a QUANTIZE."""
        if self._graph.tensors[index].type == self._tflite.TensorType.INT8:
            return index
        if index not in self._ints:
            self._ints[index] = self._like(index, b"/int8", self._tflite.TensorType.INT8)
            self._activation(self._ints[index], self._range(index))
            self._between("QUANTIZE", index, self._ints[index])
        return self._ints[index]

    def _like(self, index: int, suffix: bytes, kind: int) -> int:
        """A new tensor of the shape of tensor ``index``."""
        tensor, made = self._graph.tensors[index], self._tflite.TensorT()
        made.name, made.type = tensor.name + suffix, kind
        made.shape, made.shapeSignature = tensor.shape, tensor.shapeSignature
        self._graph.tensors.append(made)
        return len(self._graph.tensors) - 1

    def _between(self, kind: str, source: int, made: int) -> None:
        """A new operator with one input and one output."""
        if kind not in self._kinds:
            code = self._tflite.OperatorCodeT()
            code.builtinCode = getattr(self._tflite.BuiltinOperator, kind)
            code.deprecatedBuiltinCode = code.builtinCode
            code.version = 1
            self._model.operatorCodes.append(code)
            self._kinds.append(kind)
        operator = self._tflite.OperatorT()
        operator.opcodeIndex = self._kinds.index(kind)
        operator.inputs, operator.outputs = [source], [made]
        self._graph.operators.append(operator)

    def _drop_unused(self) -> None:
        """Empty the buffers that nothing reads: the float weights of what is int8 now."""
        used = {index for operator in self._graph.operators for index in operator.inputs}
        kept = {self._graph.tensors[index].buffer for index in used if index >= 0}
        for number, buffer in enumerate(self._model.buffers):
            if number not in kept:
                buffer.data = None
        self._model.metadata = None


def _without(operators: Iterable[Any], chosen: Iterable[Any]) -> list[Any]:
    left_out = {id(operator) for operator in chosen}
    return [operator for operator in operators if id(operator) not in left_out]


def _float32(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """``values`` rounded to what the file can hold."""
    return values.astype(np.float32).astype(np.float64)
