import type { Locale } from './model/text.ts';

/** Where a command talks: data to stdout, talk to stderr. */
export interface Terminal {
  stdout(text: string): void;
  stderr(text: string): void;
  /** Progress: one line that is overwritten; nothing unless stderr is a terminal. Empty text clears it. */
  progress(text: string): void;
  readonly color: boolean;
  readonly columns: number;
}

/** The terminal of this process. Colour only on a terminal, and never with NO_COLOR or `--no-color`. */
export function realTerminal(wantsColor: boolean): Terminal {
  let drawn = false;
  const clear = (): void => {
    if (drawn) process.stderr.write('\r\u001b[K');
    drawn = false;
  };
  return {
    stdout: (text) => {
      clear();
      process.stdout.write(text);
    },
    stderr: (text) => {
      clear();
      process.stderr.write(text);
    },
    progress: (text) => {
      // Without this every run would open a stream to stderr, only to clear a line that was never drawn.
      if (text === '' && !drawn) return;
      if (!process.stderr.isTTY) return;
      clear();
      if (text) process.stderr.write(text.slice(0, (process.stderr.columns || 80) - 1));
      drawn = text !== '';
    },
    color:
      wantsColor &&
      process.stdout.isTTY === true &&
      !process.env['NO_COLOR'] &&
      process.env['TERM'] !== 'dumb',
    // 0 on a terminal that was never given a size: a script, some CI.
    columns: process.stdout.columns || 80,
  };
}

/** The language of this run: `LC_ALL`, `LC_MESSAGES`, `LANG` in the order of POSIX; English unless it is Chinese. */
export function localeOf(env: { readonly [key: string]: string | undefined }): Locale {
  const value = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  return /^zh(?![a-z])/i.test(value) ? 'zh-CN' : 'en';
}
