"""The check of a content folder in a process of its own, which can be killed: it takes seconds of work.

``python -m kg.validate.apart FOLDER`` is that process; it writes the report as JSON.
"""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

from kg.content import find_content
from kg.errors import Crashed, Timeout
from kg.store import jail
from kg.validate import check
from kg.validate.report import Report


async def check_apart(folder: Path, seconds: float) -> Report:
    """Return the report on a content folder; Timeout after so many seconds, Crashed when nothing comes."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "kg.validate.apart", str(folder)),
        env={name: value for name, value in os.environ.items() if name != "KG_TOKEN"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(seconds):
            text, _ = await process.communicate()
    except TimeoutError:
        raise Timeout(
            f"The check of the content was stopped after {seconds:g} s.", remedy="Run 'kg check' instead."
        ) from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    try:
        return Report.from_json(text)
    except ValueError:
        raise Crashed(
            "The process that checked the content died of it.", remedy="'kg check' tells why."
        ) from None


def main() -> None:
    """Check the folder that the command names; end with the process that asked."""
    jail.die_with_parent(os.getppid())
    jail.no_core()
    sys.stdout.write(check(find_content(sys.argv[1])).to_json())


if __name__ == "__main__":
    main()
