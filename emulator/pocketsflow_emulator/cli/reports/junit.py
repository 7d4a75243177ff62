"""JUnit XML: a suite for every scenario, a case for every step, the timeline as its output.

The elements and attributes are those that GitLab, Jenkins and the usual actions of GitHub read.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree as ET

from pocketsflow_emulator.cli import sent

Json = Mapping[str, Any]

_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot carry."""

_NAME = "pocketsflow-emulator"


def text(document: Json) -> str:
    """Return the report."""
    suites = [_suite(scenario) for scenario in document["scenarios"]]
    if document["error"]:
        suites.append(_broken(document["error"]))
    root = ET.Element("testsuites", {"name": _NAME, **_sum(suites)})
    root.extend(suites)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, "unicode")}\n'


def _suite(scenario: Json) -> ET.Element:
    cases = list(_cases(scenario))
    seconds = f"{scenario['durationMs'] / 1000:.3f}"
    about = {"name": _clean(scenario["name"]), "file": _clean(scenario["file"]), "time": seconds}
    suite = ET.Element("testsuite", about | _counts(cases))
    properties = ET.SubElement(suite, "properties")
    for name in ("title", "seed", "digest"):
        ET.SubElement(properties, "property", name=name, value=_clean(str(scenario[name])))
    suite.extend(cases)
    ET.SubElement(suite, "system-out").text = _clean("\n".join(sent.story(scenario)))
    return suite


def _cases(scenario: Json) -> Iterable[ET.Element]:
    """Yield a case for every step, and for every miss that belongs to none."""
    misses: dict[str, list[Json]] = {}
    for miss in scenario["misses"]:
        misses.setdefault(miss["step"], []).append(miss)
    for step in scenario["steps"]:
        found = misses.pop(step["step"], [])
        case = _case(scenario, step["step"], found)
        if not step["done"] and not found:
            ET.SubElement(case, "skipped", message="the run did not come to this step")
        yield case
    for step, found in misses.items():
        yield _case(scenario, step, found)


def _case(scenario: Json, name: str, misses: Iterable[Json]) -> ET.Element:
    case = ET.Element("testcase", classname=_clean(scenario["name"]), name=_clean(name), time="0")
    for miss in misses:
        where = f"{miss['file']}:{miss['line']}"
        lines = [f"{where}: {miss['message']}", miss["advice"], *miss["paste"]]
        failure = ET.SubElement(case, "failure", message=_clean(miss["message"]), type="Missed")
        failure.text = _clean("\n".join(filter(None, lines)))
    return case


def _broken(error: str) -> ET.Element:
    """Return the suite that says why a run did not come to its end."""
    case = ET.Element("testcase", classname=_NAME, name="the run", time="0")
    ET.SubElement(case, "error", message=_clean(error), type="Broken").text = _clean(error)
    suite = ET.Element("testsuite", {"name": _NAME, "time": "0"} | _counts([case]))
    suite.append(case)
    return suite


def _counts(cases: list[ET.Element]) -> dict[str, str]:
    counted = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    found = {
        name: sum(case.find(tag) is not None for case in cases) for name, tag in counted.items()
    }
    return {name: str(count) for name, count in {"tests": len(cases), **found}.items()}


def _sum(suites: list[ET.Element]) -> dict[str, str]:
    sums = {name: sum(int(suite.get(name, 0)) for suite in suites) for name in _COUNTED}
    seconds = sum(float(suite.get("time", 0)) for suite in suites)
    return {**{name: str(count) for name, count in sums.items()}, "time": f"{seconds:.3f}"}


_COUNTED = ("tests", "failures", "errors")


def _clean(text: str) -> str:
    """Return a text with escapes for what XML cannot carry."""
    return _FORBIDDEN.sub(lambda found: ascii(found[0])[1:-1], text)
