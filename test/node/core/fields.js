/**
 * The fields of one bag (the global one, or a component's) as properties of a plain object, and what
 * has become dirty since they were loaded.
 *
 * Every field travels as JSON of its own. A field is parsed when the application first looks at it:
 * one that was never looked at cannot be dirty, costs nothing, and is never written back.
 */
export class Fields {
  #target;
  #saved; // field → JSON, as the server has it

  /** Shows the fields of a SESS.GET reply (a RESP3 map, or RESP2's flat array) on target. */
  constructor(target, reply = []) {
    this.#target = target;
    this.#saved = new Map();
    this.load(reply);
  }

  /** Replaces what is there by another reply. Unsaved changes are dropped. */
  load(reply) {
    for (const field of Object.keys(this.#target)) delete this.#target[field];
    this.#saved = new Map(pairs(reply));
    for (const [field, json] of this.#saved) {
      if (!this.#isMethod(field)) this.#parseOnFirstUse(field, json);
    }
  }

  /** Drops the changes that were not saved. */
  reset() {
    this.load([...this.#saved].flat());
  }

  /** What a save has to carry: fields with their JSON, and the names of those that were deleted. */
  dirty() {
    const set = [];
    const unset = [];
    for (const [field, { get, value }] of Object.entries(Object.getOwnPropertyDescriptors(this.#target))) {
      if (get) continue; // never looked at
      if (this.#isMethod(field)) throw new TypeError(`'${field}' is a method of the session and cannot be a field`);
      const json = JSON.stringify(value);
      if (json === undefined) continue; // undefined, a function: as good as deleted
      if (json !== this.#saved.get(field)) set.push([field, json]);
    }
    for (const field of this.#saved.keys()) {
      const property = Object.getOwnPropertyDescriptor(this.#target, field);
      const gone = !property || (!property.get && JSON.stringify(property.value) === undefined);
      if (gone && !this.#isMethod(field)) unset.push(field);
    }
    return { set, unset };
  }

  /** Says that the server has these changes now. */
  clean({ set, unset }) {
    for (const [field, json] of set) this.#saved.set(field, json);
    for (const field of unset) this.#saved.delete(field);
  }

  /** Shows what the server has in a field by now, as JSON; undefined where it has none. */
  put(field, json) {
    delete this.#target[field];
    this.#saved.delete(field);
    if (json === undefined || this.#isMethod(field)) return;
    this.#saved.set(field, json);
    this.#parseOnFirstUse(field, json);
  }

  #parseOnFirstUse(field, json) {
    const become = (value) =>
      Object.defineProperty(this.#target, field, { value, writable: true, enumerable: true, configurable: true });
    Object.defineProperty(this.#target, field, {
      get: () => {
        const value = JSON.parse(json);
        // Another program may put other spaces into its JSON: that alone must make nothing dirty.
        this.#saved.set(field, JSON.stringify(value));
        become(value);
        return value;
      },
      set: become,
      enumerable: true,
      configurable: true,
    });
  }

  // A field that another program named like a method stays on the server, untouched and unseen.
  #isMethod(field) {
    const prototype = Object.getPrototypeOf(this.#target);
    return prototype !== null && field in prototype;
  }
}

function pairs(reply) {
  if (!Array.isArray(reply)) return Object.entries(reply);
  return Array.from({ length: reply.length / 2 }, (_, i) => [reply[2 * i], reply[2 * i + 1]]);
}
