"""What msgspec says of a value that does not fit, said in the reader's language.

People read these sentences when a line of their file is refused. msgspec has only English
ones, made of a few patterns; a sentence of another pattern is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

TEMPLATES: Final[dict[str, str]] = {
    r"Object missing required field `(?P<field>.*)`": "the field {field} is missing",
    r"Object contains unknown field `(?P<field>.*)`": "the field {field} is unknown",
    r"Expected `(?P<wanted>.*?)`, got `(?P<got>.*)`": "{wanted} is expected, not {got}",
    r"Expected `(?P<wanted>.*?)` matching regex (?P<pattern>.*)": "the text has not the form {pattern}",
    r"Expected `(?P<wanted>.*?)` of length >= (?P<count>\d+)": "it is shorter than {count}",
    r"Expected `(?P<wanted>.*?)` of length <= (?P<count>\d+)": "it is longer than {count}",
    r"Expected `(?P<wanted>.*?)` >= (?P<count>-?\d+)": "the number is below {count}",
    r"Expected `(?P<wanted>.*?)` <= (?P<count>-?\d+)": "the number is over {count}",
    r"Invalid (?:enum )?value '?(?P<value>.*?)'?": "the value {value} is not in the list",
    r"Input data was truncated": "it breaks off",
    r"JSON is malformed: (?P<detail>.*) \(byte (?P<byte>\d+)\)": "at byte {byte}: {detail}",
    r"JSON is malformed: (?P<detail>.*)": "{detail}",
}
"""Pattern and template."""

_AT: Final = re.compile(r"(?P<said>.*) - at `\$?\.?(?P<where>.*)`", re.DOTALL)
_PATTERNS: Final = [(re.compile(pattern, re.DOTALL), template) for pattern, template in TEMPLATES.items()]


def reworded(text: str, translate: Callable[[str], str]) -> str:
    """The sentence in the words of :data:`TEMPLATES`, translated; unchanged where it fits none."""
    where = _AT.fullmatch(text)
    if where is not None:
        return f"{where['where']}: {reworded(where['said'], translate)}"
    for pattern, template in _PATTERNS:
        found = pattern.fullmatch(text)
        if found is not None:
            return translate(template).format(**found.groupdict())
    return text
