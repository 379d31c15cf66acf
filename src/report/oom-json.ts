import type { AttributedKill, UnconfirmedKill } from '../model/oom.ts';
import type { Json } from '../model/text.ts';
import { appJson, type Iso, integer, quoteJson } from './json-values.ts';

/** One kill in the shape of contract section 2; `pm2-audit oom --json` prints the same. Sizes in kB of 1024 bytes, as the kernel writes them. */
export function killJson(attributed: AttributedKill, iso: Iso): { readonly [key: string]: Json } {
  const { kill } = attributed;
  return {
    at: iso(kill.at),
    timestamp: kill.timestamp,
    source: kill.source,
    pid: kill.pid,
    comm: kill.comm,
    killer: kill.killer,
    constraint: kill.constraint,
    totalVmKb: kill.totalVmKb,
    anonRssKb: kill.anonRssKb,
    fileRssKb: kill.fileRssKb,
    shmemRssKb: kill.shmemRssKb,
    rssKb: kill.rssKb,
    swapKb: kill.swapKb,
    uid: kill.uid,
    oomScoreAdj: kill.oomScoreAdj,
    oomMemcg: kill.oomMemcg,
    taskMemcg: kill.taskMemcg,
    usageKb: kill.usageKb,
    limitKb: kill.limitKb,
    invokedBy: kill.invokedBy === null ? null : { comm: kill.invokedBy.comm, pid: kill.invokedBy.pid },
    signal: kill.signal,
    sysrq: kill.sysrq,
    unit: kill.unit,
    processes: kill.processes,
    repeats: kill.repeats,
    evidence: kill.evidence,
    app: appJson(attributed.app),
    candidates: attributed.candidates.map((app) => appJson(app)),
    role: attributed.role,
    confidence: attributed.confidence,
    reason: attributed.reason,
    because: attributed.because.map((quote) => quoteJson(quote, iso)),
    biggest: attributed.biggest.map(({ name, app, rssBytes }) => ({
      name,
      app: appJson(app),
      rssBytes: integer(rssBytes),
    })),
  };
}

/** A kill that was announced or skipped, and not done as far as the text goes. */
export function unconfirmedJson(item: UnconfirmedKill, iso: Iso): { readonly [key: string]: Json } {
  return {
    at: iso(item.at),
    timestamp: item.timestamp,
    pid: item.pid,
    comm: item.comm,
    why: item.why,
    quote: quoteJson(item.quote, iso),
  };
}
