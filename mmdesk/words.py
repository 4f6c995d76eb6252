"""Every sentence that a person reads passes here, so that a catalogue can put it into their language.

The window installs Qt's translator; commands and the model process leave sentences in English. Qt's tool
`lupdate` finds the sentences by the two names below.
"""

from __future__ import annotations

from collections.abc import Callable

_translate: Callable[[str], str] | None = None


def install(translate: Callable[[str], str] | None) -> None:
    """Set what puts a sentence into the person's language; None leaves sentences in English."""
    global _translate  # noqa: PLW0603  (one language a process)
    _translate = translate


def tr(text: str, /, **facts: object) -> str:
    """Return a sentence in the person's language, with its facts filled in.

    Args:
        text: The sentence in English. With facts, each stands in it as `{name}`, in the form of
            `str.format`.
        facts: Values for the names in the sentence.
    """
    sentence = text if _translate is None else _translate(text)
    return sentence.format(**facts) if facts else sentence


def QT_TR_NOOP(text: str, /) -> str:  # noqa: N802  (the name by which Qt's tools find it)
    """Mark a sentence that is declared at import; `tr` translates it where it is shown."""
    return text
