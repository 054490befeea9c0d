import { createRoot } from "react-dom/client";
import { failureWords, Http } from "../shared/http";
import { pageLang, translator } from "../shared/i18n";
import { Page } from "../shared/react/Page";
import { ConsoleApi } from "./api";
import { Console } from "./Console";
import { strings } from "./strings";
import "./style.css";

const lang = pageLang();
const tools = { api: new ConsoleApi(new Http({ base: "", words: failureWords[lang] })), t: translator(strings, lang), lang };
const root = document.querySelector("#root");
if (root) createRoot(root).render(<Page lang={lang}><Console tools={tools} /></Page>);
