"""What stops the program for a reason a person can mend: one line, with the remedy."""


class Refusal(Exception):
    """What was asked cannot be done: no such video, camera busy, socket in use."""

    exit_code = 2


class BadSetup(Refusal):
    """The configuration, a model or its weights can never work (EX_CONFIG of sysexits.h)."""

    exit_code = 78
