"""An export of another program to the tables of a workspace, by a mapping file.

The way of a file: `files.py` reads it into sheets of texts, `shape.py` finds its header and rows, `mapping.py` reads
how the agency says that its columns become ours, `fill.py` makes a column's cells (`values.py` days, times and numbers,
`names.py` names and addresses, `people.py` ids by names), `convert.py` the rows of our tables, `changes.py` compares
them with the workspace's tables, and `write.py` writes all of them or none. `suggest.py` proposes a mapping. Nothing
here guesses: where a column leaves two readings, the mapping has to say which.
"""

MAPPING = "mapping.toml"
"""The mapping of a workspace, which commands that import nothing know by its name."""
