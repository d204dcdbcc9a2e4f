"""K as P: in American fingerspelling P is a K that points down.

Many of the signers at hand show K as a wide V, but P rightly: of the K of two signers that nobody
trained on, the nearest P lie closer in shape (0.19 and 0.29 palm lengths) than the nearest K (0.25
and 0.41).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.training.synthesis.pose import Poses, join, unit
from models.training.synthesis.pose_library import PoseLibrary

_AS_MANY = 30
_SHARE = (0.3, 1.3)
"""How far from the signer's own K to the signer's P, or beyond."""


def with_k_as_p(library: PoseLibrary, rng: np.random.Generator) -> PoseLibrary:
    """``library`` with more rows for K: of each signer who has both letters, the K turned into
    that signer's P, the palm as it is in K."""
    made, means = [], []
    rows = len(library.poses)
    for signer in library.signers:
        if not {"k", "p"} <= set(signer.own_letters):
            continue
        k, p = (rng.choice(signer.letters[letter], _AS_MANY) for letter in "kp")
        share = rng.uniform(*_SHARE, (_AS_MANY, 1)).astype(np.float32)
        a, b = library.poses[k], library.poses[p]
        bones = unit(a.bones + (b.bones - a.bones) * share[..., None])
        made.append(Poses(a.orientation, bones, a.lengths + (b.lengths - a.lengths) * share))
        means.append(library.mean_orientation[k])
        signer.letters["k"] = np.append(signer.letters["k"], np.arange(rows, rows + _AS_MANY))
        rows += _AS_MANY
    return replace(
        library,
        poses=join([library.poses, *made]),
        mean_orientation=np.concatenate([library.mean_orientation, *means]),
        sideways=np.append(library.sideways, np.zeros(rows - len(library.sideways), bool)),
    )
