"""Adds the numbers of each line of its standard input.

`cloche run examples/cases/add.py --cases examples/cases/cases.json` runs it once for each case.
"""

import sys

for line in sys.stdin:
    print(sum(int(word) for word in line.split()))
