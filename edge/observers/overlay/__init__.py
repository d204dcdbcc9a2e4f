"""Draws what is seen and read over the picture: into a video, in a window, or both.

- `observer`: takes the frames and the events; `caption`: the texts as the events say them.
- `draw`: the picture; `skeleton`: the landmarks on it.
- `video`, `window`: where it is shown.
"""

from edge.observers.overlay.observer import Overlay, Screen
from edge.observers.overlay.video import VideoFile
from edge.observers.overlay.window import Window

__all__ = ["Overlay", "Screen", "VideoFile", "Window"]
