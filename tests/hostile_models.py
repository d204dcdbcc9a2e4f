"""Models that a TFLite runtime takes for good ones, and that end or stall who runs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

FLOAT32, INT32, BOOL = 0, 2, 6  # of TensorType


class Made:
    """A model of one or more graphs, each with one input and one output."""

    def __init__(self) -> None:
        self.schema = pytest.importorskip("ai_edge_litert.schema_py_generated")
        self._model = self.schema.ModelT()
        self._model.version = 3
        self._model.operatorCodes, self._model.subgraphs = [], []
        self._model.buffers = [self.schema.BufferT()]

    def graph(self) -> Any:
        graph = self.schema.SubGraphT()
        graph.tensors, graph.operators, graph.inputs, graph.outputs = [], [], [], []
        self._model.subgraphs.append(graph)
        return graph

    def tensor(self, graph: Any, shape: list[int], kind: int, constant: bytes = b"") -> int:
        tensor = self.schema.TensorT()
        tensor.shape, tensor.type, tensor.name = shape, kind, f"t{len(graph.tensors)}"
        if constant:
            tensor.buffer = len(self._model.buffers)
            buffer = self.schema.BufferT()
            buffer.data = list(constant)
            self._model.buffers.append(buffer)
        graph.tensors.append(tensor)
        return len(graph.tensors) - 1

    def operator(
        self, graph: Any, code: str, takes: list[int], gives: list[int], options: Any = None
    ) -> None:
        made = self.schema.OperatorCodeT()
        made.builtinCode = getattr(self.schema.BuiltinOperator, code)
        made.deprecatedBuiltinCode, made.version = min(made.builtinCode, 127), 1
        self._model.operatorCodes.append(made)
        operator = self.schema.OperatorT()
        operator.opcodeIndex = len(self._model.operatorCodes) - 1
        operator.inputs, operator.outputs = takes, gives
        if options is not None:
            operator.builtinOptions = options
            name = type(options).__name__.removesuffix("T")
            operator.builtinOptionsType = getattr(self.schema.BuiltinOptions, name)
        graph.operators.append(operator)

    def packed(self) -> bytes:
        flatbuffers = pytest.importorskip("flatbuffers")
        builder = flatbuffers.Builder(1024)
        builder.Finish(self._model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def _number(value: int) -> bytes:
    return value.to_bytes(4, "little", signed=True)


def _repeating(again: Callable[[Made, Any], int], condition: int) -> bytes:
    """A model whose only operator repeats a graph that does nothing, while another says so."""
    made = Made()
    main = made.graph()
    main.inputs, main.outputs = (
        [made.tensor(main, [1], FLOAT32)],
        [made.tensor(main, [1], FLOAT32)],
    )
    options = made.schema.WhileOptionsT()
    options.condSubgraphIndex, options.bodySubgraphIndex = condition, 2
    made.operator(main, "WHILE", main.inputs, main.outputs, options)
    check, body = made.graph(), made.graph()
    check.inputs = [made.tensor(check, [1], FLOAT32)]
    check.outputs = [again(made, check)]
    body.inputs = body.outputs = [made.tensor(body, [1], FLOAT32)]
    return made.packed()


def endless() -> bytes:
    """It never ends."""
    return _repeating(lambda made, graph: made.tensor(graph, [1], BOOL, b"\1"), 1)


def crashing() -> bytes:
    """It calls itself, until there is no more stack."""
    return _repeating(lambda made, graph: made.tensor(graph, [1], BOOL, b"\1"), 0)


def greedy() -> bytes:
    """A few bytes that ask for four gigabytes."""
    made = Made()
    main = made.graph()
    dims = made.tensor(main, [1], INT32, _number(1 << 30))
    main.inputs = [made.tensor(main, [], FLOAT32)]
    main.outputs = [made.tensor(main, [1 << 30], FLOAT32)]
    made.operator(main, "FILL", [dims, *main.inputs], main.outputs, made.schema.FillOptionsT())
    return made.packed()


def raising() -> bytes:
    """It is loaded, and fails when it is to answer: a place outside of a table."""
    made = Made()
    main = made.graph()
    place = made.tensor(main, [1], INT32, _number(99))
    main.inputs = [made.tensor(main, [3], FLOAT32)]
    main.outputs = [made.tensor(main, [1], FLOAT32)]
    options = made.schema.GatherOptionsT()
    made.operator(main, "GATHER", [*main.inputs, place], main.outputs, options)
    return made.packed()


def table() -> bytes:
    """A good one: its input is a place in a table."""
    made = Made()
    main = made.graph()
    rows = made.tensor(main, [3], FLOAT32, bytes(12))
    main.inputs = [made.tensor(main, [1], INT32)]
    main.outputs = [made.tensor(main, [1], FLOAT32)]
    options = made.schema.GatherOptionsT()
    made.operator(main, "GATHER", [rows, *main.inputs], main.outputs, options)
    return made.packed()
