"""Exact search with numpy: the truth that recall is measured against, and the plainest contestant."""
import time

import numpy as np
from contestant import columns, searches, serve, vectors

LIMIT = 10
SLICE = 50_000


class Exact:
    def open(self, task):
        """Reads all vectors and scales them to length 1."""
        start = time.perf_counter()
        source = vectors(task["documents"], task["count"])
        self.vectors = np.empty(source.shape, dtype="f4")
        for at in range(0, len(source), SLICE):
            rows = np.array(source[at : at + SLICE])
            self.vectors[at : at + SLICE] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        del source
        self.columns = columns(task)
        ms = 1000 * (time.perf_counter() - start)
        return {"ms": ms, "documents": len(self.vectors)}

    def taken(self, filter):
        return None if filter is None else self.columns[filter["column"]] < filter["below"]

    def search(self, query, filter):
        scores = self.vectors @ (query / np.linalg.norm(query))
        taken = self.taken(filter)
        if taken is not None:
            scores[~taken] = -2
        best = np.argpartition(-scores, LIMIT)[:LIMIT]
        return best[np.argsort(-scores[best])]

    def nearest(self, task):
        """The nearest of all queries, nearest first, for each filter."""
        queries = np.fromfile(task["queries"], dtype="<f4").reshape(-1, self.vectors.shape[1])
        queries = queries / np.linalg.norm(queries, axis=1, keepdims=True)
        best = [np.zeros((len(queries), 0), dtype=np.int64) for _ in task["filters"]]
        scores = [np.zeros((len(queries), 0), dtype="f4") for _ in task["filters"]]
        masks = [self.taken(filter) for filter in task["filters"]]
        for at in range(0, len(self.vectors), SLICE):
            rows = self.vectors[at : at + SLICE]
            products = queries @ rows.T
            for i, mask in enumerate(masks):
                ids = np.arange(at, at + len(rows))
                some = products
                if mask is not None:
                    kept = mask[at : at + len(rows)]
                    ids, some = ids[kept], products[:, kept]
                keep = min(LIMIT, some.shape[1])
                if keep == 0:
                    continue
                top = np.argpartition(-some, keep - 1, axis=1)[:, :keep]
                every = np.hstack([scores[i], np.take_along_axis(some, top, axis=1)])
                names = np.hstack([best[i], ids[top]])
                order = np.argsort(-every, axis=1)[:, :LIMIT]
                scores[i] = np.take_along_axis(every, order, axis=1)
                best[i] = np.take_along_axis(names, order, axis=1)
        return {"nearest": [ids.tolist() for ids in best]}


if __name__ == "__main__":
    exact = Exact()
    serve(
        {
            "open": exact.open,
            "nearest": exact.nearest,
            "close": lambda task: {},
            "search": lambda task: searches(task, exact.search),
        }
    )
