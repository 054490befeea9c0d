import { Button, Input, Segmented, type GetRef } from "antd";
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { useDesk, useDeskState } from "./hooks";
import { noDraft } from "./state";
import { SuggestionStrip } from "./Suggestions";

type Mode = "reply" | "note";
const maxText = 2000;

/** The text field of a conversation: replies for its owner, notes for everybody. */
export function Composer({ id, canReply, single }: { id: string; canReply: boolean; single: boolean }): ReactNode {
  const { store, t } = useDesk();
  const state = useDeskState();
  const [mode, setMode] = useState<Mode>(canReply ? "reply" : "note");
  const [note, setNote] = useState("");
  const [saving, setSaving] = useState(false);
  const field = useRef<GetRef<typeof Input.TextArea>>(null);
  const draft = state.drafts.get(id) ?? noDraft;
  const replying = mode === "reply";
  const text = replying ? draft.text : note;

  useEffect(() => {
    if (canReply && !single) field.current?.focus({ cursor: "end" });
  }, [canReply, single]);
  useEffect(() => {
    if (draft.suggestion) field.current?.focus({ cursor: "end" });
  }, [draft.suggestion]);
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

  const submit = async () => {
    if (replying) {
      store.send(id);
      return;
    }
    const trimmed = note.trim();
    if (trimmed === "" || saving) return;
    setSaving(true);
    if (await store.note(id, trimmed)) setNote("");
    setSaving(false);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void submit();
    } else if (event.key === "Escape") event.currentTarget.blur();
  };
  return (
    <footer className={`composer ${canReply ? mode : "aside"}`}>
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
      <div className="writing">
        <Input.TextArea
          ref={field}
          value={text}
          aria-label={t(replying ? "reply" : "note")}
          placeholder={t(replying ? "reply_placeholder" : "note_placeholder")}
          autoSize={{ minRows: single || !canReply ? 1 : 2, maxRows: 8 }}
          maxLength={maxText}
          onChange={(event) => (replying ? store.setDraft(id, event.target.value) : setNote(event.target.value))}
          onKeyDown={onKeyDown}
        />
        <Button type="primary" loading={saving} disabled={text.trim() === ""} onClick={() => void submit()} data-action="send">{t(replying ? "send" : "note_add")}</Button>
      </div>
    </footer>
  );
}
