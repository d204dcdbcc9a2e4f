"""What people write for a source: it works where it is clear, else there is a hint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.camera import check, open_camera
from edge.camera.meant import PICTURES, meant
from edge.camera.photo import SUFFIXES
from edge.errors import UserError
from tests.conftest import Ishara

SCHEMES = ("auto", "picamera", "v4l2", "video", "photo", "signer")
SHARED = Path(__file__).parents[3] / "shared/cases"


@pytest.mark.parametrize(
    ("written", "uri"),
    [
        ("/dev/video0", "v4l2:/dev/video0"),
        (
            "/dev/v4l/by-id/usb-A_webcam-video-index0",
            "v4l2:/dev/v4l/by-id/usb-A_webcam-video-index0",
        ),
        ("0", "v4l2:0"),
        ("12", "v4l2:12"),
        ("video2", "v4l2:/dev/video2"),
        ("clip.mp4", "video:clip.mp4"),
        ("../a clip.MOV?pace=0", "video:../a clip.MOV?pace=0"),
        ("100%25.mp4", "video:100%2525.mp4"),
        ("what?.webm", "video:what%3F.webm"),
        ("/dev/shm/clip.mkv", "video:/dev/shm/clip.mkv"),
        ("a.jpg", "photo:a.jpg"),
        ("a.PNG?hold=2", "photo:a.PNG?hold=2"),
        ("file:///srv/a%20clip.mp4", "video:/srv/a clip.mp4"),
        ("file://localhost/srv/a.jpg", "photo:/srv/a.jpg"),
        ("file:clip.mp4", "video:clip.mp4"),
        ("AUTO", "auto"),
        (" auto", "auto"),
        ("V4L2:/dev/video0", "v4l2:/dev/video0"),
        ("Signer:Hello", "signer:Hello"),
        ("PiCamera:?camera=1", "picamera:?camera=1"),
    ],
)
def test_what_is_clear_is_understood(written: str, uri: str) -> None:
    assert meant(written, SCHEMES) == uri


@pytest.mark.parametrize(
    "uri",
    [
        "auto",
        "v4l2:",
        "video:clip.mp4?pace=0",
        "signer:rtsp://x",
        "signer:why?",
        "photo:0",
        "signer",
    ],
)
def test_a_uri_is_what_it_is(uri: str) -> None:
    assert meant(uri, SCHEMES) == uri


def test_what_is_there_is_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "7").mkdir()
    for name in ("recording", "a:b.mp4", "odd?pace=0.avi"):
        (tmp_path / name).touch()
    assert meant("7", SCHEMES) == "photo:7"
    assert meant("recording", SCHEMES) == "video:recording"
    assert meant("~/recording?pace=0", SCHEMES) == f"video:{tmp_path}/recording?pace=0"
    assert meant("a:b.mp4", SCHEMES) == "video:a:b.mp4"
    assert meant("odd?pace=0.avi", SCHEMES) == "video:odd%3Fpace=0.avi"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("webcam", r"'webcam': a webcam is v4l2:, .*auto"),
        ("usb", "a webcam is v4l2:"),
        ("Webcam:1", "a webcam is v4l2:"),
        ("cam0", "a webcam is v4l2:"),
        ("device:/dev/video0", "a webcam is v4l2:"),
        ("picamera2", "a Raspberry Pi camera is picamera:"),
        ("libcamera:0", "a Raspberry Pi camera is picamera:"),
        ("csi", "a Raspberry Pi camera is picamera:"),
        ("demo", "a rendered hand is signer:"),
        ("rtsp://user:secret@10.0.0.2/stream.mp4", "rtsp://... is on a network, and none is used"),
        ("http://10.0.0.2:8080/video", "http://... is on a network"),
        ("UDP://@:1234", "udp://... is on a network"),
        ("vidio:clip.mp4", r"'vidio:clip.mp4': it must begin with one of video:, "),
        ("hello world", "it must begin with one of"),
        ("", "it must begin with one of"),
    ],
)
@pytest.mark.parametrize("use", [open_camera, check])
def test_anything_else_gets_a_hint_in_one_line(
    written: str, said: str, use: Callable[[str], object]
) -> None:
    with pytest.raises(UserError, match=said) as refused:
        use(written)
    assert len(str(refused.value).splitlines()) == 1
    assert "secret" not in str(refused.value)


@given(st.text())
def test_any_text_means_something_or_is_refused_in_one_line(text: str) -> None:
    refusal = ""
    try:
        uri = meant(text, SCHEMES)
    except UserError as error:
        refusal = str(error)
    else:
        assert uri == text or meant(uri, SCHEMES) == uri
    assert len(refusal.splitlines()) <= 1


def test_the_pictures_are_those_of_a_folder() -> None:
    assert {f".{suffix}" for suffix in PICTURES} == SUFFIXES


@pytest.mark.fault(
    "written",
    "`{source}` as the source ({where})",
    "taken for what is meant, or refused with a hint",
)
@pytest.mark.parametrize("where", ["--source", "configuration"])
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("/dev/video987", "no camera at '/dev/video987': plug it in"),
        ("987", "no camera at '/dev/video987': plug it in"),
        ("webcam", "unknown source 'webcam': a webcam is v4l2:"),
        ("rtsp://10.0.0.2/stream", "source rtsp://... is on a network"),
        ("no-such-clip.mp4", "video 'no-such-clip.mp4' cannot be opened: No such file"),
    ],
)
def test_the_command_says_it(
    ishara: Ishara, tmp_path: Path, where: str, source: str, said: str
) -> None:
    config = tmp_path / "ishara.toml"
    config.write_text(f'[camera]\nsource = "{source}"\n' if where == "configuration" else "")
    arguments = ("--source", source) if where == "--source" else ()
    process = ishara("run", "--config", str(config), "--once", *arguments)
    _, complaint = process.communicate(timeout=120)
    assert process.returncode == 2
    assert complaint.splitlines()[-1].startswith(f"ishara: {said}")


@pytest.mark.fault("written", "`hello_120fps.mp4` as the source", "read")
@pytest.mark.skipif(not SHARED.is_dir(), reason="the cases are not here")
@pytest.mark.usefixtures("landmark_weights")
def test_a_clip_by_its_name_alone_is_read(ishara: Ishara) -> None:
    process = ishara(
        "run", "--once", "--print", "--source", str(SHARED / "hello_120fps.mp4?pace=0")
    )
    text, _ = process.communicate(timeout=300)
    assert (process.returncode, text.strip()) == (0, "hello")
