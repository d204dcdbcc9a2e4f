"""Ishara Edge: reads fingerspelling from a camera and publishes the text on a local socket.

A frame goes ``camera -> landmarks -> recognize -> events -> outputs``; each has a room, each arrow
is one plain dataclass, `edge.pipeline` runs the stages, and only `edge.daemon` knows all rooms.
"""

__version__ = "0.1.0"
