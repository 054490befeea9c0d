import type { Article, Block, Message, Packet, ParseResult, Proposal, SentimentLabel, Suggestion } from "../../shared/types";
import { bot, nextId, type Conversation, type World } from "./model";

export const articles: Article[] = [
  { id: "d001", question: "付款后多久发货？", similar: ["什么时候发货", "几时能寄出"], answer: "现货商品在付款后 **48 小时内**发出。每天 17:00 前付款的，一般当天就出库；预售和定制商品以商品页写的时间为准哦。", category: "物流", version: 1, updated_at: "2025-03-02T09:10:00+08:00" },
  { id: "d021", question: "七天无理由退货怎么申请？", similar: ["怎么退货", "不想要了能退吗"], answer: "签收后 **7 天内**、不影响二次销售的商品可以退：\n\n1. 打开「我的订单」→ 选择商品 → **申请退货**\n2. 选择上门取件或自行寄回\n3. 仓库签收后 1–3 个工作日退款\n\n| 情况 | 运费 |\n|-|-|\n| 质量问题 | 由我们承担 |\n| 不喜欢、拍错 | 买家承担，有运费险会赔付 |\n\n详细说明见 [退换规则](https://example.com/help/return)。", category: "售后", version: 3, updated_at: "2025-03-05T15:40:00+08:00" },
  { id: "d033", question: "能开发票吗？怎么开？", similar: ["能开发票吗", "发票在哪里开"], answer: "可以开**电子普通发票**。订单完成后进入「我的订单」→「申请发票」，填写抬头和税号，24 小时内发到您的邮箱。", category: "发票", version: 1, updated_at: "2025-02-18T11:00:00+08:00" },
  { id: "d052", question: "物流好几天没更新怎么办？", similar: ["快递不动了"], answer: "超过 **48 小时**没有更新时，请把运单号发给我，我帮您催促快递核实，4 小时内给您答复。", category: "物流", version: 2, updated_at: "2025-03-01T08:00:00+08:00" },
];

/** Rich content of answers, by article. */
const rich: Record<string, Block[]> = {
  d033: [
    { kind: "card", title: "电子发票申请", text: "订单完成后 24 小时内开具，发到您的邮箱。", image: "/files/invoice.svg", url: "https://shop.example/invoice", buttons: [{ label: "申请发票", press: "url", value: "https://shop.example/invoice/new" }, { label: "抬头写错了怎么办", press: "say", value: "发票抬头写错了怎么办" }] },
    { kind: "link", title: "开票规则", text: "哪些订单可以开票", url: "https://shop.example/help/invoice" },
    { kind: "image", text: "坏的地址", url: "javascript:window.__hit=1" },
  ],
};

const initials: Record<string, string> = { d001: "fkhdjfh", d021: "qtwlythzmsq", d033: "nkfpmzmk", d052: "wlhjtmgxzmb" };

/** Proposals by part of the question or by initials. */
export function propose(typed: string): Proposal[] {
  const text = typed.toLowerCase();
  if (text === "") return [];
  return articles.flatMap((article) => {
    const at = article.question.toLowerCase().indexOf(text);
    const from = at >= 0 ? at : (initials[article.id] ?? "").indexOf(text);
    return from < 0 ? [] : [{ article: article.id, question: article.question, wording: article.question, marks: [[from, from + text.length]] as [number, number][] }];
  });
}

const labels: [RegExp, string][] = [
  [/人工|真人|经理|person|human/i, "human_agent"], [/快递|物流|包裹|parcel|SF/i, "parcel_track"], [/退货|return/i, "return_policy"],
  [/发货/, "ship_time"], [/发票/, "invoice_request"], [/退款/, "refund_status"], [/投诉|差评|垃圾/, "complaint"],
];

export function parse(text: string): ParseResult {
  const name = labels.find(([pattern]) => pattern.test(text))?.[1] ?? "out_of_scope";
  const negative = /差评|垃圾|投诉|气死|烦|慢|三天|不动/.test(text);
  const label: SentimentLabel = negative ? "negative" : /谢|好的|太好/.test(text) ? "positive" : "neutral";
  const scores = { negative: negative ? 0.88 : 0.06, neutral: negative ? 0.09 : 0.82, positive: negative ? 0.03 : 0.12 };
  const number = /[A-Za-z]{2}\d{13}/.exec(text);
  const entities = number
    ? [{ entity: "tracking_number", start: [...text.slice(0, number.index)].length, end: [...text.slice(0, number.index)].length + number[0].length, text: number[0], value: number[0].toUpperCase(), confidence: 0.99, candidates: [{ value: "sf", score: 0.94 }] }]
    : [];
  const intents = [{ name, confidence: 0.91 }, { name: "parcel_delay", confidence: 0.05 }, { name: "order_query", confidence: 0.02 }];
  return { text, intent: { name, confidence: 0.91 }, intents, sentiment: { label, score: scores[label], scores }, entities };
}

export function searchArticles(query: string): { article: Article; score: number }[] {
  return articles
    .map((article) => {
      const best = Math.max(...[article.question, ...(article.similar ?? [])].map((phrase) => overlap(query, phrase)));
      return { article, score: best };
    })
    .filter((hit) => hit.score > 0.1)
    .sort((a, b) => b.score - a.score);
}

function overlap(a: string, b: string): number {
  const pairs = (text: string) => new Set([...text.slice(0, -1)].map((_, i) => text.slice(i, i + 2)));
  const left = pairs(a);
  const right = pairs(b);
  const shared = [...left].filter((pair) => right.has(pair)).length;
  return left.size === 0 || right.size === 0 ? 0 : Math.min(0.97, shared / Math.min(left.size, right.size));
}

const speaker = { kind: "bot", name: bot.bot_name } as const;

/** Answers a visitor's message the way the real bot does in outline. */
export function answer(world: World, c: Conversation, message: Message): Message[] {
  const found = parse(message.text);
  const hits = searchArticles(message.text);
  world.append(c, "message.analyzed", { kind: "system" }, {
    message: message.id, intents: found.intents, sentiment: found.sentiment, entities: found.entities,
    candidates: hits.slice(0, 3).map((hit) => ({ article: hit.article.id, question: hit.article.question, score: hit.score, band: "suggest" })),
  });
  if (c.status !== "bot") {
    c.suggestions = suggest(c, message.text);
    return [];
  }
  const say = (text: string, more: Partial<Message> = {}) => world.say(c, speaker, { text, reply_to: message.id, ...more });
  if (found.intent.name === "human_agent") return [handoff(world, c, "asked")];
  if (c.step !== "") return [track(world, c, message.text, say)];
  if (hits[0] && hits[0].score > 0.55) {
    c.misses = 0;
    return [say(hits[0].article.answer, { markdown: true, kind: "answer", articles: [hits[0].article.id], ...(rich[hits[0].article.id] ? { blocks: rich[hits[0].article.id] } : {}) })];
  }
  if (found.intent.name === "parcel_track") {
    c.step = "number";
    return [say("好的，请把运单号发给我，我马上帮您查。", { kind: "flow" })];
  }
  if (++c.misses >= 2) {
    return [say("抱歉，我还是没有理解您的问题。需要我为您转接人工客服吗？", { kind: "clarify", buttons: [{ title: "转人工", text: "转人工" }, { title: "不用了", text: "不用了" }] })];
  }
  const buttons = articles.slice(0, 3).map((article) => ({ title: article.question, text: article.question }));
  return [say("您是想了解下面哪个问题呢？", { kind: "suggest", buttons })];
}

function track(world: World, c: Conversation, text: string, say: (text: string, more?: Partial<Message>) => Message): Message {
  if (c.step === "number") {
    const number = /[A-Za-z]{2}\d{13}/.exec(text)?.[0];
    if (!number) return say("这个号码不像运单号，请再核对一下，例如 SF1234567890123。", { kind: "flow" });
    c.slots["number"] = number.toUpperCase();
    c.step = "tail";
    world.append(c, "slot.filled", { kind: "system" }, { flow: "parcel_track", name: "number", value: c.slots["number"] });
    return say("顺丰查询需要收件人手机号的后四位，请发给我。", { kind: "flow" });
  }
  if (!/^\d{4}$/.test(text.trim())) return say("请发收件人手机号的**后四位**数字。", { kind: "flow", markdown: true });
  c.slots["phone_tail"] = text.trim();
  c.step = "";
  world.append(c, "action.called", { kind: "system" }, { call: "call_1", action: "parcel.track", args: { ...c.slots } });
  world.append(c, "action.returned", { kind: "system" }, { call: "call_1", action: "parcel.track", result: { state: "out_for_delivery" }, took_ns: 84_000_000 });
  return say(`您的包裹 **${c.slots["number"]}** 正在派送中：\n\n- 今天 09:12 快递员已出发派件\n- 今天 06:30 到达杭州西湖营业点\n- 昨天 22:05 离开杭州转运中心\n\n预计今天 18:00 前送达。`, {
    kind: "flow", markdown: true, buttons: [{ title: "催促派送", text: "帮我催一下派送" }, { title: "没有问题了", text: "好的谢谢" }],
  });
}

export function suggest(c: Conversation, text: string): Suggestion[] {
  const number = c.slots["number"] ?? "SF1234567890123";
  const found = searchArticles(text).slice(0, 2).map(({ article, score }) => ({
    id: nextId("sg"), title: article.question, text: article.answer.replace(/\*\*/g, ""), source: "article", article: article.id, score,
  }));
  return [
    { id: nextId("sg"), title: "包裹进度", text: `您好，您的包裹 ${number} 今天 09:12 已出发派件，预计 18:00 前送达，请保持电话畅通。`, source: "state", score: 0.86 },
    ...found,
    { id: nextId("sg"), title: "催促快递", text: `已为您向顺丰提交催派（运单 ${number}），2 小时内会有专员联系您，给您添麻烦了。`, source: "flow", score: 0.71 },
    { id: nextId("sg"), title: "安抚", text: "非常抱歉让您久等了，我这边马上为您核实，请稍等两分钟。", source: "phrase", score: 0.52 },
  ].slice(0, 5);
}

export function handoff(world: World, c: Conversation, reason: string): Message {
  const texts = c.events.filter((event) => event.type === "message.received").map((event) => (event.data as Message).text);
  c.suggestions = suggest(c, texts.at(-1) ?? "");
  const packet: Packet = {
    summary: c.slots["number"]
      ? `客户查询包裹 ${c.slots["number"]} 的派送进度，已告知今天派送中，客户要求人工跟进。`
      : `客户咨询「${texts.at(-2) ?? texts.at(-1) ?? ""}」，要求转人工。`,
    intent: "parcel_track",
    slots: c.slots,
    facts: [{ name: "运单", value: c.slots["number"] ?? "SF1234567890123" }, { name: "承运商", value: "顺丰速运" }, { name: "最新状态", value: "派送中 · 今天 09:12 快递员已出发派件" }, { name: "订单", value: "YX202503060012 · 已发货 · ¥129.00" }],
    shown: c.events.flatMap((event) => (event.type === "message.sent" ? ((event.data as Message).articles ?? []) : [])).map((id) => ({ article: id, question: articles.find((a) => a.id === id)?.question ?? id, score: 0.9, band: "answer" as const })),
    trend: texts.map((text) => parse(text).sentiment.label),
    suggestions: c.suggestions,
  };
  c.packet = packet;
  world.append(c, "handoff.requested", { kind: "bot", name: bot.bot_name }, { reason, skill_group: "售后", packet });
  world.change(c, "queued");
  return world.say(c, speaker, { text: "好的，正在为您转接人工客服，您的问题和查询结果已经一并转给客服，不用重复描述。", kind: "handoff" });
}
