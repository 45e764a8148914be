/**
 * The worker plane with two workers and two leases, written by hand over packed integers: what a specialised
 * program reaches on the same machine in the same run. No laws, no counterexamples, no bounds checked, one size.
 */

/** Bounds of the third row of the reference model. */
const dispatchMax = 2;
const heartbeatTtl = 2;
const dispatchTtl = 2;
const waitBudget = 3;
const workers = 2;
const leases = 2;

/** Lease: phase 2, worker 2, count 2, dispatchAge 2, executing 1, ok 1, waiter 3, waitAge 3 bits. */
const free = 0;
const pending = 1;
const dispatched = 2;
const done = 3;
const waiting = 1;
const gotResult = 2;
const gotLost = 3;
const gotTimeout = 4;
const initialLease = workers << 2;

export interface Explored {
  readonly distinctStates: number;
  readonly transitions: number;
}

export function exploreByHand(): Explored {
  let capacity = 1 << 22;
  let table = new Int32Array(capacity);
  let store = new Int32Array(1 << 16);
  let count = 0;
  let transitions = 1;
  const w = new Int32Array(workers);
  const l = new Int32Array(leases);

  const hash = (a: number, b: number): number => {
    let h = Math.imul(a ^ 0x2545f491, 0x9e3779b1);
    h = Math.imul(h ^ (h >>> 15) ^ b, 0x85ebca6b);
    return h ^ (h >>> 13);
  };
  const add = (w0: number, w1: number, l0: number, l1: number): void => {
    const a = l0 | (l1 << 16);
    const b = w0 | (w1 << 4);
    let at = hash(a, b) & (capacity - 1);
    for (;;) {
      const entry = table[at] as number;
      if (entry === 0) break;
      if (store[entry * 2 - 2] === a && store[entry * 2 - 1] === b) return;
      at = (at + 1) & (capacity - 1);
    }
    if (count * 2 === store.length) {
      const next = new Int32Array(store.length * 2);
      next.set(store);
      store = next;
    }
    store[count * 2] = a;
    store[count * 2 + 1] = b;
    count += 1;
    table[at] = count;
    if (count * 2 > capacity) grow();
  };
  const grow = (): void => {
    capacity *= 2;
    table = new Int32Array(capacity);
    for (let index = 0; index < count; index += 1) {
      let at = hash(store[index * 2] as number, store[index * 2 + 1] as number) & (capacity - 1);
      while (table[at] !== 0) at = (at + 1) & (capacity - 1);
      table[at] = index + 1;
    }
  };
  const emit = (w0: number, w1: number, l0: number, l1: number): void => {
    transitions += 1;
    add(w0, w1, l0, l1);
  };
  const withWorker = (index: number, value: number): void =>
    emit(index === 0 ? value : (w[0] as number), index === 1 ? value : (w[1] as number), l[0] as number, l[1] as number);
  const withLease = (index: number, value: number): void =>
    emit(w[0] as number, w[1] as number, index === 0 ? value : (l[0] as number), index === 1 ? value : (l[1] as number));

  const isUp = (worker: number): boolean => worker < workers && ((w[worker] as number) & 1) !== 0;
  const isActive = (worker: number): boolean =>
    worker < workers && ((w[worker] as number) & 2) !== 0 && (w[worker] as number) >> 2 <= heartbeatTtl;
  const observed = (lease: number): number => {
    if (((lease >> 10) & 7) !== waiting) return 0;
    if ((lease & 3) === done) return gotResult;
    if (!isActive((lease >> 2) & 3)) return gotLost;
    return lease >> 13 > waitBudget ? gotTimeout : 0;
  };
  const dropped = (lease: number, worker: number): number => (((lease >> 2) & 3) === worker ? lease & ~256 : lease);
  const restarted = (lease: number): number =>
    initialLease | (((lease >> 10) & 7) === waiting ? gotLost << 10 : 0);
  const older = (lease: number): number => {
    let next = lease;
    if ((lease & 3) === dispatched && ((lease >> 6) & 3) <= dispatchTtl) next += 1 << 6;
    if (((lease >> 10) & 7) === waiting && lease >> 13 <= waitBudget) next += 1 << 13;
    return next;
  };

  const expandWorker = (index: number): void => {
    const worker = w[index] as number;
    if ((worker & 1) === 0) {
      withWorker(index, 3);
      return;
    }
    withWorker(index, 3);
    const l0 = dropped(l[0] as number, index);
    const l1 = dropped(l[1] as number, index);
    for (const gone of [worker & ~1, 0]) {
      emit(index === 0 ? gone : (w[0] as number), index === 1 ? gone : (w[1] as number), l0, l1);
    }
  };
  const expandLease = (index: number): boolean => {
    const lease = l[index] as number;
    const phase = lease & 3;
    const worker = (lease >> 2) & 3;
    if (phase === free) {
      for (let to = 0; to < workers; to += 1) {
        if (isActive(to)) withLease(index, pending | (to << 2) | (waiting << 10));
      }
    }
    const tries = (lease >> 4) & 3;
    const due = phase === pending || (phase === dispatched && ((lease >> 6) & 3) > dispatchTtl);
    if (due && isUp(worker) && isActive(worker) && tries < dispatchMax) {
      withLease(index, (lease & ~0xf3) | dispatched | ((tries + 1) << 4) | 256);
    }
    if ((phase === pending || phase === dispatched) && (lease & 256) !== 0 && isUp(worker)) {
      const finished = (lease & ~0x3c3) | done;
      withLease(index, finished);
      withLease(index, finished | 512);
    }
    const answer = observed(lease);
    if (answer !== 0) withLease(index, (lease & 0x3ff) | (answer << 10));
    if (((lease >> 10) & 7) >= gotResult) withLease(index, initialLease);
    return answer !== 0;
  };

  add(0, 0, initialLease, initialLease);
  for (let index = 0; index < count; index += 1) {
    const a = store[index * 2] as number;
    const b = store[index * 2 + 1] as number;
    w[0] = b & 15;
    w[1] = b >> 4;
    l[0] = a & 0xffff;
    l[1] = a >>> 16;
    for (let worker = 0; worker < workers; worker += 1) expandWorker(worker);
    let urgent = false;
    for (let lease = 0; lease < leases; lease += 1) if (expandLease(lease)) urgent = true;
    emit((w[0]) & 1, (w[1]) & 1, restarted(l[0]), restarted(l[1]));
    if (urgent) continue;
    const aged = (worker: number): number =>
      (worker & 2) !== 0 && worker >> 2 <= heartbeatTtl ? worker + 4 : worker;
    emit(aged(w[0]), aged(w[1]), older(l[0]), older(l[1]));
  }
  return { distinctStates: count, transitions };
}
