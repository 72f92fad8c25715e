"""An errand: long work on the content in a process of its own, which can be killed and gives its memory back.

A module that does such work is run as ``python -m MODULE ARGUMENT`` and writes what it made to its output.
"""

import asyncio
import os
import sys
from contextlib import suppress

from kg.errors import Timeout
from kg.store import jail

_NICE = 10


async def outcome(module: str, argument: str, seconds: float, what: str, remedy: str) -> bytes:
    """Return what a module writes; nothing may come when it died. Timeout after so many seconds."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, argument),
        env={name: value for name, value in os.environ.items() if name != "KG_TOKEN"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(seconds):
            text, _ = await process.communicate()
    except TimeoutError:
        raise Timeout(f"{what} was stopped after {seconds:g} s.", remedy=remedy) from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return text


def settle(memory: int = 0) -> None:
    """Be such a process: end with whoever asked, leave no core file, and let queries go first.

    ``memory`` is how many bytes it may take from now on; 0: any.
    """
    jail.die_with_parent(os.getppid())
    jail.no_core()
    jail.renice(os.getpid(), _NICE)
    if memory:
        jail.limit_memory(memory)
