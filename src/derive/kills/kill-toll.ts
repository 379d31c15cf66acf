import type { AttributedKill } from '../../model/oom.ts';

/**
 * Answers: did the app end with the child that was killed? Behind a shell or npm the work is done by a child, and its
 * death ends the app with 128 + signal: PM2 then writes an exit line, which stands among the reasons, and starts the app
 * again. A worker whose parent lived on leaves no such line.
 */
export function tookTheApp(one: AttributedKill): boolean {
  return (
    one.role === 'child' &&
    one.because.some(({ text }) => /^App \[.*\] exited with code \[1(?:37|43)\]/s.test(text))
  );
}
