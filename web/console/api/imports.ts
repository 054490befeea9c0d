import type { Http } from "../../shared/http";
import type { ImportJob, ImportRow, OnConflict, Problem, Severity, TablePreview } from "../types";

/** How an uploaded file is to be read. */
export interface Reading {
  mapping: Record<string, string>;
  sheet: string;
  checkLinks: boolean;
}

const path = "/v1/imports";
const over = new Set(["ready", "done", "failed", "cancelled"]);

/** Import jobs: a check that changes nothing, then the application. */
export class ImportApi {
  private readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  headings(file: File): Promise<{ tables: TablePreview[]; fields: string[] }> {
    return this.http.request("POST", `${path}/headings`, { query: { name: file.name }, raw: { data: file, type: "application/octet-stream" }, timeoutMs: 120_000 });
  }

  submit(file: File, reading: Reading, key: string): Promise<ImportJob> {
    const mapping = Object.keys(reading.mapping).length > 0 ? JSON.stringify(reading.mapping) : "";
    return this.http.request("POST", path, {
      query: { name: file.name, mapping, sheet: reading.sheet, check_links: reading.checkLinks },
      raw: { data: file, type: "application/octet-stream" }, timeoutMs: 120_000, idempotencyKey: key,
    });
  }

  async jobs(signal: AbortSignal): Promise<ImportJob[]> {
    return (await this.http.get<{ jobs: ImportJob[] }>(path, { signal })).jobs;
  }

  job(id: string): Promise<ImportJob> {
    return this.http.get(`${path}/${encodeURIComponent(id)}`);
  }

  problems(id: string, filter: { severity?: Severity; code?: string; offset: number; limit: number }, signal: AbortSignal): Promise<{ problems: Problem[]; total: number }> {
    return this.http.get(`${path}/${encodeURIComponent(id)}/problems`, { query: { ...filter }, signal });
  }

  async rows(id: string, offset: number, limit: number, signal: AbortSignal): Promise<ImportRow[]> {
    return (await this.http.get<{ rows: ImportRow[] }>(`${path}/${encodeURIComponent(id)}/rows`, { query: { offset, limit }, signal })).rows;
  }

  problemsFile(id: string): string {
    return `${path}/${encodeURIComponent(id)}/problems.csv`;
  }

  apply(id: string, onConflict: OnConflict): Promise<ImportJob> {
    return this.http.post(`${path}/${encodeURIComponent(id)}/apply`, { on_conflict: onConflict });
  }

  check(id: string): Promise<ImportJob> {
    return this.http.post(`${path}/${encodeURIComponent(id)}/check`);
  }

  cancel(id: string): Promise<ImportJob> {
    return this.http.request("DELETE", `${path}/${encodeURIComponent(id)}`);
  }

  /**
   * Tells a job whenever it has changed, until it rests. The stream is asked
   * first; where it breaks, the job is read every two seconds. The returned
   * function stops it.
   */
  watch(id: string, onJob: (job: ImportJob) => void, onError: (error: unknown) => void): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;
    const source = new EventSource(`${path}/${encodeURIComponent(id)}/events`);
    const take = (job: ImportJob) => {
      if (stopped) return;
      if (over.has(job.state)) stop();
      onJob(job);
    };
    const poll = async () => {
      try {
        take(await this.job(id));
      } catch (error) {
        if (!stopped) onError(error);
        return;
      }
      if (!stopped) timer = setTimeout(() => void poll(), 2000);
    };
    const stop = () => {
      stopped = true;
      source.close();
      clearTimeout(timer);
    };
    source.addEventListener("job", (event: MessageEvent<string>) => take(JSON.parse(event.data) as ImportJob));
    source.addEventListener("error", () => {
      if (stopped) return;
      source.close();
      void poll();
    });
    return stop;
  }
}
