"""The page of signatures is true in every language that it speaks."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pocketsflow_emulator import sign

PAGE = (Path(__file__).parents[2] / "docs" / "signatures.md").read_text(encoding="utf-8")
SECRET = "whsec_1a2b3c4d5e6f7g8h9i0j"
BODY = '{"event":"order.completed","name":"Zoë"}'.encode()
GOOD = sign(BODY, SECRET)
GIVEN = [GOOD, GOOD.upper(), f"sha256={GOOD}", GOOD[:-1], "", "é" * 32]
EXPECTED = [True, False, False, False, False, False]
BOUND = 120.0

NODE = """
const [secret, ...given] = JSON.parse(process.argv[1]);
const body = require("fs").readFileSync(0);
console.log(JSON.stringify(given.map((one) => isOurs(body, one, secret))));
"""

PHP = """
$given = json_decode($argv[1]);
$secret = array_shift($given);
$body = file_get_contents('php://stdin');
echo json_encode(array_map(fn ($one) => is_ours($body, $one, $secret), $given));
"""

GO = """
func main() {
	var given []string
	json.Unmarshal([]byte(os.Args[1]), &given)
	body, _ := io.ReadAll(os.Stdin)
	said := []bool{}
	for _, one := range given[1:] {
		said = append(said, isOurs(body, one, given[0]))
	}
	json.NewEncoder(os.Stdout).Encode(said)
}
"""


def block(language):
    """The code of one language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return found


def said(*command, **options):
    """What a program says of the signatures that it is given."""
    words = [*command, json.dumps([SECRET, *GIVEN])]
    done = subprocess.run(
        words, input=BODY, capture_output=True, timeout=BOUND, check=False, **options
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not on PATH")
def test_node():
    """The JavaScript of the page accepts what is ours, and nothing else."""
    assert said("node", "-e", block("js") + NODE, "--") == EXPECTED


@pytest.mark.skipif(shutil.which("php") is None, reason="php is not on PATH")
def test_php(tmp_path):
    """The PHP of the page accepts what is ours, and nothing else."""
    file = tmp_path / "page.php"
    file.write_text(block("php") + PHP, encoding="utf-8")

    assert said("php", str(file)) == EXPECTED


@pytest.mark.skipif(shutil.which("go") is None, reason="go is not on PATH")
def test_go(tmp_path):
    """The Go of the page accepts what is ours, and nothing else."""
    file = tmp_path / "page.go"
    code = block("go").replace("import (", 'import (\n\t"encoding/json"\n\t"io"\n\t"os"')
    file.write_text(code + GO, encoding="utf-8")

    assert said("go", "run", str(file)) == EXPECTED


@pytest.mark.skipif(os.name == "nt", reason="uses sh")
def test_the_command_of_the_page():
    """What the page shows of `verify` is what it prints."""
    block = next(
        text for text in re.findall(r"^\$ (printf .*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    )
    command, expected = re.fullmatch(r"(.*\\\n.*?)\n(.*)", block, re.DOTALL).groups()
    folder = str(Path(sys.executable).parent)

    done = subprocess.run(
        ["sh", "-c", command],
        capture_output=True,
        text=True,
        timeout=BOUND,
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (1, expected, "")
