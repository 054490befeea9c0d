/** Design tokens shared by widget, desk, console and demo shop. */
export interface Palette {
  brand: string;
  brandStrong: string;
  brandSoft: string;
  onBrand: string;
  bg: string;
  surface: string;
  raised: string;
  line: string;
  text: string;
  muted: string;
  warn: string;
  warnSoft: string;
  danger: string;
  dangerSoft: string;
  good: string;
}

export const light: Palette = {
  brand: "#0d7d78",
  brandStrong: "#086460",
  brandSoft: "#e4f3f1",
  onBrand: "#ffffff",
  bg: "#f4f6f6",
  surface: "#ffffff",
  raised: "#f8fafa",
  line: "#e2e8e7",
  text: "#16211f",
  muted: "#5c6b69",
  warn: "#a85b00",
  warnSoft: "#fff6e5",
  danger: "#c8322b",
  dangerSoft: "#fdeceb",
  good: "#1d8f54",
};

export const dark: Palette = {
  brand: "#3fb8ae",
  brandStrong: "#63cdc4",
  brandSoft: "#15332f",
  onBrand: "#04201d",
  bg: "#111817",
  surface: "#18211f",
  raised: "#1f2a28",
  line: "#2e3b39",
  text: "#e6eeec",
  muted: "#9fb0ad",
  warn: "#f0b35a",
  warnSoft: "#33270f",
  danger: "#ff8a80",
  dangerSoft: "#3a1b19",
  good: "#5cc98d",
};

export const fontStack =
  '-apple-system, BlinkMacSystemFont, "Segoe UI", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif, "Noto Color Emoji"';

/** CSS custom properties of a palette: `--yd-brand`, `--yd-on-brand`, … */
export function cssVariables(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, value]) => `--yd-${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}:${String(value)};`)
    .join("");
}
