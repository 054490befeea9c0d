import { GlobalOutlined, LogoutOutlined } from "@ant-design/icons";
import { App, Button, Dropdown, Result, Spin } from "antd";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { ApiError } from "../shared/http";
import { switchLang } from "../shared/react/lang";
import { Login } from "../shared/react/Login";
import type { AgentInfo } from "../shared/types";
import { Articles } from "./articles/Articles";
import { Import } from "./import/Import";
import { Learn } from "./learn/Learn";
import { Publish } from "./publish/Publish";
import { AutoReplyPage } from "./replies/AutoReplyPage";
import { Playground } from "./risk/Playground";
import { Risk } from "./risk/Risk";
import { ConsoleContext, type ConsoleTools, errorText, useRoute } from "./tools";

const views = { articles: Articles, import: Import, publish: Publish, learn: Learn, risk: Risk, replies: AutoReplyPage, try: Playground };
type View = keyof typeof views;
type Session = { phase: "checking" } | { phase: "down"; problem: string } | { phase: "out" } | { phase: "in"; agent: AgentInfo };

/** The console: checks the session, then shows the sign-in form or the chosen view. */
export function Console({ tools }: { tools: ConsoleTools }): ReactNode {
  const { api, t, lang } = tools;
  const { message } = App.useApp();
  const [session, setSession] = useState<Session>({ phase: "checking" });
  const [name = ""] = useRoute();
  const view: View = Object.hasOwn(views, name) ? (name as View) : "articles";
  const check = useCallback(async () => {
    try {
      setSession({ phase: "in", agent: await api.me() });
    } catch (error) {
      setSession(error instanceof ApiError && error.transient ? { phase: "down", problem: errorText(error) } : { phase: "out" });
    }
  }, [api]);
  useEffect(() => {
    document.querySelector(".views [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [view, session.phase]);
  useEffect(() => {
    document.title = t("app");
    const timer = setTimeout(() => void check(), 0);
    return () => clearTimeout(timer);
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
    return <Login texts={texts} lang={lang} signIn={async (who, password) => setSession({ phase: "in", agent: await api.login(who, password) })} />;
  }
  const signOut = async () => {
    try {
      await api.logout();
      setSession({ phase: "out" });
    } catch (error) {
      void message.error(errorText(error));
    }
  };
  const Shown = views[view];
  return (
    <ConsoleContext value={tools}>
      <div className="console">
        <header className="top">
          <span className="logo small" aria-hidden>应</span>
          <h1>{t("app")}</h1>
          <nav className="views" aria-label={t("views")}>
            {(Object.keys(views) as View[]).map((one) => <a key={one} href={`#/${one}`} aria-current={one === view ? "page" : undefined}>{t(`nav_${one}`)}</a>)}
          </nav>
          <Dropdown
            trigger={["click"]}
            menu={{
              items: [
                { key: "lang", icon: <GlobalOutlined />, label: t("language"), onClick: () => switchLang(lang) },
                { key: "logout", icon: <LogoutOutlined />, label: t("logout"), onClick: () => void signOut() },
              ],
            }}
          >
            <Button type="text" className="who">{session.agent.name}</Button>
          </Dropdown>
        </header>
        <main>
          {session.agent.role === "agent" ? (
            <Result status="403" title={t("forbidden")} subTitle={t("forbidden_hint")} extra={<Button type="primary" onClick={() => void signOut()}>{t("other_account")}</Button>} />
          ) : <Shown />}
        </main>
      </div>
    </ConsoleContext>
  );
}
