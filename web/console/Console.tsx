import { GlobalOutlined, LogoutOutlined } from "@ant-design/icons";
import { App, Button, Dropdown, Result, Segmented, Spin } from "antd";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { ApiError } from "../shared/http";
import { switchLang } from "../shared/react/lang";
import { Login } from "../shared/react/Login";
import type { AgentInfo } from "../shared/types";
import { Articles } from "./Articles";
import { Import } from "./Import";
import { Playground } from "./Playground";
import { ConsoleContext, type ConsoleTools, errorText } from "./tools";

type View = "articles" | "import" | "try";
type Session = { phase: "checking" } | { phase: "down"; problem: string } | { phase: "out" } | { phase: "in"; agent: AgentInfo };

/** The console: checks the session, then shows the sign-in form or the chosen view. */
export function Console({ tools }: { tools: ConsoleTools }): ReactNode {
  const { api, t, lang } = tools;
  const { message } = App.useApp();
  const [session, setSession] = useState<Session>({ phase: "checking" });
  const [view, setView] = useState<View>(() => viewOf(location.hash));
  const check = useCallback(async () => {
    try {
      setSession({ phase: "in", agent: await api.me() });
    } catch (error) {
      setSession(error instanceof ApiError && error.transient ? { phase: "down", problem: errorText(error) } : { phase: "out" });
    }
  }, [api]);
  useEffect(() => {
    document.title = t("app");
    const timer = setTimeout(() => void check(), 0);
    const listen = () => setView(viewOf(location.hash));
    window.addEventListener("hashchange", listen);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("hashchange", listen);
    };
  }, [check, t]);

  if (session.phase === "checking") return <div className="login"><Spin size="large" /></div>;
  if (session.phase === "down") {
    return (
      <div className="login">
        <Result status="warning" title={t("unreachable")} subTitle={session.problem} extra={<Button type="primary" onClick={() => void check()}>{t("again")}</Button>} />
      </div>
    );
  }
  if (session.phase === "out") {
    const texts = {
      title: t("sign_in"), name: t("name"), password: t("password"), nameNeeded: t("name_needed"), passwordNeeded: t("password_needed"), enter: t("enter"), language: t("language"),
    };
    return <Login texts={texts} lang={lang} signIn={async (name, password) => setSession({ phase: "in", agent: await api.login(name, password) })} />;
  }
  const signOut = async () => {
    try {
      await api.logout();
      setSession({ phase: "out" });
    } catch (error) {
      void message.error(errorText(error));
    }
  };
  return (
    <ConsoleContext value={tools}>
      <div className="console">
        <header className="top">
          <span className="logo small" aria-hidden>应</span>
          <h1>{t("app")}</h1>
          <Segmented<View>
            className="views"
            value={view}
            onChange={(next) => (location.hash = `#/${next}`)}
            options={[{ value: "articles", label: t("nav_articles") }, { value: "import", label: t("nav_import") }, { value: "try", label: t("nav_try") }]}
          />
          <span className="grow" />
          <Dropdown
            trigger={["click"]}
            menu={{
              items: [
                { key: "lang", icon: <GlobalOutlined />, label: t("language"), onClick: () => switchLang(lang) },
                { key: "logout", icon: <LogoutOutlined />, label: t("logout"), onClick: () => void signOut() },
              ],
            }}
          >
            <Button type="text">{session.agent.name}</Button>
          </Dropdown>
        </header>
        <main>
          {session.agent.role === "agent" ? (
            <Result status="403" title={t("forbidden")} subTitle={t("forbidden_hint")} extra={<Button type="primary" onClick={() => void signOut()}>{t("other_account")}</Button>} />
          ) : view === "articles" ? <Articles /> : view === "import" ? <Import /> : <Playground />}
        </main>
      </div>
    </ConsoleContext>
  );
}

function viewOf(hash: string): View {
  return hash === "#/import" ? "import" : hash === "#/try" ? "try" : "articles";
}
