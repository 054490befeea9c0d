import { BellOutlined, GlobalOutlined, LogoutOutlined, QuestionCircleOutlined } from "@ant-design/icons";
import { Button, Dropdown, Tooltip } from "antd";
import { type ReactNode, useState } from "react";
import { switchLang } from "../shared/react/lang";
import { useDesk, useDeskState } from "./hooks";
import { beep, setSound, soundOn } from "./sound";

/** Brand, connection, sound, help and the agent's menu. */
export function TopBar({ onHelp }: { onHelp: () => void }): ReactNode {
  const { store, t, lang } = useDesk();
  const { agent } = useDeskState();
  const [sound, changeSound] = useState(soundOn);
  const toggleSound = () => {
    setSound(!sound);
    changeSound(!sound);
    if (!sound) beep();
  };
  const items = [
    { key: "lang", icon: <GlobalOutlined />, label: t("language"), onClick: () => switchLang(lang) },
    { key: "logout", icon: <LogoutOutlined />, label: t("logout"), onClick: () => void store.logout() },
  ];
  return (
    <header className="top">
      <span className="logo small" aria-hidden>应</span>
      <h1>{t("app")}</h1>
      <span className="grow" />
      <Tooltip title={t(sound ? "sound_off" : "sound_on")}>
        <Button type="text" className={sound ? "sound-on" : "sound-off"} aria-label={t(sound ? "sound_off" : "sound_on")} aria-pressed={sound} icon={<BellOutlined />} onClick={toggleSound} />
      </Tooltip>
      <Tooltip title={`${t("shortcuts")} (?)`}>
        <Button type="text" aria-label={t("shortcuts")} icon={<QuestionCircleOutlined />} onClick={onHelp} />
      </Tooltip>
      <Dropdown menu={{ items }} trigger={["click"]}>
        <Button type="text" className="who"><span className="face agent" aria-hidden>{[...(agent?.name ?? "")][0]}</span>{agent?.name}</Button>
      </Dropdown>
    </header>
  );
}
