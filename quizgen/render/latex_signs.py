r"""Characters as LaTeX: what TeX would act on stands as text, mathematical signs as their commands.

Letters and punctuation that every LaTeX knows stay as they are; of all others the document's macro `\sign` makes the
letter, where the engine and its font have it, or its number, `U+674E`, where they have not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_ACTIVE: Mapping[str, str] = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"{\char34}",
    "`": r"\textasciigrave{}",
    "[": "{[}",  # behind \item or \\ a bracket would open an option
    "]": "{]}",
    "*": "{*}",
    "\u00a0": "~",
    "\u00ad": r"\-",
}
_LIGATURE = re.compile(r"(?<=[-',!?])(?=[-',`])")  # two of these beside each other would melt into another sign
_MATHEMATICAL: Mapping[str, str] = {
    "×": r"\times", "÷": r"\div", "±": r"\pm", "∓": r"\mp", "·": r"\cdot", "⋅": r"\cdot", "−": "-", "∗": r"\ast",
    "∘": r"\circ", "⊙": r"\odot", "⊗": r"\otimes", "⊕": r"\oplus", "≤": r"\leq", "≥": r"\geq", "≠": r"\neq",
    "≈": r"\approx", "≡": r"\equiv", "∼": r"\sim", "≃": r"\simeq", "∝": r"\propto", "≪": r"\ll", "≫": r"\gg",
    "∈": r"\in", "∉": r"\notin", "⊂": r"\subset", "⊆": r"\subseteq", "∪": r"\cup", "∩": r"\cap", "∅": r"\emptyset",
    "→": r"\rightarrow", "←": r"\leftarrow", "↔": r"\leftrightarrow", "↦": r"\mapsto", "⇒": r"\Rightarrow",
    "⇐": r"\Leftarrow", "⇔": r"\Leftrightarrow", "↑": r"\uparrow", "↓": r"\downarrow", "∞": r"\infty",
    "∂": r"\partial", "∇": r"\nabla", "∑": r"\sum", "∏": r"\prod", "∫": r"\int", "√": r"\surd", "∀": r"\forall",
    "∃": r"\exists", "¬": r"\neg", "∧": r"\wedge", "∨": r"\vee", "⊤": r"\top", "⊥": r"\perp", "∥": r"\parallel",
    "⌊": r"\lfloor", "⌋": r"\rfloor", "⌈": r"\lceil", "⌉": r"\rceil", "⟨": r"\langle", "⟩": r"\rangle",
    "‖": r"\Vert", "′": r"\prime", "ℓ": r"\ell", "ℝ": r"\mathbb{R}", "ℕ": r"\mathbb{N}", "ℤ": r"\mathbb{Z}",
    "½": r"\tfrac{1}{2}", "¼": r"\tfrac{1}{4}", "¾": r"\tfrac{3}{4}", "²": "^{2}", "³": "^{3}", "¹": "^{1}",
    "⁻": "^{-}", "ᵀ": r"^{\mathsf{T}}", "⋯": r"\cdots", "⋮": r"\vdots", "⋱": r"\ddots", "✓": r"\checkmark",
    "□": r"\square",
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\varepsilon", "ϵ": r"\epsilon",
    "ζ": r"\zeta", "η": r"\eta", "θ": r"\theta", "ι": r"\iota", "κ": r"\kappa", "λ": r"\lambda", "μ": r"\mu",
    "µ": r"\mu", "ν": r"\nu", "ξ": r"\xi", "π": r"\pi", "ρ": r"\rho", "σ": r"\sigma", "τ": r"\tau",
    "υ": r"\upsilon", "φ": r"\varphi", "ϕ": r"\phi", "χ": r"\chi", "ψ": r"\psi", "ω": r"\omega", "Γ": r"\Gamma",
    "Δ": r"\Delta", "Θ": r"\Theta", "Λ": r"\Lambda", "Ξ": r"\Xi", "Π": r"\Pi", "Σ": r"\Sigma", "Φ": r"\Phi",
    "Ψ": r"\Psi", "Ω": r"\Omega",
}  # fmt: skip
_KNOWN = frozenset("Ææøœ—–…“”‘’„‚«»‹›•°€£§©®™¶†‡¿¡ØŒßıŁł")
_ACCENTS = frozenset("\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0327")
_EVERYWHERE = range(0xC0, 0x180)  # letters of these are known to every encoding, unless they carry other accents


def prose(text: str) -> str:
    """A text in which nothing acts on TeX, for sentences.

    >>> prose("50% of $x_1$ ≈ 3×3")
    '50\\\\% of \\\\$x\\\\_1\\\\$ $\\\\approx$ 3$\\\\times$3'
    >>> prose("Jürgen 李")
    'Jürgen \\\\sign{674E}{李}'
    """
    return "".join(map(_character, "\0".join(_LIGATURE.split(text)).replace("\r", "\n")))


def in_a_line(text: str) -> str:
    """A stranger's text as prose, with its spaces and line ends made one space each."""
    return prose(" ".join(text.split()))


def mathematical(character: str) -> str:
    """A character inside mathematics as a command; empty for one that has none.

    >>> mathematical("≈"), mathematical("李")
    ('\\\\approx', '')
    """
    return _MATHEMATICAL.get(character, "")


def _character(character: str) -> str:
    if character in _ACTIVE:
        return _ACTIVE[character]
    if character == "\0":
        return "{}"
    if " " <= character <= "~" or character in "\n\t" or character in _KNOWN or _is_known_letter(character):
        return character
    if character in _MATHEMATICAL:
        return f"${_MATHEMATICAL[character]}$"
    number = f"{ord(character):04X}"
    if unicodedata.category(character)[0] in "CZM":  # turns the direction of writing, is not seen, or joins a letter
        return rf"\texttt{{U+{number}}}"
    return rf"\sign{{{number}}}{{{character}}}"


def _is_known_letter(character: str) -> bool:
    apart = unicodedata.normalize("NFD", character)
    base, accents = apart[:1], apart[1:]
    return ord(character) in _EVERYWHERE and base.isascii() and accents != "" and _ACCENTS.issuperset(accents)
