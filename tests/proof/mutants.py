"""The mutants of a file: cosmic-ray's operators at every place where they fit, less those that prove nothing."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import cosmic_ray.ast
import cosmic_ray.plugins
from attrs import frozen
from cosmic_ray.mutating import mutate_code

# cosmic-ray puts every operator in the place of every other. One for each is kept, the nearest: `days ** other`
# raises TypeError in the first test that comes by, and would only make the score look better.
_ARITHMETIC = {
    "Add": "Sub",
    "Sub": "Add",
    "Mul": "Div",
    "Div": "Mul",
    "FloorDiv": "Mul",
    "Mod": "FloorDiv",
    "BitAnd": "BitOr",
    "BitOr": "BitAnd",
}
# Both sides of each boundary, and the opposite. `==` for `is` and `is` for `==` are left out: whether equal values are
# one object is up to the interpreter.
_COMPARISONS = {
    "Eq": ("NotEq",),
    "NotEq": ("Eq",),
    "Is": ("IsNot",),
    "IsNot": ("Is",),
    "Lt": ("LtE", "GtE"),
    "LtE": ("Lt", "Gt"),
    "Gt": ("GtE", "LtE"),
    "GtE": ("Gt", "Lt"),
}
_OPERATORS = (
    *(f"ReplaceBinaryOperator_{old}_{new}" for old, new in _ARITHMETIC.items()),
    *(f"ReplaceComparisonOperator_{old}_{new}" for old, news in _COMPARISONS.items() for new in news),
    "ReplaceUnaryOperator_USub_UAdd",
    "ReplaceUnaryOperator_Delete_Not",
    "AddNot",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "ExceptionReplacer",
    "NumberReplacer",
    "RemoveDecorator",
    "ZeroIterationForLoop",
)
# Without them a function gives the same, later: speed is measured in benchmarks.
_CACHES = re.compile(r"@(functools\.)?(cache|lru_cache)\b")

# Here `*` and `**` are no arithmetic.
_NO_ARITHMETIC = {"param", "parameters", "argument", "arglist", "star_expr", "testlist_star_expr", "testlist_comp"}

_NEW_LOCALS = 2
"""The flag of a function's code: the code of a module or of a class, which runs at import, has it not."""


@frozen
class Mutant:
    """One change of one file."""

    path: str
    operator: str
    occurrence: int
    line: int
    column: int
    before: str
    """The line as it is."""

    after: str
    """The line as the mutant has it."""

    lines: tuple[int, ...]
    """The lines of the statement, without those of a block below it: tests that run one of them meet the mutant."""

    at_import: bool
    """The change is outside of functions, so that only a fresh import makes it."""

    @property
    def name(self) -> str:
        """Return where it is and what it changes."""
        return f"{self.path}:{self.line}: {self.before}  ->  {self.after}"


@functools.cache
def source_of(path: str) -> str:
    """Return the text of a file."""
    return Path(path).read_text(encoding="utf-8")


def mutated(mutant: Mutant) -> str:
    """Return the text of the file with the change in it."""
    text = mutate_code(source_of(mutant.path), _operator(mutant.operator), mutant.occurrence)
    if text is None:
        raise ValueError(mutant.name)
    return str(text)


def _operator(name: str) -> Any:
    return cosmic_ray.plugins.get_operator(f"core/{name}")()


def places(path: str) -> Iterator[tuple[str, int, tuple[int, int]]]:
    """Yield each operator, its occurrence and the place (line, column), in the order of the file."""
    nodes = list(cosmic_ray.ast.ast_nodes(cosmic_ray.ast.get_ast(source_of(path))))
    left_out, lines = _annotations(source_of(path)), source_of(path).splitlines()
    found = []
    for name in _OPERATORS:
        operator = _operator(name)
        positions = [(start, node) for node in nodes for start, _ in operator.mutation_positions(node)]
        found += [
            (name, occurrence, start)
            for occurrence, (start, node) in enumerate(positions)
            if not (
                any(first <= start < last for first, last in left_out)
                or _CACHES.match(lines[start[0] - 1].strip())
                or (node.parent is not None and node.parent.type in _NO_ARITHMETIC and "Binary" in name)
            )
        ]
    yield from sorted(found, key=lambda place: (place[2], place[0], place[1]))


def made(path: str, place: tuple[str, int, tuple[int, int]]) -> Mutant | None:
    """Make the mutant of a place; None where it compiles to the same, or changes nothing but speed."""
    name, occurrence, (line, column) = place
    text = mutate_code(source_of(path), _operator(name), occurrence)
    if text is None:
        return None
    changed = differing(compiled(path, source_of(path)), compiled(path, text))
    if changed == []:
        return None
    before, after = _first_difference(source_of(path), text)
    lines = _statement_lines(source_of(path), line)
    at_import = changed is None or any(not old.co_flags & _NEW_LOCALS for old, _ in changed)
    return Mutant(path, name, occurrence, line, column, before, after, lines, at_import)


def compiled(path: str, text: str) -> CodeType:
    """Compile a file as an import does."""
    return compile(text, str(Path(path).resolve()), "exec", dont_inherit=True)


def differing(old: CodeType, new: CodeType) -> list[tuple[CodeType, CodeType]] | None:
    """Return the pairs of code that differ by themselves, without what is nested in them; None if none are pairs."""
    inner_old, inner_new = _nested(old), _nested(new)
    if [code.co_name for code in inner_old] != [code.co_name for code in inner_new]:
        return None
    pairs = [] if _own(old) == _own(new) else [(old, new)]
    for one, other in zip(inner_old, inner_new, strict=True):
        below = differing(one, other)
        if below is None:
            return None
        pairs += below
    return pairs


def all_pairs(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """Yield every pair of code of two files, nested code too."""
    yield old, new
    for one, other in zip(_nested(old), _nested(new), strict=True):
        yield from all_pairs(one, other)


def _nested(code: CodeType) -> list[CodeType]:
    return [const for const in code.co_consts if isinstance(const, CodeType)]


def _own(code: CodeType) -> tuple[object, ...]:
    # A set has no order of its own, so that two of the same may not look the same.
    consts = [
        sorted(map(repr, const)) if isinstance(const, frozenset) else repr(const)
        for const in code.co_consts
        if not isinstance(const, CodeType)
    ]
    return code.co_code, consts, code.co_names, code.co_varnames, code.co_freevars, code.co_exceptiontable


def _annotations(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return where types are declared: nothing runs there."""
    lines = source.splitlines()

    def place(line: int | None, offset: int | None) -> tuple[int, int]:
        return line or 0, len(lines[(line or 1) - 1].encode()[: offset or 0].decode())

    found = []
    for node in ast.walk(ast.parse(source)):
        types = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            types.append(node.test)
        found += [
            (place(kind.lineno, kind.col_offset), place(kind.end_lineno, kind.end_col_offset))
            for kind in types
            if isinstance(kind, ast.expr)
        ]
    return found


@functools.cache
def _statements(source: str) -> list[tuple[int, int, int]]:
    """Return first line, last line, and last line without a block, of every statement."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            first = node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.decorator_list:
                first = min(first, node.decorator_list[0].lineno)
            body = getattr(node, "body", None)
            last = node.body[-1].end_lineno if isinstance(node, ast.match_case) else node.end_lineno
            head = max(first, body[0].lineno - 1) if body else last
            found.append((first, last or first, head or first))
    return found


def _statement_lines(source: str, line: int) -> tuple[int, ...]:
    around = [(last - first, first, head) for first, last, head in _statements(source) if first <= line <= last]
    if not around:
        return (line,)
    _, first, head = min(around)
    return tuple(range(first, max(head, line) + 1))


def _first_difference(old: str, new: str) -> tuple[str, str]:
    for one, other in zip(old.splitlines(), new.splitlines(), strict=False):
        if one != other:
            return one.strip(), other.strip()
    return "", "(shorter)"
