"""Files that are none, names that are not UTF-8, and failures nobody foresaw: the real process."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from benchmarks.faults.service import CAMERA, CHECKOUT, Service
from edge.camera import open_camera
from edge.cli import main
from edge.recognize.inspect import shipped

from .conftest import Record, Start

SPELLED = "signer:abc abc?speed=5"
LATIN = os.fsdecode(b"\xe9")
CASES = Path(__file__).parents[2].parent / "shared" / "cases"


def command(*arguments: str, most: float = 300, **options: Any) -> tuple[int, str, str]:
    """(exit code, standard output, standard error output) of ``ishara ARGUMENTS``."""
    done = subprocess.run(
        [sys.executable, "-m", "edge", *arguments], capture_output=True, timeout=most, check=False,
        **options,
    )  # fmt: skip
    return done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace")


def run(source: str, tmp_path: Path, *arguments: str, **options: Any) -> tuple[int, str, str]:
    at = str(tmp_path / "s")
    return command("run", "--source", source, "--socket", at, "--once", *arguments, **options)


def one_line(said: str) -> bool:
    return said.count("\n") == 1 and said.startswith("ishara: ")


def hand(letter: str) -> np.ndarray:
    """A rendered hand that shows ``letter``, as OpenCV writes it."""
    source = open_camera(f"signer:{letter}?pace=0")
    frames = [source.read() for _ in range(30)]
    assert frames[-1] is not None
    return cv2.cvtColor(frames[-1].pixels, cv2.COLOR_RGB2BGR)


def bomb(file: Path, side: int = 40_000) -> None:
    """A PNG of 200 kB whose pixels take gigabytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(200 << 20), 9)
    start = b"\x89PNG\r\n\x1a\n"
    file.write_bytes(start + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b""))


def claim(picture: bytes, at: int, size: str, side: int) -> bytes:
    """``picture`` with ``side`` written over the two lengths at ``at``, as `struct` says."""
    changed = bytearray(picture)
    struct.pack_into(size, changed, at, side, side)
    return bytes(changed)


def jpeg_bomb(file: Path) -> None:
    """A JPEG of some hundred bytes that claims 4 gigapixels."""
    small = cv2.imencode(".jpg", np.zeros((16, 16, 3), np.uint8))[1].tobytes()
    file.write_bytes(claim(small, small.index(b"\xff\xc0") + 5, ">HH", 65_500))


def bmp_bomb(file: Path) -> None:
    small = cv2.imencode(".bmp", np.zeros((16, 16, 3), np.uint8))[1].tobytes()
    file.write_bytes(claim(small, 18, "<ii", 40_000))


BOMBS: dict[str, Callable[[Path], None]] = {
    "49 megapixels as PNG": lambda folder: bomb(folder / "a.png", 7_000),
    "1.6 gigapixels as PNG": lambda folder: bomb(folder / "a.png"),
    "4 terapixels as PNG": lambda folder: bomb(folder / "a.png", 2_000_000),
    "4 gigapixels in a JPEG of some hundred bytes": lambda folder: jpeg_bomb(folder / "a.jpg"),
    "1.6 gigapixels in a BMP of 800 bytes": lambda folder: bmp_bomb(folder / "a.bmp"),
}


def write_clip(file: Path) -> None:
    """Three seconds of a signer, in a file of this name."""
    made = file.with_name("made.avi")
    writer = cv2.VideoWriter(str(made), cv2.VideoWriter.fourcc(*"MJPG"), 30.0, (640, 480))
    source = open_camera("signer:ab?pace=0&speed=5")
    while (frame := source.read()) is not None:
        writer.write(cv2.cvtColor(frame.pixels, cv2.COLOR_RGB2BGR))
    writer.release()
    os.replace(made, file)


@pytest.mark.fault(
    "item",
    "a folder of photos with a `._` file, a FIFO, a folder named as a photo and a bomb",
    "each left out with a line, the photo is read",
)
def test_one_bad_item_in_a_folder_is_left_out_with_a_line(
    landmark_weights: None, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "._a.jpg").write_bytes(b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X")
    cv2.imwrite(str(folder / "a.jpg"), hand("l"))
    code, shown, said = run(f"photo:{folder}?pace=0", tmp_path, "--print")
    assert (code, shown.strip()) == (0, "l")
    assert said.count("\n") == 1
    assert "._a.jpg: not a picture" in said
    os.mkfifo(folder / "b.png")  # two more of the kind, and a folder of that name
    bomb(folder / "c.png")
    (folder / "d.tiff").mkdir()
    code, shown, said = run(f"photo:{folder}?pace=0", tmp_path, "--print")
    assert (code, shown.strip()) == (0, "l")
    assert said.count("\n") == said.count("left out: ") == 4


@pytest.mark.fault("bytes", "a picture of {name}", "one line; memory as without it")
@pytest.mark.parametrize("name", BOMBS)
def test_a_picture_bomb_is_one_line_and_takes_no_memory(
    landmark_weights: None, tmp_path: Path, name: str
) -> None:
    BOMBS[name](tmp_path)
    program = (
        "import resource, sys; from edge.cli import main; code = main(sys.argv[1:]);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss); sys.exit(code)"
    )
    peaks = []
    for source in (f"photo:{tmp_path}", "photo:/nowhere"):
        done = subprocess.run(
            [sys.executable, "-c", program, "run", "--source", source, "--once",
             "--socket", str(tmp_path / "s")],
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 2
        assert one_line(done.stderr)
        peaks.append(int(done.stdout))
    assert peaks[0] < peaks[1] + 30_000, "kilobytes more than without a picture"


@pytest.mark.fault(
    "names",
    "{kind} named by the byte E9",
    "read, or refused in one line; no crash in `doctor`",
)
@pytest.mark.parametrize(
    "kind", ["photo folder", "photo", "video", "file that is no photo", "file that is no video"]
)
def test_a_name_that_is_not_utf_8_is_read_or_refused(
    landmark_weights: None, tmp_path: Path, kind: str
) -> None:
    folder = tmp_path / "latin"
    folder.mkdir()
    file = folder / f"{LATIN}{'.avi' if 'video' in kind else '.jpg'}"
    if "no" in kind.split():
        file.write_bytes(b"no picture")
    elif kind == "video":
        write_clip(file)
    else:
        file.write_bytes(cv2.imencode(".jpg", hand("l"))[1].tobytes())
    source = f"photo:{folder}" if kind == "photo folder" else f"{kind.split()[-1]}:{file}"
    code, shown, said = run(f"{source}?pace=0", tmp_path, "--print")
    if "no" in kind.split():
        assert code == 2
        assert one_line(said)
    else:
        assert (code, said) == (0, "")
        assert shown.strip() == ("ab" if kind == "video" else "l")
    config = tmp_path / "c.toml"
    config.write_text(f'[camera]\nsource = "photo:{folder}"\n')
    assert command("doctor", "--config", str(config))[0] in (0, 1)


ODD = os.fsdecode(b"\xff\xfe \n")


@pytest.mark.fault("names", "{what} named by the bytes FF FE 20 0A", "used, or refused in one line")
@pytest.mark.parametrize("what", ["configuration", "socket", "bundle", "folder of photos"])
def test_an_odd_name_is_used_or_refused_in_one_line(
    landmark_weights: None, tmp_path: Path, what: str
) -> None:
    odd = tmp_path / ODD
    missing = str(tmp_path / f"no{ODD}")
    if what == "configuration":
        odd.write_text(f'[camera]\nsource = "{SPELLED}&pace=0"\n')
        refused = command("run", "--config", missing)
        used = command("config", "--config", str(odd))
    elif what == "bundle":
        shutil.copytree(shipped()[0], odd)
        refused = command("models", "inspect", missing)
        used = command("models", "inspect", str(odd))
    elif what == "socket":
        arguments = ("run", "--once", "--source", "signer:a?pace=0&speed=6", "--socket")
        refused = command(*arguments, f"{missing}/{ODD}/s")
        used = command(*arguments, str(odd))
    else:
        odd.mkdir()
        (odd / f"{ODD}.jpg").write_bytes(cv2.imencode(".jpg", hand("l"))[1].tobytes())
        refused = run(f"photo:{missing}", tmp_path)
        used = run(f"photo:{odd}?pace=0", tmp_path)
    assert (refused[0] in (2, 78), refused[1]) == (True, "")
    assert one_line(refused[2])
    assert (used[0], used[2]) == (0, "")


def fifo(folder: Path) -> Path:
    os.mkfifo(folder / "fifo")
    return folder / "fifo"


CONFIGURATIONS: dict[str, Callable[[Path], object]] = {
    "a FIFO as configuration": os.mkfifo,
    "/dev/zero as configuration": lambda path: path.symlink_to("/dev/zero"),
    "a terminal as configuration": lambda path: path.symlink_to("/dev/ptmx"),
    "a socket as configuration": lambda path: socket.socket(socket.AF_UNIX).bind(str(path)),
    "a folder as configuration": os.mkdir,
}
SOURCES = {
    "a FIFO as video": "video:{fifo}",
    "a FIFO as photo": "photo:{fifo}",
    "/dev/zero as video": "video:/dev/zero",
    "/dev/zero as photo": "photo:/dev/zero",
}


@pytest.mark.fault("files", "{kind}, at the start", "refused at once, in one line")
@pytest.mark.parametrize("kind", [*CONFIGURATIONS, *SOURCES, "FIFOs as landmark weights"])
def test_a_fifo_is_refused_at_start(landmark_weights: None, tmp_path: Path, kind: str) -> None:
    if kind in CONFIGURATIONS:
        CONFIGURATIONS[kind](tmp_path / "c.toml")
        code, _, said = command("run", "--config", str(tmp_path / "c.toml"), most=60)
        assert code == 78
    elif kind in SOURCES:
        source = SOURCES[kind].replace("{fifo}", str(fifo(tmp_path)))
        code, _, said = run(source, tmp_path, most=60)
        assert code == 2
    else:
        from edge import resources

        folder = Path(shutil.copytree(resources.weights(), tmp_path / "weights"))
        for model in folder.glob("*.tflite"):
            model.unlink()
            os.mkfifo(model)
        program = (
            "import pathlib, sys; from edge import cli, resources;"
            "folder = pathlib.Path(sys.argv.pop(1));"
            "resources.weights = lambda: folder; sys.exit(cli.main())"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, str(folder), "run", "--source", "signer:a",
             "--socket", str(tmp_path / "s")],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        code, said = done.returncode, done.stderr
        assert code == 78
    assert one_line(said)


NOWHERE = {
    "a user that does not exist": "~nosuchuser/b",
    "a name of 300 letters": "x" * 300,
    "a link to itself": "{folder}/loop/b",
    "a file taken for a folder": "{folder}/file/b",
    "a file of /proc": "/proc/self/mem",
}


@pytest.mark.fault(
    "foreseen",
    "a bundle that cannot be looked for: {name}",
    "exit code 78 in one line; `doctor` and `models inspect` say it too",
)
@pytest.mark.parametrize("name", NOWHERE)
def test_a_bundle_that_cannot_be_looked_for_is_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "file").touch()
    config = tmp_path / "c.toml"
    name = NOWHERE[name].replace("{folder}", str(tmp_path))
    config.write_text(f'[recognize]\nbundle = "{name}"\n')
    code, _, said = run("signer:a", tmp_path, "--config", str(config))
    assert code == 78
    assert one_line(said)
    code, shown, _ = command("doctor", "--config", str(config))
    assert code == 1
    assert "MISS  bundle" in shown
    code, _, said = command("models", "inspect", name)
    assert code == 78
    assert one_line(said)


@pytest.mark.fault(
    "foreseen",
    "a bundle in a folder that may not be read, at the start",
    "exit code 78 in one line",
)
@pytest.mark.skipif(os.getuid() == 0 and not shutil.which("setpriv"), reason="needs setpriv")
def test_a_bundle_that_may_not_be_read_is_one_line(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0)
    config = tmp_path / "c.toml"
    config.write_text(f'[recognize]\nbundle = "{private / "b"}"\n')
    powerless = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
    done = subprocess.run(
        [*(powerless if os.getuid() == 0 else []), sys.executable, "-m", "edge", "run",
         "--config", str(config), "--source", "signer:a", "--socket", str(tmp_path / "s")],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 78
    assert one_line(done.stderr)
    assert "Permission denied" in done.stderr


REFUSED = {
    "a bundle of a user that does not exist": '[recognize]\nbundle = "~nosuchuser/b"',
    "a bundle with a name of 300 letters": f'[recognize]\nbundle = "{"x" * 300}"',
    "a bundle at a link to itself": '[recognize]\nbundle = "{folder}/loop/b"',
    "a picamera2 that raises AttributeError": '[camera]\nsource = "picamera:"',
    "a FIFO as video": '[camera]\nsource = "video:{folder}/fifo"',
    "a FIFO as photo": '[camera]\nsource = "photo:{folder}/fifo"',
    "/dev/zero as video": '[camera]\nsource = "video:/dev/zero"',
    "/dev/null as camera": '[camera]\nsource = "v4l2:/dev/null"',
    "a configuration of 60 kB of brackets": 'x = """\n' + "[" * 60_000,
    "60 kB of brackets in a text": 'x = """\n' + "[" * 60_000 + '\n"""',
    "a dotted key of 100,000 parts": "a" + ".a" * 100_000 + " = 1",
    "a dotted key of 30,000 parts": "a" + ".a" * 30_000 + " = 1",
    "a folder with a file named by the byte E9": '[camera]\nsource = "photo:{folder}/latin"',
    "a picture of 1.6 gigapixels": '[camera]\nsource = "photo:{folder}/bomb"',
}
KIND_OF = {"bundle": "foreseen", "picamera2": "foreseen", "E9": "names", "gigapixels": "bytes"}
"""By a word of its name; the others are `files`."""


IN_A_BUNDLE = ("bundle.toml", "model.tflite", "language_model.npz")


def bundle_with_a_fifo(folder: Path, name: str) -> Path:
    """A copy of the shipped bundle, a file of which never ends."""
    made = Path(shutil.copytree(shipped()[0], folder / f"with-{name}"))
    (made / name).unlink()
    os.mkfifo(made / name)
    return made


@pytest.mark.fault(
    "files",
    "a FIFO as `{name}` of a bundle, at the start",
    "refused at once, in one line",
)
@pytest.mark.parametrize("name", IN_A_BUNDLE)
def test_a_fifo_in_a_bundle_is_refused(landmark_weights: None, tmp_path: Path, name: str) -> None:
    config = tmp_path / "c.toml"
    config.write_text(f'[recognize]\nbundle = "{bundle_with_a_fifo(tmp_path, name)}"\n')
    code, _, said = run("signer:a", tmp_path, "--config", str(config), most=60)
    assert code == 78
    assert one_line(said)


def prepare(folder: Path) -> None:
    """What the configurations in `REFUSED` name."""
    os.mkfifo(folder / "fifo")
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "latin").mkdir()
    (folder / "latin" / f"{LATIN}.jpg").write_bytes(b"no picture")
    (folder / "bomb").mkdir()
    bomb(folder / "bomb" / "a.png")
    (folder / "picamera2.py").write_text("raise AttributeError('below')\n")


@pytest.mark.fault(
    "foreseen",
    "`ishara config --check` of each configuration that a reload refuses",
    "exit code 78, one line for each part that is refused",
)
def test_check_says_what_a_reload_would_refuse(
    landmark_weights: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    prepare(tmp_path)
    config = tmp_path / "c.toml"
    monkeypatch.syspath_prepend(tmp_path)

    def checked(text: str) -> tuple[int, str, str]:
        config.write_text(text.replace("{folder}", str(tmp_path)))
        code = main(["config", "--check", str(config)])
        return code, *capsys.readouterr()

    for name, text in REFUSED.items():
        code, shown, said = checked(text)
        assert (code, shown) == (78, ""), name
        assert one_line(said), (name, said)
    code, _, said = checked('[camera]\nsource = "video:{folder}/fifo"\n[recognize]\nbundle = "no"')
    assert code == 78
    assert said.count("\n") == 2, "one for each part"
    accepted = f"{config}: a reload would take it\n"
    assert checked(f'[camera]\nsource = "{SPELLED}"\n') == (0, accepted, "")
    assert command("config", "--check", str(config)) == (0, accepted, "")
    config.write_text(REFUSED["a dotted key of 30,000 parts"])
    assert command("config", "--check", str(config))[0] == 78


@pytest.mark.fault("files")
@pytest.mark.parametrize("how", ["start", "confined"])
def test_no_reload_ends_or_freezes_a_running_service(
    how: str, request: pytest.FixtureRequest, record: Record, tmp_path: Path
) -> None:
    start: Start = request.getfixturevalue(how)
    prepare(tmp_path)
    refused = dict(REFUSED)
    for name in IN_A_BUNDLE:
        made = bundle_with_a_fifo(tmp_path, name)
        refused[f"a FIFO as {name}"] = f'[recognize]\nbundle = "{made}"'
    good = f'[camera]\nsource = "{SPELLED}"\n'
    service = start("", config=good, environment={"PYTHONPATH": f"{CAMERA}:{CHECKOUT}:{tmp_path}"})
    client = service.listen()
    client.wait(lambda event: event["type"] == "final", most=120)
    took = {}
    for name, text in refused.items():
        service.config.write_text(text.replace("{folder}", str(tmp_path)))
        reason, took[name] = reloaded(service, client, name)
        assert reason.startswith("the configuration stays as it was: "), (name, reason)
    for name, make in CONFIGURATIONS.items():
        service.config.rmdir() if service.config.is_dir() else service.config.unlink()
        make(service.config)
        reason, took[name] = reloaded(service, client, name)
        assert reason.startswith("the configuration stays as it was: "), (name, reason)
    service.config.rmdir()
    service.config.write_text(good.replace("abc abc", "cab"))
    assert "was read again" in reloaded(service, client, "a good one")[0]
    client.wait(lambda event: event["type"] == "final", time.monotonic(), most=120)
    promise = "the old settings stay, all are told; a ping is answered meanwhile"
    if how == "confined":
        slowest = f"{len(took)} reloads, refused after at most {max(took.values()):.1f} s"
        record("SIGHUP onto each of those below, in the unit's sandbox", promise, slowest, "unit")
        return
    for name, seconds in took.items():
        kind = next((kind for word, kind in KIND_OF.items() if word in name.split()), "files")
        record(f"SIGHUP onto {name}", promise, f"refused after {seconds:.1f} s", kind)


def reloaded(service: Service, client: Any, name: str, most: float = 60) -> tuple[str, float]:
    """What a SIGHUP led to, after how many seconds; meanwhile, a ping is answered."""
    asked = service.send(signal.SIGHUP)
    client.ask(type="ping", id=name)
    answered, _ = client.wait(lambda event: event.get("id") == name, asked, most=60)
    assert answered - asked < 6, name  # some froze it for twice as long
    done, state = client.wait(
        lambda event: event["type"] == "state" and "configuration" in event["reason"],
        asked, most=most,
    )  # fmt: skip
    assert service.process.poll() is None, name
    return str(state["reason"]), done - asked


FAILURES = {
    "AttributeError": "raise AttributeError('a')",
    "RuntimeError": "raise RuntimeError('b')",
    "IndexError": "raise IndexError()",
    "OSError": "raise OSError(5, 'c')",
    "KeyError": "raise KeyError(1)",
    "ImportError of a library below it": "raise ImportError('libcamera.so.0.3: cannot open')",
    "ModuleNotFoundError of a module below it": "import libcamera",
    "imported, but without libcamera": (
        "class Picamera2:\n"
        "    @staticmethod\n"
        "    def global_camera_info():\n"
        "        raise NameError('libcamera')"
    ),
}


@pytest.mark.fault(
    "foreseen",
    "picamera2: {name}",
    "`picamera:` and `doctor` say it in one line; `auto` takes the next source",
)
@pytest.mark.parametrize("name", FAILURES)
def test_a_picamera2_that_does_not_work_is_one_line_and_auto_goes_on(
    landmark_weights: None, tmp_path: Path, name: str
) -> None:
    (tmp_path / "picamera2.py").write_text(FAILURES[name])
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    code, _, said = run("picamera:", tmp_path, env=environment)
    assert code in (1, 2)
    assert one_line(said)
    code, shown, said = command("doctor", env=environment)
    assert said == ""
    assert "Traceback" not in shown
    assert "ok    source    signer:" in shown, "what `auto` chose next"
    if name != "imported, but without libcamera":
        assert "picamera2 does not work" in shown or "cannot be read now" in shown


@pytest.mark.fault("foreseen", "`run` with the source `auto`, picamera2: {name}", "reads on")
@pytest.mark.parametrize("name", ["AttributeError", "imported, but without libcamera"])
def test_auto_reads_on_without_a_picamera2_that_does_not_work(
    landmark_weights: None, tmp_path: Path, name: str
) -> None:
    (tmp_path / "picamera2.py").write_text(FAILURES[name])
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    code, shown, said = run("auto", tmp_path, "--print", env=environment)
    assert code == 0, said
    assert shown.strip()


@pytest.mark.fault(
    "foreseen",
    "a user id without a passwd entry, and no home",
    "`run`, `status`, `config`, `models list` and `doctor` work",
)
@pytest.mark.skipif(os.getuid() != 0 or not shutil.which("setpriv"), reason="needs root, setpriv")
def test_a_user_without_a_name_and_a_home_can_use_it(
    landmark_weights: None, tmp_path: Path
) -> None:
    environment = {
        name: value for name, value in os.environ.items()
        if name not in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
    }  # fmt: skip
    as_nobody = ["setpriv", "--reuid=54321", "--clear-groups", sys.executable, "-m", "edge"]
    for arguments, wanted in (
        (["run", "--source", "signer:ab?speed=5&pace=0", "--once", "--print"], {0}),
        (["status"], {2}), (["config"], {0}), (["models", "list"], {0}), (["doctor"], {0, 1}),
    ):  # fmt: skip
        done = subprocess.run(
            [*as_nobody, *arguments], capture_output=True, text=True, env=environment,
            timeout=300, check=False,
        )  # fmt: skip
        if "Permission denied" in done.stderr and "setpriv" in done.stderr:
            pytest.skip("another user may not run this Python")
        assert done.returncode in wanted, done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.fault("library", "a photo with EXIF orientation 6", "read as the same photo upright")
@pytest.mark.fault("item", "a photo beside the `._` file that a Mac leaves", "the photo is read")
@pytest.mark.skipif(not CASES.is_dir(), reason="no shared/cases")
def test_the_cases_that_others_met(landmark_weights: None, tmp_path: Path) -> None:
    code, shown, said = run(f"photo:{CASES / 'appledouble'}?pace=0", tmp_path, "--print")
    assert (code, shown.strip(), said.count("\n")) == (0, "l", 1)
    code, _, said = run(f"photo:{CASES / 'bomb_40000x40000.png'}", tmp_path)
    assert code == 2
    assert one_line(said)
    read = [
        run(f"photo:{CASES / name}?pace=0", tmp_path, "--print")
        for name in ("exif6.jpg", "upright.jpg")
    ]
    assert read[0] == read[1]
