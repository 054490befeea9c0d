import type { Article, Attachment, Band, Block } from "../shared/types";

/** Shapes of the workshop's routes. The Go structs of kb, kb/base, kb/intake, kb/growth and api are their source; times are RFC 3339. */

export type Review = "" | "review" | "approved" | "outdated";

/** Another answer of an article, for some customers or some time. */
export interface Variant {
  channels?: string[];
  tags?: string[];
  valid_from?: string | null;
  valid_until?: string | null;
  answer: string;
  blocks?: Block[];
}

export interface FullArticle extends Article {
  blocks?: Block[] | null;
  variants?: Variant[] | null;
  attachments?: Attachment[] | null;
  answer_at?: number;
  owner?: string;
  review?: Review;
}

/** What a trainer writes of an article. */
export type ArticleBody = Omit<FullArticle, "id" | "version" | "updated_at">;

export interface Revision {
  number: number;
  at: string;
  author?: string;
  note?: string;
  put: number;
  deleted: number;
}

export interface Edition extends Revision {
  gone?: boolean;
  article: FullArticle;
}

export interface Draft {
  article: FullArticle;
  remove?: boolean;
  author?: string;
  at: string;
}

export interface PendingDraft extends Draft {
  new: boolean;
  stale: boolean;
}

export interface DiffLine {
  op: "same" | "add" | "remove";
  text: string;
}

/** What changed in one field; which of the parts is there depends on the field. */
export interface DiffField {
  field: string;
  from?: string;
  to?: string;
  added?: string[];
  removed?: string[];
  lines?: DiffLine[];
}

export interface Difference {
  from: number;
  to: number;
  old?: Revision;
  new?: Revision;
  fields: DiffField[];
}

export type Outcome = "right" | "wrong" | "offered" | "missed" | "silent";

export interface Trial {
  outcome: Outcome;
  article_id?: string;
  question?: string;
  score: number;
  band?: Band;
}

export interface Figures {
  version: string;
  articles: number;
  answerable: number;
  top1: number;
  top3: number;
  answered: number;
  wrong: number;
}

export interface Turn {
  query: string;
  kb_ids: string[];
  from: Trial;
  to: Trial;
}

export interface Comparison {
  questions: number;
  from: Figures;
  to: Figures;
  changed: Turn[];
  unknown?: string[];
}

export type Severity = "error" | "warning";

export interface TablePreview {
  sheet?: string;
  line: number;
  headings: { name: string; field?: string; samples: string[] }[] | null;
  ready: boolean;
}

export type JobState = "waiting" | "reading" | "checking" | "ready" | "applying" | "done" | "failed" | "cancelled";

export interface ImportSummary {
  format?: string;
  encoding?: string;
  sheets?: { name: string; rows: number; skipped?: string }[];
  rows: number;
  added: number;
  replaced: number;
  unchanged: number;
  rejected: number;
  errors: number;
  warnings: number;
  wordings: number;
  near_copies: number;
  links: number;
  revision: number;
  checked_at: string;
}

export type OnConflict = "replace" | "skip";

export interface ImportJob {
  id: string;
  file: string;
  bytes: number;
  format?: string;
  state: JobState;
  stage?: "reading" | "encoding" | "comparing" | "links" | "storing";
  progress: number;
  done: number;
  total: number;
  seconds_left?: number;
  cancelling?: boolean;
  author?: string;
  created: string;
  ended?: string;
  summary?: ImportSummary;
  choice?: { on_conflict: OnConflict };
  applied?: number;
  revision?: number;
  code?: string;
  error?: string;
}

export interface Problem {
  sheet?: string;
  line: number;
  field?: string;
  severity: Severity;
  code: string;
  message: string;
  mend?: string;
  row?: number;
  question?: string;
  other?: string;
  other_sheet?: string;
  other_line?: number;
}

export interface ImportRow {
  row: number;
  sheet?: string;
  line: number;
  outcome: "add" | "replace" | "unchanged";
  article: FullArticle;
}

export type ProposalKind = "article" | "phrasing" | "contradicts";
export type ProposalState = "open" | "accepted" | "edited" | "rejected";

export interface Example {
  question: string;
  answer?: string;
  at?: string;
}

interface Trend {
  this_week: number;
  last_week: number;
}

/** What conversations propose for the knowledge base, with its evidence. */
export interface MinedProposal {
  id: string;
  state: ProposalState;
  kind: ProposalKind;
  question: string;
  similar?: string[];
  answer: string;
  article?: string;
  article_question?: string;
  article_answer?: string;
  rank: number;
  evidence: Trend & {
    count: number;
    questions: number;
    resolution: number;
    agreement: number;
    others?: { answer: string; count: number }[];
    examples: Example[];
    intent?: string;
    probability: number;
    reason: string;
  };
  revised?: boolean;
  by?: string;
  note?: string;
  became?: string;
  published?: boolean;
  decided_at?: string;
}

/** What replaces parts of a proposal. */
export interface ProposalEdit {
  question?: string;
  similar?: string[];
  answer?: string;
  category?: string;
}

export interface Topic extends Trend {
  question: string;
  count: number;
  examples: Example[];
  reasons: Record<string, number> | null;
  article?: string;
  article_question?: string;
  probability: number;
}

export interface Unanswered {
  at: string;
  since: string;
  count: number;
  topics: Topic[];
}

export interface MiningRun {
  id: string;
  state: "waiting" | "running" | "done" | "failed" | "cancelled";
  source: "conversations" | "transcripts";
  since?: string;
  progress: number;
  created: string;
  stats: { transcripts: number; turns: number; pairs: number; groups: number; covered: number };
  added: number;
  renewed: number;
  known: number;
  error?: string;
}

export type UseList = "hot" | "cold" | "never" | "expired" | "disliked" | "handed";

export interface UseLine {
  article: string;
  question: string;
  category?: string;
  expired?: string;
  shown: number;
  answered: number;
  suggested: number;
  taken: number;
  ignored: number;
  disliked: number;
  handed: number;
  prior: number;
}

export interface RiskPoint {
  threshold: number;
  coverage: number;
  wrong_share: number;
  answered: number;
  bound: number;
}

export interface AnswerRisk {
  answer_risk: number;
  source: "model" | "profile" | "setting";
  answer_at: number;
  suggest_at: number;
  chosen?: RiskPoint;
  points: RiskPoint[];
  own_points?: RiskPoint[];
}

export interface Judged {
  query: string;
  article_ids: string[];
}

/** Why a hit has its probability; parts are in log odds, the greatest effect first. */
export interface Why {
  parts: { feature: string; value: number; log_odds: number }[];
  terms?: { term: string; idf: number }[];
  prior: number;
  log_odds: number;
  answer_at: number;
  suggest_at: number;
  followed?: string;
  text: string;
}

export type ReplyKind = "first_message" | "waiting" | "off_hours" | "slow_agent" | "silent_visitor" | "closing";

export interface ReplyRule {
  kind: ReplyKind;
  on: boolean;
  channels?: string[];
  texts?: string[];
  after_seconds?: number;
  every_seconds?: number;
  most?: number;
  close_after_seconds?: number;
  before_answer?: boolean;
  popular?: boolean;
  menu?: string[];
}

export interface Hours {
  weekly?: { days: number[]; from: string; to: string }[];
  closed?: string[];
  extra?: { date: string; from: string; to: string }[];
}

export interface ReplySettings {
  rules: ReplyRule[];
  hours: Hours;
  pace_seconds?: number;
}

export interface AutoReplies {
  version: number;
  author?: string;
  updated?: string;
  settings: ReplySettings;
  previews: string[][];
  slots: Record<string, string[]>;
  open: boolean;
  next_open?: string;
}
