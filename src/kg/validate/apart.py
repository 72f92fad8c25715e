"""The check of a content folder in a process of its own, which can be killed: it takes seconds of work.

``python -m kg.validate.apart FOLDER`` is that process; it writes the report as JSON.
"""

import sys
from pathlib import Path

from kg import errand
from kg.content import find_content
from kg.errors import Crashed
from kg.validate import check
from kg.validate.report import Report


async def check_apart(folder: Path, seconds: float) -> Report:
    """Return the report on a content folder; Timeout after so many seconds, Crashed when nothing comes."""
    what, remedy = "The check of the content", "Run 'kg check' instead."
    text = await errand.outcome("kg.validate.apart", str(folder), seconds, what, remedy)
    try:
        return Report.from_json(text)
    except ValueError:
        raise Crashed(
            "The process that checked the content died of it.", remedy="'kg check' tells why."
        ) from None


def main() -> None:
    """Check the folder that the command names; end with the process that asked."""
    errand.settle()
    sys.stdout.write(check(find_content(sys.argv[1])).to_json())


if __name__ == "__main__":
    main()
