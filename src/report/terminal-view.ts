import { gapAudit } from '../derive/gap-words.ts';
import { patchLines, restartCommand } from '../derive/printed/ecosystem-patch.ts';
import { type Finding, type PlannedFix, priorities } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import type { Locale } from '../model/text.ts';
import { cells, pad, truncate } from './cells.ts';
import { makeFmt, type ReportFmt } from './format.ts';
import { oneLine, proseToTerminal } from './prose.ts';
import { commandLines, type Line, line, paragraph, piece, width } from './terminal-line.ts';
import { type Section, section, type TerminalContext } from './terminal-section.ts';
import { storiesSection } from './terminal-stories.ts';
import { systemSection } from './terminal-system.ts';
import { appsSection, oomSection } from './terminal-tables.ts';
import { type TerminalWords, terminalWords } from './terminal-words.ts';
import { makeSays } from './view/context.ts';
import type { View } from './view/view.ts';
import type { AuditWords } from './words.ts';

/** The terminal summary: a head, then sections. */
export interface TerminalView {
  readonly head: readonly Line[];
  readonly sections: readonly Section[];
}

const shownProblems = 5;
const shownFixes = 3;
const shownGaps = 6;

/** Answers: what does one screen of text say about this host? Same facts and words as the page, 80 cells wide. */
export function terminalView(
  report: Report,
  view: View,
  locale: Locale,
  words: AuditWords,
  top: number,
): TerminalView {
  const fmt = makeFmt(locale, report.utcOffsetMinutes);
  const context: TerminalContext = {
    report,
    view,
    fmt,
    say: terminalWords[locale](fmt),
    says: makeSays(report, locale, fmt, words),
    locale,
    top,
  };
  return {
    head: head(context),
    sections: [
      problemsSection(context),
      systemSection(context),
      appsSection(context),
      oomSection(context),
      storiesSection(context),
      fixesSection(context),
      unseenSection(context),
    ].filter((section) => section !== null),
  };
}

function head({ report, view, fmt, say }: TerminalContext): readonly Line[] {
  const right = fmt.stamp(report.takenAt);
  const only = report.onlyApp === null ? '' : `  ${say.onlyApp(report.onlyApp)}`;
  const left = `${report.tool.name} ${report.tool.version}  ${oneLine(view.header.host)}${oneLine(only)}`;
  const verdict = say.verdict[report.verdict];
  const score = report.score === null ? say.noScore : say.score(report.score, report.grade ?? '');
  const blind = report.verdicts.filter(({ outcome }) => outcome === 'blind' || outcome === 'error').length;
  const isCalm = report.verdict === 'healthy' || report.verdict === 'unknown';
  return [
    [piece(pad(left, width - cells(right) - 2), 'strong'), piece(`  ${right}`, 'soft')],
    line(''),
    [piece(verdict, report.verdict), piece(`  ${score}${past(report, fmt, say)}`)],
    line(priorities.map((priority) => say.count(report.counts[priority], priority)).join(say.countGap)),
    ...(blind > 0 ? [line(say.blind(blind, report.verdicts.length), 'soft')] : []),
    ...(isCalm ? [line(''), ...paragraph(view.header.say, 0, 4)] : []),
  ];
}

function past({ past: before, score }: Report, fmt: ReportFmt, say: TerminalWords): string {
  if (before === null || before.score === null || score === null) return '';
  return `   ${say.past(score - before.score, fmt.tableDate(before.takenAt), before.score, before.grade ?? '')}`;
}

/** P0 and P1: the headline, the telling part of one quoted line, the effect and the way to the fix. */
function problemsSection(context: TerminalContext): Section | null {
  const { report, say } = context;
  const serious = report.findings.filter(({ priority }) => priority === 'P0' || priority === 'P1');
  const shown = serious.slice(0, shownProblems);
  const lines = shown.flatMap((finding) => problem(context, finding));
  const left = serious.length - shown.length;
  return section(say.problems, left > 0 ? [...lines, line(`     ${say.more(left)}`, 'soft')] : lines);
}

function problem(context: TerminalContext, finding: Finding): readonly Line[] {
  const { says } = context;
  const [first, ...rest] = paragraph(says.headline(finding), 5, 2, 'strong');
  const title = first?.[0]?.text.slice(5) ?? '';
  const quote = evidence(context, finding);
  const arrow = finding.fix === null ? '' : ` -> ${finding.fix}`;
  const effect = paragraph(firstSentence(proseToTerminal(says.effect(finding))), 5, 2);
  const badge = ({ P0: 'p0', P1: 'p1', P2: 'p2', P3: 'p3' } as const)[finding.priority];
  return [
    [piece(finding.priority, badge), piece(` ${title}`, 'strong')],
    ...rest,
    ...quote.map((text) => line(`     ${text}`, 'soft')),
    ...withArrow(effect, arrow),
  ];
}

/** Appends the arrow to the last line where it fits, else on a line of its own. */
function withArrow(lines: readonly Line[], arrow: string): readonly Line[] {
  const last = lines.at(-1)?.[0]?.text;
  if (arrow === '') return lines;
  if (last === undefined) return [line(`    ${arrow}`)];
  if (cells(last) + cells(arrow) <= width) return [...lines.slice(0, -1), line(last + arrow)];
  return [...lines, line(`    ${arrow}`)];
}

/** Up to the first full stop that ends a sentence. */
function firstSentence(text: string): string {
  return (/^.*?(?:[.!?](?=\s|$)|[。！？])/u.exec(text)?.[0] ?? text).replace(/[.。]$/, '');
}

/**
 * Source, time and the words of the line that carry the fact, byte for byte; the whole line where it fits. What a victim
 * held may take a second line: its name is as long as its app's path.
 */
function evidence({ view, say, fmt }: TerminalContext, finding: Finding): readonly string[] {
  const shown = view.problems.shown.find(({ id }) => id === finding.id)?.quotes[0];
  const quote = finding.because[0];
  if (shown === undefined || quote === undefined) return [];
  const source = /kernel|kmsg|dmesg/.test(quote.source) ? say.kernel : (quote.source.split('/').at(-1) ?? '');
  const where = `${oneLine(source)}${quote.at === null ? '' : ` ${fmt.exact(quote.at)}`} `;
  const room = width - 5 - cells(where);
  const whole = oneLine(quote.text);
  if (cells(whole) <= room) return [where + whole];
  let told = '';
  let below: string | null = null;
  for (const { strong, text } of shown.pieces) {
    const next = told === '' ? oneLine(text) : `${told} ${oneLine(text)}`;
    if (strong && cells(next) <= room) told = next;
    else if (strong && told !== '' && text.startsWith('anon-rss')) below ??= oneLine(text);
  }
  if (told === '') return [where + truncate(whole, Math.max(8, room))];
  return [where + told, ...(below === null ? [] : [' '.repeat(cells(where)) + below])];
}

/** The first urgent fixes, as they are typed. */
function fixesSection(context: TerminalContext): Section | null {
  const urgent = context.report.fixes
    .filter(({ priority }) => priority === 'P0' || priority === 'P1')
    .slice(0, shownFixes);
  return section(
    context.say.doFirst(urgent.length),
    urgent.flatMap((fix) => fixLines(context, fix)),
  );
}

function fixLines(context: TerminalContext, planned: PlannedFix): readonly Line[] {
  const { say, says } = context;
  const { fix } = planned;
  const label = pad(planned.id, 3);
  const indent = cells(label);
  const title = (): readonly Line[] => labelled(label, paragraph(says.fix(planned).title, indent, 2));
  const commands = (list: readonly string[]): readonly Line[] | null => {
    const broken = list.map((command) => commandLines(command, indent));
    if (broken.some((lines) => lines === null)) return null;
    return broken.flatMap((lines) => (lines ?? []).map((text): Line => [piece(text)]));
  };
  const asWritten = (list: readonly string[]): readonly Line[] =>
    commands(list.slice(0, 4)) ?? [line(' '.repeat(indent) + say.inReport, 'soft')];
  if (fix.kind === 'ecosystem-patch') {
    const [patch] = fix.patches;
    const changes =
      patch === undefined
        ? []
        : patchLines(patch)
            .filter(({ sign }) => sign === '+')
            .map(({ text }) => text.trim().replace(/,$/, ''));
    const text = patch === undefined ? '' : `${say.patch(oneLine(patch.app.name))}${changes.join(', ')}`;
    if (fix.patches.length !== 1 || changes.length === 0 || cells(text) > width - indent)
      return [...title(), line(' '.repeat(indent) + say.inReport, 'soft')];
    return [
      [piece(label, 'strong'), piece(text)],
      ...asWritten(restartCommand([...fix.patches.map(({ app }) => app)])),
    ];
  }
  if (fix.kind === 'command') {
    const lead = fix.asRoot ? [line(' '.repeat(indent) + say.asRoot, 'soft')] : [];
    return [...title(), ...lead, ...asWritten(fix.run)];
  }
  if (fix.kind === 'file') {
    const content = fix.content.trimEnd().split('\n');
    const fits =
      content.length <= 6 && content.every((text) => cells(text) <= width - 5 && oneLine(text) === text);
    return [
      ...title(),
      line(
        `${' '.repeat(indent)}${fix.asRoot ? `${say.asRoot} ` : ''}${say.file(oneLine(fix.path))}`,
        'soft',
      ),
      ...(fits
        ? content.map((text): Line => [piece(`     ${text}`)])
        : [line(' '.repeat(indent) + say.inReport, 'soft')]),
      ...(fix.then.length > 0 ? asWritten(fix.then) : []),
    ];
  }
  const [step] = says.fix(planned).steps;
  return [...title(), ...(step === undefined ? [] : paragraph(step, indent, 2, 'soft'))];
}

/** Puts the label into the indent of the first line. */
function labelled(label: string, lines: readonly Line[]): readonly Line[] {
  const [first, ...rest] = lines;
  return [[piece(label, 'strong'), piece(first?.[0]?.text.slice(label.length) ?? '')], ...rest];
}

/** What could not be seen, in one paragraph, and the command that says how to mend it. */
function unseenSection(context: TerminalContext): Section | null {
  const { view, say, report } = context;
  const gaps = report.findings.filter(({ audit }) => audit === gapAudit);
  // The view lists the gaps of findings first, then the stretches before a log begins, then the rest.
  const others = view.blind.rows.slice(gaps.length).map(({ what }) => what);
  const all = [...gaps.map((finding) => gapPhrase(context, finding)), ...others];
  if (all.length === 0) return null;
  const shown = all.slice(0, shownGaps).map((text) => truncate(proseToTerminal(text), 2 * width));
  const left = all.length - shown.length;
  const list = [...shown, ...(left > 0 ? [say.andMore(left)] : [])].join(say.semicolon);
  return section(say.unseen, paragraph(`${list}${say.fullStop}${say.howToSee}`, 0, 12));
}

/** `pm2.log: permission denied`: the headline without "We could not see". */
function gapPhrase({ says, locale }: TerminalContext, finding: Finding): string {
  return says.headline(finding).replace(locale === 'en' ? /^We could not see (?:the )?/ : /^看不到 ?/, '');
}
