// What waits on this device: in IndexedDB, which takes photos, too. Without it, for as long as the page stands.

/** What may wait: `id` goes with it, so that the server takes it once; `at` is when it was pressed, ms. */
export interface Waiting {
  id: string;
  at: number;
}

export interface Store<Item extends Waiting> {
  /** Everything, in the order in which it was pressed. */
  all(): Promise<Item[]>;
  put(item: Item): Promise<void>;
  drop(id: string): Promise<void>;
}

const TABLE = "outbox";

/** What waits under a name, e.g. `tocsin.crew`. */
export function open<Item extends Waiting>(name: string): Promise<Store<Item>> {
  return database(name).then(kept<Item>, () => fleeting<Item>());
}

function database(name: string): Promise<IDBDatabase> {
  return new Promise((done, fail) => {
    const asked = indexedDB.open(name, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(TABLE, { keyPath: "id" });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
}

function kept<Item extends Waiting>(base: IDBDatabase): Store<Item> {
  const ask = <T>(mode: IDBTransactionMode, work: (table: IDBObjectStore) => IDBRequest<T>): Promise<T> =>
    new Promise((done, fail) => {
      const act = base.transaction(TABLE, mode);
      const asked = work(act.objectStore(TABLE));
      act.oncomplete = () => done(asked.result); // not before it is kept
      act.onabort = act.onerror = () => fail(act.error);
    });
  return {
    all: async () => (await ask<Item[]>("readonly", (table) => table.getAll())).sort((a, b) => a.at - b.at),
    put: async (item) => void (await ask("readwrite", (table) => table.put(item))),
    drop: async (id) => void (await ask("readwrite", (table) => table.delete(id))),
  };
}

/** Private browsing, or an old phone: what is pressed lasts as long as the page. */
function fleeting<Item extends Waiting>(): Store<Item> {
  const items = new Map<string, Item>();
  return {
    all: () => Promise.resolve([...items.values()]),
    put: (item) => Promise.resolve(void items.set(item.id, item)),
    drop: (id) => Promise.resolve(void items.delete(id)),
  };
}
