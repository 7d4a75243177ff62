"""What can be set, where, and what wins."""

import pytest

WORLD = """
    def test_world(pocketsflow):
        with open("said.txt", "a") as file:
            print(pocketsflow.seed, pocketsflow.start, pocketsflow.secret, file=file)
"""


@pytest.fixture
def said(pytester, run):
    """Run one test; return what its world was made with: seed, start, secret."""

    def said(code=WORLD, *arguments):
        run(code, *arguments).assert_outcomes(passed=1)
        return (pytester.path / "said.txt").read_text().split()

    return said


CONFTEST = """
    import pytest

    @pytest.fixture(scope="session")
    def pocketsflow_config():
        return {"seed": 2, "start": "2032-01-01", "secret": "whsec_config"}
"""


def test_the_configuration_file(pytester, said):
    """Every setting may stand in the configuration file."""
    pytester.makeini("[pytest]\npocketsflow_seed = 1\npocketsflow_start = 2031-01-01\n")

    assert said()[:2] == ["1", "2031-01-01T00:00:00.000Z"]


@pytest.mark.parametrize(
    "file",
    [
        {"pyproject.toml": "[tool.pytest.ini_options]\npocketsflow_seed = '1'\n"},
        {"pyproject.toml": "[tool.pytest]\npocketsflow_seed = 1\npocketsflow_deadline = 0.5\n"},
        {"pytest.toml": "[pytest]\npocketsflow_seed = 1\npocketsflow_strict = false\n"},
        {"pytest.toml": "[pytest]\nstrict = true\npocketsflow_seed = 1\n"},
    ],
    ids=["ini_options", "pyproject", "pytest.toml", "strict"],
)
def test_the_configuration_file_in_toml(pytester, said, file):
    """In both styles of TOML, and in strict mode, numbers are numbers."""
    [(name, text)] = file.items()
    if "ini_options" not in text and pytest.version_tuple < (9,):
        pytest.skip("pytest 8 does not read this style")
    (pytester.path / name).write_text(text)

    assert said()[0] == "1"


def test_the_fixture_wins_over_the_file(pytester, said):
    """What `pocketsflow_config` returns wins over the configuration file."""
    pytester.makeini("[pytest]\npocketsflow_seed = 1\n")
    pytester.makeconftest(CONFTEST)

    assert said() == ["2", "2032-01-01T00:00:00.000Z", "whsec_config"]


def test_the_command_line_wins_over_the_fixture(pytester, said):
    """An option of the command line wins over `pocketsflow_config`."""
    pytester.makeconftest(CONFTEST)

    assert said(WORLD, "--pocketsflow-seed=3")[0] == "3"


def test_the_mark_wins_over_all(pytester, said):
    """The mark of a test wins, and leaves the rest as it was said elsewhere."""
    pytester.makeconftest(CONFTEST)
    code = f"import pytest\n\n@pytest.mark.pocketsflow(seed=4)\n{WORLD.strip()}\n"

    assert said(code.replace("\n    ", "\n"), "--pocketsflow-seed=3")[::2] == ["4", "whsec_config"]


def test_a_fixture_of_a_test_wins_over_that_of_the_suite(pytester, said):
    """`pocketsflow_config` may be overridden again in a module, in any scope."""
    pytester.makeconftest(CONFTEST)

    found = said(
        """
        import pytest

        @pytest.fixture
        def pocketsflow_config(pocketsflow_config):
            return pocketsflow_config | {"seed": 5}

        def test_world(pocketsflow):
            with open("said.txt", "a") as file:
                print(pocketsflow.seed, pocketsflow.start, file=file)
        """
    )

    assert found == ["5", "2032-01-01T00:00:00.000Z"]


@pytest.mark.parametrize(
    ("option", "test"),
    [
        ("--pocketsflow-dialect=current", "'timestamp' not in world.deliveries.last.json"),
        ("--pocketsflow-policy=retry-ladder", "world.deliveries.last.tries == 1"),
        ("--pocketsflow-timestamps=wall", "world.timestamps == 'wall'"),
        ("--pocketsflow-secret=whsec_own", "world.secret == 'whsec_own'"),
        ("--pocketsflow-deadline=0.5", "True"),
        ("--pocketsflow-dunning=strict", "True"),
        ("--pocketsflow-sync-clock", "datetime.now(UTC) == world.clock.now"),
        ("--pocketsflow-start=2033-01-01", "world.clock.now.year == 2033"),
    ],
)
def test_settings_of_the_command_line(run, option, test):
    """Settings of the mark are options of the command line, too."""
    result = run(
        f"""
        from datetime import UTC, datetime

        def test_world(pocketsflow):
            world = pocketsflow
            world.deliver_to(lambda request: 200)
            world.create_product()
            assert {test}
        """,
        option,
    )

    result.assert_outcomes(passed=1)


def test_strict_may_be_switched_off_for_all(run):
    """`--pocketsflow-strict=false` is the mark's `strict=False` for every test."""
    code = """
        def test_world(pocketsflow):
            pocketsflow.deliver_to(lambda request: 500)
            pocketsflow.create_product()
    """

    run(code, "--pocketsflow-strict=false").assert_outcomes(passed=1)
    run(code).assert_outcomes(passed=1, errors=1)


def test_help_shows_every_option(pytester):
    """`--help` lists the options and the keys of the configuration file."""
    from pytest_pocketsflow import plugin

    result = pytester.runpytest_inprocess("-p", "pocketsflow", "--help")

    text = result.stdout.str()
    for name, _, _ in (*plugin.SETTINGS, *plugin.OPTIONS):
        assert f"--pocketsflow-{name.replace('_', '-')}" in text
        assert f"pocketsflow_{name} (" in text
    assert "--pocketsflow-update" in text


# ---- the target ---------------------------------------------------------------------------------

SHOP = """
    seen = []

    class Shop:
        @staticmethod
        def webhook(request):
            seen.append(request.event)

    def webhook(request):
        seen.append(request.event)
"""
SALE = """
    import shop

    def test_sale(pocketsflow):
        pocketsflow.create_product()
        pocketsflow.assert_delivered("product.created")
        assert shop.seen == ["product.created"]
"""


@pytest.mark.parametrize("name", ["shop:webhook", "shop:Shop.webhook"])
def test_the_target_by_name(pytester, run, name):
    """`pocketsflow_target` names the application as `module:attribute`."""
    pytester.makepyfile(shop=SHOP)
    pytester.syspathinsert()

    result = run(SALE, f"--pocketsflow-target={name}")

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "target", ["shop.webhook", "{'handler': shop.webhook, 'events': '*'}", "'shop:webhook'"]
)
def test_the_target_by_fixture(pytester, run, target):
    """The fixture `pocketsflow_target` returns the application, or what deliver_to takes."""
    pytester.makepyfile(shop=SHOP)
    pytester.syspathinsert()
    pytester.makeconftest(
        f"""
        import pytest, shop

        @pytest.fixture
        def pocketsflow_target():
            return {target}
        """
    )

    result = run(SALE, "--pocketsflow-target=nothing:there")

    result.assert_outcomes(passed=1)


def test_the_target_may_be_a_url(run):
    """A URL, or a port, is one, too; its world starts now."""
    result = run(
        """
        def test_url(pocketsflow):
            pocketsflow.create_product()
            assert pocketsflow.deliveries.last.outcome == "refused"
            assert pocketsflow.clock.now.year < 2030
        """,
        "--pocketsflow-target=localhost:9/webhooks",
    )

    result.assert_outcomes(passed=1)


def test_the_environment_of_the_application(run):
    """`patch_env` tells the application where the API of this world is, until the test ends."""
    result = run(
        """
        import json, os, urllib.request

        def test_env(pocketsflow, monkeypatch):
            pocketsflow.patch_env(monkeypatch)
            asked = urllib.request.Request(
                os.environ["POCKETSFLOW_BASE_URL"] + "/users/me",
                headers={"Authorization": "Bearer " + os.environ["POCKETSFLOW_API_KEY"]},
            )
            with urllib.request.urlopen(asked, timeout=5) as answer:
                assert answer.status == 200
            assert os.environ["POCKETSFLOW_WEBHOOK_SECRET"] == pocketsflow.secret

        def test_after():
            assert "POCKETSFLOW_BASE_URL" not in os.environ
        """
    )

    result.assert_outcomes(passed=2)


# ---- bad input ----------------------------------------------------------------------------------

WRONG = {
    "a mark with an unknown argument": (
        "@pytest.mark.pocketsflow(sync_clok=True)",
        "pass",
        "the mark pocketsflow has no 'sync_clok'; did you mean 'sync_clock'?",
    ),
    "a scenario without a target": (
        "@pytest.mark.pocketsflow(scenario='refund')",
        "pass",
        "the mark pocketsflow: scenario 'refund' is to be played before the test begins, and*",
    ),
    "neither application nor URL": (
        "",
        "pocketsflow.deliver_to(7)",
        "*7 is no receiver; give *",
    ),
    "an unknown event": (
        "",
        "pocketsflow.assert_delivered('order.complete')",
        "*unknown event type 'order.complete'; did you mean 'order.completed'?",
    ),
    "an unknown scenario": (
        "",
        "pocketsflow.run_scenario('refunds')",
        "*unknown scenario 'refunds'; did you mean 'refund'?",
    ),
    "backwards": (
        "",
        "pocketsflow.advance(to='2029-01-01')",
        "*cannot advance the world to 2029-*: it is at 2030-*; time only goes forward",
    ),
    "backwards by a span": (
        "",
        "pocketsflow.advance(days=-3)",
        "*cannot advance the world back by 3d: it is at 2030-*; time only goes forward",
    ),
    "a port that is no text": (
        "",
        "pocketsflow.deliver_to(3000)",
        '*3000 is no receiver; *; for the port 3000 of this machine write "3000"',
    ),
    "the name of an application": (
        "",
        "pocketsflow.deliver_to('shop:app')",
        "*'shop:app' is not an address: *; write 3000, * or http://..., or give the application*",
    ),
    "an unknown outcome": (
        "",
        "pocketsflow.assert_delivered('order.completed', outcome='reject')",
        "*unknown outcome 'reject'; did you mean 'rejected'?",
    ),
    "values that are no mapping": (
        "",
        "pocketsflow.assert_delivered('order.completed', 'amount')",
        "*where is 'amount'; write values by path: {\"amount\": 60}",
    ),
    "unwanted values that are no mapping": (
        "",
        "pocketsflow.assert_not_delivered('order.completed', 60)",
        '*where is 60; write values by path: {"amount": 60}',
    ),
    "a value without its name": (
        "",
        "pocketsflow.create_product('Course', '60.00')",
        "*create_product() takes nothing without a name; write the others with it: name=, price=",
    ),
    "a later value without its name": (
        "",
        "pocketsflow.trigger('order.refunded', {'refund.amount': 7})",
        "*trigger() takes event without a name; write the others with it: overrides=",
    ),
    "a scenario that is no name": (
        "",
        "pocketsflow.run_scenario(3)",
        "*3 is no scenario; write a name, a file or a folder",
    ),
    "a timeout that is no number": (
        "",
        "pocketsflow.eventually(lambda: True, timeout='5s')",
        "*timeout is '5s'; write seconds, as timeout=5",
    ),
    "a handle that is written to": (
        "",
        "pocketsflow.create_offer().status = 'x'",
        "*'status' of offer prod_* cannot be set; call the verb that *",
    ),
    "no scenario was played": (
        "",
        "pocketsflow.played",
        "*no scenario was played before this test; name it in the mark: *",
    ),
    "scenarios by number": (
        "@pytest.mark.pocketsflow_scenarios(3)",
        "pass",
        "*the mark pocketsflow_scenarios cannot be used: 3 is no scenario; *",
    ),
    "tags that are none": (
        "@pytest.mark.pocketsflow_scenarios(tags=3)",
        "pass",
        '*the mark pocketsflow_scenarios has the tags 3; write them as tags=[[]"trial"]',
    ),
    "nobody listens": (
        "",
        "pocketsflow.create_product(); pocketsflow.assert_delivered('product.created')",
        "*nobody listens: call deliver_to first, or name the application with pocketsflow_target",
    ),
}


@pytest.mark.parametrize(("mark", "act", "message"), WRONG.values(), ids=WRONG)
def test_bad_input(run, mark, act, message):
    """One sentence says what to write instead."""
    more = ", pocketsflow_scenario" if "scenarios(" in mark else ""
    result = run(f"import pytest\n\n{mark}\ndef test_it(pocketsflow{more}):\n    {act}\n")

    assert result.ret in (pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED)
    result.stdout.fnmatch_lines([message])
    assert "worlds.py" not in result.stdout.str()


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--pocketsflow-target=nothing:app", "*pocketsflow_target is 'nothing:app': No module*"),
        (
            "--pocketsflow-target=shop.app",
            "pocketsflow_target is 'shop.app'; write module:attribute for an application, or *",
        ),
        (
            "--pocketsflow-url=nonsense",
            "*--pocketsflow-url is 'nonsense'; write an address like http://127.0.0.1:6060",
        ),
        ("--pocketsflow-target=json:dump_it", "*there is no 'dump_it'; did you mean 'dump'?"),
        (
            "--pocketsflow-dialect=old",
            "the command line: unknown dialect 'old'; known are current, documented",
        ),
        (
            "--pocketsflow-timestamps=real",
            "the command line: unknown timestamps 'real'; known are virtual, wall",
        ),
    ],
)
def test_options_that_cannot_be(run, option, message):
    """An option that cannot be is an error of the tests with a world, in one sentence."""
    result = run("def test_it(pocketsflow):\n    pass\n", option)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])
    assert "worlds.py" not in result.stdout.str()
    assert "another exception" not in result.stdout.str()


def test_a_config_that_is_no_mapping(run):
    """The fixture `pocketsflow_config` says what it should return."""
    result = run(
        """
        import pytest

        @pytest.fixture
        def pocketsflow_config():
            return 7

        def test_it(pocketsflow):
            pass
        """
    )

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["the fixture pocketsflow_config is 7; return a mapping like {'seed': 7}"]
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "pocketsflow_seed = x",
            "*pocketsflow_seed in the configuration file: *; write a whole *",
        ),
        ("pocketsflow_strict = maybe", "*pocketsflow_strict in the *; write true or false"),
        ("pocketsflow_deadline = 5s", "*pocketsflow_deadline in the *; write a number"),
        ("pocketsflow_cov_min = all", "*pocketsflow_cov_min in the *; write a number"),
    ],
)
def test_a_configuration_file_that_cannot_be(pytester, run, line, message):
    """What the configuration file cannot mean is said before any test runs."""
    pytester.makeini(f"[pytest]\n{line}\n")

    result = run("def test_it(pocketsflow):\n    pass\n")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


# ---- what fails before the test begins ----------------------------------------------------------


def test_the_applications_module_shows_its_own_error(pytester, run):
    """What the module of the target raises is shown where it was raised, without our frames."""
    pytester.makepyfile(shop="import json\n\nraise LookupError('no settings')\n")

    result = run("def test_it(pocketsflow): pass\n", "--pocketsflow-target=shop:app")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["shop.py:3: LookupError"])
    assert "worlds.py" not in result.stdout.str()
    assert "targets.py" not in result.stdout.str()


def test_a_scenario_that_fails_before_the_test_shows_its_timeline(run):
    """A scenario of the mark fails as one in the test does: with timeline and the line to repeat
    it, and without our frames.
    """
    result = run(
        """
        import pytest

        @pytest.fixture
        def pocketsflow_target():
            def webhook(request):
                raise KeyError("status")
            return webhook

        @pytest.mark.pocketsflow(scenario="refund")
        def test_it(pocketsflow):
            pass
        """
    )

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*KeyError: 'status'", "* Pocketsflow timeline *", "*repeat with*"]
    )
    assert "worlds.py" not in result.stdout.str()


def test_a_clock_is_given_back_where_the_test_cannot_begin(run):
    """A target that cannot be leaves no clock frozen behind."""
    result = run(
        """
        import pytest
        from datetime import datetime

        @pytest.mark.pocketsflow(sync_clock=True)
        def test_it(pocketsflow):
            pass

        def test_after():
            assert datetime.now().year < 2030
        """,
        "--pocketsflow-target=nothing:app",
    )

    result.assert_outcomes(errors=1, passed=1)
