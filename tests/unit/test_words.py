"""Every sentence that a person may read stands inside one translatable call, where it is used."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mmdesk import words
from mmdesk.words import QT_TR_NOOP, tr

PACKAGE = Path(__file__).resolve().parents[2] / "mmdesk"
SENTENCE = re.compile(r"[A-Za-z]{2,}[,;:.]? +[A-Za-z({]")
SQL = re.compile(r"\s*(SELECT|CREATE|INSERT|UPDATE|DELETE|PRAGMA|DROP|ALTER|WITH|BEGIN|COMMIT|ORDER BY|FROM) ")
VOCABULARY = re.compile(r"[^A-Z.,;:!?'(){}]+( [^A-Z.,;:!?'(){}]+){7,}")
"""A list of words that are looked up, such as the names of units in several languages."""
DATA = {
    *("scores of ", "comparison of ", "current before", "brought along"),
    *("no space left on device", "disk is full", "disk quota exceeded", "not enough space on the disk"),
    *("Label Studio", "Demo reader", "Phantom eyes.mmdesk", "side by side", "real size", "leave out"),
}
"""Names in files and in the database, and what systems say."""
DATA_FILES = {
    "core/fields/words.py",
    "core/fields/amounts.py",
    "storage/database/location.py",
    "services/importing/sources/guess_pattern.py",
}
"""Modules of words that tables and folders hold, to be found there."""
TRANSLATED = {"tr", "QT_TR_NOOP"}
NOT_SEEN = {
    *("ValueError", "RuntimeError", "TypeError", "KeyError", "AssertionError", "AttributeError"),
    *("ImportError", "NotImplementedError", "LookupError", "OSError", "EOFError", "Unreadable"),
    *("setStyleSheet", "trace", "compile", "warn", "font", "TypeVar", "NewType"),
}
"""Calls whose texts only a developer or a machine reads."""
LOGGED = {"debug", "info", "warning", "error", "exception", "critical"}


def called(call):
    function = call.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def is_logged(call):
    function = call.func
    owner = getattr(function, "value", None)
    name = owner.id.strip("_").lower() if isinstance(owner, ast.Name) else ""
    return called(call) in LOGGED and name in {"log", "logger"}


def text_of(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{x}" for part in node.values)
    return ""


def literals():
    """Texts that are values of a type, such as a way of showing images: they tell things apart."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for inside in re.findall(r"Literal\[(.*?)\]", path.read_text(encoding="utf-8"), re.DOTALL):
            found |= set(re.findall(r'"([^"]+)"', inside))
    return found


def bare_sentences(source, allowed=frozenset()):
    """Return line and text of each sentence outside a translatable call."""
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    found = []
    for node in ast.walk(tree):
        text = text_of(node)
        if not SENTENCE.search(text) or SQL.match(text) or VOCABULARY.fullmatch(text) or text in allowed:
            continue
        if not _excused(node, parents):
            found.append((node.lineno, text))
    return found


def _excused(node, parents):
    parent = parents[node]
    if isinstance(parent, ast.Expr | ast.Compare | ast.Assert | ast.JoinedStr | ast.FormattedValue):
        return True
    if isinstance(parent, ast.Dict) and node in parent.keys:
        return True
    while node in parents:
        node, child = parents[node], node
        if isinstance(node, ast.Call) and (called(node) in TRANSLATED | NOT_SEEN or is_logged(node)):
            return True
        if isinstance(node, ast.arg | ast.AnnAssign) and child is node.annotation:
            return True
        if isinstance(node, ast.FunctionDef) and child in [node.returns, *node.decorator_list]:
            return True
    return False


ALLOWED = literals() | DATA
MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.relative_to(PACKAGE).as_posix() not in DATA_FILES]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_sentence_stands_in_a_translatable_call(path):
    assert bare_sentences(path.read_text(encoding="utf-8"), ALLOWED) == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('label("No case matches.")', 1),
        ('label(f"{count} cases are left.")', 1),
        ('label(tr("No case matches."))', 0),
        ('label(tr("{count} cases are left.", count=count))', 0),
        ('TITLE = QT_TR_NOOP("New project")', 0),
        ('log.warning("a line for developers %s", x)', 0),
        ('raise ValueError("our own mistake")', 0),
        ('def f():\n    """A docstring of words."""', 0),
        ('query("SELECT id FROM cases")', 0),
    ],
)
def test_a_bare_sentence_is_found(source, count):
    assert len(bare_sentences(source)) == count


def test_a_sentence_is_put_into_the_persons_language():
    german = {"{count} cases are left.": "{count} Fälle bleiben.", "New project": "Neues Projekt"}
    words.install(lambda text: german.get(text, text))
    try:
        assert tr("{count} cases are left.", count=3) == "3 Fälle bleiben."
        assert tr(QT_TR_NOOP("New project")) == "Neues Projekt"
        assert tr("No case matches.") == "No case matches."
    finally:
        words.install(None)
    assert tr("{count} cases are left.", count=3) == "3 cases are left."


def test_facts_may_hold_braces():
    assert tr("'{name}' is not there.", name="{x}") == "'{x}' is not there."


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    """The sentences that Qt's own tool finds in the program."""
    out = tmp_path_factory.mktemp("words") / "mmdesk_de.ts"
    tool = Path(sys.executable).with_name("pyside6-lupdate")
    files = [str(path) for path in sorted(PACKAGE.rglob("*.py"))]
    subprocess.run([tool, *files, "-ts", out], check=True, capture_output=True, timeout=120)
    return out


def test_qts_tool_finds_the_sentences(catalogue):
    text = catalogue.read_text(encoding="utf-8")
    assert text.count("<source>") > 1500
    assert "Store label" in text
    assert "No case matches. Remove a filter." in text


def test_a_catalogue_of_qt_reaches_the_window_and_what_is_declared_at_import(qapp, catalogue, tmp_path):
    from PySide6.QtCore import QTranslator

    from mmdesk.ui.kit.translation import use_translator

    text = catalogue.read_text(encoding="utf-8")
    text = re.sub(
        r"(<source>Store label</source>\s*)<translation[^/]*?></translation>",
        r"\1<translation>Label speichern</translation>",
        text,
    )
    (tmp_path / "mmdesk_de.ts").write_text(text, encoding="utf-8")
    tool = Path(sys.executable).with_name("pyside6-lrelease")
    made = tmp_path / "mmdesk_de.qm"
    subprocess.run([tool, tmp_path / "mmdesk_de.ts", "-qm", made], check=True, capture_output=True, timeout=60)
    translator = QTranslator()
    assert translator.load(str(made))
    use_translator(qapp, translator)
    try:
        assert tr("Store label") == "Label speichern"
        assert tr("Keep mine, next") == "Keep mine, next"
    finally:
        qapp.removeTranslator(translator)
        words.install(None)
