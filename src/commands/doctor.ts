import { analyze } from '../analyze/run.ts';
import { audits } from '../audits/index.ts';
import { evidenceNames } from '../derive/gap-words.ts';
import { gather } from '../gather/run.ts';
import { realHost } from '../host/real.ts';
import { type Evidence, type EvidenceKey, evidenceKeys } from '../model/evidence.ts';
import type { Locale } from '../model/text.ts';
import { parseLocale } from '../options.ts';
import { makeFmt, pad } from '../report/format.ts';
import { proseToTerminal } from '../report/prose.ts';
import { buildView } from '../report/view/view.ts';
import { wrap } from '../report/wrap.ts';
import type { Flags } from '../resolve-options.ts';
import { localeOf, type Terminal } from '../terminal.ts';
import { tool } from '../version.ts';
import { auditWords } from './deliver.ts';
import { recallOf } from './look.ts';

const words = {
  en: {
    user: (name: string) => `What ${name} can see here`,
    seen: 'seen',
    part: 'partly',
    unseen: 'NOT seen',
    since: (at: string) => `since ${at}`,
    all: 'Nothing is hidden from this user.',
    mend: 'How to see the rest',
    noCollector: 'No collector runs here, so there are no trends. pm2-audit watch keeps them.',
  },
  'zh-CN': {
    user: (name: string) => `${name} 在此主机上能看到的内容`,
    seen: '可见',
    part: '部分可见',
    unseen: '看不到',
    since: (at: string) => `自 ${at} 起`,
    all: '当前用户可以看到全部内容。',
    mend: '如何看到其余内容',
    noCollector: '没有运行采集器，因此没有趋势数据；可用 pm2-audit watch 采集。',
  },
} as const;

/** `pm2-audit doctor`: every source, whether this user can read it, and the command that mends each blind spot. */
export async function runDoctor(flags: Flags, terminal: Terminal): Promise<number> {
  const host = realHost();
  const locale = flags.lang === undefined ? localeOf(host.env) : parseLocale(flags.lang);
  const now = host.now();
  try {
    const evidence = await gather(
      host,
      {
        homes: flags.home ?? [],
        window: { from: now - 7 * 86_400_000, to: now },
        // Long enough to know that the bus can be heard.
        observeMs: 100,
        kernelLogs: flags.kernelLog ?? [],
        storageBudget: { ms: 150, files: 20_000 },
        recall: recallOf(null, host.env),
      },
      tool,
    );
    terminal.stdout(examine(evidence, locale, userName(host.uid, host.env)));
    return 0;
  } finally {
    host.close();
  }
}

function userName(uid: number, env: { readonly [key: string]: string | undefined }): string {
  return uid === 0 ? 'root' : (env['USER'] ?? env['LOGNAME'] ?? `uid ${uid}`);
}

function examine(evidence: Evidence, locale: Locale, user: string): string {
  const say = words[locale];
  const { history } = evidence.items;
  const isAbsent = !history.seen && history.gaps.every(({ why }) => why === 'switched-off');
  const keys = evidenceKeys.filter((key) => key !== 'history' || !isAbsent);
  const lines = [`${say.user(user)}:`, '', ...keys.map((key) => line(evidence, key, locale)), ''];
  if (isAbsent) lines.push(say.noCollector, '');
  const report = analyze(evidence, audits, { app: null, past: null });
  const { rows } = buildView(report, locale, auditWords).blind;
  lines.push(rows.length === 0 ? say.all : `${say.mend}:`);
  for (const row of rows) {
    lines.push('', ...wrap(proseToTerminal(row.what), 80));
    for (const text of [row.why, row.follows, row.remedy]) {
      lines.push(...wrap(proseToTerminal(text), 76).map((part) => `  ${part}`));
    }
    lines.push(...row.commands.map((command) => `    ${proseToTerminal(command)}`));
  }
  return `${lines.join('\n')}\n`;
}

function line(evidence: Evidence, key: EvidenceKey, locale: Locale): string {
  const say = words[locale];
  const item = evidence.items[key];
  const state = !item.seen
    ? say.unseen
    : item.gaps.some(({ why }) => why !== 'switched-off')
      ? say.part
      : say.seen;
  const from = item.seen ? item.covers.from : null;
  // A figure of this moment has no past worth naming; a log has.
  const isLog = from !== null && evidence.takenAt - from > 60_000;
  const since =
    !isLog || from === null ? '' : `, ${say.since(makeFmt(locale, evidence.utcOffsetMinutes).time(from))}`;
  const detail = item.seen ? `${item.source}${since}` : (item.gaps[0].tried[0]?.detail ?? item.gaps[0].why);
  const name = evidenceNames[locale][key].replace(/^the /, '');
  return `  ${pad(state, 9)} ${pad(name, 26)} ${proseToTerminal(detail)}`;
}
