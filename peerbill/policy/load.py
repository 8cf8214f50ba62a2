"""Load policies: the packaged files of the states asked for, with the agency's own over them."""

import functools
import hashlib
import importlib.resources
import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import attrs

from peerbill.model.errors import PolicyError
from peerbill.policy.compare import Known, check_rules, check_words, find_clashes
from peerbill.policy.phrases import did_you_mean
from peerbill.policy.read import AGENCY, NATIONAL, STATE, TOP_KEYS, PolicyFile, Problem, read_policy
from peerbill.policy.resolve import Policies, Programme
from peerbill.policy.tables import PolicyRow

_OWN_PROGRAMME = "A programme of your own needs a header with a name"
_WRITTEN = "a programme is written STATE/PROGRAMME"
_NO_FILES: Mapping[str, str] = MappingProxyType({})


@functools.cache
def packaged_states() -> tuple[str, ...]:
    """Return the states that have a packaged policy file, as two capital letters, in order."""
    files = importlib.resources.files("peerbill.codesets.states").iterdir()
    return tuple(sorted(file.name[:-5].upper() for file in files if re.fullmatch(r"[a-z]{2}\.toml", file.name)))


def packaged_file(state: str) -> PolicyFile | None:
    """Return a state's packaged file as it was read, or None; its rows are those of the state's own text alone."""
    return _packaged_state(state.upper()) if state.upper() in packaged_states() else None


def packaged_programmes(state: str) -> tuple[str, ...]:
    """Return the ids (STATE/PROGRAMME) of a state's packaged programmes, in the file's order; none without a file."""
    if state.upper() not in packaged_states():
        return ()
    return tuple(f"{state.upper()}/{key}" for key in _packaged_state(state.upper()).headers)


@functools.cache
def _packaged_state(state: str) -> PolicyFile:
    name = f"{state.lower()}.toml"
    text = importlib.resources.files("peerbill.codesets.states").joinpath(name).read_text("utf-8")
    return read_state_file(name, text)


def read_state_file(name: str, text: str) -> PolicyFile:
    """Read a state's file, `xx.toml`, in any folder: its name is the state. Never raises."""
    file = read_policy(name, text, STATE)
    state = re.split(r"[\\/]", name)[-1].removesuffix(".toml").upper()
    if file.state not in ("", state):
        file.problems.append(Problem(("state",), "state", f"this file is {state}'s, and says {file.state}. Correct it"))
    return file


@functools.cache
def _national() -> PolicyFile:
    path = importlib.resources.files("peerbill.codesets").joinpath("national.toml")
    return read_policy("national.toml", path.read_text("utf-8") if path.is_file() else "", NATIONAL)


def load_policies(
    programme_ids: Iterable[str],
    agency_files: Mapping[str, str] = _NO_FILES,
    state_files: Mapping[str, str] = _NO_FILES,
) -> Policies:
    """Load programmes (STATE/PROGRAMME) from the packaged files, an agency's own files (name to text) over them.

    `state_files` (name to text) take the place of the packaged files of their states. Only the files of the states
    that the ids or the given files name are read. Raises PolicyError with every problem of every file, one line each:
    `file:line: path: what. Fix`.
    """
    ids = tuple(dict.fromkeys(programme_ids))
    agency = [read_policy(name, agency_files[name], AGENCY) for name in sorted(agency_files)]
    given = [read_state_file(name, state_files[name]) for name in sorted(state_files)]
    asked = {id_.partition("/")[0] for id_ in ids}
    instead = {file.state: file for file in given if file.state}
    packaged = {*packaged_states(), *instead}
    states = {
        state: _State(
            state,
            _national(),
            instead.get(state) or (_packaged_state(state) if state in packaged else None),
            [file for file in agency if file.state == state],
        )
        for state in sorted(asked | {file.state for file in (*agency, *given) if file.state})
        if state in packaged or any(file.state == state for file in agency)
    }
    files = [file for state in states.values() for file in state.own] + agency + given
    problems = [*_file_problems(_national(), _national().problems)]
    problems += [line for file, problem in find_clashes([_national()]) for line in _file_problems(file, [problem])]
    floor = Known(diagnosis=_national().diagnosis, activity=_national().activity or None)
    problems += [
        line for _, problem in check_words(_national().rows, floor) for line in _file_problems(_national(), [problem])
    ]
    for file in (*agency, *given):
        if not file.state:
            problems += _file_problems(file, file.problems)
    for state in states.values():
        problems += state.problems()
    # A file that is no TOML may have held the programme.
    if not any(problem.line for file in files for problem in file.problems):
        problems += [problem for id_ in ids for problem in _not_found(id_, states)]
    if problems:
        raise PolicyError(tuple(dict.fromkeys(problems)))
    return Policies({id_: states[id_.partition("/")[0]].programme(id_.partition("/")[2]) for id_ in ids})


def agency_file(name: str, text: str) -> PolicyFile:
    """Read an agency's own file, with what it has still to fill in. Never raises."""
    return read_policy(name, text, AGENCY)


def load_given(agency_files: Mapping[str, str], state_files: Mapping[str, str] = _NO_FILES) -> Policies:
    """Load every programme of the states that given files (name to text) are about, as `load_policies` does.

    Raises PolicyError with every problem of every file.
    """
    agency = [read_policy(name, text, AGENCY) for name, text in agency_files.items()]
    given = [read_state_file(name, text) for name, text in state_files.items()]
    ids: list[str] = []
    for state in sorted({file.state for file in (*agency, *given) if file.state}):
        replaced = [file for file in given if file.state == state]
        keys = [key for file in replaced for key in file.headers]
        ids += [f"{state}/{key}" for key in keys] if replaced else packaged_programmes(state)
        own = (file.headers.items() for file in agency if file.state == state)
        ids += [f"{state}/{key}" for headers in own for key, header in headers if "name" in header.values]
    return load_policies(ids, agency_files, state_files)


def _not_found(id_: str, states: Mapping[str, "_State"]) -> list[str]:
    """Return a message about an id that names no programme, with the ids that exist."""
    state, _, key = id_.partition("/")
    if state not in states:
        ids = f"States with policies are {', '.join(packaged_states()) or 'none'}"
        return [f"{id_}: {f'there are no policies for {state}' if key else _WRITTEN}. {ids}"]
    keys = states[state].keys
    ids = f"Programmes of {state} are {', '.join(f'{state}/{other}' for other in keys) or 'none'}"
    if not key:
        return [f"{id_}: {_WRITTEN}. {ids}"]
    return [f"{id_}: {state} has no programme '{key}'{did_you_mean(key, keys) or '.'} {ids}"] * (key not in keys)


def _file_problems(file: PolicyFile, problems: Sequence[Problem]) -> list[str]:
    return [message for _, message in sorted(file.lines(problems), key=lambda found: found[0])]


@attrs.frozen
class _State:
    """All files of one state, in the order of their layers."""

    code: str
    national: PolicyFile
    packaged: PolicyFile | None
    agency: list[PolicyFile]

    @property
    def own(self) -> list[PolicyFile]:
        return [*([self.packaged] if self.packaged else []), *self.agency]

    @property
    def keys(self) -> tuple[str, ...]:
        """The programmes: those of the packaged file, and the agency's with a name."""
        keys = list(self.packaged.headers) if self.packaged else []
        keys += [key for file in self.agency for key, header in file.headers.items() if "name" in header.values]
        return tuple(dict.fromkeys(keys))

    def header(self, key: str) -> dict[str, object]:
        return {
            field: value
            for file in self.own
            if key in file.headers
            for field, value in file.headers[key].values.items()
        }

    def parents(self, key: str) -> list[str]:
        """Return the programmes that a programme is like, the nearest first; a circle ends where it closes."""
        ids: list[str] = []
        like = self.header(key).get("like")
        while isinstance(like, str) and like in self.keys and like not in (key, *ids):
            ids.append(like)
            like = self.header(like).get("like")
        return ids

    def layers(self, key: str) -> list[tuple[str, list[PolicyRow]]]:
        """Return the layers of a programme, the weakest first; an agency's rows for a parent win over its rows."""
        packaged = [self.packaged] if self.packaged else []
        layers = [("national", _rows([self.national], "all")), ("state", _rows(packaged, "all"))]
        for parent in reversed(self.parents(key)):
            layers += [("parent", _rows(packaged, parent)), ("agency", _rows(self.agency, parent))]
        layers += [("programme", _rows(packaged, key)), ("agency", _rows(self.agency, "all"))]
        return [*layers, ("agency", _rows(self.agency, key))]

    def merged(self, words: str) -> dict[str, tuple[str, ...]]:
        """Return `diagnosis` or `region` of all files; where files repeat a name, the nearest file's."""
        return {name: value for file in (self.national, *self.own) for name, value in getattr(file, words).items()}

    def services(self, key: str) -> set[str]:
        return {row.name for _, rows in self.layers(key) for row in rows if row.table == "service"}

    def programme(self, key: str) -> Programme:
        texts = [file.text for file in (self.national, *self.own)]
        # The nearest header that cites something, for an agency may change a key without a source.
        saids = [file.headers[key].said for file in reversed(self.own) if key in file.headers]
        return Programme(
            id_=f"{self.code}/{key}",
            header=self.header(key),
            said=max(saids, key=lambda said: bool(said and said.citations), default=None),
            layers=self.layers(key),
            diagnosis=self.merged("diagnosis"),
            region=self.merged("region"),
            sha256=hashlib.sha256("\0".join(texts).encode()).hexdigest(),
        )

    def problems(self) -> list[str]:
        """Return every problem of the state's files, file by file and line by line."""
        # By the files themselves: an agency's file may have the name of a packaged file.
        by_file = {id(file): list(file.problems) for file in self.own}
        of_row = {id(row): by_file[id(file)] for file in self.own for row in file.rows}
        readable = not any(by_file.values())
        for file, problem in (*find_clashes(self.own), *self._header_problems()):
            by_file[id(file)].append(problem)
        for row, problem in self._word_problems():
            if id(row) in of_row:
                of_row[id(row)].append(problem)
        # A service's mode or a limit's count may be just what could not be read.
        for row, problem in self._rule_problems() if readable else ():
            if id(row) in of_row and problem not in of_row[id(row)]:
                of_row[id(row)].append(problem)
        return [line for file in self.own for line in _file_problems(file, by_file[id(file)])]

    def _header_problems(self) -> list[tuple[PolicyFile, Problem]]:
        problems: list[tuple[PolicyFile, Problem]] = []
        for file in self.own:
            for key, header in file.headers.items():
                if key not in self.keys:
                    guess = did_you_mean(key, (*self.keys, *TOP_KEYS, "all")) or "."
                    what = f"{self.code} has no programme '{key}'{guess} {_OWN_PROGRAMME}"
                    problems.append((file, Problem((key,), key, what)))
                    continue
                like = header.values.get("like")
                if like is not None and like not in self.keys:
                    guess = did_you_mean(like, self.keys) or f"; programmes are {', '.join(self.keys)}"
                    problems.append(
                        (file, Problem((key, "like"), f"{key}, like", f"{self.code} has no programme '{like}'{guess}"))
                    )
                elif like is not None and (like == key or key in self.parents(like)):
                    problems.append(
                        (file, Problem((key, "like"), f"{key}, like", "a programme cannot be like itself. Remove it"))
                    )
        return problems

    def _word_problems(self) -> list[tuple[PolicyRow, Problem]]:
        problems: list[tuple[PolicyRow, Problem]] = []
        programmes = {key: self.services(key) for key in self.keys}
        every_service = {service for services in programmes.values() for service in services}
        every_payer = {payer for key in self.keys for payer in self._payers(key)}
        activity = {word for file in (self.national, *self.own) for word in file.activity}

        def known(services: set[str], payers: set[str]) -> Known:
            return Known(
                services=services,
                diagnosis=self.merged("diagnosis"),
                region=self.merged("region"),
                payers=payers or None,
                activity=activity or None,
                programmes=programmes,
            )

        for key, services in programmes.items():
            rows = [*_rows(self.own, key)]
            problems += check_words(rows, known(services, self._payers(key)))
        problems += check_words(_rows(self.own, "all"), known(every_service, every_payer))
        return problems

    def _rule_problems(self) -> list[tuple[PolicyRow, Problem]]:
        nearest_first = ([row for _, layer in reversed(self.layers(key)) for row in layer] for key in self.keys)
        return [found for rows in nearest_first for found in check_rules(rows)]

    def _payers(self, key: str) -> set[str]:
        payers = self.header(key).get("payers", ())
        return set(payers) if isinstance(payers, tuple) else set()


def _rows(files: Iterable[PolicyFile], programme: str) -> list[PolicyRow]:
    return [row for file in files for row in file.rows if row.programme == programme]
