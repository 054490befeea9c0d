"""The synthetic vectors of bench/vectors.go, number for number."""

import numpy as np

ROWS_OF_TOPIC = 50
SHARED, TOPIC, ROW, QUERY, TOPIC_OF_ROW, TOPIC_OF_QUERY = (np.uint64(i << 56) for i in range(6))


def split_mix(x):
    with np.errstate(over="ignore"):
        x = x + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


class Synthetic:
    """Makes the vectors of an index of n rows of dim values."""

    def __init__(self, n, dim):
        self.dim = dim
        self.topics = np.uint64(max(n // ROWS_OF_TOPIC, 1))
        self.shared = self._part(SHARED, np.zeros(1, np.uint64), 0.55)
        self.topic = self._part(TOPIC, np.arange(int(self.topics), dtype=np.uint64), 0.60)

    def _part(self, stream, rows, part):
        scale = np.float32(part / (65536 * np.sqrt(1.0 / 3) * np.sqrt(self.dim)))
        at = (stream ^ (rows * np.uint64(self.dim)))[:, None] + np.arange(self.dim, dtype=np.uint64)
        z = split_mix(at)
        low = np.uint64(0xFFFF)
        lanes = (z & low) + (z >> np.uint64(16) & low) + (z >> np.uint64(32) & low) + (z >> np.uint64(48))
        return (lanes.astype(np.int64) - 2 * 65535).astype(np.float32) * scale

    def _vectors(self, own, topic_of, first, last):
        out = np.empty((last - first, self.dim), np.float32)
        for at in range(first, last, 4096):
            rows = np.arange(at, min(at + 4096, last), dtype=np.uint64)
            v = self.shared + self.topic[split_mix(topic_of ^ rows) % self.topics] + self._part(own, rows, 0.55)
            v /= np.linalg.norm(v.astype(np.float64), axis=1, keepdims=True).astype(np.float32)
            out[at - first : at - first + len(rows)] = v
        return out

    def rows(self, first, last):
        return self._vectors(ROW, TOPIC_OF_ROW, first, last)

    def queries(self, first, last):
        return self._vectors(QUERY, TOPIC_OF_QUERY, first, last)


def check():
    """Compares with the numbers that bench/search_test.go holds."""
    s = Synthetic(10000, 512)
    got = [f"{v[i]:.5f}" for v in (s.rows(0, 1)[0], s.rows(9999, 10000)[0], s.queries(7, 8)[0]) for i in (0, 255, 511)]
    want = "-0.01303 -0.06576 -0.04433 0.01875 -0.03551 -0.06831 0.03675 -0.04991 -0.02009".split()
    if got != want:
        raise SystemExit(f"the vectors are not those of bench/vectors.go: {got}, want {want}")
