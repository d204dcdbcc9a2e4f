"""Where the files lie that are not code, for each way the program can be installed."""

import os
import sys

import pytest

from edge import resources

INSIDE = "share/ishara/landmarks"


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """A virtual environment, and a home beside it."""
    folder = tmp_path / "environment"
    folder.mkdir()
    monkeypatch.setattr(sys, "prefix", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    return folder


def read_only(monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)


def test_the_data_of_the_package_is_found():
    assert (resources.models() / "landmarks.toml").is_file()
    assert (resources.models() / "landmark_ranges.toml").is_file()
    assert (resources.models() / "bundles/ishara-stream/bundle.toml").is_file()


def test_weights_lie_in_a_virtual_environment(environment):
    assert resources.weights() == environment / INSIDE


def test_weights_lie_with_the_user_where_the_environment_is_read_only(
    environment, monkeypatch, tmp_path
):
    read_only(monkeypatch)
    assert resources.weights() == tmp_path / "home/.local" / INSIDE
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert resources.weights() == tmp_path / "data/ishara/landmarks"
    monkeypatch.setenv("XDG_DATA_HOME", "a/relative/path")
    assert resources.weights() == tmp_path / "home/.local" / INSIDE


def test_weights_in_a_read_only_environment_come_first(environment, monkeypatch):
    (environment / INSIDE).mkdir(parents=True)
    (environment / INSIDE / "palm_detection_full.tflite").touch()
    read_only(monkeypatch)
    assert resources.weights() == environment / INSIDE


def test_weights_lie_with_the_user_where_a_system_python_does_not_hold_the_program(
    environment, monkeypatch, tmp_path
):
    """As after ``pip install --user`` and ``--target``."""
    monkeypatch.setattr(sys, "base_prefix", sys.prefix)
    assert resources.weights() == tmp_path / "home/.local" / INSIDE


def test_weights_lie_in_a_system_python_that_holds_the_program(environment, monkeypatch):
    monkeypatch.setattr(sys, "base_prefix", sys.prefix)
    monkeypatch.setattr(resources, "__file__", str(environment / "lib/edge/resources.py"))
    assert resources.weights() == environment / INSIDE
