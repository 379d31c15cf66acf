import { due, type Policy, type Silence } from '../../../src/derive/delivery/due.ts';
import type { Occasion, Reason } from '../../../src/derive/delivery/occasion.ts';
import { pendingFromJson, pendingToJson } from '../../../src/derive/delivery/pending.ts';
import { toldFromJson, toldToJson } from '../../../src/derive/delivery/told.ts';
import type { Json } from '../../../src/model/text.ts';

export const start = Date.UTC(2026, 10, 20, 8);
export const home = '/home/deploy/.pm2';
const ids = [
  'oom-killed',
  'restart-loop',
  'memory-limit-missing',
  'disk-filling',
  'memory-leak',
  'evidence-gap',
];

export type Found = readonly [audit: string, priority: string, app?: string];
export interface State {
  readonly found?: readonly Found[];
  /** Restart counters. */
  readonly apps?: { readonly [name: string]: number };
  /** Audits that could not look. */
  readonly blind?: readonly string[];
  readonly muted?: readonly string[];
  readonly daemon?: 'online' | 'denied';
  readonly kills?: readonly { readonly at: number; readonly app: string | null }[] | null;
  readonly verdict?: string;
  readonly windowMs?: number;
  /** false = the host's facts could not be read. */
  readonly hasHost?: boolean;
}

const iso = (at: number): string => new Date(at).toISOString();
const appOf = (name: string) => ({ home, pmId: 0, name, namespace: 'default' });

/** A report's summary, small but whole. */
export function summary(at: number, state: State): Json {
  const { found = [], apps = {}, blind = [], muted = [], daemon = 'online', kills = [] } = state;
  const worst = found.map(([, priority]) => priority).sort()[0];
  return {
    schema: 'pm2-audit.report/1',
    takenAt: iso(at),
    window: { from: iso(at - (state.windowMs ?? 7 * 86_400_000)), to: iso(at) },
    host: state.hasHost === false ? null : { name: 'web-01' },
    verdict: state.verdict ?? (worst === 'P0' ? 'critical' : worst === 'P1' ? 'attention' : 'healthy'),
    score: 50,
    grade: 'C',
    onlyApp: null,
    daemons: [{ home, state: daemon }],
    processes: Object.entries(apps).map(([name, counter]) => ({
      app: appOf(name),
      treeRssBytes: 1,
      restarts: { counter },
    })),
    modules: [],
    oomKills:
      kills?.map(({ at: time, app }, index) => ({
        at: iso(time),
        pid: 100 + index,
        comm: 'node',
        app: app === null ? null : appOf(app),
      })) ?? null,
    verdicts: ids.map((audit) => ({
      audit,
      outcome: blind.includes(audit) ? 'blind' : found.some(([id]) => id === audit) ? 'fail' : 'pass',
    })),
    suppressed: muted.map((audit) => ({ audit, app: null, findings: 1 })),
    findings: found.map(([audit, priority, app], index) => ({
      id: `${audit}:${index}`,
      audit,
      priority,
      subject: app === undefined ? { kind: 'host' } : { kind: 'app', app: appOf(app) },
      args: {},
    })),
  };
}

export interface Said {
  readonly at: number;
  readonly reason: Reason;
  readonly occasion: Occasion;
  /** What it was made of. */
  readonly state: State;
}

/** A channel that is told of one run after another, with its memory kept as JSON in between, as the store does. */
export class SimulatedChannel {
  /** What arrived. */
  readonly said: Said[] = [];
  /** What was made: what arrived, what waits, and what was replaced. */
  readonly made: Occasion[] = [];
  silence: Silence | null = null;
  /** Nothing gets through: what is made waits. */
  isDown = false;
  #told: Json | null = null;
  #waiting: { readonly pending: Json; readonly occasion: Occasion; readonly state: State } | null = null;
  readonly policy: Policy;
  constructor(policy: Partial<Policy> = {}) {
    this.policy = { sendOn: 'P1', reminderDays: 1, ...policy };
  }

  /** One audit; `delivers` false = it could neither be sent nor kept. */
  run(at: number, state: State, delivers = true): Reason | null {
    const isCaughtUp = this.#catchUp(at);
    const pending = pendingFromJson(this.#waiting?.pending ?? null);
    const answer = due({
      told: toldFromJson(this.#told),
      pending,
      summary: summary(at, state),
      policy: this.policy,
      now: at,
      isCaughtUp,
    });
    if (answer.occasion === null) {
      this.silence = answer.silence;
      if (answer.told !== null) this.#told = copied(toldToJson(answer.told));
      if (answer.pending !== null && pending !== null && this.#waiting !== null) {
        const json = copied(pendingToJson({ ...pending, told: answer.pending }));
        this.#waiting = { ...this.#waiting, pending: json };
      }
      return null;
    }
    const { occasion, told, missed } = answer;
    this.silence = null;
    this.made.push(occasion);
    if (!delivers) return occasion.reason;
    if (this.isDown) this.#waiting = { pending: copied(pendingToJson({ told, missed })), occasion, state };
    else {
      this.#told = copied(toldToJson(told));
      this.said.push({ at, reason: occasion.reason, occasion, state });
    }
    return occasion.reason;
  }

  reasons(): readonly Reason[] {
    return this.said.map(({ reason }) => reason);
  }

  get isWaiting(): boolean {
    return this.#waiting !== null;
  }

  #catchUp(at: number): boolean {
    const waiting = this.#waiting;
    if (this.isDown || waiting === null) return false;
    this.#waiting = null;
    const pending = pendingFromJson(waiting.pending);
    if (pending !== null) this.#told = copied(toldToJson({ ...pending.told, sentAt: at }));
    const { occasion, state } = waiting;
    this.said.push({ at, reason: occasion.reason, occasion, state });
    return true;
  }
}

function copied(json: Json): Json {
  return JSON.parse(JSON.stringify(json));
}
