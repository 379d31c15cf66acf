import { describe, expect, it } from 'vitest';
import { makeCleaner, ownWords } from '../../../src/gather/clean.ts';
import { type OomParse, parseOomText } from '../../../src/gather/oom/parse.ts';
import { clock } from './corpus.ts';
import { comms, kernelFormats, wrappings } from './kernel-formats.ts';

const clean = makeCleaner();
const parse = (text: string | Buffer): OomParse => parseOomText(text, ownWords('test'), clean, clock);
/** Nothing else stands between: what the log holds before and after. */
const around = (text: string): string => text;

describe.each(kernelFormats.map((format) => [format.version, format] as const))(
  'kernel %s',
  (_version, format) => {
    it.each(wrappings.map((wrapping) => [wrapping.name, wrapping] as const))('in %s', (name, wrapping) => {
      for (const comm of comms) {
        const { text, timestamp } = wrapping.wrap(format.lines(4711, comm));
        const { kills, unconfirmed, appEvidence } = parse(around(text));
        const got = kills.map(
          ({
            pid,
            comm: read,
            constraint,
            totalVmKb,
            anonRssKb,
            uid,
            oomScoreAdj,
            timestamp: written,
            repeats,
            evidence,
          }) => ({
            pid,
            comm: read,
            constraint,
            totalVmKb,
            anonRssKb,
            uid,
            oomScoreAdj,
            timestamp: written,
            repeats,
            evidence,
          }),
        );
        expect(got, `${comm} in ${name}:\n${text}`).toEqual([
          { pid: 4711, comm: clean.text(comm), ...format.says, timestamp, repeats: 1, evidence: 'kill-line' },
        ]);
        expect(kills[0]?.invokedBy?.comm ?? null, `${name}:\n${text}`).toBe(format.invokedBy);
        expect(unconfirmed, text).toEqual([]);
        expect(appEvidence, text).toEqual([]);
      }
    });
  },
);
