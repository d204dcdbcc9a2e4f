"""Ishara Edge: reads fingerspelling from a camera and publishes the text on a local socket.

A frame's way is ``camera -> landmarks -> recognize -> publish``; each stage is one room,
each arrow one plain dataclass, and only `edge.daemon` knows all rooms.
"""

__version__ = "0.1.0"
