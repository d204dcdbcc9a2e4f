import struct
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from edge.camera import open_camera
from edge.camera.photo import EMPTY, Photos
from edge.errors import UserError

CLIPS = Path(__file__).parents[2].parent / "shared" / "data" / "video"

RED, BLUE = (200, 30, 20), (10, 40, 220)


def picture(colour, width=64, height=48):
    return np.full((height, width, 3), colour, np.uint8)


def save(path, rgb):
    assert cv2.imwrite(str(path), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Ten frames at 20 fps, red then blue, 64x48."""
    path = tmp_path_factory.mktemp("clip") / "red then blue.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 20.0, (64, 48))
    for k in range(10):
        writer.write(cv2.cvtColor(picture(RED if k < 5 else BLUE), cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def frames_of(source):
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    source.close()
    return frames


def close_to(pixels, colour):
    return np.abs(pixels.astype(int) - colour).max() <= 12


def test_a_video_unpaced_gives_every_frame_on_its_own_time_line(clip):
    source = open_camera(f"video:{clip}?pace=0")
    assert source.name == f"video:{clip}?pace=0"
    assert not source.live
    frames = frames_of(source)
    assert [frame.index for frame in frames] == list(range(10))
    assert [frame.time for frame in frames] == pytest.approx([k / 20 for k in range(10)], abs=1e-3)
    assert close_to(frames[0].pixels, RED)
    assert close_to(frames[9].pixels, BLUE)
    assert frames[0].pixels.shape == (48, 64, 3)
    assert frames[0].pixels.dtype == np.uint8


def test_a_video_paced_gives_intended_capture_times(clip):
    source = open_camera(f"video:{clip}")
    assert source.live
    frames = frames_of(source)
    start = frames[0].captured
    assert frames[0].index == 0
    for frame in frames:
        assert frame.time == frame.captured == pytest.approx(start + frame.index / 20, abs=1e-3)


ROTATIONS = {
    0: (1, 0, 0, 1),
    90: (0, 1, -1, 0),
    180: (-1, 0, 0, -1),
    270: (0, -1, 1, 0),
}
"""Degrees clockwise by which a player turns the picture, and a, b, c, d of the display matrix."""


def set_rotation(path, degrees):
    """Write the display matrix of ISO/IEC 14496-12, 8.3.2, into the track header of ``path``."""
    a, b, c, d = (65536 * value for value in ROTATIONS[degrees])
    data = bytearray(path.read_bytes())
    version_at = data.index(b"tkhd") + 4
    matrix_at = version_at + (40, 52)[data[version_at]]
    struct.pack_into(">9i", data, matrix_at, a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)


@pytest.mark.parametrize("suffix", ["mp4", "mov"])
@pytest.mark.parametrize("degrees", ROTATIONS)
def test_a_video_is_turned_as_its_file_says(tmp_path, degrees, suffix):
    path = tmp_path / f"phone.{suffix}"
    upright = np.hstack([picture(RED), picture(BLUE)])
    stored = np.ascontiguousarray(np.rot90(upright, degrees // 90))
    size = stored.shape[1], stored.shape[0]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 20.0, size)
    for _ in range(5):
        writer.write(cv2.cvtColor(stored, cv2.COLOR_RGB2BGR))
    writer.release()
    set_rotation(path, degrees)
    for frame in frames_of(open_camera(f"video:{path}?pace=0")):
        assert frame.pixels.shape == (48, 128, 3)
        left, right = frame.pixels[:, 8:56].astype(int), frame.pixels[:, 72:120].astype(int)
        assert (left[..., 0] > left[..., 2] + 100).all(), "red on the left"
        assert (right[..., 2] > right[..., 0] + 100).all(), "blue on the right"


@pytest.mark.parametrize("failure", ["error", "nothing", "shape"])
def test_a_picture_that_cannot_be_decoded_is_left_out_of_a_video(clip, failure):
    source = open_camera(f"video:{clip}?pace=0")
    capture, count = source._capture, iter(range(100))

    def retrieve():
        if next(count) not in (3, 4):
            return capture.retrieve()
        if failure == "error":
            raise cv2.error("from the decoder")
        return (False, None) if failure == "nothing" else (True, np.zeros((4, 4, 2), np.uint8))

    source._capture = SimpleNamespace(
        isOpened=capture.isOpened,
        grab=capture.grab,
        get=capture.get,
        retrieve=retrieve,
        release=capture.release,
    )
    assert [frame.index for frame in frames_of(source)] == [0, 1, 2, 5, 6, 7, 8, 9]


def test_a_video_whose_decoder_always_raises_ends(clip, caplog):
    def grab():
        raise cv2.error("from the decoder")

    source = open_camera(f"video:{clip}?pace=0")
    source.read()
    source._capture = SimpleNamespace(isOpened=lambda: True, grab=grab, release=lambda: None)
    assert source.read() is None
    assert "cannot be decoded" in caplog.text
    source.close()


def test_closing_ends_a_video(clip):
    source = open_camera(f"video:{clip}")
    source.read()
    source.close()
    source.close()
    assert source.read() is None


@pytest.mark.parametrize("name", ["letter_J.gif", "letter_B.mov"])
def test_other_formats(name):
    if not (CLIPS / name).is_file():
        pytest.skip(f"no {CLIPS / name}")
    frames = frames_of(open_camera(f"video:{CLIPS / name}?pace=0"))
    assert len(frames) > 20
    assert all(a.time < b.time for a, b in pairwise(frames))


def test_what_is_not_a_video_is_refused_in_one_line(tmp_path):
    text = tmp_path / "text.mp4"
    text.write_text("not a video")
    empty = tmp_path / "empty.mp4"
    empty.touch()
    for path, reason in (
        (tmp_path / "missing.mp4", "No such file"),
        (tmp_path, "Is a directory"),
        (text, "cannot be read as a video"),
        (empty, "cannot be read as a video"),
        ("http://localhost/x.mp4", "No such file"),
        ("", "No such file"),
        ("a\0b", "not a file name"),
    ):
        with pytest.raises(UserError, match=reason) as error:
            open_camera(f"video:{path}")
        assert len(str(error.value).splitlines()) == 1


@pytest.fixture
def folder(tmp_path):
    save(tmp_path / "b.png", picture(BLUE, 80, 20))
    save(tmp_path / "a.png", picture(RED))
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def test_photos_are_shown_in_the_order_of_their_names_with_gaps(folder):
    source = open_camera(f"photo:{folder}?hold=0.5&gap=0.2&pace=0", fps=10.0)
    frames = frames_of(source)
    assert [frame.index for frame in frames] == list(range(14))
    assert [frame.time for frame in frames] == pytest.approx([k / 10 for k in range(14)])
    for part, colour in (((0, 5), RED), ((5, 7), EMPTY), ((7, 12), BLUE), ((12, 14), EMPTY)):
        assert all((frame.pixels == colour).all() for frame in frames[slice(*part)])
    assert frames[6].pixels.shape == (48, 64, 3)
    assert frames[7].pixels.shape == (20, 80, 3)


def test_the_period_gives_the_picture_of_a_time(folder):
    source = Photos(str(folder), hold=0.5, gap=0.2, pace=False, fps=10.0)
    assert [path.name for path in source.pictures] == ["a.png", "b.png"]
    assert source.period == pytest.approx(0.7)


def test_one_photo_paced(folder):
    frames = frames_of(open_camera(f"photo:{folder / 'a.png'}?hold=0.1&gap=0"))
    assert frames[0].index == 0
    assert all((frame.pixels == RED).all() for frame in frames)


def test_exif_orientation_is_applied(tmp_path):
    path = tmp_path / "turned.jpg"
    save(path, np.hstack([picture(RED), picture(BLUE)]))
    tiff = struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, 0x0112, 3, 1, 6, 0, 0)
    block = b"Exif\0\0" + tiff
    jpeg = path.read_bytes()
    path.write_bytes(jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + jpeg[2:])
    frame = open_camera(f"photo:{path}?pace=0").read()
    assert frame.pixels.shape == (128, 48, 3)  # 6: turned clockwise to be upright
    assert close_to(frame.pixels[:40], RED)
    assert close_to(frame.pixels[-40:], BLUE)


def test_a_photo_that_breaks_is_shown_as_empty(folder, caplog):
    source = open_camera(f"photo:{folder}?hold=0.1&gap=0&pace=0", fps=10.0)
    (folder / "b.png").unlink()
    assert (frames_of(source)[1].pixels == EMPTY).all()
    assert "b.png" in caplog.text


def test_what_is_not_a_photo_is_refused_in_one_line(tmp_path):
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "a.jpg").write_text("no picture")
    bare = tmp_path / "bare"
    bare.mkdir()
    for path, reason in (
        (tmp_path / "missing", "No such file"),
        (bare, "contains no pictures"),
        (bad, "not a picture that can be read"),
    ):
        with pytest.raises(UserError, match=reason):
            open_camera(f"photo:{path}")


def test_importing_the_package_loads_no_camera_library():
    heavy = {"cv2", "picamera2", "edge.camera.signer"}
    code = f"import sys, edge.camera; print({heavy} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
