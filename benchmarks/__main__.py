"""`python -m benchmarks`: run everything and print the tables of docs/performance.md."""

import platform
import sys

from benchmarks import api, data, engine, http, inprocess, plugin, startup


def main() -> None:
    """Run all measurements; `--quick` does a tenth of the work."""
    quick = "--quick" in sys.argv
    print(f"Python {platform.python_version()}, {platform.machine()}\n")
    http.main(quick=quick)
    inprocess.main(quick=quick)
    engine.main(quick=quick)
    api.main(quick=quick)
    data.main(quick=quick)
    startup.main(quick=quick)
    plugin.main(quick=quick)


main()
