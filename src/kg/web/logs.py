"""The log: one line an event on standard error, whatever is in it."""

import logging
import sys

_CONTROLS = {number: f"\\x{number:02x}" for number in (*range(32), *range(127, 160), 0x2028, 0x2029)}
_CONTROLS[10] = "\\n"


class OneLine(logging.Formatter):
    """Writes an event on one line; line ends and other control characters are escaped."""

    def __init__(self) -> None:
        """Begin with the time and the kind of event."""
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with the trace of an exception in it if there is one."""
        return super().format(record).translate(_CONTROLS)


def to_stderr() -> None:
    """Send warnings and errors of this process to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
