"""Which nodes at /dev/video* are cameras, and why one may not be opened."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from edge import doctor
from edge.camera import CameraAbsent, auto, device, open_camera, picamera
from edge.camera.device import check_usable, no_webcam, survey
from tests.conftest import Ishara

CAPTURE, MPLANE, OUTPUT, META = 0x1, 0x1000, 0x2, 0x800000
M2M, M2M_MPLANE, STREAMING = 0x8000, 0x4000, 0x04000000

# A Pi 4 with its camera's receiver and two webcams: number, driver's name, bus, flags of the node.
PI_4 = [
    (0, "unicam", "platform:fe801000.csi", CAPTURE),
    (1, "unicam", "platform:fe801000.csi", META),
    (2, "A webcam", "usb-0000:01:00.0-1.2", CAPTURE),
    (3, "A webcam", "usb-0000:01:00.0-1.2", META),
    (4, "USB encoder", "usb-0000:01:00.0-1.3", CAPTURE | M2M),
    (10, "bcm2835-codec-decode", "platform:bcm2835-codec", M2M_MPLANE),
    (11, "bcm2835-codec-encode", "platform:bcm2835-codec", M2M_MPLANE),
    (12, "bcm2835-codec-isp", "platform:bcm2835-codec", M2M_MPLANE),
    (13, "bcm2835-isp", "platform:bcm2835-isp", OUTPUT),
    (14, "bcm2835-isp", "platform:bcm2835-isp", CAPTURE),
    (15, "bcm2835-isp", "platform:bcm2835-isp", CAPTURE),
    (16, "bcm2835-isp", "platform:bcm2835-isp", META),
    (18, "bcm2835-codec-image_fx", "platform:bcm2835-codec", M2M_MPLANE),
    (19, "rpi-hevc-dec", "platform:rpi-hevc-dec", M2M_MPLANE),
    (20, "bcm2835-isp", "platform:bcm2835-isp", OUTPUT),
    (21, "bcm2835-isp", "platform:bcm2835-isp", CAPTURE),
    (22, "bcm2835-isp", "platform:bcm2835-isp", CAPTURE),
    (23, "bcm2835-isp", "platform:bcm2835-isp", META),
    (31, "bcm2835-codec-encode_image", "platform:bcm2835-codec", M2M_MPLANE),
]


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A /dev whose nodes answer as `answers` says; `fails` has the errno of opening a path."""
    machine = SimpleNamespace(path=tmp_path, answers={}, fails={})

    def opened(path: str, flags: int) -> int:
        if number := machine.fails.get(Path(path).name):
            raise OSError(number, os.strerror(number))
        return os.open(path, flags)

    def ioctl(handle: int, code: int, _: object) -> bytes:
        card, bus, flags = machine.answers[Path(os.readlink(f"/proc/self/fd/{handle}")).name]
        every = flags | CAPTURE | 0x80000000
        return device._CAPABILITY.pack(b"", card.encode(), bus.encode(), 0, every, flags)

    def add(name: str, *answer: object, fails: int = 0) -> None:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
        machine.answers[name], machine.fails[Path(name).name] = answer, fails

    machine.add = add
    monkeypatch.setattr(device, "Path", lambda _: tmp_path)
    monkeypatch.setattr(device.fcntl, "ioctl", ioctl)
    stand_in = SimpleNamespace(**{**vars(os), "open": opened})
    monkeypatch.setattr(device, "os", stand_in)
    return machine


def lines() -> list[tuple[str, str, str]]:
    return [(found.state, found.detail, found.remedy) for found in doctor._webcams()]


@pytest.mark.fault(
    "written",
    "the eighteen codec nodes of a Pi 4 (a stand-in for its /dev)",
    "`doctor` lists the webcam and none of them",
)
def test_the_doctor_lists_the_webcam_of_a_pi_and_none_of_its_other_nodes(
    dev: SimpleNamespace,
) -> None:
    for number, card, bus, flags in PI_4:
        dev.add(f"video{number}", card, bus, flags | STREAMING)
    assert lines() == [
        ("ok", f"{dev.path}/video2: A webcam", ""),
        (
            "note",
            "18 other /dev/video* nodes are no cameras: a decoder, a scaler, metadata, ...",
            "",
        ),
    ]


def test_a_board_without_a_webcam_has_none(dev: SimpleNamespace) -> None:
    dev.add("video10", "bcm2835-codec-decode", "platform:bcm2835-codec", M2M_MPLANE)
    (none, others) = lines()
    assert none == ("note", "no webcam at /dev/video*", "ishara run --source signer:hello")
    assert others[1].startswith("1 other /dev/video* node is no camera: ")
    assert no_webcam() == "no webcam at /dev/video*"


@pytest.mark.parametrize(
    ("number", "state", "said"),
    [
        (errno.EACCES, "missing", "no permission"),
        (errno.EPERM, "missing", "DeviceAllow="),
        (errno.ENODEV, "note", "no camera at"),
        (errno.EBUSY, "note", "in use by another program"),
    ],
)
def test_a_node_that_cannot_be_opened_says_why(
    dev: SimpleNamespace, number: int, state: str, said: str
) -> None:
    dev.add("video0", fails=number)
    ((found, detail, remedy),) = lines()
    assert (found, said in detail) == (state, True)
    assert ("usermod" in detail + remedy) == (number == errno.EACCES)


@pytest.mark.parametrize(
    ("number", "said"), [(errno.EACCES, "join the video group"), (errno.EPERM, "DeviceAllow=")]
)
def test_auto_says_that_there_is_a_webcam_that_may_not_be_opened(
    dev: SimpleNamespace, number: int, said: str
) -> None:
    dev.add("video7", fails=number)

    def no_picamera(uri: str, **_: object) -> None:
        raise CameraAbsent("no Pi camera found")

    with pytest.raises(CameraAbsent, match=said):
        auto.choose(no_picamera, (640, 480), 30.0, None)


@pytest.mark.parametrize("name", ["media3", "video0", "dma_heap/linux,cma"])
def test_a_pi_camera_behind_the_sandbox_is_not_said_to_have_a_loose_cable(
    dev: SimpleNamespace, name: str
) -> None:
    dev.add(name, fails=errno.EPERM)
    with pytest.raises(CameraAbsent, match=rf"{name} is kept away by the sandbox.*DeviceAllow="):
        picamera._number([], 0)


@pytest.fixture
def immutable(tmp_path: Path) -> Iterator[Path]:
    """A file that the kernel lets nobody open for writing: EPERM, as a cgroup's device filter."""
    file = tmp_path / "video0"
    file.touch()
    if not shutil.which("chattr") or subprocess.run(["chattr", "+i", file], check=False).returncode:
        pytest.skip("no file can be made immutable here")
    yield file
    subprocess.run(["chattr", "-i", file], check=True)


def test_what_the_kernel_forbids_is_not_told_as_a_missing_group(immutable: Path) -> None:
    for use in (check_usable, lambda path: open_camera(f"v4l2:{path}")):
        with pytest.raises(CameraAbsent) as refused:
            use(str(immutable))
        said = str(refused.value)
        assert "DeviceAllow=" in said
        assert "systemctl restart ishara" in said
        assert "group" not in said


@pytest.mark.fault(
    "unit",
    "a camera that the sandbox keeps away (EPERM)",
    "DeviceAllow= is named, and no group",
)
def test_the_command_says_it_too(immutable: Path, ishara: Ishara) -> None:
    process = ishara("run", "--once", "--source", f"v4l2:{immutable}")
    _, complaint = process.communicate(timeout=120)
    assert process.returncode == 2
    assert complaint.splitlines()[-1].startswith(f"ishara: {immutable} is kept away by the sandbox")


def test_the_survey_of_this_machine_raises_nothing() -> None:
    found, closed = survey()
    assert {each.path for each in (*found, *closed)} == {
        str(path) for path in Path("/dev").glob("video[0-9]*")
    }
