"""Ishara Edge compared with what a user would pick instead, on the same frames and one core.

    python -m benchmarks.baselines.setup      # once: their environments, in .venv-baselines
    python -m benchmarks.baselines            # a quarter of an hour, 4 GB of memory, 1 GB of files

Each side is a process of its own, in its own environment, pinned to the same core
(`os.sched_setaffinity`). The sides take turns of a second of video, A B, B A; a round is one pass
through all clips. CPU time is that of the whole process, all threads, without decoding and
rendering. Real and rendered hands are never mixed in one figure.

`compare` returns, ready for JSON::

    {"baselines": [{"name", "what", "unit", "samples": [...], "skipped": reason or null}],
     "pairs": [{"name", "ours", "theirs", "ratios": [...], "median", "low", "high"}],
     "remarks": [...], "versions": {name: ...}, "rounds": n, "machine": {...}}

A baseline has an entry for each of its figures, one sample a round (latency: one a letter). The
ratios of a pair are ours over theirs, one a round (latency: one a text, of medians):

- CPU per tracked frame: landmarks alone, mean over the frames in which both have a hand.
- frames with a hand, share of its: of its frames with a hand, in how many ours has one too.
- CPU per second of video: all stages, mean of a frame times 30.
- end of a letter to its text: by the signer's truth, first showing of what is read right.
- CPU per tick: one step of our streaming model, against a network run over its whole window.
"""

from benchmarks.baselines.comparison import compare

__all__ = ["compare"]
