"""What a policy answers on a day, for a situation: values, each with its authority."""

import enum
from collections.abc import Mapping
from typing import Generic, TypeVar

import attrs

from peerbill.model.finding import Citation, Severity
from peerbill.model.frozen import FrozenMap
from peerbill.model.words import vocabulary
from peerbill.policy.rows import (
    AuthorizationRule,
    Calendar,
    ClaimRule,
    CredentialRule,
    EnrollmentRule,
    Filing,
    Group,
    LicenseRule,
    Limit,
    Modifier,
    PlanRule,
    Population,
    Rate,
    Service,
    Signature,
    SupervisionRule,
    Tier,
    Unit,
)

CHANNELS = vocabulary("channel").words
SUPPORTS = vocabulary("support-type").words

R_co = TypeVar("R_co", covariant=True)
_K = TypeVar("_K")
_V = TypeVar("_V")


def _read_only(mapping: Mapping[_K, _V]) -> Mapping[_K, _V]:
    """Return a mapping that nobody can change: all situations that are alike share an answer."""
    return FrozenMap.of(mapping)


def _sayers(said: Mapping[str, "Authority"]) -> Mapping[str, "Authority"]:
    return _read_only(said)


def _sentences(texts: Mapping[str, str]) -> Mapping[str, str]:
    return _read_only(texts)


def _read_only_words(words: Mapping[str, Mapping[str, "Authority"]]) -> Mapping[str, Mapping[str, "Authority"]]:
    return _read_only({verb: _read_only(said) for verb, said in words.items()})


_NONE: Mapping[str, "Authority"] = FrozenMap()


class Status(enum.StrEnum):
    """How sure a value is: read in the state's or payer's own text, elsewhere, by nobody, or the agency's own."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    UNCONFIRMED = "unconfirmed"
    AGENCY = "agency"


@attrs.frozen
class Authority:
    """Who says a value. `force` is "must" or "should"; `path` names the row, e.g. `nj.toml: sud.unit`."""

    status: Status
    citations: tuple[Citation, ...] = ()
    force: str = "must"
    note: str = ""
    path: str = ""

    @property
    def severity(self) -> Severity:
        """Error where a text that was read says must; otherwise a warning."""
        if self.force == "must" and self.status is not Status.UNCONFIRMED:
            return Severity.ERROR
        return Severity.WARNING


@attrs.frozen
class Answer(Generic[R_co]):
    """A merged row. A field without an entry in `said` has no authority: no text gives it.

    `unknown` holds the fields of which a text says nothing, `conflict` those where two rows tie and differ,
    with the sentence for people; both are absent from `said` and have the row's default value.
    """

    value: R_co
    said: Mapping[str, Authority] = attrs.field(converter=_sayers)
    unknown: Mapping[str, Authority] = attrs.field(factory=dict, converter=_sayers)
    conflict: Mapping[str, str] = attrs.field(factory=dict, converter=_sentences)
    rows: tuple[Authority, ...] = ()
    """Who says that the row is there at all, the strongest first."""
    binding: Authority | None = attrs.field(init=False, eq=False, repr=False)
    """The strongest row that a text which was read says must be; else the strongest.

    A nearer text that only advises adds to the demand of a farther text, and does not undo it.
    """

    @property
    def row(self) -> Authority | None:
        """The strongest row that says so (a bare credential, a `[[supervision]]` without values)."""
        return self.rows[0] if self.rows else None

    @binding.default
    def _find_binding(self) -> Authority | None:
        return next((said for said in self.rows if said.severity is Severity.ERROR), self.row)


@attrs.frozen
class Listing:
    """A merged list table: for each verb (require, allow, deny, same_day, …) its words, each with its authority."""

    words: Mapping[str, Mapping[str, Authority]] = attrs.field(converter=_read_only_words)
    unknown: Mapping[str, Authority] = attrs.field(factory=dict, converter=_sayers)

    def of(self, verb: str) -> Mapping[str, Authority]:
        """Return the words that hold under a verb."""
        return self.words.get(verb, _NONE)


def _channel(text: str) -> str:
    return text if text in CHANNELS else vocabulary("channel").read(text)


@attrs.frozen
class Facts:
    """The situation that `when` conditions are compared with. An empty value is not known, and meets no condition.

    `diagnosis` holds groups (MH, SUD), `age` is in years; `channel` is in-person, video or audio, in any case.

    Raises ValueError for another channel.

    >>> Facts(channel="Video").channel
    'video'
    """

    service: str = ""
    hcpcs: str = ""
    channel: str = attrs.field(default="", converter=_channel)
    place: str = ""
    tier: str = ""
    credential: frozenset[str] = frozenset()
    endorsement: frozenset[str] = frozenset()
    diagnosis: frozenset[str] = frozenset()
    age: int | None = None
    support: str = ""
    payer: str = ""
    region: str = ""
    provider: str = ""


@attrs.frozen(eq=False)
class Rules:
    """All that a programme says on a day for a situation.

    The same object is returned for equal situations, so that nothing in it can be changed.
    """

    programme: str
    population: Answer[Population]
    service: Mapping[str, Answer[Service]] = attrs.field(converter=_read_only)
    modifier: Mapping[str, Answer[Modifier]] = attrs.field(converter=_read_only)
    unit: Answer[Unit]
    limit: Mapping[str, Answer[Limit]] = attrs.field(converter=_read_only)
    group: Answer[Group]
    place: Listing
    channel: Listing
    documentation: Listing
    signature: Mapping[str, Answer[Signature]] = attrs.field(converter=_read_only)
    plan: Mapping[str, Answer[PlanRule]] = attrs.field(converter=_read_only)
    authorization: Answer[AuthorizationRule]
    credential: Mapping[str, Answer[CredentialRule]] = attrs.field(converter=_read_only)
    tier: Mapping[str, Answer[Tier]] = attrs.field(converter=_read_only)
    supervision: Answer[SupervisionRule]
    license: Mapping[str, Answer[LicenseRule]] = attrs.field(converter=_read_only)
    enrollment: Mapping[str, Answer[EnrollmentRule]] = attrs.field(converter=_read_only)
    exclusion: Listing
    filing: Answer[Filing]
    rate: Answer[Rate]
    claim: Answer[ClaimRule]
    calendar: Answer[Calendar]
