"""Small deliberate faults in a module: each changes one comparison, operator, number or statement."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SWAPPED = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}
ARITHMETIC = {ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.FloorDiv: "*"}


@dataclass(frozen=True)
class Mutant:
    """One fault.

    Attributes:
        file: The module's file, from the root of the checkout.
        line: Where the fault begins, from 1.
        before: The text that is replaced.
        after: The text in its stead.
        start, end: Offsets of the replaced text in the file, in characters.
    """

    file: str
    line: int
    before: str
    after: str
    start: int
    end: int

    def apply(self, root: Path) -> None:
        """Write the fault into the file below a root."""
        path = root / self.file
        text = path.read_text(encoding="utf-8")
        path.write_text(text[: self.start] + self.after + text[self.end :], encoding="utf-8")


def mutants_of(root: Path, file: str) -> Iterator[Mutant]:
    """Yield every fault that can be put into a module."""
    text = (root / file).read_text(encoding="utf-8")
    offsets = [0]
    for line in text.splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    lines = text.splitlines(keepends=True)

    def offset(line: int, column: int) -> int:
        return offsets[line - 1] + len(lines[line - 1].encode()[:column].decode())

    def span(node: ast.AST) -> tuple[int, int]:
        return offset(node.lineno, node.col_offset), offset(node.end_lineno, node.end_col_offset)

    for node in _code(ast.parse(text)):
        for start, end, after in _faults(node, span, text):
            yield Mutant(file, text.count("\n", 0, start) + 1, text[start:end], after, start, end)


def _code(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes inside functions that run: no annotations, no docstrings."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for statement in function.body:
                waiting: list[ast.AST] = [statement]
                while waiting:
                    node = waiting.pop()
                    if isinstance(node, ast.FunctionDef | ast.Raise | ast.JoinedStr):
                        continue
                    yield node
                    skipped = {"annotation", "type_comment"}
                    for name, value in ast.iter_fields(node):
                        if name not in skipped:
                            values = value if isinstance(value, list) else [value]
                            waiting += [one for one in values if isinstance(one, ast.AST)]


def _faults(node, span, text):  # noqa: C901  (one case a kind of fault)
    match node:
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in SWAPPED:
            yield span(left)[1], span(right)[0], f" {SWAPPED[type(operator)]} "
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in ARITHMETIC:
            start, end = span(left)[1], span(right)[0]
            if "(" not in text[start:end] and ")" not in text[start:end]:
                yield start, end, f" {ARITHMETIC[type(operator)]} "
        case ast.BoolOp(op=operator, values=[first, second, *_]):
            start, end = span(first)[1], span(second)[0]
            if "(" not in text[start:end] and ")" not in text[start:end]:
                yield start, end, " or " if isinstance(operator, ast.And) else " and "
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield span(node)[0], span(operand)[0], ""
        case ast.Constant(value=bool(value)):
            yield *span(node), str(not value)
        case ast.Constant(value=int(value)):
            yield *span(node), str(value + 1)
        case ast.Constant(value=float(value)):
            yield *span(node), str(value * 2 + 0.5)
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield *span(value), "None"
        case ast.Expr(value=ast.Call()):
            yield *span(node), "pass"
