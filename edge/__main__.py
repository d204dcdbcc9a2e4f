"""``python -m edge`` is ``ishara``."""

import sys

from edge.cli import main

sys.exit(main())
