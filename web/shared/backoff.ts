/**
 * Delay before attempt n (from 0): 0.5 s doubled each time up to 15 s, of which
 * a random half is taken away so that many clients do not return together.
 */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(15_000, 500 * 2 ** Math.min(attempt, 10));
  return Math.round(full / 2 + (full / 2) * random());
}
