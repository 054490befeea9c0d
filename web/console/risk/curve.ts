import type { RiskPoint } from "../types";

/** The point with the most answers whose promised wrong share keeps to `share`; null where none does. */
export function pointFor(points: readonly RiskPoint[], share: number): RiskPoint | null {
  let best: RiskPoint | null = null;
  for (const point of points) if (point.bound <= share && (!best || point.threshold < best.threshold)) best = point;
  return best;
}

/** Of so many curve points at most `most`, the first and last among them, for drawing. */
export function thinned<T>(points: readonly T[], most: number): T[] {
  if (points.length <= most) return [...points];
  return Array.from({ length: most }, (_, i) => points[Math.round((i * (points.length - 1)) / (most - 1))] as T);
}
