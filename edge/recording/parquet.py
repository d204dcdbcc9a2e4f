"""Parquet files by pyarrow, read in pieces; what is wrong with one is a line.

pyarrow has no types of its own, so what comes of it is ``Any``.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from edge.errors import UserError, clear, first_line, raise_shortage

log = logging.getLogger(__name__)

MOST_BYTES = 256 << 20
"""What is read of a row group may have unpacked: a reader holds much of one at a time."""

MOST_FOOTER = 24 << 20
"""Bytes of the description at the end of a file; that of the longest recording has some 15 MB."""

_MAGIC = b"PAR1"
_BUFFER = 1 << 16
# Of Python's own, what pyarrow raises.
_ERRORS = (
    OSError, ValueError, TypeError, LookupError, NotImplementedError, MemoryError,
)  # fmt: skip


def pyarrow(module: str = "pyarrow") -> Any:
    """The module.

    Raises:
        UserError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        log.info("no pyarrow", exc_info=True)
        raise UserError(
            f"recordings need pyarrow ({first_line(error)}): pip install ishara-edge[recordings]"
        ) from error


@contextmanager
def readable(path: Path | str) -> Iterator[None]:
    """What pyarrow finds wrong with the file at ``path`` is one line.

    Raises:
        UserError: instead of what pyarrow raises.
        Shortage: the system lacks something now.
    """
    try:
        yield
    except UserError:
        raise
    except (*_ERRORS, pyarrow().ArrowException) as error:
        raise_shortage(error, path)
        log.info("%s cannot be read", path, exc_info=True)
        reason = clear(first_line(error), 120).rstrip(".")
        raise broken(path, f"it cannot be read ({reason}): is it damaged, or cut short?") from error


def broken(path: Path | str, reason: str) -> UserError:
    """What to raise for a file that is no recording."""
    return UserError(f"recording {clear(str(path))}: {reason}")


def too_large(path: Path | str, unpacked: int) -> UserError:
    """What to raise for a file whose row groups do not fit into memory."""
    return broken(
        path,
        f"its row groups unpack to {unpacked >> 20} MB, more than {MOST_BYTES >> 20}: write it"
        " again with row groups of some thousand frames",
    )


class Table:
    """The columns of an open parquet file.

    Attributes:
        names: of the columns, in order.
        rows: how many there are.
        metadata: what the file says beside its columns.
    """

    def __init__(self, path: Path | str, file: BinaryIO) -> None:
        """
        Raises:
            UserError: it is no parquet file, or says too much of itself.
        """
        parquet = pyarrow("pyarrow.parquet")
        self._path = path
        self._types = pyarrow().types
        with readable(path):
            _check_footer(path, file)
            self._file = parquet.ParquetFile(
                file, buffer_size=_BUFFER, pre_buffer=False, memory_map=False
            )
            schema = self._file.schema_arrow
            self._kinds: dict[str, Any] = {field.name: field.type for field in schema}
            self.names: tuple[str, ...] = tuple(schema.names)
            about = self._file.metadata
            self.rows: int = about.num_rows
            self.metadata: dict[bytes, bytes] = dict(about.metadata or {})
        if len(self._kinds) < len(self.names):
            raise broken(path, "two of its columns have the same name")

    def bytes_of(self, names: Sequence[str]) -> int:
        """What these columns have at most in a row group, unpacked."""
        wanted = set(names)
        most = 0
        with readable(self._path):
            for group in range(self._file.num_row_groups):
                row_group = self._file.metadata.row_group(group)
                columns = map(row_group.column, range(row_group.num_columns))
                sizes = [c.total_uncompressed_size for c in columns if _root(c) in wanted]
                most = max(most, sum(sizes))
        return most

    def check_whole(self, name: str) -> None:
        """
        Raises:
            UserError: the column does not hold numbers that may be whole.
        """
        self._check(name, "whole numbers", self._types.is_integer, self._types.is_floating)

    def check_numbers(self, name: str) -> None:
        """
        Raises:
            UserError: the column does not hold numbers.
        """
        types = self._types
        # pandas writes a column in which nothing was found as one without a type.
        self._check(name, "numbers", types.is_integer, types.is_floating, types.is_null)

    def check_texts(self, name: str) -> None:
        """
        Raises:
            UserError: the column does not hold texts.
        """
        types = self._types
        self._check(name, "texts", types.is_string, types.is_large_string, self._is_text_number)

    def pieces(self, names: Sequence[str], rows: int) -> Iterator[Any]:
        """Record batches of these columns, of at most so many rows."""
        batches = self._file.iter_batches(rows, columns=list(names), use_threads=False)
        while True:
            with readable(self._path):
                batch = next(batches, None)
            if batch is None:
                return
            if batch.num_rows:
                yield batch

    def numbers(self, batch: Any, name: str) -> NDArray[np.float32]:
        """A column of a batch; NaN where there is nothing."""
        with readable(self._path):
            column = batch.column(batch.schema.get_field_index(name))
            if self._types.is_null(column.type):
                return np.full(batch.num_rows, np.nan, np.float32)
            values = column.to_numpy(zero_copy_only=False)
            with np.errstate(over="ignore"):  # infinite is not found, too
                return np.asarray(values, np.float32)

    def whole(self, batch: Any, name: str) -> NDArray[np.int64]:
        """A column of a batch, as whole numbers.

        Raises:
            UserError: there is none in a row, or one with a fraction.
        """
        with readable(self._path):
            column = batch.column(batch.schema.get_field_index(name))
            if column.null_count:
                raise broken(self._path, f"{name} is missing in some rows")
            values = column.to_numpy(zero_copy_only=False)
            if values.dtype.kind == "f":
                if not (np.abs(values) < 2**53).all():  # nor NaN
                    raise broken(self._path, f"{name} is missing in some rows, or too large")
                if (values != np.floor(values)).any():
                    raise broken(self._path, f"{name} is not a whole number in some rows")
            elif values.dtype == np.uint64 and (values >= 2**63).any():
                raise broken(self._path, f"{name} is too large in some rows")
            return np.asarray(values, np.int64)

    def texts(self, batch: Any, name: str) -> tuple[NDArray[np.int64], list[str]]:
        """A column of a batch: the number of each row's text, -1 where there is none; the texts."""
        with readable(self._path):
            column = batch.column(batch.schema.get_field_index(name))
            if not self._types.is_dictionary(column.type):
                column = column.dictionary_encode()
            numbers = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
            return np.asarray(numbers, np.int64), column.dictionary.to_pylist()

    def _check(self, name: str, what: str, *allowed: Any) -> None:
        kind = self._kinds[name]
        if not any(check(kind) for check in allowed):
            raise broken(self._path, f"column {name} holds {clear(str(kind), 40)}, not {what}")

    def _is_text_number(self, kind: Any) -> bool:
        """A text as categories, as pandas writes them."""
        types = self._types
        return bool(types.is_dictionary(kind) and types.is_string(kind.value_type))


def _root(column: Any) -> str:
    """The column of the table that a column of the file belongs to."""
    return str(column.path_in_schema).partition(".")[0]


def _check_footer(path: Path | str, file: BinaryIO) -> None:
    """Raises UserError: it is no parquet file, or its description is too large."""
    size = file.seek(0, 2)
    if not size:
        raise broken(path, "it is empty")
    file.seek(max(0, size - 8))
    end = file.read(8)
    file.seek(0)
    if file.read(4) != _MAGIC or len(end) < 8:
        raise broken(path, "it is not a parquet file")
    file.seek(0)
    if end[4:] != _MAGIC:
        raise broken(path, "it was cut short: a recording can be read once it was ended in order")
    footer = int.from_bytes(end[:4], "little")
    if footer > min(MOST_FOOTER, size - 12):
        raise broken(path, f"its description is said to have {footer} bytes: it is damaged")
