import { patchLines, restartCommand } from '../../derive/printed/ecosystem-patch.ts';
import type { Fix } from '../../model/finding.ts';
import type { Prose, Raw } from './atoms.ts';
import type { Context } from './context.ts';
import type { SnippetView } from './model.ts';
import { type FixSectionWords, fixSectionWords } from './words/fixes.ts';

/** Apps shown one by one in a patch for many; the JSON holds them all. */
export const shownPatches = 6;

/** What to type: the patch as a diff and the command that loads it, commands, or a file and what makes it take effect. */
export function snippets(context: Context, fix: Fix): readonly SnippetView[] {
  const say = fixSectionWords[context.locale](context.fmt);
  if (fix.kind === 'ecosystem-patch') {
    const first = fix.patches[0];
    if (first === undefined) return [];
    const lines = fix.patches.slice(0, shownPatches).flatMap((patch) => patchLines(patch));
    return [
      diff(say.ecosystem, lines),
      text(
        say.afterwards(runner(context, say, first.app.home)),
        restartCommand(fix.patches.map((patch) => patch.app)).join('\n'),
      ),
    ];
  }
  if (fix.kind === 'command') {
    if (fix.run.length === 0) return [];
    return [
      text(
        fix.asRoot ? say.asRoot : fix.user === null ? say.inShell : say.asUser(fix.user),
        fix.run.join('\n'),
      ),
    ];
  }
  if (fix.kind === 'file') {
    const file = text(say.file(fix.path, fix.asRoot), fix.content.replace(/\n$/, ''));
    return fix.then.length === 0
      ? [file]
      : [file, text(say.afterwards(fix.asRoot ? say.asRoot : null), fix.then.join('\n'))];
  }
  return [];
}

/** The commands that take a fix back; a patch is taken back by its lines. */
export function undoSnippet(context: Context, fix: Fix): SnippetView | null {
  if (fix.kind !== 'command' && fix.kind !== 'file') return null;
  const say = fixSectionWords[context.locale](context.fmt);
  return fix.undo.length === 0 ? null : text(say.undoWith, fix.undo.join('\n'));
}

/** `as deploy`, where the daemon of that home belongs to a known user. */
function runner({ report }: Context, say: FixSectionWords, home: string): string | null {
  const user = report.daemons.find((daemon) => daemon.home === home)?.user ?? null;
  return user === null ? null : user === 'root' ? say.asRoot : say.asUser(user);
}

function diff(
  label: Prose,
  lines: readonly { readonly sign: ' ' | '+' | '-'; readonly text: Raw }[],
): SnippetView {
  return {
    label,
    isDiff: true,
    lines: lines.map(({ sign, text: line }) => ({
      mark: sign,
      isAdded: sign === '+',
      isRemoved: sign === '-',
      text: line,
    })),
    text: lines
      .filter(({ sign }) => sign !== '-')
      .map((line) => line.text)
      .join('\n'),
  };
}

function text(label: Prose, content: Raw): SnippetView {
  return {
    label,
    isDiff: false,
    lines: content
      .split('\n')
      .map((line) => ({ mark: ' ' as const, isAdded: false, isRemoved: false, text: line })),
    text: content,
  };
}
