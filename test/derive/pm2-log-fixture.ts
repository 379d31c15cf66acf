/** A captured pm2.log as evidence. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCleaner } from '../../src/gather/clean.ts';
import { setTimes } from '../../src/gather/pm2/pm2-log-clock.ts';
import { makeMeanings, scanChunk } from '../../src/gather/pm2/pm2-log-scan.ts';
import type { Pm2Log } from '../../src/model/pm2.ts';
import { pm2Log } from '../factories.ts';

export const logText = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../fixtures/pm2-log', `${name}.log`), 'utf8');

export const logOf = (text: string): Pm2Log => {
  const { lines } = scanChunk(Buffer.from(text), makeMeanings(makeCleaner()));
  const { events, utcOffsetMinutes } = setTimes(lines, () => 0);
  const at = events.map((event) => event.at).filter((time) => time !== null);
  return pm2Log(events, {
    utcOffsetMinutes: utcOffsetMinutes ?? 0,
    coversFrom: at[0] ?? null,
    coversTo: at.at(-1) ?? null,
  });
};
