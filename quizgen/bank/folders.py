"""Folders -> problems, blueprints and graders. A bank is a folder of Markdown files and YAML blueprints."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from quizgen.bank.blueprint import Blueprint, Entry, read_blueprint
from quizgen.bank.problemfile import digest_of
from quizgen.bank.translated import Written, file_of, language_of, read_in_all_languages
from quizgen.bank.written import validated
from quizgen.errors import QuizgenError, did_you_mean
from quizgen.language.yamltext import read_yaml
from quizgen.problem.grader import Grader, check_grader
from quizgen.problem.model import Problem

MAX_FILE_BYTES = 400_000
_QUESTIONS = re.compile(r"^questions\s*:", re.MULTILINE)


@dataclass(frozen=True)
class Bank:
    """A folder of problems, read when they are asked for."""

    name: str
    folder: Path

    @property
    def names(self) -> list[str]:
        """The names of its problems."""
        return sorted(path.stem for path in self.folder.glob("*.md") if "." not in path.stem)

    def problem(self, name: str) -> Problem:
        """Read and compile a problem; raises QuizgenError with file and line."""
        if name not in self.names:
            hint = did_you_mean(name, self.names) or f"It holds: {', '.join(self.names) or 'nothing'}."
            raise QuizgenError(f"there is no problem '{name}'", where=str(self.folder), hint=hint)
        return read_in_all_languages(name, self._written(name))

    def _written(self, name: str) -> dict[str, Written]:
        """The files of a problem, `NAME.md` and `NAME.de.md`, by language."""
        original = self.folder / file_of(name)
        found = {"": Written(read_text(original), shown(original))}
        for path in sorted(self.folder.glob(f"{name}.*.md")):
            _, code = language_of(path.stem, shown(path))
            if code in found:
                raise QuizgenError(f"a second translation into '{code}'", where=shown(path), hint="Keep one.")
            found[code] = Written(read_text(path), shown(path))
        return found

    def problems(self) -> list[Problem]:
        """All problems; there must be some, and no translation of what is not there."""
        if not self.names:
            raise QuizgenError("there is no problem (a file NAME.md) in this folder", where=str(self.folder))
        for path in sorted(self.folder.glob("*.*.md")):
            name, _ = language_of(path.stem, shown(path))
            if name not in self.names:
                what = f"this translates '{name}', but there is no {name}.md"
                raise QuizgenError(what, where=shown(path), hint=did_you_mean(name, self.names))
        return [self.problem(name) for name in self.names]

    @property
    def blueprints(self) -> list[str]:
        """The names of its blueprints: what asks `questions` (a folder may hold graders, too)."""
        return sorted(path.stem for path in self.folder.glob("*.yaml") if _QUESTIONS.search(read_text(path)))

    def blueprint(self, name: str = "exam") -> Blueprint:
        """Read a blueprint; without one, every problem of the bank in order of name."""
        path = self.folder / f"{name}.yaml"
        if not path.exists() and name == "exam":
            return of_problems(self, ",".join(problem.name for problem in self.problems()))
        if not path.exists():
            hint = did_you_mean(name, self.blueprints) or f"It holds: {', '.join(self.blueprints) or 'none'}."
            raise QuizgenError(f"there is no blueprint '{name}'", where=str(self.folder), hint=hint)
        blueprint = read_blueprint(name, read_yaml(read_text(path), shown(path)))
        for slot in blueprint.slots:
            if slot.problem not in self.names:
                hint = did_you_mean(slot.problem, self.names)
                raise QuizgenError(f"there is no problem '{slot.problem}'", where=slot.where, hint=hint)
        return blueprint


def of_problems(bank: Bank, names: str) -> Blueprint:
    """A blueprint of problems named with commas between, each for its own points."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if not wanted:
        raise QuizgenError("no problem is named", hint="Write --problems conv-forward,feature-map-size.", exit_code=2)
    entries = tuple(Entry.model_validate({"problem": name}) for name in wanted)
    return Blueprint(name="problems", title=bank.name, questions=entries)


def open_bank(place: str) -> Bank:
    """Find a bank by folder, or by the name of one that comes with quizgen."""
    folder = Path(place)
    if folder.is_dir():
        return Bank(folder.resolve().name, folder)
    shipped = shipped_folder("banks")
    if place in (names := sorted(path.name for path in shipped.iterdir() if path.is_dir())):
        return Bank(place, shipped / place)
    hint = did_you_mean(place, names) or f"Give a folder, or one of: {', '.join(names)}."
    raise QuizgenError(f"there is no bank '{place}'", hint=hint)


def open_grader(place: str) -> Grader:
    """Find a grader by file, or by the name of one that comes with quizgen."""
    path = Path(place)
    if not path.suffix:
        folder = shipped_folder("graders")
        path = folder / f"{place}.yaml"
        if not path.exists():
            names = sorted(other.stem for other in folder.glob("*.yaml"))
            hint = did_you_mean(place, names) or f"Give a YAML file, or one of: {', '.join(names)}."
            raise QuizgenError(f"there is no grader '{place}'", hint=hint)
    return parse_grader(read_text(path), shown(path), path.stem)


def parse_grader(text: str, file: str, name: str) -> Grader:
    """Compile the text of a grader file."""
    document = read_yaml(text, file)
    more = {"name": name, "digest": digest_of(text), "text": text}
    return check_grader(validated(Grader, document.data, document, **more), document)


def shipped_folder(kind: str) -> Path:
    """The folder of banks or graders: inside the package when installed, beside it in a checkout."""
    inside = Path(__file__).parent.parent / kind
    return inside if inside.is_dir() else inside.parent.parent / kind


def read_text(path: Path) -> str:
    """Read a file that people write, as UTF-8 with LF ends."""
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_FILE_BYTES else None
    except OSError as error:
        raise QuizgenError(f"cannot be read: {error.strerror}", where=str(path)) from None
    if data is None:
        raise QuizgenError(f"is larger than {MAX_FILE_BYTES:,} bytes", where=str(path))
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise QuizgenError("is not UTF-8 text", where=f"{path}:{line}", hint="Save it as UTF-8.") from None


def shown(path: Path) -> str:
    """A path as messages and exams name it: from the current folder if it lies below it."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()
