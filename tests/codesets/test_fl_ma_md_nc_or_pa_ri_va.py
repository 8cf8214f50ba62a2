"""What billers ask of VA, NC, MD, MA, OR, FL, RI and PA, with the answers on both sides of each change."""

import datetime as dt
from typing import Any

import pytest
from questions import MH, NOW, SUD, Question, answer, facts, named, not_known, programme, words

from peerbill.model.errors import NotInForceError
from peerbill.model.finding import Severity
from peerbill.policy import Status, packaged_programmes

STATES = ("VA", "NC", "MD", "MA", "OR", "FL", "RI", "PA")
FAMILY: dict[str, Any] = {"service": "family"}

# A question for a day: programme, day, question, situation, value, status.
QUESTIONS: list[Question] = [
    # Virginia: codes of 2017, two limits in two units, a ratio, a recommendation that lapses, a second paper to hold.
    ("VA/arts", NOW, "service.individual.hcpcs", {}, "T1012", "primary"),
    ("VA/arts", NOW, "service.individual.modifiers", {}, (), "primary"),
    ("VA/arts", NOW, "service.group.hcpcs", {"service": "group"}, "S9445", "primary"),
    ("VA/arts", NOW, "service.family.hcpcs", {"service": "family"}, None, "unknown"),
    ("VA/arts", NOW, "unit.minutes", {}, 15, "primary"),
    ("VA/arts", NOW, "unit.rounding", {}, None, "unknown"),
    ("VA/arts", NOW, "limit.day.units", {}, 16, "primary"),
    ("VA/arts", NOW, "limit.day.per", {}, "day", "primary"),
    ("VA/arts", "2021-04-13", "limit.year.hours", {}, 900, "primary"),
    ("VA/arts", "2021-04-14", "limit.year.hours", {}, 900, "primary"),
    ("VA/arts", NOW, "limit.year.per", {}, "calendar year", "primary"),
    ("VA/arts", NOW, "limit.year.then", {}, None, "unsaid"),
    ("VA/arts", NOW, "group.per_facilitator", {"service": "group"}, 10, "primary"),
    ("VA/arts", NOW, "plan.recommendation.start_within", {}, "30 days after recommendation", "primary"),
    ("VA/arts", NOW, "plan.assessment.before_service", {}, True, "primary"),
    ("VA/arts", NOW, "plan.wellness.review_every", {}, None, "unknown"),
    ("VA/arts", NOW, "authorization.required", {}, True, "primary"),
    ("VA/arts", NOW, "population.age", {}, "21+", "primary"),
    ("VA/arts", NOW, "population.age", {"service": "family"}, "0-20", "primary"),
    ("VA/arts", "2017-12-17", "credential.CPRS.also", {}, None, "unsaid"),
    ("VA/arts", "2017-12-18", "credential.CPRS.also", {}, ("RPRS",), "primary"),
    ("VA/arts", "2017-12-17", "credential.RPRS.name", {}, None, "absent"),
    ("VA/arts", NOW, "credential.RPRS.also", {}, ("PRS or CPRS",), "primary"),
    ("VA/arts", NOW, "supervision.every", {}, None, "unknown"),
    ("VA/arts", "2022-06-30", "rate.amount", {}, "6.50", "primary"),
    ("VA/arts", "2022-06-30", "rate.amount", {"service": "group"}, "2.70", "primary"),
    ("VA/arts", "2022-07-01", "rate.amount", {}, None, "unknown"),
    ("VA/arts", NOW, "filing.within", {}, ("12 months after service",), "primary"),
    ("VA/mh", NOW, "service.individual.hcpcs", {}, "H0025", "secondary"),
    ("VA/mh", NOW, "service.individual.modifiers", {}, (), "unconfirmed"),
    ("VA/mh", NOW, "population.diagnosis", {}, ("MH",), "unconfirmed"),
    ("VA/mh", NOW, "service.group.hcpcs", {"service": "group"}, "H0024", "secondary"),
    ("VA/mh", NOW, "limit.day.units", {}, 16, "unconfirmed"),
    ("VA/mh", NOW, "credential.CPRS.also", {}, ("RPRS",), "primary"),
    ("VA/mh", NOW, "rate.amount", {}, None, "unknown"),
    # North Carolina: codes changed on a day, an allowance per episode inside a fiscal year, which may have ended.
    ("NC/b3", "2019-10-31", "service.individual.modifiers", {}, ("U4",), "primary"),
    ("NC/b3", "2019-10-31", "service.group.modifiers", {"service": "group"}, ("HQ", "U4"), "primary"),
    ("NC/pss", "2019-11-01", "service.individual.modifiers", {}, (), "primary"),
    ("NC/pss", "2019-11-01", "service.individual.hcpcs", {}, "H0038", "primary"),
    ("NC/pss", NOW, "service.group.modifiers", {"service": "group"}, ("HQ",), "primary"),
    ("NC/pss", NOW, "unit.minutes", {}, 15, "secondary"),
    ("NC/pss", NOW, "unit.rounding", {}, None, "unknown"),
    ("NC/pss", "2024-12-31", "limit.unmanaged.units", {}, 24, "primary"),
    ("NC/pss", "2025-01-01", "limit.unmanaged.units", {}, 24, "primary"),
    ("NC/pss", NOW, "limit.unmanaged.per", {}, "episode in fiscal year", "primary"),
    ("NC/pss", NOW, "limit.unmanaged.then", {}, "authorization", "primary"),
    ("NC/pss", NOW, "calendar.fiscal_year", {}, "07-01", "primary"),
    ("NC/pss", NOW, "authorization.required", {}, False, "primary"),
    ("NC/pss", NOW, "modifier.KX.use", {"channel": "audio"}, None, "unsaid"),
    ("NC/pss", NOW, "modifier.KX.use", {"channel": "video"}, None, "absent"),
    ("NC/pss", "2023-12-31", "rate.amount", {"payer": "alliance"}, "11.97", "primary"),
    ("NC/pss", "2023-12-31", "rate.amount", {"payer": "alliance", "service": "group"}, "2.88", "primary"),
    ("NC/pss", "2023-12-31", "rate.amount", {"payer": "direct"}, None, "unsaid"),
    ("NC/pss", "2024-01-01", "rate.amount", {"payer": "alliance"}, None, "unknown"),
    ("NC/pss", NOW, "group.max", {"service": "group"}, 12, "primary"),
    ("NC/pss", NOW, "plan.order.before_service", {}, True, "primary"),
    ("NC/pss", NOW, "plan.person-centered.before_service", {}, False, "primary"),
    ("NC/pss", NOW, "supervision.by", {}, ("QP",), "primary"),
    ("NC/pss", NOW, "supervision.peers_per_supervisor", {}, 8, "primary"),
    ("NC/pss", NOW, "supervision.members_per_peer", {}, 12, "primary"),
    ("NC/pss", NOW, "supervision.members_per_peer", {"payer": "alliance"}, 15, "primary"),
    ("NC/pss", NOW, "credential.CPSS.recovery_months", {}, 18, "primary"),
    ("NC/pss", NOW, "population.age", {}, "18+", "unconfirmed"),
    ("NC/state-funded", NOW, "limit.unmanaged.per", {}, "fiscal year", "secondary"),
    ("NC/state-funded", NOW, "service.individual.hcpcs", {}, None, "unknown"),
    ("NC/state-funded", NOW, "credential.CPSS.valid_months", {}, 24, "primary"),
    # Maryland: a code for groups, rates by date, two clocks, a rule on supervisors that tightens.
    ("MD/intensive", NOW, "service.family.hcpcs", FAMILY, None, "unknown"),
    ("MD/intensive", "2026-07-05", "service.individual.paid", {}, False, "primary"),
    ("MD/intensive", "2026-07-06", "service.individual.paid", {}, True, "primary"),
    ("MD/intensive", "2026-07-06", "service.individual.hcpcs", {}, None, "unknown"),
    ("MD/intensive", NOW, "unit.minutes", FAMILY, 15, "primary"),
    ("MD/intensive", NOW, "unit.rounding", FAMILY, None, "unknown"),
    ("MD/intensive", "2023-06-30", "rate.amount", FAMILY, "21.65", "primary"),
    ("MD/intensive", "2023-07-01", "rate.amount", FAMILY, "22.30", "primary"),
    ("MD/intensive", "2023-12-31", "rate.amount", FAMILY, "22.30", "primary"),
    ("MD/intensive", "2024-01-01", "rate.amount", FAMILY, "24.08", "primary"),
    ("MD/intensive", "2024-06-30", "rate.amount", FAMILY, "24.08", "primary"),
    ("MD/intensive", "2024-07-01", "rate.amount", FAMILY, "24.80", "primary"),
    ("MD/intensive", "2023-06-30", "rate.amount", FAMILY | {"channel": "audio"}, "10.82", "primary"),
    ("MD/intensive", "2023-07-01", "rate.amount", FAMILY | {"channel": "audio"}, "11.14", "primary"),
    ("MD/intensive", "2024-06-30", "rate.amount", FAMILY | {"channel": "audio"}, "11.14", "primary"),
    ("MD/intensive", "2024-07-01", "rate.amount", FAMILY | {"channel": "audio"}, "12.39", "primary"),
    ("MD/intensive", "2026-07-05", "rate.amount", {}, None, "unsaid"),
    ("MD/intensive", "2026-07-06", "rate.amount", {}, "24.80", "primary"),
    ("MD/intensive", "2026-07-05", "plan.care.review_every", FAMILY, "45 days", "primary"),
    ("MD/intensive", "2026-07-06", "plan.care.review_every", FAMILY, "60 days", "primary"),
    ("MD/intensive", NOW, "authorization.required", FAMILY, True, "primary"),
    ("MD/intensive", NOW, "credential.FPSP.min_age", FAMILY, 18, "primary"),
    ("MD/intensive", "2026-07-06", "credential.CPRS.recovery_months", {}, 24, "primary"),
    ("MD/community", NOW, "service.individual.hcpcs", {}, "H0038", "primary"),
    ("MD/community", NOW, "service.individual.modifiers", {}, (), "primary"),
    ("MD/community", NOW, "service.group.hcpcs", {"service": "group"}, "H0024", "primary"),
    ("MD/community", NOW, "service.group.modifiers", {"service": "group"}, (), "primary"),
    ("MD/community", NOW, "unit.minutes", {}, 15, "primary"),
    ("MD/community", NOW, "unit.counts", {}, ("contact",), "primary"),
    ("MD/community", NOW, "unit.rounding", {}, None, "unknown"),
    ("MD/community", "2023-03-01", "rate.amount", {}, "16.38", "primary"),
    ("MD/community", "2023-06-30", "rate.amount", {}, "16.38", "primary"),
    ("MD/community", "2023-07-01", "rate.amount", {}, "16.87", "primary"),
    ("MD/community", "2023-12-31", "rate.amount", {}, "16.87", "primary"),
    ("MD/community", "2024-01-01", "rate.amount", {}, "18.22", "primary"),
    ("MD/community", "2024-06-30", "rate.amount", {}, "18.22", "primary"),
    ("MD/community", "2024-07-01", "rate.amount", {}, "18.77", "primary"),
    ("MD/community", "2023-06-30", "rate.amount", {"service": "group"}, "4.55", "primary"),
    ("MD/community", "2023-07-01", "rate.amount", {"service": "group"}, "4.69", "primary"),
    ("MD/community", "2024-01-01", "rate.amount", {"service": "group"}, "5.07", "primary"),
    ("MD/community", "2024-07-01", "rate.amount", {"service": "group"}, "5.22", "primary"),
    ("MD/community", "2023-08-31", "supervision.by", {}, ("RPS", "licensed-practitioner", "CADC"), "primary"),
    ("MD/community", "2023-09-01", "supervision.by", {}, ("RPS",), "primary"),
    ("MD/community", NOW, "authorization.required", {}, True, "primary"),
    ("MD/community", NOW, "plan.assessment.before_service", {}, True, "primary"),
    ("MD/community", NOW, "plan.treatment.signers", {}, None, "unknown"),
    ("MD/community", NOW, "credential.CPRS.recovery_months", {}, 24, "secondary"),
    ("MD/community", NOW, "filing.within", {}, ("12 months after first service",), "primary"),
    (
        "MD/community",
        NOW,
        "filing.resubmit_within",
        {},
        ("12 months after first service", "60 days after notice"),
        "primary",
    ),
    (
        "MD/community",
        NOW,
        "filing.other_payer_within",
        {},
        ("12 months after service", "120 days after other payer"),
        "primary",
    ),
    # Massachusetts: a note within business days, reviewed by the supervising clinician; neither code nor unit.
    ("MA/recovery-coach", NOW, "service.individual.hcpcs", {}, None, "unknown"),
    ("MA/recovery-coach", NOW, "unit.minutes", {}, None, "unknown"),
    ("MA/recovery-coach", NOW, "rate.amount", {}, None, "unknown"),
    ("MA/recovery-coach", NOW, "signature.author.within", {}, "5 business days after service", "primary"),
    ("MA/recovery-coach", NOW, "signature.supervisor.by", {}, ("supervising-clinician",), "primary"),
    ("MA/recovery-coach", NOW, "signature.supervisor.within", {}, None, "unknown"),
    ("MA/recovery-coach", NOW, "signature.supervisor.by", {"tier": "peer-supervisor"}, None, "absent"),
    ("MA/recovery-coach", NOW, "credential.CARC.in_process", {}, True, "primary"),
    ("MA/recovery-coach", NOW, "credential.CARC.recovery_months", {}, 24, "primary"),
    ("MA/recovery-coach", NOW, "filing.within", {}, ("90 days after last service",), "primary"),
    ("MA/recovery-coach", NOW, "filing.other_payer_within", {}, ("90 days after other payer",), "primary"),
    ("MA/recovery-coach", "2023-03-31", "modifier.95.use", {"channel": "video"}, None, "absent"),
    ("MA/recovery-coach", NOW, "modifier.93.use", {"channel": "audio"}, "one-of", "secondary"),
    ("MA/cps", NOW, "supervision.by", {}, ("supervising-clinician", "certified-peer-supervisor"), "unconfirmed"),
    ("MA/cbhc", NOW, "service.adult.hcpcs", {"service": "adult"}, "T1040", "primary"),
    ("MA/cbhc", NOW, "service.adult.modifiers", {"service": "adult"}, ("HB",), "primary"),
    ("MA/cbhc", NOW, "service.youth.modifiers", {"service": "youth"}, ("HA",), "primary"),
    ("MA/cbhc", NOW, "service.adult.paid", {"service": "adult"}, None, "unknown"),
    ("MA/cbhc", NOW, "unit.per", {"service": "adult"}, "day", "primary"),
    ("MA/cbhc", NOW, "rate.amount", {"service": "adult"}, "233.90", "primary"),
    ("MA/cbhc", NOW, "rate.amount", {"service": "youth"}, None, "unknown"),
    ("MA/family-partner", NOW, "service.family.hcpcs", {"service": "family"}, "H0038", "secondary"),
    ("MA/family-partner", NOW, "service.family.modifiers", {"service": "family"}, None, "unknown"),
    ("MA/family-partner", NOW, "unit.minutes", {"service": "family"}, 15, "secondary"),
    ("MA/recovery-coach", NOW, "modifier.93.use", {"channel": "video"}, None, "absent"),
    ("MA/cps", NOW, "service.individual.hcpcs", {}, None, "unknown"),
    ("MA/cps", NOW, "signature.supervisor.by", {}, ("supervising-clinician",), "primary"),
    ("MA/cps", NOW, "signature.author.within", {}, None, "unsaid"),
    ("MA/cps", NOW, "credential.CPS.training_hours", {}, 60, "secondary"),
    # Oregon: one code and two services; HK changes rate and authorization; the plan rule changed on a day.
    ("OR/pds", NOW, "service.individual.modifiers", {}, (), "secondary"),
    ("OR/pds", NOW, "service.specialized.hcpcs", {"service": "specialized"}, "H0038", "secondary"),
    ("OR/pds", NOW, "service.specialized.modifiers", {"service": "specialized"}, ("HK",), "secondary"),
    ("OR/pds", NOW, "service.outreach.hcpcs", {"service": "outreach"}, "H0023", "secondary"),
    ("OR/pds", NOW, "service.group.hcpcs", {"service": "group"}, "H0038", "unconfirmed"),
    ("OR/pds", NOW, "unit.minutes", {}, 15, "secondary"),
    ("OR/pds", NOW, "unit.per", {"service": "outreach"}, "service", "secondary"),
    ("OR/pds", NOW, "unit.rounding", {}, None, "unknown"),
    ("OR/pds", "2026-01-31", "rate.amount", {}, None, "unsaid"),
    ("OR/pds", "2026-02-01", "rate.amount", {}, "26.49", "secondary"),
    ("OR/pds", "2026-02-01", "rate.amount", {"service": "specialized"}, "33.12", "secondary"),
    ("OR/pds", "2026-02-01", "rate.amount", {"service": "outreach"}, "62.97", "secondary"),
    ("OR/pds", NOW, "rate.amount", {"region": "rural"}, None, "unknown"),
    ("OR/pds", NOW, "authorization.required", {}, False, "secondary"),
    ("OR/pds", NOW, "authorization.required", {"service": "specialized"}, True, "secondary"),
    ("OR/pds", "2024-10-27", "plan.service.complete_within", {}, "90 days after contact", "primary"),
    ("OR/pds", "2024-10-27", "plan.service.signed_within", {}, "10 business days after plan", "primary"),
    ("OR/pds", "2024-10-27", "plan.service.review_every", {}, "1 year", "primary"),
    ("OR/pds", "2024-10-28", "plan.service.complete_within", {}, None, "unknown"),
    ("OR/pds", "2024-10-28", "plan.service.before_service", {}, False, "primary"),
    ("OR/pds", NOW, "credential.PSS.training_hours", {}, 40, "primary"),
    ("OR/pds", NOW, "credential.CRM.name", {}, "Certified Recovery Mentor", "primary"),
    ("OR/pds", NOW, "credential.YSS.name", {"age": 30}, "Youth Support Specialist", "unconfirmed"),
    ("OR/pds", NOW, "credential.YSS.name", {"age": 31}, None, "absent"),
    ("OR/pds", NOW, "modifier.HF.use", {"service": "outreach", "diagnosis": SUD}, "one-of", "secondary"),
    ("OR/pds", NOW, "modifier.HF.use", {"service": "outreach", "diagnosis": MH}, None, "absent"),
    ("OR/pds", NOW, "modifier.HG.use", {"service": "outreach", "diagnosis": MH}, "one-of", "secondary"),
    ("OR/pds", NOW, "modifier.U9.use", {}, "optional", "secondary"),
    ("OR/pds", NOW, "filing.within", {}, ("12 months after service",), "primary"),
    ("OR/pds", NOW, "filing.resubmit_within", {}, ("18 months after service",), "primary"),
    # Florida: no code; what an endorsement fits; two business days for the note.
    ("FL/recovery", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
    ("FL/recovery", NOW, "service.individual.modifiers", {}, None, "unknown"),
    ("FL/recovery", NOW, "service.group.paid", {"service": "group"}, None, "unknown"),
    ("FL/recovery", NOW, "service.clubhouse.mode", {"service": "clubhouse"}, "drop-in", "primary"),
    ("FL/recovery", NOW, "unit.minutes", {}, 15, "secondary"),
    ("FL/recovery", NOW, "rate.amount", {}, None, "unknown"),
    ("FL/recovery", NOW, "signature.author.within", {}, "2 business days after service", "primary"),
    ("FL/recovery", NOW, "credential.CRPS.issuer", {}, "Florida Certification Board", "primary"),
    ("FL/recovery", NOW, "credential.CRPS.endorsement", {"age": 17}, ("F", "Y"), "secondary"),
    ("FL/recovery", NOW, "credential.CRPS.endorsement", {"age": 18}, ("A", "V", "Y"), "secondary"),
    ("FL/recovery", NOW, "credential.CRPS.peer_age", {"endorsement": ["Y"]}, "18-29", "secondary"),
    ("FL/recovery", NOW, "credential.CRPS.recovery_months", {"endorsement": ["A"]}, 24, "primary"),
    ("FL/recovery", NOW, "credential.CRPS.recovery_months", {"endorsement": ["F"]}, 0, "primary"),
    ("FL/recovery", NOW, "credential.CRPS.experience_hours", {}, 500, "secondary"),
    ("FL/recovery", NOW, "credential.CRPS.in_process", {}, None, "unknown"),
    ("FL/recovery", NOW, "filing.within", {}, ("365 days after service",), "secondary"),
    # Rhode Island: a certificate and a filing clock, and little else.
    ("RI/recovery", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
    ("RI/recovery", NOW, "service.individual.modifiers", {}, None, "unknown"),
    ("RI/recovery", NOW, "unit.minutes", {}, 15, "secondary"),
    ("RI/recovery", "2024-08-03", "rate.amount", {}, None, "unsaid"),
    ("RI/recovery", "2024-08-04", "rate.amount", {}, "13.50", "secondary"),
    ("RI/recovery", NOW, "rate.per", {}, None, "unknown"),
    ("RI/recovery", NOW, "credential.CPRS.training_hours", {}, 46, "secondary"),
    ("RI/recovery", NOW, "credential.CPRS.exam", {}, True, "secondary"),
    ("RI/recovery", NOW, "filing.within", {}, ("365 days after first service",), "primary"),
    (
        "RI/recovery",
        NOW,
        "filing.other_payer_within",
        {},
        ("365 days after first service", "90 days after other payer"),
        "primary",
    ),
    # Pennsylvania: three who sign the plan; a recommendation of at most 60 days; the rest from secondary texts.
    ("PA/cps", NOW, "service.individual.hcpcs", {}, "H0038", "secondary"),
    ("PA/cps", NOW, "service.group.modifiers", {"service": "group"}, ("HQ",), "secondary"),
    ("PA/cps", NOW, "unit.minutes", {}, 15, "secondary"),
    ("PA/cps", NOW, "unit.rounding", {}, None, "unknown"),
    ("PA/cps", NOW, "plan.isp.signers", {}, ("member", "peer", "mental-health-professional"), "primary"),
    ("PA/cps", NOW, "plan.isp.complete_within", {}, "1 month after enrollment", "primary"),
    ("PA/cps", NOW, "plan.isp.review_every", {}, "6 months", "primary"),
    ("PA/cps", NOW, "plan.recommendation.start_within", {}, "60 days after recommendation", "secondary"),
    ("PA/cps", NOW, "credential.CPS.training_hours", {}, 75, "primary"),
    ("PA/cps", NOW, "credential.CPS.ce_hours", {}, 36, "secondary"),
    ("PA/cps", "2019-08-31", "credential.CPS.in_process", {}, None, "unsaid"),
    ("PA/cps", "2019-09-01", "credential.CPS.in_process", {}, False, "primary"),
    ("PA/cps", NOW, "limit.day.units", {}, 16, "secondary"),
    ("PA/cps", NOW, "rate.amount", {}, None, "unknown"),
    (
        "PA/cps",
        "2022-06-30",
        "modifier.FQ.use",
        {"channel": "audio", "payer": "fee-for-service"},
        None,
        "absent",
    ),
    (
        "PA/cps",
        "2022-07-01",
        "modifier.FQ.use",
        {"channel": "audio", "payer": "fee-for-service"},
        "informational",
        "secondary",
    ),
    ("PA/cps", NOW, "modifier.FQ.use", {"channel": "audio", "payer": "healthchoices"}, None, "absent"),
    ("PA/cps", NOW, "filing.within", {}, ("180 days after service",), "primary"),
    ("PA/cps", NOW, "filing.resubmit_within", {}, ("365 days after service",), "primary"),
    ("PA/crs", NOW, "service.individual.hcpcs", {}, None, "unknown"),
    ("PA/crs", NOW, "unit.minutes", {}, None, "unknown"),
    ("PA/crs", NOW, "credential.CRS.name", {}, "Certified Recovery Specialist", "secondary"),
    ("PA/crs", NOW, "filing.within", {}, ("180 days after service",), "primary"),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=named)
def test_a_billers_question_gets_the_value_and_its_status(question: Question) -> None:
    id_, day, asked, given, value, status = question
    assert answer(id_, day, asked, **given) == (value, status)


# Programme, day, allowed, refused, not known.
CHANNELS = [
    ("VA/arts", "2020-03-18", {"in-person", "video"}, set(), set()),
    ("VA/arts", "2020-03-19", {"in-person", "video", "audio"}, set(), set()),
    ("VA/arts", "2021-07-01", {"in-person", "video", "audio"}, set(), set()),
    ("VA/arts", "2021-07-02", {"in-person", "video"}, set(), {"audio"}),
    ("NC/pss", NOW, {"in-person"}, set(), {"video", "audio"}),
    ("MD/community", "2023-06-30", {"in-person", "video", "audio"}, set(), set()),
    ("MD/community", "2023-07-01", {"in-person", "video"}, {"audio"}, set()),
    ("MD/community", NOW, {"in-person", "video"}, {"audio"}, set()),
    ("MA/recovery-coach", "2023-03-31", {"in-person"}, set(), set()),
    ("MA/recovery-coach", "2023-04-01", {"in-person", "video", "audio"}, set(), set()),
    ("OR/pds", NOW, {"in-person", "video"}, set(), {"audio"}),
    ("FL/recovery", "2023-05-31", {"in-person", "video"}, set(), {"audio"}),
    ("FL/recovery", "2023-06-01", {"in-person", "video"}, {"audio"}, set()),
    ("RI/recovery", NOW, {"in-person"}, set(), {"video", "audio"}),
    ("PA/cps", "2022-06-30", {"in-person", "audio"}, set(), set()),
    ("PA/cps", "2022-07-01", {"in-person", "video", "audio"}, set(), set()),
    ("PA/crs", NOW, {"in-person", "video", "audio"}, set(), set()),
]


@pytest.mark.parametrize(("id_", "day", "allowed", "refused", "unknown"), CHANNELS)
def test_channels_on_both_sides_of_each_change(
    id_: str, day: str, allowed: set[str], refused: set[str], unknown: set[str]
) -> None:
    assert words(id_, day, "channel", "allow") == allowed
    assert words(id_, day, "channel", "deny") == refused
    assert not_known(id_, day, "channel") == unknown


TELEHEALTH_MODIFIERS = [
    ("MD/community", {"channel": "video"}, {"GT"}),
    ("MD/community", {"channel": "in-person"}, set()),
    ("MA/cps", {"channel": "video"}, {"95"}),
    ("MA/cps", {"channel": "audio"}, {"93", "FQ"}),
    ("OR/pds", {"channel": "video"}, {"GT", "U9", "HH", "HO"}),
    ("OR/pds", {"region": "rural"}, {"TN", "U9", "HH", "HO"}),
    ("OR/pds", {"service": "outreach", "channel": "video"}, {"U9", "HH", "HO"}),
    ("FL/recovery", {"channel": "video"}, {"GT"}),
    ("NC/pss", {"channel": "video"}, {"GT"}),
    ("NC/pss", {"channel": "audio"}, {"KX"}),
    ("VA/arts", {"channel": "video"}, set()),
]


@pytest.mark.parametrize(("id_", "given", "modifiers"), TELEHEALTH_MODIFIERS)
def test_modifiers_beside_the_services_own(id_: str, given: dict[str, Any], modifiers: set[str]) -> None:
    assert set(programme(id_).rules(dt.date.fromisoformat(NOW), facts(**given)).modifier) == modifiers


def test_places_follow_the_words_of_the_texts() -> None:
    assert {"11", "12", "23", "99"} <= words("NC/pss", NOW, "place", "allow")
    assert words("MD/community", NOW, "place", "deny") == {"19", "21", "22", "23", "51", "55", "56"}
    assert words("MA/recovery-coach", NOW, "place", "allow", channel="video") == {"02", "10"}
    assert words("MA/recovery-coach", NOW, "place", "allow") == set()
    assert words("PA/cps", NOW, "place", "allow", channel="video", payer="fee-for-service") == {"02", "10"}
    assert words("PA/cps", NOW, "place", "allow", channel="video", payer="healthchoices") == set()
    assert "09" not in words("PA/cps", NOW, "place", "allow")


def test_places_that_are_our_reading_only_ask_for_a_look() -> None:
    for id_ in ("NC/pss", "PA/cps"):
        said = programme(id_).rules(dt.date.fromisoformat(NOW), facts()).place.of("allow")
        assert {who.severity for who in said.values()} == {Severity.WARNING}


# The elements that the state asks for beside those of the federal floor.
ELEMENTS: list[tuple[str, dict[str, Any], set[str]]] = [
    ("VA/arts", {}, set()),
    ("VA/arts", {"service": "group"}, {"progress"}),
    ("NC/pss", {}, set()),
    ("MD/community", {}, {"reason", "intervention", "progress", "author-title"}),
    ("MA/recovery-coach", {}, {"progress", "referrals"}),
    ("MA/recovery-coach", {"service": "group"}, {"progress", "referrals", "response"}),
    ("OR/pds", {"diagnosis": MH}, {"duration", "diagnosis", "medical-need"}),
    ("OR/pds", {"diagnosis": SUD}, {"duration", "diagnosis", "medical-need", "goal", "author-title", "permission"}),
    (
        "FL/recovery",
        {},
        {"intervention", "reason", "diagnosis", "progress", "medical-need", "plan", "next-step", "referrals"},
    ),
    ("RI/recovery", {}, set()),
    ("PA/cps", {}, set()),
]


@pytest.mark.parametrize(("id_", "given", "elements"), ELEMENTS)
def test_note_elements_beside_the_federal_floor(id_: str, given: dict[str, Any], elements: set[str]) -> None:
    floor = {"date", "member", "author", "service", "start-and-end"}
    assert words(id_, NOW, "documentation", "require", **given) - floor == elements


def test_elements_as_applicable_only_warn() -> None:
    require = programme("FL/recovery").rules(dt.date.fromisoformat(NOW), facts()).documentation.of("require")
    assert {element for element, said in require.items() if said.severity is Severity.WARNING} == {
        "plan",
        "next-step",
        "referrals",
    }


def test_activities_that_are_not_paid() -> None:
    assert {"transport", "note-writing", "shopping", "case-management", "public-support-group"} <= words(
        "VA/arts", NOW, "exclusion", "activity"
    )
    assert words("NC/pss", NOW, "exclusion", "activity") == {"first-response"}
    assert {"mail", "travel", "transport", "missed-appointment", "specimen-collection"} <= words(
        "MD/community", NOW, "exclusion", "activity"
    )
    assert words("OR/pds", NOW, "exclusion", "activity") == {
        "recreation",
        "convenience",
        "research",
        "legal-requirement",
    }
    assert words("PA/cps", NOW, "exclusion", "activity") == {"drop-in-center", "public-support-group"}


def test_stays_that_bar_payment() -> None:
    assert words("MD/community", NOW, "exclusion", "stay") >= {"inpatient", "incarceration"}
    assert "imd" in words("OR/pds", NOW, "exclusion", "stay", age=19)
    assert "imd" in words("OR/pds", NOW, "exclusion", "stay", age=64)
    assert "imd" not in words("OR/pds", NOW, "exclusion", "stay", age=18)
    assert "imd" not in words("OR/pds", NOW, "exclusion", "stay", age=65)


def test_an_allowance_that_may_have_ended_turns_from_error_to_warning() -> None:
    pss = programme("NC/pss")
    before = pss.rules(dt.date(2024, 12, 31), facts()).limit["unmanaged"]
    after = pss.rules(dt.date(2025, 1, 1), facts()).limit["unmanaged"]
    assert before.value == after.value
    assert (before.said["units"].severity, after.said["units"].severity) == (Severity.ERROR, Severity.WARNING)
    assert "may have ended" in after.said["units"].note


def test_the_disputed_year_says_so_from_the_day_of_the_amendment() -> None:
    arts = programme("VA/arts")
    assert "disputed" not in arts.rules(dt.date(2021, 4, 13), facts()).limit["year"].said["hours"].note
    after = arts.rules(dt.date(2021, 4, 14), facts()).limit["year"].said["hours"]
    assert "disputed" in after.note
    assert len(after.citations) == 2


def test_the_episode_allowance_starts_again_with_the_states_fiscal_year() -> None:
    rules = programme("NC/pss").rules(dt.date.fromisoformat(NOW), facts())
    window = rules.limit["unmanaged"].value.per
    start = rules.calendar.value.fiscal_year
    assert window is not None
    assert start is not None
    assert window.kinds == ("episode", "fiscal year")
    assert window.bounds(dt.date(2026, 6, 30), "sunday", start) == (dt.date(2025, 7, 1), dt.date(2026, 6, 30))
    assert window.bounds(dt.date(2026, 7, 1), "sunday", start) == (dt.date(2026, 7, 1), dt.date(2027, 6, 30))


# The last day in time for a note of Wednesday 2026-07-01; Friday the 3rd is a holiday as observed.
@pytest.mark.parametrize(
    ("id_", "last"), [("MA/recovery-coach", dt.date(2026, 7, 9)), ("FL/recovery", dt.date(2026, 7, 6))]
)
def test_note_deadlines_in_business_days(id_: str, last: dt.date) -> None:
    within = programme(id_).rules(dt.date(2026, 7, 1), facts()).signature["author"].value.within
    assert within is not None
    assert within.last_day(dt.date(2026, 7, 1)) == last


# The last day to file a service of 2026-03-02.
@pytest.mark.parametrize(
    ("id_", "last"),
    [
        ("VA/arts", dt.date(2027, 3, 2)),
        ("MD/community", dt.date(2027, 3, 2)),
        ("MA/recovery-coach", dt.date(2026, 5, 31)),
        ("OR/pds", dt.date(2027, 3, 2)),
        ("FL/recovery", dt.date(2027, 3, 2)),
        ("RI/recovery", dt.date(2027, 3, 2)),
        ("PA/cps", dt.date(2026, 8, 29)),
    ],
)
def test_filing_days(id_: str, last: dt.date) -> None:
    within = programme(id_).rules(dt.date.fromisoformat(NOW), facts()).filing.value.within
    assert max(deadline.last_day(dt.date.fromisoformat(NOW)) for deadline in within) == last


# Programme, first and last day for which it is known.
@pytest.mark.parametrize(
    ("id_", "first", "last"),
    [
        ("VA/arts", "2017-07-01", None),
        ("VA/mh", "2017-12-29", None),
        ("NC/b3", "2019-10-31", "2019-10-31"),
        ("NC/pss", "2019-11-01", None),
        ("MD/community", "2023-03-01", None),
        ("MD/intensive", "2022-07-01", None),
        ("MA/recovery-coach", "2023-01-01", None),
        ("OR/pds", "2015-06-26", None),
        ("FL/recovery", "2019-06-28", None),
        ("RI/recovery", "2018-12-31", None),
        ("PA/cps", "2010-01-01", None),
        ("PA/crs", "2024-05-29", None),
    ],
)
def test_programmes_hold_from_their_first_day_to_their_last(id_: str, first: str, last: str | None) -> None:
    one = programme(id_)
    day = dt.date.fromisoformat(first)
    assert one.rules(day, facts()).programme == id_
    with pytest.raises(NotInForceError):
        one.rules(day - dt.timedelta(days=1), facts())
    if last:
        with pytest.raises(NotInForceError):
            one.rules(dt.date.fromisoformat(last) + dt.timedelta(days=1), facts())


@pytest.mark.parametrize("id_", [id_ for state in STATES for id_ in packaged_programmes(state)])
def test_every_row_of_these_files_is_sourced_or_unconfirmed_and_never_hides_what_was_read(id_: str) -> None:
    one = programme(id_)
    own = [row for row in one.rows() if row.layer != "national"]
    for row in own:
        assert row.said.citations or row.said.status is Status.UNCONFIRMED or not row.values, row.path
        assert row.said.note or not row.unknown, f"{row.path} tells what is missing"
    read = {
        (row.table, row.name, key)
        for row in one.rows()
        if row.said.status is not Status.UNCONFIRMED
        for key, _ in row.states()
    }
    guessed = {
        (row.table, row.name, key) for row in own if row.said.status is Status.UNCONFIRMED for key, _ in row.states()
    }
    assert not read & guessed
