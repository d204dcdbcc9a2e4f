"""What stops the program for a reason a person can mend: one line, with the remedy."""


class UserError(Exception):
    """What was asked cannot be done: no such video, camera busy, socket in use."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(_printable(message))  # always one line, whatever a file or path says


class ConfigError(UserError):
    """The configuration, a model or its weights can never work (EX_CONFIG of sysexits.h)."""

    exit_code = 78


def clear(text: str, most: int = 200) -> str:
    """``text`` out of a file, fit for a message: no control characters, not long."""
    shown = _printable(text[: most + 1])
    return shown if len(shown) <= most else shown[:most] + "..."


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
