"""The rooms of the house: imports go one way, and each kind of work is done in its own room."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "quizgen"
PLAN = ROOT / "docs" / "architecture.md"

# From the ground up: a room may import only from rooms above its own line. The plan of the house says it with reasons;
# this copy stands in for it where there is no plan.
ROOMS_WITHOUT_A_PLAN = """
errors yamltext csvtext stream tags values shares tolerance ops graph expr drawers template
problem grader problemtext world problemfile bank parameters
answers fairness tellapart draw outcomes marking typedtext
exam render roster making submissions handins grading ledger report desk simulate check cli
"""


def rooms():
    """The rooms in their order: the first word of each line of the block ```rooms of the plan."""
    if PLAN.exists() and (block := re.search(r"^```rooms\n(.*?)^```", PLAN.read_text(encoding="utf-8"), re.M | re.S)):
        lines = [line.split() for line in block[1].splitlines() if line.strip() and not line.startswith("#")]
        return [words[0].strip("`/") for words in lines]
    return ROOMS_WITHOUT_A_PLAN.split()


ROOMS = rooms()
MODULES = sorted(PACKAGE.rglob("*.py"))
TREES = {path.relative_to(PACKAGE): ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}

every_module = pytest.mark.parametrize("module", TREES, ids=lambda path: path.as_posix())


def room_of(module):
    """`ops/table.py` is in the room ops; `__init__.py` is the porch, in no room."""
    name = module.parts[0].removesuffix(".py")
    return None if name == "__init__" else name


def imports_of(tree, inside_functions=None):
    """The full names that a module imports; with a flag, only those at its top or only those inside functions."""
    inner = {node for outer in ast.walk(tree) if isinstance(outer, ast.FunctionDef) for node in ast.walk(outer)}
    for node in ast.walk(tree):
        if inside_functions is not None and (node in inner) != inside_functions:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports(tree, inside_functions=None):
    """The rooms that a module imports from."""
    for name in imports_of(tree, inside_functions):
        parts = name.split(".")
        if parts[0] == "quizgen" and parts[1] != "__version__":
            yield parts[1]


def test_there_are_modules():
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
    assert {("draw", "tellapart"), ("world", "expr"), ("cli", "bank"), ("expr", "ops")} <= found
    assert len(found) > 100


# An import inside a function is an exception, and stands here with its reason.
LATE = {
    "cli.py": "heavy libraries are loaded by the command that needs them, so that --help is quick",
    "submissions/sheet.py": "the table of dialects names the dialects, which build on the sheet",
    "exam.py": "the version is stamped into what is written",
    "ledger.py": "a lock that only POSIX systems have",
}


@every_module
def test_imports_inside_functions_have_a_reason(module):
    late = set(imports_of(TREES[module], inside_functions=True))
    assert not late or module.as_posix() in LATE, late


def test_no_reason_without_an_import():
    for name in LATE:
        assert list(imports_of(TREES[Path(name)], inside_functions=True)), f"{name} no longer needs its exception"


@every_module
def test_nothing_is_imported_by_star(module):
    assert not [name for name in imports_of(TREES[module]) if name.endswith(".*")]


# who may use what


def third_party(tree):
    return {name.split(".")[0] for name in imports_of(tree)} - set(sys.stdlib_module_names) - {"quizgen"}


def test_only_declared_libraries_are_imported():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.match(r"[\w.-]+", text)[0].lower() for text in project["dependencies"]}
    names = {"pyyaml": "yaml", "typer": "typer"}
    allowed = {names.get(name, name) for name in declared} | {"rich"}  # rich comes with typer
    used = set().union(*(third_party(tree) for tree in TREES.values()))
    assert used <= allowed
    assert {names.get(name, name) for name in declared} <= used, "a library that nobody imports is declared"


@every_module
def test_the_engine_knows_numpy_only(module):
    if room_of(module) == "ops":
        assert third_party(TREES[module]) <= {"numpy"}
        assert set(own_imports(TREES[module])) <= {"ops"}


READERS = {"expr.py", "yamltext.py", "template.py"}


@every_module
def test_each_library_has_its_rooms(module):
    found, name, room = third_party(TREES[module]), module.as_posix(), room_of(module)
    rooms_of = {
        "pandas": {"submissions", "handins", "report", "grading", "ledger", "desk"},
        "typer": {"cli"},
        "rich": {"cli"},
        "yaml": {"yamltext"},
        "cryptography": {"stream"},
    }
    for library, allowed in rooms_of.items():
        assert library not in found or room in allowed, f"{name} imports {library}"


def names_used(tree):
    """Every name and dotted name that is read, such as `print`, `sys.exit`, `time.monotonic`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield ast.unparse(node)


TALK = {"print", "input", "exit", "quit", "SystemExit", "sys.exit", "sys.stdout", "sys.stderr", "sys.stdin", "sys.argv"}
ESCAPES = {"os._exit", "os.abort", "os.kill", "os.system", "breakpoint", "typer.Exit", "typer.echo"}
CLOCK = {"time", "datetime", "calendar", "sched", "timeit"}


@every_module
def test_only_the_command_line_talks_exits_and_reads_the_clock(module):
    if room_of(module) == "cli":
        return
    assert not set(names_used(TREES[module])) & (TALK | ESCAPES)
    assert not {name.split(".")[0] for name in imports_of(TREES[module])} & (
        CLOCK | {"logging", "subprocess", "atexit"}
    )


def test_the_command_line_does_talk():
    assert set(names_used(TREES[Path("cli.py")])) & TALK


@every_module
def test_nothing_is_run_that_was_read(module):
    called = {ast.unparse(node.func) for node in ast.walk(TREES[module]) if isinstance(node, ast.Call)}
    assert not called & {"eval", "exec", "compile", "__import__", "globals", "locals", "setattr", "delattr"}
    assert not {name.split(".")[0] for name in imports_of(TREES[module])} & {"pickle", "marshal", "shelve", "ctypes"}


@every_module
def test_no_random_state_is_shared(module):
    tree = TREES[module]
    assert not {name.split(".")[0] for name in imports_of(tree)} & {"random", "uuid"}
    used = {name for name in names_used(tree) if name.startswith(("np.random.", "numpy.random."))}
    assert used <= {"np.random.default_rng", "np.random.Generator"}
    seedless = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("default_rng") and not node.args
    ]
    assert not seedless
    secret = {name.split(".")[0] for name in imports_of(tree)} & {"secrets"} or "os.urandom" in set(names_used(tree))
    assert not secret or module.as_posix() == "making.py", "a fresh secret is made where an exam is made"


@every_module
def test_no_global_changes(module):
    assert not [node for node in ast.walk(TREES[module]) if isinstance(node, ast.Global | ast.Nonlocal)]


@every_module
def test_a_porch_lists_its_names_by_hand(module):
    if module.name != "__init__.py":
        return
    tree = TREES[module]
    (listed,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    imported = {name.rpartition(".")[2] for name in imports_of(tree)}
    assert set(listed) == imported or module == Path("__init__.py")
    assert len(listed) == len(set(listed))
    kinds = (ast.Expr, ast.Import, ast.ImportFrom, ast.Assign)
    assert all(isinstance(node, kinds) for node in tree.body), "an __init__ does no work"


VAGUE = {"util", "utils", "core", "common", "helper", "helpers", "manager", "base", "misc", "shared", "tools", "lib"}


def test_rooms_are_nouns_that_say_something():
    assert not {path.stem for path in MODULES} & VAGUE


# what is loaded when


HEAVY = {"pandas", "numpy", "pyarrow", "pydantic", "cryptography", "yaml"}


def loaded_by(program):
    """The heavy libraries in memory after a program has run in a fresh interpreter."""
    tell = f"\nimport sys; print('\\n' + ' '.join(sorted({sorted(HEAVY)!r} & sys.modules.keys())))"
    tell = tell.replace("['", "{'").replace("']", "'}")
    run = subprocess.run([sys.executable, "-c", program + tell], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(run.stdout.splitlines()[-1].split())


def test_the_command_line_is_light():
    assert not loaded_by("import quizgen.cli") & {"pandas", "numpy", "pyarrow"}


def test_help_is_light():
    program = """
import contextlib, io, sys
from quizgen.cli import main
sys.argv = ["quizgen", "--help"]
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()) as out:
    main()
assert "grade" in out.getvalue()
"""
    assert not loaded_by(program) & {"pandas", "numpy", "pyarrow"}


def test_the_package_alone_loads_nothing():
    assert loaded_by("import quizgen") == set()


def test_drawing_needs_no_pandas():
    assert "pandas" not in loaded_by("import quizgen.draw, quizgen.problemfile")


def test_the_probe_sees_what_is_loaded():
    assert "numpy" in loaded_by("import numpy")
