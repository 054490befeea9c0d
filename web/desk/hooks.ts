import { createContext, use, useEffect, useState, useSyncExternalStore } from "react";
import type { Lang, Translate } from "../shared/i18n";
import type { DeskState } from "./state";
import type { QuickBook, QuickShelf } from "./quickbook";
import type { DeskStore } from "./store";
import type { Key } from "./strings";

export interface DeskTools {
  store: DeskStore;
  quick: QuickBook;
  t: Translate<Key>;
  lang: Lang;
}

export const DeskContext = createContext<DeskTools | null>(null);

/** The store, texts and language of the desk around a component. */
export function useDesk(): DeskTools {
  const tools = use(DeskContext);
  if (!tools) throw new Error("useDesk outside of DeskContext");
  return tools;
}

/** The desk's state, read again at each change. */
export function useDeskState(): DeskState {
  const { store } = useDesk();
  return useSyncExternalStore(store.subscribe, store.snapshot);
}

/** The quick replies by conversation, read again at each change. */
export function useQuick(): ReadonlyMap<string, QuickShelf> {
  const { quick } = useDesk();
  return useSyncExternalStore(quick.subscribe, quick.snapshot);
}

/** The time, again every `every` milliseconds. */
export function useNow(every: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

/** Whether the window is at most `width` pixels wide. */
export function useNarrow(width: number): boolean {
  const media = `(max-width: ${width}px)`;
  return useSyncExternalStore(
    (listener) => {
      const query = matchMedia(media);
      query.addEventListener("change", listener);
      return () => query.removeEventListener("change", listener);
    },
    () => matchMedia(media).matches,
  );
}

/** Whether the browser believes to be connected. */
export function useOnline(): boolean {
  return useSyncExternalStore(
    (listener) => {
      window.addEventListener("online", listener);
      window.addEventListener("offline", listener);
      return () => {
        window.removeEventListener("online", listener);
        window.removeEventListener("offline", listener);
      };
    },
    () => navigator.onLine,
  );
}
