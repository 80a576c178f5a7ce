import { test } from 'node:test';
import assert from 'node:assert/strict';
import { LogStore, chunkSize } from '../../../daemon/dashboard/log/log_store.js';
import { hashOf, linesOf } from '../../../daemon/dashboard/log/lines_hash.js';

/** A log of `total` lines, as the API tells it. */
const server = (total, ended = true) => {
  const asked = [];
  const fetch = async (path) => {
    const query = new URL(path, 'http://x').searchParams;
    const from = Number(query.get('from'));
    asked.push(from);
    const last = Math.min(total, from + Number(query.get('limit')) - 1);
    const lines = Array.from({ length: Math.max(0, last - from + 1) }, (_, i) => ({ n: from + i, at: null, stream: 'stdout', text: `line ${from + i}` }));
    return { attempt: 1, from, lines, next: last < total ? last + 1 : null, total, ended, size: 1 };
  };
  return { asked, fetch };
};
const line = (n, stream = 'stdout') => ({ n, at: null, stream, text: `line ${n}` });

test('only what is looked at is fetched', async () => {
  const { asked, fetch } = server(100_000);
  const store = new LogStore('R', 1, '', () => {}, fetch);
  await store.load(0);
  store.want(70_000, 70_040);
  await new Promise(setImmediate);
  assert.deepEqual(asked, [1, 70_001]);
  assert.equal(store.at(70_010).text, 'line 70011');
  assert.equal(store.length, 100_000);
});
test('the memory of a long log is bounded', async () => {
  const { fetch } = server(100_000);
  const store = new LogStore('R', 1, '', () => {}, fetch);
  for (let chunk = 0; chunk < 200; chunk += 1) await store.load(chunk);
  assert.ok(store.chunks.size <= 60);
  assert.ok(store.at(99_999));
});
test('what events bring goes on where the fetched lines end', async () => {
  const { fetch } = server(3, false);
  const store = new LogStore('R', 1, '', () => {}, fetch);
  await store.load(0);
  store.append([line(4), line(5)], false);
  assert.deepEqual([0, 1, 2, 3, 4].map((i) => store.at(i).n), [1, 2, 3, 4, 5]);
});
test('the same lines twice are there once', async () => {
  const { fetch } = server(3, false);
  const store = new LogStore('R', 1, '', () => {}, fetch);
  await store.load(0);
  store.append([line(2), line(3), line(4)], false);
  assert.equal(store.length, 4);
});
test('a hole is fetched', async () => {
  const { asked, fetch } = server(10, false);
  const store = new LogStore('R', 1, '', () => {}, fetch);
  await store.load(0);
  store.append([line(15)], false);
  store.want(0, 14);
  assert.deepEqual(asked, [1, 1]);
});
test('the end of the log has everything fetched anew', async () => {
  const { fetch } = server(3, false);
  const store = new LogStore('R', 1, '', () => {}, fetch);
  await store.load(0);
  store.append([], true);
  assert.equal(store.at(0), undefined);
  assert.equal(store.length, 3);
});
test('one stream is read on from page to page', async () => {
  const { asked, fetch } = server(chunkSize * 2, true);
  const store = new LogStore('R', 1, 'stdout', () => {}, fetch);
  await store.more();
  await store.more();
  await store.more();
  assert.deepEqual(asked, [1, chunkSize + 1]);
  assert.equal(store.length, chunkSize * 2);
});
test('of one stream the events of the other are left out', async () => {
  const { fetch } = server(0, false);
  const store = new LogStore('R', 1, 'stderr', () => {}, fetch);
  await store.more();
  store.append([line(1), line(2, 'stderr')], false);
  assert.deepEqual(store.rows.map((one) => one.n), [2]);
});
test('an answer that fails is told, not thrown', async () => {
  const store = new LogStore('R', 1, '', () => {}, async () => { throw new Error('gone'); });
  await store.load(0);
  assert.match(String(store.error), /gone/);
});
test('addresses name a line or several', () => {
  assert.deepEqual(linesOf('#L120-L140'), [120, 140]);
  assert.deepEqual(linesOf('#L140-120'), [120, 140]);
  assert.deepEqual(linesOf('#L7'), [7, 7]);
  for (const bad of ['', '#L', '#L0', '#x', '#L1-Lx', '#L1;alert(1)']) assert.equal(linesOf(bad), null);
  assert.equal(hashOf(9, 3), '#L3-L9');
});
