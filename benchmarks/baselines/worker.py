"""A baseline in a process of its own; `workers/serve.py` describes the messages."""

from __future__ import annotations

import json
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SERVE = Path(__file__).parent / "workers" / "serve.py"
ANSWER_TIMEOUT_S = 300.0
"""The longest a baseline may take for one answer: the first import of TensorFlow is slow."""


class BaselineLost(Exception):
    """A baseline did not start, failed, or gave no answer; the text is the reason, one line."""


class Worker:
    """A running baseline. Use it in ``with``: it is killed at the end.

    Args:
        command: a Python, and a script that serves; without one, `SERVE`.
        environment: variables added to this process's own.
        timeout_s: the longest it may take for one answer.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        environment: Mapping[str, str] | None = None,
        timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        words = [str(word) for word in command]
        if len(words) == 1:
            words.append(str(SERVE))
        self.timeout_s = timeout_s
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115
        self._answers = b""
        # MediaPipe and TensorFlow log to stderr; none of it matters.
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": ""}
        try:
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                env={**os.environ, **quiet, **(environment or {})},
                bufsize=0,
            )
        except OSError as error:
            self._stderr.close()
            raise BaselineLost(f"{words[0]} cannot be started ({error.strerror})") from error

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, do: str, **request: Any) -> dict[str, Any]:
        """The answer to a request.

        Raises:
            BaselineLost: it has ended, answers with an error, or does not answer in time.
        """
        assert self._process.stdin
        line = json.dumps({"do": do, **request}).encode() + b"\n"
        try:
            self._process.stdin.write(line)
        except BrokenPipeError:
            raise BaselineLost(self._exit_reason()) from None
        answer: dict[str, Any] = json.loads(self._line(do))
        if "error" in answer:
            raise BaselineLost(str(answer["error"]))
        return answer

    def close(self) -> None:
        """Kill it; may be called more than once."""
        self._process.kill()
        self._process.communicate()
        self._stderr.close()

    def _line(self, do: str) -> bytes:
        assert self._process.stdout
        until = time.monotonic() + self.timeout_s
        while b"\n" not in self._answers:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._process.stdout], [], [], left)[0]:
                raise BaselineLost(f"no answer to {do!r} in {self.timeout_s:g} s")
            some = os.read(self._process.stdout.fileno(), 1 << 16)
            if not some:
                raise BaselineLost(self._exit_reason())
            self._answers += some
        line, self._answers = self._answers.split(b"\n", 1)
        return line

    def _exit_reason(self) -> str:
        code = self._process.wait()
        self._stderr.seek(0)
        lines = self._stderr.read().decode(errors="replace").strip().splitlines()
        return f"it ended with {code}: {lines[-1] if lines else 'no message'}"
