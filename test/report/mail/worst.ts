import type { Finding } from '../../../src/model/finding.ts';
import type { Report } from '../../../src/model/report.ts';
import type { CleanText } from '../../../src/model/text.ts';
import { reportOf } from '../pages.ts';

/** Each character takes six bytes of HTML: no name is worse. */
const nasty = `&"'<{{x}}`.repeat(300).slice(0, 300) as CleanText;

/** A host with so many apps, all with the worst of names, and with more of everything than any host has. */
export function worstReport(apps: number): Report {
  const sick = reportOf('sick-host');
  const many = reportOf('many-apps-1000');
  const named = <R extends { readonly name: CleanText }>(ref: R, index: number): R => ({
    ...ref,
    name: `${index}${nasty}` as CleanText,
  });
  const processes = Array.from({ length: apps }, (_none, index) => {
    const row = [...many.processes, ...sick.processes][
      index % (many.processes.length + sick.processes.length)
    ]!;
    return { ...row, app: { ...row.app, ref: named(row.app.ref, index) } };
  });
  const findings = Array.from({ length: apps }, (_none, index): Finding => {
    const finding = sick.findings[index % sick.findings.length]!;
    return {
      ...finding,
      id: `${finding.audit}:${index}`,
      priority: index % 2 === 0 ? 'P0' : 'P1',
      subject:
        finding.subject.kind === 'app'
          ? { kind: 'app', app: named(finding.subject.app, index) }
          : finding.subject,
      args: longArgs(finding.args),
      because: finding.because.flatMap((quote) =>
        [1, 2, 3].map((at) => ({ ...quote, text: `${at} ${quote.text} ${nasty.repeat(20)}` as CleanText })),
      ),
    };
  });
  const fixes = findings.slice(0, 30).map((finding, index) => ({
    id: `F${index + 1}`,
    priority: finding.priority,
    findings: [finding.id],
    dropped: [],
    fix: {
      kind: 'file' as const,
      asRoot: true,
      path: `/etc/${nasty}`,
      content: Array.from({ length: 50 }, () => nasty.repeat(2)).join('\n'),
      // biome-ignore lint/suspicious/noThenProperty: a fix calls it so
      then: Array.from({ length: 30 }, () => nasty),
      undo: [nasty],
    },
  }));
  const disk = sick.disks?.[0];
  return {
    ...sick,
    host: sick.host === null ? null : { ...sick.host, name: nasty },
    processes,
    findings: findings.map((finding, index) => ({ ...finding, fix: fixes[index % fixes.length]!.id })),
    fixes,
    counts: { P0: Math.ceil(apps / 2), P1: Math.floor(apps / 2), P2: 0, P3: 0 },
    disks:
      disk === undefined
        ? null
        : Array.from({ length: 300 }, (_none, index) => ({
            ...disk,
            mount: `/${index}${nasty}` as CleanText,
          })),
    oomKills: Array.from({ length: apps }, (_none, index) => {
      const kill = sick.oomKills![index % sick.oomKills!.length]!;
      return {
        ...kill,
        app: kill.app === null ? null : named(kill.app, index),
        kill: { ...kill.kill, comm: nasty, at: sick.takenAt - index * 1000 },
      };
    }),
  };
}

/** Names in the figures of a finding are as bad. */
function longArgs(args: Finding['args']): Finding['args'] {
  return Object.fromEntries(
    Object.entries(args).map(([key, value]) => [
      key,
      key === 'apps' && Array.isArray(value) && typeof value[0] === 'string' ? value.map(() => nasty) : value,
    ]),
  );
}
