"""What is published where: all below ``ishara/NODE``."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass

from edge.errors import UserError

ONLINE, OFFLINE = "online", "offline"
COMMANDS = ("pause", "resume", "reset")


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one reader.

    Attributes:
        node: its name among others on the broker.
        discovery: the prefix below which Home Assistant looks.
    """

    node: str
    discovery: str = "homeassistant"

    @property
    def base(self) -> str:
        return f"ishara/{self.node}"

    @property
    def text(self) -> str:
        """Finals, as JSON; not retained."""
        return f"{self.base}/text"

    @property
    def revised(self) -> str:
        """Second readings of finals, in the same form."""
        return f"{self.base}/revised"

    @property
    def answer(self) -> str:
        """Answers, as JSON; not retained."""
        return f"{self.base}/answer"

    @property
    def state(self) -> str:
        """The name of the state; retained."""
        return f"{self.base}/state"

    @property
    def availability(self) -> str:
        """`ONLINE` while a daemon's events come, else `OFFLINE`; retained."""
        return f"{self.base}/availability"

    @property
    def command(self) -> str:
        """One of `COMMANDS`, from others."""
        return f"{self.base}/command"


def node(name: str = "") -> str:
    """``name``, or that of this machine, as it may stand in a topic.

    Raises:
        UserError: ``name`` has other characters than letters, digits, - and _.
    """
    if not name:
        return re.sub(r"[^a-zA-Z0-9_-]", "_", socket.gethostname())[:40] or "ishara"
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", name):
        raise UserError(f"--name {name}: at most 40 letters, digits, - and _")
    return name
