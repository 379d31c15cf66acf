import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyPatch,
  jsString,
  patchLines,
  restartCommand,
  undoPatch,
} from '../../../src/derive/printed/ecosystem-patch.ts';
import type { SettingChange } from '../../../src/model/finding.ts';
import { home, ref } from '../../factories.ts';

const value = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.array(fc.string()),
  fc.array(fc.integer()),
);

describe('an ecosystem patch', () => {
  it('reads as the lines that go and come', () => {
    const set: SettingChange[] = [
      { setting: 'max_memory_restart', value: '700M', previous: '300M' },
      { setting: 'kill_timeout', value: 8000, previous: null },
      { setting: 'watch', value: null, previous: true },
      { setting: 'ignore_watch', value: ['archive'], previous: null },
      { setting: 'autorestart', value: true, previous: true },
    ];
    expect(patchLines({ app: ref('api', 0), set }).map(({ sign, text }) => sign + text)).toEqual([
      ' {',
      "   name: 'api',",
      "-  max_memory_restart: '300M',",
      "+  max_memory_restart: '700M',",
      '+  kill_timeout: 8000,',
      '-  watch: true,',
      "+  ignore_watch: ['archive'],",
      ' }',
    ]);
  });

  it('taken back gives the settings it began with', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), value),
        fc.array(fc.tuple(fc.string(), fc.option(value))),
        (before, wanted) => {
          let settings: Record<string, NonNullable<SettingChange['value']>> = { ...before };
          const set: SettingChange[] = [];
          for (const [setting, to] of wanted) {
            const previous = Object.hasOwn(settings, setting) ? settings[setting]! : null;
            const change = { setting, value: to, previous };
            set.push(change);
            settings = { ...applyPatch(settings, [change]) };
          }
          expect(applyPatch(before, set)).toEqual(settings);
          expect(applyPatch(applyPatch(before, set), undoPatch(set))).toEqual({ ...before });
        },
      ),
    );
  });

  it('quotes any name as JavaScript that evaluates to it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(new Function(`return ${jsString(text)}`)()).toBe(text);
      }),
    );
  });

  it('restarts only the apps of each home', () => {
    expect(restartCommand([ref('api', 0), ref("b'c", 1)])).toEqual([
      `PM2_HOME=${home} pm2 restart ecosystem.config.js --only 'api,b'\\''c' --update-env && PM2_HOME=${home} pm2 save`,
    ]);
  });
});
