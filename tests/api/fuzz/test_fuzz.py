"""Whatever is sent, nothing unexpected comes back: schemathesis on the description.

Valid and invalid requests for every route, and chains of them along the links of the description.
A campaign sends more: `make campaign-api`, or POCKETSFLOW_FUZZ=200 (examples per route).
"""

import os
import re
import subprocess
import sys

from api.fuzz import known
from clients import KEY, serving
from pocketsflow_emulator.scenario.seed import Seed

EXAMPLES = int(os.environ.get("POCKETSFLOW_FUZZ", "1"))
SEED = os.environ.get("POCKETSFLOW_FUZZ_SEED", "7")
BOUND = 60 + 60 * EXAMPLES

NOT_MEANT = (
    "positive_data_acceptance",  # a taken code or a used-up order is refused, whatever its form
    "allow_header_conformance",  # /discounts/validate is an /discounts/{id}, too
)


def test_every_route_keeps_its_promises(tmp_path):
    """No 5xx, no status, body or content type that the description does not have; every invalid
    request is refused; what is deleted is gone; a key is needed where it says so.
    """
    with serving(objects=(Seed.read(known.SEED, "known"),)) as api:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run", f"{api.url}/docs.json"),
                *("--header", f"Authorization: Bearer {KEY}", "--exclude-tag", "Undocumented"),
                *("--exclude-path", "/_emulator/stream"),  # it has no end
                *("--exclude-checks", ",".join(NOT_MEANT), "--max-examples", str(EXAMPLES)),
                *("--seed", SEED, "--continue-on-failure", "--no-color"),
            ],
            cwd=tmp_path,
            env={**os.environ, "SCHEMATHESIS_HOOKS": "known", "PYTHONPATH": _folder()},
            capture_output=True,
            text=True,
            timeout=BOUND,
            check=False,
        )
        healthy = api.get("/_emulator/health").status

    assert done.returncode == 0, _short(done.stdout + done.stderr)
    assert int(re.search(r"Tested: (\d+)", done.stdout)[1]) > 100
    assert healthy == 200


def _folder():
    return os.path.dirname(known.__file__)  # noqa: PTH120


def _short(text):
    """Cut long lines; some requests are large."""
    return "\n".join(line[:300] for line in text.splitlines())
