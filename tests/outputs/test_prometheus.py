"""The figures for Prometheus."""

from __future__ import annotations

import errno
import socket
import struct
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from wsgiref.simple_server import WSGIServer

import pytest

from edge.errors import ConfigError, UserError
from edge.events import Status
from edge.outputs.prometheus import MOST, Prometheus
from tests.clients import Client
from tests.conftest import Ishara

parser = pytest.importorskip("prometheus_client.parser")


@pytest.fixture
def metrics() -> Iterator[Prometheus]:
    status = Status(
        state="reading", uptime_s=61.5, fps=29.9, frames=1800, restarts=2, throttled="throttled"
    )
    served = Prometheus(0, lambda: status)
    served.start()
    yield served
    served.stop()


def asked(port: int) -> dict[str, float]:
    """Name and labels of each sample, and its value."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return {
        sample.name + "".join(sample.labels.values()): sample.value
        for family in parser.text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_status_is_exported(metrics: Prometheus) -> None:
    samples = asked(metrics.port)
    assert samples["ishara_frames_total"] == 1800
    assert samples["ishara_camera_restarts_total"] == 2
    assert samples["ishara_uptime_seconds"] == 61.5
    assert samples["ishara_throttled"] == 1
    assert samples["ishara_statereading"] == 1
    assert samples["ishara_statecamera_lost"] == 0
    assert "ishara_temperature_celsius" not in samples, "this machine does not report it"


def test_a_silent_connection_delays_nobody_for_long(metrics: Prometheus) -> None:
    with socket.create_connection(("127.0.0.1", metrics.port)):
        began = time.monotonic()
        assert asked(metrics.port)["ishara_frames_total"] == 1800
        assert time.monotonic() - began < 5


@pytest.mark.fault(
    "unit",
    "{count} silent connections to Prometheus's port",
    "a scrape is answered at once",
)
@pytest.mark.parametrize("count", [5, 40])
def test_many_silent_connections_delay_a_scrape_by_none_of_their_time(
    metrics: Prometheus, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr("edge.outputs.prometheus.REQUEST_S", 60.0)
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(socket.create_connection(("127.0.0.1", metrics.port)))
        assert asked(metrics.port)["ishara_frames_total"] == 1800
        threads = [t for t in threading.enumerate() if "process_request" in t.name]
        assert len(threads) <= MOST + 1


def test_scrapes_at_the_same_time_are_all_answered(metrics: Prometheus) -> None:
    with ThreadPoolExecutor(6) as pool:
        for found in pool.map(asked, [metrics.port] * 24):
            assert found["ishara_frames_total"] == 1800


def test_a_slow_request_delays_nobody_for_long(metrics: Prometheus) -> None:
    slow = socket.create_connection(("127.0.0.1", metrics.port))

    def dawdle() -> None:
        with slow, suppress(OSError):
            for letter in b"GET /metrics HTTP/1.1 " * 3:
                slow.send(bytes([letter]))
                time.sleep(0.2)

    threading.Thread(target=dawdle, daemon=True).start()
    began = time.monotonic()
    assert asked(metrics.port)["ishara_frames_total"] == 1800
    assert time.monotonic() - began < 5


def test_who_hangs_up_is_not_complained_about(
    metrics: Prometheus, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", metrics.port)) as rude:
            rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            rude.send(b"GET /metrics HTTP/1.1\r\n\r\n")
    assert asked(metrics.port)["ishara_frames_total"] == 1800
    assert capfd.readouterr().err == ""


def test_without_descriptors_it_waits(metrics: Prometheus, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def fail(self: object) -> None:
        tried.append(time.monotonic())
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(WSGIServer, "get_request", fail)
        with socket.create_connection(("127.0.0.1", metrics.port)):
            time.sleep(1.3)
            assert 1 <= len(tried) <= 4, "who waits at the door does not make it spin"
    assert asked(metrics.port)["ishara_frames_total"] == 1800


def test_only_this_machine_can_ask(metrics: Prometheus) -> None:
    assert metrics._server.server_address[0] == "127.0.0.1"


def test_the_daemon_tells(landmark_weights: None, ishara: Ishara, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = tmp_path / "c.toml"
    config.write_text(f"[service]\nmetrics = {port}\n")
    process = ishara("run", "--config", str(config), "--source", "signer:abc", "--json")
    assert process.stdout is not None
    for line in process.stdout:
        if '"reading"' in line:
            break
    samples = asked(port)
    assert samples["ishara_frames_total"] > 0
    assert samples["ishara_statereading"] == 1
    assert samples["ishara_clients"] == 0
    with closing(Client(tmp_path / "run" / "ishara" / "ishara.sock")) as client:
        client.ask(type="pause")
        client.until("ok")
        samples = asked(port)
    assert samples["ishara_statepaused"] == 1, "as on the socket"
    assert samples["ishara_clients"] == 1


def test_refusals_name_the_remedy(metrics: Prometheus, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=f"port {metrics.port}: Address already in use"):
        Prometheus(metrics.port, lambda: Status(state="reading", uptime_s=0.0))
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(ConfigError, match=r"pip install 'ishara-edge\[metrics\]'"):
        Prometheus(0, lambda: Status(state="reading", uptime_s=0.0))
