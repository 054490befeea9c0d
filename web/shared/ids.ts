/** A random identifier of 128 bits in hexadecimal; works on plain-http pages, where crypto.randomUUID does not exist. */
export function randomId(prefix = ""): string {
  const bytes = new Uint8Array(16);
  crypto.getRandomValues(bytes);
  let text = prefix;
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}
