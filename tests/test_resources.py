"""The data folders: schemas and scenarios."""

import pytest

from pocketsflow_emulator import resources
from pocketsflow_emulator.errors import EnvironmentFailure

ROOT_FILES = {
    "schemas": ("schemas", "documented/order.refunded.json", '"order.refunded"'),
    "scenarios": ("scenarios", "refund.yaml", "order.refunded"),
}


@pytest.mark.parametrize("kind", ROOT_FILES)
def test_data_files_are_read_by_name(kind):
    """Schemas and scenarios are found wherever the package is installed."""
    folder, name, inside = ROOT_FILES[kind]

    text = resources.text(folder, name)

    assert inside in text


def test_names_are_sorted_and_without_their_ending():
    """A folder lists its files by the names that users give them."""
    names = resources.names("scenarios", ".yaml")

    assert sorted(names) == names
    assert "renewal-failure-recovers" in names


def test_files_of_another_kind_are_not_listed():
    """Only files with the ending count."""
    names = resources.names("schemas/documented", ".yaml")

    assert names == []


def test_a_missing_folder_is_a_broken_installation():
    """A folder that is not there is the installation's fault, and the error says what to do."""
    with pytest.raises(EnvironmentFailure, match=r"folder sketches is missing .* reinstall it"):
        resources.folder("sketches")
