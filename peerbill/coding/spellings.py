"""Tiers, credentials and endorsements, spelled as the policies spell them."""

from collections.abc import Mapping

import attrs

from peerbill.model.records import Records
from peerbill.model.words import bare
from peerbill.policy import Policies


def spelled_as_policies(records: Records, policies: Policies) -> Records:
    """Return records whose tiers, credentials and endorsements are spelled as the policies spell them.

    Case, spaces, hyphens and dots do not tell two of them apart, unless policies use both spellings.
    """
    spellings = {name: _spellings(policies, name) for name in ("tier", "credential", "endorsement")}
    tier, credential, endorsement = (spellings[name] for name in ("tier", "credential", "endorsement"))
    staff = tuple(
        attrs.evolve(row, tier=tier[bare(row.tier)]) if tier.get(bare(row.tier), row.tier) != row.tier else row
        for row in records.staff
    )
    credentials = []
    for row in records.credentials:
        name = credential.get(bare(row.credential), row.credential)
        words = tuple(endorsement.get(bare(word), word) for word in row.endorsements)
        same = name == row.credential and words == row.endorsements
        credentials.append(row if same else attrs.evolve(row, credential=name, endorsements=words))
    if staff == records.staff and tuple(credentials) == records.credentials:
        return records
    return attrs.evolve(records, staff=staff, credentials=tuple(credentials))


def _spellings(policies: Policies, name: str) -> Mapping[str, str]:
    """Return the spelling that policies use for each bare tier, credential or endorsement."""
    words: set[str] = set()
    for programme in policies:
        for row in programme.rows():
            if row.table == name:
                words.add(row.name)
                words.update(row.values.get("formerly") or ())
            if row.table == "credential" and name == "endorsement":
                words.update(row.values.get(name) or ())
            words.update(str(value) for one in row.when if one.name == name for value in one.values)
    found: dict[str, str] = {}
    twice: set[str] = set()
    for word in sorted(words):
        if found.setdefault(bare(word), word) != word:
            twice.add(bare(word))
    return {plain: word for plain, word in found.items() if plain not in twice}
