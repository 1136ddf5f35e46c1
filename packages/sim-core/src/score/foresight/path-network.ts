/** Nodes and arcs with room and cost; finds the cheapest flow by successive shortest paths. */
export class PathNetwork {
  private readonly first: Int32Array;
  private readonly next: Int32Array;
  private readonly head: Int32Array;
  private readonly room: Float64Array;
  private readonly price: Float64Array;
  private readonly nodes: number;
  private arcs = 0;

  /** @param arcsMax arcs that may be added */
  constructor(nodes: number, arcsMax: number) {
    this.nodes = nodes;
    this.first = new Int32Array(nodes).fill(-1);
    this.next = new Int32Array(2 * arcsMax);
    this.head = new Int32Array(2 * arcsMax);
    this.room = new Float64Array(2 * arcsMax);
    this.price = new Float64Array(2 * arcsMax);
  }

  /** @param price whole number ≥ 0 per unit of flow */
  add(from: number, to: number, room: number, price: number): void {
    this.half(from, to, room, price);
    this.half(to, from, 0, -price);
  }

  private half(from: number, to: number, room: number, price: number): void {
    const arc = this.arcs++;
    this.head[arc] = to;
    this.room[arc] = room;
    this.price[arc] = price;
    this.next[arc] = this.first[from] as number;
    this.first[from] = arc;
  }

  /** Flow on the arc that was added as the `index`-th, from 0. */
  flow(index: number): number {
    return this.room[2 * index + 1] as number;
  }

  /** Sends an amount as cheaply as can be; what does not fit is not sent. @returns what it costs */
  send(source: number, sink: number, amount: number): number {
    const potential = new Float64Array(this.nodes);
    const distance = new Float64Array(this.nodes);
    const arrivedBy = new Int32Array(this.nodes);
    const heap = new NodeHeap(this.nodes);
    let left = amount;
    let cost = 0;
    while (left > 0) {
      this.distances(source, { potential, distance, arrivedBy, heap });
      if (distance[sink] === Number.POSITIVE_INFINITY) break;
      // Prices stay ≥ 0 as seen from the potentials: those of nodes that cannot be reached any more no longer matter.
      for (let node = 0; node < this.nodes; node++)
        potential[node] = (potential[node] as number) + Math.min(distance[node] as number, distance[sink] as number);
      const sent = Math.min(left, this.bottleneck(source, sink, arrivedBy));
      for (let node = sink; node !== source; node = this.tail(arrivedBy[node] as number)) {
        const arc = arrivedBy[node] as number;
        this.room[arc] = (this.room[arc] as number) - sent;
        this.room[arc ^ 1] = (this.room[arc ^ 1] as number) + sent;
        cost += sent * (this.price[arc] as number);
      }
      left -= sent;
    }
    return cost;
  }

  private tail(arc: number): number {
    return this.head[arc ^ 1] as number;
  }

  private bottleneck(source: number, sink: number, arrivedBy: Int32Array): number {
    let room = Number.POSITIVE_INFINITY;
    for (let node = sink; node !== source; node = this.tail(arrivedBy[node] as number))
      room = Math.min(room, this.room[arrivedBy[node] as number] as number);
    return room;
  }

  /** Dijkstra on prices reduced by potentials. */
  private distances(source: number, { potential, distance, arrivedBy, heap }: Search): void {
    distance.fill(Number.POSITIVE_INFINITY);
    distance[source] = 0;
    heap.push(source, 0);
    for (let node = heap.pop(distance); node >= 0; node = heap.pop(distance)) {
      for (let arc = this.first[node] as number; arc >= 0; arc = this.next[arc] as number) {
        if ((this.room[arc] as number) <= 0) continue;
        const to = this.head[arc] as number;
        const reached = (distance[node] as number) + (this.price[arc] as number) + (potential[node] as number) - (potential[to] as number);
        if (reached >= (distance[to] as number)) continue;
        distance[to] = reached;
        arrivedBy[to] = arc;
        heap.push(to, reached);
      }
    }
  }
}

interface Search {
  readonly potential: Float64Array;
  readonly distance: Float64Array;
  readonly arrivedBy: Int32Array;
  readonly heap: NodeHeap;
}

/** Binary heap of nodes by distance; a node may be in it several times, its stale entries are passed over. */
class NodeHeap {
  private nodes: Int32Array;
  private keys: Float64Array;
  private size = 0;

  constructor(capacity: number) {
    this.nodes = new Int32Array(capacity);
    this.keys = new Float64Array(capacity);
  }

  push(node: number, key: number): void {
    if (this.size === this.nodes.length) this.grow();
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((this.keys[parent] as number) <= key) break;
      this.move(parent, at);
      at = parent;
    }
    this.nodes[at] = node;
    this.keys[at] = key;
  }

  /** The nearest node whose entry is up to date; −1: none is left. */
  pop(distance: Float64Array): number {
    while (this.size > 0) {
      const node = this.nodes[0] as number;
      const key = this.keys[0] as number;
      this.removeTop();
      if (key === distance[node]) return node;
    }
    return -1;
  }

  private removeTop(): void {
    const last = --this.size;
    const key = this.keys[last] as number;
    const node = this.nodes[last] as number;
    let at = 0;
    for (let child = 1; child < last; child = 2 * at + 1) {
      if (child + 1 < last && (this.keys[child + 1] as number) < (this.keys[child] as number)) child++;
      if ((this.keys[child] as number) >= key) break;
      this.move(child, at);
      at = child;
    }
    this.nodes[at] = node;
    this.keys[at] = key;
  }

  private move(from: number, to: number): void {
    this.nodes[to] = this.nodes[from] as number;
    this.keys[to] = this.keys[from] as number;
  }

  private grow(): void {
    const nodes = new Int32Array(2 * this.nodes.length);
    const keys = new Float64Array(2 * this.keys.length);
    nodes.set(this.nodes);
    keys.set(this.keys);
    this.nodes = nodes;
    this.keys = keys;
  }
}
