/** Which lines of a log prove a kill, in which order, and what is left of each. */
import { describe, expect, it } from 'vitest';
import { makeCleaner, ownWords } from '../../../src/gather/clean.ts';
import { parseOomText } from '../../../src/gather/oom/parse.ts';
import { clock } from './corpus.ts';

const quotes = (text: string): readonly string[] => {
  const { kills } = parseOomText(text, ownWords('test'), makeCleaner(), clock);
  expect(kills).toHaveLength(1);
  return kills[0]!.quotes.map((quote) => quote.text);
};
const invoked = 'node invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0';
const summary =
  'oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/shop,task_memcg=/shop,task=node /srv/shop/,pid=15851,uid=0';
const killed =
  'Memory cgroup out of memory: Killed process 15851 (node /srv/shop/) total-vm:1269472kB, anon-rss:118320kB, file-rss:54800kB, shmem-rss:0kB, UID:0 pgtables:1484kB oom_score_adj:0';

describe('the quotes of a kill', () => {
  it('begin with the line that says who was killed; the line that names the cgroup follows', () => {
    const text = [invoked, summary, killed].map((line, n) => `[  100.00000${n}] ${line}`).join('\n');
    expect(quotes(text).slice(0, 2)).toEqual([`[  100.000002] ${killed}`, `[  100.000001] ${summary}`]);
  });

  it('are the message alone where the record came from /dev/kmsg', () => {
    const text = [invoked, summary, killed].map((line, n) => `6,50${n},3829724719,-;${line}`).join('\n');
    expect(quotes(text).slice(0, 2)).toEqual([killed, summary]);
    expect(quotes(`6,501,3829724719,-,caller=T9185;${killed}`)).toEqual([killed]);
  });

  it('are the message alone where the record came as fields of the journal', () => {
    const record = {
      MESSAGE: killed,
      _TRANSPORT: 'kernel',
      SYSLOG_FACILITY: '0',
      __REALTIME_TIMESTAMP: '1795107933000000',
    };
    expect(quotes(JSON.stringify(record))).toEqual([killed]);
  });

  it('stand as they were written in syslog', () => {
    const line = `Nov 19 09:05:33 web-01 kernel: [1409103.551998] ${killed}`;
    expect(quotes(line)).toEqual([line]);
  });
});
