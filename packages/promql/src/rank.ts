/**
 * Positions of the `count` largest (or smallest) values, best first, NaN last. Among equal values the choice and the
 * order follow from the binary heap that Prometheus uses.
 */
export function rankGroup(values: readonly number[], count: number, largest: boolean): number[] {
  const worse = (left: number, right: number): boolean => isWorse(values[left] ?? Number.NaN, values[right] ?? Number.NaN, largest);
  const heap: number[] = [];
  for (let position = 0; position < values.length; position++) {
    if (heap.length < count) {
      heap.push(position);
      siftUp(heap, worse);
    } else if (isReplaced(values[heap[0] ?? 0] ?? Number.NaN, values[position] ?? Number.NaN, largest)) {
      heap[0] = position;
      siftDown(heap, worse);
    }
  }
  return heap.sort((left, right) => (worse(right, left) ? -1 : worse(left, right) ? 1 : 0));
}

/** NaN is worse than everything, itself included. */
function isWorse(value: number, other: number, largest: boolean): boolean {
  return Number.isNaN(value) || (largest ? value < other : value > other);
}

function isReplaced(worst: number, value: number, largest: boolean): boolean {
  return (largest ? worst < value : worst > value) || (Number.isNaN(worst) && !Number.isNaN(value));
}

function siftUp(heap: number[], worse: (left: number, right: number) => boolean): void {
  for (let child = heap.length - 1; child > 0; ) {
    const parent = (child - 1) >> 1;
    if (!worse(heap[child] ?? 0, heap[parent] ?? 0)) return;
    swap(heap, child, parent);
    child = parent;
  }
}

function siftDown(heap: number[], worse: (left: number, right: number) => boolean): void {
  for (let parent = 0; ; ) {
    let child = 2 * parent + 1;
    if (child >= heap.length) return;
    if (child + 1 < heap.length && worse(heap[child + 1] ?? 0, heap[child] ?? 0)) child += 1;
    if (!worse(heap[child] ?? 0, heap[parent] ?? 0)) return;
    swap(heap, child, parent);
    parent = child;
  }
}

function swap(heap: number[], left: number, right: number): void {
  const kept = heap[left] ?? 0;
  heap[left] = heap[right] ?? 0;
  heap[right] = kept;
}
