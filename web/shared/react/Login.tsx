import { Alert, Button, Form, Input } from "antd";
import { type ReactNode, useState } from "react";
import type { Lang } from "../i18n";
import { switchLang } from "./lang";

export interface LoginTexts {
  title: string;
  name: string;
  password: string;
  nameNeeded: string;
  passwordNeeded: string;
  enter: string;
  language: string;
}

/** The sign-in form of desk and console. `signIn` rejects with the message to show. */
export function Login({ texts, lang, signIn }: { texts: LoginTexts; lang: Lang; signIn: (name: string, password: string) => Promise<void> }): ReactNode {
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (values: { name: string; password: string }) => {
    setBusy(true);
    setError("");
    try {
      await signIn(values.name.trim(), values.password);
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : String(cause));
      setBusy(false);
    }
  };
  return (
    <main className="login">
      <div className="login-card">
        <span className="logo" aria-hidden>应</span>
        <h1>{texts.title}</h1>
        <Form layout="vertical" requiredMark={false} onFinish={(values: { name: string; password: string }) => void submit(values)}>
          {error !== "" && <Alert type="error" showIcon title={error} role="alert" style={{ marginBottom: 16 }} />}
          <Form.Item name="name" label={texts.name} rules={[{ required: true, whitespace: true, message: texts.nameNeeded }]}>
            <Input size="large" autoComplete="username" autoFocus />
          </Form.Item>
          <Form.Item name="password" label={texts.password} rules={[{ required: true, message: texts.passwordNeeded }]}>
            <Input.Password size="large" autoComplete="current-password" />
          </Form.Item>
          <Button type="primary" size="large" htmlType="submit" block loading={busy}>{texts.enter}</Button>
        </Form>
        <div className="login-foot">
          <Button type="link" size="small" onClick={() => switchLang(lang)}>{texts.language}</Button>
        </div>
      </div>
    </main>
  );
}
