"""The file beside a Gradescope export that tells whose `submission_123456` is.

It is YAML; here its few known lines are read one by one, and anything else in it is passed over:

    submission_123456:
      :submitters:
      - :name: Ada Lovelace
        :sid: '42'
        :email: ada@example.org
"""

from __future__ import annotations

import re

METADATA = "submission_metadata.yml"
MOST = 20  # people of a group
HEAD = re.compile(r"(submission_\d{1,19}):\s*")
FIELD = re.compile(r" *(- )? *:(name|sid|email):(.*)")


def submitters(text: str) -> dict[str, list[dict[str, str]]]:
    """Who handed in each submission, one or a group: name, sid and email, as far as they are there.

    >>> submitters("submission_7:\\n  :submitters:\\n  - :name: Ada\\n    :sid: '42'\\n  - :name: Bob\\n")
    {'submission_7': [{'name': 'Ada', 'sid': '42'}, {'name': 'Bob'}]}
    """
    found: dict[str, list[dict[str, str]]] = {}
    group: list[dict[str, str]] = []
    for line in text.splitlines():
        if head := HEAD.fullmatch(line):
            group = found.setdefault(head[1], [])
        elif field := FIELD.fullmatch(line):
            if field[1] and len(group) < MOST:
                group.append({})
            if group:
                group[-1].setdefault(field[2], unquoted(field[3].strip()))
    return found


def unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    return text[1:-1] if len(text) >= 2 and text[0] == text[-1] == '"' else text
