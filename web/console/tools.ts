import { createContext, use } from "react";
import type { Lang, Translate } from "../shared/i18n";
import type { ConsoleApi } from "./api";
import { type Key, strings } from "./strings";

export interface ConsoleTools {
  api: ConsoleApi;
  t: Translate<Key>;
  lang: Lang;
}

export const ConsoleContext = createContext<ConsoleTools | null>(null);

/** The routes, texts and language of the console around a component. */
export function useConsole(): ConsoleTools {
  const tools = use(ConsoleContext);
  if (!tools) throw new Error("useConsole outside of ConsoleContext");
  return tools;
}

/** What people read for an entity's type. */
export function entityLabel(type: string, t: Translate<Key>): string {
  const key = `entity_${type}`;
  return Object.hasOwn(strings.zh, key) ? t(key as Key) : type;
}

/** The text of whatever was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
