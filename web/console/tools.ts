import { createContext, use, useCallback, useEffect, useState, useSyncExternalStore } from "react";
import type { Lang, Translate } from "../shared/i18n";
import { clockText, millis } from "../shared/time";
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

/** The text of a name that comes from the server, or the name itself where there is no text for it. */
export function labelOf(prefix: string, name: string, t: Translate<Key>): string {
  const key = `${prefix}_${name}`;
  return Object.hasOwn(strings.zh, key) ? t(key as Key) : name;
}

/** What people read for an entity's type. */
export function entityLabel(type: string, t: Translate<Key>): string {
  return labelOf("entity", type, t);
}

/** The text of whatever was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** 0.943 as 94.3%. */
export function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)}%`;
}

/** A time as people say it; nothing for none. */
export function timeText(at: string | null | undefined, lang: Lang): string {
  return at ? clockText(millis(at, 0), Date.now(), lang) : "";
}

export interface Loading<T> {
  data: T | null;
  error: string;
  busy: boolean;
  reload: () => void;
  set: (data: T) => void;
}

/** Reads something when a component appears, when `read` changes and when asked to; `read` must keep its identity. */
export function useLoad<T>(read: (signal: AbortSignal) => Promise<T>): Loading<T> {
  const [state, setState] = useState<{ data: T | null; error: string; busy: boolean }>({ data: null, error: "", busy: true });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    const run = async () => {
      setState((before) => ({ ...before, busy: true }));
      try {
        const data = await read(stop.signal);
        if (!stop.signal.aborted) setState({ data, error: "", busy: false });
      } catch (error) {
        if (!stop.signal.aborted) setState((before) => ({ ...before, error: errorText(error), busy: false }));
      }
    };
    const timer = setTimeout(() => void run(), 0);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [read, round]);
  const reload = useCallback(() => setRound((n) => n + 1), []);
  const set = useCallback((data: T) => setState({ data, error: "", busy: false }), []);
  return { ...state, reload, set };
}

/** Whether the page is as narrow as a phone. */
export function useNarrow(): boolean {
  return useSyncExternalStore(watchWidth, () => narrow.matches);
}

const narrow = matchMedia("(max-width: 760px)");

function watchWidth(changed: () => void): () => void {
  narrow.addEventListener("change", changed);
  return () => narrow.removeEventListener("change", changed);
}

/** The parts of the page's address behind #/: the view and what it shows. */
export function useRoute(): readonly string[] {
  const hash = useSyncExternalStore(watchHash, () => location.hash);
  return hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
}

function watchHash(changed: () => void): () => void {
  window.addEventListener("hashchange", changed);
  return () => window.removeEventListener("hashchange", changed);
}

/** Opens a place of the console. */
export function go(...parts: (string | number)[]): void {
  location.hash = `#/${parts.map((part) => encodeURIComponent(part)).join("/")}`;
}
