import { type GapArgs, gapAudit } from '../derive/gap-words.ts';
import { groupBy } from '../derive/grouping.ts';
import { pm2Command } from '../derive/printed/pm2-command.ts';
import { type Evidence, type EvidenceKey, evidenceKeys } from '../model/evidence.ts';
import type { Fix, Priority, Subject } from '../model/finding.ts';
import type { Gap, RemedyId } from '../model/gap.ts';
import type { AuditVerdict } from '../model/report.ts';
import type { RestartStory } from '../model/restart.ts';

/** A finding about something not seen, before it has an id. */
export interface GapDraft {
  readonly audit: typeof gapAudit;
  readonly subject: Subject;
  readonly priority: Priority;
  readonly args: GapArgs;
  readonly fix: Fix;
}

/** Sources that can say why a process ended; only they make a gap urgent. */
const explains: readonly EvidenceKey[] = ['pm2Log', 'oomLog', 'appLogs', 'unitJournal'];

/**
 * Answers: what could we not see, as findings? One for each group of gaps with the same key, reason and remedy. P2; P1
 * when restarts have no cause that this source could give, or when no daemon at all could be read. What the user
 * switched off is no finding.
 */
export function gapFindings(
  evidence: Evidence,
  verdicts: readonly AuditVerdict[],
  stories: readonly RestartStory[] | null,
): readonly GapDraft[] {
  return evidenceKeys.flatMap((key) => {
    const item = evidence.items[key];
    const gaps = item.gaps.filter((gap) => gap.why !== 'switched-off');
    const blinds = item.seen
      ? []
      : verdicts
          .filter(({ outcome, missing }) => outcome === 'blind' && missing.includes(key))
          .map(({ audit }) => audit);
    const unexplained = unexplainedFor(key, stories ?? []);
    return [...groupBy(gaps, (gap) => `${gap.why}\n${gap.remedy}`).values()].map((group) =>
      draft(evidence, key, group, item.seen, blinds, unexplained),
    );
  });
}

/** Restarts without a cause: before pm2.log begins only pm2.log could tell; others are open to any source. */
function unexplainedFor(key: EvidenceKey, stories: readonly RestartStory[]): number {
  if (!explains.includes(key)) return 0;
  return stories.reduce(
    (sum, story) => sum + (story.byCause.unknown ?? 0) + (key === 'pm2Log' ? story.unexplained : 0),
    0,
  );
}

function draft(
  evidence: Evidence,
  key: EvidenceKey,
  group: readonly Gap[],
  partly: boolean,
  blinds: readonly string[],
  unexplained: number,
): GapDraft {
  const [first] = group;
  const why = first?.why ?? 'not-found';
  const remedy = remedyHere(evidence, first?.remedy ?? 'none');
  const tried = group.flatMap((gap) => gap.tried.map(({ source, detail }) => ({ source, detail })));
  const unique = [
    ...new Map(tried.map((attempt) => [`${attempt.source}\n${attempt.detail}`, attempt])).values(),
  ];
  // A daemon that is down or hangs is a finding of its own; here nobody knows of any.
  const noDaemon = key === 'daemons' && !partly;
  return {
    audit: gapAudit,
    subject:
      key === 'daemons' && group.length === 1 && first?.subject.startsWith('/')
        ? { kind: 'daemon', home: first.subject }
        : { kind: 'host' },
    priority: unexplained > 0 || noDaemon ? 'P1' : 'P2',
    args: {
      key,
      why,
      remedy,
      partly,
      subjects: [...new Set(group.map(({ subject }) => subject))].slice(0, 20),
      tried: unique.slice(0, 12),
      blinds,
      unexplained,
    },
    fix: remedy === 'syslog-daemon' ? manual : fixOf(evidence, group),
  };
}

/** A journal can only be kept where there is one. */
function remedyHere(evidence: Evidence, remedy: RemedyId): RemedyId {
  const { startup } = evidence.items;
  return remedy === 'persistent-journal' && startup.seen && !startup.value.systemd ? 'syslog-daemon' : remedy;
}

const manual: Fix = { kind: 'manual' };
const asRoot = (run: readonly string[], undo: readonly string[] = []): Fix => ({
  kind: 'command',
  asRoot: true,
  user: null,
  run,
  undo,
});

/** The commands that mend it; by hand where none is safe or known. */
function fixOf(evidence: Evidence, group: readonly Gap[]): Fix {
  const [gap] = group;
  switch (gap?.remedy) {
    case 'run-as-root':
    case 'readable-logs':
      return asRoot(['pm2-audit']);
    case 'read-kernel-log':
      return asRoot(
        ['dmesg --time-format iso > kernel.log', 'pm2-audit --kernel-log kernel.log'],
        ['rm kernel.log'],
      );
    case 'persistent-journal':
      return asRoot(
        ['mkdir -p /var/log/journal', 'systemctl restart systemd-journald'],
        ['rm -r /var/log/journal', 'systemctl restart systemd-journald'],
      );
    case 'start-collector':
      return { kind: 'command', asRoot: false, user: null, run: ['pm2-audit watch'], undo: [] };
    case 'observe-longer':
      return { kind: 'command', asRoot: false, user: null, run: ['pm2-audit --observe 10s'], undo: [] };
    case 'run-as-owner':
    case 'start-pm2': {
      const { daemons } = evidence.items;
      const owner = daemons.seen ? daemons.value.find(({ home }) => home === gap.subject) : undefined;
      if (owner === undefined || group.length > 1) return manual;
      const run = gap.remedy === 'start-pm2' ? pm2Command(owner.home, 'resurrect') : 'pm2-audit';
      return owner.user === null && gap.remedy === 'run-as-owner'
        ? manual
        : {
            kind: 'command',
            asRoot: false,
            user: owner.user,
            run: [run],
            undo: gap.remedy === 'start-pm2' ? [pm2Command(owner.home, 'kill')] : [],
          };
    }
    default:
      return manual;
  }
}
