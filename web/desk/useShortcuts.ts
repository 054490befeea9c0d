import { useEffect, useRef } from "react";
import { useDesk } from "./hooks";
import { listOf, tabs } from "./lists";
import type { DeskStore } from "./store";
import { openConversation } from "./Workbench";

/** The desk's keys. Single letters work outside of text fields; those with Ctrl, ⌘ or Alt everywhere. */
export function useShortcuts(toggleHelp: () => void): void {
  const { store } = useDesk();
  const help = useRef(toggleHelp);
  useEffect(() => {
    help.current = toggleHelp;
  }, [toggleHelp]);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.isComposing || event.defaultPrevented) return;
      const used = suggestionKey(store, event) || (!isTyping(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey && plainKey(store, event.key, help.current));
      if (used) event.preventDefault();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [store]);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** Ctrl or ⌘ with 1–5 sends a suggestion, Alt with 1–5 fills it in. */
function suggestionKey(store: DeskStore, event: KeyboardEvent): boolean {
  const n = /^Digit([1-5])$/.exec(event.code)?.[1];
  const send = (event.ctrlKey || event.metaKey) && !event.altKey;
  if (!n || event.shiftKey || !(send || (event.altKey && !event.ctrlKey && !event.metaKey))) return false;
  const { selected, details, agent } = store.snapshot();
  const detail = selected ? details.get(selected) : undefined;
  const suggestion = detail?.suggestions[Number(n) - 1];
  if (!selected || !suggestion || detail?.data?.status !== "human" || detail.owner.id !== agent?.id) return false;
  if (event.repeat) return true;
  if (send) store.sendSuggestion(selected, suggestion);
  else store.setDraft(selected, suggestion.text, suggestion);
  return true;
}

function plainKey(store: DeskStore, key: string, help: () => void): boolean {
  const state = store.snapshot();
  const { selected } = state;
  const compose = (mode: "reply" | "note") => {
    window.dispatchEvent(new CustomEvent("yingda:compose", { detail: mode }));
    return true;
  };
  const press = (action: string) => {
    const button = document.querySelector<HTMLButtonElement>(`[data-action="${action}"]`);
    button?.click(); // release and close ask before they act
    return button !== null;
  };
  switch (key.toLowerCase()) {
    case "?":
      help();
      return true;
    case "j":
    case "k":
      return move(store, key.toLowerCase() === "j" ? 1 : -1);
    case "1":
    case "2":
    case "3":
    case "4":
      store.setTab(tabs[Number(key) - 1] ?? "queued");
      return true;
    case "c": {
      const next = selected ?? listOf(state.summaries.values(), "queued", state.agent?.id ?? "")[0]?.conversation;
      if (!selected && next) openConversation(next);
      else if (selected) press("claim");
      return true;
    }
    case "r":
      return compose("reply");
    case "n":
      return compose("note");
    case "b":
      return press("release");
    case "x":
      return press("close");
    default:
      return false;
  }
}

function move(store: DeskStore, step: number): boolean {
  const state = store.snapshot();
  const rows = listOf(state.summaries.values(), state.tab, state.agent?.id ?? "");
  const at = rows.findIndex((summary) => summary.conversation === state.selected);
  const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step))];
  if (next) openConversation(next.conversation);
  return true;
}
