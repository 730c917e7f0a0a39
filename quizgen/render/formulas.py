r"""Which formulas every target can write: plain ones, made of signs and commands of a list, nothing that acts.

A formula comes from a problem file, so from a stranger. The library that writes MathML reads far more than formulas
(`\def`, links, colours), and TeX acts on what it reads. So a formula passes only if the library takes it and all its
commands stand in the list below; `\input`, `\write18`, `\catcode` and whatever else there is do not.
"""

from __future__ import annotations

import re
from functools import lru_cache

from math_core import LatexError, LatexToMathML

from quizgen.render.latex_signs import mathematical, prose

_TEX = LatexToMathML(fancy_error=False)
_KEPT = 4_096
_LONGEST = 100_000  # characters
_DEEPEST = 40  # parts within each other
_FLAT = 500  # braces and commands: fewer cannot stand too deep within each other
_TOKEN = re.compile(
    r"\\(?:begin|end)\{(?P<environment>[A-Za-z]*\*?)\}(?P<columns>(?<=\{array\})\{[lcr| ]*\})?"
    r"|\\(?P<command>[A-Za-z]+)|\\(?P<sign>.)|(?P<space>\s+)|(?P<character>.)",
    re.DOTALL,
)
_ROW_END = re.compile(r"\\\\\s*(?=[\[*])")  # TeX would read what follows as an option


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ENVIRONMENTS = _words("matrix bmatrix pmatrix vmatrix Vmatrix Bmatrix cases aligned array")
_TEXTS = _words("text textrm textbf textit texttt textsf")
_SIGNS = frozenset(",;:!> {}%&#_$|")
_PLAIN = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-*/=<>()[]|.,;:!?'~&")
_FENCES = _words("left right middle big Big bigg Bigg bigl Bigl biggl Biggl bigr Bigr biggr Biggr")
_DELIMITERS = _words(
    r"( ) [ ] | / . < > \{ \} \| \lbrace \rbrace \lbrack \rbrack \langle \rangle \lfloor \rfloor \lceil \rceil \lvert"
    r" \rvert \lVert \rVert \vert \Vert \uparrow \downarrow \backslash"
)
_OPTIONS = frozenset({"sqrt", "xrightarrow", "xleftarrow"})
_ARGUMENTS = dict.fromkeys(_words("frac dfrac tfrac binom overset underset stackrel"), 2) | dict.fromkeys(
    _words("""
    sqrt overline underline hat widehat tilde bar vec dot ddot check breve acute grave overbrace underbrace xrightarrow
    xleftarrow boxed pmod phantom hphantom vphantom mathrm mathbf mathit mathsf mathtt mathcal mathbb mathfrak
    boldsymbol operatorname
    """),
    1,
)
_SYMBOLS = _words(
    """
    alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho
    sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
    ell hbar imath jmath partial nabla infty emptyset varnothing forall exists neg top bot angle prime Re Im aleph
    ln log exp sin cos tan cot sinh cosh tanh arcsin arccos arctan max min sup inf lim liminf limsup det dim gcd arg
    ker deg Pr
    cdot times div pm mp ast star circ bullet oplus ominus otimes odot cup cap wedge vee land lor lnot setminus bmod
    le leq ge geq ne neq equiv approx sim simeq cong propto ll gg in ni notin subset subseteq supset supseteq mid nmid
    parallel perp models lesssim gtrsim leqslant geqslant colon
    to gets rightarrow leftarrow leftrightarrow Rightarrow Leftarrow Leftrightarrow mapsto longrightarrow longleftarrow
    implies iff uparrow downarrow nearrow searrow swarrow nwarrow hookrightarrow
    sum prod coprod int iint oint bigcup bigcap bigoplus bigotimes bigwedge bigvee limits nolimits
    lbrace rbrace langle rangle lfloor rfloor lceil rceil lvert rvert lVert rVert vert Vert lbrack rbrack backslash
    displaystyle textstyle scriptstyle quad qquad ldots cdots vdots ddots dots hline surd checkmark square
    """
)
COMMANDS = _SYMBOLS | _FENCES | _TEXTS | _ARGUMENTS.keys()


class NotPlainError(ValueError):
    """A text between dollar signs that is no plain formula; its message says why."""


@lru_cache(maxsize=_KEPT)
def plain_formula(tex: str) -> str:
    r"""A formula as LaTeX that does nothing but show it; raises NotPlainError for whatever is none.

    >>> plain_formula(r"3 ×3 \le  \text{50\% of x}")
    '3 \\times 3 \\le \\text{50\\% of x}'
    >>> plain_formula(r"\input{secret}")
    Traceback (most recent call last):
    quizgen.render.formulas.NotPlainError: Unknown command "\input"
    """
    formula_as_mathml(tex)
    return _Reader(tex).formula()


def formula_as_mathml(tex: str, *, display: bool = False) -> str:
    """A formula as MathML; raises NotPlainError for what the library does not take.

    The library goes down into parts within parts without end, which ends the whole process; so a formula that has room
    for that is read by us first.
    """
    if len(tex) > _LONGEST:
        raise NotPlainError(f"it has {len(tex):,} characters; the limit is {_LONGEST:,}")
    if tex.count("{") + tex.count("\\") > _FLAT:
        _Reader(tex).formula()
    try:
        return _TEX.convert_with_local_state(tex, displaystyle=display)
    except LatexError as error:
        raise NotPlainError(re.sub(r"^\d+: ", "", str(error)).rstrip(".")) from None


class _Reader:
    """One pass over a formula that the library takes; arguments get braces, so that TeX reads them as we do."""

    def __init__(self, tex: str) -> None:
        self.tex = _ROW_END.sub(r"\\\\{}", tex)
        self.place = self.depth = 0
        self.environments: list[str] = []

    def formula(self, until: str = "") -> str:
        """What stands here, up to a closing sign or to the end."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise NotPlainError(f"its parts stand deeper than {_DEEPEST} within each other")
        inside, written = len(self.environments), []
        while (match := self._match()) and (not until or match["character"] != until):
            written.append(self._token(match))
        if (until and not match) or len(self.environments) != inside:
            raise NotPlainError("something in it is never closed")
        self.depth -= 1
        return "".join(written).strip()

    def _match(self) -> re.Match[str] | None:
        match = _TOKEN.match(self.tex, self.place)
        self.place = match.end() if match else self.place
        return match

    def _token(self, match: re.Match[str]) -> str:
        if match["environment"] is not None:
            return self._environment(match)
        if match["space"]:
            return " "
        if command := match["command"]:
            return self._command(command)
        if sign := match["sign"]:
            return self._sign(sign)
        return self._character(match["character"])

    def _environment(self, match: re.Match[str]) -> str:
        name, opens = match["environment"], match[0].startswith(r"\begin")
        if name not in _ENVIRONMENTS:
            raise NotPlainError(f'"{name}" is no environment that every target has')
        if (name == "array" and opens) != bool(match["columns"]):
            raise NotPlainError("of an array's columns only l, c, r and | are known")
        if opens:
            self.environments.append(name)
        elif not self.environments or self.environments.pop() != name:
            raise NotPlainError(rf"\end{{{name}}} closes nothing")
        return match[0]

    def _command(self, command: str) -> str:
        if command in _TEXTS:
            return rf"\{command}{{{self._text()}}}"
        if command in _FENCES:
            return rf"\{command}{self._delimiter()}"
        if command in _ARGUMENTS:
            star = "*" if command == "operatorname" and self._follows("*") else ""
            option = f"[{self.formula(']')}]" if command in _OPTIONS and self._follows("[") else ""
            return rf"\{command}{star}{option}" + "".join(self._argument(command) for _ in range(_ARGUMENTS[command]))
        if command not in COMMANDS:
            raise NotPlainError(rf'"\{command}" is no command that every target has')
        following = self.tex[self.place : self.place + 1]
        return rf"\{command} " if following and not following.isascii() else rf"\{command}"

    def _argument(self, of: str) -> str:
        """What a command or sign works on, in braces."""
        match = self._match()
        while match and match["space"]:
            match = self._match()
        if match and match["character"] == "{":
            return f"{{{self.formula('}')}}}"
        if not match or match["environment"] is not None or match["command"] in _FENCES or match["character"] == "&":
            raise NotPlainError(rf'what belongs to "{of}" needs braces')
        self.depth += 1
        if self.depth > _DEEPEST:
            raise NotPlainError(f"its parts stand deeper than {_DEEPEST} within each other")
        argument = self._token(match)
        self.depth -= 1
        return f"{{{argument.strip()}}}"

    def _delimiter(self) -> str:
        r"""The bracket behind a `\left`."""
        match = self._match()
        while match and match["space"]:
            match = self._match()
        if not match or match[0] not in _DELIMITERS:
            raise NotPlainError(f'"{match[0] if match else ""}" is no bracket that every target has')
        return match[0]

    def _sign(self, sign: str) -> str:
        if sign == "\\":
            if not self.environments:
                raise NotPlainError(r'"\\" ends a line where there are no lines')
            return r"\\"
        if sign not in _SIGNS:
            raise NotPlainError(rf'"\{sign}" is no command that every target has')
        return rf"\{sign}{{}}" if sign == " " else rf"\{sign}"

    def _character(self, character: str) -> str:
        if character == "{":
            return f"{{{self.formula('}')}}}"
        if character in "^_":
            return character + self._argument(character)
        if character in _PLAIN:
            return character
        if command := mathematical(character):
            return f"{{}}{command}" if command.startswith("^") else f"{command} "
        raise NotPlainError(f'"{character}" is no sign that every target has; inside \\text{{...}} it can stand')

    def _text(self) -> str:
        r"""What stands between the braces of a `\text`, as prose; escaped signs and nested texts are known there."""
        if not self._follows("{"):
            raise NotPlainError(r"\text needs braces: \text{...}")
        self.depth += 1
        written = []
        while (match := self._match()) and match["character"] != "}":
            written.append(self._token_of_text(match))
        self.depth -= 1
        return "".join(written)

    def _token_of_text(self, match: re.Match[str]) -> str:
        if match["command"] in _TEXTS and self.depth < _DEEPEST:
            return rf"\{match['command']}{{{self._text()}}}"
        if match["space"]:
            return " "
        if match["sign"] and match["sign"] in _SIGNS:
            return self._sign(match["sign"])
        if match["character"] and match["character"] != "{":
            return prose(match["character"])
        raise NotPlainError(rf'"{match[0]}" cannot stand inside \text{{...}}')

    def _follows(self, sign: str) -> bool:
        """Go past a sign if it stands here."""
        found = self.tex.startswith(sign, self.place)
        self.place += len(sign) * found
        return found
