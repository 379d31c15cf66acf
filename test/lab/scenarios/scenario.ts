import type { OomRole } from '../../../src/model/oom.ts';
import type { Cause } from '../../../src/model/restart.ts';
import type { Confidence } from '../../../src/model/text.ts';
import type { PrivatePm2 } from '../private-pm2.ts';

/** One entry of an ecosystem file. */
export interface AppEntry {
  readonly name: string;
  readonly [setting: string]: unknown;
}

/** What really happened to one app, written down by who did it. */
export interface AppTruth {
  readonly name: string;
  /** Only this id, where several apps share the name. */
  readonly pmId?: number;
  /** How often it was started again, and why. */
  readonly restarts: { readonly [C in Cause]?: number };
  /**
   * Causes that the evidence cannot carry: `unknown` is right for these, and so is the true cause, and so is any cause
   * that is no more than `possible`.
   */
  readonly untold?: readonly Cause[];
  /** More or fewer restarts of these causes are right as well: they go on while the audit reads. */
  readonly ongoing?: readonly Cause[];
  /** What of PM2's counter cannot be explained; 0 where not given. */
  readonly unexplained?: number;
  /** Audits that must report on this app, and those that must not. */
  readonly findings?: readonly string[];
  readonly noFindings?: readonly string[];
}

export interface KillTruth {
  readonly pid: number;
  /** null = no app of PM2's. */
  readonly app: string | null;
  readonly role: OomRole;
  /** The tool must say the right app with at least this; `none` = it may say nothing, but nothing wrong. */
  readonly atLeast: Confidence;
}

export interface Truth {
  readonly apps: readonly AppTruth[];
  readonly kills?: readonly KillTruth[];
  /** Audits that must report, on whatever. */
  readonly findings?: readonly string[];
  /** Nothing is wrong with these apps: no finding about them above hygiene (P3, or P2 about versions and files). */
  readonly calm?: boolean;
}

/** Something that happens to apps. Those of one group share a daemon; each names its apps after itself. */
export interface Scenario {
  readonly name: string;
  readonly apps: (lab: Lab) => readonly AppEntry[];
  readonly act: (lab: Lab) => Promise<Truth>;
}

/** What a scenario may use. */
export interface Lab {
  readonly pm2: PrivatePm2;
  /** An entry for the app of the lab, which does what `mode` says (see apps.ts) and notes each of its starts. */
  readonly app: (name: string, mode: string, settings?: { readonly [setting: string]: unknown }) => AppEntry;
  /** Runs pm2, one command at a time: it refuses a reload beside another. */
  readonly run: (...args: readonly string[]) => Promise<string>;
  /** Waits until the app has noted this many starts; their pids, oldest first. */
  readonly started: (name: string, times: number) => Promise<readonly number[]>;
  /** Tells apps with a mode `when:…` to do it now. */
  readonly go: (name: string) => Promise<void>;
  /** Where the app reads or writes something of its own. */
  readonly path: (name: string) => string;
  /** A memory cgroup of this name: the file that takes pids. */
  readonly cage: (name: string) => string;
}
