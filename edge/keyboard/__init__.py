"""Types what was spelled into whatever has the focus: ``ishara type``.

- `layouts`: which key makes which character.
- `device`: a keyboard that the kernel makes for this program (uinput).
- `typist`: from a daemon's texts to keys.

It needs permission for ``/dev/uinput``, and nothing else.
"""

from edge.keyboard.device import Keyboard
from edge.keyboard.layouts import LAYOUTS
from edge.keyboard.typist import ENDS, Typist

__all__ = ["ENDS", "LAYOUTS", "Keyboard", "Typist"]
