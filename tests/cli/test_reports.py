"""`--report`, annotations and summaries: what a CI shows of a run."""

import json
import re
import shutil
from contextlib import contextmanager
from pathlib import Path

import junitparser
import pytest
import xmlschema

import receivers
from pocketsflow_emulator import cli
from pocketsflow_emulator.cli import reports
from pocketsflow_emulator.cli.reports import github, html, junit, md

HERE = Path(__file__).parent
SCHEMA = xmlschema.XMLSchema(HERE / "junit.xsd")
FAILING = """\
version: 1
name: fails
title: "<b>Fails</b> & `says` |so|"
tags: [own]
steps:
  - create_product: {name: "<script>alert(1)</script>\\u0001"}
    as: course
  - purchase: {product: $course, email: jane@example.com}
    expect: {events: [order.completed]}
  - cancel: nothing
  - refund: $course
"""


@pytest.fixture
def run(capsys):
    """Call `run` in this process; returns (exit code, stdout, stderr)."""

    def call(*words):
        code = cli.outcome(["run", "--seed", "7", "--start", "2030-01-31", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def failing(tmp_path):
    """A scenario file that does not hold: a miss, a step that is refused, one not reached."""
    file = tmp_path / "fails.pocketsflow.yaml"
    file.write_text(FAILING)
    return str(file)


def document(run, *words):
    """The JSON document of a run."""
    return json.loads(run(*words, "--format", "json")[1])


def test_every_kind_is_written(run, tmp_path):
    """`--report` may be given several times, into folders that are not there yet."""
    files = {kind: tmp_path / "out" / f"report.{kind}" for kind in reports.KINDS}
    wanted = [word for kind, file in files.items() for word in ("--report", f"{kind}={file}")]

    code, out, _ = run("refund", *wanted)

    assert code == 0
    assert "order.refunded" in out
    for kind, file in files.items():
        assert "refund" in file.read_text(encoding="utf-8"), kind


def test_reports_are_written_of_a_run_that_is_broken_off(run, tmp_path):
    """Also where nobody can be reached, the report is there, and names the reason."""
    file = tmp_path / "report.xml"
    with receivers.refusing() as nobody:
        code, _, _ = run("refund", "purchase", "--to", nobody.url, "--report", f"junit={file}")

    [error] = [
        result
        for suite in junitparser.JUnitXml.fromfile(str(file))
        for case in suite
        for result in case.result
        if isinstance(result, junitparser.Error)
    ]
    assert code == 3
    assert error.message.startswith(f"cannot reach {nobody.url}")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--report", "junti=x"], 2, "there is no report 'junti'; did you mean 'junit'?"),
        (["--report", "junit"], 2, "write junit=FILE"),
        (["--report", "md=-"], 2, "write md=FILE"),
        (["--report", "md=/proc/x/y"], 3, "/proc/x/y: cannot be written"),
        (["--report", "md=same", "--report", "html=same"], 2, "cannot be written to one file"),
    ],
)
def test_a_report_that_cannot_be_written(run, receiver, words, code, said):
    """It is named before anything is sent."""
    actual, _, err = run("purchase", "--to", receiver.url, *words)

    assert actual == code
    assert said in err
    assert receiver.requests == []


# ---- JUnit -------------------------------------------------------------------------------------


def test_junit_of_a_run_that_holds(run):
    """A suite for every scenario, a case for every step, the timeline as output."""
    text = junit.text(document(run, "refund", "purchase"))

    SCHEMA.validate(text)
    first, second = junitparser.JUnitXml.fromstring(text.encode())
    assert (first.name, first.tests, first.failures, first.errors) == ("refund", 3, 0, 0)
    assert next(case.name for case in first) == "step 1 (purchase)"
    assert second.name == "purchase"
    assert "order.refunded" in first._elem.findtext("system-out")


def test_junit_of_a_run_that_does_not(run, failing):
    """A miss is a failure of its step, with the lines to paste; what was not reached is skipped."""
    text = junit.text(document(run, failing))

    SCHEMA.validate(text)
    [suite] = junitparser.JUnitXml.fromstring(text.encode())
    cases = {case.name: case.result for case in suite}
    assert (suite.tests, suite.failures, suite.skipped) == (4, 2, 1)
    assert cases["step 1 (create_product)"] == []
    [missed] = cases["step 2 (purchase)"]
    assert missed.message.startswith("expected exactly these events: order.completed; these hap")
    assert f"{failing}:9: expected exactly" in missed.text
    assert "  - customer.created" in missed.text
    [refused] = cases["step 3 (cancel)"]
    assert "was refused" in refused.message
    assert isinstance(cases["step 4 (refund)"][0], junitparser.Skipped)
    assert suite._elem.get("file") == failing


def test_what_xml_cannot_carry_is_escaped(run, failing):
    """Control characters, halves of characters and tags of somebody else do not break it."""
    told = document(run, failing)
    told["scenarios"][0]["misses"][0]["message"] = "\x00 \ud800 ]]> <x> & \uffff"

    text = junit.text(told)

    SCHEMA.validate(text)
    assert r"\x00 \ud800 ]]&gt; &lt;x&gt; &amp; \uffff" in text


# ---- GitHub ------------------------------------------------------------------------------------


def test_annotations_in_actions(run, failing, tmp_path, monkeypatch):
    """In Actions, each miss points at its line, on standard error; the summary is added to."""
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))

    code, out, err = run(failing, "--format", "json")

    first, second = err.splitlines()
    assert code == 1
    assert json.loads(out)["ok"] is False
    assert first.startswith(f"::error file={failing},line=9,title=step 2 (purchase)::expected exa")
    assert second.startswith(f"::error file={failing},line=10,title=step 3 (cancel)::was refused: ")
    assert summary.read_text().startswith("before\n## ❌ 0 of 1 scenarios passed\n")


def test_markdown_says_what_a_scenario_catches(run, failing):
    """What may help stands under a miss, as in the other reports."""
    told = document(run, failing)
    told["scenarios"][0]["misses"][0]["advice"] = "This scenario catches: A shop that forgets."

    text = md.text(told)

    assert "  This scenario catches: A shop that forgets.\n" in text


def test_no_annotations_elsewhere(run, failing):
    """Outside of Actions nothing of it is written."""
    assert "::error" not in "".join(run(failing)[1:])


def test_annotations_are_escaped_and_counted():
    """A message cannot end its command; of more than ten the last one counts the rest."""
    miss = {"file": "a,b:c.yaml", "line": 3, "step": "step 1", "message": "50%\n::error::x"}
    told = {"error": None, "scenarios": [{"misses": [miss] * 12}]}

    lines = list(github.annotations(told))

    assert lines[0] == "::error file=a%2Cb%3Ac.yaml,line=3,title=step 1::50%25%0A::error::x"
    assert len(lines) == 10
    assert lines[-1] == "::error title=Pocketsflow::and 3 more that did not hold"


# ---- Markdown ----------------------------------------------------------------------------------


def test_markdown_is_text_where_it_is_somebody_elses(run, failing):
    """Titles and answers cannot add markup, and the table keeps its columns."""
    text = md.text(document(run, failing))

    row = next(line for line in text.splitlines() if line.startswith("| fails"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 5
    assert r"\<b\>Fails\</b\> \& \`says\` \|so\|" in row
    assert "  - customer.created" in text
    assert "<script>" not in re.sub(r"```text.*?```", "", text, flags=re.DOTALL)


def test_markdown_stays_small_enough(run):
    """A summary of more than a mebibyte would be dropped whole: the last timelines go."""
    told = document(run, "refund")
    told["scenarios"] = [{**told["scenarios"][0], "name": f"n{number}"} for number in range(5000)]

    text = md.text(told)

    assert len(text.encode()) < 1024 * 1024
    assert "The other timelines are too long for this page." in text


# ---- HTML --------------------------------------------------------------------------------------


def test_the_page_needs_nothing_else(run, failing):
    """No script, no address but the page's own, a policy, and all foreign text as text."""
    text = html.text(document(run, failing, "refund"))

    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert re.findall(r'(?:src|href)="([^"#][^"]*)"', text) == ["data:,"]
    assert " style=" not in text
    assert "default-src 'none'" in text


@contextmanager
def browsing():
    """A page of a real browser; the test is skipped where there is none. It brings a running loop,
    so no run can be made in this thread meanwhile.
    """
    sync_api = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium is installed")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    flags += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield opened.new_page()
        opened.close()


def test_a_browser_opens_the_page(run, failing, tmp_path):
    """Not a console message, not a request but the page's own, and the drawing is there."""
    file = tmp_path / "report.html"
    run("renewal-failure", failing, "--report", f"html={file}")
    said, asked = [], []

    with browsing() as page:
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        title = page.title()
        drawn = page.locator("svg").first.bounding_box()
        colour = page.locator("svg circle.good").first.evaluate("one => getComputedStyle(one).fill")
        page.locator("summary").first.click()
        body = page.locator("details[open] pre").inner_text()

    assert said == []
    assert {file.as_uri()} >= {url for url in asked if not url.startswith("data:")}
    assert title == "1 of 2 scenarios passed"
    assert drawn["height"] > 100
    assert colour != "rgb(0, 0, 0)"  # the policy allows the page's own style
    assert body.startswith("{")
