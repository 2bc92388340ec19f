import { expect, test } from 'vitest';
import { OwnWrites } from './OwnWrites';
import { isAfter, type Row } from './protocol';
import { type AppliedChange, applyChanges, applySnapshot } from './rows';
import type { Change } from './SyncClient';

const row = (id: number, quantity: number, updated_at: string | null = null) =>
  ({ id, quantity, unit: 'g', updated_at }) as Row;

const change = (action: 'create' | 'update' | 'delete', data: Row): Change => ({
  kind: 'notification',
  to: 'inventory',
  resource: 'inventory',
  action,
  id: String(data.id),
  data,
  position: 'e:2',
  prev: 'e:1',
  tx: '7',
  at: '2026-01-01T00:00:00Z',
  actor: 'user:1',
  reason: null,
});

const known = applySnapshot(undefined, [row(1, 5), row(2, 6)]);

test('firstSnapshot_marksNothing', () => {
  expect([...known.rows.keys()]).toEqual(['1', '2']);
  expect(known.marks.size).toBe(0);
});

test('laterSnapshot_marksWhatDiffers', () => {
  const { marks } = applySnapshot(known, [row(1, 5), row(2, 7), row(3, 8)]);
  expect([...marks].map(([id, { action, fields }]) => [id, action, [...fields]])).toEqual([
    ['2', 'update', ['quantity']],
    ['3', 'create', ['id', 'quantity', 'unit']],
  ]);
});

test('changes_areAppliedInOrderAndMarked', () => {
  const { data, applied } = applyChanges(known, [
    change('update', row(1, 9, 'later')),
    change('delete', row(2, 6)),
    change('create', row(3, 1)),
    change('update', row(3, 2)),
  ]);
  expect([...data.rows.values()]).toEqual([row(1, 9, 'later'), row(3, 2)]);
  expect([...(data.marks.get('1')?.fields ?? [])]).toEqual(['quantity']);
  expect(data.marks.has('2')).toBe(false);
  expect(applied.map(({ action, before, after }) => [action, before, after])).toEqual([
    ['update', row(1, 5), row(1, 9, 'later')],
    ['delete', row(2, 6), undefined],
    ['create', undefined, row(3, 1)],
    ['update', row(3, 1), row(3, 2)],
  ]);
  expect(known.rows.size).toBe(2);
});

test('record_thatMayNoLongerBeSeen_isGone', () => {
  const left: Change = { kind: 'left', to: 'inventory', id: '1', position: 'e:2', prev: 'e:1', tx: '7' };
  expect([...applyChanges(known, [left]).data.rows.keys()]).toEqual(['2']);
});

test('positions_areComparedAsNumbersWithinAnEpoch', () => {
  expect(isAfter('e:10', 'e:9')).toBe(true);
  expect(isAfter('e:9.ab12', 'e:10.cd34')).toBe(false);
  expect(isAfter('e:10.ab12', 'e:10')).toBe(false);
  expect(isAfter('e:9007199254740993', 'e:9007199254740992')).toBe(true);
  expect(isAfter('f:1', 'e:10')).toBe(true);
  expect(() => isAfter('nonsense', 'e:1')).toThrow('Not a position');
});

const applied = (actor: string | null, updated_at: string): AppliedChange => ({
  action: 'update',
  id: '1',
  before: row(1, 5),
  after: row(1, 6, updated_at),
  fields: ['quantity'],
  tx: '7',
  at: undefined,
  actor,
});

test('ownChange_isTheOneThatOurRequestWasAnsweredWith', async () => {
  const own = new OwnWrites('user:1');
  await own.write('inventory', '1', async () => row(1, 6, 't1'));
  expect(await own.isOwn('inventory', applied('user:1', 't1'))).toBe(true);
  expect(await own.isOwn('inventory', applied('user:1', 't2'))).toBe(false);
  expect(await own.isOwn('inventory', applied('user:2', 't1'))).toBe(false);
  expect(await own.isOwn('inventory', applied(null, 't1'))).toBe(false);
  expect(await own.isOwn('samples', applied('user:1', 't1'))).toBe(false);
});

test('ownChange_thatOvertakesItsAnswer_waitsForIt', async () => {
  const own = new OwnWrites('user:1');
  let answer = (_: Row) => {};
  const written = own.write('inventory', '1', () => new Promise<Row>((resolve) => (answer = resolve)));
  const verdict = own.isOwn('inventory', applied('user:1', 't1'));
  answer(row(1, 6, 't1'));
  expect(await verdict).toBe(true);
  await written;
});

test('requestThatFails_makesNothingOwn', async () => {
  const own = new OwnWrites('user:1');
  const written = own.write('inventory', '1', () => Promise.reject(new Error('refused')));
  const verdict = own.isOwn('inventory', applied('user:1', 't1'));
  await expect(written).rejects.toThrow('refused');
  expect(await verdict).toBe(false);
});
