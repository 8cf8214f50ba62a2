"""The line of each key in a TOML text, for messages: `tomllib` returns values only."""

import re

KeyPath = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_LITERAL = re.compile(r"'([^'\n]*)'")
_LONG_BASIC = re.compile(r'"""(?:[^\\]|\\.)*?"""+', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''.*?'''+", re.DOTALL)
_PLAIN = re.compile(r"[^,\]}\n#]*")
_DOT = re.compile(r"[ \t]*\.[ \t]*")


def key_lines(text: str) -> dict[KeyPath, int]:
    """Return the line of every key and array item of a valid TOML text, by path: ("sud", "limit", "day", 0, "per")."""
    return _Scanner(text.replace("\r\n", "\n")).scan()


def line_of(lines: dict[KeyPath, int], path: KeyPath) -> int:
    """Return the line of a path, or of the nearest path around it that is known; 1 if none is."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return 1


class _Scanner:
    """Reads a text that `tomllib` has accepted, so it need not check anything."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.counted_to = 0
        self.line = 1
        self.lines: dict[KeyPath, int] = {}
        self.rows: dict[KeyPath, int] = {}

    def scan(self) -> dict[KeyPath, int]:
        header: KeyPath = ()
        self.skip(_BLANK)
        while self.at < len(self.text):
            if self.text.startswith("[", self.at):
                header = self.header()
            else:
                self.pair(header)
            self.skip(_BLANK)
        return self.lines

    def skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            self.at += 1
            return ""
        self.at = match.end()
        return match[0]

    def note(self, path: KeyPath, at: int) -> None:
        self.line += self.text.count("\n", self.counted_to, at)
        self.counted_to = at
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], self.line)

    def header(self) -> KeyPath:
        start = self.at
        is_row = self.text.startswith("[[", self.at)
        self.at += 2 if is_row else 1
        path: KeyPath = ()
        keys = self.dotted()
        for position, key in enumerate(keys):
            path = (*path, key)
            if is_row and position == len(keys) - 1:
                self.rows[path] = self.rows.get(path, -1) + 1
                self.note(path, start)
            if path in self.rows:
                path = (*path, self.rows[path])
        self.note(path, start)
        self.at = self.text.index("]", self.at) + (2 if is_row else 1)
        return path

    def dotted(self) -> list[str]:
        keys = [self.key()]
        while (dot := _DOT.match(self.text, self.at)) is not None:
            self.at = dot.end()
            keys.append(self.key())
        return keys

    def key(self) -> str:
        self.skip(re.compile(r"[ \t]*"))
        for pattern in (_BASIC, _LITERAL):
            if (quoted := pattern.match(self.text, self.at)) is not None:
                self.at = quoted.end()
                return quoted[1]
        return self.skip(_BARE_KEY)

    def pair(self, path: KeyPath) -> None:
        start = self.at
        path = (*path, *self.dotted())
        self.note(path, start)
        self.at = self.text.index("=", self.at) + 1
        self.value(path)

    def value(self, path: KeyPath) -> None:
        self.skip(re.compile(r"[ \t]*"))
        for opening, pattern in (('"""', _LONG_BASIC), ("'''", _LONG_LITERAL), ('"', _BASIC), ("'", _LITERAL)):
            if self.text.startswith(opening, self.at):
                self.skip(pattern)
                return
        if self.text.startswith("[", self.at):
            self.at += 1
            self.items(path)
        elif self.text.startswith("{", self.at):
            self.at += 1
            self.pairs(path)
        else:
            self.skip(_PLAIN)

    def items(self, path: KeyPath) -> None:
        number = 0
        while not self.closes("]"):
            self.note((*path, number), self.at)
            self.value((*path, number))
            number += 1

    def pairs(self, path: KeyPath) -> None:
        while not self.closes("}"):
            self.pair(path)

    def closes(self, bracket: str) -> bool:
        self.skip(_BLANK)
        if self.text.startswith(",", self.at):
            self.at += 1
            self.skip(_BLANK)
        if self.at >= len(self.text) or self.text.startswith(bracket, self.at):
            self.at += 1
            return True
        return False
