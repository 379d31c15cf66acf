import { subjectOfApps } from '../derive/apps/app-groups.ts';
import { appKey } from '../derive/apps/process-tree.ts';
import { fewDrafts } from '../derive/few-drafts.ts';
import { limitAdvice } from '../derive/limits/limit-advice.ts';
import { type LimitChurn, limitChurns } from '../derive/limits/limit-churn.ts';
import { memoryLimitPatch } from '../derive/limits/memory-patch.ts';
import { restartWants, storiesByApp } from '../derive/restarts/restart-evidence.ts';
import { type Draft, defineAudit } from '../model/audit.ts';
import type { Fix, Priority } from '../model/finding.ts';
import { type MemoryLimitChurnArgs, memoryLimitChurnWords } from './words/memory-limit-churn.ts';

/** `max_memory_restart` fires again and again, too far apart for a loop. */
export default defineAudit<
  MemoryLimitChurnArgs,
  'daemons' | 'pm2Log',
  (typeof restartWants)[number] | 'cgroups',
  'urgentPerDay'
>({
  id: 'memory-limit-churn',
  topic: 'memory',
  needs: ['daemons', 'pm2Log'],
  wants: [...restartWants, 'cgroups'],
  limits: {
    urgentPerDay: {
      value: 4,
      unit: 'count',
      source: 'operating practice: once a day is what the limit is for, every few hours is an outage',
    },
  },
  references: [
    'PM2 7.0.4 lib/Worker.js: every 30 s, RSS of the main process against max_memory_restart',
    'https://pm2.keymetrics.io/docs/usage/memory-limit/',
  ],
  words: memoryLimitChurnWords,
  check(seen, { now, window, covers, limits }) {
    const churns = limitChurns(seen.daemons, storiesByApp(seen, { now, window, covers }), now);
    const advice = limitAdvice(seen);
    const priorityOf = ({ kind, rhythm }: LimitChurn): Priority => {
      if (kind === 'once' || !rhythm.goesOn) return 'P3';
      return rhythm.inLastDay >= limits.urgentPerDay ? 'P1' : 'P2';
    };
    /** The one advised value, where it is a raise; against growth a higher limit is no cure. */
    const raiseFor = ({
      app,
      kind,
      group,
    }: LimitChurn): { readonly value: string; readonly fix: Fix } | null => {
      const advised = advice.get(appKey(app.ref));
      const bytes = advised?.maxMemoryRestartBytes ?? 0;
      if (kind === 'growth' || bytes <= (app.settings.maxMemoryRestartBytes ?? 0)) return null;
      const fix = memoryLimitPatch(group.apps, advice);
      return fix !== null && advised?.maxMemoryRestart ? { value: advised.maxMemoryRestart, fix } : null;
    };
    const draft = (list: readonly LimitChurn[], priority: Priority): Draft<MemoryLimitChurnArgs> => {
      const [only, second] = list;
      const raise = only && !second && priority !== 'P3' ? raiseFor(only) : null;
      return {
        subject: subjectOfApps(list.flatMap(({ group }) => group.apps.map((app) => app.ref))),
        priority,
        confidence: 'certain',
        args: {
          apps: list.map(({ group, kind, rhythm, uptimeMs, usedBytes, limitBytes, isChanged }) => ({
            name: group.name,
            kind,
            times: rhythm.times,
            first: rhythm.first,
            last: rhythm.last,
            goesOn: rhythm.goesOn,
            uptimeMs,
            medianGapMs: rhythm.medianGapMs,
            usedBytes,
            limitBytes,
            isChanged,
          })),
          proposed: raise?.value ?? null,
        },
        because: list.flatMap(({ because }) => because.slice(second ? -1 : -2)).slice(0, 4),
        ...(priority === 'P3' ? {} : { fix: raise?.fix ?? { kind: 'manual' } }),
      };
    };
    const rare = churns.filter((churn) => priorityOf(churn) === 'P3');
    return [
      ...fewDrafts(
        churns
          .filter((churn) => priorityOf(churn) !== 'P3')
          .toSorted((a, b) => priorityOf(a).localeCompare(priorityOf(b))),
        (one) => draft([one], priorityOf(one)),
        (rest) => draft(rest, rest.some((one) => priorityOf(one) === 'P1') ? 'P1' : 'P2'),
        9,
      ),
      ...(rare.length > 0 ? [draft(rare, 'P3')] : []),
    ];
  },
});
