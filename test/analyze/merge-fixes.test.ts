import { describe, expect, it } from 'vitest';
import { mergeFixes, type Proposal } from '../../src/analyze/merge-fixes.ts';
import type { Fix, SettingChange } from '../../src/model/finding.ts';
import { ref } from '../factories.ts';

const patch = (name: string, ...set: readonly SettingChange[]): Fix => ({
  kind: 'ecosystem-patch',
  patches: [{ app: ref(name, 0), set }],
});
const limit = (value: string): SettingChange => ({ setting: 'max_memory_restart', value, previous: null });
const command = (...run: readonly string[]): Fix => ({
  kind: 'command',
  asRoot: false,
  user: null,
  run,
  undo: [],
});
const propose = (...fixes: readonly Fix[]): readonly Proposal[] =>
  fixes.map((fix, index) => ({ finding: `f${index}`, audit: 'a', priority: index < 2 ? 'P1' : 'P2', fix }));
const merged = (...fixes: readonly Fix[]) => mergeFixes(propose(...fixes));

describe('fixes', () => {
  it('that are identical become one', () => {
    const { fixes, fixOf } = merged(
      patch('api', limit('700M')),
      command('pm2 save'),
      patch('api', limit('700M')),
    );
    expect(fixes.map(({ id, findings }) => [id, findings])).toEqual([
      ['F1', ['f0', 'f2']],
      ['F2', ['f1']],
    ]);
    expect(fixOf.get('f2')).toBe('F1');
  });
  it('name each app of the file once, however many instances it has', () => {
    const both: Fix = {
      kind: 'ecosystem-patch',
      patches: [0, 1].map((id) => ({ app: ref('api', id), set: [limit('700M')] })),
    };
    const later: Fix = { kind: 'ecosystem-patch', patches: [{ app: ref('api', 1), set: [limit('300M')] }] };
    const { fixes } = merged(both, later);
    expect(fixes).toHaveLength(1);
    expect(fixes[0]?.fix).toMatchObject({ patches: [{ app: { name: 'api', pmId: 0 } }] });
    expect(fixes[0]?.fix).toHaveProperty('patches.length', 1);
    expect(fixes[0]?.dropped).toMatchObject([{ change: { value: '300M' }, finding: 'f1' }]);
  });
  it('by hand are one where they name the same task, and stand alone else', () => {
    const { fixes } = merged(
      { kind: 'manual', task: 'children of api' },
      { kind: 'manual' },
      { kind: 'manual', task: 'children of api' },
      { kind: 'manual' },
    );
    expect(fixes.map(({ findings }) => findings)).toEqual([['f0', 'f2'], ['f1'], ['f3']]);
  });
  it('give each setting one value; the loser is listed', () => {
    const other: SettingChange = { setting: 'kill_timeout', value: 8000, previous: null };
    const { fixes } = merged(patch('api', limit('700M')), patch('api', limit('500M'), other));
    expect(
      fixes.map(({ fix }) => (fix.kind === 'ecosystem-patch' ? fix.patches.map(({ set }) => set) : [])),
    ).toEqual([[[limit('700M')]], [[other]]]);
    expect(fixes[1]?.dropped).toEqual([{ app: ref('api', 0), change: limit('500M'), finding: 'f1' }]);
  });
  it('that have nothing left to set are answered by the winner', () => {
    const { fixes, fixOf } = merged(patch('api', limit('700M')), patch('api', limit('500M')));
    expect(fixes).toHaveLength(1);
    expect(fixes[0]?.dropped).toHaveLength(1);
    expect(fixOf.get('f1')).toBe('F1');
  });
  it('of other apps stand apart', () => {
    expect(merged(patch('api', limit('700M')), patch('web', limit('500M'))).fixes).toHaveLength(2);
  });
  it('do not run a command twice', () => {
    const { fixes, fixOf } = merged(
      command('npm install -g pm2@latest', 'pm2 update'),
      command('pm2 update'),
      command('pm2 save'),
    );
    expect(fixes).toHaveLength(2);
    expect(fixOf.get('f1')).toBe('F1');
  });
  it('but as another user it is another command', () => {
    const root: Fix = { kind: 'command', asRoot: true, user: null, run: ['pm2 update'], undo: [] };
    expect(merged(command('pm2 update'), root).fixes).toHaveLength(2);
  });
  it('by hand stand alone', () => {
    expect(merged({ kind: 'manual' }, { kind: 'manual' }).fixes).toHaveLength(2);
  });
});
