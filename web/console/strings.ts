import { articles } from "./texts/articles";
import { base } from "./texts/base";
import { imports } from "./texts/imports";
import { learn } from "./texts/learn";
import { bothLanguages, pairs } from "./texts/pairs";
import { publish } from "./texts/publish";
import { replies } from "./texts/replies";
import { risk } from "./texts/risk";

const all = pairs({ ...base, ...articles, ...imports, ...publish, ...learn, ...risk, ...replies });

export type Key = keyof typeof all;

export const strings = bothLanguages(all);
