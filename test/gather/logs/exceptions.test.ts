import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLines } from '../../../src/gather/logs/app-log-lines.ts';
import { kindOf } from '../../../src/gather/logs/exception-kind.ts';
import { findExceptions } from '../../../src/gather/logs/exceptions.ts';
import { exceptionsOf } from '../../../src/gather/logs/logged-exceptions.ts';
import { plainCleaner } from '../../gather-context.ts';

const find = (text: string) => findExceptions(text.split('\n'));
const brief = (text: string) =>
  find(text).map(({ message, ownFrame, outcome }) => [message, ownFrame, outcome]);
const read = (text: string) =>
  exceptionsOf(
    readLines(Buffer.from(text), false),
    { modifiedAt: 5000, utcOffsetMinutes: () => 480 },
    plainCleaner,
  );
const last = (text: string) => read(text).lastException;

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

type Case = readonly [name: string, text: string, ...expected: (readonly (string | null)[])[]];
const cases: readonly Case[] = [
  [
    'Node, with excerpt and farewell',
    node,
    ['TypeError: cannot read order 17', '/srv/app/routes.js:10:11', 'fatal'],
  ],
  [
    'Node under PM2, with properties, causes and no farewell',
    `before
Error [ERR_ORDER]: outer
    at Timeout._onTimeout (file:///srv/app/cause.mjs:1:23)
    at listOnTimeout (node:internal/timers:581:17) {
  [cause]: Error: inner
      at Timeout._onTimeout (file:///srv/app/cause.mjs:1:48)
      at listOnTimeout (node:internal/timers:581:17) {
    [cause]: { code: 5 }
  }
}
listening`,
    ['Error [ERR_ORDER]: outer', '/srv/app/cause.mjs:1:23', null],
  ],
  [
    "an 'error' event without a listener is one exception, not also the frames of who emitted it",
    `node:events:497
      throw er; // Unhandled 'error' event
      ^

Error: listen EADDRINUSE: address already in use :::3000
    at Server.setupListenHandle [as _listen2] (node:net:1817:16)
    at Server.listen (node:net:1925:7)
    at Object.<anonymous> (/srv/app/server.js:12:8)
Emitted 'error' event on Server instance at:
    at emitErrorNT (node:net:1896:8)
    at process.processTicksAndRejections (node:internal/process/task_queues:82:21) {
  code: 'EADDRINUSE',
  port: 3000
}

Node.js v22.4.1`,
    ['Error: listen EADDRINUSE: address already in use :::3000', '/srv/app/server.js:12:8', 'fatal'],
  ],
  [
    'a message that begins in the next line',
    `PrismaClientInitializationError: 
Invalid \`prisma.user.findMany()\` invocation:


Can't reach database server at \`db:5432\`

Please make sure your database server is running at \`db:5432\`.
    at $n.handleRequestError (/srv/app/node_modules/@prisma/client/runtime/library.js:121:7615)
    at main (/srv/app/jobs.js:8:3)`,
    [
      "PrismaClientInitializationError: Invalid `prisma.user.findMany()` invocation: Can't reach database server at `db:5432`",
      '/srv/app/jobs.js:8:3',
      null,
    ],
  ],
  [
    'a rejection with a text',
    `node:internal/process/promises:394
      triggerUncaughtException(err, true /* fromPromise */);
      ^

[UnhandledPromiseRejection: This error originated either by throwing inside of an async function without a catch block, or by rejecting a promise which was not handled with .catch(). The promise rejected with the reason "db down".] {
  code: 'ERR_UNHANDLED_REJECTION'
}

Node.js v22.4.1`,
    ['UnhandledPromiseRejection: db down', null, 'fatal'],
  ],
  [
    'a warning with a stack is no exception',
    `(node:41) MaxListenersExceededWarning: Possible EventEmitter memory leak detected.
    at _addListener (node:events:587:17)
    at Server.on (/srv/app/x.js:1:1)
(node:41) [DEP0005] DeprecationWarning: Buffer() is deprecated.
    at showFlaggedDeprecation (node:buffer:178:11)
    at new Buffer (/srv/app/y.js:2:1)`,
  ],
  [
    'an AggregateError is one exception',
    `AggregateError: many
    at Timeout._onTimeout (/srv/app/agg.js:1:23)
    at process.processTimers (node:internal/timers:519:7) {
  [errors]: [
    Error: one
        at Timeout._onTimeout (/srv/app/agg.js:1:43),
    Error: two
        at Timeout._onTimeout (/srv/app/agg.js:1:60)
  ]
}
Error: next
    at f (/srv/app/b.js:2:2)`,
    ['AggregateError: many', '/srv/app/agg.js:1:23', null],
    ['Error: next', '/srv/app/b.js:2:2', null],
  ],
  [
    'a SyntaxError is where the source is',
    `/srv/app/syn.js:2
let a = = 1;
        ^

SyntaxError: Unexpected token '='
    at wrapSafe (node:internal/modules/cjs/loader:1464:18)
    at Object.<anonymous> (/usr/lib/node_modules/pm2/lib/ProcessContainerFork.js:33:23)`,
    ["SyntaxError: Unexpected token '='", '/srv/app/syn.js:2', null],
  ],
  [
    'a rejection that PM2 survives, and values that are no errors',
    `You have triggered an unhandledRejection, you may have forgotten to catch a Promise rejection:
Error: rej
    at Timeout._onTimeout (/srv/app/rej.js:1:31)
/srv/app/rej.js:1
throw 'a string'
^
a string
(Use \`node --trace-uncaught ...\` to show where the exception was thrown)

Node.js v20.20.2
node:internal/process/promises:394
      triggerUncaughtException(err, true /* fromPromise */);
      ^

[UnhandledPromiseRejection: This error originated either by throwing. The promise rejected with the reason "#<Object>".] {
  code: 'ERR_UNHANDLED_REJECTION'
}

Node.js v20.20.2`,
    ['Error: rej', '/srv/app/rej.js:1:31', 'survived'],
    ['Uncaught a string', '/srv/app/rej.js:1', 'fatal'],
    ['UnhandledPromiseRejection: #<Object>', null, 'fatal'],
  ],
  [
    'messages of several lines, async and eval frames, folders in brackets',
    `Error: Command failed: make
second line
    at async run (/srv/app/(shop)/page.js:3:5)
RangeError: deep
    at eval (eval at <anonymous> (/srv/app/e.js:3:5), <anonymous>:1:1)`,
    ['Error: Command failed: make', '/srv/app/(shop)/page.js:3:5', null],
    ['RangeError: deep', '/srv/app/e.js:3:5', null],
  ],
  [
    'what a logger put before it',
    `[2026-11-21T10:00:00.123] [ERROR] app - TypeError: x is not a function
    at f (/srv/app/a.js:1:2)
error: 订单处理失败：库存不足
    at pay (/srv/app/pay.js:8:9)`,
    ['TypeError: x is not a function', '/srv/app/a.js:1:2', null],
    ['error: 订单处理失败：库存不足', '/srv/app/pay.js:8:9', null],
  ],
  [
    'Deno and Bun',
    `error: Uncaught (in promise) Error: gone
    at file:///srv/deno/main.ts:3:9
1 | throw new Error("x")
          ^
error: x
      at run (/srv/bun/a.ts:1:7)

Bun v1.1.0 (Linux x64)`,
    ['Error: gone', '/srv/deno/main.ts:3:9', 'fatal'],
    ['error: x', '/srv/bun/a.ts:1:7', 'fatal'],
  ],
  [
    'Python, the innermost own frame',
    `noise
Traceback (most recent call last):
  File "/srv/flask/app.py", line 7, in index
    work()
  File "/srv/flask/jobs.py", line 3, in work
    parse(x)
  File "/usr/lib/python3.11/json/decoder.py", line 2, in parse
    raise ValueError("bad")
ValueError: bad
later`,
    ['ValueError: bad', '/srv/flask/jobs.py:3', null],
  ],
  [
    'a Python chain is one exception, and the next one another',
    `Traceback (most recent call last):
  File "/srv/p.py", line 6, in <module>
    f()
    ~^^
ValueError: bad 1795312839

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/p.py", line 8, in <module>
    raise RuntimeError('second\\nline') from e
RuntimeError: second
line
Traceback (most recent call last):
  File "/srv/p.py", line 9, in g
KeyError: 'k'`,
    ['RuntimeError: second', '/srv/p.py:8', null],
    ["KeyError: 'k'", '/srv/p.py:9', null],
  ],
  [
    'a Python group, a syntax error, an interrupt',
    `  + Exception Group Traceback (most recent call last):
  |   File "/srv/g.py", line 3, in main
  |     raise ExceptionGroup("all", errors)
  | ExceptionGroup: all (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | ValueError: one
    +------------------------------------
  File "/srv/s.py", line 3
    x = = 1
        ^
SyntaxError: invalid syntax
Traceback (most recent call last):
  File "/srv/p.py", line 9, in <module>
    time.sleep(3600)
KeyboardInterrupt`,
    ['ExceptionGroup: all (2 sub-exceptions)', '/srv/g.py:3', null],
    ['SyntaxError: invalid syntax', '/srv/s.py:3', 'fatal'],
    ['KeyboardInterrupt', '/srv/p.py:9', 'survived'],
  ],
  [
    'Go: a panic, one that net/http caught',
    `panic: boom 7

goroutine 1 [running]:
main.run(...)
\t/usr/local/go/src/runtime/x.go:1 +0x1
main.main()
\t/srv/app/internal/main.go:5 +0x1d
exit status 2
http: panic serving 127.0.0.1:4711: nil map
goroutine 7 [running]:
main.(*H).ServeHTTP(0x1, {0x2, 0x3})
\t/srv/app/h.go:9 +0x1
2026 done`,
    ['panic: boom 7', '/srv/app/internal/main.go:5', 'fatal'],
    ['http: panic serving 127.0.0.1:4711: nil map', '/srv/app/h.go:9', 'survived'],
  ],
  [
    'Java with causes',
    'Exception in thread "main" java.lang.RuntimeException: a\n\tat com.acme.Main.run(Main.java:12)\nCaused by: java.io.IOException: b\n\tat java.base/x.Y.z(Y.java:1)\n\t... 3 more',
    ['Exception in thread "main" java.lang.RuntimeException: a', 'Main.java:12', 'fatal'],
  ],
  [
    'Rust, new and old, main and not',
    `thread 'main' panicked at src/main.rs:2:5:
index out of bounds
note: run with \`RUST_BACKTRACE=1\`
thread 'tokio-runtime-worker' panicked at 'old', src/jobs.rs:9:3`,
    ['panicked: index out of bounds', 'src/main.rs:2:5', 'fatal'],
    ['panicked: old', 'src/jobs.rs:9:3', null],
  ],
  [
    'PHP and Ruby',
    `PHP Fatal error:  Uncaught RuntimeException: 数据库连接失败 in /srv/php/vendor/db.php:3
Stack trace:
#0 /srv/php/app.php(12): connect()
#1 {main}
  thrown in /srv/php/vendor/db.php on line 3
/usr/lib/ruby/3.1.0/json.rb:3:in \`parse': unexpected token (JSON::ParserError)
\tfrom /srv/rb/a.rb:7:in \`<main>'`,
    ['RuntimeException: 数据库连接失败', '/srv/php/app.php:12', 'fatal'],
    ['JSON::ParserError: unexpected token', '/srv/rb/a.rb:7', 'fatal'],
  ],
  [
    '.NET and V8 out of memory',
    `Unhandled exception. System.InvalidOperationException: no
   at System.Linq.Enumerable.First()
   at App.Main() in /srv/net/Program.cs:line 3
<--- Last few GCs --->

FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
----- Native stack trace -----

 1: 0xb78db3 node::OOMErrorHandler [node]`,
    ['System.InvalidOperationException: no', '/srv/net/Program.cs:3', 'fatal'],
    ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory', null, 'fatal'],
  ],
  [
    'two processes died of the same in the same moment',
    `Error: boom 1
Error: boom 2
    at f (/srv/a.js:1:1)
    at f (/srv/a.js:1:1)
    at g (/srv/a.js:2:1)
    at g (/srv/a.js:2:1)`,
    ['Error: boom 2', '/srv/a.js:1:1', null],
    ['Error: boom 2', '/srv/a.js:1:1', null],
  ],
  [
    'a message by itself',
    'Error: only said\nall is well\nDeprecationWarning: Error',
    ['Error: only said', null, null],
  ],
];

describe('exceptions in a log', () => {
  it.each(cases.map((one) => [...one] as const))('%s', (_, text, ...expected) => {
    expect(brief(text)).toEqual(expected);
  });

  it('says where each stands', () => {
    expect(find(`noise\n${node}\nlater`)).toMatchObject([{ from: 1, head: 5, to: 12 }]);
  });

  it('never throws, and blocks stand one after the other', () => {
    const piece = fc.constantFrom(
      ...cases.flatMap(([, text]) => text.split('\n')),
      '    at x',
      '}',
      '^',
      '{"level":50,"err":{"stack":"Error: x\\n    at y (/z.js:1:1)"}}',
    );
    const line = fc.oneof(piece, fc.string({ maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 40 }));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), (lines) => {
        const found = findExceptions(lines);
        let end = -1;
        for (const { from, to, head, hasStack } of found) {
          if (hasStack) {
            expect(from).toBeLessThanOrEqual(head);
            expect(head).toBeLessThanOrEqual(to);
          }
          expect(to).toBeLessThan(lines.length);
          expect(to).toBeGreaterThanOrEqual(end);
          end = to;
        }
        read(lines.join('\n'));
      }),
      { numRuns: 400 },
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        (bytes) => void read(Buffer.from(bytes).toString('latin1')),
      ),
    );
  });
});

describe('the kind of an exception', () => {
  it.each([
    ["user 'ann' not found (id 17)", "user 'bob' not found (id 9)"],
    ['connect ECONNREFUSED 10.0.0.1:5432', 'connect ECONNREFUSED 10.0.0.27:6379'],
    [
      'no row 3f2a9c1e-0b1d-4c55-9d2e-7a61b2c3d4e5 at 0x7ffde',
      'no row aaaaaaaa-0b1d-4c55-9d2e-000000000000 at 0x1',
    ],
    ['订单 “A-17” 处理失败', '订单 “B-9” 处理失败'],
    ["can't open 'a.txt'", "can't open 'b.txt'"],
  ])('%s', (one, other) => {
    expect(kindOf(one, null)).toBe(kindOf(other, null));
    expect(kindOf(one, null)).not.toBe(kindOf(`never ${one}`, null));
  });

  it('is the same for other numbers, whatever stands around them', () => {
    const word = fc.string({ unit: fc.constantFrom(...'ab ü订\'":.,-'), maxLength: 12 });
    fc.assert(
      fc.property(fc.array(word), fc.nat(), fc.nat(), (words, a, b) => {
        expect(kindOf(words.join(` ${a} `), null)).toBe(kindOf(words.join(` ${b} `), null));
      }),
    );
  });

  it('is the place in any release of the app', () => {
    const at = (release: string) => kindOf('Error: x', `/srv/app/releases/${release}/a.js:3:5`);
    expect(at('20261121100000')).toBe(at('20261122110000'));
    expect(at('3f2a9c1')).toBe(at('aa11bb2'));
    expect(kindOf('Error: x', '/srv/app/a.js:3:5')).not.toBe(kindOf('Error: x', '/srv/app/a.js:4:5'));
  });
});

describe('exceptions with their times', () => {
  it('counts repeats but for numbers, and dates the last by the file where it ends it', () => {
    expect(last(`${node}\n${node.replace('order 17', 'order 18')}`)).toMatchObject({
      at: 5000,
      headline: 'TypeError: cannot read order 18 (/srv/app/routes.js:10:11)',
      repeats: 2,
    });
    expect(last(`${node}\nlistening again`)?.at).toBeNull();
  });

  it('keeps them all, the lines only of the newest of each kind', () => {
    const { exceptions } = read(`up\n${node}\nup again\n${node}\nError: said\nfine`);
    expect(
      exceptions.map(({ kind, isLast, lines, before }) => [kind, isLast, lines.length > 0, before]),
    ).toEqual([
      ['/srv/app/routes.js:10:11', true, false, ['up']],
      ['/srv/app/routes.js:10:11', true, true, ['up again']],
      ['Error: said', false, true, []],
    ]);
    expect(read(`${'Error: x\n    at f (/a.js:1:1)\n'.repeat(900)}`).exceptions).toHaveLength(400);
  });

  it('the last is a stack, a bare message only where there is none', () => {
    expect(last(`${node}\nRangeError: later\n    at /srv/app/z.js:1:1`)?.headline).toContain(
      'RangeError: later',
    );
    expect(last(`${node}\nError: only said`)?.headline).toContain('TypeError: cannot read order 17');
    expect(last('Error: only said')?.headline).toBe('Error: only said');
    expect(last('all is well')).toBeNull();
  });

  const stamped = (stamp: string, text = node) =>
    text
      .split('\n')
      .map((line) => `${stamp}${line}`)
      .join('\n');

  it.each([
    ['2026-11-21T03:12:44: ', Date.UTC(2026, 10, 20, 19, 12, 44)],
    ['2026-11-21 03:12:44 +00:00: ', Date.UTC(2026, 10, 21, 3, 12, 44)],
    ['2026-11-21 03:12:44,123 ', Date.UTC(2026, 10, 20, 19, 12, 44, 123)],
    ['[2026-11-21T03:12:44.123456Z] ', Date.UTC(2026, 10, 21, 3, 12, 44, 123)],
    ['2026/11/21 03:12:44 ', Date.UTC(2026, 10, 20, 19, 12, 44)],
  ])('reads the stamp %s', (stamp, at) => {
    expect(read(stamped(stamp)).exceptions).toMatchObject([
      { at, message: 'TypeError: cannot read order 17' },
    ]);
  });

  it('takes the time of the logger’s line above a traceback', () => {
    const text = `2026-11-21 03:12:44,123 ERROR worker: job failed
Traceback (most recent call last):
  File "/srv/p.py", line 9, in g
KeyError: 'k'
2026-11-21 03:12:50,000 INFO worker: next`;
    expect(read(text).exceptions).toMatchObject([
      { at: Date.UTC(2026, 10, 20, 19, 12, 44, 123), between: null },
    ]);
  });

  it('takes what PM2’s wrapper writes without a stamp for the end of a worker, and dates it by its neighbours', () => {
    const text = `2026-11-22T02:00:38: before
TypeError: boom
    at boom (/srv/lib.js:1:29)
2026-11-22T02:00:41: failed to send:
TypeError: handled
    at boom (/srv/lib.js:2:29)
2026-11-22T02:00:43: before`;
    const second = (s: number) => Date.UTC(2026, 10, 21, 18, 0, s);
    expect(read(text).exceptions).toMatchObject([
      { at: null, outcome: 'fatal', between: { from: second(38), to: second(41) } },
      { at: second(41), outcome: null },
    ]);
  });

  it('unwraps JSON: of PM2, by process, and of loggers', () => {
    const pm2 = (id: number, message: string) =>
      JSON.stringify({
        message,
        timestamp: '2026-11-21T03:12:44.500Z',
        type: 'err',
        process_id: id,
        app_name: 'a',
      });
    const mixed = ['Error: a', 'Error: b', '    at f (/srv/a.js:1:1)', '    at f (/srv/b.js:1:1)'];
    expect(
      read(mixed.map((text, index) => pm2(index % 2, `${text}\n`)).join('\n')).exceptions.map(
        ({ message, frame, at }) => [message, frame, at],
      ),
    ).toEqual([
      ['Error: a', '/srv/a.js:1:1', Date.UTC(2026, 10, 21, 3, 12, 44, 500)],
      ['Error: b', '/srv/b.js:1:1', Date.UTC(2026, 10, 21, 3, 12, 44, 500)],
    ]);
    const stack = 'TypeError: x\n    at f (/srv/a.js:1:2)';
    for (const fields of [
      { level: 50, time: 1_795_312_839_000, err: { type: 'TypeError', message: 'x', stack }, msg: 'x' },
      { name: 'app', level: 50, err: { message: 'x', stack }, time: '2026-11-22T02:00:39.000Z', v: 0 },
      { level: 'error', message: 'x', stack, timestamp: '2026-11-22T02:00:39.000Z' },
      { event: 'x', exception: stack, timestamp: '2026-11-22T02:00:39Z' },
      { level: 'error', ts: 1_795_312_839, stacktrace: stack },
    ]) {
      expect(read(`${JSON.stringify(fields)}\n`).exceptions).toMatchObject([
        { message: 'TypeError: x', frame: '/srv/a.js:1:2', at: 1_795_312_839_000 },
      ]);
    }
  });

  it('drops a first line that was cut, for it may hold half a secret', () => {
    expect(readLines(Buffer.from('d-of-a-secret\nwhole'), true).map((line) => line.raw)).toEqual(['whole']);
    expect(readLines(Buffer.from('one endless line'), true)).toEqual([]);
  });
});
