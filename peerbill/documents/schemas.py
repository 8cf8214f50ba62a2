"""JSON Schema (2020-12) of every document, made from the types: `python -m peerbill.documents.schemas` writes them.

`schema_of` gives the schema of a document; the files in `schemas/` beside this module are the same and ship with it.
"""

import inspect
import sys
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from peerbill.documents.figures import SCHEMA_OF_FIGURE
from peerbill.documents.kinds import ANSWERS, KINDS, REPORTS, SCHEMA, class_of, report_class
from peerbill.documents.types import DAY, DECIMAL, TIME, members, shape

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(name: str) -> Mapping[str, Any]:
    """Return the JSON Schema of a kind of `to_json`, or of what a command writes (`audit-report`, …).

    A document of several values is described by that of its kind, too. ValueError: there is no such document.
    """
    if name in REPORTS:
        return _report(name)
    if name not in KINDS:
        raise ValueError(f"there is no document {name}; these are: {', '.join((*KINDS, *REPORTS))}")
    maker = _Maker(closed=True)
    several: dict[str, Any]
    if name == "answer":
        parts = [maker.one(class_of(kind)) for kind in ANSWERS]
        pairs = list(zip(ANSWERS, parts, strict=True))
        single = [_document(kind, part) for kind, part in pairs]
        tagged = [_tagged(kind, part) for kind, part in pairs]
        several = _document("answers", {"type": "array", "items": {"oneOf": tagged}})
        about = "What a payer answers: one, or several in a list, each with its kind."
    else:
        cls = class_of(name)
        part = maker.one(cls)
        single = [_document(name, part)]
        several = _document(f"{name}s", {"type": "array", "items": part})
        about = _about(cls)
    return {
        "$schema": _DIALECT,
        "title": name,
        "description": about,
        "type": "object",
        "oneOf": [*single, several],
        "$defs": dict(sorted(maker.found.items())),
    }


def _report(name: str) -> Mapping[str, Any]:
    cls = report_class(name)
    maker = _Maker(closed=False)
    return {
        "$schema": _DIALECT,
        "title": name,
        "description": _about(cls),
        **maker.one(cls),
        "$defs": dict(sorted(maker.found.items())),
    }


def _document(kind: str, value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "properties": {"schema": {"const": SCHEMA}, "kind": {"const": kind}, "value": value},
        "required": ["schema", "kind", "value"],
        "additionalProperties": False,
    }


def _tagged(kind: str, value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"kind": {"const": kind}, "value": value},
        "required": ["kind", "value"],
        "additionalProperties": False,
    }


def _about(cls: type[Any]) -> str:
    return (inspect.getdoc(cls) or "").partition("\n\n")[0].replace("\n", " ")


class _Maker:
    """Makes the schema of types, and keeps that of each class once. A `closed` object has no other keys."""

    def __init__(self, *, closed: bool) -> None:
        self.found: dict[str, Any] = {}
        self._closed = closed

    def one(self, type_: Any) -> dict[str, Any]:
        """Return the schema of a type."""
        kind, inner, _ = shape(type_)
        match kind:
            case "optional":
                return {"anyOf": [self.one(inner[0]), {"type": "null"}]}
            case "object":
                return self._object(inner[0])
            case "list":
                return {"type": "array", "items": self.one(inner[0])}
            case "row":
                items = [self.one(part) for part in inner]
                return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
            case "map":
                return {"type": "object", "additionalProperties": self.one(inner[0])}
            case "figure":
                self.found["Figure"] = SCHEMA_OF_FIGURE
                return {"$ref": "#/$defs/Figure"}
            case "one-of":
                return {"anyOf": [self.one(one) for one in inner]}
            case "enum":
                return {"enum": [one.value for one in inner[0]]}
            case "decimal":
                return {"type": "string", "pattern": f"^{DECIMAL}$"}
            case "day":
                return {"type": "string", "pattern": f"^{DAY}$"}
            case "time":
                return {"type": "string", "pattern": f"^{TIME}$"}
            case _:
                return {"type": {"text": "string", "yes-no": "boolean", "whole": "integer", "number": "number"}[kind]}

    def _object(self, cls: type[Any]) -> dict[str, Any]:
        name = cls.__name__
        if name not in self.found:
            self.found[name] = {}  # a class in itself finds it there
            parts = members(cls)
            made: dict[str, Any] = {
                "type": "object",
                "description": _about(cls),
                "properties": {
                    part.key: {"const": SCHEMA} if part.key == "schema" else self.one(part.type) for part in parts
                },
                "required": [part.key for part in parts if part.required],
            }
            self.found[name] = made | ({"additionalProperties": False} if self._closed else {})
        return {"$ref": f"#/$defs/{name}"}


def schema_text(name: str) -> str:
    """Return a schema as its file has it."""
    return msgspec.json.format(msgspec.json.encode(schema_of(name)), indent=2).decode() + "\n"


def shipped(name: str) -> str:
    """Return the schema file of a document that ships with peerbill."""
    return (resources.files(__package__) / "schemas" / f"{name}.json").read_text(encoding="utf-8")


def main(folder: Path) -> None:
    """Write every schema into a folder."""
    for name in (*KINDS, *REPORTS):
        (folder / f"{name}.json").write_text(schema_text(name), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("schemas"))
