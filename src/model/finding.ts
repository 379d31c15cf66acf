import type { AppRef } from './pm2.ts';
import type { CleanText, Confidence, Json, Quote } from './text.ts';

/** P0 act now · P1 this week: the next incident is set up · P2 this month: waste, or a blind spot · P3 long term. */
export type Priority = 'P0' | 'P1' | 'P2' | 'P3';
export const priorities = ['P0', 'P1', 'P2', 'P3'] as const satisfies readonly Priority[];

/** What a finding is about. */
export type Subject =
  | { readonly kind: 'app'; readonly app: AppRef }
  | { readonly kind: 'apps'; readonly apps: readonly AppRef[] }
  | { readonly kind: 'daemon'; readonly home: CleanText }
  | { readonly kind: 'process'; readonly pid: number | null; readonly comm: CleanText }
  | { readonly kind: 'unit'; readonly unit: CleanText }
  | { readonly kind: 'path'; readonly path: CleanText }
  | { readonly kind: 'host' };

/** One setting of an app in its ecosystem file. `previous` null = it was not set. */
export interface SettingChange {
  readonly setting: string;
  readonly value: string | number | boolean | readonly string[] | readonly number[] | null;
  readonly previous: string | number | boolean | readonly string[] | readonly number[] | null;
}

/** What to change. The report prints it; pm2-audit never runs it. */
export type Fix =
  | {
      readonly kind: 'ecosystem-patch';
      /** One entry an app; all get the same words. */
      readonly patches: readonly { readonly app: AppRef; readonly set: readonly SettingChange[] }[];
    }
  | {
      readonly kind: 'command';
      readonly asRoot: boolean;
      readonly user: CleanText | null;
      readonly run: readonly string[];
      readonly undo: readonly string[];
    }
  | {
      readonly kind: 'file';
      readonly asRoot: boolean;
      readonly path: string;
      readonly content: string;
      /** Commands that make it take effect. */
      readonly then: readonly string[];
      readonly undo: readonly string[];
    }
  | {
      readonly kind: 'manual';
      /** What is to be done by hand; fixes of one `task` are one. Absent = like no other. */
      readonly task?: string;
    };

/** The words of a fix in one language. Sentences end with a full stop; `title` does not. */
export interface FixWords {
  /** What to do, in the imperative: "Give flask-app a memory limit". */
  readonly title: string;
  /** Steps beyond the snippet; may be empty where the snippet says all. */
  readonly steps: readonly string[];
  readonly expected: string;
  readonly verify: string;
  readonly undo: string;
  /** Rough time to do it. */
  readonly minutes: number;
}

/** A finding of a run. Facts only: ids, numbers and quoted lines; `report/` finds the words. */
export interface Finding {
  /** `oom-killed:0` … unique in a report and stable for the same evidence. */
  readonly id: string;
  readonly audit: string;
  readonly priority: Priority;
  readonly subject: Subject;
  readonly confidence: Confidence;
  readonly args: { readonly [key: string]: Json };
  readonly because: readonly Quote[];
  /** Id of the fix in `Report.fixes`, `F1` …; null = none. */
  readonly fix: string | null;
}

/** A fix after merging: identical ones are one, each setting has one value. */
export interface PlannedFix {
  readonly id: string;
  readonly priority: Priority;
  readonly fix: Fix;
  /** Findings it answers; the first gives the words. */
  readonly findings: readonly string[];
  /** Values that lost against a higher priority, shown so that nothing is hidden. */
  readonly dropped: readonly {
    readonly app: AppRef;
    readonly change: SettingChange;
    readonly finding: string;
  }[];
}
