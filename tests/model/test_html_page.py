"""How pages begin."""

from peerbill.model.html_page import content_policy, page_start

NOTHING = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
"""The digest of an empty text, as published with the algorithm."""


def test_a_page_may_load_its_own_style_and_scripts_alone() -> None:
    assert content_policy("") == (
        f"default-src 'none'; style-src {NOTHING}; img-src data:; base-uri 'none'; form-action 'none'"
    )
    policy = content_policy("", "", "alert(1)")
    assert policy.startswith(f"default-src 'none'; script-src {NOTHING} 'sha256-")
    assert policy.count("sha256-") == 3


def test_a_title_is_a_text_and_only_a_script_at_once_is_in_the_head() -> None:
    start = page_start("<b>", "p {}", "last();")

    assert "<title>&lt;b&gt;</title>\n<style>p {}</style>\n</head>\n<body>\n" in start
    assert "<script>" not in start
    assert page_start("A", "p {}", at_once="first();").endswith("<script>first();</script>\n</head>\n<body>\n")
    assert content_policy("p {}", "first();", "last();") in page_start("A", "p {}", "last();", at_once="first();")
