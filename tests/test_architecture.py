"""The rooms of the house: imports go one way, and each kind of work is done in its own room."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "quizgen"
PLAN = ROOT / "docs" / "architecture.md"


def rooms():
    """The rooms from the ground up: the first word of each line of the block ```rooms of the plan."""
    block = re.search(r"^```rooms\n(.*?)^```", PLAN.read_text(encoding="utf-8"), re.M | re.S)
    return [line.split()[0].rstrip("/") for line in block[1].splitlines()]


ROOMS = rooms()
MODULES = sorted(PACKAGE.rglob("*.py"))
TREES = {path.relative_to(PACKAGE): ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}

every_module = pytest.mark.parametrize("module", TREES, ids=lambda path: path.as_posix())


def room_of(module):
    """`ops/table.py` is in the room ops; `__init__.py` is the porch, in no room."""
    name = module.parts[0].removesuffix(".py")
    return None if name == "__init__" else name


@cache
def imports_of(tree, inside_functions=None):
    """The full names that a module imports; with a flag, only those at its top or only those inside functions."""
    inner = {node for outer in ast.walk(tree) if isinstance(outer, ast.FunctionDef) for node in ast.walk(outer)}
    found = []
    for node in ast.walk(tree):
        if inside_functions is not None and (node in inner) != inside_functions:
            continue
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def own_imports(tree, inside_functions=None):
    """The rooms that a module imports from."""
    for name in imports_of(tree, inside_functions):
        parts = name.split(".")
        if parts[0] == "quizgen" and parts[1] != "__version__":
            yield parts[1]


def test_there_are_enough_modules():
    assert len(MODULES) > 40


def test_every_module_has_a_room_and_every_room_a_module():
    assert {room_of(module) for module in TREES} - {None} == set(ROOMS)
    assert len(ROOMS) == len(set(ROOMS))


@every_module
def test_imports_go_one_way(module):
    room = room_of(module)
    above = set(ROOMS[: ROOMS.index(room)] if room else [])
    assert set(own_imports(TREES[module])) <= above | {room}


def test_the_order_could_not_be_checked_by_an_empty_list():
    found = {(room_of(module), room) for module, tree in TREES.items() for room in own_imports(tree)}
    assert {("draw", "answers"), ("world", "language"), ("cli", "bank"), ("language", "ops")} <= found
    assert len(found) > 70


def test_no_files_import_each_other_in_a_circle():
    names = {"quizgen." + ".".join(module.with_suffix("").parts): module for module in TREES}
    reads = {
        name: {found for full in imports_of(TREES[module]) if (found := full.rpartition(".")[0]) in names}
        for name, module in names.items()
    }
    assert sum(map(len, reads.values())) > 150
    assert len(list(TopologicalSorter(reads).static_order())) == len(names)  # raises CycleError where there is one


# An import inside a function is an exception, and stands here with its reason.
_COMMANDS = ("banks", "databases", "day", "exams", "keeping", "marks", "platforms", "saying", "standing")
LATE = {
    **dict.fromkeys(
        [f"cli/{name}.py" for name in _COMMANDS],
        "heavy libraries are loaded by the command that needs them, so that --help is quick",
    ),
    "submissions/table.py": "a library for workbooks is loaded when there is a workbook",
    "booklets/sheet.py": "a library for workbooks is loaded when there is a workbook",
    **dict.fromkeys(
        ("booklets/files.py", "booklets/forms.py", "making/handing.py"),
        "what writes a form is loaded when the form is asked for",
    ),
    "press.py": "typst and pypdf are an extra; without them everything but PDF works all the same",
    "booklets/codes.py": "segno is an extra; without it everything but PDF works all the same",
    "booklets/pdf.py": "pypdf is an extra; without it everything but PDF works all the same",
    "cluster/client.py": "dask is an extra; without it everything but --cluster works all the same",
    "export/table.py": "what writes a format is loaded when the format is asked for",
    "exam/locks.py": "a lock that only POSIX systems have",
    **dict.fromkeys(
        ("database/address.py", "database/postgres.py"),
        "psycopg is an extra; without it everything but PostgreSQL works all the same",
    ),
    "report/publishing.py": "charts need matplotlib, which is an extra; without it grading works all the same",
}


def offenders(found):
    """The modules for which a function finds something, with what it found."""
    return {module.as_posix(): bad for module, tree in TREES.items() if (bad := set(found(module, tree)))}


def test_imports_inside_functions_have_a_reason():
    late = offenders(lambda module, tree: imports_of(tree, inside_functions=True))
    assert late.keys() == LATE.keys(), late


def test_nothing_is_imported_by_star():
    assert offenders(lambda module, tree: [name for name in imports_of(tree) if name.endswith(".*")]) == {}


# who may use what


def third_party(tree):
    return {name.split(".")[0] for name in imports_of(tree)} - set(sys.stdlib_module_names) - {"quizgen"}


def test_only_declared_libraries_are_imported():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    modules = {"pyyaml": "yaml", "markdown-it-py": "markdown_it", "math-core": "math_core"}
    extras = project["optional-dependencies"]
    texts = [
        *project["dependencies"],
        *(text for name in ("report", "pdf", "postgres", "scale") for text in extras[name]),
    ]
    names = [re.match(r"[\w.-]+", text)[0].lower() for text in texts]
    declared = {modules.get(name, name) for name in names}
    used = set().union(*(third_party(tree) for tree in TREES.values()))
    assert used - {"rich"} == declared  # rich comes with typer; a declared library that nobody imports is none


HOMES = {  # a library, and the only rooms that may import it
    "pandas": {
        "calibration",
        "submissions",
        "handins",
        "grading",
        "ledger",
        "report",
        "comparing",
        "regrading",
        "desk",
        "keeping",
    },
    "openpyxl": {"workbook"},
    "matplotlib": {"report"},
    "typer": {"cli"},
    "rich": {"cli"},
    "yaml": {"language"},
    "cryptography": {"draw"},
    "markdown_it": {"render"},
    "math_core": {"render"},
    "typst": {"press"},
    "segno": {"press", "booklets"},
    "dask": {"cluster"},
    "distributed": {"cluster"},
    "pypdf": {"press", "booklets"},
    "psycopg": {"database"},
}


def test_each_library_has_its_rooms():
    strangers = offenders(
        lambda module, tree: {x for x in third_party(tree) if room_of(module) not in HOMES.get(x, ROOMS)}
    )
    assert strangers == {}


def test_the_engine_knows_numpy_only():
    engine = {module: tree for module, tree in TREES.items() if room_of(module) == "ops"}
    assert len(engine) > 10
    assert set().union(*map(third_party, engine.values())) == {"numpy"}


def names_read(tree):
    """What a module calls by a plain name, and every dotted name that it reads: `print`, `sys.exit`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id
        elif isinstance(node, ast.Attribute):
            yield ast.unparse(node)
        elif isinstance(node, ast.Raise) and node.exc:
            yield ast.unparse(node.exc).partition("(")[0]


TALKS = {"print", "input", "sys.stdout", "sys.stderr", "sys.stdin", "sys.argv", "typer.echo", "breakpoint"}
EXITS = {"exit", "quit", "SystemExit", "KeyboardInterrupt", "sys.exit", "os._exit", "os.abort", "os.kill", "typer.Exit"}
CLOCKS = {"time", "datetime", "calendar", "sched", "timeit", "logging", "atexit", "signal"}


def test_only_the_command_line_talks_exits_and_reads_the_clock():
    def found(module, tree):
        return set(names_read(tree)) & (TALKS | EXITS) | {name.split(".")[0] for name in imports_of(tree)} & CLOCKS

    everywhere = offenders(found)
    assert {room_of(Path(module)) for module in everywhere} == {"cli"}, everywhere  # and it does all three
    assert all(set().union(*everywhere.values()) & kind for kind in (TALKS, EXITS, CLOCKS))


def test_nothing_that_was_read_is_run():
    running = {"eval", "exec", "compile", "__import__", "globals", "locals", "vars", "setattr", "os.system", "os.popen"}
    modules = {"pickle", "marshal", "shelve", "ctypes", "subprocess", "runpy", "code", "importlib.import_module"}

    def found(module, tree):
        return set(names_read(tree)) & running | {name.split(".")[0] for name in imports_of(tree)} & modules

    # two folders change their names in one step by a call of the system that Python has no word for
    assert offenders(found) == {"keeping/swapping.py": {"ctypes"}}


def test_no_random_state_is_shared():
    allowed = {"np.random", "np.random.default_rng", "np.random.Generator"}

    def found(module, tree):
        yield from {name.split(".")[0] for name in imports_of(tree)} & {"random", "uuid"}
        yield from {name for name in names_read(tree) if name.startswith(("np.random", "os.urandom"))} - allowed
        for node in ast.walk(tree):  # without a seed, nobody could repeat it
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("default_rng") and not node.args:
                yield ast.unparse(node)

    assert offenders(found) == {}


def test_fresh_secrets_are_made_for_exams_and_for_pseudonyms():
    found = offenders(lambda module, tree: set(imports_of(tree)) & {"secrets"})
    assert found.keys() == {"making/exams.py", "exam/pseudonyms.py"}


def test_nothing_global_is_changed():
    changes = (ast.Global, ast.Nonlocal)
    assert offenders(lambda module, tree: [ast.unparse(n) for n in ast.walk(tree) if isinstance(n, changes)]) == {}


PORCHES = [module for module in TREES if module.name == "__init__.py"]


@pytest.mark.parametrize("module", PORCHES, ids=lambda path: path.as_posix())
def test_a_porch_lists_its_names_by_hand_and_does_no_work(module):
    tree = TREES[module]
    if len(tree.body) == 1:  # a sentence, and no names
        assert ast.get_docstring(tree)
        return
    (listed,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    own = {ast.unparse(node.targets[0]) for node in tree.body if isinstance(node, ast.Assign)} - {"__all__"}
    assert set(listed) == {name.rpartition(".")[2] for name in imports_of(tree)} | own
    assert len(listed) == len(set(listed))
    assert all(isinstance(node, ast.Expr | ast.Import | ast.ImportFrom | ast.Assign) for node in tree.body)


VAGUE = {"util", "utils", "core", "common", "helper", "helpers", "manager", "base", "misc", "shared", "tools", "lib"}


def test_rooms_are_nouns_that_say_something():
    assert not {path.stem for path in MODULES} & VAGUE


# what is loaded when


TABLES = {"pandas", "pyarrow", "openpyxl"}
PAGES = {"markdown_it", "math_core", "quizgen.render.tree"}
PRINTS = {"typst", "pypdf", "segno", "concurrent.futures", "multiprocessing", "quizgen.booklets.pdf", "quizgen.press"}
ODDS = {"matplotlib", "rich", "ssl", "http.client", "xml.etree.ElementTree"}
HEAVY = {"numpy", "pydantic", "cryptography", "yaml", *TABLES, *PAGES, *PRINTS, *ODDS}


def loaded_by(program):
    """The heavy libraries in memory after a program has run in a fresh interpreter."""
    tell = "\nimport sys; print(); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program + tell], capture_output=True, text=True, check=True, cwd=ROOT)
    return HEAVY & set(run.stdout.splitlines()[-1].split())


def loaded_by_command(*words):
    """The heavy libraries in memory after a command."""
    program = f"""
import contextlib, io, sys
from quizgen.cli import main
sys.argv = {["quizgen", *map(str, words)]!r}
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()) as out:
    main()
assert out.getvalue()
"""
    return loaded_by(program)


def test_the_command_line_is_light():
    assert loaded_by("import quizgen.cli") == set()


def test_help_is_light():
    assert loaded_by_command("--help") == set()


def test_make_loads_what_it_writes_with(tmp_path):
    words = ("make", "--n", 2, "--problems", "feature-map-size", "--seed", "x", "--out")
    always = {"numpy", "pydantic", "cryptography", "yaml"}
    assert loaded_by_command(*words, tmp_path / "text", "--to", "md") == always
    pages = loaded_by_command(*words, tmp_path / "pages", "--to", "md,html")
    assert always | {"markdown_it"} <= pages
    assert not pages & (TABLES | PRINTS)


def test_the_package_alone_loads_nothing():
    assert loaded_by("import quizgen") == set()


def test_only_a_cluster_needs_dask():
    program = "import sys, quizgen.desk, quizgen.cluster\nassert not {'dask', 'distributed'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_grading_needs_no_matplotlib():
    assert "matplotlib" not in loaded_by("import quizgen.desk")


def test_nothing_draws_on_a_shared_canvas():
    assert offenders(lambda module, tree: [n for n in imports_of(tree) if n.startswith("matplotlib.pyplot")]) == {}


def test_drawing_needs_no_pandas():
    assert "pandas" not in loaded_by("import quizgen.draw.search, quizgen.bank.problemfile")


def test_the_probe_sees_what_is_loaded():
    assert "numpy" in loaded_by("import numpy")
