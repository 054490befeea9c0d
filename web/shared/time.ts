import type { Lang } from "./i18n";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Clock time for bubbles and lists: 14:05 today, 昨天 14:05, 3月2日 14:05, 2024年3月2日 14:05. */
export function clockText(at: number, now: number, lang: Lang): string {
  const date = new Date(at);
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}`;
  const days = Math.round((startOfDay(now) - startOfDay(at)) / day);
  if (days === 0) return time;
  if (days === 1) return lang === "zh" ? `昨天 ${time}` : `Yesterday ${time}`;
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  if (lang === "zh") {
    const dayText = `${date.getMonth() + 1}月${date.getDate()}日 ${time}`;
    return sameYear ? dayText : `${date.getFullYear()}年${dayText}`;
  }
  const dayText = `${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${time}`;
  return sameYear ? dayText : `${date.getFullYear()}-${dayText}`;
}

/** A waiting time, two units at most: 8秒, 3分05秒, 2小时10分, 4天. Negative spans (clock skew) read as 0. */
export function spanText(ms: number, lang: Lang): string {
  const span = Math.max(0, ms);
  const [s, m, h, d] = lang === "zh" ? ["秒", "分", "小时", "天"] : ["s", "m", "h", "d"];
  if (span < minute) return `${Math.floor(span / 1000)}${s}`;
  if (span < hour) return `${Math.floor(span / minute)}${m}${pad(Math.floor((span % minute) / 1000))}${s}`;
  if (span < day) return `${Math.floor(span / hour)}${h}${pad(Math.floor((span % hour) / minute))}${m}`;
  return `${Math.floor(span / day)}${d}`;
}

/** Milliseconds of an RFC 3339 time, or the fallback when it cannot be read. */
export function millis(text: string | undefined, fallback: number): number {
  const value = text === undefined ? NaN : Date.parse(text);
  return Number.isNaN(value) ? fallback : value;
}

function startOfDay(at: number): number {
  const date = new Date(at);
  date.setHours(0, 0, 0, 0);
  return date.getTime();
}

function pad(n: number): string {
  return String(n).padStart(2, "0");
}
