import { App, Button, Result, Spin } from "antd";
import { type ReactNode, useEffect } from "react";
import { Login } from "../shared/react/Login";
import { DeskContext, useDesk, useDeskState } from "./hooks";
import type { makeDesk } from "./make";
import { Workbench } from "./Workbench";

/** The desk: checks the session, then shows the sign-in form or the workbench. */
export function Desk({ tools }: { tools: ReturnType<typeof makeDesk> }): ReactNode {
  const { message } = App.useApp();
  useEffect(() => tools.notices.attach((kind, text) => void message[kind](text)), [tools, message]);
  useEffect(() => {
    const { store } = tools;
    const fromAddress = () => store.select(/^#\/c\/(.+)$/.exec(location.hash)?.[1] ?? null);
    fromAddress();
    void store.check();
    const online = () => store.online();
    window.addEventListener("hashchange", fromAddress);
    window.addEventListener("online", online);
    return () => {
      window.removeEventListener("hashchange", fromAddress);
      window.removeEventListener("online", online);
    };
  }, [tools]);
  return <DeskContext value={tools}><Door /></DeskContext>;
}

function Door(): ReactNode {
  const { store, t, lang } = useDesk();
  const state = useDeskState();
  useEffect(() => {
    document.title = t("app");
  }, [t, state.phase]);
  if (state.phase === "ready") return <Workbench />;
  if (state.phase === "checking") {
    if (state.problem === "") return <div className="login"><Spin size="large" /></div>;
    return (
      <div className="login">
        <Result status="warning" title={t("unreachable")} subTitle={state.problem} extra={<Button type="primary" onClick={() => void store.check()}>{t("again")}</Button>} />
      </div>
    );
  }
  const texts = {
    title: t("sign_in"), name: t("name"), password: t("password"), nameNeeded: t("name_needed"), passwordNeeded: t("password_needed"), enter: t("enter"), language: t("language"),
  };
  return <Login texts={texts} lang={lang} signIn={(name, password) => store.login(name, password)} />;
}
