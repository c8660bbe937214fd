"""Known mistakes made from slips: each alone and each two together, so that an answer with two slips is recognized, too."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from torch import Tensor

from ._kinds import Raised, _copied, equal

Slips = Mapping[str, Mapping[str, Any]]  # setting → {what is wrong with a value: the value}


def of_slips(build: Callable[..., Any], slips: Slips, together: int = 2) -> dict[str, Any]:
    """What somebody who makes these slips would write, `build(setting=value, …)`, for one slip up to `together` of them."""
    found = {}
    for count in range(1, together + 1):
        for settings in itertools.combinations(slips, count):
            for chosen in itertools.product(*(slips[setting].items() for setting in settings)):
                words = "; and ".join(dict.fromkeys(name for name, _ in chosen))
                found[words] = build(**{setting: value for setting, (_, value) in zip(settings, chosen, strict=True)})
    return found


class apart(Mapping):
    """Those mistakes that give something wrong for these cases, and each only once: the first name stays.

    Two single slips (no "; and ") that give the same are named together, because an answer can come from either. They are
    compared when they're needed first.
    """

    def __init__(self, mistakes: Mapping[str, Callable], reference: Callable, cases: list[tuple]):
        self._given = mistakes, reference, cases

    @functools.cached_property
    def _apart(self) -> dict[str, Callable]:
        return _apart(*self._given)

    def __getitem__(self, name: str) -> Callable:
        return self._apart[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._apart)

    def __len__(self) -> int:
        return len(self._apart)


def _apart(mistakes: Mapping[str, Callable], reference: Callable, cases: list[tuple]) -> dict[str, Callable]:
    right, seen = _results(reference, cases), {}  # a rough key → those that have it
    for name, function in mistakes.items():
        results = _results(function, cases)
        if all(result is Raised for result in results):
            continue  # any function that raises an exception would look like this one
        similar = seen.setdefault(_key(results), [])
        twin = next((one for one in similar if _alike(one[1], results)), None)
        if twin and "; and " not in name + twin[0]:
            twin[0] += f"; or {name}" * (name not in twin[0])
        elif not twin and not _alike(right, results):
            similar.append([name, results, function])
    named = {id(function): name for similar in seen.values() for name, _, function in similar}
    return {named[id(function)]: function for function in mistakes.values() if id(function) in named}


def values_apart(mistakes: Mapping[str, float], right: float) -> dict[str, Callable[[], float]]:
    """The same for numbers."""
    seen: dict[float, str] = {}
    for name, value in mistakes.items():
        if value != right and (value not in seen or "; and " not in name + seen[value]):
            seen[value] = f"{seen[value]}; or {name}" if value in seen else name
    return {name: lambda value=value: value for value, name in seen.items()}


def where(features: Mapping[str, Callable[[tuple], bool]], wrong: Iterable[tuple], cases: Iterable[tuple]) -> str:
    """The feature that all the wrong cases have and none of the right ones, '' if there's none: by identity of cases."""
    wrong = list(wrong)
    right = [case for case in cases if not any(case is other for other in wrong)]
    for name, has in features.items():
        if all(map(has, wrong)) and not any(map(has, right)):
            return name
    return ""


def _results(function: Callable, cases: list[tuple]) -> list[Any]:
    results = []
    for case in cases:
        try:
            results.append(function(*_copied(case)))
        except Exception:
            results.append(Raised)
    return results


def _key(value: Any) -> Any:
    """Equal for results that are alike, and different for most that aren't."""
    if isinstance(value, (list, tuple)):
        return tuple(map(_key, value))
    if isinstance(value, Tensor):
        return tuple(value.shape), round(value.double().sum().item(), 2)
    return round(value, 2) if isinstance(value, float) else value


def _alike(some: list[Any], others: list[Any]) -> bool:
    return all(a is b or equal(a, b) for a, b in zip(some, others, strict=True))
