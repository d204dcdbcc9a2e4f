"""Which data files there are: ``manifest.csv`` names each with its SHA-256, signers and rows.

    python -m models.training.data.manifest --data ../shared/data

compares a data folder with it, and with ``--write`` rewrites it.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import sys
from pathlib import Path

import numpy as np

MANIFEST = Path(__file__).with_name("manifest.csv")
TRAINED = (
    "letters_images.train.npz", "letters_static.train.npz", "letter_clips.train.npz",
    "other_signs.npz", "phrase_frames.csv",
)  # fmt: skip
"""What a training reads."""
MEASURED = (
    "letters_images.validation.npz", "letters_static.validation.npz",
    "letter_clips.validation.npz", "aslfr_three.npz",
)  # fmt: skip
"""What only figures read."""
_FIELDS = ("file", "use", "sha256", "signers", "rows")


def hashes(data: Path, files: tuple[str, ...] = TRAINED) -> dict[str, str]:
    """SHA-256 of each of ``files``.

    Raises:
        OSError: one cannot be read.
    """
    return {name: hashlib.sha256((data / name).read_bytes()).hexdigest() for name in files}


def listed() -> list[dict[str, str]]:
    """The rows of ``manifest.csv``."""
    with MANIFEST.open(newline="") as text:
        return list(csv.DictReader(text))


def differing(data: Path) -> list[str]:
    """Files of ``data`` that are missing or are not those of the manifest."""
    out = []
    for row in listed():
        file = data / row["file"]
        if not file.is_file() or hashes(data, (row["file"],))[row["file"]] != row["sha256"]:
            out.append(row["file"])
    return out


def _row(data: Path, name: str) -> dict[str, str]:
    signers = rows = ""
    if name.endswith(".csv"):
        with (data / name).open(newline="") as text:
            rows = str(sum(1 for _ in csv.DictReader(text)))
    else:
        z = np.load(data / name)
        if "letter" in z.files:
            signers, rows = str(len(np.unique(z["source"]))), str(len(z["letter"]))
        elif "participant" in z.files:
            signers, rows = str(len(np.unique(z["participant"]))), str(len(z["sign"]))
    use = "training" if name in TRAINED else "figures"
    sha256 = hashes(data, (name,))[name]
    return {"file": name, "use": use, "sha256": sha256, "signers": signers, "rows": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.write:
        with MANIFEST.open("w", newline="") as text:
            writer = csv.DictWriter(text, _FIELDS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(_row(options.data, name) for name in (*TRAINED, *MEASURED))
    if wrong := differing(options.data):
        sys.exit(f"manifest: not the listed files: {', '.join(wrong)}: figures will differ")
    print(f"{len(listed())} files are the listed ones")


if __name__ == "__main__":
    main()
