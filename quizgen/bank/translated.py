"""A problem's texts in other languages: `NAME.de.md` beside `NAME.md`, a file with text only.

Its front matter holds a title, and titles and sentences of mistakes; then come question and solution. The graph stands
in one place, the original, and every hole and place of a translation is held against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from quizgen.bank.problemfile import digest_of, read_problem
from quizgen.bank.texts import check_names_in_texts, check_question, sections, split
from quizgen.bank.trial import try_further_texts
from quizgen.bank.written import AnswerText, MistakeText, ProblemText, validated
from quizgen.errors import QuizgenError, did_you_mean
from quizgen.language.yamltext import Document, Path, read_yaml
from quizgen.problem.model import Frozen, Problem
from quizgen.problem.translation import Translation, language_code

_WORDS = {"title", "mistakes", "says"}
_OF_THE_GRAPH = {*ProblemText.model_fields, *MistakeText.model_fields, *AnswerText.model_fields, "is"} - _WORDS


@dataclass(frozen=True)
class Written:
    """The text of a file, and how errors name it."""

    text: str
    file: str


class _MistakeWords(Frozen):
    """What a translation says of a mistake."""

    title: str = ""
    says: str = ""


class _TranslationText(Frozen):
    """The front matter of a translation."""

    title: Annotated[str, Field(min_length=1)]
    mistakes: Mapping[str, _MistakeWords] = {}


def language_of(name: str, where: str) -> tuple[str, str]:
    """The problem and the language that the name of a file tells: `conv.de` is conv in German, `conv` the original."""
    problem, _, code = name.partition(".")
    if code and not language_code(code):
        raise QuizgenError(
            f"'{code}' is no code of a language",
            where=where,
            hint=f"A translation is named like {problem}.de.md; give any other file another ending than .md.",
        )
    return problem, language_code(code)


def file_of(problem: str, language: str = "") -> str:
    """The file of a problem's texts in a language, without one the problem's own."""
    return f"{problem}.{language}.md" if language else f"{problem}.md"


def written_of(problem: Problem) -> dict[str, Written]:
    """The files that a problem was read from, by language; the original has none."""
    files = {code: Written(one.text, one.file) for code, one in problem.wordings.items()}
    return {"": Written(problem.text, problem.file), **files}


def read_in_all_languages(name: str, written: Mapping[str, Written], *, tried: bool = False) -> Problem:
    """Compile a problem from its files by language (the original has none); raises QuizgenError with file and line.

    `tried`: an exam was made from these very files, as in `read_problem`.
    """
    problem = read_problem(written[""].text, written[""].file, name, tried=tried)
    others = {code: source for code, source in written.items() if code}
    return _with_translations(problem, others, tried) if others else problem


def _with_translations(problem: Problem, written: Mapping[str, Written], tried: bool) -> Problem:
    """The problem with its texts in other languages, each of them tried out if it was not."""
    read = {code: _read(problem, code, source) for code, source in sorted(written.items())}
    problem = problem.rebuilt(wordings={code: translation for code, (translation, _) in read.items()})
    for code, (_, document) in () if tried else read.items():
        there = problem.in_language(code)
        check_names_in_texts(there)
        check_question(there, document)
        try_further_texts(there, problem)
    return problem


def _read(problem: Problem, code: str, source: Written) -> tuple[Translation, Document]:
    """A translation, and its front matter."""
    text = source.text.replace("\r\n", "\n")
    front, body, body_line = split(text, source.file)
    document = read_yaml(front, source.file, first_line=2)
    _refuse_graph(problem, document)
    words = validated(_TranslationText, document.data, document)
    ids = [mistake.id for mistake in problem.mistakes]
    for note in words.mistakes:
        if note not in ids:
            raise QuizgenError(
                f"'{problem.name}' has no mistake '{note}'",
                where=document.where(("mistakes", note)),
                hint=did_you_mean(note, ids) or f"The mistakes stand in {problem.name}.md.",
            )
    question, solution = sections(body, source.file, body_line)
    translation = Translation(
        language=code,
        title=words.title,
        question=question,
        solution=solution,
        mistakes={note: (said.title, " ".join(said.says.split())) for note, said in words.mistakes.items()},
        file=source.file,
        digest=digest_of(text),
        text=text,
    )
    return translation, document


def _refuse_graph(problem: Problem, document: Document) -> None:
    """A translation has no draws, steps, answers or credits: two graphs would drift apart."""
    places: list[tuple[Path, set[str]]] = [((key,), {"title", "mistakes"}) for key in document.data]
    mistakes = document.data.get("mistakes")
    for note, said in (mistakes if isinstance(mistakes, dict) else {}).items():
        places += [(("mistakes", note, key), {"title", "says"}) for key in (said if isinstance(said, dict) else {})]
    for path, ours in places:
        key = str(path[-1])
        if key not in ours and key in _OF_THE_GRAPH | set(problem.steps):
            what = f"'{key}' belongs to the graph, and a translation holds text only"
            raise QuizgenError(what, where=document.where(path), hint=f"The graph stands in {problem.name}.md.")
