"""Every target, by name."""

from fuzz import documents, exports, tables, toml, x12

TARGETS = {
    target.name: target
    for target in (
        x12.CLAIMS,
        x12.ANSWERS,
        x12.POSTING,
        tables.TABLE,
        tables.WORKSPACE,
        tables.WORKBOOK,
        toml.TOML,
        exports.EXPORTS,
        documents.DOCUMENTS,
        documents.KEPT,
    )
}
