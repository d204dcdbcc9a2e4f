"""What can go wrong between a program and a daemon.

::

    UserError                    edge.errors: one line, with the remedy; exit code 2
    └── ClientError
        ├── NotRunning           nothing listens there
        ├── NotAllowed           this user may not connect
        ├── Busy                 the daemon has as many clients as it may have
        ├── NotIshara            what listens there speaks another protocol
        ├── Timeout              no answer in time; also a TimeoutError
        ├── RequestFailed        the daemon answered with an error; has its code
        └── Closed               the connection ended; has the reason
"""

from __future__ import annotations

from edge.errors import UserError


class ClientError(UserError):
    """The base of all of them."""


class NotRunning(ClientError):
    """Nothing listens at the address."""


class NotAllowed(ClientError):
    """This user has no permission to connect."""


class Busy(ClientError):
    """The daemon has as many clients as it may have."""


class NotIshara(ClientError):
    """What listens at the address does not speak this protocol."""


class Timeout(ClientError, TimeoutError):
    """The daemon did not answer in time."""


class RequestFailed(ClientError):
    """The daemon answered a request with an ``error``.

    Attributes:
        code: of the ``error``, such as ``rate``.
    """

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class Closed(ClientError):
    """The connection ended.

    Attributes:
        reason: of the daemon's ``bye``, such as ``stopping`` or ``slow``; ``lost`` where it ended
            without one; ``closed`` where this program closed it.
    """

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason
