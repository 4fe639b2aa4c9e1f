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
HEAD = re.compile(r"(submission_\d{1,19}):\s*")
FIELD = re.compile(r" *(?:- )? *:(name|sid|email):(.*)")


def submitters(text: str) -> dict[str, dict[str, str]]:
    """The first submitter of each submission: name, sid and email, as far as they are there.

    >>> submitters("submission_7:\\n  :submitters:\\n  - :name: Ada\\n    :sid: '42'\\n")
    {'submission_7': {'name': 'Ada', 'sid': '42'}}
    """
    found: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in text.splitlines():
        if head := HEAD.fullmatch(line):
            current = found.setdefault(head[1], {})
        elif (field := FIELD.fullmatch(line)) and field[1] not in current:
            current[field[1]] = unquoted(field[2].strip())
    return found


def unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    return text[1:-1] if len(text) >= 2 and text[0] == text[-1] == '"' else text
