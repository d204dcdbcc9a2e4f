"""An accelerator's library that is missing, wrong, or takes the process down with it."""

from __future__ import annotations

import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from edge.recognize.delegate import accelerator, probe

from .conftest import Record, Start
from .test_camera import SOURCE, status

pytestmark = pytest.mark.fault("accelerator")

ABORTS = """
#include <stdlib.h>
void *tflite_plugin_create_delegate(char **keys, char **values, size_t count,
                                    void (*report)(const char *)) { abort(); }
void tflite_plugin_destroy_delegate(void *delegate) {}
"""


def test_an_accelerators_library_that_cannot_be_used_means_cpu(
    start: Start, record: Record, tmp_path: Path
) -> None:
    garbage = tmp_path / "garbage.so"
    garbage.write_bytes(b"\x7fELF" + bytes(range(256)))
    libraries = {"libnone-of-it.so.1": "cannot be loaded", str(garbage): "cannot be loaded"}
    if compiler := shutil.which("cc"):
        source, aborts = tmp_path / "aborts.c", tmp_path / "aborts.so"
        source.write_text(ABORTS)
        subprocess.run([compiler, "-shared", "-fPIC", "-o", aborts, source], check=True)
        libraries[str(aborts)] = "crashes (SIGABRT)"

    def reason(library: str) -> str:
        service = start(SOURCE, files={"delegate": library})
        client = service.listen()
        deadline = time.monotonic() + 10
        while not (found := status(client))["delegate_reason"] and time.monotonic() < deadline:
            time.sleep(0.1)
        client.wait(lambda event: event["type"] == "partial" and event["text"])
        assert found["delegate"] == "cpu"
        assert service.said.count("the accelerator cannot be used") == 1
        return found["delegate_reason"]

    with ThreadPoolExecutor() as pool:
        reasons = list(pool.map(reason, libraries))
    for found, (library, expected) in zip(reasons, libraries.items(), strict=True):
        assert found.startswith(f"{library} {expected}")
        assert "\n" not in found
        assert found != f"{library} {expected}: "
    record(
        "delegate missing, wrong" + (", crashing" if compiler else ""),
        "CPU, named once in the status",
        "; ".join(found.replace(f"{tmp_path}/", "") for found in reasons),
    )


@pytest.mark.parametrize(
    ("ids", "there"),
    [(("1a6e", "089a"), True), (("18d1", "9302"), True), (("046d", "0825"), False)],
)
def test_an_accelerator_on_usb(tmp_path: Path, ids: tuple[str, str], there: bool) -> None:
    assert not accelerator(tmp_path)
    device = tmp_path / "bus" / "usb" / "devices" / "1-1"
    device.mkdir(parents=True)
    for name, value in zip(("idVendor", "idProduct"), ids, strict=True):
        (device / name).write_text(value + "\n")
    assert accelerator(tmp_path) == there


def test_a_library_that_is_no_delegate() -> None:
    assert "libm.so.6 cannot be loaded" in probe("libm.so.6")
