import { expect, it } from 'vitest';
import { realTerminal } from '../src/terminal.ts';

it('takes a terminal without a size for one of 80 columns', () => {
  const before = Object.getOwnPropertyDescriptor(process.stdout, 'columns');
  const seen = [0, 132].map((columns) => {
    Object.defineProperty(process.stdout, 'columns', { value: columns, configurable: true });
    return realTerminal(false).columns;
  });
  if (before === undefined) Reflect.deleteProperty(process.stdout, 'columns');
  else Object.defineProperty(process.stdout, 'columns', before);
  expect(seen).toEqual([80, 132]);
});
