"""The one-to-one assignment of greatest total worth: the Hungarian method, in the form of shortest augmenting paths.

(Jonker and Volgenant, Computing 38, 1987. scipy has it and is no dependency; at most 64 heads meet 64 bodies.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def assign(worth: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Pairs (row, column) of `worth` (n, m), min(n, m) of them, with the greatest sum; of equals always the same."""
    if worth.shape[0] > worth.shape[1]:
        return sorted((row, column) for column, row in assign(worth.T))
    rows, columns = worth.shape
    cost = np.zeros((rows + 1, columns + 1))
    cost[1:, 1:] = -worth
    row_price, column_price = np.zeros(rows + 1), np.zeros(columns + 1)
    owner = np.zeros(columns + 1, np.intp)  # the row that has each column; 0 = nobody, column 0 = the row on its way
    for row in range(1, rows + 1):
        owner[0], at = row, 0
        distance, before = np.full(columns + 1, np.inf), np.zeros(columns + 1, np.intp)
        seen = np.zeros(columns + 1, bool)
        while owner[at]:
            seen[at] = True
            reached = cost[owner[at]] - row_price[owner[at]] - column_price
            nearer = ~seen & (reached < distance)
            distance[nearer], before[nearer] = reached[nearer], at
            after = int(np.argmin(np.where(seen, np.inf, distance)[1:])) + 1
            step = distance[after]
            row_price[owner[seen]] += step
            column_price[seen] -= step
            distance[~seen] -= step
            at = after
        while at:  # everybody on the path moves on by one column
            owner[at] = owner[before[at]]
            at = int(before[at])
    return sorted((int(owner[column]) - 1, column - 1) for column in range(1, columns + 1) if owner[column])
