"""The wheel: what it holds, and that it works in a clean environment, far from the checkout."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(*command, cwd):
    """Run a command that must succeed, in a folder, and give what it printed."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_"))}
    ran = subprocess.run([*map(str, command)], cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, ROOT, cwd=folder)
    (built,) = folder.glob("quizgen-*.whl")
    return built


def test_only_quizgen_lands_in_site_packages(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"quizgen", "-".join(wheel.name.split("-")[:2]) + ".dist-info"}
    for kind in ("banks", "graders"):
        files = {path.relative_to(ROOT).as_posix() for path in (ROOT / kind).rglob("*") if path.is_file()}
        assert {f"quizgen/{name}" for name in files} <= set(names)
    data = ("words.yaml", "sayings.yaml", "booklet.typ", "attendance.typ", "dossier.typ", "text.typ")
    assert {"quizgen/py.typed", *(f"quizgen/render/{name}" for name in data)} <= set(names)


def test_the_wheel_makes_and_grades_an_exam_anywhere(wheel, tmp_path):
    clean = tmp_path / "clean"
    venv.create(clean, with_pip=False)  # our pip installs there: a pip of its own would take seconds
    python = clean / "bin" / "python"
    install = (sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index")
    run(*install, wheel, cwd=tmp_path)
    installed = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip())
    # the libraries come from where the tests run; nothing of the checkout does
    (installed / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert str(installed) in run(python, "-c", "import quizgen; print(quizgen.__file__)", cwd=elsewhere)
    command = clean / "bin" / "quizgen"
    assert "3 papers" in run(command, "make", "--n", "3", cwd=elsewhere)
    run(command, "simulate", cwd=elsewhere)
    assert "students  " in run(command, "grade", "simulated.csv", "--exam", "exam", cwd=elsewhere)
    assert sorted(path.name for path in elsewhere.iterdir()) == ["exam", "simulated.csv"]
