import { Button, Input, Segmented, type GetRef } from "antd";
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { useDesk, useDeskState, useQuick } from "./hooks";
import { blanksOf, inserted, matching, nextBlank, type QuickReply, slashAt, withAttachments } from "./quick";
import { QuickList } from "./QuickList";
import { noDraft } from "./state";
import { SuggestionStrip } from "./Suggestions";

type Mode = "reply" | "note";
const maxText = 2000;
const listed = 50;

/** The text field of a conversation: replies for its owner, notes for everybody. */
export function Composer({ id, canReply, single }: { id: string; canReply: boolean; single: boolean }): ReactNode {
  const { store, quick, t } = useDesk();
  const state = useDeskState();
  const shelf = useQuick().get(id);
  const [mode, setMode] = useState<Mode>(canReply ? "reply" : "note");
  const [note, setNote] = useState("");
  const [saving, setSaving] = useState(false);
  const [caret, setCaret] = useState(0);
  const [active, setActive] = useState(0);
  /** Where a slash stands whose list was closed with Escape. */
  const [dismissed, setDismissed] = useState(-1);
  const field = useRef<GetRef<typeof Input.TextArea>>(null);
  const draft = state.drafts.get(id) ?? noDraft;
  const replying = mode === "reply";
  const text = replying ? draft.text : note;
  const slash = replying && canReply ? slashAt(text, caret) : null;
  const open = slash !== null && slash.from !== dismissed;
  const found = open ? matching(shelf?.list ?? [], slash.query).slice(0, listed) : [];
  const at = Math.min(active, Math.max(0, found.length - 1));
  const blanks = replying ? blanksOf(text) : [];

  useEffect(() => {
    if (canReply && !single) field.current?.focus({ cursor: "end" });
  }, [canReply, single]);
  useEffect(() => {
    if (draft.suggestion) field.current?.focus({ cursor: "end" });
  }, [draft.suggestion]);
  useEffect(() => {
    if (open && !shelf) void quick.load(id);
  }, [open, shelf, quick, id]);
  useEffect(() => {
    const listen = (event: Event) => {
      const wanted = (event as CustomEvent<Mode>).detail;
      if (wanted === "reply" && !canReply) return;
      setMode(wanted);
      field.current?.focus({ cursor: "end" });
    };
    window.addEventListener("yingda:compose", listen);
    return () => window.removeEventListener("yingda:compose", listen);
  }, [canReply]);

  const select = (start: number, end: number) => {
    requestAnimationFrame(() => {
      const area = field.current?.resizableTextArea?.textArea;
      area?.focus();
      area?.setSelectionRange(start, end);
      setCaret(end);
    });
  };
  const put = (reply: QuickReply, from: number, to: number) => {
    const after = inserted(store.draft(id).text, from, to, withAttachments(reply));
    store.setDraft(id, after.text);
    quick.drafted(id, reply.id);
    setMode("reply");
    setActive(0);
    select(after.start, after.end);
  };
  const putAtCaret = useRef<(reply: QuickReply) => void>(() => undefined);
  useEffect(() => {
    putAtCaret.current = (reply) => {
      const area = field.current?.resizableTextArea?.textArea;
      const whole = store.draft(id).text;
      const from = replying ? (area?.selectionStart ?? whole.length) : whole.length;
      const to = replying ? (area?.selectionEnd ?? from) : from;
      put(reply, from, to);
    };
  });
  useEffect(() => {
    const listen = (event: Event) => {
      if (canReply) putAtCaret.current((event as CustomEvent<QuickReply>).detail);
    };
    window.addEventListener("yingda:quick", listen);
    return () => window.removeEventListener("yingda:quick", listen);
  }, [canReply]);

  const fillNext = () => {
    const area = field.current?.resizableTextArea?.textArea;
    const blank = nextBlank(text, area?.selectionEnd ?? 0);
    if (blank) select(blank.start, blank.end);
  };
  const submit = async () => {
    if (replying) {
      if (blanks.length > 0) fillNext();
      else store.send(id);
      return;
    }
    const trimmed = note.trim();
    if (trimmed === "" || saving) return;
    setSaving(true);
    if (await store.note(id, trimmed)) setNote("");
    setSaving(false);
  };
  /** The keys of the open list; false leaves the key to the field. */
  const listKey = (key: string): boolean => {
    if (!open) return false;
    if (key === "ArrowDown" || key === "ArrowUp") setActive((at + (key === "ArrowDown" ? 1 : found.length - 1)) % Math.max(1, found.length));
    else if ((key === "Enter" || key === "Tab") && found[at]) put(found[at], slash.from, caret);
    else if (key === "Escape") setDismissed(slash.from);
    else return false;
    return true;
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (!event.shiftKey && listKey(event.key)) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void submit();
    } else if (event.key === "Escape") event.currentTarget.blur();
  };
  const onChange = (value: string, position: number) => {
    setCaret(position);
    setActive(0);
    if (slashAt(value, position)?.from !== dismissed) setDismissed(-1);
    if (replying) store.setDraft(id, value);
    else setNote(value);
  };
  return (
    <footer className={`composer ${canReply ? mode : "aside"}`}>
      {open && <QuickList shelf={shelf} found={found} active={at} query={slash.query} onPick={(reply) => put(reply, slash.from, caret)} onHover={setActive} onRetry={() => void quick.load(id)} />}
      {single && canReply && replying && <SuggestionStrip id={id} />}
      {canReply && <div className="modes">
        <Segmented<Mode>
          size="small"
          value={mode}
          onChange={setMode}
          options={[{ value: "reply", label: t("reply") }, { value: "note", label: t("note") }]}
        />
        {replying && draft.suggestion && <span className="origin">{t("from_suggestion")}</span>}
      </div>}
      {blanks.length > 0 && (
        <div className="blanks" role="status">
          <span>{t("quick_blanks", { list: blanks.map((blank) => blank.slice(2, -2).trim()).join("、") })}</span>
          <Button size="small" type="link" onClick={fillNext}>{t("quick_next")}</Button>
        </div>
      )}
      <div className="writing">
        <Input.TextArea
          ref={field}
          value={text}
          aria-label={t(replying ? "reply" : "note")}
          role={replying && canReply ? "combobox" : undefined}
          aria-expanded={replying && canReply ? open : undefined}
          aria-controls={open ? "quick-list" : undefined}
          aria-activedescendant={open && found.length > 0 ? `quick-${at}` : undefined}
          placeholder={t(replying ? "reply_placeholder" : "note_placeholder")}
          autoSize={{ minRows: single || !canReply ? 1 : 2, maxRows: 8 }}
          maxLength={maxText}
          onChange={(event) => onChange(event.target.value, event.target.selectionStart ?? event.target.value.length)}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
          onKeyDown={onKeyDown}
        />
        <Button type="primary" loading={saving} disabled={text.trim() === ""} onClick={() => void submit()} data-action="send">{t(replying ? "send" : "note_add")}</Button>
      </div>
    </footer>
  );
}
