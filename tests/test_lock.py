"""The lock files satisfy pyproject.toml, agree with each other, and name no host."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = {"requirements.lock": ["book", "lab"], "requirements-dev.lock": ["test"]}
PYTHONS = ["3.11", "3.12", "3.13"]


def pinned(name: str, python: str = "3.11") -> dict[str, str]:
    """Package -> version, for one Python on Linux."""
    environment = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
    pins = [Requirement(line) for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
    return {
        canonicalize_name(pin.name): str(pin.specifier).removeprefix("==")
        for pin in pins
        if pin.marker is None or pin.marker.evaluate(environment)
    }


def wanted(extras: list[str]) -> list[Requirement]:
    """What pyproject.toml asks for with these extras, which may name one another."""
    asked = [Requirement(text) for text in PROJECT["dependencies"]]
    for extra in extras:
        for requirement in map(Requirement, PROJECT["optional-dependencies"][extra]):
            asked += wanted(sorted(requirement.extras)) if requirement.name == "ravine" else [requirement]
    return asked


@pytest.mark.parametrize("name", LOCKS)
def test_lock_is_exact_and_names_no_host(name: str) -> None:
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        assert re.fullmatch(r"[a-z0-9._-]+==[\w.+!]+( ; [\w.<>=!' ()]+)?", line), line


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", LOCKS)
def test_lock_satisfies_the_project(name: str, python: str) -> None:
    pins = pinned(name, python)
    for requirement in wanted(LOCKS[name]):
        version = pins.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement} is not in {name}; run make lock"
        assert requirement.specifier.contains(version, prereleases=True), (
            f"{requirement}: {name} has {version}"
        )


@pytest.mark.parametrize("python", PYTHONS)
def test_tests_run_on_the_readers_versions(python: str) -> None:
    assert pinned("requirements.lock", python).items() <= pinned("requirements-dev.lock", python).items()
