// What waits on this device: in IndexedDB, which takes photos, too. Without it, for as long as the page stands.

import type { Item } from "./outbox.ts";

export interface Store {
  /** Everything, in the order in which it was pressed. */
  all(): Promise<Item[]>;
  put(item: Item): Promise<void>;
  drop(id: string): Promise<void>;
}

const NAME = "tocsin.crew";
const TABLE = "outbox";

let opened: Promise<Store> | null = null;

export function open(): Promise<Store> {
  opened ??= database().then(kept, () => fleeting());
  return opened;
}

function database(): Promise<IDBDatabase> {
  return new Promise((done, fail) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(TABLE, { keyPath: "id" });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
}

function kept(base: IDBDatabase): Store {
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
function fleeting(): Store {
  const items = new Map<string, Item>();
  return {
    all: () => Promise.resolve([...items.values()]),
    put: (item) => Promise.resolve(void items.set(item.id, item)),
    drop: (id) => Promise.resolve(void items.delete(id)),
  };
}
