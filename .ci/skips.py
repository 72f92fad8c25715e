"""Fails when a test was skipped for a reason that is not on the short list.

Usage: python skips.py JUNIT_XML [JUNIT_XML ...]
"""

import sys
import xml.etree.ElementTree as ET

ALLOWED = ("needs ../shared", "needs comunica-sparql")

refused = []
for path in sys.argv[1:]:
    for case in ET.parse(path).getroot().iter("testcase"):
        for skipped in case.iter("skipped"):
            reason = skipped.get("message", "")
            if skipped.get("type") != "pytest.xfail" and not reason.startswith(ALLOWED):
                refused.append(f"{case.get('classname')}::{case.get('name')}: {reason}")

if refused:
    print(
        "These tests were skipped, and their reason is not on the list in .ci/skips.py:", *refused, sep="\n  "
    )
    sys.exit(1)
print("no test was skipped that should have run")
