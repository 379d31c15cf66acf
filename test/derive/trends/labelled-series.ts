/** Memory of apps over time, of every kind we know, with real noise; each with what it is. */
import type { SizePoint } from '../../../src/derive/trends/growth.ts';

export interface LabelledSeries {
  readonly name: string;
  readonly label: 'leak' | 'no-leak';
  readonly points: readonly SizePoint[];
  readonly starts: readonly number[];
  readonly now: number;
  /** A limit, and when the series really crosses it, had it gone on; leaks only. */
  readonly limit: { readonly bytes: number; readonly crossedAt: number } | null;
}

const MB = 1024 * 1024;
const minute = 60_000;
const begin = Date.UTC(2026, 10, 1, 8, 0, 0);

/** Mulberry32: the same series in each run. */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function gauss(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** MB at a minute of life; `noise` in MB, `memory` = how much of it is left a minute later. */
export interface Shape {
  readonly name: string;
  readonly label: 'leak' | 'no-leak';
  readonly level: (minute: number) => number;
  readonly noise: number;
  readonly memory?: number;
  /** Collections: the level climbs by this and falls back each so many minutes. */
  readonly saw?: { readonly mb: number; readonly minutes: number };
  readonly minutes: number;
  readonly restarts?: readonly number[];
  /** Share of minutes without a sample. */
  readonly lost?: number;
  readonly limitMb?: number;
}

export function series(shape: Shape, seed: number): LabelledSeries {
  const random = dice(seed * 7919 + shape.name.length);
  const restarts = [0, ...(shape.restarts ?? [])];
  const value = makeWalk(shape, random);
  const points: SizePoint[] = [];
  for (let at = 0; at <= shape.minutes; at += 1) {
    const born = restarts.findLast((restart) => restart <= at) ?? 0;
    const bytes = value(at, at - born);
    if (shape.lost === undefined || random() >= shape.lost) points.push({ at: begin + at * minute, bytes });
  }
  let limit: LabelledSeries['limit'] = null;
  if (shape.limitMb !== undefined) {
    const born = restarts.at(-1) ?? 0;
    for (let at = shape.minutes + 1; at < shape.minutes + 60 * 24 * 60; at += 1) {
      if (value(at, at - born) < shape.limitMb * MB) continue;
      limit = { bytes: shape.limitMb * MB, crossedAt: begin + at * minute };
      break;
    }
  }
  return {
    name: `${shape.name} #${seed}`,
    label: shape.label,
    points,
    starts: restarts.map((at) => begin + at * minute),
    now: begin + shape.minutes * minute,
    limit,
  };
}

function makeWalk(shape: Shape, random: () => number): (at: number, age: number) => number {
  const keep = shape.memory ?? 0;
  let drift = 0;
  let phase = random() * (shape.saw?.minutes ?? 1);
  return (_at, age) => {
    drift = keep * drift + Math.sqrt(1 - keep * keep) * shape.noise * gauss(random);
    let saw = 0;
    if (shape.saw !== undefined) {
      phase += 1;
      if (phase >= shape.saw.minutes * (0.8 + 0.4 * random())) phase = 0;
      saw = (shape.saw.mb * phase) / shape.saw.minutes;
    }
    return Math.max(1, Math.round((shape.level(age) + drift + saw) * MB));
  };
}

const hours = (count: number) => count * 60;
const days = (count: number) => count * 24 * 60;
const daily = (age: number, mb: number) => (mb / 2) * (1 - Math.cos((2 * Math.PI * age) / 1440));

/** Shapes whose memory comes to rest. */
export const calm: readonly Shape[] = [
  { name: 'flat', label: 'no-leak', level: () => 80, noise: 0.8, minutes: hours(2) },
  { name: 'flat a day', label: 'no-leak', level: () => 80, noise: 0.8, minutes: days(1) },
  { name: 'restless', label: 'no-leak', level: () => 120, noise: 4, memory: 0.9, minutes: hours(6) },
  { name: 'very restless', label: 'no-leak', level: () => 120, noise: 6, memory: 0.97, minutes: hours(12) },
  {
    name: 'busy heap',
    label: 'no-leak',
    level: () => 90,
    noise: 1,
    saw: { mb: 60, minutes: 7 },
    minutes: hours(3),
  },
  {
    name: 'lazy heap',
    label: 'no-leak',
    level: () => 90,
    noise: 1,
    saw: { mb: 80, minutes: 45 },
    minutes: hours(8),
  },
  {
    name: 'hourly heap',
    label: 'no-leak',
    level: () => 90,
    noise: 1,
    saw: { mb: 40, minutes: 70 },
    minutes: hours(10),
  },
  {
    name: 'warm-up 10 min',
    label: 'no-leak',
    level: (age) => 140 - 60 * Math.exp(-age / 10),
    noise: 1,
    minutes: hours(2),
  },
  {
    name: 'warm-up 30 min',
    label: 'no-leak',
    level: (age) => 140 - 60 * Math.exp(-age / 30),
    noise: 1,
    minutes: hours(2),
  },
  {
    name: 'warm-up 1 h',
    label: 'no-leak',
    level: (age) => 140 - 60 * Math.exp(-age / 60),
    noise: 1,
    minutes: hours(2),
  },
  {
    name: 'warm-up 1 h, later',
    label: 'no-leak',
    level: (age) => 140 - 60 * Math.exp(-age / 60),
    noise: 1,
    minutes: hours(5),
  },
  {
    name: 'fragments',
    label: 'no-leak',
    level: (age) => 80 + 8 * Math.log(1 + age / 5),
    noise: 0.8,
    minutes: hours(2),
  },
  {
    name: 'fragments a week',
    label: 'no-leak',
    level: (age) => 80 + 6 * Math.log(1 + age / 5),
    noise: 1.5,
    minutes: days(7),
  },
  {
    name: 'cache that fills and stops',
    label: 'no-leak',
    level: (age) => 90 + Math.min(100, age * 0.6),
    noise: 1,
    minutes: hours(6),
  },
  {
    name: 'cache full for a day',
    label: 'no-leak',
    level: (age) => 90 + Math.min(200, age * 0.5),
    noise: 1.5,
    minutes: days(1),
  },
  { name: 'daily load', label: 'no-leak', level: (age) => 100 + daily(age, 30), noise: 1, minutes: days(3) },
  {
    name: 'daily load a week',
    label: 'no-leak',
    level: (age) => 100 + daily(age, 60),
    noise: 2,
    minutes: days(7),
  },
  {
    name: 'nightly batch',
    label: 'no-leak',
    level: (age) => (age % 1440 > 1080 && age % 1440 < 1140 ? 400 : 100),
    noise: 1,
    minutes: days(3),
  },
  {
    name: 'batch leaves a high-water mark',
    label: 'no-leak',
    level: (age) => (age > 1100 ? 170 : 100),
    noise: 1,
    minutes: days(2),
  },
  {
    name: 'two steps',
    label: 'no-leak',
    level: (age) => 100 + (age > 70 ? 20 : 0) + (age > 400 ? 15 : 0),
    noise: 1,
    minutes: hours(10),
  },
  {
    name: 'step in the first hours',
    label: 'no-leak',
    level: (age) => 100 + (age > 60 ? 25 : 0),
    noise: 1,
    minutes: hours(2),
  },
  { name: 'shrinks', label: 'no-leak', level: (age) => 200 - age * 0.2, noise: 1, minutes: hours(4) },
  {
    name: 'restarted nightly',
    label: 'no-leak',
    level: (age) => 130 - 50 * Math.exp(-age / 20),
    noise: 1,
    minutes: days(3),
    restarts: [1440, 2880],
  },
  {
    name: 'deployed',
    label: 'no-leak',
    level: (age) => 130 - 50 * Math.exp(-age / 20),
    noise: 1,
    minutes: hours(5),
    restarts: [120, 180],
  },
  { name: 'with gaps', label: 'no-leak', level: () => 75, noise: 1, lost: 0.3, minutes: hours(4) },
  {
    name: 'little allocator growth',
    label: 'no-leak',
    level: (age) => 100 + age * 0.002,
    noise: 0.5,
    minutes: hours(12),
  },
  {
    name: 'workers renewed',
    label: 'no-leak',
    level: (age) => 300 + 20 * ((age % 37) / 37) + 15 * ((age % 53) / 53),
    noise: 2,
    minutes: hours(8),
  },
  {
    name: 'spikes',
    label: 'no-leak',
    level: (age) => (age % 61 === 0 ? 500 : 110),
    noise: 1,
    minutes: hours(5),
  },
  {
    name: 'heap left alone for hours',
    label: 'no-leak',
    level: () => 100,
    noise: 3,
    memory: 0.97,
    saw: { mb: 80, minutes: 200 },
    minutes: hours(16),
  },
  {
    name: 'restless heap left alone for hours',
    label: 'no-leak',
    level: () => 120,
    noise: 6,
    memory: 0.97,
    saw: { mb: 50, minutes: 120 },
    minutes: hours(12),
  },
  {
    name: 'heap left alone, two days',
    label: 'no-leak',
    level: () => 120,
    noise: 4,
    memory: 0.99,
    saw: { mb: 60, minutes: 240 },
    minutes: days(2),
  },
  {
    name: 'daily load, heap left alone',
    label: 'no-leak',
    level: (age) => 100 + daily(age, 30),
    noise: 2,
    saw: { mb: 50, minutes: 180 },
    minutes: days(3),
  },
  {
    name: 'warm-up, heap left alone',
    label: 'no-leak',
    level: (age) => 160 - 60 * Math.exp(-age / 120),
    noise: 2,
    saw: { mb: 50, minutes: 100 },
    minutes: hours(12),
  },
  {
    name: 'cache that fills under a lazy heap',
    label: 'no-leak',
    level: (age) => 90 + Math.min(120, age * 0.3),
    noise: 2,
    saw: { mb: 50, minutes: 90 },
    minutes: hours(15),
  },
];

/** Shapes that grow without end. */
export const leaking: readonly Shape[] = [
  {
    name: 'leak 20 MB/h',
    label: 'leak',
    level: (age) => 80 + age / 3,
    noise: 1,
    minutes: hours(2),
    limitMb: 300,
  },
  {
    name: 'leak 8 MB/h',
    label: 'leak',
    level: (age) => 60 + (age * 8) / 60,
    noise: 0.6,
    minutes: hours(2),
    limitMb: 200,
  },
  {
    name: 'leak 200 MB/h',
    label: 'leak',
    level: (age) => 100 + (age * 200) / 60,
    noise: 4,
    minutes: hours(2),
    limitMb: 1000,
  },
  {
    name: 'leak under a busy heap',
    label: 'leak',
    level: (age) => 90 + (age * 60) / 60,
    noise: 1,
    saw: { mb: 40, minutes: 7 },
    minutes: hours(2),
    limitMb: 600,
  },
  {
    name: 'leak under a lazy heap',
    label: 'leak',
    level: (age) => 90 + (age * 40) / 60,
    noise: 1,
    saw: { mb: 40, minutes: 25 },
    minutes: hours(6),
    limitMb: 800,
  },
  {
    name: 'leak, restless',
    label: 'leak',
    level: (age) => 120 + (age * 50) / 60,
    noise: 4,
    memory: 0.9,
    minutes: hours(2),
    limitMb: 800,
  },
  {
    name: 'leak in steps',
    label: 'leak',
    level: (age) => 100 + 5 * Math.floor(age / 10),
    noise: 0.7,
    minutes: hours(2),
    limitMb: 500,
  },
  {
    name: 'leak a day',
    label: 'leak',
    level: (age) => 150 + (age * 4) / 60,
    noise: 2,
    memory: 0.8,
    minutes: days(1),
    limitMb: 512,
  },
  {
    name: 'leak by daily load',
    label: 'leak',
    level: (age) => 100 + age * 0.02 + 20 * (1 - Math.cos((2 * Math.PI * age) / 1440)),
    noise: 1.5,
    minutes: days(4),
    limitMb: 512,
  },
  {
    name: 'slow leak a week',
    label: 'leak',
    level: (age) => 200 + (age * 0.8) / 60,
    noise: 3,
    memory: 0.9,
    minutes: days(7),
    limitMb: 512,
  },
  {
    name: 'leak after warm-up',
    label: 'leak',
    level: (age) => 130 - 50 * Math.exp(-age / 8) + (age * 25) / 60,
    noise: 1,
    minutes: hours(2),
    limitMb: 400,
  },
  {
    name: 'leak that quickens',
    label: 'leak',
    level: (age) => 80 + age * 0.3 + age * age * 0.001,
    noise: 1,
    minutes: hours(2),
    limitMb: 500,
  },
  {
    name: 'leak with gaps',
    label: 'leak',
    level: (age) => 80 + age / 4,
    noise: 1,
    lost: 0.3,
    minutes: hours(2),
    limitMb: 300,
  },
  {
    name: 'leak after a deploy',
    label: 'leak',
    level: (age) => 70 + age * 0.4,
    noise: 1,
    minutes: hours(6),
    restarts: [200],
    limitMb: 400,
  },
  {
    name: 'leak that begins after three days',
    label: 'leak',
    level: (age) => 150 + Math.max(0, age - 4320) / 30,
    noise: 2,
    minutes: days(6),
    limitMb: 600,
  },
  {
    name: 'leak under a heap left alone for hours',
    label: 'leak',
    level: (age) => 80 + age * 0.06,
    noise: 2,
    saw: { mb: 30, minutes: 240 },
    minutes: hours(16),
    limitMb: 300,
  },
  {
    name: 'leak under deep collections',
    label: 'leak',
    level: (age) => 80 + age * 0.1,
    noise: 2,
    saw: { mb: 80, minutes: 180 },
    minutes: hours(15),
    limitMb: 600,
  },
  {
    name: 'leak a week',
    label: 'leak',
    level: (age) => 150 + age * 0.03,
    noise: 3,
    memory: 0.9,
    minutes: days(7),
    limitMb: 700,
  },
  {
    name: 'leak a week under a lazy heap',
    label: 'leak',
    level: (age) => 150 + age * 0.03,
    noise: 3,
    saw: { mb: 40, minutes: 300 },
    minutes: days(7),
    limitMb: 900,
  },
];
