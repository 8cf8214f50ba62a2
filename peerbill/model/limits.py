"""How large what is read may be: `[limits]` of `peerbill.toml`."""

import attrs


@attrs.frozen
class Limits:
    """The most that is read of a table, an export or a workbook; a year of a large agency reaches none of these.

    Attributes:
        table_bytes: The bytes of the file of a table, of a list or of an export.
        table_cells: The cells of a table: its rows times the columns of its header.
        cell_characters: The characters of a cell.
        workbook_bytes: The bytes of all parts of a workbook, unpacked.

    """

    table_bytes: int = 4_000_000_000
    table_cells: int = 200_000_000
    cell_characters: int = 131_072
    workbook_bytes: int = 4_000_000_000


DEFAULT = Limits()
