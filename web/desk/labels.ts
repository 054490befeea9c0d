import type { Translate } from "../shared/i18n";
import { type Key, strings } from "./strings";

/** What people read for a slot's name; flows may have slots that have no word here. */
export function slotLabel(name: string, t: Translate<Key>): string {
  return worded(`slot_${name}`, name, t);
}

/** What people read for a field of a customer's record. */
export function fieldLabel(name: string, t: Translate<Key>): string {
  return worded(`field_${name}`, name, t);
}

/** What people read for where a suggestion came from. */
export function sourceLabel(source: string, t: Translate<Key>): string {
  return worded(`source_${source}`, source, t);
}

function worded(key: string, name: string, t: Translate<Key>): string {
  return Object.hasOwn(strings.zh, key) ? t(key as Key) : name;
}
