// What the phone keeps, all of it under a key of the day that cannot be taken out of the browser and is deleted with the day.
// Three drawers: `kept` (the day), `records` (in order, until the server has them), `files` (photos and recordings).

const NAME = "visits";
const DRAWERS = ["keys", "kept", "records", "files"];
let opened;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      for (const drawer of DRAWERS) asked.result.createObjectStore(drawer, drawer === "records" ? { keyPath: "place", autoIncrement: true } : undefined);
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

async function inDrawers(names, mode, work) {
  const base = await database();
  return new Promise((resolve, reject) => {
    const transaction = base.transaction(names, mode, { durability: "strict" });
    const result = work(...names.map((name) => transaction.objectStore(name)));
    transaction.oncomplete = () => resolve(result?.result ?? result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

async function dayKey() {
  const held = await inDrawers(["keys"], "readonly", (keys) => keys.get("day"));
  if (held instanceof CryptoKey) return held;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  await inDrawers(["keys"], "readwrite", (keys) => keys.put(made, "day"));
  return made;
}

async function lock(plain) {
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const data = plain instanceof ArrayBuffer ? plain : new TextEncoder().encode(JSON.stringify(plain));
  return { nonce, cipher: await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, await dayKey(), data) };
}

async function unlock(locked) {
  return crypto.subtle.decrypt({ name: "AES-GCM", iv: locked.nonce }, await dayKey(), locked.cipher);
}

const parsed = async (locked) => JSON.parse(new TextDecoder().decode(await unlock(locked)));

export async function keep(name, value) {
  const locked = await lock(value);
  await inDrawers(["kept"], "readwrite", (kept) => kept.put(locked, name));
}

export async function kept(name) {
  const locked = await inDrawers(["kept"], "readonly", (drawer) => drawer.get(name));
  return locked?.cipher ? parsed(locked) : null;
}

export async function drop(name) {
  await inDrawers(["kept"], "readwrite", (drawer) => drawer.delete(name));
}

// A record, the head of its chain and its file go down together or not at all.
export async function write(record, head, file) {
  const [row, top, content] = [await lock(record), await lock(head), file && (await lock(file.content))];
  await inDrawers(["records", "kept", "files"], "readwrite", (records, drawer, files) => {
    records.add({ ...row, id: record.id, sent: 0 });
    drawer.put(top, `head ${record.visit}`);
    if (file) files.put({ ...content, id: file.id, type: file.type }, file.id);
  });
}

export async function records() {
  const rows = await inDrawers(["records"], "readonly", (drawer) => drawer.getAll());
  return Promise.all(rows.map(async (row) => ({ ...(await parsed(row)), place: row.place, sent: row.sent, why: row.why })));
}

export async function settle(fates) {
  await inDrawers(["records"], "readwrite", (drawer) => {
    const asked = drawer.openCursor();
    asked.onsuccess = () => {
      const cursor = asked.result;
      if (!cursor) return;
      if (cursor.value.id in fates) cursor.update({ ...cursor.value, sent: 1, why: fates[cursor.value.id] || undefined });
      cursor.continue();
    };
  });
}

export async function fileNames() {
  return inDrawers(["files"], "readonly", (drawer) => drawer.getAllKeys());
}

export async function file(id) {
  const held = await inDrawers(["files"], "readonly", (drawer) => drawer.get(id));
  return held ? new Blob([await unlock(held)], { type: held.type }) : null;
}

export async function dropFile(id) {
  await inDrawers(["files"], "readwrite", (drawer) => drawer.delete(id));
}

// Everything about the day goes; what is not yet sent stays, still locked, with the key that opens it.
export async function forgetDay() {
  const waiting = (await records()).some((row) => !row.sent) || (await fileNames()).length > 0;
  await inDrawers(["kept"], "readwrite", (drawer) => drawer.clear());
  if (waiting) return false;
  await inDrawers(["records", "files", "keys"], "readwrite", (rows, files, keys) => [rows, files, keys].forEach((drawer) => drawer.clear()));
  return true;
}

// Which phone this is; says nothing of anybody and outlives the day.
export function device() {
  const held = localStorage.getItem("visits-device");
  if (held) return held;
  const made = crypto.randomUUID();
  localStorage.setItem("visits-device", made);
  return made;
}
