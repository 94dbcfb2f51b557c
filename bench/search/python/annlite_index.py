"""annlite as its executor uses it, without the executor: what clip-as-service's search ran on."""
import threading
import time

from annlite import AnnLite
from contestant import DIMENSIONS, columns, searches, serve, vectors
from docarray import Document, DocumentArray

LIMIT = 10


class Contestant:
    def __init__(self):
        # The executor takes a lock, and annlite does not stand two threads at a time.
        self.lock = threading.Lock()

    def open(self, task):
        start = time.perf_counter()
        self.index = AnnLite(
            DIMENSIONS,
            metric="cosine",
            columns={"n": int, "centre": int},
            data_path=task["folder"],
            max_connection=16,
        )
        ms = 1000 * (time.perf_counter() - start)
        return {"ms": ms, "documents": int(self.index.total_docs)}

    def insert(self, task):
        every = vectors(task["documents"], task["count"])
        values = columns(task)
        start = time.perf_counter()
        done = 0
        while done < task["count"] and time.perf_counter() - start < task["seconds"]:
            batch = DocumentArray(
                Document(
                    id=str(i),
                    embedding=every[i],
                    text=f"picture {i}",
                    tags={name: int(column[i]) for name, column in values.items()},
                )
                for i in range(done, min(done + task["batch"], task["count"]))
            )
            self.index.index(batch)
            done += len(batch)
        return {"ms": 1000 * (time.perf_counter() - start), "inserted": done}

    def search(self, query, filter):
        wanted = {} if filter is None else {filter["column"]: {"$lt": filter["below"]}}
        with self.lock:
            _, found = self.index.search_by_vectors(
                query.reshape(1, -1), limit=LIMIT, filter=wanted
            )
        return [document.id for document in found[0]]

    def close(self, task):
        """As the executor ends: the index is written out."""
        self.index.dump()
        self.index.close()
        return {}


if __name__ == "__main__":
    contestant = Contestant()
    serve(
        {
            "open": contestant.open,
            "insert": contestant.insert,
            "search": lambda task: searches(task, contestant.search),
            "close": contestant.close,
        }
    )
