"""Clips that are turned, fast or interrupted: what is read of them by the real process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.camera.signer import Signer
from tests.camera.test_files import set_rotation
from tests.conftest import Ishara

from .conftest import Record, Start
from .test_camera import status

CASES = Path(__file__).parents[2].parent / "shared" / "cases"
TEXT = "hello"

Change = Callable[[int, np.ndarray], np.ndarray]


def write(file: Path, signer: Signer, change: Change = lambda index, frame: frame) -> None:
    """The frames of ``signer`` as a clip, each as ``change`` makes it."""
    writer = None
    while (frame := signer.read()) is not None:
        pixels = np.ascontiguousarray(change(frame.index, frame.pixels)[..., ::-1])
        if writer is None:
            size = pixels.shape[1], pixels.shape[0]
            writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"mp4v"), signer.fps, size)
        writer.write(pixels)
    assert writer is not None
    writer.release()


def read(ishara: Ishara, file: Path, *arguments: str) -> str:
    """What is read of a clip as fast as possible, a line for each segment."""
    source = f"video:{file}?pace=0"
    process = ishara("run", "--once", "--print", "--source", source, *arguments)
    text, said = process.communicate(timeout=300)
    assert (process.returncode, said) == (0, "")
    return text.strip()


@pytest.mark.fault(
    "library", "a clip with a rotation flag of {degrees} degrees", "turned, and read"
)
@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_clip_is_read_as_its_file_says_it_is_turned(
    landmark_weights: None, ishara: Ishara, tmp_path: Path, degrees: int
) -> None:
    write(
        tmp_path / "phone.mp4",
        Signer(TEXT, pace=False),
        lambda _, frame: np.rot90(frame, degrees // 90),
    )
    set_rotation(tmp_path / "phone.mp4", degrees)
    assert read(ishara, tmp_path / "phone.mp4") == TEXT


@pytest.mark.fault("library")
@pytest.mark.skipif(not CASES.is_dir(), reason="no shared/cases")
@pytest.mark.parametrize("name", ["phone_rot90.mp4", "phone_rot180.mp4"])
def test_a_phones_clip_is_turned(
    landmark_weights: None, ishara: Ishara, record: Record, name: str
) -> None:
    """Where it is not, nothing is read; which letters are is another matter."""
    text = read(ishara, CASES / name)
    assert len(text) == len(TEXT)
    assert sum(a != b for a, b in zip(text, TEXT, strict=True)) <= 1
    record(f"{name}, in which `{TEXT}` is spelled", "turned, and read", f"`{text}`", "library")


@pytest.mark.fault(
    "sample", "a hand hidden for {hidden} frames in each letter", "no letter is lost"
)
@pytest.mark.parametrize("hidden", [1, 2, 4])
def test_a_hand_that_is_hidden_for_a_moment_loses_no_letter(
    landmark_weights: None, ishara: Ishara, tmp_path: Path, hidden: int
) -> None:
    signer = Signer("world", pace=False)
    middles = [round((each.start + each.end) / 2 * signer.fps) for each in signer.spelled]
    gone = {middle + k - hidden // 2 for middle in middles for k in range(hidden)}
    empty: list[np.ndarray] = []

    def hide(index: int, frame: np.ndarray) -> np.ndarray:
        empty.append(empty[0] if empty else frame)  # the hand comes into view later
        return empty[0] if index in gone else frame

    write(tmp_path / "hidden.mp4", signer, hide)
    assert len(gone) == hidden * len("world")
    assert read(ishara, tmp_path / "hidden.mp4") == "world"


@pytest.mark.skipif(not CASES.is_dir(), reason="no shared/cases")
@pytest.mark.fault("sample", "another person's hand comes into view (hands = {hands})", "cut there")
@pytest.mark.parametrize("hands", [1, 2])
def test_the_texts_of_two_people_are_never_in_one_segment(
    landmark_weights: None, ishara: Ishara, tmp_path: Path, hands: int
) -> None:
    """One spells `world`, the other `hello`."""
    config = tmp_path / "c.toml"
    config.write_text(f"[landmarks]\nhands = {hands}\n")
    segments = read(ishara, CASES / "bystander.mp4", "--config", str(config)).splitlines()
    assert len(segments) >= 2
    assert not [text for text in segments if set(text) & set("wrd") and set(text) & set("he")]


@pytest.mark.fault("sample")
def test_what_a_paced_clip_skips_is_counted(start: Start, record: Record, tmp_path: Path) -> None:
    signer = Signer("ab", fps=120.0, speed=6.0, pace=False, size=(320, 240))
    write(tmp_path / "fast.mp4", signer)
    frames = round(signer.duration * signer.fps)
    service = start(f"video:{tmp_path / 'fast.mp4'}")
    client = service.listen()
    client.wait(lambda _: len(client.of("final")) >= 2, most=120)
    now = status(client)
    seen = now["frames"] + now["dropped"]
    assert seen >= frames, "each frame of the clip is read or counted"
    assert now["frames"] > 0
    record("a clip of 120 frames a second, in real time",
           "what is skipped is counted as dropped",
           f"{now['frames']} read and {now['dropped']} dropped of {seen}")  # fmt: skip
