"""How every page begins: it needs no network, and a browser loads nothing but its own style and scripts."""

import base64
import hashlib
import html

from peerbill.model.printable import inert


def escape(text: str) -> str:
    r"""Return a text as HTML has it, without markup, controls and direction marks.

    >>> escape("<b>E\u202e1")
    '&lt;b&gt;E�1'
    """
    return html.escape(inert(text))


def page_start(title: str, style: str, *scripts: str, at_once: str = "") -> str:
    """Return a page as HTML until its body begins.

    `scripts` are those that the body has, letter by letter; the script `at_once` runs before anything is drawn.
    """
    policy = content_policy(style, *filter(None, (at_once, *scripts)))
    script = f"<script>{at_once}</script>\n" if at_once else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n{script}</head>\n<body>\n"
    )


def content_policy(style: str, *scripts: str) -> str:
    """Return what a browser may load for a page: its own style and scripts, and nothing else."""
    allowed = f"script-src {' '.join(map(_digest, scripts))}; " if scripts else ""
    return (
        f"default-src 'none'; {allowed}style-src {_digest(style)}; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
