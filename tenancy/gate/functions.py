"""What a function must be, read from the text that makes it: the only place where its source stands."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

_FUNCTION: Final = re.compile(
    r"CREATE (?:OR REPLACE )?FUNCTION (?P<name>\w+\.\w+)\(.*?\) RETURNS \w+\s+"
    r"LANGUAGE (?P<language>\w+)(?P<options>.*?)"
    r"(?:AS \$\$(?P<body>.*)\$\$|(?P<expression>RETURN .*))",
    re.DOTALL,
)
_CREATES: Final = re.compile(r"^CREATE (OR REPLACE )?FUNCTION ", re.MULTILINE)
_PINNED: Final = re.compile(r"SET (\w+) = ([\w, ]+?)\s*$")


def made(statements: Iterable[str], signatures: Collection[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each function of the statements as its text makes it. Raises ValueError for a text that is read wrongly."""
    texts = [text for text in statements if _CREATES.search(text)]
    found_by_name = {found["name"]: found for text in texts if (found := _FUNCTION.search(text))}
    if len(found_by_name) != len(texts) or {it.partition("(")[0] for it in signatures} != set(found_by_name):
        raise ValueError(f"functions are {sorted(found_by_name)}, rights are for {sorted(signatures)}")
    for signature in signatures:
        found = found_by_name[signature.partition("(")[0]]
        options, pinned = found["options"], _PINNED.search(found["options"])
        yield (
            signature,
            {
                "signature": signature,
                "language": found["language"],
                "volatility": next((it[0].lower() for it in ("STABLE", "IMMUTABLE") if it in options), "v"),
                "parallel": next(
                    (it for it, word in (("s", "SAFE"), ("r", "RESTRICTED")) if f"PARALLEL {word}" in options), "u"
                ),
                "definer": "SECURITY DEFINER" in options,
                "settings": f"{pinned[1]}={pinned[2]}" if pinned else "",
                "source": found["body"].strip(" \n")
                if found["body"] is not None
                else re.sub(r"::text|pg_catalog\.|\s", "", found["expression"]),
            },
        )
