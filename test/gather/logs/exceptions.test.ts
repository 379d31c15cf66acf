import { describe, expect, it } from 'vitest';
import { lastExceptionOf, readLines } from '../../../src/gather/logs/app-log-lines.ts';
import { findLastException } from '../../../src/gather/logs/exceptions.ts';
import { plainCleaner } from '../../gather-context.ts';

const find = (text: string) => findLastException(text.split('\n'));
const last = (text: string, isPart = false) =>
  lastExceptionOf(readLines(Buffer.from(text), isPart), 5000, () => 480, plainCleaner);

const node = `/srv/app/routes.js:10
    throw new TypeError('x')
    ^

TypeError: cannot read order 17
    at /srv/app/node_modules/express/lib/router.js:3:1
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at charge (/srv/app/routes.js:10:11) {
  code: 'E_ORDER'
}

Node.js v20.20.2`;

describe('the last exception of a log', () => {
  it('names the first own frame of a Node stack', () => {
    expect(find(node)).toMatchObject({
      message: 'TypeError: cannot read order 17',
      ownFrame: '/srv/app/routes.js:10:11',
    });
    expect(find('Error: two\nlines of text\n    at file:///srv/a.mjs:1:2')).toMatchObject({
      message: 'Error: two',
      ownFrame: '/srv/a.mjs:1:2',
    });
    expect(find('Error: x\n    at node:internal/main:1:1')?.ownFrame).toBeNull();
  });

  it('names the innermost own frame of a Python traceback', () => {
    const text = `noise
Traceback (most recent call last):
  File "/srv/flask/app.py", line 7, in index
    work()
  File "/srv/flask/jobs.py", line 3, in work
    parse(x)
  File "/usr/lib/python3.11/json/decoder.py", line 2, in parse
    raise ValueError("bad")
ValueError: bad
later`;
    expect(find(text)).toMatchObject({
      message: 'ValueError: bad',
      ownFrame: '/srv/flask/jobs.py:3',
      from: 1,
      to: 8,
    });
  });

  it('knows Go, Java and Rust', () => {
    expect(
      find(
        'panic: boom\n\ngoroutine 1 [running]:\nmain.run(...)\n\t/usr/local/go/src/x.go:1 +0x1\nmain.main()\n\t/srv/go/main.go:5 +0x1d',
      ),
    ).toMatchObject({
      message: 'panic: boom',
      ownFrame: '/srv/go/main.go:5',
    });
    expect(
      find(
        'Exception in thread "main" java.lang.RuntimeException: a\n\tat com.acme.Main.run(Main.java:12)\nCaused by: java.io.IOException: b\n\tat java.base/x.Y.z(Y.java:1)\n\t... 3 more',
      ),
    ).toMatchObject({
      message: 'Exception in thread "main" java.lang.RuntimeException: a',
      ownFrame: 'Main.java:12',
    });
    expect(find("thread 'main' panicked at src/main.rs:2:5:\nindex out of bounds")).toMatchObject({
      message: 'panicked: index out of bounds',
      ownFrame: 'src/main.rs:2:5',
    });
  });

  it('takes the last of several, and a bare message only where there is no stack', () => {
    expect(find(`${node}\nRangeError: later\n    at /srv/app/z.js:1:1`)?.message).toBe('RangeError: later');
    expect(find(`${node}\nError: only said`)?.message).toBe('TypeError: cannot read order 17');
    expect(find('Error: only said')).toMatchObject({ ownFrame: null });
    expect(find('all is well\nDeprecationWarning: Error')).toBeNull();
  });
});

describe('lines of an app log', () => {
  it('counts repeats but for numbers, and dates the last by the file where it ends it', () => {
    expect(last(`${node}\n${node.replace('order 17', 'order 18')}`)).toMatchObject({
      at: 5000,
      headline: 'TypeError: cannot read order 18 (/srv/app/routes.js:10:11)',
      repeats: 2,
    });
    expect(last(`${node}\nlistening again`)?.at).toBeNull();
  });

  it('reads PM2’s own stamps, in the host’s zone unless they say theirs', () => {
    const stamped = (stamp: string) =>
      node
        .split('\n')
        .map((line) => `${stamp}: ${line}`)
        .join('\n');
    expect(last(stamped('2026-11-21T03:12:44'))).toMatchObject({
      at: Date.UTC(2026, 10, 20, 19, 12, 44),
      repeats: 1,
    });
    expect(last(stamped('2026-11-21 03:12:44 +00:00'))?.at).toBe(Date.UTC(2026, 10, 21, 3, 12, 44));
  });

  it('unwraps JSON logs', () => {
    const line = JSON.stringify({
      message: node,
      timestamp: '2026-11-21T03:12:44',
      type: 'err',
      process_id: 0,
    });
    expect(last(`${line}\n`)?.headline).toContain('/srv/app/routes.js:10:11');
  });

  it('drops a first line that was cut, for it may hold half a secret', () => {
    expect(readLines(Buffer.from('d-of-a-secret\nwhole'), true).map((line) => line.raw)).toEqual(['whole']);
    expect(readLines(Buffer.from('one endless line'), true)).toEqual([]);
  });
});
