import { processTrees } from '../derive/apps/process-tree.ts';
import { type KillPlan, noPlan, planAgainst } from '../derive/kills/kill-plan.ts';
import { type KillSummary, killQuotes, summarizeKills } from '../derive/kills/kill-summary.ts';
import { outsidePm2 } from '../derive/kills/memory-hog.ts';
import { attributeKills } from '../derive/kills/oom-attribution.ts';
import { type OomChain, oomChains } from '../derive/kills/oom-chain.ts';
import { oomPolicyDropIn } from '../derive/kills/oom-policy-drop-in.ts';
import { stopWithinMs } from '../derive/kills/unit-stops.ts';
import { limitAdvice } from '../derive/limits/limit-advice.ts';
import { defineAudit } from '../model/audit.ts';
import type { OomRole } from '../model/oom.ts';
import type { Confidence } from '../model/text.ts';
import { oomTookAllEn, oomTookAllZh } from './words/oom-took-all.ts';

/** The last incident in its order, and how many there were. */
export type OomTookAllArgs = {
  readonly unit: string;
  readonly incidents: number;
  readonly first: number;
  readonly last: number;
  /** `systemd-oomd` ends whole units by design; then no policy of the unit helps. */
  readonly by: 'kernel' | 'systemd-oomd';
  /** systemd scheduled a restart after the last one. */
  readonly restarted: boolean;
  /** The policy has been changed to continue since. */
  readonly mended: boolean;
  /** Whom the kernel killed, as far as its log still shows. */
  readonly victims: readonly {
    readonly name: string;
    readonly role: OomRole | null;
    readonly sure: Confidence;
  }[];
  readonly killed: KillSummary | null;
  /** Every process was killed at once (OOMPolicy=kill): no app could say good-bye. */
  readonly group: boolean;
  /** From the kill to the unit's end, ms. */
  readonly stopMs: number;
  /** Apps that were down; null = pm2.log does not show that time. */
  readonly apps: readonly string[] | null;
  readonly missing: readonly string[];
  /** From the kill to the last app that was online again, ms; null = not seen. */
  readonly backMs: number | null;
  /** pm2.log shows an ordinary stop. */
  readonly looksAsked: boolean;
  /** What keeps the victim alive next time. */
  readonly plan: KillPlan;
};

/** Apps missing this soon after may still be on their way. */
const settledMs = 120_000;

export default defineAudit<
  OomTookAllArgs,
  'unitJournal',
  'startup' | 'oomLog' | 'daemons' | 'processes' | 'pm2Log' | 'appLogs' | 'host' | 'cgroups',
  'stopWithinMs'
>({
  id: 'oom-took-all',
  topic: 'oom',
  needs: ['unitJournal'],
  wants: ['startup', 'oomLog', 'daemons', 'processes', 'pm2Log', 'appLogs', 'host', 'cgroups'],
  limits: {
    stopWithinMs: {
      value: stopWithinMs,
      unit: 'ms',
      source:
        'systemd.service(5): stop and kill may each take TimeoutStopSec, 90 s by default; measured on systemd 252: up to 2 minutes',
    },
  },
  references: [
    'systemd 252: "A process of this unit has been killed by the OOM killer." is also logged under continue; only "Failed with result" proves the stop',
    'Unitech/pm2#5879, Unitech/pm2#5941',
  ],
  words: { en: oomTookAllEn, 'zh-CN': oomTookAllZh },
  check(seen, { now, window, limits }) {
    const daemons = seen.daemons ?? [];
    const kills = seen.oomLog === null ? [] : attributeKills({ ...seen, oomLog: seen.oomLog, daemons });
    const isOutside = outsidePm2(daemons, seen.processes);
    const planFor = (chain: OomChain): KillPlan => {
      if (chain.kills.length === 0) return noPlanOnly;
      const { fix: _fix, ...plan } = planAgainst(
        chain.kills.flatMap(({ app }) => app ?? []),
        chain.kills,
        {
          daemons,
          trees: seen.processes ? processTrees(daemons, seen.processes).byApp : null,
          advice: limitAdvice({ ...seen, daemons }),
          isOutside,
        },
      );
      return plan;
    };
    const chains = oomChains(seen, kills, limits.stopWithinMs).filter(
      ({ stop }) => stop.at >= window.from && stop.at <= window.to,
    );
    const units = [...new Set(chains.map(({ stop }) => stop.unit))];
    return units.slice(0, 10).flatMap((name) => {
      const found = chains.filter(({ stop }) => stop.unit === name);
      const [first, last] = [found[0], found.at(-1)];
      const unit = seen.unitJournal.find((journal) => journal.unit === name)?.unit;
      if (!first || !last || unit === undefined) return [];
      const { stop } = last;
      const holder = seen.startup?.holders.find((each) => each.unit?.name === name);
      const mended = stop.by === 'kernel' && holder?.unit?.oomPolicy?.value === 'continue';
      const userManager = /\/user@\d+\.service\//.test(holder?.cgroupPath ?? '');
      const at = last.kills[0]?.kill.at ?? stop.at;
      return [
        {
          subject: { kind: 'unit', unit },
          priority: mended ? 'P1' : 'P0',
          confidence: 'certain',
          args: {
            unit: name,
            incidents: found.length,
            first: first.stop.at,
            last: stop.at,
            by: stop.by,
            restarted: stop.restarted,
            mended,
            victims: victimsOf(last),
            killed: last.kills.length > 0 ? summarizeKills(last.kills, isOutside) : null,
            group: last.farewell === null && last.kills.length > 1,
            stopMs: Math.max(0, stop.endedAt - at),
            apps: last.apps,
            missing: now - stop.endedAt >= settledMs ? last.missing : [],
            backMs: last.backAt === null ? null : Math.max(0, last.backAt - at),
            looksAsked: last.farewell !== null,
            plan: planFor(last),
          },
          because: [...killQuotes(last.kills, 1), ...stop.quotes],
          ...(mended
            ? {}
            : {
                fix:
                  stop.by === 'kernel' && name.endsWith('.service')
                    ? oomPolicyDropIn(name, userManager)
                    : ({ kind: 'manual' } as const),
              }),
        },
      ];
    });
  },
});

const { fix: _none, ...noPlanOnly } = noPlan;

/** Each once, apps before strangers to PM2's list; a unit that systemd-oomd took has no victim of its own. */
function victimsOf({ kills }: OomChain): OomTookAllArgs['victims'] {
  const victims = new Map<string, OomTookAllArgs['victims'][number]>();
  for (const { kill, app, role, confidence } of kills) {
    if (kill.pid === null && kill.comm === null) continue;
    const name = app?.name ?? kill.comm ?? '';
    victims.set(`${role} ${name}`, { name, role, sure: confidence });
  }
  return [...victims.values()].slice(0, 6);
}
