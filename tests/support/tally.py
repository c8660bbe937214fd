"""What a run has tried, counted by the tests and printed at its end, e.g. `bad inputs refused: 1,234`."""

from collections import Counter

tally: Counter[str] = Counter()
