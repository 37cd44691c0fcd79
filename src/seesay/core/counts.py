"""Words of messages: what is counted stands in the singular where it is one."""

from __future__ import annotations


def counted(count: int, noun: str, several: str = "") -> str:
    """Return a count with its noun, such as `1 item` or `2,000 items`.

    Args:
        several: the plural, where it is not the noun with an `s`.
    """
    return f"{count:,} {noun if count == 1 else several or f'{noun}s'}"
