"""Searches the vectors of `yingda bench` with faiss and hnswlib, one thread.

For each number of rows: CPU time of a query (median of 5 rounds of 200),
recall@10 of 40 queries against exact float32, CPU time to build, and by how
much the resident memory grew. --only takes some of the contenders.
"""

import argparse
import json
import os
import resource
import statistics
import time

import numpy as np

from vectors import Synthetic, check

DIM, DEPTH, TRUTHFUL, TIMED, ROUNDS, BATCH = 512, 10, 40, 200, 5, 5000
LINKS, BUILD_BREADTH = 16, 200  # HNSW's M and efConstruction


def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * resource.getpagesize()


class Faiss:
    def __init__(self, description):
        import faiss

        faiss.omp_set_num_threads(1)
        self.index = faiss.index_factory(DIM, description, faiss.METRIC_INNER_PRODUCT)

    def train(self, rows):
        self.index.train(rows)

    def add(self, rows, first):
        self.index.add(rows)

    def search(self, query):
        return self.index.search(query[None], DEPTH)[1][0]


class HNSW:
    def __init__(self, n, breadth):
        import hnswlib

        self.index = hnswlib.Index(space="ip", dim=DIM)
        self.index.init_index(max_elements=n, M=LINKS, ef_construction=BUILD_BREADTH, random_seed=1)
        self.index.set_num_threads(1)
        self.index.set_ef(breadth)

    def train(self, rows):
        pass

    def add(self, rows, first):
        self.index.add_items(rows, np.arange(first, first + len(rows)), num_threads=1)

    def search(self, query):
        return self.index.knn_query(query[None], k=DEPTH, num_threads=1)[0][0]


CONTENDERS = {
    "faiss flat fp32": lambda n: Faiss("Flat"),
    "faiss SQ8": lambda n: Faiss("SQ8"),
    "faiss HNSW16": lambda n: Faiss(f"HNSW{LINKS}"),
    "hnswlib, ef 40": lambda n: HNSW(n, 40),
    "hnswlib, ef 200": lambda n: HNSW(n, 200),
}


def measure(name, n):
    s = Synthetic(n, DIM)
    queries = s.queries(0, TIMED)
    best = [(np.empty(0, np.float32), np.empty(0, np.int64)) for _ in range(TRUTHFUL)]
    before, build = resident(), 0.0
    index = CONTENDERS[name](n)
    for first in range(0, n, BATCH):
        rows = s.rows(first, min(first + BATCH, n))
        scores = queries[:TRUTHFUL] @ rows.T
        for i, (had, keys) in enumerate(best):
            all_scores = np.concatenate([had, scores[i]])
            all_keys = np.concatenate([keys, np.arange(first, first + len(rows))])
            top = np.argsort(-all_scores, kind="stable")[:DEPTH]
            best[i] = all_scores[top], all_keys[top]
        begin = time.process_time()
        if first == 0:
            index.train(rows)
        index.add(rows, first)
        build += time.process_time() - begin
    grew = resident() - before
    found = sum(len(set(index.search(queries[i])) & set(best[i][1])) for i in range(TRUTHFUL))
    rounds = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        for q in queries:
            index.search(q)
        rounds.append((time.process_time() - begin) / TIMED)
    return {
        "name": name, "rows": n, "cpu_ms": round(statistics.median(rounds) * 1000, 3),
        "recall_at_10": found / (TRUTHFUL * DEPTH), "build_cpu_s": round(build, 2), "megabytes": grew >> 20,
        "load": os.getloadavg()[0],
    }


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    p.add_argument("--only", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    args = p.parse_args()
    check()
    for n in args.rows:
        for name in args.only:
            # Each in a process of its own: memory that one frees is not the next one's.
            child = os.fork()
            if child == 0:
                print(json.dumps(measure(name, n)), flush=True)
                os._exit(0)
            if os.waitpid(child, 0)[1] != 0:
                raise SystemExit(f"{name} with {n} rows failed")


if __name__ == "__main__":
    main()
