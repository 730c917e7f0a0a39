"""One odd text -> a number, read carefully: `3/4`, `1,5`, `2*10^-3`, `≈0.5`, `41 px`; or the reason why it is none.

Only what can be read in one way is read. The right answer is not looked at.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import numpy as np

from quizgen.answers.manner import ANY_NUMBER, COMMA, POINT, Manner
from quizgen.csvtext import restored
from quizgen.errors import printable

MAX_TEXT = 2_000  # characters of one number or matrix
MAX_DIGITS = 30
MAX_EXPONENT = 324  # beyond it a double is 0 or infinite, whatever stands before
HUGE = 1e100
SHOWN = 40  # characters of a text that a reason or a record repeats
AMBIGUOUS = "ambiguous: a decimal comma or a thousands mark?"
_AMBIGUOUS_POINT = "ambiguous: a decimal point or a thousands mark?"
_AMBIGUOUS_STROKE = "ambiguous: a decimal or a thousands mark?"
_DATE = "a date; a spreadsheet may have changed 3/4"
THIN = "\u2009"  # stands for every space that is set inside a number
_THIN_SPACES = re.compile("(?<=\\d)[\u2007\u2008\u2009\u200a\u202f](?=\\d)")
_SPACES = re.compile(r"[\s\u00a0]+")
_SIGNS = str.maketrans({"−": "-", "–": "-", "‐": "-", "＋": "+", "⁄": "/", "∕": "/", "÷": "/", "’": "'", "ʹ": "'"})
_RAISED = re.compile("[⁰¹²³⁴-⁹⁺⁻]+")
_MIXED = re.compile(r"\d\s*[¼-¾⅐-⅞]")
_AROUND = re.compile(r" ?(\*\*|[*/xX×·∙⋅^]) ?")
_AFTER_SIGN = re.compile(r"^([-+]) ")
_PYTHON = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_GROUPED = re.compile(rf"([1-9]\d{{0,2}}([,.' {THIN}])\d{{3}}(?:\2\d{{3}})*)(?:([,.])(\d+))?")
_SIMPLE = re.compile(r"\d+(?:\.\d*)?|\.\d+")
_COMMA = re.compile(r"\d*,\d+")
_RAISED_TEN = re.compile(r"(?:(.+?)(?:\*|x|X|×|·|∙|⋅)|([-+]?))10(?:\^|\*\*)\(?([-+]?\d+)\)?")
_EXPONENT = re.compile(r"([^eE]+)[eE]([-+]?\d+)")
_APPROXIMATELY = re.compile(r"(?:[≈≃≅∼~]|(?:approx(?:imately|\.)?|about|ca\.|circa)(?![a-z]))\s*", re.IGNORECASE)
_PER_CENT = re.compile(r"\s*(?:%|per ?cent)$", re.IGNORECASE)
_BEHIND = re.compile(r"(.*[\d.]) ?([^\W\d_]+)\.?")
_NOT_FINITE = re.compile(r"[-+]?(?:nan|inf|infinity|∞)", re.IGNORECASE)
_SHEET_ERROR = re.compile(r"#[^\W\d_]+(?:/[^\W_]+)?[!?]?")
_MONTH = (
    r"(?:jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|mär(?:z)?|mrz|apr(?:il)?|may|mai|june?|juni|july?|juli"
    r"|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|okt(?:ober)?|nov(?:ember)?|dec(?:ember)?|dez(?:ember)?)\.?"
)
_DATES = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[ T]\d{1,2}:\d{2}(?::\d{2})?(?:\.0+)?)?"
    r"|\d{1,2}[-/]\d{1,2}[-/](?:\d{2}|\d{4})(?: 0?0:00(?::00)?)?"
    r"|\d{1,2}\. ?\d{1,2}\. ?(?:\d{2}|\d{4})?(?: 0?0:00(?::00)?)?"
    rf"|\d{{1,2}}\.?[- /]?{_MONTH}(?:[- /,]+\d{{2,4}})?|{_MONTH}[- /]?\d{{1,4}}(?:[- /,]+\d{{2,4}})?",
    re.IGNORECASE,
)
# Words that count or name what is measured, and that change no number. `M`, `k`, `million` or `cm` might.
_UNITS = re.compile(
    r"px|pts?|ops|macs?|flops?|params?|bias|biases|entry|entries|epochs?|(?:pixel|cell|parameter|weight|neuron|unit|node"
    r"|channel|filter|kernel|map|layer|row|column|value|number|image|time|step|operation|multiplication|addition|point)s?",
    re.IGNORECASE,
)


class _Refused(Exception):  # noqa: N818  (a signal inside this module, not an error)
    """A text is no number, and why."""


def read_number(text: str, manner: Manner = ANY_NUMBER) -> float | str:
    """Read one text carefully: the number, or the reason why it is none.

    >>> read_number("3/4"), read_number("0,5"), read_number("1,792", Manner(whole=True))
    (0.75, 0.5, 1792.0)
    >>> read_number("1,234"), read_number("1,234", Manner(decimal=","))
    ('ambiguous: a decimal comma or a thousands mark?', 1.234)
    """
    return read_and_told(text, manner)[0]


def read_and_told(text: str, manner: Manner = ANY_NUMBER) -> tuple[float | str, str]:
    """The same, with the record of a reading that is not the plain one."""
    return (f"{len(text):,} characters", "") if len(text) > MAX_TEXT else _read(text, manner)


def how_read(text: str, number: float) -> str:
    """A record of a reading that is not the plain one; empty for a number as Python writes it.

    >>> how_read("1,5", 1.5), how_read("1.50", 1.5)
    ('1,5 read as 1.5', '')
    """
    plain = _PYTHON.fullmatch(text.strip())
    return "" if plain and float(text) == number else f"{shortened(text)} read as {number:.15g}"


def shortened(text: str) -> str:
    """The beginning of a text on one line."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}…"


@lru_cache(maxsize=8_192)
def _read(text: str, manner: Manner) -> tuple[float | str, str]:
    try:
        number = _number(_tidied(text), manner)
    except _Refused as refused:
        return str(refused), ""
    return (number, how_read(text, number)) if np.isfinite(number) and abs(number) < HUGE else ("a gigantic number", "")


def _tidied(text: str) -> str:
    """One spelling for each sign and each space; raised digits as `^3`; without the marks of TeX."""
    if _MIXED.search(text):
        raise _Refused("a mixed number")
    raised = _RAISED.sub(lambda match: "^" + match[0], _untexed(restored(text.strip())))
    parts = (unicodedata.normalize("NFKC", part).translate(_SIGNS) for part in _THIN_SPACES.split(raised))
    word = THIN.join(_SPACES.sub(" ", part) for part in parts).strip()
    if sum(character.isdigit() for character in word) > MAX_DIGITS:
        raise _Refused("too many digits")
    return word


def _untexed(text: str) -> str:
    r"""A number in TeX as plain text: `\frac{3}{4}`, `2 \cdot 10^{-3}`, `0{,}5`, `$7$`."""
    if not any(character in text for character in "\\{$"):
        return text
    text = re.sub(r"^\$\$?(.*?)\$?\$$", r"\1", text)
    text = re.sub(r"\\[td]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r" \1/\2 ", text)
    text = re.sub(r"\\(?:cdot|times)(?![a-z])\s*", "*", text)
    text = re.sub(r"\\approx(?![a-z])\s*", "≈", text)
    return re.sub(r"\^\{([^{}]*)\}", r"^(\1)", text).replace("{,}", ",").replace(r"\,", THIN).replace(r"\%", "%")


def _number(word: str, manner: Manner) -> float:
    """A tidied text as a number."""
    if word[:1] == "=":
        return _equals(word[1:].strip(), manner)
    for pattern, reason in (
        (_NOT_FINITE, "not a finite number"),
        (_SHEET_ERROR, "an error of a spreadsheet"),
        (_DATES, _DATE),
    ):
        if pattern.fullmatch(word):
            raise _Refused(reason)
    word = _APPROXIMATELY.sub("", word, count=1) if _APPROXIMATELY.match(word) else word
    if part := _PER_CENT.search(word):
        if not manner.percent:
            raise _Refused("per cent; a plain number is asked for")
        return _value(_tight(word[: part.start()]), manner) / 100
    if (part := _BEHIND.fullmatch(word)) and part[2].lower() not in ("e", "x"):
        if not _UNITS.fullmatch(part[2]) or word[part.end(1)] != " ":
            raise _Refused(f"no number: '{part[2][:SHOWN]}' stands behind it")
        word = part[1]
    if _GROUPED.fullmatch(word.lstrip("+-")):
        return float(_decimal(word, manner))
    return _value(_tight(word), manner)


def _equals(word: str, manner: Manner) -> float:
    """What stands behind an equals sign, if it is one written number; anything to compute is a formula."""
    match = _EXPONENT.fullmatch(word)
    try:
        return float(_decimal(_AFTER_SIGN.sub(r"\1", word), manner)) if match is None else _value(word, manner)
    except _Refused as refused:
        raise _Refused(str(refused) if str(refused).startswith("ambiguous") else "a spreadsheet formula") from None


def _tight(word: str) -> str:
    """A text without spaces around signs; any other space parts two numbers."""
    word = _AFTER_SIGN.sub(r"\1", _AROUND.sub(r"\1", word))
    if " " in word:
        raise _Refused("several numbers")
    return word


def _value(word: str, manner: Manner) -> float:
    """A number, a fraction, or a number times a power of ten."""
    if word.count("/") == 1:
        above, below = (_scaled(part, manner) for part in word.split("/"))
        if not below:
            raise _Refused("a division by zero")
        return above / below
    return _scaled(word, manner)


def _scaled(word: str, manner: Manner) -> float:
    """A number, or one times a power of ten; read in one step, so that 2*10^-3 is exactly 0.002."""
    if match := _RAISED_TEN.fullmatch(word):
        before, exponent = match[1] or f"{match[2]}1", match[3]
    elif match := _EXPONENT.fullmatch(word):
        before, exponent = match[1], match[2]
    else:
        return float(_decimal(word, manner))
    digits = _decimal(before, Manner(decimal=manner.decimal), scaled=True)
    if len(exponent) > 9 or abs(int(exponent)) > MAX_EXPONENT:
        raise _Refused("a gigantic exponent")
    return float(f"{digits}e{int(exponent)}")


def _decimal(word: str, manner: Manner, *, scaled: bool = False) -> str:
    """A written number with a decimal point and without thousands marks; `scaled`: a power of ten follows."""
    sign, body = ("-" if word[:1] == "-" else "", word[1:] if word[:1] in "+-" else word)
    if match := _GROUPED.fullmatch(body):
        whole, mark, point, rest = match.groups()
        if mark == " " and not manner.whole:
            raise _Refused("several numbers")
        if point == mark:
            raise _Refused("no number")
        groups = whole.count(mark)
        if point or groups > 1 or _is_thousands(mark, manner, scaled=scaled):
            return f"{sign}{whole.replace(mark, '')}.{rest or '0'}"
        return sign + whole.replace(mark, ".")
    if _COMMA.fullmatch(body):
        return sign + body.replace(",", ".")
    if _SIMPLE.fullmatch(body):
        return sign + body
    raise _Refused("no number")


def _is_thousands(mark: str, manner: Manner, *, scaled: bool) -> bool:
    """Whether a single mark before the last three digits parts thousands (or else decimals); refused if not known."""
    if manner.whole or mark == THIN:
        return True
    if mark == COMMA:
        if not manner.decimal:
            raise _Refused(AMBIGUOUS)
        return manner.decimal == POINT
    if mark == POINT:
        if manner.decimal == COMMA and not scaled:
            raise _Refused(_AMBIGUOUS_POINT)
        return False
    if not manner.decimal:
        raise _Refused(_AMBIGUOUS_STROKE)
    return True
