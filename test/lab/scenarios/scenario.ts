import type { OomRole } from '../../../src/model/oom.ts';
import type { Cause, NextStep } from '../../../src/model/restart.ts';
import type { Confidence } from '../../../src/model/text.ts';
import type { PrivatePm2 } from '../private-pm2.ts';
import type { UntoldRow } from '../untold.ts';

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
  /** The same in their order, where causes differ. */
  readonly inOrder?: readonly Cause[];
  /**
   * Causes that the evidence cannot carry, each with its row of docs/restart-causes.md: `unknown` is right for these, and
   * so is the true cause, and so is any cause that is no more than `possible`.
   */
  readonly untold?: { readonly [C in Cause]?: UntoldRow };
  /** More or fewer restarts of these causes are right as well: they go on while the audit reads. */
  readonly ongoing?: readonly Cause[];
  /** What of PM2's counter cannot be explained, and the row that says why; none where not given. */
  readonly unexplained?: readonly [number, UntoldRow];
  /** Exit code, signal and PM2's next step of every restart with this cause. */
  readonly facts?: {
    readonly [C in Cause]?: {
      readonly exitCode?: number | null;
      readonly signal?: string | null;
      readonly next?: NextStep;
    };
  };
  /** Crash groups that must be there: part of their message, and how many crashes they hold, if PM2 kept all of it. */
  readonly crashes?: readonly { readonly message: string; readonly times: number }[];
  /** How coarse the times in pm2.log are; a second where not given. */
  readonly clockMs?: number;
  /** The notes of its starts are those of its children. */
  readonly notedByChildren?: boolean;
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
  /** Why so little, where an app's process was killed and less than `likely` is enough. */
  readonly untold?: UntoldRow;
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
  /** One of the third that every test run plays; the others are played by `npm run lab`. */
  readonly always?: true;
  readonly apps: (lab: Lab) => readonly AppEntry[];
  readonly act: (lab: Lab) => Promise<Truth>;
}

/** Needs a daemon of its own, because something happens to it, to its log or to the audit. */
export interface DaemonScenario extends Scenario {
  /** Of the daemon. */
  readonly env?: { readonly [key: string]: string };
  /** The shell variable that tells the daemon where the pm2 command lies, with which it can heal itself. */
  readonly knowsCommand?: true;
  /** More words for the command line of the audit. */
  readonly options?: readonly string[];
  /** The audit may not read the kernel's log. */
  readonly withoutKernelLog?: true;
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
  /** What is noted now. */
  readonly notes: (name: string) => Promise<readonly Note[]>;
  /** Waits until PM2 lists every instance of the app with this status. */
  readonly has: (name: string, status: string) => Promise<void>;
  /** Waits until pm2.log holds this text so many times. */
  readonly logged: (text: string, times?: number) => Promise<void>;
  /** Waits until the file is there; what it holds. */
  readonly file: (name: string) => Promise<string>;
  /** Tells an app that waits for it to do it now. */
  readonly go: (name: string) => Promise<void>;
  /** Where the app reads or writes something of its own. */
  readonly path: (name: string) => string;
  /** A memory cgroup of this name: the file that takes pids. */
  readonly cage: (name: string) => string;
}

/** One start of a process, noted by itself. */
export interface Note {
  readonly pid: number;
  /** When the kernel made the process, epoch ms. */
  readonly at: number;
}
