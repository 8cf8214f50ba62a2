import json
import sys
import unicodedata

from peerbill.model.printable import REPLACEMENT, inert, inert_json, whole

EVERY_SIGN = [chr(code) for code in range(sys.maxunicode + 1)]


def test_what_controls_hides_or_turns_is_replaced_and_nothing_else() -> None:
    replaced = {sign for sign in EVERY_SIGN if inert(sign) != sign}
    hidden = {sign for sign in EVERY_SIGN if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}

    assert hidden - {"\t", "\n"} <= replaced
    assert all(unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp", "Cn"} for sign in replaced)
    assert {inert(sign) for sign in replaced} == {REPLACEMENT}


def test_only_half_characters_have_no_place_in_a_file() -> None:
    assert {sign for sign in EVERY_SIGN if whole(sign) != sign} == {chr(code) for code in range(0xD800, 0xE000)}


def test_json_made_inert_has_the_same_values_and_none_of_the_signs() -> None:
    values = ["E\u202e1", "\x7f\x85", "\U000e0041", "é😀", 'a"b\n']
    made = inert_json(json.dumps(values, ensure_ascii=False))

    assert json.loads(made) == values
    assert inert(made) == made
