"""The kinds of faults, in the order of the fault table."""

KINDS = {
    "camera": "The camera",
    "process": "Orders, crashes and hangs",
    "clients": "Clients, and what stands where the socket is to be",
    "model": "Models and weights",
    "accelerator": "An accelerator",
    "foreseen": "Failures that nobody foresaw",
    "files": "Files that are not regular, or too large",
    "names": "Names that are not UTF-8",
    "streams": "Standard streams that are closed, full, blocked or not UTF-8",
    "bytes": "Bytes of strangers for native parsers",
    "effects": "What one client may do to all others",
    "shortage": "Shortage, which is no damage",
    "suspend": "Suspends",
    "directory": "The working directory of another",
    "privacy": "What is read stays here",
    "sample": "One bad sample, which is no broken device",
    "library": "What a library does by default",
    "item": "One bad item among good ones",
    "unit": "The unit on a real machine",
    "terminal": "The terminal, and the first words",
    "written": "Sources as people write them",
}
"""What a test names its kind by, and the heading of that kind."""
