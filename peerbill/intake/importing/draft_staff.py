"""The draft of a mapping for a sheet whose rows are staff."""

from peerbill.intake.importing.drafting import Drafting, Spec, known_word, split_of
from peerbill.model.words import fold


def draft_staff(draft: Drafting) -> None:
    """Fill the mapping of a sheet whose rows are staff."""
    key = (
        draft.column_name("id")
        or draft.column_name("npi")
        or draft.open_column("staff", "staff_id", "the id of each person")
    )
    draft.put("staff", "staff_id", key)
    if draft.column("last") and draft.column("first"):
        draft.put_plain("staff", last_name="last", first_name="first")
    elif person := draft.column("name"):
        draft.put_name("staff", person)
    draft.put_plain("staff", npi="npi", taxonomy="taxonomy")
    if (role := draft.column("role")) and role.words:
        question = "Which role is `{word}`: peer, supervisor or clinician?"
        draft.put("staff", "role", draft.words("staff", "role", role, _role_of, question, allowed=_ROLES_ALLOWED))
    elif (credential := draft.column("credential")) and credential.words:
        question = "Which role has somebody with `{word}`: peer, supervisor or clinician?"
        spec = draft.words("staff", "role", credential, _role_of, question, allowed=_ROLES_ALLOWED)
        draft.put("staff", "role", spec)
    supervisor_npi = draft.column_name("supervisor_npi")
    if supervisor_npi and not draft.column("id"):
        draft.put("staff", "supervisor_id", supervisor_npi)
    elif draft.column("supervisor"):
        draft.put("staff", "supervisor_id", {"column": draft.column_name("supervisor"), "person": "staff"})
    draft.put_day("staff", "hired_on", "hired", past=True)
    draft.put_day("staff", "left_on", "left")
    draft.put_day("staff", "recovery_since", "recovery", past=True)
    if supervisor_npi and not draft.column("id") and (supervisor := draft.column("supervisor")):
        draft.put("staff", "staff_id", supervisor_npi, block=1)
        draft.put("staff", "npi", supervisor_npi, block=1)
        for name in ("last_name", "first_name"):
            draft.put("staff", name, {"column": supervisor.name, "split": split_of(supervisor)}, block=1)
        draft.put("staff", "role", {"value": "supervisor"}, block=1)
    if draft.column("credential"):
        _credentials(draft, key)


def _credentials(draft: Drafting, key: Spec) -> None:
    draft.put("credentials", "staff_id", key)
    if not draft.state:
        question = f"Which state issued the certificates of {draft.sheet_name}?"
        draft.ask(question, "credentials", "state", "value")
    draft.put("credentials", "state", {"value": draft.state})
    draft.put_plain("credentials", credential="credential", number="number", training_hours="training")
    draft.put_day("credentials", "issued_on", "issued", past=True)
    if not draft.column("issued"):
        draft.put("credentials", "issued_on", {"value": ""})
        draft.ask(
            f"{draft.sheet_name} does not say when the certificates were issued. Which day (YYYY-MM-DD) is true for "
            "all of them?",
            "credentials",
            "issued_on",
            "value",
        )
    draft.put_day("credentials", "expires_on", "expires")


def _role_of(word: str) -> str:
    if known := known_word("role", word):
        return known
    folded = fold(word)
    found = [role for role, marks in _ROLES.items() if any(mark in folded for mark in marks)]
    return found[0] if len(found) == 1 else ""


_ROLES_ALLOWED = ("peer", "supervisor", "clinician")


_ROLES = {"peer": ("peer", "recovery-coach"), "supervisor": ("supervisor",), "clinician": ("clinician", "counselor")}
