"""Nothing leaves the computer: the switches of libraries that would, or that write into the home folder.

`mmdesk/__init__` sets them, so before any library is imported, in every process. That nothing is left to
switch off is held by `tests/e2e/test_offline.py`.
"""

from __future__ import annotations

import os
import socket
from typing import Final

SWITCHES: Final = {
    "KERAS_HOME": os.devnull,
    "ORT_DISABLE_TELEMETRY": "1",
}
"""Environment of every process of mmdesk.

ONNX Runtime looks its maker's host up, sends what it ran and on what computer, and keeps a device id in
the home folder, unless its variable is set when it is loaded. Keras takes the number format and more from
`~/.keras/keras.json`, which it writes when it is not there; below the null device it finds and writes none.
"""


def stay_offline() -> None:
    """Set the switches for this process and those that it starts; whatever a person's own settings say."""
    os.environ.update(SWITCHES)
    socket.has_ipv6 = False  # urllib3, which tf2onnx imports, else opens a socket to see whether it goes
