import { failureWords, Http } from "../shared/http";
import { translator, type Lang } from "../shared/i18n";
import { DeskApi } from "./api";
import type { DeskTools } from "./hooks";
import { beep, soundOn } from "./sound";
import { QuickBook } from "./quickbook";
import { DeskStore } from "./store";
import { strings } from "./strings";

type Show = (kind: "error" | "info", text: string) => void;

/** Carries the store's notices to whoever shows them. */
export class Notices {
  private sink: Show | null = null;

  show(kind: "error" | "info", text: string): void {
    this.sink?.(kind, text);
  }

  /** Sends notices to show until the returned function is called. */
  attach(show: Show): () => void {
    this.sink = show;
    return () => {
      if (this.sink === show) this.sink = null;
    };
  }
}

/** Makes what the desk works with, once for the page. */
export function makeDesk(lang: Lang): DeskTools & { notices: Notices } {
  const notices = new Notices();
  const http = new Http({ base: "", words: failureWords[lang], onUnauthenticated: () => store.signedOut() });
  const api = new DeskApi(http);
  const quick = new QuickBook(api, (text) => notices.show("error", text));
  const store: DeskStore = new DeskStore({
    api,
    sent: (id) => quick.sent(id),
    socketUrl: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/desk/ws`,
    notify: (kind, text) => notices.show(kind, text),
    alert: () => {
      if (soundOn()) beep();
    },
  });
  return { store, quick, t: translator(strings, lang), lang, notices };
}
