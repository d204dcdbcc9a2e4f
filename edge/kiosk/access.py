"""Who may read the page, and who may ask for something."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

from edge import files
from edge.errors import UserError

SHORTEST = 16
"""Characters of a token that an owner makes: nothing else keeps a network from the text."""

LONGEST = 256
FILE_BYTES = 1024

LOOPBACK = {"127.0.0.1": "127.0.0.1", "localhost": "127.0.0.1", "::1": "::1"}


@dataclass(frozen=True, slots=True)
class Access:
    """
    Attributes:
        token: what a page or a program must know; empty: nothing, which only the loopback may be.
        port: where it listens, for the name of the cookie: cookies are shared by all ports.
    """

    token: str
    port: int

    @property
    def cookie(self) -> str:
        return f"ishara-kiosk-{self.port}"

    def knows(self, told: str | None) -> bool:
        """Whether ``told`` is the token; takes as long whatever is wrong with it."""
        return hmac.compare_digest((told or "").encode("utf-8", "replace"), self.token.encode())

    def is_here(self, host: str | None) -> bool:
        """Whether the ``Host`` of a request is a name of the loopback.

        A page of the web can have its own name lead to 127.0.0.1, and would be answered as if it
        were ours; its requests carry its name.
        """
        return _name(host or "") in LOOPBACK


def same_origin(origin: str | None, host: str | None) -> bool:
    """Whether a request comes from our own page; a program says no ``Origin``."""
    return origin is None or origin in (f"http://{host}", f"https://{host}")


def listens_here(host: str) -> bool:
    """Whether only programs of this machine can reach ``host``."""
    return host in LOOPBACK


def token(file: Path | None, host: str) -> str:
    """The token to ask for: that in ``file``, a new one where ``host`` is open to others, or none.

    Raises:
        UserError: the file cannot be read, or what is in it is too short, too long, or no token.
    """
    if file is None:
        return "" if listens_here(host) else secrets.token_urlsafe(24)
    try:
        text = files.read_text(file, FILE_BYTES).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UserError(f"token file {file} cannot be read: {reason}") from error
    if not SHORTEST <= len(text) <= LONGEST:
        raise UserError(
            f"the token in {file} has {len(text)} characters; it needs {SHORTEST} to {LONGEST}:"
            " make one with: openssl rand -hex 24"
        )
    if not (text.isascii() and all(c.isalnum() or c in "-_.~" for c in text)):
        raise UserError(f"the token in {file} may have letters, digits and - _ . ~ only")
    return text


def _name(host: str) -> str:
    """``host`` without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] or host
