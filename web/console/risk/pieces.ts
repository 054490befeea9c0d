/** The text of a message cut at its entities; offsets count code points. */
export function pieces<E extends { start: number; end: number }>(text: string, entities: readonly E[]): { text: string; entity: E | null }[] {
  const points = [...text];
  const out: { text: string; entity: E | null }[] = [];
  let at = 0;
  for (const entity of [...entities].sort((a, b) => a.start - b.start)) {
    if (entity.start < at || entity.end > points.length) continue; // overlaps one already shown
    if (entity.start > at) out.push({ text: points.slice(at, entity.start).join(""), entity: null });
    out.push({ text: points.slice(entity.start, entity.end).join(""), entity });
    at = entity.end;
  }
  if (at < points.length) out.push({ text: points.slice(at).join(""), entity: null });
  return out;
}
