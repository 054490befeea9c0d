type Child = Node | string | null | undefined | false;

/** Makes an element; `on…` entries are listeners, false and undefined attributes are left out, true ones are empty. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | number | boolean | undefined | ((event: never) => void)> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value as (event: globalThis.Event) => void);
    else if (value !== false && value !== undefined) element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

const shapes = {
  chat: "M12 3C6.9 3 3 6.6 3 11c0 2.4 1.1 4.5 3 6l-.6 3.4a.5.5 0 0 0 .7.5l3.4-1.7c.8.2 1.6.3 2.5.3 5.1 0 9-3.6 9-8.2S17.1 3 12 3Z",
  down: "m6 9.5 6 6 6-6",
  send: "M4.5 12 20 4.5 15.5 20l-3.3-6.3L4.5 12Zm7.7 1.7L20 4.5",
  person: "M5 13v-1.5a7 7 0 0 1 14 0V13M5 13a1.5 1.5 0 0 1 1.5-1.5H8v6H6.5A1.5 1.5 0 0 1 5 16v-3Zm14 0a1.5 1.5 0 0 0-1.5-1.5H16v6h1.5A1.5 1.5 0 0 0 19 16v-3Zm-1 4.2c0 2-2 2.8-4.5 2.8",
  end: "M7 7l10 10M17 7 7 17",
  thumb: "M7 11v8H4v-8h3Zm0 .5 3.5-7c1.6 0 2.5 1.1 2.2 2.7L12.2 10h5.3c1.3 0 2.2 1.2 1.9 2.4l-1.3 5.1c-.2.9-1 1.5-1.9 1.5H7",
} as const;

/** One of the widget's icons, 24 × 24, in the current colour; hidden from screen readers. */
export function icon(name: keyof typeof shapes): SVGSVGElement {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon icon-${name}`);
  const path = document.createElementNS(ns, "path");
  path.setAttribute("d", shapes[name]);
  svg.append(path);
  return svg;
}
