import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { strings as consoleStrings } from "../../console/strings";
import { strings as demoStrings } from "../../demo/strings";
import { strings as deskStrings } from "../../desk/strings";
import { pickLang, translator } from "../../shared/i18n";
import { intentLabel } from "../../shared/intents";
import { clockText, millis, spanText } from "../../shared/time";
import { cssVariables, dark, light } from "../../shared/tokens";
import { strings as widgetStrings } from "../../widget/strings";

const marks = (text: string) => [...text.matchAll(/\{\w+\}/g)].map((match) => match[0]).sort();

describe("texts", () => {
  for (const [page, strings] of Object.entries({ widget: widgetStrings, desk: deskStrings, console: consoleStrings, demo: demoStrings })) {
    it(`${page}: both languages have every text, with the same parameters`, () => {
      const zh: Record<string, string> = strings.zh;
      const en: Record<string, string> = strings.en;
      assert.deepEqual(Object.keys(en).sort(), Object.keys(zh).sort());
      for (const key of Object.keys(zh)) {
        assert.notEqual(zh[key]?.trim(), "", key);
        assert.notEqual(en[key]?.trim(), "", key);
        assert.deepEqual(marks(en[key] ?? ""), marks(zh[key] ?? ""), key);
      }
    });
  }

  it("are Chinese in Chinese: no text but names and languages lacks a Chinese character", () => {
    for (const strings of [widgetStrings, deskStrings, consoleStrings]) {
      for (const [key, text] of Object.entries(strings.zh)) {
        if (key === "language" || marks(text).join("").length > 0) continue;
        assert.match(text, /\p{Script=Han}/u, key);
      }
    }
  });

  it("fill in parameters and leave unknown ones", () => {
    const t = translator({ zh: { a: "{n} 条，{x}" }, en: { a: "{n}, {x}" } }, "zh");
    assert.equal(t("a", { n: 3 }), "3 条，{x}");
    assert.equal(t("a"), "{n} 条，{x}");
  });
});

describe("pickLang", () => {
  it("prefers the address, then the choice, then the browser, then Chinese", () => {
    assert.equal(pickLang("?lang=en", "zh", ["zh-CN"]), "en");
    assert.equal(pickLang("", "zh", ["en-US"]), "zh");
    assert.equal(pickLang("", null, ["en-GB", "zh-CN"]), "en");
    assert.equal(pickLang("", null, ["fr-FR", "zh-TW"]), "zh");
    assert.equal(pickLang("?lang=fr", null, ["de"]), "zh");
    assert.equal(pickLang("", null, []), "zh");
  });
});

describe("times", () => {
  const now = new Date(2025, 2, 9, 15, 0).getTime();
  it("read as people say them", () => {
    assert.equal(clockText(new Date(2025, 2, 9, 8, 5).getTime(), now, "zh"), "08:05");
    assert.equal(clockText(new Date(2025, 2, 8, 23, 59).getTime(), now, "zh"), "昨天 23:59");
    assert.equal(clockText(new Date(2025, 2, 2, 9, 0).getTime(), now, "zh"), "3月2日 09:00");
    assert.equal(clockText(new Date(2024, 11, 31, 9, 0).getTime(), now, "zh"), "2024年12月31日 09:00");
    assert.equal(clockText(new Date(2024, 11, 31, 9, 0).getTime(), now, "en"), "2024-12-31 09:00");
  });
  it("count waiting in two units at most and never below zero", () => {
    assert.deepEqual([-5, 59_999, 185_000, 7_800_000, 4 * 86_400_000].map((ms) => spanText(ms, "zh")), ["0秒", "59秒", "3分05秒", "2小时10分", "4天"]);
    assert.equal(spanText(185_000, "en"), "3m05s");
  });
  it("fall back when they cannot be read", () => {
    assert.equal(millis("2025-03-09T00:00:00Z", 1), Date.UTC(2025, 2, 9));
    assert.equal(millis("gestern", 1), 1);
    assert.equal(millis(undefined, 1), 1);
  });
});

/** Contrast of two colours, as WCAG 2.1 defines it. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string) => {
    const [r, g, blue] = [1, 3, 5].map((i) => {
      const c = parseInt(hex.slice(i, i + 2), 16) / 255;
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (blue ?? 0);
  };
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

describe("tokens", () => {
  it("have the same names in both palettes, as CSS variables", () => {
    assert.deepEqual(Object.keys(dark), Object.keys(light));
    assert.match(cssVariables(light), /--yd-brand:#0d7d78;.*--yd-on-brand:#ffffff;/);
  });
  for (const [name, palette] of Object.entries({ light, dark })) {
    it(`${name}: text is readable on its ground`, () => {
      const pairs = [
        [palette.text, palette.bg], [palette.text, palette.surface], [palette.muted, palette.surface], [palette.muted, palette.bg],
        [palette.onBrand, palette.brand], [palette.brandStrong, palette.brandSoft], [palette.warn, palette.warnSoft], [palette.danger, palette.dangerSoft], [palette.brand, palette.surface],
      ] as const;
      for (const [front, ground] of pairs) {
        const ratio = contrast(front, ground);
        assert.ok(ratio >= 4.5, `${front} on ${ground}: ${ratio.toFixed(2)}`);
      }
    });
  }
});

describe("intentLabel", () => {
  it("names built-in intents in Chinese and others by their words", () => {
    assert.equal(intentLabel("parcel_track", "zh"), "查物流");
    assert.equal(intentLabel("parcel_track", "en"), "parcel track");
    assert.equal(intentLabel("own_intent", "zh"), "own intent");
  });
});
