import struct
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

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
