import { Alert, App, Button, Tag } from "antd";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { ApiError } from "../../shared/http";
import { Shown } from "../parts/Shown";
import type { AutoReplies, ReplyRule, ReplySettings } from "../types";
import { errorText, timeText, useConsole, useLoad } from "../tools";
import { HoursForm } from "./HoursForm";
import { Rule } from "./Rule";

/** What the desk says by itself, and when people serve. */
export function AutoReplyPage(): ReactNode {
  const { api } = useConsole();
  const load = useLoad(useCallback((signal: AbortSignal) => api.autoReplies(signal), [api]));
  return <Shown load={load}>{(saved) => <Settings key={saved.version} saved={saved} onSaved={load.set} onReload={load.reload} />}</Shown>;
}

function Settings({ saved, onSaved, onReload }: { saved: AutoReplies; onSaved: (saved: AutoReplies) => void; onReload: () => void }): ReactNode {
  const { api, t, lang } = useConsole();
  const { message } = App.useApp();
  const [settings, setSettings] = useState<ReplySettings>(saved.settings);
  const [seen, setSeen] = useState(saved);
  const [problem, setProblem] = useState("");
  const [conflict, setConflict] = useState(false);
  const [busy, setBusy] = useState(false);
  const changed = settings !== saved.settings;

  // The server words the previews: the same rules as in conversations.
  useEffect(() => {
    if (!changed) return;
    const stop = new AbortController();
    const look = async () => {
      try {
        setSeen(await api.saveAutoReplies(saved.version, settings, true, stop.signal));
        setProblem("");
      } catch (cause) {
        if (!stop.signal.aborted) setProblem(errorText(cause));
      }
    };
    const timer = setTimeout(() => void look(), 500);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [api, saved.version, settings, changed]);

  const save = async () => {
    setBusy(true);
    try {
      onSaved(await api.saveAutoReplies(saved.version, settings, false));
      void message.success(t("replies_saved"));
    } catch (cause) {
      setConflict(cause instanceof ApiError && cause.status === 409);
      setProblem(errorText(cause));
      setBusy(false);
    }
  };
  const change = (at: number, rule: ReplyRule) => setSettings({ ...settings, rules: settings.rules.map((one, i) => (i === at ? rule : one)) });
  return (
    <div className="flow">
      <div className="bar sticky">
        <Tag color={seen.open ? "green" : "default"}>{seen.open ? t("open_now") : seen.next_open ? t("closed_until", { at: timeText(seen.next_open, lang) }) : t("closed_now")}</Tag>
        <span className="hint">{saved.version === 0 ? t("replies_defaults") : t("replies_by", { author: saved.author ?? "", at: timeText(saved.updated, lang) })}</span>
        <span className="grow" />
        {changed && <Button type="text" disabled={busy} onClick={() => setSettings(saved.settings)}>{t("replies_back")}</Button>}
        <Button type="primary" data-action="save" disabled={!changed || problem !== ""} loading={busy} onClick={() => void save()}>{t("save")}</Button>
      </div>
      {problem !== "" && <Alert type="error" showIcon role="alert" title={problem} action={conflict ? <Button size="small" onClick={onReload}>{t("reload")}</Button> : undefined} />}
      <HoursForm hours={settings.hours} onChange={(hours) => setSettings({ ...settings, hours })} />
      {settings.rules.map((rule, i) => <Rule key={`${rule.kind}/${i}`} rule={rule} previews={seen.previews[i] ?? []} slots={seen.slots[rule.kind] ?? []} onChange={(next) => change(i, next)} />)}
    </div>
  );
}
