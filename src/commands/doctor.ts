import { analyze } from '../analyze/run.ts';
import { audits } from '../audits/index.ts';
import { gapDetail, sourceName } from '../derive/gap-details.ts';
import { evidenceNames, gapAudit, whyNames } from '../derive/gap-words.ts';
import { gather } from '../gather/run.ts';
import { realHost } from '../host/real.ts';
import { type Evidence, type EvidenceKey, evidenceKeys } from '../model/evidence.ts';
import type { Gap } from '../model/gap.ts';
import type { Report } from '../model/report.ts';
import type { Locale } from '../model/text.ts';
import { parseLocale } from '../options.ts';
import { cells, makeFmt, pad } from '../report/format.ts';
import { proseToTerminal } from '../report/prose.ts';
import { commandLines } from '../report/terminal-line.ts';
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
    asRoot: 'As root:',
    as: (name: string) => `As ${name}:`,
    comma: ', ',
    colon: ':',
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
    asRoot: '以 root 执行：',
    as: (name: string) => `以 ${name} 用户执行：`,
    comma: '，',
    colon: '：',
    noCollector: '没有运行采集器，因此没有趋势数据；可用 pm2-audit watch 采集。',
  },
} as const;

/** Cells of a line. Commands and paths are never cut: they are copied. */
const width = 80;

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
    terminal.stdout(examine(evidence, locale, userName(host.uid, host.env), host.uid === 0));
    return 0;
  } finally {
    host.close();
  }
}

function userName(uid: number, env: { readonly [key: string]: string | undefined }): string {
  return uid === 0 ? 'root' : (env['USER'] ?? env['LOGNAME'] ?? `uid ${uid}`);
}

/** @param isRoot the one who reads this may do what needs root, as they are. */
export function examine(evidence: Evidence, locale: Locale, user: string, isRoot: boolean): string {
  const say = words[locale];
  const { history } = evidence.items;
  const isAbsent = !history.seen && history.gaps.every(({ why }) => why === 'switched-off');
  const keys = evidenceKeys.filter((key) => key !== 'history' || !isAbsent);
  const lines = [
    `${say.user(user)}${say.colon}`,
    '',
    ...keys.flatMap((key) => line(evidence, key, locale)),
    '',
  ];
  if (isAbsent) lines.push(...wrap(say.noCollector, width), '');
  const report = analyze(evidence, audits, { app: null, past: null });
  const { rows } = buildView(report, locale, auditWords).blind;
  lines.push(rows.length === 0 ? say.all : `${say.mend}${say.colon}`);
  for (const [index, row] of rows.entries()) {
    lines.push('', ...wrap(proseToTerminal(row.what), width));
    for (const text of [row.why, row.follows, row.remedy])
      lines.push(...indented(wrap(proseToTerminal(text), width - 2), 2));
    if (row.commands.length === 0) continue;
    const runner = runnerOf(report, index);
    if (runner === 'root' && !isRoot) lines.push(`  ${say.asRoot}`);
    else if (runner !== null && runner !== 'root' && runner !== user) lines.push(`  ${say.as(runner)}`);
    for (const command of row.commands.map(proseToTerminal))
      lines.push(...(commandLines(command, 4) ?? indented([command], 4)));
  }
  return `${lines.join('\n')}\n`;
}

/** Who has to run the commands of this blind spot; null = whoever reads. The rows begin with the gaps, in the order of the findings. */
function runnerOf({ findings, fixes }: Report, index: number): string | null {
  const id = findings.filter(({ audit }) => audit === gapAudit)[index]?.fix ?? null;
  const fix = fixes.find((planned) => planned.id === id)?.fix;
  return fix?.kind !== 'command' ? null : fix.asRoot ? 'root' : fix.user;
}

/** One source: in one line where it fits, else what was read or said stands below. */
function line(evidence: Evidence, key: EvidenceKey, locale: Locale): readonly string[] {
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
    !isLog || from === null
      ? ''
      : `${say.comma}${say.since(makeFmt(locale, evidence.utcOffsetMinutes).time(from))}`;
  const detail = proseToTerminal(
    item.seen ? `${sourceName(locale, item.source)}${since}` : reason(item.gaps[0], locale),
  );
  const name = evidenceNames[locale][key].replace(/^the /, '');
  const head = `  ${pad(state, 9)} ${pad(name, 26)}`;
  if (cells(`${head} ${detail}`) <= width) return [`${head} ${detail}`.trimEnd()];
  return [head.trimEnd(), ...indented(wrap(detail, width - 12), 12)];
}

const reason = ({ tried: [first], why }: Gap, locale: Locale): string =>
  first === undefined || first.detail === '' ? whyNames[locale][why] : gapDetail(locale, first.detail);

const indented = (lines: readonly string[], by: number): readonly string[] =>
  lines.map((text) => `${' '.repeat(by)}${text}`);
