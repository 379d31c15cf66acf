/**
 * Load that comes in the morning and goes in the evening: requests go up, memory follows. No leak; and in the first hours
 * nothing in the memory tells it from one.
 */
import { type LabelledSeries, type Shape, series } from './labelled-series.ts';

interface Ramp {
  readonly mb: number;
  readonly noise: number;
  readonly saw: NonNullable<Shape['saw']> | null;
}

const saws = [null, { mb: 40, minutes: 7 }, { mb: 60, minutes: 45 }] as const;

/** How far the memory follows, by how much it is blurred, and with which garbage collection. */
export const ramps: readonly Ramp[] = [20, 60, 200].flatMap((mb) =>
  [1, 4].flatMap((noise) => saws.map((saw) => ({ mb, noise, saw }))),
);

/** Hours that a process is watched, from the hour of least load on: 12 is the peak. */
export const morningHours = [2, 4, 6, 12] as const;
/** A whole day, and what follows, up to the peak of the next and beyond. */
export const wholeDayHours = [24, 27, 30, 33, 36, 42, 48] as const;

/** @param beginHour how long after the hour of least load the process began. */
export function morning(ramp: Ramp, hours: number, seed: number, beginHour = 0): LabelledSeries {
  const { mb, noise, saw } = ramp;
  return series(
    {
      name: `${mb} MB of load, noise ${noise}, ${saw === null ? 'no saw' : `saw ${saw.mb} MB`}, ${hours} h from ${beginHour} h`,
      label: 'no-leak',
      level: (age) => 120 + daily(age + beginHour * 60, mb),
      noise,
      ...(saw === null ? {} : { saw }),
      minutes: hours * 60,
    },
    seed,
  );
}

/**
 * Quiet on Saturday and Sunday, then Monday.
 *
 * @param begin when the process began, hours after Friday 00:00.
 */
export function afterWeekend(ramp: Ramp, hours: number, seed: number, begin: number): LabelledSeries {
  const { mb, noise, saw } = ramp;
  return series(
    {
      name: `weekend, ${mb} MB of load, noise ${noise}, ${saw === null ? 'no saw' : `saw ${saw.mb} MB`}, ${hours} h from ${begin} h`,
      label: 'no-leak',
      // Least load at 04:00.
      level: (age) => {
        const clock = age + begin * 60;
        const day = Math.floor(clock / 1440);
        return 120 + daily(clock - 240, day === 1 || day === 2 ? mb / 6 : mb);
      },
      noise,
      ...(saw === null ? {} : { saw }),
      minutes: hours * 60,
    },
    seed,
  );
}

const daily = (minute: number, mb: number) => (mb / 2) * (1 - Math.cos((2 * Math.PI * minute) / 1440));
