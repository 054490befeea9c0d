import { pageLang } from "../shared/i18n";
import { renderShop } from "./shop";
import "./style.css";

const lang = pageLang();
document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
const root = document.querySelector("#shop");
if (root) renderShop(root, lang);
