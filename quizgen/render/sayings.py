r"""What worked solutions say, in the language of a problem's texts: a look-up by the English words, in `sayings.yaml`.

The ops explain themselves in English; here, and nowhere else, a paragraph of theirs becomes one of another language.
Formulas and numbers are taken out of a sentence before it is looked up, and put back in their order.

>>> sayings_in("de").paragraph(r"$$ \text{side} = 3 $$")
'$$ \\text{Seite} = 3 $$'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from quizgen.language.yamltext import read_yaml
from quizgen.problem.translation import ENGLISH, language_code, nearest_language
from quizgen.render.words import languages

_FILE = Path(__file__).with_name("sayings.yaml")
_SLOT = "{}"
_FORMULA = re.compile(r"\$[^$]+\$")
_NUMBER = re.compile(r"\d+(?: ?× ?\d+)*")
_TEXT = re.compile(r"\\text\{( *)([^{}]*?)( *)\}")


@dataclass(frozen=True)
class Sayings:
    """The sayings of one language by the English ones; what is not there stays English."""

    texts: Mapping[str, str]

    def paragraph(self, block: str) -> str:
        """A paragraph of a working: mathematics in a line of its own, or a sentence."""
        if not self.texts:
            return block
        return self._formula(block) if block.startswith("$$") else self._looked_up(block, _FORMULA, self._formula)

    def layer(self, text: str) -> str:
        """A layer of a network, `conv 3×3, 64 filters, stride 1`."""
        return ", ".join(self.few(part) for part in text.split(", ")) if self.texts else text

    def few(self, words: str) -> str:
        """A few words with numbers in them."""
        return self._looked_up(words, _NUMBER, str)

    def _formula(self, tex: str) -> str:
        return _TEXT.sub(lambda found: rf"\text{{{found[1]}{self.few(found[2])}{found[3]}}}", tex)

    def _looked_up(self, text: str, slot: re.Pattern[str], put: Callable[[str], str]) -> str:
        there = self.texts.get(slot.sub(_SLOT, text), "")
        if not there:
            return text
        parts, inside = there.split(_SLOT), [put(found) for found in slot.findall(text)]
        return "".join(part + more for part, more in zip(parts, [*inside, ""], strict=True))


_AS_THEY_ARE = Sayings({})


def keys_of(block: str) -> Iterator[str]:
    """What is looked up for a paragraph, in English."""
    if not block.startswith("$$"):
        yield _FORMULA.sub(_SLOT, block)
    yield from (_NUMBER.sub(_SLOT, found[1]) for found in _TEXT.findall(block))


def sayings_in(language: str) -> Sayings:
    """The sayings of a language; in English, and where there are none, they stay as they are."""
    code = nearest_language(language_code(language), languages()) or ENGLISH
    return _AS_THEY_ARE if code == ENGLISH else _all_sayings()[code]


@cache
def _all_sayings() -> dict[str, Sayings]:
    data = read_yaml(_FILE.read_text(encoding="utf-8"), _FILE.name).data
    return {
        code: Sayings({english: others[code] for english, others in data.items() if code in others})
        for code in languages()
    }
