/** The slots that answers are filled from, with what stands for them in a preview. */
export const slots = [
  ["customer.name", "王女士"],
  ["order.id", "YX2026112200187"],
  ["order.status", "已发货"],
  ["order.product", "双层玻璃杯 320ml"],
  ["order.amount", "89.00 元"],
  ["parcel.number", "SF1083621940577"],
  ["parcel.carrier", "顺丰速运"],
  ["parcel.status", "运输中"],
  ["parcel.latest", "快件已到达杭州转运中心"],
  ["parcel.eta", "明天 18:00 前"],
  ["refund.status", "退款处理中"],
  ["refund.amount", "89.00 元"],
  ["shop.name", "云栖优品"],
  ["time.greeting", "下午好"],
] as const;

export type SlotName = (typeof slots)[number][0];

const samples: ReadonlyMap<string, string> = new Map(slots);

/** The text with its slots filled as for a sample customer; slots without a sample stay as they are written. */
export function sampled(text: string): string {
  return text.replace(/\{\{\s*([a-z][a-z0-9_.]*)\s*\}\}/g, (mark, name: string) => samples.get(name) ?? mark);
}
