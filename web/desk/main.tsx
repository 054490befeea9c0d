import { createRoot } from "react-dom/client";
import { pageLang } from "../shared/i18n";
import { Page } from "../shared/react/Page";
import { Desk } from "./Desk";
import { makeDesk } from "./make";
import "./style.css";

const lang = pageLang();
const root = document.querySelector("#root");
if (root) createRoot(root).render(<Page lang={lang}><Desk tools={makeDesk(lang)} /></Page>);
