"""What the command line sends is checked by programs that know nothing of the emulator."""

import re
import shlex
import subprocess

import pytest

from e2e import programs

# A key that JavaScript puts first, and text that no encoding but UTF-8 leaves alone.
DATA = ["--metadata", "note=Zoë \u2028 😀 </script>", "--metadata", "10=ten"]


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """A run of every ready-made scenario that signs rightly, against the embedded receiver."""
    folder = tmp_path_factory.mktemp("everything")
    return programs.run(folder, *programs.SIGNED, "--seed", "7", "--secret", programs.SECRET, *DATA)


@pytest.mark.parametrize("command", programs.RECEIVERS)
def test_every_delivery_verifies_at_an_independent_receiver(command, tmp_path):
    """A receiver written without the emulator accepts every delivery of every run."""
    with programs.listening(command, programs.SECRET) as receiver:
        words = ["--to", receiver.url, "--seed", "7", "--secret", programs.SECRET]
        done = programs.run(tmp_path, *programs.SIGNED, *words, *DATA)

    assert done.code == 0, done.text
    assert done.tries
    expected = {"verified": len(done.tries), "unverified": 0, "signatures": done.signatures}
    assert expected == receiver.report


@pytest.mark.parametrize("command", programs.RECEIVERS)
def test_a_receiver_with_another_secret_accepts_nothing(command, tmp_path):
    """A receiver that holds another secret refuses every delivery, and the run fails."""
    with programs.listening(command, programs.SECRET) as receiver:
        done = programs.run(tmp_path, "purchase", "--to", receiver.url, "--secret", "whsec_other")

    assert done.code == 1, done.text
    expected = {"verified": 0, "unverified": len(done.tries), "signatures": done.signatures}
    assert expected == receiver.report


@programs.needs_openssl
def test_every_journalled_body_has_the_signature_that_openssl_gives_it(everything, tmp_path):
    """The bodies of a journal can be checked by hand: `openssl dgst -sha256 -hmac SECRET`."""
    files = [tmp_path / str(number) for number in range(len(everything.tries))]
    for file, line in zip(files, everything.tries, strict=True):
        file.write_bytes(line["body"].encode())

    done = subprocess.run(
        [programs.OPENSSL, "dgst", "-sha256", "-hmac", programs.SECRET, *files],
        capture_output=True,
        text=True,
        timeout=programs.BOUND,
        check=True,
    )

    assert everything.signatures
    assert everything.signatures == [line.split()[-1] for line in done.stdout.splitlines()]


def test_the_demo_shows_every_delivery_verified(tmp_path):
    """`make demo` ends well, and says of every delivery that its signature was verified."""
    makefile = (programs.ROOT / "Makefile").read_text(encoding="utf-8")
    [line] = re.findall(r"^\t@\$\(BIN\)/pocketsflow-emulator run (.+)$", makefile, re.MULTILINE)
    scenarios = shlex.split(line)

    done = programs.run(tmp_path, *scenarios)

    assert done.code == 0, done.text
    assert done.tries
    assert f"\n{len(done.tries)} signatures verified, 0 refused\n" in done.text
    assert f"\n{len(scenarios)} of {len(scenarios)} scenarios passed\n" in done.text
    assert len(done.tries) == len(re.findall(r"^.*✓ \S+ +200  ", done.text, re.MULTILINE))
