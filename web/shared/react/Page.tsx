import { App, ConfigProvider, theme } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import { type ReactNode, useEffect, useState } from "react";
import type { Lang } from "../i18n";
import { cssVariables, dark, fontStack, light } from "../tokens";
import "./rich.css";

/** The frame of a page: Ant Design in the shared tokens, the system's colour scheme, and the language. */
export function Page({ lang, children }: { lang: Lang; children: ReactNode }): ReactNode {
  const isDark = useDark();
  const palette = isDark ? dark : light;
  useEffect(() => {
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  }, [lang]);
  return (
    <ConfigProvider
      locale={lang === "zh" ? zhCN : enUS}
      button={{ autoInsertSpace: false }}
      theme={{
        algorithm: isDark ? theme.darkAlgorithm : theme.defaultAlgorithm,
        token: {
          colorPrimary: palette.brand,
          colorInfo: palette.brand,
          colorError: palette.danger,
          colorSuccess: palette.good,
          colorWarning: palette.warn,
          colorWarningBg: palette.warnSoft,
          colorErrorBg: palette.dangerSoft,
          colorText: palette.text,
          colorTextSecondary: palette.muted,
          colorBgLayout: palette.bg,
          colorBgContainer: palette.surface,
          colorBgElevated: palette.surface,
          colorBorder: palette.line,
          colorBorderSecondary: palette.line,
          colorLink: palette.brand,
          borderRadius: 8,
          fontFamily: fontStack,
          fontSize: 14,
        },
      }}
    >
      <style>{`:root{${cssVariables(palette)}color-scheme:${isDark ? "dark" : "light"}}`}</style>
      <App className="page">{children}</App>
    </ConfigProvider>
  );
}

function useDark(): boolean {
  const [isDark, setDark] = useState(() => matchMedia("(prefers-color-scheme: dark)").matches);
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const listen = () => setDark(query.matches);
    query.addEventListener("change", listen);
    return () => query.removeEventListener("change", listen);
  }, []);
  return isDark;
}
