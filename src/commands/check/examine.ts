import { analyze } from '../../analyze/run.ts';
import { audits } from '../../audits/index.ts';
import { gather } from '../../gather/run.ts';
import type { Host } from '../../host/host.ts';
import { realHost } from '../../host/real.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Locale } from '../../model/text.ts';
import { type AuditOptions, windowOf } from '../../options.ts';
import type { CheckOutput } from '../../report/check/output.ts';
import { resolveOptions } from '../../resolve-options.ts';
import { tool } from '../../version.ts';
import { recallOf } from '../look.ts';
import { figuresOf } from './figures.ts';
import { judge } from './judge.ts';
import type { CheckFlags, Question } from './question.ts';
import { sentencesOf } from './sentence.ts';

/** Of a check that runs every minute: a day back, and nobody waits for the bus. */
const defaultSince = '24h';
const defaultObserve = '0';

/** Reads this host once and answers the question. Writes no file. */
export async function examine(flags: CheckFlags, question: Question): Promise<CheckOutput> {
  const host = realHost();
  const started = host.monotonicMs();
  const settings = await resolveOptions(
    { ...flags, since: flags.since ?? defaultSince, observe: flags.observe ?? defaultObserve },
    host.env,
    process.cwd(),
    host.now(),
  );
  try {
    const evidence = await read(host, settings, question);
    return answer(evidence, question, settings, () => host.monotonicMs() - started);
  } finally {
    host.close();
  }
}

/** No folder is walked: how much data lies there is no alarm, and costs as much as all the rest. */
async function read(host: Host, settings: AuditOptions, question: Question): Promise<Evidence> {
  return gather(
    host,
    {
      homes: settings.homes,
      window: windowOf(settings.since, host.now()),
      observeMs: settings.observeMs,
      kernelLogs: settings.kernelLogs,
      storageBudget: { ms: 0, files: 0 },
      without: ['storage', ...question.without],
      recall: question.without.includes('history') ? null : recallOf(settings.db, host.env),
    },
    tool,
  );
}

/** Evidence in, the check's output out. */
export function answer(
  evidence: Evidence,
  question: Question,
  settings: Pick<AuditOptions, 'limits' | 'ignore'> & { readonly locale: Locale },
  tookMs: () => number,
): CheckOutput {
  const { limits, ignore } = settings;
  const report = analyze(evidence, audits, { limits, ignore, app: question.app, past: null });
  const judgement = judge(evidence, report, question);
  const measured = { evidence, report, question, audits, limits, rows: judgement.rows, tookMs: tookMs() };
  return {
    state: judgement.state,
    figures: figuresOf(measured),
    ...sentencesOf(judgement, measured, settings.locale),
  };
}
