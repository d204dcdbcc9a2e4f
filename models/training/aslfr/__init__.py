"""The data of the Kaggle competition "Google - American Sign Language Fingerspelling Recognition"::

    folder = Folder(Path("asl-fingerspelling"))
    for phrase in folder.phrases(folder.rows_of("train")):
        features = read_hand(phrase.landmarks).features()

Real continuous fingerspelling of some hundred signers as landmarks of MediaPipe Holistic 0.9.0.1,
CC BY 4.0, never to be used to tell who a signer is. Needs pyarrow (the ``training`` extra).
"""

from models.training.aslfr.characters import ALPHABET, COMPETITION, UNSUPPORTED, Characters
from models.training.aslfr.columns import COLUMNS, SETS, PointSet, selected_columns
from models.training.aslfr.folder import Folder, Phrase, Row
from models.training.aslfr.hand import ASPECT, ReadHand, dominant, read_hand
from models.training.aslfr.landmarks import Landmarks
from models.training.aslfr.parquet import Clip, clips
from models.training.aslfr.splits import SPLITS, Split, split

__all__ = [
    "ALPHABET",
    "ASPECT",
    "COLUMNS",
    "COMPETITION",
    "SETS",
    "SPLITS",
    "UNSUPPORTED",
    "Characters",
    "Clip",
    "Folder",
    "Landmarks",
    "Phrase",
    "PointSet",
    "ReadHand",
    "Row",
    "Split",
    "clips",
    "dominant",
    "read_hand",
    "selected_columns",
    "split",
]
